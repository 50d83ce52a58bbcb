/** @file
 * Times: time limits and timestamps.  SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef USBX_TIMEOUT_HPP
#define USBX_TIMEOUT_HPP

#include <chrono>
#include <cstdint>

#include <usbx.h>

namespace usbx {

/** A time limit. Any std::chrono::duration converts to it: `device.bulk_read(0x81, data, 250ms)`.
 *
 * Fractions of a millisecond are rounded up, and more than 49 days become 49 days. Zero and negative durations do not
 * mean "no limit": a wait checks once and returns at once, and a transfer, which cannot only check, gets one
 * millisecond. Only no_timeout has no limit.
 */
class timeout {
public:
    template <class Rep, class Period> constexpr timeout(std::chrono::duration<Rep, Period> time) noexcept
    {
        const double milliseconds = std::chrono::duration<double, std::milli>(time).count();
        if (milliseconds >= static_cast<double>(longest)) {
            transfer_ = wait_ = longest;
        } else if (milliseconds > 0) {
            transfer_ = static_cast<std::uint32_t>(milliseconds);
            transfer_ += static_cast<double>(transfer_) < milliseconds ? 1 : 0;
            wait_ = transfer_;
        }
    }

    /** No limit. */
    static constexpr timeout never() noexcept { return {USBX_NO_TIMEOUT, USBX_NO_TIMEOUT}; }
    /** Checks once and returns at once. Transfers do not accept it. */
    static constexpr timeout at_once() noexcept { return {USBX_NO_WAIT, USBX_NO_WAIT}; }

    /** The value for timeout_ms of a transfer in usbx.h. */
    constexpr std::uint32_t of_transfer() const noexcept { return transfer_; }
    /** The value for timeout_ms of a wait on a queue, a stream or a watch in usbx.h. */
    constexpr std::uint32_t of_wait() const noexcept { return wait_; }

private:
    static constexpr std::uint32_t longest = USBX_NO_WAIT - 1;

    constexpr timeout(std::uint32_t transfer, std::uint32_t wait) noexcept : transfer_(transfer), wait_(wait) {}

    std::uint32_t transfer_ = 1;
    std::uint32_t wait_ = USBX_NO_WAIT;
};

/** No time limit. */
inline constexpr timeout no_timeout = timeout::never();

/** For waits on a queue, a stream or a watch: return at once. Transfers fail with status::invalid_param. */
inline constexpr timeout no_wait = timeout::at_once();

/** Converts a timestamp_ns of usbx.h; steady_clock is CLOCK_MONOTONIC. */
constexpr std::chrono::steady_clock::time_point time_of(std::uint64_t timestamp_ns) noexcept
{
    using clock = std::chrono::steady_clock;
    const auto since = std::chrono::nanoseconds(static_cast<std::chrono::nanoseconds::rep>(timestamp_ns));
    return clock::time_point(std::chrono::duration_cast<clock::duration>(since));
}

} // namespace usbx

#endif
