/** @file
 * Memory that transfers use without a copy.  SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef USBX_BUFFER_HPP
#define USBX_BUFFER_HPP

#include <cstddef>
#include <cstdint>
#include <system_error>
#include <utility>

#include <usbx/bytes.hpp>
#include <usbx/device.hpp>
#include <usbx/status.hpp>

namespace usbx {

/** A buffer from usbx_buffer_alloc, freed by its destructor. It may outlive its device. Declare it before the queues whose
 * transfers use it: while one does, it cannot be freed, and the destructor leaves the memory alone then. */
class [[nodiscard]] buffer {
public:
    /** No buffer. */
    buffer() noexcept = default;
    buffer(buffer &&other) noexcept : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
    buffer &operator=(buffer &&other) noexcept
    {
        buffer(std::move(other)).swap(*this);
        return *this;
    }
    buffer(const buffer &) = delete;
    buffer &operator=(const buffer &) = delete;
    ~buffer() { usbx_buffer_free(data_); }

    /** Allocates a buffer of `size` bytes, which are 0. */
    static buffer allocate(device &of, std::size_t size, std::error_code &code) noexcept
    {
        void *data = nullptr;
        code = make_error_code(usbx_buffer_alloc(of.get(), size, &data));
        buffer result;
        if (data != nullptr) {
            result.data_ = static_cast<std::uint8_t *>(data);
            result.size_ = size;
        }
        return result;
    }

    std::uint8_t *data() const noexcept { return data_; }
    std::size_t size() const noexcept { return size_; }
    std::uint8_t *begin() const noexcept { return data_; }
    std::uint8_t *end() const noexcept { return data_ + size_; }
    std::uint8_t &operator[](std::size_t at) const noexcept { return data_[at]; }

    /** Frees it now and returns the status, which the destructor cannot do; status::busy if a transfer uses it. */
    std::error_code free() noexcept
    {
        const std::error_code code = make_error_code(usbx_buffer_free(data_));
        if (!code) {
            data_ = nullptr;
            size_ = 0;
        }
        return code;
    }

    void swap(buffer &other) noexcept
    {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
    }

#ifdef __cpp_exceptions
    /** The same, throwing usbx::error. */
    static buffer allocate(device &of, std::size_t size)
    {
        std::error_code code;
        return detail::checked(allocate(of, size, code), code);
    }
#endif

private:
    std::uint8_t *data_ = nullptr;
    std::size_t size_ = 0;
};

} // namespace usbx

#endif
