#include "cases.hpp"

#include <poll.h>
#include <string_view>
#include <thread>

using namespace std::literals;

static void those_there_are_come_first()
{
    usbx::virtual_device first = usbx::virtual_device::open("acquisition", "W1");
    usbx::watch watch = usbx::watch::open(ACQ_VENDOR_ID, ACQ_PRODUCT_ID);
    usbx::virtual_device second = usbx::virtual_device::open("acquisition", "W2");
    first.unplug();
    std::string seen;
    std::error_code code;
    for (const usbx::event &event : watch.events(usbx::no_wait, code))
        seen += (event.kind == usbx::event::arrived ? "+"s : "-"s) + event.device.serial;
    CHECK(seen == "+W1+W2-W1");
    IS(code, timeout);
    for (const usbx::event &event : watch.events(0ms))
        CHECK(event.device.serial == "nothing more happened"sv);
    CHECK(!watch.next(1ms));
}

static void only_those_asked_for()
{
    usbx::virtual_device plugged = usbx::virtual_device::open("acquisition");
    usbx::watch watch = usbx::watch::open(0x1234, 0x5678);
    CHECK(!watch.next(usbx::no_wait));
    std::error_code code;
    usbx::watch all = usbx::watch::open(code);
    IS(code, ok);
    bool found = false;
    for (const usbx::event &event : all.events(usbx::no_wait))
        found = found || event.device.vendor_id == ACQ_VENDOR_ID;
    CHECK(found);
}

static void another_thread_closes_it()
{
    usbx::watch watch = usbx::watch::open(0x1234, 0x5678);
    std::error_code code;
    std::thread waiting([&] { watch.next(in_time, code); });
    IS(watch.close(), ok);
    waiting.join();
    CHECK(code == usbx::status::closed || code == usbx::status::invalid_handle); // as it was waiting already, or not yet
}

static void event_loops_have_a_descriptor()
{
    usbx::watch watch = usbx::watch::open(ACQ_VENDOR_ID, ACQ_PRODUCT_ID);
    usbx::virtual_device plugged = usbx::virtual_device::open("acquisition", "W3");
    pollfd waits{watch.fd(), POLLIN, 0};
    EQUAL(poll(&waits, 1, 30000), 1);
    const auto event = watch.next(usbx::no_wait);
    CHECK(event && event->device.serial == "W3"sv);
    IS(plugged.close(), ok);
    const auto left = watch.next(in_time);
    CHECK(left && left->kind == usbx::event::left && left->device.serial == "W3"sv);
}

cases watch_cases()
{
    return {{"those there are come first", those_there_are_come_first},
            {"only those asked for", only_those_asked_for},
            {"another thread closes it", another_thread_closes_it},
            {"event loops have a descriptor (watch)", event_loops_have_a_descriptor}};
}
