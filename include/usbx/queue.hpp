/** @file
 * Completion queues: many transfers at once.  SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef USBX_QUEUE_HPP
#define USBX_QUEUE_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <system_error>

#include <usbx/bytes.hpp>
#include <usbx/device.hpp>
#include <usbx/items.hpp>
#include <usbx/owner.hpp>
#include <usbx/status.hpp>
#include <usbx/timeout.hpp>

namespace usbx {

/** The outcome of one transfer. make_error_code turns its `status`, a number of usbx.h, into a std::error_code. */
using completion = usbx_completion;

/** A transfer to submit. Bit 7 of the endpoint, or of the request type, is its direction.
 *
 * The library uses the data, and the packets of an isochronous transfer, until the completion is taken or the queue is
 * closed. Declare them before the queue, so that the queue is destroyed first.
 */
class transfer : public usbx_transfer {
public:
    /** A bulk transfer. Its completion returns `user_data`. */
    static transfer bulk(std::uint8_t address, writable_bytes data, std::uint64_t user_data = 0,
                         timeout limit = no_timeout) noexcept
    {
        return {USBX_TYPE_BULK, address, data, user_data, limit};
    }
    /** An interrupt transfer. */
    static transfer interrupt(std::uint8_t address, writable_bytes data, std::uint64_t user_data = 0,
                              timeout limit = no_timeout) noexcept
    {
        return {USBX_TYPE_INTERRUPT, address, data, user_data, limit};
    }
    /** An isochronous transfer; each packet has its own place in `data`, and gets its own length and status. */
    static transfer isochronous(std::uint8_t address, writable_bytes data, span<packet> packets,
                                std::uint64_t user_data = 0, timeout limit = no_timeout) noexcept
    {
        transfer result(USBX_TYPE_ISOCHRONOUS, address, data, user_data, limit);
        result.packets = packets.data();
        result.packet_count = packets.size();
        return result;
    }
    /** A control request; bit 7 of `request_type` is its direction. */
    static transfer control(std::uint8_t request_type, std::uint8_t request, std::uint16_t value, std::uint16_t index,
                            writable_bytes data, std::uint64_t user_data = 0, timeout limit = no_timeout) noexcept
    {
        transfer result(USBX_TYPE_CONTROL, 0, data, user_data, limit);
        result.request_type = request_type;
        result.request = request;
        result.value = value;
        result.index = index;
        return result;
    }

    /** The same bulk or interrupt write, ended by a zero-length packet if its length is a multiple of the packet size. */
    transfer with_zero_packet() const noexcept
    {
        transfer result = *this;
        result.flags |= USBX_TRANSFER_ZERO_PACKET;
        return result;
    }

    /** The same bulk transfer, of the stream with this number; see device::bulk_streams_alloc. */
    transfer with_stream(std::uint32_t number) const noexcept
    {
        transfer result = *this;
        result.stream = number;
        return result;
    }

private:
    transfer(std::uint8_t of_type, std::uint8_t address, writable_bytes with, std::uint64_t number, timeout limit) noexcept
        : usbx_transfer()
    {
        type = of_type;
        endpoint = address;
        data = with.data();
        length = with.size();
        user_data = number;
        timeout_ms = limit.of_transfer();
    }
};

/** A completion queue. It has no thread of its own: the threads that wait on it collect the completions. */
class [[nodiscard]] queue : public owner<usbx_queue, usbx_queue_close> {
public:
    /** No queue is open. */
    queue() noexcept = default;
    /** Takes ownership of a handle of usbx.h. */
    explicit queue(usbx_queue *handle) noexcept : owner(handle) {}

    /** Opens a queue. */
    static queue open(std::error_code &code) noexcept
    {
        usbx_queue *handle = nullptr;
        code = make_error_code(usbx_queue_open(&handle));
        return queue(handle);
    }

    /** Starts a transfer. Returns its number, or 0 if it was not started. */
    std::uint64_t submit(device &to, const transfer &what, std::error_code &code) noexcept
    {
        std::uint64_t id = 0;
        code = make_error_code(usbx_submit(to.get(), get(), &what, &id));
        return id;
    }

    /** Waits for completions and takes as many as are there and fit. Returns those; none if the time limit passes. */
    span<completion> wait(span<completion> room, timeout limit, std::error_code &code) noexcept
    {
        std::size_t count = 0;
        code = make_error_code(usbx_queue_wait(get(), room.data(), room.size(), limit.of_wait(), &count));
        return room.first(count);
    }

    /** Waits for one completion. Returns nothing if the time limit passes. */
    std::optional<completion> next(timeout limit, std::error_code &code) noexcept
    {
        completion one{};
        return wait({&one, 1}, limit, code).empty() ? std::nullopt : std::optional(one);
    }

    /** `for (const usbx::completion &done : queue.completions(1s, code))`: each completion in turn, until none comes in
     * time or the queue fails; `code` says which. A loop may end early: the other completions stay in the queue. */
    auto completions(timeout limit, std::error_code &code) & noexcept
    {
        return items<queue, completion, detail::telling>(*this, limit, {&code});
    }
    void completions(timeout, std::error_code &) && = delete; // it would be gone before the loop begins

    /** Cancels the transfer with this number; 0 for all. Their completions still come. */
    void cancel(std::uint64_t id, std::error_code &code) noexcept
    {
        code = make_error_code(usbx_queue_cancel(get(), id));
    }

    /** For event loops: readable when wait() with no_wait should be called. The library owns it. */
    std::int32_t fd(std::error_code &code) const noexcept
    {
        std::int32_t result = -1;
        code = make_error_code(usbx_queue_fd(get(), &result));
        return result;
    }

#ifdef __cpp_exceptions
    /** @name The same, throwing usbx::error
     * @{ */
    static queue open()
    {
        std::error_code code;
        return detail::checked(open(code), code);
    }
    std::uint64_t submit(device &to, const transfer &what)
    {
        std::error_code code;
        return detail::checked(submit(to, what, code), code);
    }
    span<completion> wait(span<completion> room, timeout limit)
    {
        std::error_code code;
        return detail::waited(wait(room, limit, code), code);
    }
    std::optional<completion> next(timeout limit)
    {
        std::error_code code;
        return detail::waited(next(limit, code), code);
    }
    /** Ends when none comes in time. */
    auto completions(timeout limit) & { return items<queue, completion, detail::throwing>(*this, limit, {}); }
    void completions(timeout) && = delete;
    void cancel(std::uint64_t id)
    {
        std::error_code code;
        cancel(id, code);
        detail::check(code);
    }
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
