/** @file
 * Devices that are simulated in this process.  SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef USBX_VIRTUAL_DEVICE_HPP
#define USBX_VIRTUAL_DEVICE_HPP

#include <string>
#include <system_error>

#include <usbx/owner.hpp>
#include <usbx/status.hpp>

namespace usbx {

/** A virtual device that this process plugged in. To use it, open it as a usbx::device. The destructor unplugs it. */
class [[nodiscard]] virtual_device : public owner<usbx_virtual, usbx_virtual_close> {
public:
    /** No device is plugged in. */
    virtual_device() noexcept = default;
    /** Takes ownership of a handle of usbx.h. */
    explicit virtual_device(usbx_virtual *handle) noexcept : owner(handle) {}

    /** Plugs in a virtual device.
     * @param model "acquisition", or a recording: "replay:FILE[,match=strict|setup|loose][,timing=none|recorded][,device=BUS.ADDRESS]"
     * @param serial its serial number; "" for "VIRT0001", or for the recorded one
     * @param code receives the status
     * @return the owner, which is empty on failure */
    static virtual_device open(const std::string &model, const std::string &serial, std::error_code &code) noexcept
    {
        usbx_virtual *handle = nullptr;
        code = make_error_code(usbx_virtual_open(model.c_str(), serial.c_str(), &handle));
        return virtual_device(handle);
    }
    static virtual_device open(const std::string &model, std::error_code &code) noexcept { return open(model, {}, code); }

    /** Of a recording: how far it has been played since it was plugged in last. A program that did all that was recorded,
     * and nothing else, has 0 departures and 0 remaining. */
    usbx_replay_statistics replay_stats(std::error_code &code) const noexcept
    {
        usbx_replay_statistics result{};
        code = make_error_code(usbx_virtual_replay_stats(get(), &result, nullptr, 0, nullptr));
        return result;
    }
    /** Of a recording: the first departure from it, in a sentence; "" if there was none. */
    std::string departure(std::error_code &code) const
    {
        usbx_replay_statistics counts{};
        std::string text(1024, '\0');
        std::size_t length = 0;
        code = make_error_code(usbx_virtual_replay_stats(get(), &counts, &text[0], text.size(), &length));
        text.resize(length < text.size() ? length : text.size() - 1);
        return text;
    }

    /** Unplugs the device, as if by hand. */
    void unplug(std::error_code &code) noexcept { code = make_error_code(usbx_virtual_unplug(get())); }

#ifdef __cpp_exceptions
    /** @name The same, throwing usbx::error
     * @{ */
    static virtual_device open(const std::string &model, const std::string &serial = {})
    {
        std::error_code code;
        return detail::checked(open(model, serial, code), code);
    }
    usbx_replay_statistics replay_stats() const
    {
        std::error_code code;
        return detail::checked(replay_stats(code), code);
    }
    std::string departure() const
    {
        std::error_code code;
        return detail::checked(departure(code), code);
    }
    void unplug()
    {
        std::error_code code;
        unplug(code);
        detail::check(code);
    }
    /** @} */
#endif
};

} // namespace usbx

#endif
