/** @file What device, queue, stream, watch and virtual_device have in common.  SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef USBX_OWNER_HPP
#define USBX_OWNER_HPP

#include <system_error>
#include <utility>

#include <usbx/status.hpp>

namespace usbx {

/** Owns a handle of usbx.h: moves, does not copy, and closes it in its destructor. */
template <class Handle, usbx_status (*Close)(Handle *)> class owner {
public:
    owner(const owner &) = delete;
    owner &operator=(const owner &) = delete;

    /** Whether it owns something. */
    explicit operator bool() const noexcept { return handle_ != nullptr; }

    /** The handle for the functions of usbx.h; it stays owned. */
    Handle *get() const noexcept { return handle_; }

    /** Gives the handle up without closing it: whoever takes it has to close it. */
    [[nodiscard]] Handle *disown() noexcept { return std::exchange(handle_, nullptr); }

    /** Closes it now, and tells how that went; the destructor cannot. Nothing to close is status::ok. */
    std::error_code close() noexcept { return make_error_code(Close(disown())); }

    void swap(owner &other) noexcept { std::swap(handle_, other.handle_); }

protected:
    owner() noexcept = default;
    explicit owner(Handle *handle) noexcept : handle_(handle) {}
    owner(owner &&other) noexcept : handle_(other.disown()) {}
    owner &operator=(owner &&other) noexcept
    {
        owner(std::move(other)).swap(*this); // also right for itself
        return *this;
    }
    ~owner() { Close(handle_); }

private:
    Handle *handle_ = nullptr;
};

} // namespace usbx

#endif
