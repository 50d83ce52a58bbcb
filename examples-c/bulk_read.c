/* bulk_read: reads a bulk endpoint once and prints the bytes.
 *
 *   bulk_read                            one frame of the virtual device's samples
 *   bulk_read VID:PID[:serial] 81 4096   up to 4096 bytes from endpoint 0x81 of a device
 */
#include "target.h"

static int read_once(usbx_device *device, uint8_t address, size_t length)
{
    usbx_endpoint endpoint;
    usbx_status status;
    uint8_t *data;
    size_t moved, i;

    /* An endpoint belongs to an interface; claim the interface before you use its endpoints. */
    if (claim_endpoint(device, address, &endpoint))
        return 1;

    /* Room for whole packets: a packet larger than the rest of the buffer would be an overflow. */
    length = (length + endpoint.max_packet_size - 1) / endpoint.max_packet_size * endpoint.max_packet_size;
    data = (uint8_t *)malloc(length);
    if (data == NULL)
        return 1;
    status = usbx_bulk_read(device, address, data, length, 1000, &moved);
    /* Whatever the status is, `moved` bytes are in the buffer: a timeout loses nothing. */
    for (i = 0; i < moved; i++)
        printf("%02x%c", data[i], i % 16 == 15 || i == moved - 1 ? '\n' : ' ');
    free(data);
    if (status)
        return failed();
    printf("%lu bytes\n", (unsigned long)moved);
    return 0;
}

int main(int argc, char **argv)
{
    usbx_virtual *plugged;
    usbx_device *device;
    unsigned long address = argc > 2 ? strtoul(argv[2], NULL, 16) : (unsigned long)ACQ_FRAMES;
    unsigned long length = argc > 3 ? strtoul(argv[3], NULL, 0) : 512;
    int code;

    if (argc > 4 || address > 0xff || length == 0 || length > 0x40000000) {
        fprintf(stderr, "usage: bulk_read [VID:PID[:serial] [endpoint [bytes]]]\n");
        return 2;
    }
    code = open_target(argc > 1 ? argv[1] : NULL, &plugged, &device);
    /* The virtual device only samples after a request to start. */
    if (code == 0 && plugged != NULL && usbx_control(device, ACQ_OUT, ACQ_START, 0, 0, NULL, 0, 1000, NULL))
        code = failed();
    if (code == 0)
        code = read_once(device, (uint8_t)address, length);
    usbx_close(device); /* NULL is fine, as with free() */
    usbx_virtual_close(plugged);
    return code;
}
