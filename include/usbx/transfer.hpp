/** @file
 * Blocking transfers of a device.  SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef USBX_TRANSFER_HPP
#define USBX_TRANSFER_HPP

#include <cstddef>
#include <cstdint>
#include <system_error>

#include <usbx/bytes.hpp>
#include <usbx/control.hpp>
#include <usbx/setup.hpp>
#include <usbx/status.hpp>
#include <usbx/timeout.hpp>

namespace usbx {

/** One packet of an isochronous transfer: `std::vector<usbx::packet> packets(8, usbx::packet{512, 0, 0, 0})`. */
using packet = usbx_packet;

/** A part of usbx::device: transfers that the calling thread waits for, and the endpoints' bulk streams and halts. */
class device_transfers : public device_setup {
public:
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

    /** Cancels all pending transfers of an endpoint; 0 for control requests. */
    void cancel(std::uint8_t address, std::error_code &code) noexcept
    {
        code = make_error_code(usbx_cancel(get(), address));
    }

#ifdef __cpp_exceptions
    /** @name The same, throwing usbx::error
     * @{ */
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
    void cancel(std::uint8_t address)
    {
        std::error_code code;
        cancel(address, code);
        detail::check(code);
    }
    /** @} */
#endif

protected:
    device_transfers() noexcept = default;
    explicit device_transfers(usbx_device *handle) noexcept : device_setup(handle) {}
};

} // namespace usbx

#endif
