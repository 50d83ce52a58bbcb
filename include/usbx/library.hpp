/** @file
 * The library as a whole.  SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef USBX_LIBRARY_HPP
#define USBX_LIBRARY_HPP

#include <cstddef>
#include <system_error>

#include <usbx/status.hpp>

namespace usbx {

/** Returns the version of the loaded library, for example "0.1.0". */
inline const char *version() noexcept { return usbx_version(); }

/** Closes everything that is open. All owners then fail with status::invalid_handle. Returns how many were open. */
inline std::size_t shutdown(std::error_code &code) noexcept
{
    std::size_t leaked = 0;
    code = make_error_code(usbx_shutdown(&leaked));
    return leaked;
}

#ifdef __cpp_exceptions
inline std::size_t shutdown()
{
    std::error_code code;
    return detail::checked(shutdown(code), code);
}
#endif

} // namespace usbx

#endif
