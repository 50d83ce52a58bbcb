#include "cases.hpp"

#include <array>
#include <string_view>
#include <thread>

using namespace std::literals;
using bytes_of = std::vector<std::uint8_t>;

static bytes_of pattern(std::size_t length)
{
    bytes_of data(length);
    for (std::size_t i = 0; i < length; i++)
        data[i] = static_cast<std::uint8_t>(i + i / 251);
    return data;
}

static void what_is_no_recording_has_no_statistics()
{
    bench b;
    std::error_code code;
    EQUAL(b.plugged.replay_stats(code).transfers, 0);
    IS(code, not_supported);
    CHECK(b.plugged.departure(code).empty() && code == usbx::status::not_supported);
    IS(thrown([&] { b.plugged.departure(); }).code(), not_supported);
    IS(thrown([&] { b.plugged.replay_stats(); }).code(), not_supported);
    IS(thrown([] { return usbx::virtual_device::open("replay:/nonexistent"); }).code(), not_found);
}

static void devices_are_listed_and_opened()
{
    bench b;
    const std::vector<usbx::device_info> list = usbx::devices();
    const auto at = std::find_if(list.begin(), list.end(), [](const usbx::device_info &i) { return i.serial == "BENCH"sv; });
    if (!CHECK(at != list.end()))
        return;
    usbx::device device = usbx::device::open_path(at->path);
    const usbx::device_info info = device.info();
    CHECK(info.vendor_id == 0x1209 && info.backend == USBX_BACKEND_VIRTUAL && info.path == std::string_view(at->path));
    IS(thrown([] { return usbx::device::open(0x1209, 0x0001, "nobody"); }).code(), not_found);
    IS(thrown([] { return usbx::device::open_fd(-1); }).code(), invalid_param);
    EQUAL(device.get_configuration(), 1);
    device.set_configuration(1);
}

static void interfaces_are_claimed_and_given_back()
{
    bench b;
    usbx::device other = usbx::device::open(0x1209, 0x0001, "BENCH");
    IS(thrown([&] { other.claim(0); }).code(), busy);
    IS(thrown([&] { other.set_alt_setting(0, 1); }).code(), not_claimed);
    b.device.release(0);
    CHECK(other.kernel_driver(0).empty()); // a virtual device has none
    other.detach_kernel_driver(0);
    other.attach_kernel_driver(0);
    other.set_auto_detach(true);
    other.claim(0);
    IS(thrown([&] { other.attach_kernel_driver(0); }).code(), busy);
    IS(thrown([&] { return other.kernel_driver(77); }).code(), not_found);
    other.set_alt_setting(0, 1);
    IS(thrown([&] { b.device.release(0); }).code(), not_claimed);
    other.reset();
    other.clear_halt(ACQ_LOOP_IN);
}

static void descriptors_and_strings()
{
    bench b;
    const std::vector<usbx::endpoint> endpoints = b.device.endpoints();
    CHECK(endpoints.size() == 10);
    const std::vector<usbx::interface_setting> settings = b.device.interfaces();
    CHECK(settings.size() == 3 && settings[2].number == 1 && settings[2].interface_class == 3);
    CHECK(!endpoints.empty() && endpoints[0].max_packet_size == 512 && endpoints[0].type == USBX_TYPE_BULK);
    std::array<std::uint8_t, 18> descriptor{};
    EQUAL(b.device.get_descriptor(1, 0, descriptor), 18);
    EQUAL(descriptor[8] | descriptor[9] << 8, 0x1209);
    const std::vector<std::uint8_t> all = usbx::descriptors(b.device.info().path);
    CHECK(all.size() > 18 && std::equal(descriptor.begin(), descriptor.end(), all.begin()));
    IS(thrown([] { return usbx::descriptors("virtual/200"); }).code(), not_found);
    CHECK(b.device.get_string(descriptor[16]) == "BENCH" && b.device.get_string(descriptor[16], 0x0409) == "BENCH");
    IS(thrown([&] { b.device.get_string(0); }).code(), invalid_param);
    IS(thrown([&] { b.device.get_string(200); }).code(), pipe);
}

static void control_goes_the_way_its_name_says()
{
    bench b;
    const bytes_of sent{0xca, 0xfe, 1, 2};
    EQUAL(b.device.control_write(ACQ_OUT, ACQ_REGISTERS, 0, 16, sent, in_time), 4);
    EQUAL(b.device.control_write(ACQ_IN, ACQ_REGISTERS, 0, 18, {7, 8}, in_time), 2); // bit 7 is cleared
    bytes_of got(4);
    EQUAL(b.device.control_read(ACQ_OUT, ACQ_REGISTERS, 0, 16, got, in_time), 4); // and set
    CHECK((got == bytes_of{0xca, 0xfe, 7, 8}));
    EQUAL(b.device.control_read(ACQ_IN, ACQ_RATE, 0, 0, got, in_time), 4);
    EQUAL(acq_u32(got.data()), 10000);
    IS(thrown([&] { b.device.control_read(ACQ_IN, 0x77, 0, 0, got, in_time); }).code(), pipe);
}

