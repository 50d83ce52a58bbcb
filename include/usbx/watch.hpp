/** @file
 * Devices that come and go.  SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef USBX_WATCH_HPP
#define USBX_WATCH_HPP

#include <cstdint>
#include <optional>
#include <system_error>

#include <usbx/devices.hpp>
#include <usbx/items.hpp>
#include <usbx/owner.hpp>
#include <usbx/status.hpp>
#include <usbx/timeout.hpp>

namespace usbx {

/** A device came or went: `if (event.kind == usbx::event::arrived)`. */
struct event {
    enum kind_of_event : std::int32_t { arrived = USBX_EVENT_ARRIVED, left = USBX_EVENT_LEFT };

    kind_of_event kind;
    device_info device; /**< Of one that left: as it was at its arrival. */
};

/** A watch. The devices there are come first, as arrivals; events wait until they are taken. */
class [[nodiscard]] watch : public owner<usbx_watch, usbx_watch_close> {
public:
    /** None is open. */
    watch() noexcept = default;
    /** Takes over a handle of usbx.h. */
    explicit watch(usbx_watch *handle) noexcept : owner(handle) {}

    /** For devices of these IDs; 0 for any. */
    static watch open(std::uint16_t vendor_id, std::uint16_t product_id, std::error_code &code) noexcept
    {
        usbx_watch *handle = nullptr;
        code = make_error_code(usbx_watch_open(vendor_id, product_id, &handle));
        return watch(handle);
    }
    static watch open(std::error_code &code) noexcept { return open(0, 0, code); }

    /** Takes the next event; nothing if nothing happened within the time. */
    std::optional<event> next(timeout limit, std::error_code &code) noexcept
    {
        std::int32_t kind = 0;
        event result{};
        code = make_error_code(usbx_watch_next(get(), limit.of_wait(), &kind, &result.device));
        result.kind = static_cast<event::kind_of_event>(kind);
        return code ? std::nullopt : std::optional(result);
    }

    /** `for (const usbx::event &event : watch.events(usbx::no_timeout, code))`: one after the other, until nothing happens
     * within the time, or the watch is closed; `code` says which. */
    auto events(timeout limit, std::error_code &code) & noexcept
    {
        return items<watch, event, detail::telling>(*this, limit, {&code});
    }
    void events(timeout, std::error_code &) && = delete; // it would be gone before the loop begins

    /** For event loops: readable when next() with no_wait should be called. It is the library's. */
    std::int32_t fd(std::error_code &code) const noexcept
    {
        std::int32_t result = -1;
        code = make_error_code(usbx_watch_fd(get(), &result));
        return result;
    }

#ifdef __cpp_exceptions
    /** @name The same, which throw usbx::error
     * @{ */
    static watch open(std::uint16_t vendor_id = 0, std::uint16_t product_id = 0)
    {
        std::error_code code;
        return detail::checked(open(vendor_id, product_id, code), code);
    }
    std::optional<event> next(timeout limit)
    {
        std::error_code code;
        return detail::waited(next(limit, code), code);
    }
    /** Ends when nothing happens within the time. */
    auto events(timeout limit) & { return items<watch, event, detail::throwing>(*this, limit, {}); }
    void events(timeout) && = delete;
    std::int32_t fd() const
    {
        std::error_code code;
        return detail::checked(fd(code), code);
    }
    /** @} */
#endif
};

} // namespace usbx

#endif
