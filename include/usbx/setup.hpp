/** @file
 * How a device is set up, and what it says of itself.  SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef USBX_SETUP_HPP
#define USBX_SETUP_HPP

#include <cstddef>
#include <cstdint>
#include <string>
#include <system_error>
#include <vector>

#include <usbx/bytes.hpp>
#include <usbx/owner.hpp>
#include <usbx/status.hpp>

namespace usbx {

/** An endpoint of the active configuration. */
using endpoint = usbx_endpoint;

/** An alternate setting of an interface of the active configuration. */
using interface_setting = usbx_interface;

/** A part of usbx::device: configuration, claims, alternate settings, kernel drivers, descriptors. */
class device_setup : public owner<usbx_device, usbx_close> {
public:
    /** Returns bConfigurationValue of the active configuration; 0 if the device is not configured. */
    std::uint8_t get_configuration(std::error_code &code) const noexcept
    {
        std::uint8_t configuration = 0;
        code = make_error_code(usbx_get_configuration(get(), &configuration));
        return configuration;
    }
    /** Selects the configuration with this bConfigurationValue. */
    void set_configuration(std::uint8_t configuration, std::error_code &code) noexcept
    {
        code = make_error_code(usbx_set_configuration(get(), configuration));
    }

    /** Claims an interface, so that its endpoints can be used. */
    void claim(std::uint8_t interface_number, std::error_code &code) noexcept
    {
        code = make_error_code(usbx_claim(get(), interface_number));
    }
    /** Releases a claimed interface. (disown() gives up the handle.) */
    void release(std::uint8_t interface_number, std::error_code &code) noexcept
    {
        code = make_error_code(usbx_release(get(), interface_number));
    }
    /** Selects an alternate setting of a claimed interface. */
    void set_alt_setting(std::uint8_t interface_number, std::uint8_t alt_setting, std::error_code &code) noexcept
    {
        code = make_error_code(usbx_set_alt_setting(get(), interface_number, alt_setting));
    }
    /** Detaches the kernel driver from an interface, until release() or close(). */
    void detach_kernel_driver(std::uint8_t interface_number, std::error_code &code) noexcept
    {
        code = make_error_code(usbx_detach_kernel_driver(get(), interface_number));
    }
    /** Lets a kernel driver bind to an interface now, without waiting for release() or close(). */
    void attach_kernel_driver(std::uint8_t interface_number, std::error_code &code) noexcept
    {
        code = make_error_code(usbx_attach_kernel_driver(get(), interface_number));
    }
    /** Makes claims detach kernel drivers by themselves, or stops that; release() and close() give them back. */
    void set_auto_detach(bool enable, std::error_code &code) noexcept
    {
        code = make_error_code(usbx_set_auto_detach(get(), enable ? 1 : 0));
    }
    /** Returns the name of the kernel driver that holds an interface; "" if there is none. */
    std::string kernel_driver(std::uint8_t interface_number, std::error_code &code)
    {
        char name[256]; // holds every name
        code = make_error_code(usbx_kernel_driver(get(), interface_number, name, sizeof name, nullptr));
        return name;
    }

    /** Lists the endpoints of the active configuration, in every interface and every alternate setting. */
    std::vector<endpoint> endpoints(std::error_code &code) const
    {
        std::vector<endpoint> result;
        std::size_t count = 0;
        do { // there may be more of them by the second call
            result.resize(count);
            code = make_error_code(usbx_endpoints(get(), result.data(), result.size(), &count));
        } while (!code && count > result.size());
        result.resize(code ? 0 : count);
        return result;
    }

    /** Lists the interfaces of the active configuration, with every alternate setting of each. */
    std::vector<interface_setting> interfaces(std::error_code &code) const
    {
        std::vector<interface_setting> result;
        std::size_t count = 0;
        do { // there may be more of them by the second call
            result.resize(count);
            code = make_error_code(usbx_interfaces(get(), result.data(), result.size(), &count));
        } while (!code && count > result.size());
        result.resize(code ? 0 : count);
        return result;
    }

    /** Requests a descriptor from the device.
     * @param type bDescriptorType: 1 device, 2 configuration, 3 string, 15 BOS ...
     * @param index which descriptor of that type, from 0
     * @param data receives the descriptor; the device cuts a longer one
     * @param code receives the status
     * @return the number of bytes received */
    std::size_t get_descriptor(std::uint8_t type, std::uint8_t index, writable_bytes data, std::error_code &code) noexcept
    {
        std::size_t moved = 0;
        code = make_error_code(usbx_get_descriptor(get(), type, index, data.data(), data.size(), &moved));
        return moved;
    }

    /** Requests a string from the device.
     * @param index the string's index, as a descriptor gives it; not 0
     * @param language language ID, for example 0x0409 for US English; 0 for the first language the device has
     * @param code receives the status
     * @return the string in UTF-8 */
    std::string get_string(std::uint8_t index, std::uint16_t language, std::error_code &code)
    {
        char text[384]; // holds every string
        code = make_error_code(usbx_get_string(get(), index, language, text, sizeof text, nullptr));
        return text;
    }
    std::string get_string(std::uint8_t index, std::error_code &code) { return get_string(index, 0, code); }

#ifdef __cpp_exceptions
    /** @name The same, throwing usbx::error
     * @{ */
    std::uint8_t get_configuration() const
    {
        std::error_code code;
        return detail::checked(get_configuration(code), code);
    }
    void set_configuration(std::uint8_t configuration)
    {
        std::error_code code;
        set_configuration(configuration, code);
        detail::check(code);
    }
    void claim(std::uint8_t interface_number)
    {
        std::error_code code;
        claim(interface_number, code);
        detail::check(code);
    }
    void release(std::uint8_t interface_number)
    {
        std::error_code code;
        release(interface_number, code);
        detail::check(code);
    }
    void set_alt_setting(std::uint8_t interface_number, std::uint8_t alt_setting)
    {
        std::error_code code;
        set_alt_setting(interface_number, alt_setting, code);
        detail::check(code);
    }
    void detach_kernel_driver(std::uint8_t interface_number)
    {
        std::error_code code;
        detach_kernel_driver(interface_number, code);
        detail::check(code);
    }
    void attach_kernel_driver(std::uint8_t interface_number)
    {
        std::error_code code;
        attach_kernel_driver(interface_number, code);
        detail::check(code);
    }
    void set_auto_detach(bool enable)
    {
        std::error_code code;
        set_auto_detach(enable, code);
        detail::check(code);
    }
    std::string kernel_driver(std::uint8_t interface_number)
    {
        std::error_code code;
        return detail::checked(kernel_driver(interface_number, code), code);
    }
    std::vector<endpoint> endpoints() const
    {
        std::error_code code;
        return detail::checked(endpoints(code), code);
    }
    std::vector<interface_setting> interfaces() const
    {
        std::error_code code;
        return detail::checked(interfaces(code), code);
    }
    std::size_t get_descriptor(std::uint8_t type, std::uint8_t index, writable_bytes data)
    {
        std::error_code code;
        return detail::moved(get_descriptor(type, index, data, code), code);
    }
    std::string get_string(std::uint8_t index, std::uint16_t language = 0)
    {
        std::error_code code;
        return detail::checked(get_string(index, language, code), code);
    }
    /** @} */
#endif

protected:
    device_setup() noexcept = default;
    explicit device_setup(usbx_device *handle) noexcept : owner(handle) {}
};

} // namespace usbx

#endif
