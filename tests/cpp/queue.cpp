#include "cases.hpp"

#include <array>
#include <poll.h>

using namespace std::chrono_literals;

static void completions_come_in_batches()
{
    bench b;
    std::array<std::array<std::uint8_t, 512>, 4> buffers{};
    usbx::queue queue = usbx::queue::open();
    for (std::size_t i = 0; i < buffers.size(); i++)
        CHECK(queue.submit(b.device, usbx::transfer::bulk(ACQ_LOOP_IN, buffers[i], i)) != 0);
    for (std::uint8_t i = 0; i < buffers.size(); i++)
        b.device.bulk_write(ACQ_LOOP_OUT, {i, i}, in_time);
    std::array<usbx::completion, 16> room{};
    std::size_t taken = 0;
    while (taken < buffers.size()) {
        const usbx::span<usbx::completion> some = queue.wait(room, in_time);
        if (!CHECK(!some.empty()))
            return;
        for (const usbx::completion &done : some) {
            CHECK(done.user_data == taken && done.transferred == 2 && !usbx::make_error_code(done.status));
            EQUAL(buffers[taken][0], taken);
            taken++;
        }
    }
    CHECK(queue.wait(room, usbx::no_wait).empty());
}

static void each_type_of_transfer()
{
    bench b;
    b.device.set_alt_setting(0, 1);
    std::array<std::uint8_t, 4> rate{};
    std::array<std::uint8_t, 512> report{}, frame{};
    std::vector<usbx::packet> packets(1, usbx::packet{512, 0, 0, 0});
    usbx::queue queue = usbx::queue::open();
    b.start();
    const auto control = queue.submit(b.device, usbx::transfer::control(ACQ_IN, ACQ_RATE, 0, 0, rate, 1));
    const auto interrupt = queue.submit(b.device, usbx::transfer::interrupt(ACQ_STATUS, report, 2));
    const auto isochronous = queue.submit(b.device, usbx::transfer::isochronous(0x85, frame, packets, 3));
    CHECK(control && interrupt && isochronous && control != interrupt);
    std::size_t seen = 0;
    for (const usbx::completion &done : queue.completions(in_time)) {
        CHECK(done.status == USBX_OK && done.user_data >= 1 && done.user_data <= 3);
        if (++seen == 3)
            break;
    }
    EQUAL(acq_u32(rate.data()), 10000);
    CHECK(packets[0].transferred == 512 && acq_frame_is_sound(frame.data()));
}

static void a_loop_that_ends_early_loses_nothing()
{
    bench b;
    std::array<std::array<std::uint8_t, 512>, 3> buffers{};
    usbx::queue queue = usbx::queue::open();
    for (std::size_t i = 0; i < buffers.size(); i++)
        queue.submit(b.device, usbx::transfer::bulk(ACQ_LOOP_IN, buffers[i], i));
    for (std::uint8_t i = 0; i < buffers.size(); i++)
        b.device.bulk_write(ACQ_LOOP_OUT, {i}, in_time);
    for (const usbx::completion &done : queue.completions(in_time)) {
        EQUAL(done.user_data, 0);
        break;
    }
    std::uint64_t next = 1;
    std::error_code code;
    for (const usbx::completion &done : queue.completions(usbx::no_wait, code))
        EQUAL(done.user_data, next++);
    EQUAL(next, 3);
    IS(code, timeout); // why it ended
}

static void cancelled_transfers_complete()
{
    bench b;
    std::array<std::uint8_t, 1024> buffer{};
    usbx::queue queue = usbx::queue::open();
    const auto id = queue.submit(b.device, usbx::transfer::bulk(ACQ_LOOP_IN, buffer));
    b.device.bulk_write(ACQ_LOOP_OUT, std::vector<std::uint8_t>(512, 7), in_time);
    queue.cancel(id);
    const auto done = queue.next(in_time);
    CHECK(done && done->id == id && done->transferred == 512);
    CHECK(done && usbx::make_error_code(done->status) == usbx::status::cancelled);
    CHECK(!queue.next(usbx::no_wait));
}

