// The surroundings of a C++ sample that is not a whole program: a device that is open, claimed and sends data for a while.
#include <array>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <usbx.hpp>
#include <vector>

using namespace std::chrono_literals;
using namespace std::string_view_literals;

#ifndef SAMPLE_OPENS
usbx::device device;
#endif

static void sample()
{
/* SAMPLE */
}

int main()
try {
#ifdef SAMPLE_OPENS
    sample();
#else
    device = usbx::device::open(0x1209, 0x0001);
    device.claim(0);
    device.control_write(0x40, 1, 0, 0, {}, 1s);
    std::thread end([] { // so that loops end
        std::this_thread::sleep_for(200ms);
        device.control_write(0x40, 2, 0, 0, {}, 1s);
    });
    sample();
    end.join();
#endif
} catch (const std::exception &error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
}
