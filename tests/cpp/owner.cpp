#include "cases.hpp"

template <class Owner>
constexpr bool moves_only = std::is_nothrow_move_constructible_v<Owner> && std::is_nothrow_move_assignable_v<Owner> &&
    !std::is_copy_constructible_v<Owner> && !std::is_copy_assignable_v<Owner> &&
    std::is_nothrow_default_constructible_v<Owner> && std::is_nothrow_swappable_v<Owner> && sizeof(Owner) == sizeof(void *);
static_assert(moves_only<usbx::device> && moves_only<usbx::queue> && moves_only<usbx::stream> && moves_only<usbx::watch> &&
              moves_only<usbx::virtual_device> && moves_only<usbx::capture>);
static_assert(!std::is_convertible_v<usbx_queue *, usbx::queue>, "a handle is taken over on purpose only");
static_assert(!std::is_constructible_v<usbx::queue, usbx_stream *>);

/** How many handles the library still has open; closes them. */
static std::size_t leaked() { return usbx::shutdown(); }

static void the_destructor_closes()
{
    {
        usbx::queue queue = usbx::queue::open();
        usbx::watch watch = usbx::watch::open();
        CHECK(queue && watch);
    }
    EQUAL(leaked(), 0);
}

static void moving_leaves_one_owner()
{
    {
        usbx::queue first = usbx::queue::open();
        usbx_queue *handle = first.get();
        usbx::queue second = std::move(first);
        CHECK(!first && second.get() == handle); // NOLINT: what a moved one is, is what is tested
        IS(thrown([&] { first.fd(); }).code(), invalid_handle);
        usbx::queue other = usbx::queue::open();
        usbx_queue *replaced = other.get();
        other = std::move(second);
        CHECK(other.get() == handle && !second);
        EXPECT(usbx_queue_close(replaced), USBX_ERROR_INVALID_HANDLE); // closed when it was replaced
        usbx::queue &self = other;
        other = std::move(self);
        CHECK(other.get() == handle);
        other.fd();
        usbx::queue swapped = usbx::queue::open();
        swapped.swap(other);
        CHECK(swapped.get() == handle);
        std::swap(swapped, other);
        CHECK(other.get() == handle && swapped);
    }
    EQUAL(leaked(), 0);
}

static void close_tells()
{
    usbx::queue queue = usbx::queue::open();
    IS(queue.close(), ok);
    CHECK(!queue);
    IS(queue.close(), ok); // nothing to close
    queue = usbx::queue::open();
    EXPECT(usbx_queue_close(queue.get()), USBX_OK); // by somebody else
    IS(queue.close(), invalid_handle);
    EQUAL(leaked(), 0);
}

static void handles_go_in_and_out()
{
    usbx_queue *handle = nullptr;
    EXPECT(usbx_queue_open(&handle), USBX_OK);
    {
        usbx::queue queue(handle);
        CHECK(queue.disown() == handle && !queue);
    }
    usbx::queue(handle).fd(); // still open, and then not
    EXPECT(usbx_queue_close(handle), USBX_ERROR_INVALID_HANDLE);
}

static void nothing_is_no_crash()
{
    usbx::device device;
    usbx::stream stream;
    usbx::queue queue;
    usbx::watch watch;
    usbx::virtual_device virtual_device;
    std::uint8_t data[1];
    IS(thrown([&] { device.bulk_read(0x81, data, in_time); }).code(), invalid_handle);
    IS(thrown([&] { stream.next(in_time); }).code(), invalid_handle);
    IS(thrown([&] { queue.next(in_time); }).code(), invalid_handle);
    IS(thrown([&] { watch.next(in_time); }).code(), invalid_handle);
    IS(thrown([&] { virtual_device.unplug(); }).code(), invalid_handle);
    CHECK(std::strlen(usbx::last_error()) > 0);
}

static void a_handle_tells_its_last_failure()
{
    usbx::virtual_device plugged = usbx::virtual_device::open("acquisition");
    usbx::device device = usbx::device::open(0x1209, 1);
    CHECK(device.handle_error().empty());
    const usbx::error failure = thrown([&] { device.release(77); });
    CHECK(device.handle_error() == failure.what());
    device.claim(0);
    std::error_code code;
    CHECK(device.handle_error(code) == failure.what() && !code); // a success changes nothing
    device.close();
    CHECK(device.handle_error(code).empty());
    IS(code, invalid_handle);
}

cases owner_cases()
{
    return {{"the destructor closes", the_destructor_closes},
            {"moving leaves one owner", moving_leaves_one_owner},
            {"close tells", close_tells},
            {"handles go in and out", handles_go_in_and_out},
            {"a handle tells its last failure", a_handle_tells_its_last_failure},
            {"nothing is no crash", nothing_is_no_crash}};
}
