/** @file
 * Devices that are simulated in this process.  SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef USBX_VIRTUAL_DEVICE_HPP
#define USBX_VIRTUAL_DEVICE_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <system_error>

#include <usbx/bytes.hpp>
#include <usbx/descriptor.hpp>
#include <usbx/owner.hpp>
#include <usbx/status.hpp>
#include <usbx/timeout.hpp>

namespace usbx {

/** Something that happened to a virtual device: one of USBX_VIRTUAL_*. */
using virtual_event = usbx_virtual_event;

/** What goes wrong with transfers of a virtual device, once, with the next one: `fault::ends(status::io).every(3)`. */
struct fault : usbx_fault {
    /** The transfer ends with this status after so many bytes. */
    static constexpr fault ends(usbx::status how, std::uint64_t after_bytes = 0) noexcept
    {
        fault result = of(USBX_FAULT_STATUS, after_bytes);
        result.usbx_fault::status = static_cast<usbx_status>(how);
        return result;
    }
    /** It is complete so many milliseconds later than its data. */
    static constexpr fault delay(std::uint32_t milliseconds) noexcept { return of(USBX_FAULT_DELAY, 0, milliseconds); }
    /** The device answers NAK for so long before it goes on. */
    static constexpr fault nak(std::uint32_t milliseconds) noexcept { return of(USBX_FAULT_NAK, 0, milliseconds); }
    /** A short packet ends an IN transfer after so many bytes. */
    static constexpr fault cut(std::uint64_t after_bytes) noexcept { return of(USBX_FAULT_SHORT, after_bytes); }
    /** One bit is wrong; the seed selects which. */
    static constexpr fault corrupt(std::uint32_t seed = 0) noexcept { return of(USBX_FAULT_CORRUPT, 0, 0, seed); }
    /** The last packet of an IN transfer is one byte too long. */
    static constexpr fault babble() noexcept { return of(USBX_FAULT_BABBLE); }
    /** The device is unplugged when so many bytes have moved at the endpoint. */
    static constexpr fault unplug(std::uint64_t after_bytes) noexcept { return of(USBX_FAULT_UNPLUG, after_bytes); }

    /** The same for the nth transfer from now on. */
    constexpr fault at(std::uint32_t which) const noexcept { return repeated(which, 0); }
    /** The same for every nth transfer. */
    constexpr fault every(std::uint32_t which) const noexcept { return repeated(which, 1); }

private:
    static constexpr fault of(std::uint32_t what, std::uint64_t after_bytes = 0, std::uint32_t time = 0,
                              std::uint32_t which_bit = 0) noexcept
    {
        fault result{};
        result.kind = what;
        result.bytes = after_bytes;
        result.milliseconds = time;
        result.seed = which_bit;
        return result;
    }
    constexpr fault repeated(std::uint32_t which, std::uint32_t again) const noexcept
    {
        fault result = *this;
        result.nth = which;
        result.repeat = again;
        return result;
    }
};

/** A virtual device that this process plugged in. To use it, open it as a usbx::device. The destructor unplugs it. */
class [[nodiscard]] virtual_device : public owner<usbx_virtual, usbx_virtual_close> {
public:
    /** No device is plugged in. */
    virtual_device() noexcept = default;
    /** Takes ownership of a handle of usbx.h. */
    explicit virtual_device(usbx_virtual *handle) noexcept : owner(handle) {}

    /** Plugs in a virtual device.
     * @param model "acquisition", or a recording: "replay:FILE[,match=strict|setup|loose][,timing=none|recorded][,device=BUS.ADDRESS]"
     * @param serial its serial number; "" for "VIRT0001", or for the recorded one
     * @param code receives the status
     * @return the owner, which is empty on failure */
    static virtual_device open(const std::string &model, const std::string &serial, std::error_code &code) noexcept
    {
        usbx_virtual *handle = nullptr;
        code = make_error_code(usbx_virtual_open(model.c_str(), serial.c_str(), &handle));
        return virtual_device(handle);
    }
    static virtual_device open(const std::string &model, std::error_code &code) noexcept { return open(model, {}, code); }

