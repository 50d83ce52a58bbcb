// The compiler has to refuse each of these alone, with -DMISTAKE=n; without MISTAKE all of this compiles.
#include <usbx.hpp>

void mistake(usbx::device &device, usbx::queue &queue, std::error_code &code);
void mistake([[maybe_unused]] usbx::device &device, [[maybe_unused]] usbx::queue &queue,
             [[maybe_unused]] std::error_code &code)
{
    [[maybe_unused]] constexpr std::chrono::seconds limit(1);
    [[maybe_unused]] unsigned char data[512] = {};
#if MISTAKE == 1 // a time without a unit
    device.bulk_read(0x81, data, 1000, code);
#elif MISTAKE == 2 // a text with its NUL
    device.bulk_write(0x02, "hello", limit, code);
#elif MISTAKE == 3 // a read into what may not be written to
    device.bulk_read(0x81, "hello", limit, code);
#elif MISTAKE == 4 // two owners
    usbx::device copy = device;
#elif MISTAKE == 5 // a loop over a queue that is gone
    for (const usbx::completion &done : usbx::queue::open(code).completions(limit, code))
        static_cast<void>(done);
#elif MISTAKE == 6 // a handle of another kind
    queue.submit(queue, usbx::transfer::bulk(0x81, data), code);
#elif MISTAKE == 7 // opened, and closed at once
    usbx::device::open(0x1209, 0x0001, code);
#elif MISTAKE == 10 // a constant with an endpoint that the speed has not
    constexpr auto wrong = usbx::descriptor(usbx::speed::low, 1, 2).configuration().interface(0xff).bulk(0x81);
#elif MISTAKE == 11 // an endpoint twice
    constexpr auto wrong = usbx::descriptor(usbx::speed::high, 1, 2).configuration().interface(0xff).bulk(0x81).bulk(0x81);
#elif MISTAKE == 12 // a class descriptor that is cut
    constexpr std::uint8_t cut[] = {9, 0x21, 0};
    constexpr auto wrong = usbx::descriptor(usbx::speed::high, 1, 2).configuration().interface(3).raw(cut);
#elif MISTAKE == 13 // an endpoint 0
    constexpr auto wrong = usbx::descriptor(usbx::speed::high, 1, 2).configuration().interface(0xff).bulk(0x80);
#elif defined(__cpp_exceptions)
    device.claim(0);
#elif MISTAKE == 8 // without exceptions nothing throws: the code is asked for
    device.claim(0);
#elif MISTAKE == 9
    usbx::queue opened = usbx::queue::open();
#else
    device.claim(0, code);
#endif
}
