/** @file
 * A device: opening, claiming, and blocking transfers.  SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef USBX_DEVICE_HPP
#define USBX_DEVICE_HPP

#include <cstddef>
#include <cstdint>
#include <string>
#include <system_error>
#include <vector>

#include <usbx/bytes.hpp>
#include <usbx/devices.hpp>
#include <usbx/owner.hpp>
#include <usbx/status.hpp>
#include <usbx/timeout.hpp>

namespace usbx {

/** An endpoint of the active configuration. */
using endpoint = usbx_endpoint;

/** One packet of an isochronous transfer: `std::vector<usbx::packet> packets(8, usbx::packet{512, 0, 0, 0})`. */
using packet = usbx_packet;

namespace detail {

/** Lets the library say that a control request has 65535 bytes at the most: usbx_control cannot be given more. */
inline std::error_code too_long_for_control(usbx_device *device, void *data, std::size_t size) noexcept
{
    usbx_queue *queue = nullptr;
    usbx_transfer transfer{};
    transfer.type = USBX_TYPE_CONTROL;
    transfer.data = data;
    transfer.length = size;
    usbx_status said = usbx_queue_open(&queue);
    if (said == USBX_OK)
        said = usbx_submit(device, queue, &transfer, nullptr);
    usbx_queue_close(queue);
    return make_error_code(said);
}

} // namespace detail

/** An open device. Operations are those of usbx.h without the beginning of their name. */
class [[nodiscard]] device : public owner<usbx_device, usbx_close> {
public:
    /** None is open. */
    device() noexcept = default;
    /** Takes over a handle of usbx.h. */
    explicit device(usbx_device *handle) noexcept : owner(handle) {}

    /** Opens the device of these IDs and, if not "", this serial number. */
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

    /** Opens the device that is plugged in at this place: "2-1.4", "virtual/1". */
    static device open_path(const std::string &path, std::error_code &code) noexcept
    {
        usbx_device *handle = nullptr;
        code = make_error_code(usbx_open_path(path.c_str(), &handle));
        return device(handle);
    }

    /** Makes a device of a usbfs descriptor that someone else opened, and closes after this device. */
    static device open_fd(std::int32_t fd, std::error_code &code) noexcept
    {
        usbx_device *handle = nullptr;
        code = make_error_code(usbx_open_fd(fd, &handle));
        return device(handle);
    }

    device_info info(std::error_code &code) const noexcept
    {
        device_info result{};
        code = make_error_code(usbx_info(get(), &result));
        return result;
    }

    /** bConfigurationValue of the active configuration; 0 if the device is not configured. */
    std::uint8_t get_configuration(std::error_code &code) const noexcept
    {
        std::uint8_t configuration = 0;
        code = make_error_code(usbx_get_configuration(get(), &configuration));
        return configuration;
    }
    void set_configuration(std::uint8_t configuration, std::error_code &code) noexcept
    {
        code = make_error_code(usbx_set_configuration(get(), configuration));
    }

    /** Claims an interface: its endpoints can be used from then on. */
    void claim(std::uint8_t interface_number, std::error_code &code) noexcept
    {
        code = make_error_code(usbx_claim(get(), interface_number));
    }
    /** Gives an interface back. (To give up the handle itself: disown().) */
    void release(std::uint8_t interface_number, std::error_code &code) noexcept
    {
        code = make_error_code(usbx_release(get(), interface_number));
    }
    void set_alt_setting(std::uint8_t interface_number, std::uint8_t alt_setting, std::error_code &code) noexcept
    {
        code = make_error_code(usbx_set_alt_setting(get(), interface_number, alt_setting));
    }
    /** Takes an interface away from its kernel driver, until release() or close(). */
    void detach_kernel_driver(std::uint8_t interface_number, std::error_code &code) noexcept
    {
        code = make_error_code(usbx_detach_kernel_driver(get(), interface_number));
    }

    /** Of the active configuration, every interface and every alternate setting. */
    std::vector<endpoint> endpoints(std::error_code &code) const
    {
        std::vector<endpoint> result;
        std::size_t count = 0;
        do { // there may be more of them by the second call
            result.resize(count);
            code = make_error_code(usbx_endpoints(get(), result.data(), result.size(), &count));
        } while (!code && count > result.size());
        result.resize(code ? 0 : count);
        return result;
    }

