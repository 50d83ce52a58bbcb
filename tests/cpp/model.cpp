#include "cases.hpp"

#include <array>
#include <atomic>
#include <string_view>
#include <thread>

using namespace std::literals;

namespace {

constexpr std::uint8_t class_bytes[] = {4, 0x24, 1, 2};
constexpr auto whole = usbx::descriptor(usbx::speed::high, 0x1209, 0x0077)
                           .of_class(0xef, 2, 1)
                           .strings(1, 2, 3)
                           .version(0x0102)
                           .configuration()
                           .interface(0xff)
                           .bulk(0x81)
                           .bulk(0x02)
                           .interrupt(0x83, 16, 4)
                           .alternate()
                           .bulk(0x81)
                           .isochronous(0x85, 64, 4)
                           .interface(3)
                           .raw(class_bytes)
                           .interrupt(0x84, 8, 7)
                           .configuration(7, 500, true)
                           .interface(0xff);
static_assert(whole.mistake() == nullptr && whole.how_fast() == usbx::speed::high);
static_assert(whole.size() == 18 + (9 + 9 + 7 * 3 + 9 + 7 * 2 + 9 + 4 + 7) + 18);
static_assert(whole.data()[17] == 2 && whole.data()[8] == 0x09 && whole.data()[9] == 0x12 && whole.data()[12] == 0x02);
static_assert(whole.data()[18 + 2] == 82 && whole.data()[18 + 4] == 2 && whole.data()[18 + 5] == 1);
static_assert(whole.data()[27 + 4] == 3 && whole.data()[36 + 4] == 0 && whole.data()[36 + 5] == 2, "512 bytes");
static_assert(whole.data()[100 + 5] == 7 && whole.data()[100 + 7] == 0xc0 && whole.data()[100 + 8] == 250);
constexpr auto super = usbx::descriptor(usbx::speed::super, 1, 2).configuration().interface(0xff).bulk(0x81);
static_assert(super.size() == 18 + 9 + 9 + 7 + 6 && super.data()[18 + 9 + 9 + 7 + 1] == 0x30, "with its companion");

/** The reason that a mistake has when the program runs. */
std::string_view mistake(const usbx::descriptor &what) { return what.mistake() != nullptr ? what.mistake() : ""; }

/** A device that sends back what it is sent, and knows how much that was. */
struct echo {
    usbx::model model{whole};
    std::vector<std::uint8_t> held;
    std::uint8_t count = 0;
    std::string log;

    echo()
    {
        model.device().add_string(3, 0x0409, "ECHO");
        model.on_request([this](const usbx::request &request) -> usbx::answer {
            if (request.is(0xc0, 1))
                return {count};
            if (!request.is(0x40, 2))
                return usbx::answer::stall();
            held.assign(request.data.begin(), request.data.end());
            return {};
        });
        model.on_out(0x02, [this](usbx::bytes data) {
            count = static_cast<std::uint8_t>(count + data.size());
            held.insert(held.end(), data.begin(), data.end());
        });
        model.on_in(0x81, [this](auto) -> std::optional<std::vector<std::uint8_t>> {
            if (held.empty())
                return std::nullopt;
            return std::exchange(held, {});
        });
        model.on_reset([this] { log += "reset "; });
        model.on_configured([this](std::uint8_t value) { log += "configured" + std::to_string(value) + " "; });
        model.on_alt_setting([this](std::uint8_t number, std::uint8_t setting) {
            log += "setting" + std::to_string(number) + "." + std::to_string(setting) + " ";
        });
        model.on_halt([this](std::uint8_t, bool halted) { log += halted ? "halted " : "cleared "; });
        model.on_opened([this] { log += "opened "; });
        model.on_closed([this] { log += "closed "; });
        model.plug();
    }

    usbx::device open()
    {
        usbx::device device = usbx::device::open_path(model.device().path());
        device.claim(0);
        return device;
    }
};

} // namespace

static void descriptors_are_checked()
{
    using usbx::descriptor;
    using usbx::speed;
    CHECK(mistake(whole).empty());
    const auto begun = [](speed how_fast) { return descriptor(how_fast, 1, 2).configuration().interface(0xff); };
    CHECK(mistake(begun(speed::low).bulk(0x81)) != "");
    CHECK(mistake(begun(speed::high).bulk(0x81, 64)) != "");
    CHECK(mistake(begun(speed::full).bulk(0x81, 32)).empty());
    CHECK(mistake(begun(speed::full).interrupt(0x81, 65, 1)) != "");
    CHECK(mistake(begun(speed::high).interrupt(0x81, 64, 17)) != "");
    CHECK(mistake(begun(speed::full).isochronous(0x81, 1024, 1)) != "");
    CHECK(mistake(begun(speed::high).bulk(0x80)) != "");
    CHECK(mistake(begun(speed::high).bulk(0x11)) != "");
    CHECK(mistake(begun(speed::high).bulk(0x81).bulk(0x81)).find("twice") != std::string_view::npos);
    CHECK(mistake(descriptor(speed::high, 1, 2).bulk(0x81)) != "");
    CHECK(mistake(descriptor(speed::high, 1, 2).configuration(1, 511)) != "");
    CHECK(mistake(descriptor(speed::unknown, 1, 2)) != "");
    const std::uint8_t cut[] = {9, 0x21, 0};
    CHECK(mistake(begun(speed::high).raw(cut)) != "");
    std::error_code code;
    CHECK(!usbx::virtual_device::create(begun(speed::low).bulk(0x81), code));
    IS(code, invalid_param);
    const usbx::error refused = thrown([&] { return usbx::virtual_device::create(begun(speed::low).bulk(0x81)); });
    CHECK(refused.what() == "low speed has no bulk endpoints (USB 2.0 section 5.8.3)"sv);
}

