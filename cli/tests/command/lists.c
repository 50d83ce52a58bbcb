/* Prints the devices that libusb lists: linked to it, or with DLOPEN loaded by the name that is the first argument. */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

struct libusb_device_descriptor {
    uint8_t length, type;
    uint16_t usb;
    uint8_t class_, subclass, protocol, packet;
    uint16_t vendor, product, device;
    uint8_t manufacturer, name, serial, configurations;
};

#ifdef DLOPEN
#define FUNCTION(result, name, ...) static result(*name)(__VA_ARGS__)
#else
#define FUNCTION(result, name, ...) extern result name(__VA_ARGS__)
#endif
FUNCTION(int, libusb_init, void **);
FUNCTION(ssize_t, libusb_get_device_list, void *, void ***);
FUNCTION(void, libusb_free_device_list, void **, int);
FUNCTION(int, libusb_get_device_descriptor, void *, struct libusb_device_descriptor *);
FUNCTION(void, libusb_exit, void *);

int main(int argc, char **argv)
{
    void *context, **list;
    ssize_t count, i;
#ifdef DLOPEN
    void *library = dlopen(argc > 1 ? argv[1] : "libusb-1.0.so.0", RTLD_NOW);
    if (library == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
#define FIND(name) *(void **)&name = dlsym(library, #name)
    FIND(libusb_init), FIND(libusb_get_device_list), FIND(libusb_free_device_list);
    FIND(libusb_get_device_descriptor), FIND(libusb_exit);
#else
    (void)argc, (void)argv;
#endif
    if (libusb_init(&context) != 0)
        return 1;
    count = libusb_get_device_list(context, &list);
    for (i = 0; i < count; i++) {
        struct libusb_device_descriptor found;
        libusb_get_device_descriptor(list[i], &found);
        printf("%04x:%04x with %d strings\n", found.vendor, found.product, found.manufacturer + found.name + found.serial > 0);
    }
    libusb_free_device_list(list, 1);
    libusb_exit(context);
    return 0;
}
