/* interrupt_read: reads reports from an interrupt endpoint, one at a time.
 *
 *   interrupt_read                           ten status reports of the virtual device
 *   interrupt_read VID:PID[:serial] 81 100   a hundred reports from endpoint 0x81 of a device, a mouse for example
 */
#include "target.h"

static void print_report(const uint8_t *report, size_t length, int is_status)
{
    size_t i;
    for (i = 0; i < length; i++)
        printf("%02x ", report[i]);
    if (is_status && length == ACQ_STATUS_SIZE)
        printf("  %.2f degrees, %s, %lu frames, %lu overruns, after %lu ms", acq_i16(report) / 100.0,
               acq_i16(report + 2) ? "sampling" : "idle", (unsigned long)acq_u32(report + 4),
               (unsigned long)acq_u32(report + 8), (unsigned long)acq_u32(report + 12));
    printf("\n");
}

static int read_reports(usbx_device *device, uint8_t address, unsigned long reports, int is_status)
{
    uint8_t report[1024]; /* the largest possible packet */
    usbx_endpoint endpoint;
    size_t moved;

    if (find_endpoint(device, address, &endpoint)) {
        fprintf(stderr, "no endpoint 0x%02x; the example list shows the endpoints that exist\n", address);
        return 1;
    }
    /* A kernel driver holds a mouse or keyboard. Detach it; it comes back when the device is closed. On a system without
     * kernel drivers this is USBX_ERROR_NOT_SUPPORTED, and the claim reports any problem. */
    usbx_detach_kernel_driver(device, endpoint.interface_number);
    if (usbx_claim(device, endpoint.interface_number))
        return failed();
    while (reports > 0) {
        /* Room for one packet: one report per call. */
        usbx_status status = usbx_interrupt_read(device, address, report, endpoint.max_packet_size, 1000, &moved);
        if (status == USBX_ERROR_TIMEOUT)
            continue; /* no report in this second */
        if (status)
            return failed();
        print_report(report, moved, is_status);
        reports--;
    }
    return 0;
}

int main(int argc, char **argv)
{
    usbx_virtual *plugged;
    usbx_device *device;
    unsigned long address = argc > 2 ? strtoul(argv[2], NULL, 16) : (unsigned long)ACQ_STATUS;
    unsigned long reports = argc > 3 ? strtoul(argv[3], NULL, 0) : 10;
    int code;

    if (argc > 4 || address > 0xff) {
        fprintf(stderr, "usage: interrupt_read [VID:PID[:serial] [endpoint [reports]]]\n");
        return 2;
    }
    code = open_target(argc > 1 ? argv[1] : NULL, &plugged, &device);
    if (code == 0)
        code = read_reports(device, (uint8_t)address, reports, plugged != NULL);
    usbx_close(device);
    usbx_virtual_close(plugged);
    return code;
}
