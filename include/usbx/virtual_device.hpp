/** @file
 * Devices that live in this process.  SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef USBX_VIRTUAL_DEVICE_HPP
#define USBX_VIRTUAL_DEVICE_HPP

#include <string>
#include <system_error>

#include <usbx/owner.hpp>
#include <usbx/status.hpp>

namespace usbx {

/** A plugged-in virtual device, as its maker holds it; who talks to it opens a device. Its destructor pulls it out. */
class [[nodiscard]] virtual_device : public owner<usbx_virtual, usbx_virtual_close> {
public:
    /** None is plugged in. */
    virtual_device() noexcept = default;
    /** Takes over a handle of usbx.h. */
    explicit virtual_device(usbx_virtual *handle) noexcept : owner(handle) {}

    /** Plugs in a model, "acquisition"; serial "" for "VIRT0001". */
    static virtual_device open(const std::string &model, const std::string &serial, std::error_code &code) noexcept
    {
        usbx_virtual *handle = nullptr;
        code = make_error_code(usbx_virtual_open(model.c_str(), serial.c_str(), &handle));
        return virtual_device(handle);
    }
    static virtual_device open(const std::string &model, std::error_code &code) noexcept { return open(model, {}, code); }

    /** Pulls it out, as a hand would. */
    void unplug(std::error_code &code) noexcept { code = make_error_code(usbx_virtual_unplug(get())); }

#ifdef __cpp_exceptions
    /** @name The same, which throw usbx::error
     * @{ */
    static virtual_device open(const std::string &model, const std::string &serial = {})
    {
        std::error_code code;
        return detail::checked(open(model, serial, code), code);
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
