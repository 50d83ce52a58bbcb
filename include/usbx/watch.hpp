/** @file
 * Devices that are plugged in and unplugged.  SPDX-License-Identifier: MIT OR Apache-2.0
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

/** A device arrived or left: `if (event.kind == usbx::event::arrived)`. */
struct event {
    enum kind_of_event : std::int32_t { arrived = USBX_EVENT_ARRIVED, left = USBX_EVENT_LEFT };

    kind_of_event kind;
    device_info device; /**< For a device that left: as it was when it arrived. */
};

/** A watch for devices. Its first events are the arrivals of the devices plugged in now. Events wait to be taken. */
class [[nodiscard]] watch : public owner<usbx_watch, usbx_watch_close> {
public:
    /** No watch is open. */
    watch() noexcept = default;
    /** Takes ownership of a handle of usbx.h. */
    explicit watch(usbx_watch *handle) noexcept : owner(handle) {}

    /** Opens a watch for devices with these IDs; 0 for any. */
    static watch open(std::uint16_t vendor_id, std::uint16_t product_id, std::error_code &code) noexcept
    {
        usbx_watch *handle = nullptr;
        code = make_error_code(usbx_watch_open(vendor_id, product_id, &handle));
        return watch(handle);
    }
    static watch open(std::error_code &code) noexcept { return open(0, 0, code); }

    /** Takes the next event. Returns nothing if nothing happened in time. */
    std::optional<event> next(timeout limit, std::error_code &code) noexcept
    {
        std::int32_t kind = 0;
        event result{};
        code = make_error_code(usbx_watch_next(get(), limit.of_wait(), &kind, &result.device));
        result.kind = static_cast<event::kind_of_event>(kind);
        return code ? std::nullopt : std::optional(result);
    }

    /** `for (const usbx::event &event : watch.events(usbx::no_timeout, code))`: each event in turn, until nothing
     * happens in time or the watch is closed; `code` says which. */
    auto events(timeout limit, std::error_code &code) & noexcept
    {
        return items<watch, event, detail::telling>(*this, limit, {&code});
    }
    void events(timeout, std::error_code &) && = delete; // it would be gone before the loop begins

    /** For event loops: readable when next() with no_wait should be called. The library owns it. */
    std::int32_t fd(std::error_code &code) const noexcept
    {
        std::int32_t result = -1;
        code = make_error_code(usbx_watch_fd(get(), &result));
        return result;
    }

#ifdef __cpp_exceptions
    /** @name The same, throwing usbx::error
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
    /** Ends when nothing happens in time. */
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
