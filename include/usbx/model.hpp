/** @file
 * Devices that a program answers for, by handlers.  SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef USBX_MODEL_HPP
#define USBX_MODEL_HPP

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <usbx/bytes.hpp>
#include <usbx/descriptor.hpp>
#include <usbx/status.hpp>
#include <usbx/timeout.hpp>
#include <usbx/virtual_device.hpp>

namespace usbx {

/** A control request, as its handler sees it. */
struct request {
    std::uint8_t type, code; /**< bmRequestType, bRequest */
    std::uint16_t value, index, length;
    bytes data; /**< of a request that goes OUT, during the handler */

    /** `request.is(0xc0, 3)` */
    constexpr bool is(std::uint8_t request_type, std::uint8_t request_code) const noexcept
    {
        return type == request_type && code == request_code;
    }
};

/** What a device answers to a request. */
class answer {
public:
    /** Acknowledges a request, or answers with no data. */
    answer() = default;
    /** Answers with data; what the host did not ask for is cut. */
    answer(std::vector<std::uint8_t> data) : data_(std::move(data)) {}
    answer(std::initializer_list<std::uint8_t> data) : data_(data) {}
    /** Refuses the request: the host sees status::pipe. */
    static answer stall()
    {
        answer refusal;
        refusal.is_refused_ = true;
        return refusal;
    }

    bool is_refused() const noexcept { return is_refused_; }
    bytes data() const noexcept { return data_; }

private:
    std::vector<std::uint8_t> data_;
    bool is_refused_ = false;
};

/** A virtual device whose behaviour is handlers:
 *
 *     usbx::model echo(descriptor, code);
 *     echo.on_request([](const usbx::request &r) { return r.is(0xc0, 1) ? usbx::answer{42} : usbx::answer::stall(); });
 *     echo.on_out(0x02, [&](usbx::bytes data) { queue.assign(data.begin(), data.end()); });
 *     echo.plug(code);
 *     echo.start();
 *
 * Set the handlers first; then either call run_once() or run(), which call them on that thread, or start(), which calls them on a
 * thread of its own until close() or the destructor. The library holds no lock meanwhile: a handler may use usbx. It may not
 * close or destroy its own model. What no handler is there for is refused, or NAKed. */
class [[nodiscard]] model {
public:
    using request_handler = std::function<answer(const request &)>;
    /** What to send, or nothing for NAK: then it is asked again after each other event, or model::send() does it. Of an isochronous endpoint, for the interval that begins
     * at that time, and nothing is an empty packet. */
    using in_handler = std::function<std::optional<std::vector<std::uint8_t>>(std::chrono::steady_clock::time_point)>;
    using out_handler = std::function<void(bytes)>;

    /** No device. */
    model() = default;
    /** A device that is not plugged in. */
    model(const descriptor &what, std::error_code &code)
    {
        state_->device = virtual_device::create(what, code);
        learn(bytes(what.data(), what.size()));
    }
    /** The same from bytes, as usbx::descriptors() gives them, which may be wrong. */
    model(speed how_fast, bytes descriptors, std::error_code &code)
    {
        state_->device = virtual_device::create(how_fast, descriptors, code);
        learn(descriptors);
    }
    model(model &&) noexcept = default;
    model &operator=(model &&other) noexcept
    {
        if (this != &other) {
            close();
            state_ = std::move(other.state_);
        }
        return *this;
    }
    ~model() { close(); }

    /** Its strings, faults, path, and transfers at any time. */
    virtual_device &device() noexcept { return state_->device; }

    /** @name Handlers
     * @{ */
    void on_request(request_handler handler) { state_->request = std::move(handler); }
    /** The host waits for data of this endpoint. */
    void on_in(std::uint8_t address, in_handler handler) { state_->in[address] = std::move(handler); }
    /** The host has sent data to this endpoint: packets up to a short one, or what came at once. */
    void on_out(std::uint8_t address, out_handler handler) { state_->out[address] = std::move(handler); }
    void on_reset(std::function<void()> handler) { state_->reset = std::move(handler); }
    void on_configured(std::function<void(std::uint8_t configuration)> handler) { state_->configured = std::move(handler); }
    void on_alt_setting(std::function<void(std::uint8_t interface_number, std::uint8_t alt_setting)> handler)
    {
        state_->alt_setting = std::move(handler);
    }
    void on_halt(std::function<void(std::uint8_t address, bool halted)> handler) { state_->halt = std::move(handler); }
    /** A program on the host's side opened or closed the device. */
    void on_opened(std::function<void()> handler) { state_->opened = std::move(handler); }
    void on_closed(std::function<void()> handler) { state_->closed = std::move(handler); }
    /** @} */

