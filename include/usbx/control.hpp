/** @file
 * Control requests of any length.  SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef USBX_CONTROL_HPP
#define USBX_CONTROL_HPP

#include <cstddef>
#include <cstdint>
#include <system_error>

#include <usbx/status.hpp>
#include <usbx/timeout.hpp>

namespace usbx {

namespace detail {

/** Fails as the library does for more than 65535 bytes, which usbx_control has no way to pass. */
inline std::error_code too_long_for_control(usbx_device *device, void *data, std::size_t size) noexcept
{
    usbx_queue *queue = nullptr;
    usbx_transfer transfer{};
    transfer.type = USBX_TYPE_CONTROL;
    transfer.data = data;
    transfer.length = size;
    usbx_status said = usbx_queue_open(&queue);
    if (said == USBX_OK)
        said = usbx_submit(device, queue, &transfer, nullptr);
    usbx_queue_close(queue);
    return make_error_code(said);
}

inline std::size_t control(usbx_device *device, std::uint8_t request_type, std::uint8_t request, std::uint16_t value,
                           std::uint16_t index, std::uint8_t *data, std::size_t size, timeout limit,
                           std::error_code &code) noexcept
{
    std::size_t moved = 0;
    if (size > UINT16_MAX)
        code = too_long_for_control(device, data, size);
    else
        code = make_error_code(usbx_control(device, request_type, request, value, index, data,
                                            static_cast<std::uint16_t>(size), limit.of_transfer(), &moved));
    return moved;
}

} // namespace detail

} // namespace usbx

#endif
