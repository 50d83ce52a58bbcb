// A program compiled with -fno-exceptions -fno-rtti uses each part as the other tests do with exceptions.
#include "acquisition.h"
#include "check.h"

#include <array>
#include <string_view>

#include <usbx.hpp>

using namespace std::literals;

#ifdef __cpp_exceptions
#error "this is to be compiled without exceptions"
#endif

#define IS(code, expected) EXPECT((code).value(), static_cast<usbx_status>(usbx::status::expected))
constexpr auto in_time = 30s;

static std::error_code code;
static usbx::virtual_device plugged;
static usbx::device device;

static void devices()
{
    plugged = usbx::virtual_device::open("acquisition", code);
    IS(code, ok);
    CHECK(!usbx::devices(code).empty());
    CHECK(!usbx::device::open(0x1234, 0x5678, code));
    IS(code, not_found);
    SAID("1234:5678");
    CHECK(!usbx::device::open_path("virtual/none", code) && !usbx::device::open_fd(-1, code));
    CHECK(usbx::remote_devices("", code).empty() && !usbx::device::usbip_open_fd(-1, "1-1", code));
    IS(code, invalid_param);
    device = usbx::device::open(0x1209, 0x0001, "VIRT0001", code);
    IS(code, ok);
    CHECK(device && device.info(code).serial == "VIRT0001"sv && device.endpoints(code).size() == 10);
    EQUAL(device.get_configuration(code), 1);
    device.set_configuration(1, code);
    device.detach_kernel_driver(0, code);
    device.set_auto_detach(true, code);
    device.set_alt_setting(0, 0, code);
    IS(code, not_claimed);
    device.claim(0, code);
    device.reset(code);
    device.clear_halt(ACQ_LOOP_IN, code);
    device.cancel(ACQ_LOOP_IN, code);
    IS(code, ok);
}

static void blocking_transfers()
{
    std::array<std::uint8_t, 1024> data{};
    EQUAL(device.get_descriptor(1, 0, data, code), 18);
    CHECK(device.get_string(data[16], code) == "VIRT0001" && device.get_string(data[16], 0x0409, code) == "VIRT0001");
    EQUAL(device.control_write(ACQ_OUT, ACQ_START, 0, 0, {}, in_time, code), 0);
    EQUAL(device.control_read(ACQ_IN, ACQ_RATE, 0, 0, data, in_time, code), 4);
    EQUAL(device.interrupt_read(ACQ_STATUS, usbx::writable_bytes(data).first(16), in_time, code), 16);
    EQUAL(device.interrupt_write(ACQ_LOOP_OUT, data, in_time, code), 0);
    IS(code, invalid_param);
    EQUAL(device.bulk_write(ACQ_LOOP_OUT, usbx::bytes(data).first(512), in_time, code), 512);
    EQUAL(device.bulk_read(ACQ_LOOP_IN, data, 200ms, code), 512); // nothing that moved is forgotten
    IS(code, timeout);
    usbx::packet packets[1] = {{512, 0, 0, 0}};
    device.set_alt_setting(0, 1, code);
    EQUAL(device.isochronous_read(0x85, usbx::writable_bytes(data).first(512), packets, in_time, code), 512);
    EQUAL(device.isochronous_write(0x85, data, packets, in_time, code), 0);
    IS(code, invalid_param);
}

static void queues()
{
    std::array<std::uint8_t, 512> data{};
    usbx::queue queue = usbx::queue::open(code);
    CHECK(queue.fd(code) >= 0);
    const auto id = queue.submit(device, usbx::transfer::bulk(ACQ_LOOP_IN, data), code);
    queue.cancel(id, code);
    std::array<usbx::completion, 2> room{};
    const auto done = queue.wait(room, in_time, code);
    IS(code, ok);
    CHECK(done.size() == 1 && done[0].id == id && usbx::make_error_code(done[0].status) == usbx::status::cancelled);
    CHECK(!queue.next(usbx::no_wait, code));
    for (const usbx::completion &more : queue.completions(0ms, code))
        EQUAL(more.id, 0);
    IS(code, timeout);
    IS(queue.close(), ok);
}

