/* A kernel driver that is detached stays away over claims, releases and the close of the device, until it is attached (QEMU's usb-tablet). */
#include <libusb.h>
#include <stdio.h>

static void code(const char *what, int value)
{
    if (value >= 0)
        printf("%s: %d\n", what, value);
    else
        printf("%s: %s\n", what, libusb_error_name(value));
}

int main(void)
{
    libusb_context *context;
    if (libusb_init(&context) != 0)
        return 2;
    for (int round = 0; round < 3; round++) {
        libusb_device_handle *handle = libusb_open_device_with_vid_pid(context, 0x0627, 0x0001);
        if (!handle)
            return 1;
        printf("round %d\n", round);
        code("driver", libusb_kernel_driver_active(handle, 0));
        if (round == 2)
            code("auto", libusb_set_auto_detach_kernel_driver(handle, 1));
        code("detach", libusb_detach_kernel_driver(handle, 0));
        code("driver", libusb_kernel_driver_active(handle, 0));
        code("claim", libusb_claim_interface(handle, 0));
        code("attach while claimed", libusb_attach_kernel_driver(handle, 0));
        code("release", libusb_release_interface(handle, 0));
        code("driver", libusb_kernel_driver_active(handle, 0));
        code("claim again", libusb_claim_interface(handle, 0));
        code("release", libusb_release_interface(handle, 0));
        code("driver", libusb_kernel_driver_active(handle, 0));
        if (round == 1) {
            libusb_close(handle);
            handle = libusb_open_device_with_vid_pid(context, 0x0627, 0x0001);
            code("driver, opened anew", libusb_kernel_driver_active(handle, 0));
        }
        code("attach", libusb_attach_kernel_driver(handle, 0));
        code("driver", libusb_kernel_driver_active(handle, 0));
        libusb_close(handle);
    }
    libusb_exit(context);
    return 0;
}
