/** @file
 * The descriptors of a virtual device, checked by the compiler.  SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef USBX_DESCRIPTOR_HPP
#define USBX_DESCRIPTOR_HPP

#include <cstddef>
#include <cstdint>

#include <usbx.h>
#include <usbx/bytes.hpp>

namespace usbx {

/** How fast a device is. */
enum class speed : std::uint8_t {
    unknown = USBX_SPEED_UNKNOWN,
    low = USBX_SPEED_LOW,
    full = USBX_SPEED_FULL,
    high = USBX_SPEED_HIGH,
    super = USBX_SPEED_SUPER,
    super_plus = USBX_SPEED_SUPER_PLUS
};

/** A device descriptor and its configurations, built one after the other:
 *
 *     constexpr auto descriptor = usbx::descriptor(usbx::speed::high, 0x1209, 0x0002)
 *                                     .configuration()
 *                                     .interface(0xff).bulk(0x81).bulk(0x02);
 *
 * Lengths, numbers and counts follow from that. A mistake in a constant does not compile: the compiler names wrong(), which a
 * constant cannot call, with the reason. Elsewhere mistake() tells it. For a device with wrong descriptors on purpose, give
 * virtual_device::create bytes instead.
 */
class descriptor {
    // Before their use: clang 14 evaluates no constant with a template that comes later.
    static constexpr std::uint8_t narrow(unsigned value) { return static_cast<std::uint8_t>(value); }
    static constexpr std::uint8_t low(std::uint16_t value) { return narrow(value & 0xffu); }
    static constexpr std::uint8_t high(std::uint16_t value) { return narrow(value >> 8u); }

    constexpr void check(bool holds, const char *why)
    {
        if (!holds)
            wrong(why);
    }

    template <class... Bytes> constexpr void add(Bytes... values)
    {
        check(size_ + sizeof...(values) <= capacity, "there is room for 1024 bytes of descriptors");
        if (size_ + sizeof...(values) > capacity)
            return;
        ((bytes_[size_++] = narrow(static_cast<unsigned>(values))), ...);
        if (configuration_ != 0) { // wTotalLength
            const std::uint16_t total = static_cast<std::uint16_t>(size_ - configuration_);
            bytes_[configuration_ + 2] = low(total), bytes_[configuration_ + 3] = high(total);
        }
    }

public:
    static constexpr std::size_t capacity = 1024;

    constexpr descriptor(speed how_fast, std::uint16_t vendor_id, std::uint16_t product_id) : speed_(how_fast)
    {
        check(how_fast != speed::unknown, "endpoints depend on the speed");
        const bool is_super = how_fast >= speed::super;
        const std::uint16_t version = how_fast == speed::super_plus ? 0x0310 : is_super ? 0x0300 : 0x0200;
        add(18, 1, low(version), high(version), 0, 0, 0, is_super ? 9 : how_fast == speed::low ? 8 : 64);
        add(low(vendor_id), high(vendor_id), low(product_id), high(product_id), 0, 1, 0, 0, 0, 0);
    }

    /** bDeviceClass, bDeviceSubClass, bDeviceProtocol. */
    constexpr descriptor &of_class(std::uint8_t code, std::uint8_t subclass = 0, std::uint8_t protocol = 0)
    {
        bytes_[4] = code, bytes_[5] = subclass, bytes_[6] = protocol;
        return *this;
    }

    /** bcdDevice. */
    constexpr descriptor &version(std::uint16_t bcd)
    {
        bytes_[12] = low(bcd), bytes_[13] = high(bcd);
        return *this;
    }

    /** The indexes of these strings, 0 for none; virtual_device::add_string has the texts. */
    constexpr descriptor &strings(std::uint8_t manufacturer, std::uint8_t product, std::uint8_t serial)
    {
        bytes_[14] = manufacturer, bytes_[15] = product, bytes_[16] = serial;
        return *this;
    }

    /** Begins a configuration; without a value, with the next one. */
    constexpr descriptor &configuration(std::uint8_t value = 0, unsigned milliamperes = 100, bool is_self_powered = false)
    {
        const unsigned unit = speed_ >= speed::super ? 8 : 2;
        check(milliamperes <= 255 * unit, "a configuration cannot ask for so much current");
        configuration_ = size_;
        interface_ = 0;
        bytes_[17] = narrow(bytes_[17] + 1u);
        add(9, 2, 0, 0, 0, value != 0 ? value : bytes_[17], 0, is_self_powered ? 0xc0 : 0x80, narrow(milliamperes / unit));
        return *this;
    }

    /** Begins the next interface of the configuration. */
    constexpr descriptor &interface(std::uint8_t code, std::uint8_t subclass = 0, std::uint8_t protocol = 0,
                                    std::uint8_t string = 0)
    {
        check(configuration_ != 0, "an interface belongs to a configuration");
        const std::uint8_t number = bytes_[configuration_ + 4];
        bytes_[configuration_ + 4] = narrow(number + 1u);
        return setting(number, 0, code, subclass, protocol, string);
    }

    /** Begins the next alternate setting of the interface, of the same class. */
    constexpr descriptor &alternate()
    {
        check(interface_ != 0, "an alternate setting belongs to an interface");
        const std::size_t at = interface_;
        return setting(bytes_[at + 2], narrow(bytes_[at + 3] + 1u), bytes_[at + 5], bytes_[at + 6], bytes_[at + 7],
                       bytes_[at + 8]);
    }

