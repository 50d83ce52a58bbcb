/** @file
 * A device: opening it.  SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef USBX_DEVICE_HPP
#define USBX_DEVICE_HPP

#include <cstdint>
#include <string>
#include <system_error>

#include <usbx/devices.hpp>
#include <usbx/status.hpp>
#include <usbx/transfer.hpp>

namespace usbx {

/** An open device. Its operations are those of usbx.h, without `usbx_`: also those of device_setup and device_transfers. */
class [[nodiscard]] device : public device_transfers {
public:
    /** No device is open. */
    device() noexcept = default;
    /** Takes ownership of a handle of usbx.h. */
    explicit device(usbx_device *handle) noexcept : device_transfers(handle) {}

    /** Opens the device with these IDs and, unless it is "", this serial number. */
    static device open(std::uint16_t vendor_id, std::uint16_t product_id, const std::string &serial,
                       std::error_code &code) noexcept
    {
        usbx_device *handle = nullptr;
        code = make_error_code(usbx_open(vendor_id, product_id, serial.c_str(), &handle));
        return device(handle);
    }
    static device open(std::uint16_t vendor_id, std::uint16_t product_id, std::error_code &code) noexcept
    {
        return open(vendor_id, product_id, {}, code);
    }

    /** Opens the device that is plugged in at a place: "2-1.4", "virtual/1", "usbip://pi.local/1-1". */
    static device open_path(const std::string &path, std::error_code &code) noexcept
    {
        usbx_device *handle = nullptr;
        code = make_error_code(usbx_open_path(path.c_str(), &handle));
        return device(handle);
    }

    /** Makes a device from a usbfs file descriptor that other code opened, and closes after this device. */
    static device open_fd(std::int32_t fd, std::error_code &code) noexcept
    {
        usbx_device *handle = nullptr;
        code = make_error_code(usbx_open_fd(fd, &handle));
        return device(handle);
    }

    /** Opens a device of another computer over a connection that other code has made; closing the device ends it.
     * @param fd a connected stream socket, which the caller may close at once
     * @param busid which of the server's devices, as "1-1.2"
     * @param code receives the status
     * @return the owner, which is empty on failure */
    static device usbip_open_fd(std::int32_t fd, const std::string &busid, std::error_code &code) noexcept
    {
        usbx_device *handle = nullptr;
        code = make_error_code(usbx_usbip_open_fd(fd, busid.c_str(), &handle));
        return device(handle);
    }

    /** Describes the device; works after unplugging too. */
    device_info info(std::error_code &code) const noexcept
    {
        device_info result{};
        code = make_error_code(usbx_info(get(), &result));
        return result;
    }

    /** Resets the device, as if it were plugged in again; claims and alternate settings stay. */
    void reset(std::error_code &code) noexcept { code = make_error_code(usbx_reset(get())); }

#ifdef __cpp_exceptions
    /** @name The same, throwing usbx::error
     * @{ */
    static device open(std::uint16_t vendor_id, std::uint16_t product_id, const std::string &serial = {})
    {
        std::error_code code;
        return detail::checked(open(vendor_id, product_id, serial, code), code);
    }
    static device open_path(const std::string &path)
    {
        std::error_code code;
        return detail::checked(open_path(path, code), code);
    }
    static device open_fd(std::int32_t fd)
    {
        std::error_code code;
        return detail::checked(open_fd(fd, code), code);
    }
    static device usbip_open_fd(std::int32_t fd, const std::string &busid)
    {
        std::error_code code;
        return detail::checked(usbip_open_fd(fd, busid, code), code);
    }
    device_info info() const
    {
        std::error_code code;
        return detail::checked(info(code), code);
    }
    void reset()
    {
        std::error_code code;
        reset(code);
        detail::check(code);
    }
    /** @} */
#endif
};

} // namespace usbx

#endif