    /** Of a recording: how far it has been played since it was plugged in last. A program that did all that was recorded,
     * and nothing else, has 0 departures and 0 remaining. */
    usbx_replay_statistics replay_stats(std::error_code &code) const noexcept
    {
        usbx_replay_statistics result{};
        code = make_error_code(usbx_virtual_replay_stats(get(), &result, nullptr, 0, nullptr));
        return result;
    }
    /** Of a recording: the first departure from it, in a sentence; "" if there was none. */
    std::string departure(std::error_code &code) const
    {
        usbx_replay_statistics counts{};
        std::string text(1024, '\0');
        std::size_t length = 0;
        code = make_error_code(usbx_virtual_replay_stats(get(), &counts, &text[0], text.size(), &length));
        text.resize(length < text.size() ? length : text.size() - 1);
        return text;
    }

    /** Makes a device that this program answers for, from a device descriptor and its configurations; it is not plugged in.
     * Descriptors given as bytes may be wrong. usbx::model answers by handlers. */
    static virtual_device create(speed how_fast, bytes descriptors, std::error_code &code) noexcept
    {
        usbx_virtual *handle = nullptr;
        code = make_error_code(
            usbx_virtual_create(static_cast<std::uint8_t>(how_fast), descriptors.data(), descriptors.size(), &handle));
        return virtual_device(handle);
    }
    /** The same, with status::invalid_param if the descriptor has a mistake(). */
    static virtual_device create(const descriptor &what, std::error_code &code) noexcept
    {
        if (what.mistake() == nullptr)
            return create(what.how_fast(), bytes(what.data(), what.size()), code);
        code = status::invalid_param;
        return {};
    }

    /** Adds a string that the descriptors refer to, in UTF-8. */
    void add_string(std::uint8_t index, std::uint16_t language, const std::string &text, std::error_code &code) noexcept
    {
        code = make_error_code(usbx_virtual_string(get(), index, language, text.c_str()));
    }
    /** Adds a descriptor that hosts ask for by itself; of an interface, recipient is 0x100 + its number. */
    void add_descriptor(std::uint8_t type, std::uint8_t index, std::uint16_t recipient, bytes data,
                        std::error_code &code) noexcept
    {
        code = make_error_code(usbx_virtual_descriptor(get(), type, index, recipient, data.data(), data.size()));
    }
    /** Lets the program answer standard requests, too. */
    void answer_standard_requests(bool enable, std::error_code &code) noexcept
    {
        code = make_error_code(usbx_virtual_answer_standard_requests(get(), enable ? 1 : 0));
    }

    /** Plugs the device in, or in again. */
    void plug(std::error_code &code) noexcept { code = make_error_code(usbx_virtual_plug(get())); }
    /** Unplugs the device, as if by hand. */
    void unplug(std::error_code &code) noexcept { code = make_error_code(usbx_virtual_unplug(get())); }

    /** For device::open_path(), while it is plugged in. */
    std::string path(std::error_code &code) const
    {
        char text[32] = "";
        code = make_error_code(usbx_virtual_path(get(), text, sizeof text, nullptr));
        return text;
    }

    /** Takes the next event; nothing if nothing happened in time. `sent` receives the data of a request that goes OUT, and is
     * cut to them. */
    std::optional<virtual_event> next(timeout limit, writable_bytes &sent, std::error_code &code) noexcept
    {
        virtual_event result{};
        std::size_t length = 0;
        code = make_error_code(usbx_virtual_next(get(), limit.of_wait(), &result, sent.data(), sent.size(), &length));
        if (!code)
            sent = sent.first(length);
        return code ? std::nullopt : std::optional(result);
    }
    /** Answers the request in hand; no data acknowledge it. */
    void reply(bytes data, std::error_code &code) noexcept
    {
        code = make_error_code(usbx_virtual_reply(get(), data.data(), data.size()));
    }
    /** Refuses the request in hand (endpoint 0), or halts an endpoint. */
    void stall(std::uint8_t address, std::error_code &code) noexcept
    {
        code = make_error_code(usbx_virtual_stall(get(), address));
    }

