/** @file
 * Devices for other computers, over USB/IP.  SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef USBX_SHARE_HPP
#define USBX_SHARE_HPP

#include <cstddef>
#include <string>
#include <system_error>

#include <usbx/owner.hpp>
#include <usbx/status.hpp>

namespace usbx {

using share_options = usbx_share_options;

/** Devices of this computer that other computers may use. The destructor disconnects them and gives the devices back. */
class [[nodiscard]] share : public owner<usbx_share, usbx_share_close> {
public:
    /** No share is open. */
    share() noexcept = default;
    /** Takes ownership of a handle of usbx.h. */
    explicit share(usbx_share *handle) noexcept : owner(handle) {}

    /** Opens a share without devices.
     * @param address "127.0.0.1:3240", "unix:/path" …; "" for 127.0.0.1:3240
     * @param options who may connect
     * @param code receives the status
     * @return the owner, which is empty on failure */
    static share open(const std::string &address, const share_options &options, std::error_code &code) noexcept
    {
        usbx_share *handle = nullptr;
        code = make_error_code(usbx_share_open(address.empty() ? nullptr : address.c_str(), &options, &handle));
        return share(handle);
    }
    static share open(const std::string &address, std::error_code &code) noexcept { return open(address, share_options{}, code); }

    /** Offers one more device, by its path; without a bus ID clients see one made of the path. */
    void add(const std::string &path, const std::string &busid, std::error_code &code) noexcept
    {
        code = make_error_code(usbx_share_add(get(), path.c_str(), busid.empty() ? nullptr : busid.c_str()));
    }
    void add(const std::string &path, std::error_code &code) noexcept { add(path, {}, code); }

    /** Where it listens, with the real port. */
    std::string address(std::error_code &code) const
    {
        std::size_t length = 0;
        code = make_error_code(usbx_share_address(get(), nullptr, 0, &length));
        std::string text(length + 1, '\0');
        if (!code)
            code = make_error_code(usbx_share_address(get(), text.data(), text.size(), nullptr));
        text.resize(code ? 0 : length);
        return text;
    }

#ifdef __cpp_exceptions
    /** @name The same, throwing usbx::error
     * @{ */
    static share open(const std::string &address = {}, const share_options &options = {})
    {
        std::error_code code;
        return detail::checked(open(address, options, code), code);
    }
    void add(const std::string &path, const std::string &busid = {})
    {
        std::error_code code;
        add(path, busid, code);
        detail::check(code);
    }
    std::string address() const
    {
        std::error_code code;
        return detail::checked(address(code), code);
    }
    /** @} */
#endif
};

} // namespace usbx

#endif
