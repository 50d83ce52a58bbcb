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
#include <usbx/control.hpp>
#include <usbx/devices.hpp>
#include <usbx/owner.hpp>
#include <usbx/status.hpp>
#include <usbx/timeout.hpp>

namespace usbx {

/** An endpoint of the active configuration. */
using endpoint = usbx_endpoint;

/** An alternate setting of an interface of the active configuration. */
using interface_setting = usbx_interface;

/** One packet of an isochronous transfer: `std::vector<usbx::packet> packets(8, usbx::packet{512, 0, 0, 0})`. */
using packet = usbx_packet;

/** An open device. Its operations are those of usbx.h, without `usbx_`. */
class [[nodiscard]] device : public owner<usbx_device, usbx_close> {
public:
    /** No device is open. */
    device() noexcept = default;
    /** Takes ownership of a handle of usbx.h. */
    explicit device(usbx_device *handle) noexcept : owner(handle) {}

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

    /** Opens the device that is plugged in at a place: "2-1.4", "virtual/1". */
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

    /** Describes the device; works after unplugging too. */
    device_info info(std::error_code &code) const noexcept
    {
        device_info result{};
        code = make_error_code(usbx_info(get(), &result));
        return result;
    }

    /** Returns bConfigurationValue of the active configuration; 0 if the device is not configured. */
    std::uint8_t get_configuration(std::error_code &code) const noexcept
    {
        std::uint8_t configuration = 0;
        code = make_error_code(usbx_get_configuration(get(), &configuration));
        return configuration;
    }
    /** Selects the configuration with this bConfigurationValue. */
    void set_configuration(std::uint8_t configuration, std::error_code &code) noexcept
    {
        code = make_error_code(usbx_set_configuration(get(), configuration));
    }

    /** Claims an interface, so that its endpoints can be used. */
    void claim(std::uint8_t interface_number, std::error_code &code) noexcept
    {
        code = make_error_code(usbx_claim(get(), interface_number));
    }
    /** Releases a claimed interface. (disown() gives up the handle.) */
    void release(std::uint8_t interface_number, std::error_code &code) noexcept
    {
        code = make_error_code(usbx_release(get(), interface_number));
    }
    /** Selects an alternate setting of a claimed interface. */
    void set_alt_setting(std::uint8_t interface_number, std::uint8_t alt_setting, std::error_code &code) noexcept
    {
        code = make_error_code(usbx_set_alt_setting(get(), interface_number, alt_setting));
    }
    /** Detaches the kernel driver from an interface, until release() or close(). */
    void detach_kernel_driver(std::uint8_t interface_number, std::error_code &code) noexcept
    {
        code = make_error_code(usbx_detach_kernel_driver(get(), interface_number));
    }
    /** Lets a kernel driver bind to an interface now, without waiting for release() or close(). */
    void attach_kernel_driver(std::uint8_t interface_number, std::error_code &code) noexcept
    {
        code = make_error_code(usbx_attach_kernel_driver(get(), interface_number));
    }
    /** Makes claims detach kernel drivers by themselves, or stops that; release() and close() give them back. */
    void set_auto_detach(bool enable, std::error_code &code) noexcept
    {
        code = make_error_code(usbx_set_auto_detach(get(), enable ? 1 : 0));
    }
    /** Returns the name of the kernel driver that holds an interface; "" if there is none. */
    std::string kernel_driver(std::uint8_t interface_number, std::error_code &code)
    {
        char name[256]; // holds every name
        code = make_error_code(usbx_kernel_driver(get(), interface_number, name, sizeof name, nullptr));
        return name;
    }

    /** Lists the endpoints of the active configuration, in every interface and every alternate setting. */
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

