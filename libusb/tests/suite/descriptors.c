/* Lists, descriptors and strings. */
#include "suite.h"

void descriptors(void)
{
    libusb_device **list;
    ssize_t count = libusb_get_device_list(context, &list);
    int found = 0;
    for (ssize_t i = 0; i < count; i++)
        found |= list[i] == device;
    printf("listed: %d, end: %d\n", found, list[count] == NULL);
    libusb_free_device_list(list, 1);
    printf("ref: %d\n", libusb_ref_device(device) == device);
    libusb_unref_device(device);

    struct libusb_device_descriptor d;
    code("device descriptor", libusb_get_device_descriptor(device, &d));
    printf("%d %d %04x %d %04x:%04x %04x %d %d %d %d\n", d.bLength, d.bDescriptorType, d.bcdUSB, d.bMaxPacketSize0, d.idVendor, d.idProduct, d.bcdDevice, d.iManufacturer,
           d.iProduct, d.iSerialNumber, d.bNumConfigurations);
    struct libusb_config_descriptor *c, *other;
    code("active", libusb_get_active_config_descriptor(device, &c));
    printf("configuration: %d %d %d %d %d %02x %d extra %d\n", c->bLength, c->wTotalLength, c->bNumInterfaces, c->bConfigurationValue, c->iConfiguration, c->bmAttributes, c->MaxPower,
           c->extra_length);
    for (int i = 0; i < c->bNumInterfaces; i++)
        for (int a = 0; a < c->interface[i].num_altsetting; a++) {
            const struct libusb_interface_descriptor *s = &c->interface[i].altsetting[a];
            printf("interface %d.%d: %d endpoints, class %02x %02x %02x, extra %d\n", s->bInterfaceNumber, s->bAlternateSetting, s->bNumEndpoints, s->bInterfaceClass,
                   s->bInterfaceSubClass, s->bInterfaceProtocol, s->extra_length);
            for (int e = 0; e < s->bNumEndpoints; e++) {
                const struct libusb_endpoint_descriptor *p = &s->endpoint[e];
                struct libusb_ss_endpoint_companion_descriptor *companion = NULL;
                int r = libusb_get_ss_endpoint_companion_descriptor(context, p, &companion);
                printf(" endpoint %02x: %02x %d %d, extra %d, companion %s, packet %d, interval %d\n", p->bEndpointAddress, p->bmAttributes, p->wMaxPacketSize, p->bInterval,
                       p->extra_length, name(r), libusb_get_max_packet_size(device, p->bEndpointAddress), libusb_get_max_iso_packet_size(device, p->bEndpointAddress));
                libusb_free_ss_endpoint_companion_descriptor(companion);
                if (libusb_get_max_alt_packet_size && libusb_get_max_alt_packet_size(device, i, a, p->bEndpointAddress) != libusb_get_max_iso_packet_size(device, p->bEndpointAddress))
                    printf("differs in its setting\n");
            }
        }
    code("by index", libusb_get_config_descriptor(device, 0, &other));
    printf("same: %d\n", other->wTotalLength == c->wTotalLength);
    libusb_free_config_descriptor(other);
    code("by value", libusb_get_config_descriptor_by_value(device, c->bConfigurationValue, &other));
    libusb_free_config_descriptor(other);
    libusb_free_config_descriptor(c);
    code("no index", libusb_get_config_descriptor(device, 9, &other));
    code("no value", libusb_get_config_descriptor_by_value(device, 9, &other));
    code("no endpoint", libusb_get_max_packet_size(device, 0x8f));
    code("no endpoint", libusb_get_max_iso_packet_size(device, 0x8f));
    code("speed", libusb_get_device_speed(device));

    struct libusb_bos_descriptor *bos = NULL;
    code("bos", libusb_get_bos_descriptor(handle, &bos));
    libusb_free_bos_descriptor(bos);
    static unsigned char extension[] = {7, 16, 2, 2, 0, 0, 0}, superspeed[] = {10, 16, 3, 2, 15, 0, 1, 10, 0xff, 7},
                         container[] = {20, 16, 4, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
                         platform[] = {24, 16, 5, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 1, 2, 3, 4};
    struct libusb_bos_dev_capability_descriptor *cap = (void *)extension;
    struct libusb_usb_2_0_extension_descriptor *x = NULL;
    code("extension", libusb_get_usb_2_0_extension_descriptor(context, cap, &x));
    printf("%d %u\n", x->bLength, x->bmAttributes);
    libusb_free_usb_2_0_extension_descriptor(x);
    struct libusb_ss_usb_device_capability_descriptor *s = NULL;
    code("not that", libusb_get_ss_usb_device_capability_descriptor(context, cap, &s));
    code("superspeed", libusb_get_ss_usb_device_capability_descriptor(context, (void *)superspeed, &s));
    printf("%d %d %d %d %d\n", s->bmAttributes, s->wSpeedSupported, s->bFunctionalitySupport, s->bU1DevExitLat, s->bU2DevExitLat);
    libusb_free_ss_usb_device_capability_descriptor(s);
    struct libusb_container_id_descriptor *id = NULL;
    code("container", libusb_get_container_id_descriptor(context, (void *)container, &id));
    printf("%d %d\n", id->ContainerID[0], id->ContainerID[15]);
    libusb_free_container_id_descriptor(id);
    if (libusb_get_platform_descriptor) {
        struct libusb_platform_descriptor *p = NULL;
        if (libusb_get_platform_descriptor(context, (void *)platform, &p) != 0 || memcmp(p, platform, sizeof platform) != 0)
            printf("the platform's descriptor differs\n");
        libusb_free_platform_descriptor(p);
        struct libusb_interface_association_descriptor_array *iad = NULL;
        if (libusb_get_interface_association_descriptors(device, 0, &iad) != 0 || iad->length != 0)
            printf("associations\n");
        libusb_free_interface_association_descriptors(iad);
        if (libusb_get_active_interface_association_descriptors(device, &iad) != 0 || iad->length != 0)
            printf("associations\n");
        libusb_free_interface_association_descriptors(iad);
    }
    uint8_t ports[8];
    printf("path: %d\n", libusb_get_port_path(context, device, ports, 8) == libusb_get_port_numbers(device, ports, 8));
    code("ports of no room", libusb_get_port_numbers(device, ports, 0));
    printf("port: %d\n", libusb_get_port_number(device) == 0 || libusb_get_port_numbers(device, ports, 8) > 0);
    (void)libusb_get_bus_number(device), (void)libusb_get_device_address(device), (void)libusb_get_parent(device);
}

void strings(void)
{
    unsigned char text[256];
    for (uint8_t i = 1; i <= 3; i++) {
        int r = libusb_get_string_descriptor_ascii(handle, i, text, sizeof text);
        printf("string %d: %d \"%s\"\n", i, r, r >= 0 ? (char *)text : "");
    }
    code("cut", libusb_get_string_descriptor_ascii(handle, 1, text, 3));
    printf("\"%s\"\n", (char *)text);
    code("string 0", libusb_get_string_descriptor_ascii(handle, 0, text, sizeof text));
    code("no string", libusb_get_string_descriptor_ascii(handle, 77, text, sizeof text));
    code("descriptor", libusb_get_descriptor(handle, LIBUSB_DT_DEVICE, 0, text, 18));
    code("language", libusb_get_string_descriptor(handle, 1, 0x409, text, sizeof text));
}
