/* A gadget's function with two bulk endpoints that have 16 streams each at SuperSpeed, by FunctionFS mounted at DIRECTORY: tells
 * when it can be bound by making the file READY, and stays. No data move: FunctionFS knows no stream of its requests. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LE32(value) (value) & 0xff, (value) >> 8 & 0xff, 0, 0

enum { V2 = 3, STRINGS = 2, EVERY_SPEED = 7, SLOWER = 23, SUPER = 35, HEAD = 12 + 12 };

/* Full speed too, which this is never played at: without it 6.1's FunctionFS follows a NULL pointer. */
static const uint8_t descriptors[] = {
    LE32(V2), LE32(HEAD + 2 * SLOWER + SUPER), LE32(EVERY_SPEED), LE32(3), LE32(3), LE32(5),
    9, 4, 0, 0, 2, 0xff, 0, 0, 0, 7, 5, 0x81, 2, 64, 0, 0, 7, 5, 0x02, 2, 64, 0, 0,
    9, 4, 0, 0, 2, 0xff, 0, 0, 0, 7, 5, 0x81, 2, 0, 2, 0, 7, 5, 0x02, 2, 0, 2, 0,
    9, 4, 0, 0, 2, 0xff, 0, 0, 0, 7, 5, 0x81, 2, 0, 4, 0, 6, 48, 0, 4, 0, 0, 7, 5, 0x02, 2, 0, 4, 0, 6, 48, 0, 4, 0, 0,
};
static const uint8_t strings[] = {LE32(STRINGS), LE32(16), LE32(0), LE32(0)};

int main(int argc, char **argv) {
    char path[256];
    uint8_t event[12 * 4];
    int control, ready;
    if (argc != 3) {
        return 2;
    }
    snprintf(path, sizeof path, "%s/ep0", argv[1]);
    control = open(path, O_RDWR);
    if (control < 0 || write(control, descriptors, sizeof descriptors) != (ssize_t)sizeof descriptors ||
        write(control, strings, sizeof strings) != (ssize_t)sizeof strings) {
        perror("streams_gadget");
        return 1;
    }
    ready = open(argv[2], O_CREAT | O_WRONLY, 0600);
    close(ready);
    while (read(control, event, sizeof event) > 0) {
    }
    return 0;
}
