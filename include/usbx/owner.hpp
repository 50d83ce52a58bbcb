/** @file
 * What device, queue, stream, watch and virtual_device have in common.  SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef USBX_OWNER_HPP
#define USBX_OWNER_HPP

#include <atomic>
#include <system_error>

#include <usbx/status.hpp>

namespace usbx {

/** Owns a handle of usbx.h: moves, does not copy, and closes it in its destructor. */
template <class Handle, usbx_status (*Close)(Handle *)> class owner {
public:
    owner(const owner &) = delete;
    owner &operator=(const owner &) = delete;

    /** Whether it owns something. */
    explicit operator bool() const noexcept { return get() != nullptr; }

    /** The handle for the functions of usbx.h; it stays owned. */
    Handle *get() const noexcept { return handle_.load(std::memory_order_relaxed); }

    /** Gives the handle up without closing it: whoever takes it has to close it. */
    [[nodiscard]] Handle *disown() noexcept { return handle_.exchange(nullptr); }

    /** Closes it now, and tells how that went; the destructor cannot. Nothing to close is status::ok. Any thread
     * may do that: calls that wait for what is closed end with status::closed. */
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
