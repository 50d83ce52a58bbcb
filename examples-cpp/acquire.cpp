// acquire: writes the samples of the device "acquisition" to standard output, as CSV, for a number of seconds or until Ctrl-C.
//   USBX_VIRTUAL=acquisition acquire [seconds [serial]] >samples.csv      exit code: 0, 1 error, 3 data was lost or damaged
#include "acquisition.h" // the device's protocol
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <usbx.hpp>
using namespace std::chrono_literals;
static volatile std::sig_atomic_t interrupted = 0;

int main(int argc, char **argv)
try {
    std::signal(SIGINT, [](int) { interrupted = 1; });
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(argc > 1 ? std::atof(argv[1]) : 1e9);
    usbx::device device = usbx::device::open(ACQ_VENDOR_ID, ACQ_PRODUCT_ID, argc > 2 ? argv[2] : "");
    device.claim(0);
    device.control_write(ACQ_OUT, ACQ_RATE, 0, 0, {0x10, 0x27, 0, 0}, 1s); // 10,000 samples a second
    device.control_write(ACQ_OUT, ACQ_START, 0, 0, {}, 1s);
    usbx::stream stream = usbx::stream::open(device, ACQ_FRAMES);
    unsigned long frames = 0, lost = 0, damaged = 0;
    std::puts("sample,sine,ramp,square,noise");
    for (const usbx::chunk &chunk : stream.chunks(500ms)) { // ends when the device has stopped and all data has arrived
        if (interrupted || chunk.time >= end)
            device.control_write(ACQ_OUT, ACQ_STOP, 0, 0, {}, 1s);
        for (usbx::bytes frame = chunk.data; !frame.empty(); frame = frame.subspan(ACQ_FRAME_SIZE)) {
            const bool sound = frame.size() >= ACQ_FRAME_SIZE && acq_frame_is_sound(frame.data());
            damaged += !sound;
            lost += sound ? acq_u32(&frame[4]) - frames - lost : 0; // from the sequence number
            for (unsigned i = 0, at = ACQ_HEADER; sound && i < ACQ_SAMPLES; i++, at += 2 * ACQ_CHANNELS)
                std::printf("%lu,%d,%d,%d,%d\n", (frames + lost) * ACQ_SAMPLES + i, acq_i16(&frame[at]),
                            acq_i16(&frame[at + 2]), acq_i16(&frame[at + 4]), acq_i16(&frame[at + 6]));
            frames += sound;
        }
    }
    std::fprintf(stderr, "%lu frames, %lu lost, %lu damaged\n", frames, lost, damaged);
    return std::fflush(stdout) != 0 ? 1 : lost || damaged ? 3 : 0;
} catch (const usbx::error &error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
}
