/* The protocol of the virtual device "acquisition", see docs/acquisition.md. */
#ifndef ACQUISITION_H
#define ACQUISITION_H

#include <stdint.h>
#include <string.h>

enum { ACQ_VENDOR_ID = 0x1209, ACQ_PRODUCT_ID = 0x0001 };
enum { ACQ_OUT = 0x40, ACQ_IN = 0xc0 }; /* bmRequestType: a vendor request to the device, host to device or back */
enum { ACQ_START = 0x01, ACQ_STOP = 0x02, ACQ_RATE = 0x03, ACQ_REGISTERS = 0x04 };                     /* bRequest */
enum { ACQ_FRAMES = 0x81, ACQ_STATUS = 0x82, ACQ_LOOP_OUT = 0x02, ACQ_LOOP_IN = 0x83, ACQ_HID = 0x84 }; /* endpoints */
enum { ACQ_FRAME_SIZE = 512, ACQ_HEADER = 12, ACQ_SAMPLES = 62, ACQ_CHANNELS = 4, ACQ_STATUS_SIZE = 16 };

/* Numbers on the wire are little-endian; reading them byte by byte is correct on every computer. */
static inline uint32_t acq_u32(const uint8_t *bytes)
{
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static inline int16_t acq_i16(const uint8_t *bytes)
{
    int value = bytes[0] | bytes[1] << 8;
    return (int16_t)(value < 0x8000 ? value : value - 0x10000);
}

static inline void acq_put_u32(uint8_t *bytes, uint32_t value)
{
    int i;
    for (i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(value >> 8 * i);
}

/* CRC-32 of IEEE 802.3, the same as zlib's, four bits per step. */
static inline uint32_t acq_crc32(const uint8_t *bytes, size_t length)
{
    static const uint32_t table[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
                                       0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                       0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
    uint32_t crc = 0xffffffff;
    for (; length > 0; length--, bytes++) {
        crc = table[(crc ^ *bytes) & 15] ^ crc >> 4;
        crc = table[(crc ^ *bytes >> 4) & 15] ^ crc >> 4;
    }
    return ~crc;
}

static inline int acq_frame_is_sound(const uint8_t *frame)
{
    return memcmp(frame, "ACQ1", 4) == 0 && acq_crc32(frame, ACQ_FRAME_SIZE - 4) == acq_u32(frame + ACQ_FRAME_SIZE - 4);
}

#endif