    /** Plugs the device in. */
    void plug(std::error_code &code) noexcept { state_->device.plug(code); }
    /** Unplugs it; it can be plugged in again. */
    void unplug(std::error_code &code) noexcept { state_->device.unplug(code); }

    /** Sends to the host, from any thread; see virtual_device::write(). */
    std::size_t send(std::uint8_t address, bytes data, timeout limit, std::error_code &code) noexcept
    {
        return state_->device.write(address, data, limit, code);
    }

    /** Handles the next event. False if nothing happened in time: `code` is status::timeout then. */
    bool run_once(timeout limit, std::error_code &code)
    {
        writable_bytes sent(state_->room);
        const std::optional<virtual_event> event = state_->device.next(limit, sent, code);
        if (event)
            state_->handle(*event, sent);
        return event.has_value();
    }

    /** Handles events until `stop()` is true, which is asked after each event and every 50 ms, or until the device is closed. */
    template <class Stop> void run(Stop stop, std::error_code &code)
    {
        code.clear();
        while (!stop()) {
            run_once(std::chrono::milliseconds(50), code);
            if (code && code != status::timeout)
                return;
        }
        code.clear();
    }

    /** Handles events on a thread of its own. */
    void start()
    {
        if (state_->thread.joinable())
            return;
        state *const its = state_.get(); // which stays where it is if this object is moved
        state_->thread = std::thread([its] { its->pump(); });
    }

    /** Unplugs the device and ends its thread. */
    void close() noexcept
    {
        if (!state_)
            return;
        state_->device.close();
        if (state_->thread.joinable())
            state_->thread.join();
    }

#ifdef __cpp_exceptions
    /** @name The same, throwing usbx::error
     * @{ */
    explicit model(const descriptor &what)
    {
        state_->device = virtual_device::create(what);
        learn(bytes(what.data(), what.size()));
    }
    model(speed how_fast, bytes descriptors)
    {
        state_->device = virtual_device::create(how_fast, descriptors);
        learn(descriptors);
    }
    void plug() { state_->device.plug(); }
    void unplug() { state_->device.unplug(); }
    std::size_t send(std::uint8_t address, bytes data, timeout limit) { return state_->device.write(address, data, limit); }
    bool run_once(timeout limit)
    {
        std::error_code code;
        return detail::waited(run_once(limit, code), code);
    }
    template <class Stop> void run(Stop stop)
    {
        std::error_code code;
        run(std::move(stop), code);
        detail::check(code);
    }
    /** @} */

    /** What a handler threw on the thread of start(), which ended it and unplugged the device; empty if none did. Call it after
     * close(). */
    std::exception_ptr failure() const noexcept { return state_->failure; }
#endif

private:
    struct state {
        virtual_device device;
        std::vector<std::uint8_t> room = std::vector<std::uint8_t>(65536);
        std::map<std::uint8_t, std::vector<std::uint8_t>> unsent; // what the host has not taken yet
        std::set<std::uint8_t> without; // endpoints at which the host waits, and the handler had nothing
        std::vector<std::pair<std::uint8_t, std::uint8_t>> places; // interface and endpoint
        std::thread thread;
        std::exception_ptr failure;

        request_handler request;
        std::map<std::uint8_t, in_handler> in;
        std::map<std::uint8_t, out_handler> out;
        std::function<void()> reset, opened, closed;
        std::function<void(std::uint8_t)> configured;
        std::function<void(std::uint8_t, std::uint8_t)> alt_setting;
        std::function<void(std::uint8_t, bool)> halt;

