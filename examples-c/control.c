/* control: sends one control request and prints what comes back.
 *
 *   control                                          the virtual device: writes registers and reads them back
 *   control VID:PID[:serial] 80 06 0100 0000 18      IN: reads up to 18 bytes, here the device descriptor
 *   control VID:PID[:serial] 40 03 0000 0000 e8030000  OUT: sends these bytes
 *
 * The numbers are bmRequestType, bRequest, wValue and wIndex, in hexadecimal; then wLength in decimal if bit 7 of
 * bmRequestType is set, else the data in hexadecimal.
 */
#include "target.h"

static int request(usbx_device *device, unsigned type, unsigned number, unsigned value, unsigned index, const char *rest)
{
    static uint8_t data[65535];
    size_t moved, i;
    unsigned byte;
    uint16_t length = 0;

    if (type & 0x80) {
        length = (uint16_t)strtoul(rest, NULL, 10);
    } else {
        for (; sscanf(rest, "%2x", &byte) == 1; rest += rest[1] ? 2 : 1)
            data[length++] = (uint8_t)byte;
    }
    if (usbx_control(device, (uint8_t)type, (uint8_t)number, (uint16_t)value, (uint16_t)index, data, length, 1000,
                     &moved))
        return failed(); /* USBX_ERROR_PIPE if the device does not know the request */
    for (i = 0; i < moved; i++)
        printf("%02x%c", data[i], i % 16 == 15 || i == moved - 1 ? '\n' : ' ');
    printf("%lu bytes %s\n", (unsigned long)moved, type & 0x80 ? "read" : "written");
    return 0;
}

int main(int argc, char **argv)
{
    usbx_virtual *plugged;
    usbx_device *device;
    unsigned numbers[4] = {0, 0, 0, 0};
    int code, i;

    for (i = 0; i < 4 && i + 2 < argc; i++)
        numbers[i] = (unsigned)strtoul(argv[i + 2], NULL, 16);
    if ((argc != 1 && argc != 6 && argc != 7) || (argc > 6 && strlen(argv[6]) >= 65535)) {
        fprintf(stderr, "usage: control [VID:PID[:serial] type request value index [length or data]]\n");
        return 2;
    }
    code = open_target(argc > 1 ? argv[1] : NULL, &plugged, &device);
    if (code == 0 && argc > 1)
        code = request(device, numbers[0], numbers[1], numbers[2], numbers[3], argc > 6 ? argv[6] : "");
    if (code == 0 && argc == 1)
        code = request(device, ACQ_OUT, ACQ_REGISTERS, 0, 16, "cafe0102");
    if (code == 0 && argc == 1)
        code = request(device, ACQ_IN, ACQ_REGISTERS, 0, 16, "4");
    usbx_close(device);
    usbx_virtual_close(plugged);
    return code;
}
