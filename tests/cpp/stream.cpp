#include "cases.hpp"

#include <algorithm>
#include <iterator>
#include <poll.h>

using namespace std::chrono_literals;

#ifdef __cpp_lib_ranges
static_assert(std::ranges::input_range<decltype(std::declval<usbx::stream &>().chunks(1s))>);
#endif
template <class Stream> using chunks_of = decltype(std::declval<Stream>().chunks(1s));
template <class Stream, class = void> constexpr bool has_chunks = false;
template <class Stream> constexpr bool has_chunks<Stream, std::void_t<chunks_of<Stream>>> = true;
static_assert(has_chunks<usbx::stream &> && !has_chunks<usbx::stream>, "a loop over a stream that is gone does not compile");

static void chunks_follow_each_other()
{
    bench b;
    b.start();
    usbx::stream stream = usbx::stream::open(b.device, ACQ_FRAMES, {512, 8});
    std::uint64_t next = 0;
    auto last = std::chrono::steady_clock::time_point::min();
    for (const usbx::chunk &chunk : stream.chunks(in_time)) {
        CHECK(chunk.data.size() == 512 && acq_frame_is_sound(chunk.data.data()));
        CHECK(chunk.sequence == next && acq_u32(&chunk.data[4]) == next);
        CHECK(chunk.time >= last && chunk.packets.empty() && !chunk.code);
        last = chunk.time;
        if (++next == 20)
            break;
    }
    const usbx::stream_statistics stats = stream.stats();
    CHECK(stats.size == 512 && stats.depth == 8 && stats.bytes >= 20 * 512);
}

static void a_loop_ends_when_nothing_comes()
{
    bench b;
    usbx::stream stream = usbx::stream::open(b.device, ACQ_LOOP_IN);
    b.device.bulk_write(ACQ_LOOP_OUT, {1, 2, 3}, in_time);
    std::size_t count = 0;
    for (const usbx::chunk &chunk : stream.chunks(briefly))
        count += chunk.data.size();
    EQUAL(count, 3); // and nothing was thrown
    b.device.bulk_write(ACQ_LOOP_OUT, {4}, in_time);
    std::error_code code;
    for (const usbx::chunk &chunk : stream.chunks(briefly, code))
        count += chunk.data.size();
    EQUAL(count, 4);
    IS(code, timeout);
    CHECK(!stream.next(0ms));
}

static void a_loop_says_why_the_stream_ended()
{
    bench b;
    usbx::stream stream = usbx::stream::open(b.device, ACQ_LOOP_IN);
    b.device.bulk_write(ACQ_LOOP_OUT, {1, 2, 3}, in_time);
    b.plugged.unplug();
    std::error_code code;
    std::size_t count = 0;
    for (const usbx::chunk &chunk : stream.chunks(in_time, code))
        count += chunk.data.size();
    EQUAL(count, 3);
    IS(code, no_device);
    const usbx::error error = thrown([&] {
        for (const usbx::chunk &chunk : stream.chunks(in_time))
            CHECK(chunk.data.empty());
    });
    IS(error.code(), no_device);
}

static void reading_as_from_a_file()
{
    bench b;
    b.start();
    usbx::stream stream = usbx::stream::open(b.device, ACQ_FRAMES);
    std::vector<std::uint8_t> frame(512);
    for (usbx::writable_bytes rest = frame; !rest.empty();)
        rest = rest.subspan(stream.read(rest, in_time));
    CHECK(acq_frame_is_sound(frame.data()));
    usbx::stream silent = usbx::stream::open(b.device, ACQ_LOOP_IN);
    EQUAL(silent.read(frame, briefly), 0); // nothing came, which is not an error
    std::error_code code;
    EQUAL(silent.read(frame, usbx::no_wait, code), 0);
    IS(code, timeout);
}

static void writing_copied_and_in_place()
{
    bench b;
    usbx::stream out = usbx::stream::open(b.device, ACQ_LOOP_OUT);
    EQUAL(out.write({1, 2, 3}, in_time), 3);
    out.flush(in_time);
    usbx::writable_bytes room = out.space(in_time);
    if (!CHECK(room.size() >= 2))
        return;
    room[0] = 4;
    room[1] = 5;
    IS(thrown([&] { out.commit(room.size() + 1); }).code(), invalid_param);
    room = out.space(in_time);
    room[0] = 4;
    room[1] = 5;
    out.commit(2);
    out.flush(in_time);
    EQUAL(out.stats().bytes, 5);
    std::vector<std::uint8_t> got(512);
    EQUAL(b.device.bulk_read(ACQ_LOOP_IN, got, in_time), 3);
    CHECK(got[0] == 1 && got[2] == 3);
    EQUAL(b.device.bulk_read(ACQ_LOOP_IN, got, in_time), 2);
    CHECK(got[0] == 4 && got[1] == 5);
}