    /** Lists the interfaces of the active configuration, with every alternate setting of each. */
    std::vector<interface_setting> interfaces(std::error_code &code) const
    {
        std::vector<interface_setting> result;
        std::size_t count = 0;
        do { // there may be more of them by the second call
            result.resize(count);
            code = make_error_code(usbx_interfaces(get(), result.data(), result.size(), &count));
        } while (!code && count > result.size());
        result.resize(code ? 0 : count);
        return result;
    }

    /** Requests a descriptor from the device.
     * @param type bDescriptorType: 1 device, 2 configuration, 3 string, 15 BOS ...
     * @param index which descriptor of that type, from 0
     * @param data receives the descriptor; the device cuts a longer one
     * @param code receives the status
     * @return the number of bytes received */
    std::size_t get_descriptor(std::uint8_t type, std::uint8_t index, writable_bytes data, std::error_code &code) noexcept
    {
        std::size_t moved = 0;
        code = make_error_code(usbx_get_descriptor(get(), type, index, data.data(), data.size(), &moved));
        return moved;
    }
    /** Requests a string from the device.
     * @param index the string's index, as a descriptor gives it; not 0
     * @param language language ID, for example 0x0409 for US English; 0 for the first language the device has
     * @param code receives the status
     * @return the string in UTF-8 */
    std::string get_string(std::uint8_t index, std::uint16_t language, std::error_code &code)
    {
        char text[384]; // holds every string
        code = make_error_code(usbx_get_string(get(), index, language, text, sizeof text, nullptr));
        return text;
    }
    std::string get_string(std::uint8_t index, std::error_code &code) { return get_string(index, 0, code); }

    /** Sends a control request that reads data.
     * @param request_type bmRequestType; bit 7 is set for you
     * @param request bRequest
     * @param value wValue
     * @param index wIndex
     * @param data receives the bytes
     * @param limit maximum time for the whole request
     * @param code receives the status
     * @return the number of bytes received, on failure too */
    std::size_t control_read(std::uint8_t request_type, std::uint8_t request, std::uint16_t value, std::uint16_t index,
                             writable_bytes data, timeout limit, std::error_code &code) noexcept
    {
        const auto in = static_cast<std::uint8_t>(request_type | 0x80);
        return detail::control(get(), in, request, value, index, data.data(), data.size(), limit, code);
    }
    /** Sends a control request that writes data, or has none.
     * @param request_type bmRequestType; bit 7 is cleared for you
     * @param request bRequest
     * @param value wValue
     * @param index wIndex
     * @param data the bytes to send; `{}` if there are none
     * @param limit maximum time for the whole request
     * @param code receives the status
     * @return the number of bytes that the device took, on failure too */
    std::size_t control_write(std::uint8_t request_type, std::uint8_t request, std::uint16_t value, std::uint16_t index,
                              bytes data, timeout limit, std::error_code &code) noexcept
    {
        const auto out = static_cast<std::uint8_t>(request_type & 0x7f); // so the data is not written to
        return detail::control(get(), out, request, value, index, const_cast<std::uint8_t *>(data.data()), data.size(),
                               limit, code);
    }

