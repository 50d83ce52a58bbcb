/* Claims, settings, drivers, halts, resets. */
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <unistd.h>
#include "suite.h"

void interfaces(void)
{
    int value = 0;
    code("get configuration", libusb_get_configuration(handle, &value));
    printf("it is %d\n", value);
    code("claim again", libusb_claim_interface(handle, 0));
    /* While drivers are detached for a claim, the system has other codes for what is not there. */
    libusb_set_auto_detach_kernel_driver(handle, 0);
    code("claim none", libusb_claim_interface(handle, 9));
    code("claim 99", libusb_claim_interface(handle, 99));
    code("claim -1", libusb_claim_interface(handle, -1));
    code("release none", libusb_release_interface(handle, 9));
    code("alternate setting 1", libusb_set_interface_alt_setting(handle, 0, 1));
    code("alternate setting 0", libusb_set_interface_alt_setting(handle, 0, 0));
    code("no setting", libusb_set_interface_alt_setting(handle, 0, 9));
    code("setting 300", libusb_set_interface_alt_setting(handle, 0, 300));
    code("setting of what is not claimed", libusb_set_interface_alt_setting(handle, 1, 0));
    code("configuration while claimed", libusb_set_configuration(handle, 1));
    code("configuration 300", libusb_set_configuration(handle, 300));
    code("clear halt", libusb_clear_halt(handle, LOOP_IN));
    code("clear halt of none", libusb_clear_halt(handle, 0x8f));
    libusb_device_handle *second = NULL;
    code("open again", libusb_open(device, &second));
    code("claim what the other has", libusb_claim_interface(second, 0));
    code("set what the other has", libusb_set_interface_alt_setting(second, 0, 0));
    libusb_close(second);
    code("driver of 1", libusb_kernel_driver_active(handle, 1));
    code("detach 1", libusb_detach_kernel_driver(handle, 1));
    code("detach 1 again", libusb_detach_kernel_driver(handle, 1));
    code("attach 1", libusb_attach_kernel_driver(handle, 1));
    code("attach 1 again", libusb_attach_kernel_driver(handle, 1));
    code("attach what is claimed", libusb_attach_kernel_driver(handle, 0));
    code("attach none", libusb_attach_kernel_driver(handle, 9));
    libusb_detach_kernel_driver(handle, 1);
    code("driver", libusb_kernel_driver_active(handle, 0));
    code("detach", libusb_detach_kernel_driver(handle, 0));
    code("release", libusb_release_interface(handle, 0));
    code("release again", libusb_release_interface(handle, 0));
    code("no configuration", libusb_set_configuration(handle, 9));
    code("without a claim", libusb_clear_halt(handle, LOOP_IN));
    code("claim", libusb_claim_interface(handle, 0));
    code("reset", libusb_reset_device(handle));
    libusb_attach_kernel_driver(handle, 1);
}

/* A file descriptor of the device's node, which a sandbox or another process has opened. Virtual devices have none. */
void wrapped(void)
{
    char node[64];
    snprintf(node, sizeof node, "/dev/bus/usb/%03d/%03d", libusb_get_bus_number(device), libusb_get_device_address(device));
    int fd = open(node, O_RDWR);
    if (fd < 0)
        return;
    unsigned char bytes[18];
    libusb_device_handle *own = NULL;
    struct libusb_device_descriptor descriptor;
    struct libusb_config_descriptor *configuration = NULL;
    code("wrap", libusb_wrap_sys_device(context, fd, &own));
    libusb_device *there = libusb_ref_device(libusb_get_device(own));
    printf("the device of the list: %d, bus %d, speed %d\n", there == device, libusb_get_bus_number(there) == libusb_get_bus_number(device), libusb_get_device_speed(there));
    code("read by it", libusb_get_descriptor(own, LIBUSB_DT_DEVICE, 0, bytes, 18));
    code("its configuration", libusb_get_active_config_descriptor(there, &configuration));
    libusb_free_config_descriptor(configuration);
    libusb_close(own);
    code("its descriptor afterwards", libusb_get_device_descriptor(there, &descriptor));
    libusb_unref_device(there);

    /* From now on for every context: this case is the last one. */
    libusb_context *without = NULL;
    libusb_device **list;
    code("no discovery", libusb_set_option(NULL, LIBUSB_OPTION_NO_DEVICE_DISCOVERY));
    code("init", libusb_init(&without));
    code("wrap", libusb_wrap_sys_device(without, fd, &own));
    code("read by it", libusb_get_descriptor(own, LIBUSB_DT_DEVICE, 0, bytes, 18));
    code("list", (int)libusb_get_device_list(without, &list));
    libusb_free_device_list(list, 1);
    libusb_close(own);
    libusb_exit(without);
    close(fd);
}
