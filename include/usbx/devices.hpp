/** @file
 * Listing devices.  SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef USBX_DEVICES_HPP
#define USBX_DEVICES_HPP

#include <cstddef>
#include <cstdint>
#include <system_error>
#include <vector>

#include <usbx/status.hpp>

namespace usbx {

/** What is known of a device without opening it. Its strings are char arrays: `std::string_view path = info.path`. */
using device_info = usbx_device_info;

/** Lists the devices that are plugged in now, in the order of their paths. No device is opened or disturbed. */
inline std::vector<device_info> devices(std::error_code &code)
{
    std::vector<device_info> result;
    std::size_t count = 0;
    do { // one may be plugged in meanwhile
        result.resize(count);
        code = make_error_code(usbx_devices(result.data(), result.size(), &count));
    } while (!code && count > result.size());
    result.resize(code ? 0 : count);
    return result;
}

/** Gets the descriptors of a listed device, without opening it: the device descriptor of 18 bytes, followed by each
 * configuration descriptor with everything that belongs to it. */
inline std::vector<std::uint8_t> descriptors(const char *path, std::error_code &code)
{
    std::vector<std::uint8_t> result;
    std::size_t length = 0;
    do { // another device may be plugged in there meanwhile
        result.resize(length);
        code = make_error_code(usbx_descriptors(path, result.data(), result.size(), &length));
    } while (!code && length > result.size());
    result.resize(code ? 0 : length);
    return result;
}

#ifdef __cpp_exceptions
inline std::vector<device_info> devices()
{
    std::error_code code;
    return detail::checked(devices(code), code);
}

inline std::vector<std::uint8_t> descriptors(const char *path)
{
    std::error_code code;
    return detail::checked(descriptors(path, code), code);
}
#endif

} // namespace usbx

#endif
