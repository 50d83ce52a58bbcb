/** @file
 * Devices of other computers, over USB/IP.  SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef USBX_REMOTE_HPP
#define USBX_REMOTE_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include <usbx/devices.hpp>
#include <usbx/status.hpp>
#include <usbx/timeout.hpp>

namespace usbx {

/** Lists the devices that another computer exports, in its own order; device::open_path opens them.
 * @param host "pi.local", "192.168.1.5:3240", or "unix:/path"
 * @param time how long the host has; without it 5 seconds, or what USBX_USBIP_TIMEOUT says. It has at least a millisecond
 * @param code receives the status
 * @return the devices; none on failure */
inline std::vector<device_info> remote_devices(const std::string &host, std::optional<timeout> time, std::error_code &code)
{
    const std::uint32_t limit = time ? time->of_transfer() : 0;
    std::vector<device_info> result;
    std::size_t count = 0;
    do { // it may export one more meanwhile
        result.resize(count);
        code = make_error_code(usbx_remote_devices(host.c_str(), result.data(), result.size(), &count, limit));
    } while (!code && count > result.size());
    result.resize(code ? 0 : count);
    return result;
}
inline std::vector<device_info> remote_devices(const std::string &host, std::error_code &code)
{
    return remote_devices(host, std::nullopt, code);
}

#ifdef __cpp_exceptions
inline std::vector<device_info> remote_devices(const std::string &host, std::optional<timeout> time = std::nullopt)
{
    std::error_code code;
    return detail::checked(remote_devices(host, time, code), code);
}
#endif

} // namespace usbx

#endif
