#include "cases.hpp"

using namespace std::literals;

static std::string path_of(std::string_view serial)
{
    for (const usbx::device_info &info : usbx::devices())
        if (info.serial == serial)
            return info.path;
    return {};
}

static void devices_are_offered()
{
    usbx::virtual_device plugged = usbx::virtual_device::open("acquisition", "S1");
    usbx::share share = usbx::share::open("127.0.0.1:0");
    share.add(path_of("S1"), "1-1");
    CHECK(share.address().rfind("127.0.0.1:", 0) == 0 && share.address() != "127.0.0.1:0");
    std::error_code code;
    share.add(path_of("S1"), code);
    IS(code, busy);
    CHECK(thrown([&] { share.add("virtual/999"); return 0; }).code() == usbx::status::not_found);
    IS(share.close(), ok);
    share.address(code);
    IS(code, invalid_handle);
}

static void its_address_and_networks_are_checked()
{
    std::error_code code;
    CHECK(!usbx::share::open("nowhere", code));
    IS(code, invalid_param);
    usbx::share_options options{};
    options.allow = "10.0.0.0/99";
    CHECK(!usbx::share::open("127.0.0.1:0", options, code));
    IS(code, invalid_param);
}

cases share_cases()
{
    return {{"devices are offered", devices_are_offered},
            {"its address and networks are checked", its_address_and_networks_are_checked}};
}
