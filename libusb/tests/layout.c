/* What libusb's header says of its structs and numbers, one line each: libusb/tests/check compares it with what the library says. */
#include <libusb.h>
#include <stddef.h>
#include <stdio.h>
#define SIZE(type) printf(#type " %zu\n", sizeof(struct type))
#define AT(type, field) printf(#type "." #field " %zu\n", offsetof(struct type, field))

int main(void)
{
    SIZE(libusb_device_descriptor);
    AT(libusb_device_descriptor, idVendor);
    AT(libusb_device_descriptor, bNumConfigurations);
    SIZE(libusb_endpoint_descriptor);
    AT(libusb_endpoint_descriptor, wMaxPacketSize);
    AT(libusb_endpoint_descriptor, extra);
    AT(libusb_endpoint_descriptor, extra_length);
    SIZE(libusb_interface_descriptor);
    AT(libusb_interface_descriptor, endpoint);
    AT(libusb_interface_descriptor, extra_length);
    SIZE(libusb_interface);
    AT(libusb_interface, num_altsetting);
    SIZE(libusb_config_descriptor);
    AT(libusb_config_descriptor, interface);
    AT(libusb_config_descriptor, MaxPower);
    AT(libusb_config_descriptor, extra_length);
    SIZE(libusb_ss_endpoint_companion_descriptor);
    SIZE(libusb_bos_descriptor);
    AT(libusb_bos_descriptor, dev_capability);
    SIZE(libusb_bos_dev_capability_descriptor);
    SIZE(libusb_usb_2_0_extension_descriptor);
    SIZE(libusb_ss_usb_device_capability_descriptor);
    SIZE(libusb_container_id_descriptor);
    SIZE(libusb_version);
    AT(libusb_version, describe);
    SIZE(libusb_iso_packet_descriptor);
    SIZE(libusb_transfer);
    AT(libusb_transfer, flags);
    AT(libusb_transfer, endpoint);
    AT(libusb_transfer, type);
    AT(libusb_transfer, timeout);
    AT(libusb_transfer, status);
    AT(libusb_transfer, length);
    AT(libusb_transfer, actual_length);
    AT(libusb_transfer, callback);
    AT(libusb_transfer, user_data);
    AT(libusb_transfer, buffer);
    AT(libusb_transfer, num_iso_packets);
    AT(libusb_transfer, iso_packet_desc);
    SIZE(libusb_pollfd);
    return 0;
}