static void a_full_device_tells_what_was_taken()
{
    bench b;
    usbx::stream out = usbx::stream::open(b.device, ACQ_LOOP_OUT, {512, 2});
    const std::vector<std::uint8_t> data(std::size_t{400} * 512, 9);
    const usbx::error error = thrown([&] { out.write(data, briefly); });
    IS(error.code(), timeout);
    CHECK(error.transferred() >= 128 * 512 && error.transferred() < data.size());
    CHECK(out.space(usbx::no_wait).empty()); // no room yet, which is not an error
    IS(thrown([&] { out.flush(briefly); }).code(), timeout);
}

static void isochronous_chunks_have_packets()
{
    bench b;
    b.device.set_alt_setting(0, 1);
    b.start();
    usbx::stream_options options;
    options.size = 4 * 512;
    options.exact_time = true;
    options.memory = usbx::stream_options::memory_kind::heap;
    usbx::stream stream = usbx::stream::open(b.device, 0x85, options);
    const auto chunk = stream.next(in_time);
    if (!CHECK(chunk && !chunk->packets.empty()))
        return;
    std::size_t count = 0;
    for (const usbx::packet &packet : chunk->packets)
        count += packet.transferred;
    EQUAL(count, chunk->data.size());
    EQUAL(stream.stats().memory, USBX_MEMORY_HEAP);
}

static void an_error_in_the_middle_is_a_chunk_of_its_own()
{
    bench b;
    b.plugged.add_fault(ACQ_FRAMES, usbx::fault::ends(usbx::status::io, 512).at(4));
    usbx::stream_options options{1024, 4};
    options.keep_going = true;
    usbx::stream stream = usbx::stream::open(b.device, ACQ_FRAMES, options);
    b.start();
    std::uint32_t next = 0, errors = 0;
    for (const usbx::chunk &chunk : stream.chunks(in_time)) {
        errors += chunk.code ? 1 : 0;
        if (chunk.code) {
            IS(chunk.code, io);
            EQUAL(chunk.data.size(), 512); // what came before the error, in its place
        }
        for (std::size_t at = 0; at < chunk.data.size(); at += 512)
            EQUAL(acq_u32(&chunk.data[at + 4]), next++);
        if (next >= 40)
            break;
    }
    EQUAL(errors, 1);
    EQUAL(stream.stats().other_errors, 1);

    b.plugged.add_fault(ACQ_FRAMES, usbx::fault::ends(usbx::status::io));
    std::vector<std::uint8_t> bytes(512);
    std::error_code code;
    while (!code) {
        EQUAL(stream.read(bytes, in_time, code) % 512, 0);
        next += code ? 0 : 1;
    }
    IS(code, io);
    EQUAL(stream.read(bytes, in_time), 512);
    EQUAL(acq_u32(&bytes[4]), next);
}

static void a_wrong_stream_is_not_opened()
{
    bench b;
    IS(thrown([&] { return usbx::stream::open(b.device, 0x7f); }).code(), invalid_param);
    std::error_code code;
    usbx::stream stream = usbx::stream::open(b.device, ACQ_FRAMES, {100}, code);
    IS(code, invalid_param);
    CHECK(!stream);
    stream = usbx::stream::open(b.device, ACQ_LOOP_IN, code);
    IS(code, ok);
    b.device.bulk_write(ACQ_LOOP_OUT, {1}, in_time);
    pollfd waits{stream.fd(), POLLIN, 0};
    EQUAL(poll(&waits, 1, 30000), 1);
    CHECK(stream.next(usbx::no_wait).has_value());
}

cases stream_cases()
{
    return {{"chunks follow each other", chunks_follow_each_other},
            {"a loop ends when nothing comes", a_loop_ends_when_nothing_comes},
            {"a loop says why the stream ended", a_loop_says_why_the_stream_ended},
            {"reading as from a file", reading_as_from_a_file},
            {"writing copied and in place", writing_copied_and_in_place},
            {"a full device tells what was taken", a_full_device_tells_what_was_taken},
            {"isochronous chunks have packets", isochronous_chunks_have_packets},
            {"an error in the middle is a chunk of its own", an_error_in_the_middle_is_a_chunk_of_its_own},
            {"a wrong stream is not opened", a_wrong_stream_is_not_opened}};
}
