/* list: lists the USB devices, each with its description and, if it may be opened, its endpoints.
 *
 *   list                           the devices on the bus
 *   USBX_VIRTUAL=acquisition list  the same, and a virtual device
 */
#include <stdio.h>
#include <stdlib.h>
#include <usbx.h>

static const char *const speeds[] = {"unknown speed", "1.5 Mbit/s", "12 Mbit/s", "480 Mbit/s", "5 Gbit/s", "10 Gbit/s"};
static const char *const types[] = {"control", "isochronous", "bulk", "interrupt"};

/* Only this needs to open the device. It claims nothing, so it does not disturb other programs. */
static void print_endpoints(const char *path)
{
    usbx_device *device;
    usbx_endpoint endpoints[64];
    size_t count, i;

    if (usbx_open_path(path, &device)) {
        /* Usually a missing permission; the message has the udev rule that grants it. */
        printf("    endpoints not known: %s\n", usbx_last_error());
        return;
    }
    if (usbx_endpoints(device, endpoints, 64, &count) == USBX_OK)
        for (i = 0; i < count && i < 64; i++)
            printf("    interface %u setting %u: 0x%02x %-3s %-11s %4u bytes per packet\n", endpoints[i].interface_number,
                   endpoints[i].alt_setting, endpoints[i].address, endpoints[i].address & 0x80 ? "IN" : "OUT",
                   types[endpoints[i].type & 3], endpoints[i].max_packet_size);
    else
        printf("    endpoints not known: %s\n", usbx_last_error());
    usbx_close(device);
}

int main(void)
{
    usbx_device_info *devices = NULL;
    size_t capacity = 0, count = 0, i;

    /* The first round asks for the number of devices. Another may be plugged in meanwhile: repeat until all fit. */
    do {
        capacity = count;
        free(devices);
        devices = (usbx_device_info *)calloc(capacity + 1, sizeof *devices);
        if (devices == NULL || usbx_devices(devices, capacity, &count)) {
            fprintf(stderr, "%s\n", devices ? usbx_last_error() : "out of memory");
            free(devices);
            return 1;
        }
    } while (count > capacity);

    for (i = 0; i < count; i++) {
        const usbx_device_info *info = &devices[i];
        printf("%04x:%04x  %s, bus %u address %u, %s, USB %x.%02x\n", info->vendor_id, info->product_id, info->path,
               info->bus, info->address, speeds[info->speed <= 5 ? info->speed : 0], info->usb_version >> 8,
               info->usb_version & 0xff);
        printf("    %s | %s | serial %s\n", info->manufacturer[0] ? info->manufacturer : "-",
               info->product[0] ? info->product : "-", info->serial[0] ? info->serial : "-");
        print_endpoints(info->path);
    }
    if (count == 0)
        printf("no USB devices here; try USBX_VIRTUAL=acquisition\n");
    free(devices);
    return 0;
}
