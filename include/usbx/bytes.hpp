/** @file
 * Views of memory that other code owns.  SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef USBX_BYTES_HPP
#define USBX_BYTES_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <type_traits>
#if __has_include(<version>)
#include <version>
#endif
#ifdef __cpp_lib_ranges
#include <ranges>
#endif

namespace usbx {

namespace detail {

template <class T>
inline constexpr bool is_byte = std::is_same_v<std::remove_cv_t<T>, std::byte> ||
    (sizeof(T) == 1 && std::is_integral_v<T> && !std::is_same_v<std::remove_cv_t<T>, bool>);

/** Whether an array of From can be viewed as an array of To. */
template <class From, class To>
inline constexpr bool seen_as = std::is_convertible_v<From (*)[], To (*)[]> ||
    (std::is_same_v<std::remove_const_t<To>, std::uint8_t> && is_byte<From> && !std::is_volatile_v<From> &&
     (std::is_const_v<To> || !std::is_const_v<From>));

template <class Container> using element = std::remove_pointer_t<decltype(std::declval<Container &>().data())>;

} // namespace detail

/** std::span for C++17 too: a pointer and a length that own nothing. It is made from std::span, std::vector,
 * std::array, std::string_view, an array, or any other type with data() and size(); and it converts to std::span.
 */
template <class T> class span {
    template <class From> static T *as_ours(From *data) noexcept
    {
        if constexpr (std::is_convertible_v<From (*)[], T (*)[]>)
            return data;
        else
            return reinterpret_cast<T *>(data); // bytes of another name
    }

public:
    using element_type = T;
    using value_type = std::remove_cv_t<T>;
    using size_type = std::size_t;
    using difference_type = std::ptrdiff_t;
    using pointer = T *;
    using reference = T &;
    using iterator = T *;

    constexpr span() noexcept = default;
    constexpr span(T *data, std::size_t size) noexcept : data_(data), size_(size) {}

    template <class From, std::size_t Size, class = std::enable_if_t<detail::seen_as<From, T>>>
    constexpr span(From (&array)[Size]) noexcept : span(as_ours(array), Size)
    {
    }

    /** A string literal ends with a NUL, which is rarely meant to be sent: use "..."sv, or std::string_view. */
    template <std::size_t Size, class Byte = T, class = std::enable_if_t<std::is_same_v<Byte, const std::uint8_t>>>
    span(const char (&text)[Size]) = delete;

    template <class Container, class Itself = std::remove_cv_t<std::remove_reference_t<Container>>,
              class = std::enable_if_t<!std::is_same_v<Itself, span>>, class From = detail::element<Container>,
              class = decltype(std::declval<Container &>().size()), class = std::enable_if_t<detail::seen_as<From, T>>>
    constexpr span(Container &&container) noexcept : span(as_ours(container.data()), container.size())
    {
    }

    /** `device.bulk_write(0x02, {0x01, 0xff}, 1s)`: the bytes live until the call returns; do not keep the span. */
    template <class Byte = T, class = std::enable_if_t<std::is_same_v<Byte, const std::uint8_t>>>
    constexpr span(std::initializer_list<std::uint8_t> list) noexcept : span(list.begin(), list.size())
    {
    }

    constexpr T *data() const noexcept { return data_; }
    constexpr std::size_t size() const noexcept { return size_; }
    [[nodiscard]] constexpr bool empty() const noexcept { return size_ == 0; }
    constexpr T *begin() const noexcept { return data_; }
    constexpr T *end() const noexcept { return data_ + size_; }
    constexpr T &operator[](std::size_t index) const { return data_[index]; }
    constexpr T &front() const { return data_[0]; }
    constexpr T &back() const { return data_[size_ - 1]; }

    /** The first `count` elements, or all if there are fewer; the same holds for last() and subspan(). */
    constexpr span first(std::size_t count) const noexcept { return {data_, std::min(count, size_)}; }
    constexpr span last(std::size_t count) const noexcept { return subspan(size_ - std::min(count, size_)); }
    constexpr span subspan(std::size_t offset, std::size_t count = static_cast<std::size_t>(-1)) const noexcept
    {
        const std::size_t from = std::min(offset, size_);
        return {data_ + from, std::min(count, size_ - from)};
    }

private:
    T *data_ = nullptr;
    std::size_t size_ = 0;
};

template <class T, std::size_t Size> span(T (&)[Size]) -> span<T>;
template <class Container> span(Container &&) -> span<detail::element<Container>>;

/** Bytes to send, or bytes received. */
using bytes = span<const std::uint8_t>;

/** Room to receive bytes. */
using writable_bytes = span<std::uint8_t>;

/** Views numbers or structs as bytes, in this computer's byte order: `as_bytes(std::array<std::int16_t, 4>{...})`. */
template <class T> bytes as_bytes(span<T> values) noexcept
{
    static_assert(std::is_trivially_copyable_v<T>, "only what memcpy may copy has bytes to send");
    return {reinterpret_cast<const std::uint8_t *>(values.data()), values.size() * sizeof(T)};
}

/** Views the memory of numbers or structs as room to receive bytes. */
template <class T> writable_bytes as_writable_bytes(span<T> values) noexcept
{
    static_assert(std::is_trivially_copyable_v<T> && !std::is_const_v<T>, "only what memcpy may fill takes bytes");
    return {reinterpret_cast<std::uint8_t *>(values.data()), values.size() * sizeof(T)};
}

template <class Container> bytes as_bytes(const Container &container) noexcept
{
    return as_bytes(span<detail::element<const Container>>(container));
}

template <class Container> writable_bytes as_writable_bytes(Container &container) noexcept
{
    return as_writable_bytes(span<detail::element<Container>>(container));
}

} // namespace usbx

#ifdef __cpp_lib_ranges
template <class T> inline constexpr bool std::ranges::enable_borrowed_range<usbx::span<T>> = true;
template <class T> inline constexpr bool std::ranges::enable_view<usbx::span<T>> = true;
#endif

#endif
