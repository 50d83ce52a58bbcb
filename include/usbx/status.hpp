/** @file
 * The result of a call: usbx::status as a std::error_code, and usbx::error.  SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef USBX_STATUS_HPP
#define USBX_STATUS_HPP

#include <cstddef>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include <usbx.h>

namespace usbx {

/** The statuses of usbx.h, USBX_OK and USBX_ERROR_*, with the same numbers. */
enum class status : usbx_status {
    ok = USBX_OK,
    io = USBX_ERROR_IO,
    invalid_param = USBX_ERROR_INVALID_PARAM,
    access = USBX_ERROR_ACCESS,
    no_device = USBX_ERROR_NO_DEVICE,
    not_found = USBX_ERROR_NOT_FOUND,
    busy = USBX_ERROR_BUSY,
    timeout = USBX_ERROR_TIMEOUT,
    overflow = USBX_ERROR_OVERFLOW,
    pipe = USBX_ERROR_PIPE,
    interrupted = USBX_ERROR_INTERRUPTED,
    no_mem = USBX_ERROR_NO_MEM,
    not_supported = USBX_ERROR_NOT_SUPPORTED,
    other = USBX_ERROR_OTHER,
    invalid_handle = USBX_ERROR_INVALID_HANDLE,
    cancelled = USBX_ERROR_CANCELLED,
    closed = USBX_ERROR_CLOSED,
    not_claimed = USBX_ERROR_NOT_CLAIMED,
    forked = USBX_ERROR_FORKED,
    internal = USBX_ERROR_INTERNAL
};

} // namespace usbx

template <> struct std::is_error_code_enum<usbx::status> : std::true_type {};

namespace usbx {

/** Returns the name of a status: "USBX_ERROR_TIMEOUT". It stays valid as long as the library is loaded. */
inline const char *error_name(status value) noexcept { return usbx_error_name(static_cast<usbx_status>(value)); }

/** Returns one plain sentence that describes a status. last_error() says what happened in a particular call. */
inline const char *error_text(status value) noexcept { return usbx_error_text(static_cast<usbx_status>(value)); }

/** Returns one sentence about the calling thread's last failure. It stays valid until this thread's next failure. */
inline const char *last_error() noexcept { return usbx_last_error(); }

namespace detail {

class status_category final : public std::error_category {
public:
    const char *name() const noexcept override { return "usbx"; }
    std::string message(int value) const override { return usbx_error_text(value); }

    std::error_condition default_error_condition(int value) const noexcept override
    {
        switch (static_cast<status>(value)) {
        case status::io: return std::errc::io_error;
        case status::invalid_param: return std::errc::invalid_argument;
        case status::access: return std::errc::permission_denied;
        case status::no_device: return std::errc::no_such_device;
        case status::busy: return std::errc::device_or_resource_busy;
        case status::timeout: return std::errc::timed_out;
        case status::overflow: return std::errc::value_too_large;
        case status::pipe: return std::errc::broken_pipe;
        case status::interrupted: return std::errc::interrupted;
        case status::no_mem: return std::errc::not_enough_memory;
        case status::not_supported: return std::errc::not_supported;
        case status::invalid_handle: return std::errc::bad_file_descriptor;
        case status::cancelled: return std::errc::operation_canceled;
        default: return {value, *this};
        }
    }
};

} // namespace detail

/** The category of every std::error_code of this library. */
inline const std::error_category &category() noexcept
{
    static const detail::status_category instance;
    return instance;
}

/** Lets a usbx::status convert to a std::error_code and compare with one. */
inline std::error_code make_error_code(status value) noexcept { return {static_cast<int>(value), category()}; }

/** Converts the status of a call or a struct of usbx.h (usbx::completion, usbx::packet). */
inline std::error_code make_error_code(usbx_status value) noexcept { return {value, category()}; }

#ifdef __cpp_exceptions
/** The exception that the forms without a std::error_code throw. */
class error : public std::system_error {
public:
    /** Takes its sentence from the calling thread's last failure. */
    explicit error(std::error_code code, std::size_t transferred = 0)
        : std::system_error(code), sentence_(last_error()), transferred_(transferred)
    {
    }
    /** With a sentence of the caller's. */
    error(std::error_code code, const char *sentence) : std::system_error(code), sentence_(sentence), transferred_(0) {}

    /** The library's sentence: what was tried, on which device, why it failed, and what to do. */
    const char *what() const noexcept override { return sentence_.what(); }

    /** Number of bytes that moved before the transfer failed; those received are in the caller's buffer. */
    std::size_t transferred() const noexcept { return transferred_; }

private:
    std::runtime_error sentence_; // a text whose copies do not throw
    std::size_t transferred_;
};
#endif

namespace detail {

#ifdef __cpp_exceptions
inline void check(const std::error_code &code)
{
    if (code)
        throw error(code);
}

template <class Result> Result checked(Result &&result, const std::error_code &code)
{
    check(code);
    return std::forward<Result>(result);
}

inline std::size_t moved(std::size_t transferred, const std::error_code &code)
{
    if (code)
        throw error(code, transferred);
    return transferred;
}

/** For waits: a time limit that passes is not a failure. */
template <class Result> Result waited(Result &&result, const std::error_code &code)
{
    if (code != status::timeout)
        check(code);
    return std::forward<Result>(result);
}
#endif

} // namespace detail

} // namespace usbx

#endif
