/* For acquire: counts the data, checks it, and writes it to a file. */
#ifndef TALLY_H
#define TALLY_H

#include "acquisition.h"

#include <stdio.h>
#include <time.h> /* clock_gettime: define _POSIX_C_SOURCE first */

typedef struct {
    FILE *file;         /* the output file, or NULL */
    int csv;            /* text, one line per sample; otherwise bytes */
    int plain;          /* any bytes, not frames */
    size_t packet_size; /* if not 0, byte n of each packet must be n modulo 63, the pattern of Linux's Source/Sink gadget */
    unsigned long long bytes, frames, lost, damaged;
} tally;

static inline double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Creates the file, if one is given: CSV unless its name ends in .raw or the data is not samples. Returns an exit code. */
static inline int tally_open(tally *t, const char *name)
{
    if (name == NULL)
        return 0;
    t->csv = !t->plain && (strlen(name) < 4 || strcmp(name + strlen(name) - 4, ".raw") != 0);
    t->file = fopen(name, "wb");
    if (t->file == NULL)
        perror(name);
    else if (t->csv)
        fprintf(t->file, "sample,sine,ramp,square,noise\n");
    return t->file == NULL;
}

static inline int tally_close(tally *t, const char *name)
{
    int wrong = t->file != NULL && (ferror(t->file) | fclose(t->file));
    if (wrong)
        fprintf(stderr, "%s: could not write all of it\n", name);
    return wrong;
}

static inline void tally_frame(tally *t, const uint8_t *frame)
{
    const uint8_t *sample = frame + ACQ_HEADER;
    uint32_t sequence = acq_u32(frame + 4);
    int i;
    if (!acq_frame_is_sound(frame)) {
        t->damaged++; /* the sequence number of the next frame will jump, which also counts it as lost */
        return;
    }
    t->lost += (uint32_t)(sequence - (uint32_t)(t->frames + t->lost));
    t->frames++;
    if (t->file != NULL && !t->csv)
        fwrite(sample, 2 * ACQ_CHANNELS, ACQ_SAMPLES, t->file);
    for (i = 0; t->file != NULL && t->csv && i < ACQ_SAMPLES; i++, sample += 2 * ACQ_CHANNELS)
        fprintf(t->file, "%llu,%d,%d,%d,%d\n", (unsigned long long)sequence * ACQ_SAMPLES + (unsigned)i,
                acq_i16(sample), acq_i16(sample + 2), acq_i16(sample + 4), acq_i16(sample + 6));
}

/* Takes the data of one read: whole packets; a frame is one packet. */
static inline void tally_take(tally *t, const uint8_t *data, size_t length)
{
    size_t at = 0;
    if (t->plain) {
        if (t->file != NULL)
            fwrite(data, 1, length, t->file);
        for (; t->packet_size != 0 && at < length; at++)
            t->damaged += data[at] != (t->bytes + at) % t->packet_size % 63;
    } else {
        for (; length - at >= ACQ_FRAME_SIZE; at += ACQ_FRAME_SIZE)
            tally_frame(t, data + at);
        t->damaged += at != length; /* part of a frame */
    }
    t->bytes += length;
}

static inline void tally_print(const tally *t, FILE *to, double seconds, const char *end)
{
    fprintf(to, "%.1f s, %llu bytes, %.2f MB/s", seconds, t->bytes, (double)t->bytes / 1e6 / seconds);
    if (!t->plain)
        fprintf(to, ", %.0f samples/s, %llu frames, %llu lost", (double)(t->frames * ACQ_SAMPLES) / seconds, t->frames,
                t->lost);
    fprintf(to, ", %llu damaged%s", t->damaged, end);
}

#endif
