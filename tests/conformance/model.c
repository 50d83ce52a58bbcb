/* Devices that a program answers for: what hosts see of them, and control requests. */
#define _POSIX_C_SOURCE 200809L
#include "model_fixture.h"

static void a_model_is_seen_once_it_is_plugged_in(void)
{
    usbx_virtual *model = new_model();
    usbx_device *device = NULL;
    usbx_device_info info;
    char path[32], text[32];
    size_t length = 0;
    EXPECT(usbx_virtual_string(model, 2, 0x0407, "Waage"), USBX_OK);
    EXPECT(usbx_virtual_string(model, 2, 0x0409, "Scale"), USBX_OK);
    EXPECT(usbx_virtual_string(model, 3, 0x0407, "S1"), USBX_OK);
    EXPECT(usbx_open(MODEL_VENDOR, MODEL_PRODUCT, NULL, &device), USBX_ERROR_NOT_FOUND);
    EXPECT(usbx_virtual_path(model, path, sizeof path, NULL), USBX_ERROR_NO_DEVICE);
    EXPECT(usbx_virtual_plug(model), USBX_OK);
    EXPECT(usbx_virtual_plug(model), USBX_ERROR_BUSY);
    EXPECT(usbx_open(MODEL_VENDOR, MODEL_PRODUCT, "S1", &device), USBX_OK);
    EXPECT(usbx_info(device, &info), USBX_OK);
    EXPECT(usbx_virtual_path(model, path, sizeof path, &length), USBX_OK);
    EQUAL(strcmp(info.path, path), 0);
    EQUAL(length, strlen(path));
    EQUAL(strcmp(info.product, "Waage"), 0);
    EQUAL(strcmp(info.manufacturer, ""), 0);
    EQUAL(info.speed, USBX_SPEED_HIGH);
    EXPECT(usbx_get_string(device, 2, 0x0409, text, sizeof text, NULL), USBX_OK);
    EQUAL(strcmp(text, "Scale"), 0);
    EXPECT(usbx_get_string(device, 2, 0, text, sizeof text, NULL), USBX_OK);
    EQUAL(strcmp(text, "Waage"), 0);
    EXPECT(usbx_virtual_unplug(model), USBX_OK);
    EXPECT(usbx_claim(device, 0), USBX_ERROR_NO_DEVICE);
    EXPECT(usbx_close(device), USBX_OK);
    /* A new arrival is a new device. */
    EXPECT(usbx_virtual_plug(model), USBX_OK);
    device = open_model(model);
    EXPECT(usbx_claim(device, 0), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
    EXPECT(usbx_virtual_close(model), USBX_OK);
    EXPECT(usbx_open(MODEL_VENDOR, MODEL_PRODUCT, NULL, &device), USBX_ERROR_NOT_FOUND);
}

static void descriptors_come_back_as_they_were_given(void)
{
    static uint8_t got[256], bos[] = {5, 15, 12, 0, 1, 7, 16, 2, 2, 0, 0, 0}, report[] = {5, 1, 9, 6};
    bench b;
    size_t length = 0;
    char path[32];
    usbx_virtual *model = new_model();
    EXPECT(usbx_virtual_descriptor(model, 15, 0, 0, bos, sizeof bos), USBX_OK);
    EXPECT(usbx_virtual_descriptor(model, 0x22, 0, 0x101, report, sizeof report), USBX_OK);
    EXPECT(usbx_virtual_descriptor(model, 0x22, 0, 0x201, report, sizeof report), USBX_ERROR_INVALID_PARAM);
    EXPECT(usbx_virtual_plug(model), USBX_OK);
    b.model = model, b.device = open_model(model), b.queue = open_queue();
    EXPECT(usbx_virtual_path(model, path, sizeof path, NULL), USBX_OK);
    EXPECT(usbx_descriptors(path, got, sizeof got, &length), USBX_OK);
    EQUAL(length, model_length);
    EQUAL(memcmp(got, model_descriptors, model_length), 0);
    EXPECT(usbx_control(b.device, 0x80, 6, 0x0f00, 0, got, sizeof got, LONG, &length), USBX_OK);
    EQUAL(length, sizeof bos);
    EQUAL(memcmp(got, bos, sizeof bos), 0);
    EXPECT(usbx_claim(b.device, 1), USBX_OK);
    EXPECT(usbx_control(b.device, 0x81, 6, 0x2200, 1, got, sizeof got, LONG, &length), USBX_OK);
    EQUAL(length, sizeof report);
    EXPECT(usbx_control(b.device, 0x80, 6, 0x0600, 0, got, sizeof got, LONG, &length), USBX_OK);
    EQUAL(length, 10);
    EXPECT(usbx_control(b.device, 0x80, 6, 0x0900, 0, got, sizeof got, LONG, &length), USBX_ERROR_PIPE);
    free_bench(&b);
}

static void a_request_is_pulled_and_answered(void)
{
    static uint8_t answer[64], sent[40], got[64];
    bench b = new_bench();
    usbx_virtual_event event;
    usbx_completion done;
    size_t length = 99;
    uint64_t id;
    fill_pattern(sent, 7, sizeof sent);
    id = ask(&b, 0xc0, 3, answer, sizeof answer);
    event = next_event(b.model);
    EQUAL(event.event, USBX_VIRTUAL_SETUP);
    EQUAL(event.request_type, 0xc0);
    EQUAL(event.request, 3);
    EQUAL(event.length, sizeof answer);
    is_empty(b.queue);
    EXPECT(usbx_virtual_reply(b.model, sent, 5), USBX_OK);
    done = completed(b.queue);
    COMPLETED(done, id, USBX_OK, 5);
    EQUAL(memcmp(answer, sent, 5), 0);

    /* Data of the host come with the request; without room for them it stays. */
    id = ask(&b, 0x40, 4, sent, sizeof sent);
    EXPECT(usbx_virtual_next(b.model, USBX_NO_WAIT, &event, got, 39, &length), USBX_ERROR_OVERFLOW);
    EQUAL(length, 40);
    EQUAL(event.event, 0);
    EXPECT(usbx_virtual_reply(b.model, NULL, 0), USBX_ERROR_NOT_FOUND);
    EXPECT(usbx_virtual_next(b.model, USBX_NO_WAIT, &event, got, sizeof got, &length), USBX_OK);
    EQUAL(length, 40);
    EQUAL(memcmp(got, sent, 40), 0);
    EXPECT(usbx_virtual_reply(b.model, got, 1), USBX_ERROR_INVALID_PARAM); /* it goes out */
    EXPECT(usbx_virtual_reply(b.model, NULL, 0), USBX_OK);
    done = completed(b.queue);
    COMPLETED(done, id, USBX_OK, 40);

    id = ask(&b, 0xc0, 5, answer, sizeof answer);
    next_event(b.model);
    EXPECT(usbx_virtual_stall(b.model, 0), USBX_OK);
    done = completed(b.queue);
    COMPLETED(done, id, USBX_ERROR_PIPE, 0);
    EXPECT(usbx_virtual_stall(b.model, 0), USBX_ERROR_NOT_FOUND);
    /* What is longer than was asked for is cut. */
    id = ask(&b, 0xc0, 6, answer, 3);
    next_event(b.model);
    EXPECT(usbx_virtual_reply(b.model, sent, sizeof sent), USBX_OK);
    done = completed(b.queue);
    COMPLETED(done, id, USBX_OK, 3);
    has_no_event(b.model);
    free_bench(&b);
}

static void requests_come_one_after_the_other(void)
{
    static uint8_t first[8], second[8];
    bench b = new_bench();
    usbx_completion done;
    uint64_t ids[2];
    ids[0] = ask(&b, 0xc0, 1, first, sizeof first);
    ids[1] = ask(&b, 0xc0, 2, second, sizeof second);
    EQUAL(next_event(b.model).request, 1);
    has_no_event(b.model);
    EXPECT(usbx_virtual_reply(b.model, "one", 3), USBX_OK);
    EQUAL(next_event(b.model).request, 2);
    EXPECT(usbx_virtual_reply(b.model, "second", 6), USBX_OK);
    done = completed(b.queue);
    COMPLETED(done, ids[0], USBX_OK, 3);
    done = completed(b.queue);
    COMPLETED(done, ids[1], USBX_OK, 6);
    free_bench(&b);
}

static void a_host_that_gives_up_is_told_of(void)
{
    static uint8_t data[8];
    bench b = new_bench();
    usbx_completion done;
    uint64_t id;
    /* Nobody pulls: the time limit holds. */
    EXPECT(usbx_control(b.device, 0xc0, 1, 0, 0, data, sizeof data, 30, NULL), USBX_ERROR_TIMEOUT);
    has_no_event(b.model);
    id = ask(&b, 0xc0, 2, data, sizeof data);
    EQUAL(next_event(b.model).request, 2);
    EXPECT(usbx_queue_cancel(b.queue, id), USBX_OK);
    done = completed(b.queue);
    COMPLETED(done, id, USBX_ERROR_CANCELLED, 0);
    EXPECT(usbx_virtual_reply(b.model, "late", 4), USBX_ERROR_CANCELLED);
    EXPECT(usbx_virtual_reply(b.model, "late", 4), USBX_ERROR_NOT_FOUND);
    /* The next one is not answered by what was meant for that. */
    id = ask(&b, 0xc0, 3, data, sizeof data);
    EQUAL(next_event(b.model).request, 3);
    EXPECT(usbx_virtual_reply(b.model, "good", 4), USBX_OK);
    done = completed(b.queue);
    COMPLETED(done, id, USBX_OK, 4);
    EQUAL(memcmp(data, "good", 4), 0);
    free_bench(&b);
}

static void what_the_host_does_is_told_of(void)
{
    usbx_virtual *model = new_model();
    usbx_device *device;
    usbx_virtual_event event;
    EXPECT(usbx_virtual_plug(model), USBX_OK);
    has_no_event(model);
    device = open_model(model);
    EQUAL(next_event(model).event, USBX_VIRTUAL_OPENED);
    EXPECT(usbx_set_configuration(device, 7), USBX_OK);
    event = next_event(model);
    EQUAL(event.event, USBX_VIRTUAL_CONFIGURED);
    EQUAL(event.configuration, 7);
    EXPECT(usbx_set_configuration(device, 1), USBX_OK);
    EQUAL(next_event(model).configuration, 1);
    EXPECT(usbx_claim(device, 0), USBX_OK);
    EXPECT(usbx_set_alt_setting(device, 0, 1), USBX_OK);
    event = next_event(model);
    EQUAL(event.event, USBX_VIRTUAL_ALT_SETTING);
    EQUAL(event.interface_number, 0);
    EQUAL(event.alt_setting, 1);
    EXPECT(usbx_release(device, 0), USBX_OK);
    event = next_event(model);
    EQUAL(event.event, USBX_VIRTUAL_ALT_SETTING);
    EQUAL(event.alt_setting, 0);
    EXPECT(usbx_reset(device), USBX_OK);
    EQUAL(next_event(model).event, USBX_VIRTUAL_RESET);
    EXPECT(usbx_close(device), USBX_OK);
    EQUAL(next_event(model).event, USBX_VIRTUAL_CLOSED);
    has_no_event(model);
    EXPECT(usbx_virtual_close(model), USBX_OK);
}

static void events_that_nobody_takes_are_bounded_and_counted(void)
{
    usbx_virtual *model = new_model();
    usbx_virtual_event event;
    int i, taken = 1;
    EXPECT(usbx_virtual_plug(model), USBX_OK);
    for (i = 0; i < 600; i++)
        EXPECT(usbx_close(open_model(model)), USBX_OK);
    event = next_event(model);
    EQUAL(event.lost, 1200 - 1024);
    while (usbx_virtual_next(model, USBX_NO_WAIT, &event, NULL, 0, NULL) == USBX_OK) {
        EQUAL(event.lost, 0);
        taken++;
    }
    EQUAL(taken, 1024);
    EXPECT(usbx_virtual_close(model), USBX_OK);
}

static void the_descriptor_is_ready_while_there_is_an_event(void)
{
    static uint8_t data[8];
    bench b = new_bench();
    int fd = -1;
    EXPECT(usbx_virtual_fd(b.model, &fd), USBX_OK);
    EQUAL(readable(fd, 0), 0);
    ask(&b, 0xc0, 1, data, sizeof data);
    EQUAL(readable(fd, 0), 1);
    next_event(b.model);
    EQUAL(readable(fd, 0), 0);
    EXPECT(usbx_virtual_reply(b.model, NULL, 0), USBX_OK);
    submit_to(b.device, b.queue, BULK_IN, data, sizeof data);
    EQUAL(readable(fd, 0), 1);
    free_bench(&b);
}

static void a_model_may_answer_standard_requests(void)
{
    static uint8_t data[18];
    bench b = new_bench();
    usbx_transfer transfer = make_request(0x80, 6, 0, data, sizeof data);
    usbx_completion done;
    usbx_virtual_event event;
    uint64_t id;
    transfer.value = 0x0100;
    EXPECT(usbx_virtual_answer_standard_requests(b.model, 1), USBX_OK);
    id = submit(b.device, b.queue, &transfer);
    event = next_event(b.model);
    EQUAL(event.request, 6);
    EQUAL(event.value, 0x0100);
    EXPECT(usbx_virtual_reply(b.model, "\1\1", 2), USBX_OK);
    done = completed(b.queue);
    COMPLETED(done, id, USBX_OK, 2);
    EXPECT(usbx_virtual_answer_standard_requests(b.model, 0), USBX_OK);
    EXPECT(usbx_control(b.device, 0x80, 6, 0x0100, 0, data, sizeof data, LONG, NULL), USBX_OK);
    EQUAL(memcmp(data, model_descriptors, sizeof data), 0);
    free_bench(&b);
}

/* A model waits for its host in one thread; the other closes it. */
static void *wait_for_event(void *model)
{
    usbx_virtual_event event;
    return (void *)(intptr_t)usbx_virtual_next(model, LONG, &event, NULL, 0, NULL);
}

static void *wait_for_host(void *model)
{
    size_t moved;
    return (void *)(intptr_t)usbx_virtual_write(model, BULK_IN, "x", 1, LONG, &moved);
}

static void closing_ends_what_waits(void)
{
    usbx_virtual *model = new_model();
    pthread_t threads[2];
    void *status;
    EXPECT(usbx_virtual_plug(model), USBX_OK);
    threads[0] = run_thread(wait_for_event, model);
    threads[1] = run_thread(wait_for_host, model);
    /* Either comes before the close, or finds the handle closed. */
    EXPECT(usbx_virtual_close(model), USBX_OK);
    pthread_join(threads[0], &status);
    CHECK((intptr_t)status == USBX_ERROR_CLOSED || (intptr_t)status == USBX_ERROR_INVALID_HANDLE);
    pthread_join(threads[1], &status);
    CHECK((intptr_t)status == USBX_ERROR_CLOSED || (intptr_t)status == USBX_ERROR_INVALID_HANDLE);
}

static void malformed_descriptors_are_the_hosts_to_cope_with(void)
{
    static const uint8_t cut[] = {18, 1, 0, 2, 0, 0, 0, 64, 9, 0x12, 0x98, 0, 0, 1, 0, 0, 0, 3, 9, 2, 0xff, 0xff, 9, 1, 0, 0x80, 50, 0, 4};
    usbx_virtual *model = NULL;
    usbx_device *device = NULL;
    EXPECT(usbx_virtual_create(0, cut, 17, &model), USBX_ERROR_INVALID_PARAM);
    CHECK(model == NULL);
    EXPECT(usbx_virtual_create(9, cut, sizeof cut, &model), USBX_ERROR_INVALID_PARAM);
    EXPECT(usbx_virtual_create(0, cut, sizeof cut, &model), USBX_OK);
    EXPECT(usbx_virtual_plug(model), USBX_OK);
    device = open_model(model);
    EXPECT(usbx_claim(device, 0), USBX_ERROR_NOT_FOUND);
    EXPECT(usbx_close(device), USBX_OK);
    EXPECT(usbx_virtual_close(model), USBX_OK);
}

static void the_built_in_device_is_answered_by_the_library(void)
{
    usbx_virtual *device = NULL;
    usbx_virtual_event event;
    char path[32];
    EXPECT(usbx_virtual_open("acquisition", "M1", &device), USBX_OK);
    EXPECT(usbx_virtual_next(device, USBX_NO_WAIT, &event, NULL, 0, NULL), USBX_ERROR_NOT_SUPPORTED);
    EXPECT(usbx_virtual_reply(device, NULL, 0), USBX_ERROR_NOT_SUPPORTED);
    EXPECT(usbx_virtual_write(device, 0x81, "x", 1, USBX_NO_WAIT, NULL), USBX_ERROR_NOT_SUPPORTED);
    EXPECT(usbx_virtual_unplug(device), USBX_OK);
    EXPECT(usbx_virtual_path(device, path, sizeof path, NULL), USBX_ERROR_NO_DEVICE);
    EXPECT(usbx_virtual_plug(device), USBX_OK);
    EXPECT(usbx_virtual_path(device, path, sizeof path, NULL), USBX_OK);
    EXPECT(usbx_virtual_close(device), USBX_OK);
}

const test_case model_cases[] = {
    {"a_model_is_seen_once_it_is_plugged_in", a_model_is_seen_once_it_is_plugged_in},
    {"descriptors_come_back_as_they_were_given", descriptors_come_back_as_they_were_given},
    {"a_request_is_pulled_and_answered", a_request_is_pulled_and_answered},
    {"requests_come_one_after_the_other", requests_come_one_after_the_other},
    {"a_host_that_gives_up_is_told_of", a_host_that_gives_up_is_told_of},
    {"what_the_host_does_is_told_of", what_the_host_does_is_told_of},
    {"events_that_nobody_takes_are_bounded_and_counted", events_that_nobody_takes_are_bounded_and_counted},
    {"the_descriptor_is_ready_while_there_is_an_event", the_descriptor_is_ready_while_there_is_an_event},
    {"a_model_may_answer_standard_requests", a_model_may_answer_standard_requests},
    {"closing_ends_what_waits", closing_ends_what_waits},
    {"malformed_descriptors_are_the_hosts_to_cope_with", malformed_descriptors_are_the_hosts_to_cope_with},
    {"the_built_in_device_is_answered_by_the_library", the_built_in_device_is_answered_by_the_library}};
const size_t model_count = COUNT(model_cases);