    /** An endpoint of the setting, by bEndpointAddress. Packets are as large as the speed allows, if nothing else is said. */
    constexpr descriptor &bulk(std::uint8_t address, unsigned packet_size = 0)
    {
        const unsigned largest = speed_ >= speed::super ? 1024 : speed_ == speed::high ? 512 : 64;
        const unsigned size = packet_size != 0 ? packet_size : largest;
        check(speed_ != speed::low, "low speed has no bulk endpoints (USB 2.0 section 5.8.3)");
        check(size == largest || (speed_ == speed::full && (size == 8 || size == 16 || size == 32)),
              "a bulk endpoint has packets of 512 bytes, at full speed of 8, 16, 32 or 64, at SuperSpeed of 1024");
        return endpoint(address, USBX_TYPE_BULK, size, 0);
    }

    /** An endpoint of the setting. Its interval is bInterval: milliseconds at low and full speed, else 2^(interval - 1) times 125 us. */
    constexpr descriptor &interrupt(std::uint8_t address, unsigned packet_size, std::uint8_t interval)
    {
        const unsigned largest = speed_ >= speed::high ? 1024 : speed_ == speed::full ? 64 : 8;
        check(packet_size <= largest, "an interrupt endpoint's packet is too large at this speed (USB 2.0 section 5.7.3)");
        check(interval >= 1 && (speed_ < speed::high || interval <= 16), "bInterval is 1 to 16, at full speed 1 to 255");
        return endpoint(address, USBX_TYPE_INTERRUPT, packet_size, interval);
    }

    /** An endpoint of the setting. Its interval is bInterval: 2^(interval - 1) frames at full speed, else times 125 us. */
    constexpr descriptor &isochronous(std::uint8_t address, unsigned packet_size, std::uint8_t interval)
    {
        check(speed_ != speed::low, "low speed has no isochronous endpoints (USB 2.0 section 5.6.3)");
        check(packet_size <= (speed_ >= speed::high ? 1024u : 1023u),
              "an isochronous endpoint's packet is too large at this speed (USB 2.0 section 5.6.3)");
        check(interval >= 1 && interval <= 16, "bInterval is 1 to 16");
        return endpoint(address, USBX_TYPE_ISOCHRONOUS, packet_size, interval);
    }

    /** Descriptors of a class, as they are: they follow what was added last. */
    template <std::size_t Length> constexpr descriptor &raw(const std::uint8_t (&data)[Length])
    {
        check(configuration_ != 0, "it belongs to a configuration");
        for (std::size_t at = 0; at < Length; at += data[at] != 0 ? data[at] : Length) {
            check(data[at] >= 2 && at + data[at] <= Length, "it begins with its length, which is not what is there");
        }
        for (std::uint8_t byte : data)
            add(byte);
        return *this;
    }

    /** Why it is wrong, or nullptr. */
    constexpr const char *mistake() const noexcept { return mistake_; }
    constexpr usbx::speed how_fast() const noexcept { return speed_; }
    constexpr const std::uint8_t *data() const noexcept { return bytes_; }
    constexpr std::size_t size() const noexcept { return size_; }

    /** Notes why it is wrong. Not for constants, so that those do not compile. */
    void wrong(const char *why) noexcept { mistake_ = mistake_ != nullptr ? mistake_ : why; }

private:
    constexpr descriptor &setting(std::uint8_t number, std::uint8_t alternate, std::uint8_t code, std::uint8_t subclass,
                                  std::uint8_t protocol, std::uint8_t string)
    {
        interface_ = size_;
        for (bool &is_used : used_)
            is_used = false;
        add(9, 4, number, alternate, 0, code, subclass, protocol, string);
        return *this;
    }

    constexpr descriptor &endpoint(std::uint8_t address, std::uint8_t type, unsigned packet_size, std::uint8_t interval)
    {
        const unsigned number = address & 0x7fu, place = number % 16 + (address >= 0x80 ? 16 : 0);
        check(interface_ != 0, "an endpoint belongs to an interface");
        check(number >= 1 && number <= 15, "an endpoint has a number from 1 to 15, with bit 7 set if it is IN");
        check(!used_[place], "the setting has that endpoint twice");
        used_[place] = true;
        if (interface_ != 0)
            bytes_[interface_ + 4] = narrow(bytes_[interface_ + 4] + 1u);
        add(7, 5, address, type, packet_size & 0xffu, packet_size >> 8u, interval);
        if (speed_ >= speed::super) { // the companion, USB 3.2 section 9.6.7
            const bool is_periodic = type != USBX_TYPE_BULK;
            add(6, 0x30, 0, 0, is_periodic ? packet_size & 0xffu : 0u, is_periodic ? packet_size >> 8u : 0u);
        }
        return *this;
    }

    usbx::speed speed_;
    const char *mistake_ = nullptr;
    std::size_t size_ = 0, configuration_ = 0, interface_ = 0; // the latter two: where they begin, 0 before the first
    std::uint8_t bytes_[capacity] = {};
    bool used_[32] = {}; // endpoints of the setting
};

} // namespace usbx

#endif