static void streams()
{
    usbx::stream out = usbx::stream::open(device, ACQ_LOOP_OUT, {512, 2}, code);
    EQUAL(out.write("abc"sv, in_time, code), 3);
    out.flush(in_time, code);
    const usbx::writable_bytes room = out.space(in_time, code);
    CHECK(!room.empty());
    room[0] = 'd';
    out.commit(1, code);
    out.flush(in_time, code);
    IS(code, ok);
    usbx::stream in = usbx::stream::open(device, ACQ_LOOP_IN, code);
    CHECK(in.fd(code) >= 0);
    char text[3];
    EQUAL(in.read(text, in_time, code), 3);
    CHECK(std::string_view(text, 3) == "abc");
    std::size_t count = 0;
    for (const usbx::chunk &chunk : in.chunks(200ms, code))
        count += chunk.data.size();
    EQUAL(count, 1);
    IS(code, timeout);
    CHECK(!in.next(usbx::no_wait, code) && in.stats(code).bytes == 4);
}

static void models()
{
    constexpr auto descriptor = usbx::descriptor(usbx::speed::full, 0x1209, 0x0078).configuration().interface(0xff).bulk(0x81);
    usbx::model model(descriptor, code);
    IS(code, ok);
    model.device().add_string(1, 0x0409, "M", code);
    model.device().add_descriptor(15, 0, 0, std::array<std::uint8_t, 5>{5, 15, 5, 0, 0}, code);
    model.device().answer_standard_requests(false, code);
    IS(code, ok);
    model.on_request([](const usbx::request &) -> usbx::answer { return {1, 2}; });
    model.on_in(0x81, [](auto) { return std::vector<std::uint8_t>{3}; });
    model.plug(code);
    IS(code, ok);
    CHECK(model.device().fd(code) >= 0 && !model.run_once(usbx::no_wait, code));
    IS(code, timeout);
    model.start();
    usbx::device host = usbx::device::open_path(model.device().path(code), code);
    host.claim(0, code);
    std::array<std::uint8_t, 64> data{};
    EQUAL(host.control_read(0xc0, 1, 0, 0, data, in_time, code), 2);
    EQUAL(host.bulk_read(0x81, data, in_time, code), 1);
    model.device().add_fault(0x81, usbx::fault::ends(usbx::status::io), code);
    host.bulk_read(0x81, data, in_time, code);
    IS(code, io);
    model.device().remove_faults(0x81, code);
    model.device().stall(0x81, code);
    IS(code, ok);
    host.bulk_read(0x81, data, in_time, code);
    IS(code, pipe);
    model.unplug(code);
    host.claim(0, code);
    IS(code, no_device);
    usbx::virtual_device bare = usbx::virtual_device::create(usbx::speed::unknown, {1, 2, 3}, code);
    IS(code, invalid_param);
    usbx::writable_bytes sent;
    CHECK(!bare.next(usbx::no_wait, sent, code));
    IS(code, invalid_handle);
    bare.reply({}, code);
    EQUAL(bare.write(0x81, {}, usbx::no_wait, code) + bare.read(0x01, {}, usbx::no_wait, code), 0);
    IS(code, invalid_handle);
}

static void watches_and_the_end()
{
    usbx::watch watch = usbx::watch::open(code);
    CHECK(watch.fd(code) >= 0);
    watch = usbx::watch::open(0x1209, 0x0001, code);
    CHECK(watch.next(usbx::no_wait, code)->kind == usbx::event::arrived);
    plugged.unplug(code);
    int left = 0;
    for (const usbx::event &event : watch.events(usbx::no_wait, code))
        left += event.kind == usbx::event::left;
    EQUAL(left, 1);
    device.release(0, code);
    IS(code, no_device);
    EQUAL(usbx::shutdown(code), 3);
    device.claim(0, code);
    IS(code, invalid_handle);
}

int main(int argc, char **argv)
{
    const test_case list[] = {{"devices", devices},
                              {"blocking transfers", blocking_transfers},
                              {"queues", queues},
                              {"streams", streams},
                              {"models", models},
                              {"watches and the end", watches_and_the_end}};
    run_cases(list, COUNT(list), argc, argv);
    return finish_cases();
}