static void what_is_wrong_is_not_started()
{
    bench b;
    std::array<std::uint8_t, 512> buffer{};
    usbx::queue queue = usbx::queue::open();
    IS(thrown([&] { queue.submit(b.device, usbx::transfer::bulk(0x7f, buffer)); }).code(), invalid_param);
    std::error_code code;
    EQUAL(queue.submit(b.device, usbx::transfer::bulk(ACQ_LOOP_IN, buffer, 0, usbx::no_wait), code), 0);
    IS(code, invalid_param);
    EQUAL(queue.wait({}, usbx::no_wait, code).size(), 0);
    IS(code, invalid_param); // no room
    // Its own time is the transfer's.
    queue.submit(b.device, usbx::transfer::bulk(ACQ_LOOP_IN, buffer, 0, 1ms));
    const auto done = queue.next(in_time);
    CHECK(done && usbx::make_error_code(done->status) == usbx::status::timeout);
}

static void a_write_may_end_with_an_empty_packet()
{
    bench b;
    std::array<std::uint8_t, 512> data{};
    std::array<std::uint8_t, 2048> back{};
    usbx::queue queue = usbx::queue::open();
    queue.submit(b.device, usbx::transfer::bulk(ACQ_LOOP_OUT, data).with_zero_packet());
    CHECK(queue.next(in_time));
    EQUAL(b.device.bulk_read(ACQ_LOOP_IN, back, in_time), data.size()); // or it would time out

    usbx::stream_options options;
    options.zero_packet = true;
    usbx::stream stream = usbx::stream::open(b.device, ACQ_LOOP_OUT, options);
    stream.write(data, in_time);
    stream.flush(in_time);
    EQUAL(b.device.bulk_read(ACQ_LOOP_IN, back, in_time), data.size());
    IS(thrown([&] { (void)usbx::stream::open(b.device, ACQ_LOOP_IN, options); }).code(), invalid_param);
    options.zero_packet = false;
    options.keep_going = true;
    CHECK(usbx::stream::open(b.device, ACQ_LOOP_IN, options));
}

static void bulk_streams_are_of_usb_3()
{
    bench b;
    std::array<std::uint8_t, 512> data{};
    usbx::queue queue = usbx::queue::open();
    IS(thrown([&] { return b.device.bulk_streams_alloc(16, {ACQ_LOOP_IN, ACQ_LOOP_OUT}); }).code(), not_supported);
    IS(thrown([&] { b.device.bulk_streams_free({ACQ_LOOP_IN}); }).code(), invalid_param);
    IS(thrown([&] { queue.submit(b.device, usbx::transfer::bulk(ACQ_LOOP_IN, data).with_stream(1)); }).code(), invalid_param);
}

static void event_loops_have_a_descriptor()
{
    bench b;
    std::array<std::uint8_t, 512> buffer{};
    usbx::queue queue = usbx::queue::open();
    queue.submit(b.device, usbx::transfer::bulk(ACQ_LOOP_IN, buffer));
    b.device.bulk_write(ACQ_LOOP_OUT, {1}, in_time);
    pollfd waits{queue.fd(), POLLIN, 0};
    EQUAL(poll(&waits, 1, 30000), 1);
    CHECK(queue.next(usbx::no_wait));
}

cases queue_cases()
{
    return {{"completions come in batches", completions_come_in_batches},
            {"each type of transfer", each_type_of_transfer},
            {"a loop that ends early loses nothing", a_loop_that_ends_early_loses_nothing},
            {"cancelled transfers complete", cancelled_transfers_complete},
            {"what is wrong is not started", what_is_wrong_is_not_started},
            {"a write may end with an empty packet", a_write_may_end_with_an_empty_packet},
            {"bulk streams are of USB 3", bulk_streams_are_of_usb_3},
            {"event loops have a descriptor (queue)", event_loops_have_a_descriptor}};
}
