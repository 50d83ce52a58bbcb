/** @file
 * Which devices there are.  SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef USBX_DEVICES_HPP
#define USBX_DEVICES_HPP

#include <cstddef>
#include <system_error>
#include <vector>

#include <usbx/status.hpp>

namespace usbx {

/** What is known of a device without opening it. Its texts are char arrays: `std::string_view path = info.path`. */
using device_info = usbx_device_info;

/** The devices there are now, in path order. Nothing is opened for that, and nobody disturbed. */
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

#ifdef __cpp_exceptions
inline std::vector<device_info> devices()
{
    std::error_code code;
    return detail::checked(devices(code), code);
}
#endif

} // namespace usbx

#endif
