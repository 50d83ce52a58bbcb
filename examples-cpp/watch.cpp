// watch: lists the devices that are present, and then those that come and go, until Ctrl-C.
//   watch [events]          ends after this many events
#include <cstdio>
#include <cstdlib>
#include <usbx.hpp>

int main(int argc, char **argv)
try {
    long left = argc > 1 ? std::atol(argv[1]) : -1; // -1: forever
    usbx::watch watch = usbx::watch::open();
    for (const usbx::event &event : watch.events(usbx::no_timeout)) {
        const usbx::device_info &device = event.device;
        std::printf("%s %04x:%04x  %s  %s\n", event.kind == usbx::event::arrived ? "arrived" : "left   ", device.vendor_id,
                    device.product_id, device.path, device.product);
        std::fflush(stdout);
        if (--left == 0)
            break;
    }
    return 0;
} catch (const usbx::error &error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
}
