/** @file
 * What goes through the library, as files for Wireshark.  SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef USBX_CAPTURE_HPP
#define USBX_CAPTURE_HPP

#include <cstddef>
#include <cstring>
#include <string>
#include <system_error>

#include <usbx/owner.hpp>
#include <usbx/status.hpp>

namespace usbx {

/** What a capture has done so far: usbx_capture_statistics. */
using capture_statistics = usbx_capture_statistics;

/** How to capture; what is left 0 or empty the library chooses. */
struct capture_options {
    std::string path;            /**< Only the device at this path; "" for every device. */
    std::size_t snap_length = 0; /**< Maximum number of bytes of each transfer's data; 0: no limit. */
    std::size_t ring = 0;        /**< Keeps the last so many bytes, and writes them when a transfer fails and at close. */
    std::size_t memory = 0;      /**< For records that wait to be written, in bytes. */
};

/** A capture of all that goes through the library, to a file that Wireshark reads. The destructor ends it; close() also says
 * whether the file has everything: status::overflow or status::io if not, and usbx_last_error() says what is missing. */
class [[nodiscard]] capture : public owner<usbx_capture, usbx_capture_close> {
public:
    /** No capture is open. */
    capture() noexcept = default;
    /** Takes ownership of a handle of usbx.h. */
    explicit capture(usbx_capture *handle) noexcept : owner(handle) {}

    /** Starts to capture to a file. Returns the owner, which is empty on failure. */
    static capture open(const std::string &file, const capture_options &options, std::error_code &code) noexcept
    {
        usbx_capture_options wanted{};
        if (options.path.size() >= sizeof wanted.path) { // no device has such a path
            code = make_error_code(USBX_ERROR_INVALID_PARAM);
            return {};
        }
        std::memcpy(wanted.path, options.path.c_str(), options.path.size());
        wanted.snap_length = options.snap_length;
        wanted.ring = options.ring;
        wanted.memory = options.memory;
        usbx_capture *handle = nullptr;
        code = make_error_code(usbx_capture_open(file.c_str(), &wanted, &handle));
        return capture(handle);
    }
    static capture open(const std::string &file, std::error_code &code) noexcept { return open(file, {}, code); }

    /** Returns the statistics of the capture. */
    capture_statistics stats(std::error_code &code) const noexcept
    {
        capture_statistics result{};
        code = make_error_code(usbx_capture_stats(get(), &result));
        return result;
    }

#ifdef __cpp_exceptions
    /** @name The same, throwing usbx::error
     * @{ */
    static capture open(const std::string &file, const capture_options &options = {})
    {
        std::error_code code;
        return detail::checked(open(file, options, code), code);
    }
    capture_statistics stats() const
    {
        std::error_code code;
        return detail::checked(stats(code), code);
    }
    /** @} */
#endif
};

} // namespace usbx

#endif
