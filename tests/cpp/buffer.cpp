#include "cases.hpp"

#include <type_traits>

using namespace std::chrono_literals;

static_assert(std::is_nothrow_move_constructible_v<usbx::buffer> && std::is_nothrow_move_assignable_v<usbx::buffer> &&
              !std::is_copy_constructible_v<usbx::buffer> && !std::is_copy_assignable_v<usbx::buffer>);

static void transfers_use_it()
{
    bench b;
    usbx::buffer buffer = usbx::buffer::allocate(b.device, 2048);
    EQUAL(buffer.size(), 2048);
    for (std::size_t i = 0; i < 1024; i++)
        buffer[i] = static_cast<std::uint8_t>(i * 7);
    const usbx::writable_bytes all(buffer);
    EQUAL(b.device.bulk_write(ACQ_LOOP_OUT, all.first(1000), 30s), 1000);
    EQUAL(b.device.bulk_read(ACQ_LOOP_IN, all.last(1024), 30s), 1000);
    CHECK(std::memcmp(buffer.data(), buffer.data() + 1024, 1000) == 0);
}

static void it_is_freed_once()
{
    bench b;
    usbx::queue queue = usbx::queue::open();
    usbx::buffer buffer = usbx::buffer::allocate(b.device, 512);
    queue.submit(b.device, usbx::transfer::bulk(ACQ_LOOP_IN, buffer));
    IS(buffer.free(), busy);
    CHECK(buffer.size() == 512);
    queue.cancel(0);
    CHECK(queue.next(30s).has_value());
    usbx::buffer moved = std::move(buffer);
    CHECK(buffer.data() == nullptr && moved.data() != nullptr); // NOLINT: what a moved one is, is what is tested
    b.device.close();
    moved[511] = 1; // it outlives the device
    IS(moved.free(), ok);
    IS(moved.free(), ok); // nothing to free
    CHECK(moved.begin() == moved.end());
}

static void what_cannot_be_had_is_an_error()
{
    bench b;
    IS(thrown([&] { return usbx::buffer::allocate(b.device, 0); }).code(), invalid_param);
    std::error_code code;
    usbx::device none;
    CHECK(usbx::buffer::allocate(none, 1, code).data() == nullptr);
    IS(code, invalid_handle);
}

cases buffer_cases()
{
    return {{"transfers use a buffer", transfers_use_it},
            {"a buffer is freed once", it_is_freed_once},
            {"a buffer that cannot be had is an error", what_cannot_be_had_is_an_error}};
}