static void handlers_answer_on_their_own_thread()
{
    echo e;
    e.model.start();
    usbx::device device = e.open();
    CHECK(device.info().serial == "ECHO"sv && device.endpoints().size() == 6);
    std::vector<std::uint8_t> sent(3 * 512 + 100), got(4 * 512);
    for (std::size_t i = 0; i < sent.size(); i++)
        sent[i] = static_cast<std::uint8_t>(i + i / 256);
    std::size_t moved = 0;
    std::thread host([&] { moved = device.bulk_read(0x81, got, in_time); }); // before there is anything, mostly
    EQUAL(device.bulk_write(0x02, sent, in_time), sent.size());
    host.join();
    EQUAL(moved, sent.size());
    got.resize(sent.size());
    CHECK(got == sent);
    std::uint8_t count = 0;
    EQUAL(device.control_read(0xc0, 1, 0, 0, usbx::writable_bytes(&count, 1), in_time), 1);
    EQUAL(count, sent.size() % 256);
    device.control_write(0x40, 2, 0, 0, "data"sv, in_time);
    EQUAL(device.bulk_read(0x81, got, in_time), 4);
    CHECK(std::string_view(reinterpret_cast<const char *>(got.data()), 4) == "data"); // NOLINT
    IS(thrown([&] { device.control_write(0x40, 9, 0, 0, {}, in_time); }).code(), pipe);
    e.model.close();
    IS(thrown([&] { device.bulk_read(0x81, got, in_time); }).code(), no_device);
    CHECK(!e.model.failure());
}

/** The host is another thread, and the pump runs on this one. */
static void the_pump_runs_where_it_is_called()
{
    echo e;
    std::atomic<bool> over{false};
    std::thread host([&] {
        usbx::device device = e.open();
        device.set_alt_setting(0, 1);
        device.control_write(0x02, 3, 0, 0x81, {}, in_time); // SET_FEATURE, the halt of 0x81
        device.clear_halt(0x81);
        device.reset();
        device.release(0);
        device.set_configuration(7);
        device.close();
        over = true;
    });
    e.model.run([&] { return over.load(); });
    host.join();
    while (e.model.run_once(usbx::no_wait))
        continue;
    CHECK(e.log.find("opened setting0.1 halted cleared reset ") == 0);
    CHECK(e.log.find("configured7 closed ") != std::string::npos);
    IS([&] {
        std::error_code code;
        e.model.run_once(1ms, code);
        return code;
    }(), timeout);
}

/** What the host has not asked for yet is kept, until it resets the device. */
static void the_rest_of_what_is_sent_waits()
{
    usbx::model model(whole);
    int made = 0;
    model.on_in(0x81, [&](auto) { return std::vector<std::uint8_t>(1024, static_cast<std::uint8_t>(++made)); });
    model.plug();
    model.start();
    usbx::device device = usbx::device::open_path(model.device().path());
    device.claim(0);
    std::vector<std::uint8_t> got(512);
    for (const int expected : {1, 1, 2}) {
        EQUAL(device.bulk_read(0x81, got, in_time), 512);
        EQUAL(got[0], expected);
    }
    device.reset();
    EQUAL(device.bulk_read(0x81, got, in_time), 512);
    CHECK(got[0] >= 3);
}

/** A zero-length packet is a transfer of its own, in both directions. */
static void zero_length_packets_are_transfers()
{
    usbx::model model(whole);
    std::vector<std::size_t> sent{512, 0, 3}; // the lengths
    model.on_in(0x81, [&](auto) -> std::optional<std::vector<std::uint8_t>> {
        if (sent.empty())
            return std::nullopt;
        const std::size_t length = sent.front();
        sent.erase(sent.begin());
        return std::vector<std::uint8_t>(length, 7);
    });
    std::vector<std::size_t> received;
    model.on_out(0x02, [&](usbx::bytes data) { received.push_back(data.size()); });
    model.plug();
    model.start();
    usbx::device device = usbx::device::open_path(model.device().path());
    device.claim(0);
    std::vector<std::uint8_t> got(1024);
    EQUAL(device.bulk_read(0x81, got, in_time), 512); // the packet without bytes ends it
    EQUAL(device.bulk_read(0x81, got, in_time), 3);
    EQUAL(device.bulk_write(0x02, {}, in_time), 0);
    EQUAL(device.bulk_write(0x02, {1, 2}, in_time), 2);
    device.close();
    model.close();
    CHECK((received == std::vector<std::size_t>{0, 2}));
}

