/* A gadget's function that says nothing, by FunctionFS mounted at DIRECTORY: an interrupt and a bulk endpoint without data, and requests to its
 * interface without an answer. Tells when it can be bound by making the file READY, and stays. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LE32(value) (value) & 0xff, (value) >> 8 & 0xff, 0, 0

enum { V2 = 3, STRINGS = 2, FULL_AND_HIGH = 3, ONE_SPEED = 23, HEAD = 12 + 8 };

static const uint8_t descriptors[] = {
    LE32(V2), LE32(HEAD + 2 * ONE_SPEED), LE32(FULL_AND_HIGH), LE32(3), LE32(3),
    9, 4, 0, 0, 2, 0xff, 0, 0, 0, 7, 5, 0x81, 3, 64, 0, 4, 7, 5, 0x82, 2, 64, 0, 0,
    9, 4, 0, 0, 2, 0xff, 0, 0, 0, 7, 5, 0x81, 3, 64, 0, 4, 7, 5, 0x82, 2, 0, 2, 0,
};
static const uint8_t strings[] = {LE32(STRINGS), LE32(16), LE32(0), LE32(0)};

int main(int argc, char **argv) {
    char path[256];
    int control, ready;
    if (argc != 3) {
        return 2;
    }
    snprintf(path, sizeof path, "%s/ep0", argv[1]);
    control = open(path, O_RDWR);
    if (control < 0 || write(control, descriptors, sizeof descriptors) != (ssize_t)sizeof descriptors ||
        write(control, strings, sizeof strings) != (ssize_t)sizeof strings) {
        perror("silent_gadget");
        return 1;
    }
    ready = open(argv[2], O_CREAT | O_WRONLY, 0600);
    close(ready);
    /* To read the events would be to answer: what is read twice is refused. */
    for (;;) {
        pause();
    }
}