    /** Sends to the host at an IN endpoint; with no_wait, what the host asks for now. Returns how many bytes it took. */
    std::size_t write(std::uint8_t address, bytes data, timeout limit, std::error_code &code) noexcept
    {
        std::size_t moved = 0;
        code = make_error_code(usbx_virtual_write(get(), address, data.data(), data.size(), limit.of_wait(), &moved));
        return moved;
    }
    /** Receives what the host sends to an OUT endpoint; with no_wait, what is there. Returns how many bytes. */
    std::size_t read(std::uint8_t address, writable_bytes data, timeout limit, std::error_code &code) noexcept
    {
        std::size_t moved = 0;
        code = make_error_code(usbx_virtual_read(get(), address, data.data(), data.size(), limit.of_wait(), &moved));
        return moved;
    }

    /** For event loops: readable when next() with no_wait should be called. The library owns it. */
    std::int32_t fd(std::error_code &code) const noexcept
    {
        std::int32_t result = -1;
        code = make_error_code(usbx_virtual_fd(get(), &result));
        return result;
    }

    /** Makes transfers of an endpoint fail, also of a built-in device; 0 is for control requests. */
    void add_fault(std::uint8_t address, const fault &what, std::error_code &code) noexcept
    {
        code = make_error_code(usbx_virtual_fault(get(), address, &what));
    }
    /** Removes the faults of an endpoint. */
    void remove_faults(std::uint8_t address, std::error_code &code) noexcept
    {
        code = make_error_code(usbx_virtual_fault(get(), address, nullptr));
    }

#ifdef __cpp_exceptions
    /** @name The same, throwing usbx::error
     * @{ */
    static virtual_device open(const std::string &model, const std::string &serial = {})
    {
        std::error_code code;
        return detail::checked(open(model, serial, code), code);
    }
    usbx_replay_statistics replay_stats() const
    {
        std::error_code code;
        return detail::checked(replay_stats(code), code);
    }
    std::string departure() const
    {
        std::error_code code;
        return detail::checked(departure(code), code);
    }
    static virtual_device create(speed how_fast, bytes descriptors)
    {
        std::error_code code;
        return detail::checked(create(how_fast, descriptors, code), code);
    }
    static virtual_device create(const descriptor &what)
    {
        if (what.mistake() != nullptr)
            throw error(status::invalid_param, what.mistake());
        return create(what.how_fast(), bytes(what.data(), what.size()));
    }
    void add_string(std::uint8_t index, std::uint16_t language, const std::string &text)
    {
        std::error_code code;
        add_string(index, language, text, code);
        detail::check(code);
    }
    void add_descriptor(std::uint8_t type, std::uint8_t index, std::uint16_t recipient, bytes data)
    {
        std::error_code code;
        add_descriptor(type, index, recipient, data, code);
        detail::check(code);
    }
    void answer_standard_requests(bool enable)
    {
        std::error_code code;
        answer_standard_requests(enable, code);
        detail::check(code);
    }
    void plug()
    {
        std::error_code code;
        plug(code);
        detail::check(code);
    }
    void unplug()
    {
        std::error_code code;
        unplug(code);
        detail::check(code);
    }
    std::string path() const
    {
        std::error_code code;
        return detail::checked(path(code), code);
    }
    std::optional<virtual_event> next(timeout limit, writable_bytes &sent)
    {
        std::error_code code;
        return detail::waited(next(limit, sent, code), code);
    }
    void reply(bytes data)
    {
        std::error_code code;
        reply(data, code);
        detail::check(code);
    }
    void stall(std::uint8_t address)
    {
        std::error_code code;
        stall(address, code);
        detail::check(code);
    }
    std::size_t write(std::uint8_t address, bytes data, timeout limit)
    {
        std::error_code code;
        return detail::moved(write(address, data, limit, code), code);
    }
    std::size_t read(std::uint8_t address, writable_bytes data, timeout limit)
    {
        std::error_code code;
        return detail::moved(read(address, data, limit, code), code);
    }
    std::int32_t fd() const
    {
        std::error_code code;
        return detail::checked(fd(code), code);
    }
    void add_fault(std::uint8_t address, const fault &what)
    {
        std::error_code code;
        add_fault(address, what, code);
        detail::check(code);
    }
    void remove_faults(std::uint8_t address)
    {
        std::error_code code;
        remove_faults(address, code);
        detail::check(code);
    }
    /** @} */
#endif
};

} // namespace usbx

#endif
