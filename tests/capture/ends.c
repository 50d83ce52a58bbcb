/* ends HOW [FILE …]: the ways in which a capture and its program end. Each prints nothing, or what judge.py asks for. */
#define _DEFAULT_SOURCE
#include "acquisition.h"
#include <usbx.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static usbx_virtual *plugged;
static usbx_device *device;
static uint8_t data[65536];

static void check(usbx_status status, int line)
{
    if (status != USBX_OK) {
        fprintf(stderr, "ends.c:%d: %s: %s\n", line, usbx_error_name(status), usbx_last_error());
        exit(1);
    }
}
#define OK(call) check(call, __LINE__)

static void open_device(void)
{
    OK(usbx_virtual_open("acquisition", NULL, &plugged));
    OK(usbx_open(ACQ_VENDOR_ID, ACQ_PRODUCT_ID, NULL, &device));
    OK(usbx_claim(device, 0));
}

static void round_trip(unsigned char first, size_t length)
{
    memset(data, first, length);
    OK(usbx_bulk_write(device, ACQ_LOOP_OUT, data, length, 1000, NULL));
    OK(usbx_bulk_read(device, ACQ_LOOP_IN, data, length, 1000, NULL));
}

static void print(const char *what, usbx_capture *capture)
{
    usbx_capture_statistics s;
    OK(usbx_capture_stats(capture, &s));
    printf("%s %lu %lu %lu %lu %lu\n", what, (unsigned long)s.records, (unsigned long)s.dropped, (unsigned long)s.replaced,
           (unsigned long)s.errors, (unsigned long)s.devices);
}

static void end(usbx_capture *capture)
{
    usbx_status status = usbx_capture_close(capture);
    printf("close %s %s\n", usbx_error_name(status), status ? usbx_last_error() : "");
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "";
    const char *file = argc > 2 ? argv[2] : NULL;
    usbx_capture_options options;
    usbx_capture *capture = NULL, *other = NULL;
    int i;
    memset(&options, 0, sizeof options);
    if (strcmp(how, "environment") == 0) { /* knows nothing of captures, and closes nothing */
        open_device();
        round_trip(1, 512);
    } else if (strcmp(how, "killed") == 0) {
        open_device();
        round_trip(1, 512);
        usleep(200000); /* far more than the 10 ms of the promise */
        raise(SIGKILL);
    } else if (strcmp(how, "shutdown") == 0) { /* the file goes on after it */
        open_device();
        round_trip(1, 512);
        OK(usbx_shutdown(NULL));
        open_device();
        round_trip(2, 512);
    } else if (strcmp(how, "fork") == 0) { /* the child is another program for the capture */
        open_device();
        round_trip(1, 512);
        if (fork() == 0) {
            open_device();
            round_trip(7, 512);
            exit(0);
        }
        wait(&i);
        round_trip(2, 512);
        return i != 0;
    } else if (strcmp(how, "several") == 0) { /* FILE: all, FILE: one device, FILE: ten bytes of each */
        usbx_virtual *second;
        usbx_device *of_second;
        open_device();
        OK(usbx_virtual_open("acquisition", "B", &second));
        OK(usbx_open_path("virtual/2", &of_second));
        OK(usbx_capture_open(argv[2], NULL, &capture));
        strcpy(options.path, "virtual/2");
        OK(usbx_capture_open(argv[3], &options, &other));
        options.path[0] = 0;
        options.snap_length = 10;
        usbx_capture *cut;
        OK(usbx_capture_open(argv[4], &options, &cut));
        round_trip(1, 512);
        OK(usbx_get_descriptor(of_second, 1, 0, data, 18, NULL));
        round_trip(2, 100);
        OK(usbx_capture_close(other));
        OK(usbx_get_descriptor(of_second, 1, 0, data, 18, NULL));
        OK(usbx_capture_close(capture));
        OK(usbx_capture_close(cut));
    } else if (strcmp(how, "ring") == 0) {
        options.ring = 64 * 1024;
        open_device();
        OK(usbx_capture_open(file, &options, &capture));
        for (i = 0; i < 1000; i++)
            round_trip((unsigned char)i, 512);
        print("before", capture);
        if (usbx_control(device, ACQ_IN, 0x77, 0, 0, data, 4, 1000, NULL) != USBX_ERROR_PIPE)
            return 1;
        for (i = 0; i < 1000; i++)
            round_trip((unsigned char)i, 512);
        print("after", capture);
        end(capture);
    } else if (strcmp(how, "slow") == 0) { /* FILE is a pipe whose reader takes nothing until it is told to */
        int told = open(argv[3], O_WRONLY);
        options.memory = 512 * 1024;
        open_device();
        OK(usbx_capture_open(file, &options, &capture));
        for (i = 0; i < 2000; i++)
            round_trip((unsigned char)i, 512);
        print("full", capture);
        close(told); /* the reader reads now; as soon as there is room again, records are taken again */
        for (;;) {
            usbx_capture_statistics before, after;
            OK(usbx_capture_stats(capture, &before));
            round_trip(1, 512);
            OK(usbx_capture_stats(capture, &after));
            if (after.records > before.records)
                break;
        }
        end(capture);
    } else if (strcmp(how, "stuck") == 0) { /* a pipe whose reader takes nothing at all */
        open_device();
        OK(usbx_capture_open(file, NULL, &capture));
        for (i = 0; i < 200; i++)
            round_trip((unsigned char)i, 512);
        end(capture);
    } else if (strcmp(how, "file") == 0) { /* whatever becomes of the file */
        open_device();
        if (usbx_capture_open(file, NULL, &capture) != USBX_OK) {
            printf("open %s\n", usbx_last_error());
            return 0;
        }
        if (usbx_capture_open(file, NULL, &other) != USBX_OK)
            printf("again %s\n", usbx_last_error());
        usbx_capture_close(other);
        for (i = 0; i < 200; i++)
            round_trip((unsigned char)i, 512);
        end(capture);
    } else {
        return 2;
    }
    return 0;
}
