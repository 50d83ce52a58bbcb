// The README's program in C++: a handle that closes itself, a failure that is thrown.
#include <iostream>
#include <memory>
#include <stdexcept>
#include <usbx.h>
#include <vector>

static void check(usbx_status status)
{
    if (status)
        throw std::runtime_error(usbx_last_error());
}

int main()
try {
    usbx_device *opened = nullptr;
    check(usbx_open(0x1209, 0x0001, nullptr, &opened));
    std::unique_ptr<usbx_device, usbx_status (*)(usbx_device *)> device(opened, usbx_close);
    std::vector<unsigned char> data(4096);
    std::size_t count = 0;
    check(usbx_claim(device.get(), 0));
    check(usbx_control(device.get(), 0x40, 1, 0, 0, nullptr, 0, 1000, nullptr));
    check(usbx_bulk_read(device.get(), 0x81, data.data(), data.size(), 1000, &count));
    std::cout << count << " bytes\n";
} catch (const std::exception &error) {
    std::cerr << error.what() << '\n';
    return 1;
}
