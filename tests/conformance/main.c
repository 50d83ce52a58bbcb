/* The conformance suite: the promises of the C interface, on the virtual device or, with USBX_TEST_DEVICE, on the same device
 * played to a kernel's bus (see fixture.h). Arguments select cases by the start of their names; with '-' in front they
 * exclude cases. */
#define _POSIX_C_SOURCE 200809L
#include "models/acquisition_model.h"
#include "suite.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

static int threads_before, descriptors_before;

/* Runs last: whatever the other cases did, nothing of the library is left in the process. */
static void shutdown_leaves_nothing(void)
{
    EXPECT(usbx_shutdown(NULL), USBX_OK);
    start_over(); /* what a model has of its own ends, too */
    CHECK(threads_at_most(threads_before));
    EQUAL(directory_entries("/proc/self/fd"), descriptors_before);
}

int conformance(int argc, char **argv)
{
    static const test_case last[] = {{"shutdown_leaves_nothing", shutdown_leaves_nothing}};
    if (argc > 1 && strcmp(argv[1], "table-child") == 0)
        return table_child(argc, argv);
    threads_before = directory_entries("/proc/self/task");
    descriptors_before = directory_entries("/proc/self/fd");
    alarm(900); /* a hang is a failure, too */
    after_failure = start_over;
    run_cases(device_cases, device_count, argc, argv);
    run_cases(interface_cases, interface_count, argc, argv);
    run_cases(control_cases, control_count, argc, argv);
    run_cases(bulk_cases, bulk_count, argc, argv);
    run_cases(long_cases, long_count, argc, argv);
    run_cases(ending_cases, ending_count, argc, argv);
    run_cases(acquisition_cases, acquisition_count, argc, argv);
    run_cases(queue_cases, queue_count, argc, argv);
    run_cases(queue_ending_cases, queue_ending_count, argc, argv);
    run_cases(queue_waiting_cases, queue_waiting_count, argc, argv);
    run_cases(stream_cases, stream_count, argc, argv);
    run_cases(stream_out_cases, stream_out_count, argc, argv);
    run_cases(stream_ending_cases, stream_ending_count, argc, argv);
    run_cases(isochronous_cases, isochronous_count, argc, argv);
    run_cases(isochronous_ending_cases, isochronous_ending_count, argc, argv);
    run_cases(stream_isochronous_cases, stream_isochronous_count, argc, argv);
    run_cases(stream_time_cases, stream_time_count, argc, argv);
    run_cases(zero_packet_cases, zero_packet_count, argc, argv);
    run_cases(buffer_cases, buffer_count, argc, argv);
    run_cases(bulk_stream_cases, bulk_stream_count, argc, argv);
    run_cases(handle_error_cases, handle_error_count, argc, argv);
    run_cases(model_cases, model_count, argc, argv);
    run_cases(model_data_cases, model_data_count, argc, argv);
    run_cases(model_order_cases, model_order_count, argc, argv);
    run_cases(model_isochronous_cases, model_isochronous_count, argc, argv);
    run_cases(model_thread_cases, model_thread_count, argc, argv);
    run_cases(fault_cases, fault_count, argc, argv);
    run_cases(share_cases, share_count, argc, argv);
    run_cases(share_clients_cases, share_clients_count, argc, argv);
    run_cases(leftover_cases, leftover_count, argc, argv);
    run_cases(table_cases, table_count, argc, argv);
    run_cases(unplug_cases, unplug_count, argc, argv);
    run_cases(watch_cases, watch_count, argc, argv);
    run_cases(last, COUNT(last), argc, argv);
    return finish_cases();
}

static acquisition_model *c_model;

static usbx_virtual *plug_c_model(const char *serial)
{
    return EXPECT(acquisition_model_open(serial, &c_model), USBX_OK) ? acquisition_model_device(c_model) : NULL;
}

static void unplug_c_model(void)
{
    acquisition_model_close(c_model);
    c_model = NULL;
}

int main(int argc, char **argv)
{
    const char *model = getenv("USBX_TEST_MODEL");
    if (model != NULL && strcmp(model, "c") == 0)
        use_test_model(plug_c_model, unplug_c_model);
    return conformance(argc, argv);
}
