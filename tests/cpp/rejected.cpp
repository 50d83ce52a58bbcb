// The compiler has to refuse each line that says that it is a mistake; without MISTAKES all of this compiles.
// With MISTAKES=2 those in constants, which compilers pass over where others are; with 3 and 4 those without exceptions, alone.
#include <usbx.hpp>

void right(usbx::device &device, std::error_code &code);
void right(usbx::device &device, std::error_code &code)
{
    device.claim(0, code);
    [[maybe_unused]] constexpr auto description = usbx::descriptor(usbx::speed::low, 1, 2).configuration().interface(0xff).interrupt(0x81, 8, 10);
#ifdef __cpp_exceptions
    device.claim(0);
#endif
}

#if MISTAKES == 1
void wrong(usbx::device &device, usbx::queue &queue, std::error_code &code)
{
    constexpr std::chrono::seconds limit(1);
    unsigned char data[512] = {};
    device.bulk_read(0x81, data, 1000, code); // mistake: a time without a unit
    device.bulk_write(0x02, "hello", limit, code); // mistake: a text with its NUL
    device.bulk_read(0x81, "hello", limit, code); // mistake: a read into what may not be written to
    usbx::device copy = device; // mistake: two owners
    for (const usbx::completion &done : usbx::queue::open(code).completions(limit, code)) {} // mistake: a loop over a queue that is gone
    queue.submit(queue, usbx::transfer::bulk(0x81, data), code); // mistake: a handle of another kind
    usbx::device::open(0x1209, 0x0001, code); // mistake: opened, and closed at once
    device.claim(0); // mistake without exceptions: no code
    usbx::queue opened = usbx::queue::open(); // mistake without exceptions: no code
}
#elif MISTAKES == 2
void wrong()
{
    constexpr std::uint8_t cut[] = {9, 0x21, 0};
    constexpr auto of_speed = usbx::descriptor(usbx::speed::low, 1, 2).configuration().interface(0xff).bulk(0x81); // mistake: an endpoint that the speed has not
    constexpr auto twice = usbx::descriptor(usbx::speed::high, 1, 2).configuration().interface(0xff).bulk(0x81).bulk(0x81); // mistake: an endpoint twice
    constexpr auto short_one = usbx::descriptor(usbx::speed::high, 1, 2).configuration().interface(3).raw(cut); // mistake: a class descriptor that is cut
    constexpr auto zero = usbx::descriptor(usbx::speed::high, 1, 2).configuration().interface(0xff).bulk(0x80); // mistake: an endpoint 0
}
#elif MISTAKES == 3
void wrong(usbx::device &device)
{
    device.claim(0);
}
#elif MISTAKES == 4
void wrong()
{
    usbx::queue opened = usbx::queue::open();
}
#endif