    /** A descriptor as the device sends it; returns how many bytes came. `type` is bDescriptorType. */
    std::size_t get_descriptor(std::uint8_t type, std::uint8_t index, writable_bytes data, std::error_code &code) noexcept
    {
        std::size_t moved = 0;
        code = make_error_code(usbx_get_descriptor(get(), type, index, data.data(), data.size(), &moved));
        return moved;
    }
    /** A string of the device, in UTF-8; `language` 0 is the first the device has. */
    std::string get_string(std::uint8_t index, std::uint16_t language, std::error_code &code)
    {
        char text[384]; // holds every string
        code = make_error_code(usbx_get_string(get(), index, language, text, sizeof text, nullptr));
        return text;
    }
    std::string get_string(std::uint8_t index, std::error_code &code) { return get_string(index, 0, code); }

    /** A control request that reads; returns how many bytes came. Bit 7 of `request_type` is set for you. */
    std::size_t control_read(std::uint8_t request_type, std::uint8_t request, std::uint16_t value, std::uint16_t index,
                             writable_bytes data, timeout limit, std::error_code &code) noexcept
    {
        const auto in = static_cast<std::uint8_t>(request_type | 0x80);
        return control(in, request, value, index, data.data(), data.size(), limit, code);
    }
    /** A control request that writes, `{}` if there is nothing to write; returns how many bytes the device took. Bit 7 of
     * `request_type` is cleared for you. */
    std::size_t control_write(std::uint8_t request_type, std::uint8_t request, std::uint16_t value, std::uint16_t index,
                              bytes data, timeout limit, std::error_code &code) noexcept
    {
        const auto out = static_cast<std::uint8_t>(request_type & 0x7f); // so the data is not written to
        return control(out, request, value, index, const_cast<std::uint8_t *>(data.data()), data.size(), limit, code);
    }

    /** Reads until `data` is full or a short packet comes; returns how many bytes came, in case of failure too. */
    std::size_t bulk_read(std::uint8_t address, writable_bytes data, timeout limit, std::error_code &code) noexcept
    {
        std::size_t moved = 0;
        code = make_error_code(usbx_bulk_read(get(), address, data.data(), data.size(), limit.of_transfer(), &moved));
        return moved;
    }
    /** Writes all of `data`; returns how many bytes the device took, in case of failure too. */
    std::size_t bulk_write(std::uint8_t address, bytes data, timeout limit, std::error_code &code) noexcept
    {
        std::size_t moved = 0;
        code = make_error_code(usbx_bulk_write(get(), address, data.data(), data.size(), limit.of_transfer(), &moved));
        return moved;
    }
    std::size_t interrupt_read(std::uint8_t address, writable_bytes data, timeout limit, std::error_code &code) noexcept
    {
        std::size_t moved = 0;
        code = make_error_code(
            usbx_interrupt_read(get(), address, data.data(), data.size(), limit.of_transfer(), &moved));
        return moved;
    }
    std::size_t interrupt_write(std::uint8_t address, bytes data, timeout limit, std::error_code &code) noexcept
    {
        std::size_t moved = 0;
        code = make_error_code(
            usbx_interrupt_write(get(), address, data.data(), data.size(), limit.of_transfer(), &moved));
        return moved;
    }
    /** Reads packets, one in each service interval; each has its own place in `data`, and tells what became of it. */
    std::size_t isochronous_read(std::uint8_t address, writable_bytes data, span<packet> packets, timeout limit,
                                 std::error_code &code) noexcept
    {
        std::size_t moved = 0;
        code = make_error_code(usbx_isochronous_read(get(), address, data.data(), data.size(), packets.data(),
                                                     packets.size(), limit.of_transfer(), &moved));
        return moved;
    }
    std::size_t isochronous_write(std::uint8_t address, bytes data, span<packet> packets, timeout limit,
                                  std::error_code &code) noexcept
    {
        std::size_t moved = 0;
        code = make_error_code(usbx_isochronous_write(get(), address, data.data(), data.size(), packets.data(),
                                                      packets.size(), limit.of_transfer(), &moved));
        return moved;
    }

