/* How the program uses its data. This has nothing to do with USB, and the port does not change it. */
#ifndef RECORD_H
#define RECORD_H

#include <stddef.h>
#include <stdio.h>

enum { FRAME = 512, WANTED = 64 }; /* a frame's bytes, and how many frames make a record */

static unsigned long frames, lost, next;
static int highest[4] = {-32768, -32768, -32768, -32768};

/* Takes whole frames; returns 1 when the record is full. */
static int record(const unsigned char *data, size_t length)
{
    for (; length >= FRAME && frames < WANTED; data += FRAME, length -= FRAME, frames++) {
        unsigned long number = data[4] | (unsigned long)data[5] << 8 | (unsigned long)data[6] << 16;
        int i, value;
        lost += number - next;
        next = number + 1;
        for (i = 0; i < 62 * 4; i++) {
            value = data[12 + 2 * i] | data[13 + 2 * i] << 8;
            value = value < 0x8000 ? value : value - 0x10000;
            if (value > highest[i % 4])
                highest[i % 4] = value;
        }
    }
    return frames == WANTED;
}

static void print_record(void)
{
    int channel;
    for (channel = 0; channel < 4; channel++)
        printf("channel %d: at most %d\n", channel, highest[channel]);
    printf("%lu frames, %lu lost\n", frames, lost);
}

#endif