        template <class Handler, class... Arguments> static void call(const Handler &handler, Arguments... arguments)
        {
            if (handler)
                handler(arguments...);
        }

        void pump()
        {
            const auto loop = [this] {
                std::error_code code;
                while (!code) {
                    writable_bytes sent(room);
                    const std::optional<virtual_event> event = device.next(no_timeout, sent, code);
                    if (event)
                        handle(*event, sent);
                }
            };
#ifdef __cpp_exceptions
            try {
                loop();
            } catch (...) {
                failure = std::current_exception();
                std::error_code code;
                device.unplug(code);
            }
#else
            loop();
#endif
        }

        void handle(const virtual_event &event, bytes sent)
        {
            const std::set<std::uint8_t> again = std::exchange(without, {});
            handle_one(event, sent);
            for (const std::uint8_t address : again)
                if (event.event != USBX_VIRTUAL_RESET && event.event != USBX_VIRTUAL_CONFIGURED && event.endpoint != address)
                    send(address, 0);
        }

        void handle_one(const virtual_event &event, bytes sent)
        {
            switch (event.event) {
            case USBX_VIRTUAL_SETUP: answer_to(event, sent); break;
            case USBX_VIRTUAL_IN: send(event.endpoint, event.interval_ns); break;
            case USBX_VIRTUAL_OUT: receive(event.endpoint); break;
            case USBX_VIRTUAL_RESET:
                unsent.clear();
                call(reset);
                break;
            case USBX_VIRTUAL_CONFIGURED:
                unsent.clear();
                call(configured, event.configuration);
                break;
            case USBX_VIRTUAL_ALT_SETTING:
                for (const auto &[number, address] : places)
                    if (number == event.interface_number)
                        unsent.erase(address);
                call(alt_setting, event.interface_number, event.alt_setting);
                break;
            case USBX_VIRTUAL_HALT: call(halt, event.endpoint, event.halted != 0); break;
            case USBX_VIRTUAL_OPENED: call(opened); break;
            case USBX_VIRTUAL_CLOSED: call(closed); break;
            default: break;
            }
        }

        void answer_to(const virtual_event &event, bytes sent)
        {
            const usbx::request asked{event.request_type, event.request, event.value, event.index, event.length, sent};
            const answer reply = request ? request(asked) : answer::stall();
            std::error_code given_up; // that the host does not wait any more is no matter
            if (reply.is_refused())
                device.stall(0, given_up);
            else
                device.reply(reply.data(), given_up);
        }

        void send(std::uint8_t address, std::uint64_t interval_ns)
        {
            std::error_code code;
            const auto handler = in.find(address);
            const bool is_isochronous = interval_ns != 0;
            auto rest = unsent.find(address);
            if (rest == unsent.end()) {
                if (handler == in.end())
                    return;
                auto made = handler->second(time_of(interval_ns));
                if (!made && !is_isochronous) {
                    without.insert(address);
                    return;
                }
                rest = unsent.emplace(address, made ? std::move(*made) : std::vector<std::uint8_t>()).first;
            }
            const std::size_t moved = device.write(address, rest->second, no_wait, code);
            if (code == status::timeout && !is_isochronous)
                rest->second.erase(rest->second.begin(), rest->second.begin() + static_cast<std::ptrdiff_t>(moved));
            else
                unsent.erase(rest);
        }

        void receive(std::uint8_t address)
        {
            const auto handler = out.find(address);
            if (handler == out.end())
                return;
            std::error_code code;
            const std::size_t moved = device.read(address, room, no_wait, code);
            if (!code)
                handler->second(bytes(room).first(moved));
        }
    };

    void learn(bytes descriptors)
    {
        std::uint8_t interface_number = 0;
        for (std::size_t at = 0; at + 2 < descriptors.size() && descriptors[at] >= 2; at += descriptors[at]) {
            if (descriptors[at + 1] == 4)
                interface_number = descriptors[at + 2];
            else if (descriptors[at + 1] == 5)
                state_->places.emplace_back(interface_number, descriptors[at + 2]);
        }
    }

    std::unique_ptr<state> state_ = std::make_unique<state>();
};

} // namespace usbx

#endif
