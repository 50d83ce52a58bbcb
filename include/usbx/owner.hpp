/** @file
 * What device, queue, stream, watch, virtual_device and capture have in common.  SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef USBX_OWNER_HPP
#define USBX_OWNER_HPP

#include <atomic>
#include <cstddef>
#include <string>
#include <system_error>

#include <usbx/status.hpp>

namespace usbx {

/** Owns a handle of usbx.h and closes it in its destructor. It can be moved but not copied. */
template <class Handle, usbx_status (*Close)(Handle *)> class owner {
public:
    owner(const owner &) = delete;
    owner &operator=(const owner &) = delete;

    /** Whether it owns a handle. */
    explicit operator bool() const noexcept { return get() != nullptr; }

    /** Returns the handle, for the functions of usbx.h; this object still owns it. */
    Handle *get() const noexcept { return handle_.load(std::memory_order_relaxed); }

    /** Gives up the handle without closing it: the caller has to close it. */
    [[nodiscard]] Handle *disown() noexcept { return handle_.exchange(nullptr); }

    /** Closes the handle now and returns the status, which the destructor cannot do. status::ok if there is nothing to
     * close. Any thread may call it: calls that are waiting on the handle end with status::closed. */
    std::error_code close() noexcept { return make_error_code(Close(disown())); }

    /** Returns one sentence about the last failure of calls with this handle, from whichever thread; for a queue, of the
     * completion taken last that failed. "" if there was none. */
    std::string handle_error(std::error_code &code) const
    {
        std::size_t length = 0;
        code = make_error_code(usbx_handle_error(get(), nullptr, 0, &length));
        std::string text(length + 1, '\0'); // with room for the NUL
        if (!code)
            code = make_error_code(usbx_handle_error(get(), &text[0], text.size(), &length));
        text.resize(code ? 0 : std::char_traits<char>::length(text.c_str())); // another thread may have changed it meanwhile
        return text;
    }

#ifdef __cpp_exceptions
    /** The same, throwing usbx::error. */
    std::string handle_error() const
    {
        std::error_code code;
        return detail::checked(handle_error(code), code);
    }
#endif

    void swap(owner &other) noexcept { other.handle_ = handle_.exchange(other.handle_); }

protected:
    owner() noexcept = default;
    explicit owner(Handle *handle) noexcept : handle_(handle) {}
    owner(owner &&other) noexcept : handle_(other.disown()) {}
    owner &operator=(owner &&other) noexcept
    {
        owner(static_cast<owner &&>(other)).swap(*this); // also right for itself
        return *this;
    }
    ~owner() { Close(get()); }

private:
    std::atomic<Handle *> handle_{nullptr}; // a token, so no more than itself has to be in order
};

} // namespace usbx

#endif