static void isochronous_intervals_have_their_time()
{
    usbx::model model(whole);
    std::vector<std::chrono::steady_clock::time_point> times;
    model.on_in(0x85, [&](std::chrono::steady_clock::time_point interval) -> std::optional<std::vector<std::uint8_t>> {
        times.push_back(interval);
        if (times.size() % 2 == 0)
            return std::nullopt; // an empty packet
        return std::vector<std::uint8_t>{static_cast<std::uint8_t>(times.size())};
    });
    model.plug();
    model.start();
    usbx::device device = usbx::device::open_path(model.device().path());
    device.claim(0);
    device.set_alt_setting(0, 1);
    std::vector<std::uint8_t> data(4 * 64);
    std::array<usbx::packet, 4> packets{{{64, 0, 0, 0}, {64, 0, 0, 0}, {64, 0, 0, 0}, {64, 0, 0, 0}}};
    EQUAL(device.isochronous_read(0x85, data, packets, in_time), 2);
    CHECK(packets[0].transferred == 1 && packets[1].transferred == 0 && packets[2].transferred == 1 && data[2 * 64] == 3);
    model.close();
    CHECK(times.size() >= 4 && times[1] - times[0] == 1ms && times[3] - times[0] == 3ms);
}

static void faults_come_when_they_should()
{
    echo e;
    e.model.start();
    usbx::device device = e.open();
    std::uint8_t count = 0;
    const auto ask = [&] { return device.control_read(0xc0, 1, 0, 0, usbx::writable_bytes(&count, 1), in_time); };
    e.model.device().add_fault(0, usbx::fault::ends(usbx::status::io).at(2));
    EQUAL(ask(), 1);
    IS(thrown(ask).code(), io);
    EQUAL(ask(), 1);
    e.model.device().add_fault(0, usbx::fault::ends(usbx::status::pipe).every(1));
    IS(thrown(ask).code(), pipe);
    e.model.device().remove_faults(0);
    EQUAL(ask(), 1);
    IS(thrown([&] { e.model.device().add_fault(0x0f, usbx::fault::nak(1)); }).code(), invalid_param);
    constexpr usbx::fault babble = usbx::fault::babble();
    e.model.device().add_fault(0x81, babble);
    std::vector<std::uint8_t> got(512);
    EQUAL(device.bulk_write(0x02, {1, 2, 3}, in_time), 3);
    IS(thrown([&] { device.bulk_read(0x81, got, in_time); }).code(), overflow);
    usbx::virtual_device built_in = usbx::virtual_device::open("acquisition", "FAULTY");
    built_in.add_fault(0x81, usbx::fault::unplug(0));
}

static void what_a_handler_throws_is_kept()
{
    usbx::model model(whole);
    model.on_request([](const usbx::request &) -> usbx::answer { throw std::runtime_error("a defect"); });
    model.plug();
    model.start();
    usbx::device device = usbx::device::open_path(model.device().path());
    IS(thrown([&] { device.control_write(0x40, 1, 0, 0, {}, in_time); }).code(), no_device);
    model.close();
    std::string what;
    try {
        if (model.failure())
            std::rethrow_exception(model.failure());
    } catch (const std::runtime_error &error) {
        what = error.what();
    }
    CHECK(what == "a defect");
}

static void models_move_and_are_plugged_in_again()
{
    usbx::model first(whole);
    first.on_request([](const usbx::request &) -> usbx::answer { return {7}; });
    first.start();
    usbx::model second = std::move(first);
    for (int round = 0; round < 2; round++) {
        second.plug();
        usbx::device device = usbx::device::open_path(second.device().path());
        std::uint8_t byte = 0;
        EQUAL(device.control_read(0xc0, 1, 0, 0, usbx::writable_bytes(&byte, 1), in_time), 1);
        EQUAL(byte, 7);
        second.unplug();
    }
    usbx::model third;
    third = std::move(second);
    third.plug();
    third = usbx::model(whole); // closes the one that it was
    std::error_code code;
    third.device().path(code);
    IS(code, no_device);
    CHECK(third.device().fd() >= 0);
    IS(thrown([] { return usbx::model().run_once(usbx::no_wait); }).code(), invalid_handle);
}

cases model_cases()
{
    return {{"descriptors are checked", descriptors_are_checked},
            {"handlers answer on their own thread", handlers_answer_on_their_own_thread},
            {"zero-length packets are transfers", zero_length_packets_are_transfers},
            {"the pump runs where it is called", the_pump_runs_where_it_is_called},
            {"the rest of what is sent waits", the_rest_of_what_is_sent_waits},
            {"isochronous intervals have their time", isochronous_intervals_have_their_time},
            {"faults come when they should", faults_come_when_they_should},
            {"what a handler throws is kept", what_a_handler_throws_is_kept},
            {"models move and are plugged in again", models_move_and_are_plugged_in_again}};
}
