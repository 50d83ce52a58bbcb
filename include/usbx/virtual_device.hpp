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
