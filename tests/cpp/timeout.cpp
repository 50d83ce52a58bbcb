#include "cases.hpp"

#include <limits>

using namespace std::chrono_literals;
using usbx::timeout;

// Whole milliseconds are unchanged; other times are rounded up.
static_assert(timeout(1s).of_transfer() == 1000 && timeout(1s).of_wait() == 1000);
static_assert(timeout(1ms).of_transfer() == 1 && timeout(1ns).of_transfer() == 1 && timeout(1ns).of_wait() == 1);
static_assert(timeout(1001us).of_transfer() == 2 && timeout(2000us).of_transfer() == 2);
static_assert(timeout(1'000'000'001ns).of_wait() == 1001 && timeout(1'000'000'000ns).of_wait() == 1000);
static_assert(timeout(std::chrono::duration<double>(0.25)).of_wait() == 250);
static_assert(timeout(std::chrono::duration<float, std::ratio<60>>(0.5f)).of_wait() == 30000);

// A deadline that has passed does not wait forever.
static_assert(timeout(0ms).of_transfer() == 1 && timeout(0ms).of_wait() == USBX_NO_WAIT);
static_assert(timeout(-5s).of_transfer() == 1 && timeout(-5s).of_wait() == USBX_NO_WAIT);
static_assert(timeout(std::chrono::hours::min()).of_transfer() == 1);

// Neither is what is too long, and it is not taken for USBX_NO_WAIT.
static_assert(timeout(std::chrono::milliseconds(USBX_NO_WAIT)).of_wait() == USBX_NO_WAIT - 1);
static_assert(timeout(std::chrono::milliseconds(USBX_NO_WAIT - 1)).of_wait() == USBX_NO_WAIT - 1);
static_assert(timeout(std::chrono::milliseconds(1ll << 32)).of_transfer() == USBX_NO_WAIT - 1);
static_assert(timeout(std::chrono::hours::max()).of_transfer() == USBX_NO_WAIT - 1);
static_assert(timeout(std::chrono::nanoseconds::max()).of_wait() == USBX_NO_WAIT - 1);

static_assert(usbx::no_timeout.of_transfer() == USBX_NO_TIMEOUT && usbx::no_timeout.of_wait() == USBX_NO_TIMEOUT);
static_assert(usbx::no_wait.of_wait() == USBX_NO_WAIT);
static_assert(!std::is_convertible_v<int, timeout> && !std::is_constructible_v<timeout, unsigned>, "a number has no unit");

static void what_is_no_number_is_no_time()
{
    using seconds = std::chrono::duration<double>;
    EQUAL(timeout(seconds(std::numeric_limits<double>::quiet_NaN())).of_transfer(), 1);
    EQUAL(timeout(seconds(std::numeric_limits<double>::infinity())).of_wait(), USBX_NO_WAIT - 1);
    EQUAL(timeout(seconds(-std::numeric_limits<double>::infinity())).of_wait(), USBX_NO_WAIT);
}

static void zero_does_not_wait_for_ever()
{
    bench b;
    std::uint8_t data[512];
    IS(thrown([&] { b.device.bulk_read(ACQ_LOOP_IN, data, 0ms); }).code(), timeout);
    IS(thrown([&] { b.device.bulk_read(ACQ_LOOP_IN, data, -1s); }).code(), timeout);
    usbx::queue queue = usbx::queue::open();
    CHECK(!queue.next(0ms) && !queue.next(-1s) && !queue.next(usbx::no_wait));
    usbx::stream stream = usbx::stream::open(b.device, ACQ_LOOP_IN);
    CHECK(!stream.next(0ms));
}

static void a_transfer_cannot_only_look()
{
    bench b;
    std::uint8_t data[512];
    IS(thrown([&] { b.device.bulk_read(ACQ_LOOP_IN, data, usbx::no_wait); }).code(), invalid_param);
}

static void timestamps_are_of_the_steady_clock()
{
    bench b;
    std::uint8_t report[16];
    usbx::queue queue = usbx::queue::open();
    const auto before = std::chrono::steady_clock::now();
    queue.submit(b.device, usbx::transfer::interrupt(ACQ_STATUS, report));
    const auto done = queue.next(in_time);
    CHECK(done && usbx::time_of(done->timestamp_ns) >= before);
    CHECK(done && usbx::time_of(done->timestamp_ns) <= std::chrono::steady_clock::now());
}

cases timeout_cases()
{
    return {{"what is no number is no time", what_is_no_number_is_no_time},
            {"zero does not wait for ever", zero_does_not_wait_for_ever},
            {"a transfer cannot only look", a_transfer_cannot_only_look},
            {"timestamps are of the steady clock", timestamps_are_of_the_steady_clock}};
}
