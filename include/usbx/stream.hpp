/** @file
 * Streams: continuous data from or to an endpoint.  SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef USBX_STREAM_HPP
#define USBX_STREAM_HPP

#include <chrono>
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

/** Options of a stream. What is not set gets a value that suits the endpoint. */
struct stream_options {
    enum class memory_kind : std::uint32_t {
        automatic = USBX_MEMORY_AUTO,
        heap = USBX_MEMORY_HEAP,
        mapped = USBX_MEMORY_MAPPED
    };

    std::size_t size = 0;                        /**< Bytes in one transfer: a multiple of the packet size. */
    std::size_t depth = 0;                       /**< Number of transfers in flight. */
    memory_kind memory = memory_kind::automatic; /**< Where the stream's data are. */
    bool exact_time = false;                     /**< Exact timestamps, by a thread of the library. */
    bool keep_going = false;  /**< IN: an error on the bus is a chunk's `code`, and the next data follow. */
    bool zero_packet = false; /**< OUT: flush() ends full packets with a zero-length one. */
};

/** The data of one transfer of a stream. They are borrowed: valid until the next call for the stream. */
struct chunk {
    bytes data;                                 /**< The bytes. */
    span<const packet> packets;                 /**< Of an isochronous stream; their bytes follow each other in data. */
    std::chrono::steady_clock::time_point time; /**< When the transfer was found complete. */
    std::uint64_t sequence;                     /**< Number of the chunk in its stream, from 0. */
    std::error_code code;                       /**< How the transfer ended. */
};

/** What a stream has done so far. */
using stream_statistics = usbx_stream_statistics;

/** A stream, IN or OUT. It has no thread of its own: new transfers start while the program is in a call for it. */
class [[nodiscard]] stream : public owner<usbx_stream, usbx_stream_close> {
public:
    /** No stream is open. */
    stream() noexcept = default;
    /** Takes ownership of a handle of usbx.h. */
    explicit stream(usbx_stream *handle) noexcept : owner(handle) {}

    /** Opens a stream on an endpoint of a claimed interface. An IN stream starts at once. */
    static stream open(device &of, std::uint8_t address, const stream_options &options, std::error_code &code) noexcept
    {
        usbx_stream_options plain{};
        plain.size = options.size;
        plain.depth = options.depth;
        plain.memory = static_cast<std::uint32_t>(options.memory);
        plain.flags = (options.exact_time ? USBX_STREAM_EXACT_TIME : 0) |
                      (options.keep_going ? USBX_STREAM_KEEP_GOING : 0) |
                      (options.zero_packet ? USBX_STREAM_ZERO_PACKET : 0);
        usbx_stream *handle = nullptr;
        code = make_error_code(usbx_stream_open(of.get(), address, &plain, &handle));
        return stream(handle);
    }
    static stream open(device &of, std::uint8_t address, std::error_code &code) noexcept
    {
        return open(of, address, {}, code);
    }

    /** Borrows the next chunk, without a copy. Returns nothing if none arrived in time. */
    std::optional<chunk> next(timeout limit, std::error_code &code) noexcept
    {
        usbx_chunk plain{};
        code = make_error_code(usbx_stream_next(get(), limit.of_wait(), &plain));
        if (code)
            return std::nullopt;
        return chunk{{static_cast<const std::uint8_t *>(plain.data), plain.length},
                     {plain.packets, plain.packet_count},
                     time_of(plain.timestamp_ns),
                     plain.sequence,
                     make_error_code(plain.status)};
    }

    /** `for (const usbx::chunk &chunk : stream.chunks(1s, code))`: each chunk in turn, until none arrives in time or
     * the stream ends; `code` says which. A chunk is valid during one round of the loop. */
    auto chunks(timeout limit, std::error_code &code) & noexcept
    {
        return items<stream, chunk, detail::telling>(*this, limit, {&code});
    }
    void chunks(timeout, std::error_code &) && = delete; // it would be gone before the loop begins

    /** Reads like from a file: waits for the first byte. Returns the number of bytes copied; 0 if none came in time. */
    std::size_t read(writable_bytes data, timeout limit, std::error_code &code) noexcept
    {
        std::size_t moved = 0;
        code = make_error_code(usbx_stream_read(get(), data.data(), data.size(), limit.of_wait(), &moved));
        return moved;
    }

    /** Writes like to a file. Returns the number of bytes copied, on failure too. If there is no room for all of them
     * in time, that is a failure: status::timeout. */
    std::size_t write(bytes data, timeout limit, std::error_code &code) noexcept
    {
        std::size_t moved = 0;
        code = make_error_code(usbx_stream_write(get(), data.data(), data.size(), limit.of_wait(), &moved));
        return moved;
    }

    /** Lends room to be filled in place; fill some of it, then call commit(). Empty if there was no room in time. */
    writable_bytes space(timeout limit, std::error_code &code) noexcept
    {
        void *data = nullptr;
        std::size_t length = 0;
        code = make_error_code(usbx_stream_space(get(), limit.of_wait(), &data, &length));
        return {static_cast<std::uint8_t *>(data), length};
    }
    /** Writes the first `length` bytes of the room from space(). */
    void commit(std::size_t length, std::error_code &code) noexcept
    {
        code = make_error_code(usbx_stream_commit(get(), length));
    }
    /** Sends what was written and waits until the device has taken all of it. */
    void flush(timeout limit, std::error_code &code) noexcept
    {
        code = make_error_code(usbx_stream_flush(get(), limit.of_wait()));
    }

    /** Returns the statistics of the stream; also while another thread uses it. */
    stream_statistics stats(std::error_code &code) const noexcept
    {
        stream_statistics result{};
        code = make_error_code(usbx_stream_stats(get(), &result));
        return result;
    }

    /** For event loops: readable when next() or read() with no_wait should be called. The library owns it. */
    std::int32_t fd(std::error_code &code) const noexcept
    {
        std::int32_t result = -1;
        code = make_error_code(usbx_stream_fd(get(), &result));
        return result;
    }

#ifdef __cpp_exceptions
    /** @name The same, throwing usbx::error
     * @{ */
    static stream open(device &of, std::uint8_t address, const stream_options &options = {})
    {
        std::error_code code;
        return detail::checked(open(of, address, options, code), code);
    }
    std::optional<chunk> next(timeout limit)
    {
        std::error_code code;
        return detail::waited(next(limit, code), code);
    }
    /** Ends when none arrives in time. The end of the stream throws. */
    auto chunks(timeout limit) & { return items<stream, chunk, detail::throwing>(*this, limit, {}); }
    void chunks(timeout) && = delete;
    std::size_t read(writable_bytes data, timeout limit)
    {
        std::error_code code;
        return detail::waited(read(data, limit, code), code);
    }
    std::size_t write(bytes data, timeout limit)
    {
        std::error_code code;
        return detail::moved(write(data, limit, code), code);
    }
    writable_bytes space(timeout limit)
    {
        std::error_code code;
        return detail::waited(space(limit, code), code);
    }
    void commit(std::size_t length)
    {
        std::error_code code;
        commit(length, code);
        detail::check(code);
    }
    void flush(timeout limit)
    {
        std::error_code code;
        flush(limit, code);
        detail::check(code);
    }
    stream_statistics stats() const
    {
        std::error_code code;
        return detail::checked(stats(code), code);
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
