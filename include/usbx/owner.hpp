/** @file
 * What device, queue, stream, watch and virtual_device have in common.  SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef USBX_OWNER_HPP
#define USBX_OWNER_HPP

#include <atomic>
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