    /** Reads until `data` is full or a short packet arrives. Returns the number of bytes received, on failure too. */
    std::size_t bulk_read(std::uint8_t address, writable_bytes data, timeout limit, std::error_code &code) noexcept
    {
        std::size_t moved = 0;
        code = make_error_code(usbx_bulk_read(get(), address, data.data(), data.size(), limit.of_transfer(), &moved));
        return moved;
    }
    /** Writes all of `data`. Returns the number of bytes that the device took, on failure too. */
    std::size_t bulk_write(std::uint8_t address, bytes data, timeout limit, std::error_code &code) noexcept
    {
        std::size_t moved = 0;
        code = make_error_code(usbx_bulk_write(get(), address, data.data(), data.size(), limit.of_transfer(), &moved));
        return moved;
    }
    /** The same as bulk_read(), for an interrupt endpoint. */
    std::size_t interrupt_read(std::uint8_t address, writable_bytes data, timeout limit, std::error_code &code) noexcept
    {
        std::size_t moved = 0;
        code = make_error_code(
            usbx_interrupt_read(get(), address, data.data(), data.size(), limit.of_transfer(), &moved));
        return moved;
    }
    /** The same as bulk_write(), for an interrupt endpoint. */
    std::size_t interrupt_write(std::uint8_t address, bytes data, timeout limit, std::error_code &code) noexcept
    {
        std::size_t moved = 0;
        code = make_error_code(
            usbx_interrupt_write(get(), address, data.data(), data.size(), limit.of_transfer(), &moved));
        return moved;
    }
    /** Reads packets, one in each service interval. Each has its own place in `data`, and its own length and status. */
    std::size_t isochronous_read(std::uint8_t address, writable_bytes data, span<packet> packets, timeout limit,
                                 std::error_code &code) noexcept
    {
        std::size_t moved = 0;
        code = make_error_code(usbx_isochronous_read(get(), address, data.data(), data.size(), packets.data(),
                                                     packets.size(), limit.of_transfer(), &moved));
        return moved;
    }
    /** Writes packets, one in each service interval. */
    std::size_t isochronous_write(std::uint8_t address, bytes data, span<packet> packets, timeout limit,
                                  std::error_code &code) noexcept
    {
        std::size_t moved = 0;
        code = make_error_code(usbx_isochronous_write(get(), address, data.data(), data.size(), packets.data(),
                                                      packets.size(), limit.of_transfer(), &moved));
        return moved;
    }

    /** Allocates bulk streams (USB 3) on some endpoints of one interface. Returns how many each has then. */
    std::uint32_t bulk_streams_alloc(std::uint32_t count, bytes endpoints, std::error_code &code) noexcept
    {
        std::uint32_t allocated = 0;
        code = make_error_code(
            usbx_bulk_streams_alloc(get(), count, endpoints.data(), endpoints.size(), &allocated));
        return allocated;
    }
    /** Frees the bulk streams of some endpoints. */
    void bulk_streams_free(bytes endpoints, std::error_code &code) noexcept
    {
        code = make_error_code(usbx_bulk_streams_free(get(), endpoints.data(), endpoints.size()));
    }

    /** Clears the halt of an endpoint, so that data flows again after status::pipe. */
    void clear_halt(std::uint8_t address, std::error_code &code) noexcept
    {
        code = make_error_code(usbx_clear_halt(get(), address));
    }
    /** Resets the device, as if it were plugged in again; claims and alternate settings stay. */
    void reset(std::error_code &code) noexcept { code = make_error_code(usbx_reset(get())); }
    /** Cancels all pending transfers of an endpoint; 0 for control requests. */
    void cancel(std::uint8_t address, std::error_code &code) noexcept
    {
        code = make_error_code(usbx_cancel(get(), address));
    }

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
    void attach_kernel_driver(std::uint8_t interface_number)
    {
        std::error_code code;
        attach_kernel_driver(interface_number, code);
        detail::check(code);
    }
    void set_auto_detach(bool enable)
    {
        std::error_code code;
        set_auto_detach(enable, code);
        detail::check(code);
    }
    std::string kernel_driver(std::uint8_t interface_number)
    {
        std::error_code code;
        return detail::checked(kernel_driver(interface_number, code), code);
    }
    std::vector<endpoint> endpoints() const
    {
        std::error_code code;
        return detail::checked(endpoints(code), code);
    }
    std::vector<interface_setting> interfaces() const
    {
        std::error_code code;
        return detail::checked(interfaces(code), code);
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
    std::uint32_t bulk_streams_alloc(std::uint32_t count, bytes endpoints)
    {
        std::error_code code;
        return detail::checked(bulk_streams_alloc(count, endpoints, code), code);
    }
    void bulk_streams_free(bytes endpoints)
    {
        std::error_code code;
        bulk_streams_free(endpoints, code);
        detail::check(code);
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
};

} // namespace usbx

#endif