/** @file
 * Times: how long to wait, and when something was.  SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef USBX_TIMEOUT_HPP
#define USBX_TIMEOUT_HPP

#include <chrono>
#include <cstdint>

#include <usbx.h>

namespace usbx {

/** How long to wait at the most. Any std::chrono::duration is one: `device.bulk_read(0x81, data, 250ms)`.
 *
 * What is no whole number of milliseconds is rounded up. A time that is over, zero or negative, is never "for ever": a
 * wait then looks once and returns at once, and a transfer, which cannot be asked only to look, gets one millisecond. What
 * is longer than 49 days is 49 days. Only no_timeout waits for ever.
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

    /** Waits as long as it takes. */
    static constexpr timeout never() noexcept { return {USBX_NO_TIMEOUT, USBX_NO_TIMEOUT}; }
    /** Looks, and returns at once. A transfer refuses it. */
    static constexpr timeout at_once() noexcept { return {USBX_NO_WAIT, USBX_NO_WAIT}; }

    /** What usbx.h takes as timeout_ms of a transfer. */
    constexpr std::uint32_t of_transfer() const noexcept { return transfer_; }
    /** What usbx.h takes as timeout_ms of a wait on a queue, a stream or a watch. */
    constexpr std::uint32_t of_wait() const noexcept { return wait_; }

private:
    static constexpr std::uint32_t longest = USBX_NO_WAIT - 1;

    constexpr timeout(std::uint32_t transfer, std::uint32_t wait) noexcept : transfer_(transfer), wait_(wait) {}

    std::uint32_t transfer_ = 1;
    std::uint32_t wait_ = USBX_NO_WAIT;
};

/** Wait for ever. */
inline constexpr timeout no_timeout = timeout::never();

/** For waits on a queue, a stream or a watch: return at once. A transfer refuses it with status::invalid_param. */
inline constexpr timeout no_wait = timeout::at_once();

/** A timestamp_ns of usbx.h; steady_clock is CLOCK_MONOTONIC. */
constexpr std::chrono::steady_clock::time_point time_of(std::uint64_t timestamp_ns) noexcept
{
    using clock = std::chrono::steady_clock;
    const auto since = std::chrono::nanoseconds(static_cast<std::chrono::nanoseconds::rep>(timestamp_ns));
    return clock::time_point(std::chrono::duration_cast<clock::duration>(since));
}

} // namespace usbx

#endif
