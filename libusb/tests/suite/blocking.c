/* The calls that wait for their transfer. */
#include "suite.h"

void blocking(void)
{
    unsigned char data[4096], back[4096];
    int count = -1;
    code("write registers", libusb_control_transfer(handle, 0x40, REGISTERS, 0, 16, (unsigned char *)"abcdefgh", 8, 1000));
    code("read registers", libusb_control_transfer(handle, 0xc0, REGISTERS, 0, 16, data, 8, 1000));
    printf("%.8s\n", (char *)data);
    code("no request", libusb_control_transfer(handle, 0xc0, 0x77, 0, 0, data, 8, 1000));
    for (unsigned i = 0; i < sizeof data; i++)
        data[i] = (unsigned char)(i * 7);
    code("write", libusb_bulk_transfer(handle, LOOP_OUT, data, 1000, &count, 1000));
    printf("%d\n", count);
    code("read", libusb_bulk_transfer(handle, LOOP_IN, back, 4096, &count, 1000));
    printf("%d, same %d\n", count, memcmp(data, back, 1000) == 0);
    code("read nothing", libusb_bulk_transfer(handle, LOOP_IN, back, 512, &count, 50));
    printf("%d\n", count);
    code("write 512", libusb_bulk_transfer(handle, LOOP_OUT, data, 512, &count, 1000));
    code("read 1024", libusb_bulk_transfer(handle, LOOP_IN, back, 1024, &count, 50));
    printf("%d\n", count);
    code("write 600", libusb_bulk_transfer(handle, LOOP_OUT, data, 600, &count, 1000));
    code("read 10", libusb_bulk_transfer(handle, LOOP_IN, back, 10, &count, 50));
    code("read the rest", libusb_bulk_transfer(handle, LOOP_IN, back, 1024, &count, 50));
    code("by the interrupt's function", libusb_interrupt_transfer(handle, LOOP_OUT, data, 10, &count, 1000));
    code("read that", libusb_bulk_transfer(handle, LOOP_IN, back, 512, &count, 1000));
    printf("%d\n", count);
    code("interrupt", libusb_interrupt_transfer(handle, STATUS, back, 16, &count, 1000));
    printf("%d\n", count);
    code("interrupt by the other", libusb_bulk_transfer(handle, STATUS, back, 16, NULL, 1000));
    code("no endpoint", libusb_bulk_transfer(handle, 0x8f, back, 16, &count, 1000));
    code("an empty write", libusb_bulk_transfer(handle, LOOP_OUT, data, 0, &count, 1000));
    code("read that", libusb_bulk_transfer(handle, LOOP_IN, back, 512, &count, 50));
    printf("%d\n", count);
    unsigned char *memory = libusb_dev_mem_alloc(handle, 4096);
    if (memory) {
        memcpy(memory, data, 100);
        if (libusb_bulk_transfer(handle, LOOP_OUT, memory, 100, &count, 1000) != 0 || libusb_bulk_transfer(handle, LOOP_IN, memory + 512, 512, &count, 1000) != 0 ||
            memcmp(memory, memory + 512, 100) != 0 || libusb_dev_mem_free(handle, memory, 4096) != 0)
            printf("the device's memory fails\n");
    }
    unsigned char streams[1] = {LOOP_IN};
    printf("streams: %d %d\n", libusb_alloc_streams(handle, 4, streams, 1) < 0, libusb_free_streams(handle, streams, 1) < 0);
}
