#include "cases.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

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

/** A connection to a port of this computer. */
static int connected(const std::string &address)
{
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    EQUAL(connect(fd, reinterpret_cast<sockaddr *>(&to), sizeof to), 0);
    return fd;
}

static void devices_of_others_are_listed_and_opened()
{
    usbx::virtual_device plugged = usbx::virtual_device::open("acquisition", "R1");
    usbx::share share = usbx::share::open("127.0.0.1:0");
    const std::string host = share.address();
    CHECK(usbx::remote_devices(host).empty());
    share.add(path_of("R1"), "1-1");
    std::error_code code;
    const std::vector<usbx::device_info> found = usbx::remote_devices(host, 30s);
    CHECK(found.size() == 1 && found[0].path == "usbip://" + host + "/1-1" && found[0].vendor_id == 0x1209);
    {
        usbx::device device = usbx::device::open_path(found.at(0).path);
        CHECK(device.info().serial == "R1"sv && device.info().backend == USBX_BACKEND_USBIP);
        const int second = connected(host);
        IS(thrown([&] { return usbx::device::usbip_open_fd(second, "1-1"); }).code(), busy);
        close(second);
    }
    const int fd = connected(host);
    usbx::device device = usbx::device::usbip_open_fd(fd, "1-1", code);
    close(fd); // the device has its own
    IS(code, ok);
    CHECK(device.info().serial == "R1"sv && device.get_configuration() == 1);

    CHECK(usbx::remote_devices("unix:/no such folder/socket", code).empty());
    IS(code, not_found);
    IS(thrown([] { return usbx::remote_devices("no host/"); }).code(), invalid_param);
}

cases share_cases()
{
    return {{"devices are offered", devices_are_offered},
            {"its address and networks are checked", its_address_and_networks_are_checked},
            {"devices of others are listed and opened", devices_of_others_are_listed_and_opened}};
}
