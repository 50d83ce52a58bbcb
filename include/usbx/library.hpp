/** @file
 * The library as a whole.  SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef USBX_LIBRARY_HPP
#define USBX_LIBRARY_HPP

#include <cstddef>
#include <system_error>

#include <usbx/status.hpp>

namespace usbx {

/** The version of the library that is loaded: "0.1.0". */
inline const char *version() noexcept { return usbx_version(); }

/** Closes all that is open, of every owner; these answer with status::invalid_handle then. Returns how many were open. */
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