    void clear_halt(std::uint8_t address, std::error_code &code) noexcept
    {
        code = make_error_code(usbx_clear_halt(get(), address));
    }
    /** Resets the device itself, as if it were plugged in anew; claims and alternate settings survive. */
    void reset(std::error_code &code) noexcept { code = make_error_code(usbx_reset(get())); }
    /** Ends every pending transfer of this endpoint with status::cancelled. */
    void cancel(std::uint8_t address, std::error_code &code) noexcept
    {
        code = make_error_code(usbx_cancel(get(), address));
    }

#ifdef __cpp_exceptions
    /** @name The same, which throw usbx::error
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
    device_info info() const
    {
        std::error_code code;
        return detail::checked(info(code), code);
    }
    std::uint8_t get_configuration() const
    {
        std::error_code code;
        return detail::checked(get_configuration(code), code);
    }
    void set_configuration(std::uint8_t configuration)
    {
        std::error_code code;
        set_configuration(configuration, code);
        detail::check(code);
    }
    void claim(std::uint8_t interface_number)
    {
        std::error_code code;
        claim(interface_number, code);
        detail::check(code);
    }
    void release(std::uint8_t interface_number)
    {
        std::error_code code;
        release(interface_number, code);
        detail::check(code);
    }
    void set_alt_setting(std::uint8_t interface_number, std::uint8_t alt_setting)
    {
        std::error_code code;
        set_alt_setting(interface_number, alt_setting, code);
        detail::check(code);
    }
    void detach_kernel_driver(std::uint8_t interface_number)
    {
        std::error_code code;
        detach_kernel_driver(interface_number, code);
        detail::check(code);
    }
    std::vector<endpoint> endpoints() const
    {
        std::error_code code;
        return detail::checked(endpoints(code), code);
    }
    std::size_t get_descriptor(std::uint8_t type, std::uint8_t index, writable_bytes data)
    {
        std::error_code code;
        return detail::moved(get_descriptor(type, index, data, code), code);
    }
    std::string get_string(std::uint8_t index, std::uint16_t language = 0)
    {
        std::error_code code;
        return detail::checked(get_string(index, language, code), code);
    }
    std::size_t control_read(std::uint8_t request_type, std::uint8_t request, std::uint16_t value, std::uint16_t index,
                             writable_bytes data, timeout limit)
    {
        std::error_code code;
        return detail::moved(control_read(request_type, request, value, index, data, limit, code), code);
    }
    std::size_t control_write(std::uint8_t request_type, std::uint8_t request, std::uint16_t value, std::uint16_t index,
                              bytes data, timeout limit)
    {
        std::error_code code;
        return detail::moved(control_write(request_type, request, value, index, data, limit, code), code);
    }
    std::size_t bulk_read(std::uint8_t address, writable_bytes data, timeout limit)
    {
        std::error_code code;
        return detail::moved(bulk_read(address, data, limit, code), code);
    }
    std::size_t bulk_write(std::uint8_t address, bytes data, timeout limit)
    {
        std::error_code code;
        return detail::moved(bulk_write(address, data, limit, code), code);
    }
    std::size_t interrupt_read(std::uint8_t address, writable_bytes data, timeout limit)
    {
        std::error_code code;
        return detail::moved(interrupt_read(address, data, limit, code), code);
    }
    std::size_t interrupt_write(std::uint8_t address, bytes data, timeout limit)
    {
        std::error_code code;
        return detail::moved(interrupt_write(address, data, limit, code), code);
    }
    std::size_t isochronous_read(std::uint8_t address, writable_bytes data, span<packet> packets, timeout limit)
    {
        std::error_code code;
        return detail::moved(isochronous_read(address, data, packets, limit, code), code);
    }
    std::size_t isochronous_write(std::uint8_t address, bytes data, span<packet> packets, timeout limit)
    {
        std::error_code code;
        return detail::moved(isochronous_write(address, data, packets, limit, code), code);
    }
    void clear_halt(std::uint8_t address)
    {
        std::error_code code;
        clear_halt(address, code);
        detail::check(code);
    }
    void reset()
    {
        std::error_code code;
        reset(code);
        detail::check(code);
    }
    void cancel(std::uint8_t address)
    {
        std::error_code code;
        cancel(address, code);
        detail::check(code);
    }
    /** @} */
#endif

private:
    std::size_t control(std::uint8_t request_type, std::uint8_t request, std::uint16_t value, std::uint16_t index,
                        std::uint8_t *data, std::size_t size, timeout limit, std::error_code &code) noexcept
    {
        std::size_t moved = 0;
        if (size > UINT16_MAX)
            code = detail::too_long_for_control(get(), data, size);
        else
            code = make_error_code(usbx_control(get(), request_type, request, value, index, data,
                                                static_cast<std::uint16_t>(size), limit.of_transfer(), &moved));
        return moved;
    }
};

} // namespace usbx

#endif