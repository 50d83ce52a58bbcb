/* Asks a disk (bulk-only transport) what it is: inquiry SERIAL. Prints its vendor and product. */
#include "check.h"


int main(int argc, char **argv)
{
    static const uint8_t command[31] = {'U', 'S', 'B', 'C', 1, 0, 0, 0, 36, 0, 0, 0, 0x80, 0, 6, 0x12, 0, 0, 0, 36, 0};
    uint8_t answer[36];
    usbx_device *device = NULL;
    usbx_endpoint endpoints[2];
    size_t count = 0, moved = 0;
    uint8_t in, out;

    CHECK(argc == 2);
    OK(usbx_open(0x0525, 0xa4a5, argv[1], &device));
    OK(usbx_claim(device, 0));
    OK(usbx_endpoints(device, endpoints, 2, &count));
    CHECK_NUMBER(count, 2);
    in = endpoints[0].address & 0x80 ? endpoints[0].address : endpoints[1].address;
    out = endpoints[0].address & 0x80 ? endpoints[1].address : endpoints[0].address;
    OK(usbx_bulk_write(device, out, command, sizeof command, 5000, &moved));
    CHECK_NUMBER(moved, sizeof command);
    OK(usbx_bulk_read(device, in, answer, sizeof answer, 5000, &moved));
    CHECK_NUMBER(moved, sizeof answer);
    printf("%.28s\n", (const char *)answer + 8);
    OK(usbx_close(device));
    return 0;
}
