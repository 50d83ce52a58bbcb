/* The tests of the C++ interface: one file for each part, each with its list of cases; together they are one program. */
#ifndef CASES_HPP
#define CASES_HPP

#include "acquisition.h"
#include "check.h"

#include <cstring>
#include <string>
#include <system_error>
#include <vector>

#include <usbx.hpp>

using cases = std::vector<test_case>;

cases buffer_cases();
cases bytes_cases();
cases capture_cases();
cases device_cases();
cases model_cases();
cases owner_cases();
cases queue_cases();
cases share_cases();
cases status_cases();
cases stream_cases();
cases timeout_cases();
cases watch_cases();

/** A virtual device that is plugged in, and opened with interface 0 claimed. */
struct bench {
    usbx::virtual_device plugged = usbx::virtual_device::open("acquisition", "BENCH");
    usbx::device device = usbx::device::open(ACQ_VENDOR_ID, ACQ_PRODUCT_ID, "BENCH");

    bench() { device.claim(0); }
    void start() { device.control_write(ACQ_OUT, ACQ_START, 0, 0, {}, std::chrono::seconds(30)); }
};

/** What `call` throws; a failed check, and a code of 0, if it throws nothing. */
template <class Call> usbx::error thrown(Call call)
{
    try {
        static_cast<void>(call());
    } catch (const usbx::error &error) {
        return error;
    }
    constexpr bool an_error_was_thrown = false;
    CHECK(an_error_was_thrown);
    return usbx::error(usbx::status::ok);
}

/** A code is this status; if not, says what it is. */
#define IS(code, expected) EXPECT((code).value(), static_cast<usbx_status>(usbx::status::expected))

constexpr std::chrono::seconds in_time(30);          // longer than any working library needs
constexpr std::chrono::milliseconds briefly(200);    // to wait for what does not come

#endif