static void control_has_at_most_65535_bytes()
{
    bench b;
    bytes_of data(65536 + 4);
    const usbx::error write = thrown([&] { b.device.control_write(ACQ_OUT, ACQ_REGISTERS, 0, 0, data, in_time); });
    IS(write.code(), invalid_param);
    CHECK(std::strstr(write.what(), "65540 bytes; a control request has at most 65535") != nullptr);
    IS(thrown([&] { b.device.control_read(ACQ_IN, ACQ_REGISTERS, 0, 0, data, in_time); }).code(), invalid_param);
    CHECK(usbx::shutdown() == 2); // nothing else was left open
}

static void bulk_takes_any_bytes()
{
    bench b;
    EQUAL(b.device.bulk_write(ACQ_LOOP_OUT, "hello"sv, in_time), 5);
    std::string text(512, '-');
    EQUAL(b.device.bulk_read(ACQ_LOOP_IN, text, in_time), 5);
    CHECK(text.substr(0, 6) == "hello-");
    EQUAL(b.device.bulk_write(ACQ_LOOP_OUT, {}, in_time), 0); // a zero-length packet
    EQUAL(b.device.bulk_read(ACQ_LOOP_IN, text, in_time), 0);
    std::array<std::byte, 512> raw{};
    EQUAL(b.device.bulk_write(ACQ_LOOP_OUT, {0x81, 0x82}, in_time), 2);
    EQUAL(b.device.bulk_read(ACQ_LOOP_IN, raw, in_time), 2);
    EQUAL(std::to_integer<int>(raw[1]), 0x82);
    EQUAL(b.device.interrupt_read(ACQ_STATUS, usbx::writable_bytes(raw).first(16), in_time), 16);
    IS(thrown([&] { b.device.interrupt_write(ACQ_LOOP_OUT, {1}, in_time); }).code(), invalid_param);
}

static void what_moved_is_told_by_the_error()
{
    bench b;
    const bytes_of sent = pattern(1024);
    b.device.bulk_write(ACQ_LOOP_OUT, sent, in_time);
    bytes_of got(4096, 0xa5);
    const usbx::error read = thrown([&] { b.device.bulk_read(ACQ_LOOP_IN, got, briefly); });
    IS(read.code(), timeout);
    EQUAL(read.transferred(), 1024);
    CHECK(std::strstr(read.what(), "1024 of 4096 bytes") != nullptr);
    CHECK(std::equal(sent.begin(), sent.end(), got.begin()) && got[1024] == 0xa5);
    // The loopback holds 128 packets and takes no more.
    const usbx::error write = thrown([&] { b.device.bulk_write(ACQ_LOOP_OUT, pattern(std::size_t{200} * 512), briefly); });
    IS(write.code(), timeout);
    EQUAL(write.transferred(), 128 * 512);
    std::error_code code;
    got.resize(std::size_t{200} * 512);
    EQUAL(b.device.bulk_read(ACQ_LOOP_IN, got, briefly, code), 128 * 512);
    IS(code, timeout);
}

static void another_thread_cancels()
{
    bench b;
    bytes_of got(std::size_t{200} * 512);
    std::error_code code;
    std::size_t moved = 0;
    std::thread reader([&] { moved = b.device.bulk_read(ACQ_LOOP_IN, got, usbx::no_timeout, code); });
    // One packet more than the loopback holds: when it has been taken, the read is in flight.
    b.device.bulk_write(ACQ_LOOP_OUT, pattern(std::size_t{129} * 512), in_time);
    b.device.cancel(ACQ_LOOP_IN);
    reader.join();
    IS(code, cancelled);
    CHECK(moved > 0 && moved % 512 == 0);
    const bytes_of sent = pattern(moved);
    CHECK(std::equal(sent.begin(), sent.end(), got.begin()));
}

static void isochronous_packets()
{
    bench b;
    b.device.set_alt_setting(0, 1);
    b.start();
    std::vector<usbx::packet> packets(8, usbx::packet{512, 0, 0, 0});
    bytes_of data(std::size_t{8} * 512);
    EQUAL(b.device.isochronous_read(0x85, data, packets, in_time), data.size());
    for (const usbx::packet &packet : packets)
        CHECK(packet.transferred == 512 && !usbx::make_error_code(packet.status));
    CHECK(acq_frame_is_sound(data.data()) && acq_frame_is_sound(data.data() + 7 * 512));
    IS(thrown([&] { b.device.isochronous_write(0x85, data, packets, in_time); }).code(), invalid_param);
}

static void unplugging_ends_it()
{
    bench b;
    b.plugged.unplug();
    std::uint8_t data[512];
    IS(thrown([&] { b.device.bulk_read(ACQ_LOOP_IN, data, in_time); }).code(), no_device);
    IS(b.device.close(), ok);
    IS(thrown([] { return usbx::virtual_device::open("no such model"); }).code(), not_found);
}

cases device_cases()
{
    return {{"what is no recording has no statistics", what_is_no_recording_has_no_statistics},
            {"devices are listed and opened", devices_are_listed_and_opened},
            {"interfaces are claimed and given back", interfaces_are_claimed_and_given_back},
            {"descriptors and strings", descriptors_and_strings},
            {"control goes the way its name says", control_goes_the_way_its_name_says},
            {"control has at most 65535 bytes", control_has_at_most_65535_bytes},
            {"bulk takes any bytes", bulk_takes_any_bytes},
            {"what moved is told by the error", what_moved_is_told_by_the_error},
            {"another thread cancels", another_thread_cancels},
            {"isochronous packets", isochronous_packets},
            {"unplugging ends it", unplugging_ends_it}};
}
