#include "cases.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#ifdef __cpp_lib_span
#include <span>
#endif

using usbx::bytes;
using usbx::writable_bytes;

template <class To, class From> constexpr bool takes = std::is_convertible_v<From, To>;

// Every container of bytes, with every byte type.
static_assert(takes<bytes, std::vector<std::uint8_t> &> && takes<bytes, const std::vector<char> &>);
static_assert(takes<bytes, std::string_view> && takes<bytes, const std::string &>);
static_assert(takes<bytes, std::array<std::byte, 4> &> && takes<bytes, const std::array<char, 4>>);
static_assert(takes<bytes, const std::uint8_t (&)[4]> && takes<bytes, char (&)[4]> && takes<bytes, writable_bytes>);
static_assert(takes<writable_bytes, std::vector<std::uint8_t> &> && takes<writable_bytes, std::string &>);
static_assert(takes<writable_bytes, std::byte (&)[4]> && takes<writable_bytes, std::array<signed char, 4> &>);
// Not what may not be written to, and not what is longer than it looks.
static_assert(!takes<writable_bytes, const std::vector<std::uint8_t> &> && !takes<writable_bytes, std::string_view>);
static_assert(!takes<writable_bytes, const std::uint8_t (&)[4]> && !takes<writable_bytes, bytes>);
static_assert(!takes<bytes, const char (&)[6]>, "\"hello\" has a NUL");
static_assert(!takes<bytes, std::vector<int> &> && !takes<writable_bytes, std::vector<std::int16_t> &>);
static_assert(!takes<bytes, std::array<bool, 4> &> && !takes<bytes, int (&)[4]> && !takes<bytes, const char *>);
// Spans of structs are of that struct.
static_assert(takes<usbx::span<usbx::packet>, std::vector<usbx::packet> &>);
static_assert(takes<usbx::span<const usbx::packet>, std::vector<usbx::packet> &>);
static_assert(!takes<usbx::span<usbx::packet>, std::vector<usbx::completion> &>);
#ifdef __cpp_lib_span
static_assert(takes<bytes, std::span<std::byte>> && takes<bytes, std::span<const std::uint8_t>>);
static_assert(takes<writable_bytes, std::span<std::byte>> && !takes<writable_bytes, std::span<const std::byte>>);
static_assert(takes<std::span<const std::uint8_t>, bytes> && takes<std::span<std::uint8_t>, writable_bytes>);
#endif
#ifdef __cpp_lib_ranges
static_assert(std::ranges::contiguous_range<bytes> && std::ranges::borrowed_range<bytes> && std::ranges::view<bytes>);
#endif

static std::size_t sum(bytes data)
{
    std::size_t total = 0;
    for (std::uint8_t byte : data)
        total += byte;
    return total;
}

static void views_see_the_same_memory()
{
    std::vector<char> vector{'a', 'b', '\0', 'c'};
    const bytes view = vector;
    CHECK(static_cast<const void *>(view.data()) == vector.data() && view.size() == 4);
    vector[0] = 'z';
    EQUAL(view[0], 'z');
    EQUAL(view.back(), 'c');
    writable_bytes room = vector;
    room.front() = 'y';
    EQUAL(vector[0], 'y');
    EQUAL(sum(std::string_view("\x01\x02", 2)), 3);
    EQUAL(sum({1, 2, 0xff}), 0x102);
    EQUAL(sum({}), 0);
}

static void parts_end_where_the_whole_does()
{
    const std::array<std::uint8_t, 4> array{1, 2, 3, 4};
    const bytes view = array;
    CHECK(view.first(3).size() == 3 && view.last(1)[0] == 4);
    CHECK(view.subspan(1, 2).size() == 2 && view.subspan(1)[0] == 2);
    CHECK(view.first(9).size() == 4 && view.last(9).size() == 4);
    CHECK(view.subspan(9).empty() && view.subspan(3, 9).size() == 1);
    CHECK(view.subspan(4).empty() && bytes().empty() && bytes().subspan(1).empty());
}

static void numbers_have_bytes()
{
    std::vector<std::int16_t> samples(3, -1);
    const bytes view = usbx::as_bytes(samples);
    CHECK(view.size() == 6 && view[0] == 0xff && view[5] == 0xff);
    usbx::as_writable_bytes(samples).first(2).front() = 0;
    CHECK(samples[0] != -1 && samples[1] == -1);
    const std::array<std::uint32_t, 2> constant{};
    EQUAL(usbx::as_bytes(constant).size(), 8);
    EQUAL(usbx::as_bytes(usbx::span(samples).first(1)).size(), 2);
}

cases bytes_cases()
{
    return {{"views see the same memory", views_see_the_same_memory},
            {"parts end where the whole does", parts_end_where_the_whole_does},
            {"numbers have bytes", numbers_have_bytes}};
}
