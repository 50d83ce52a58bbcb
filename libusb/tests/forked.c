/* A program that forks while it has another computer's device open, the first of USBX_USBIP. The parent's transfers stay whole whatever
 * the child does, and the child hears that the device is not its own; or, if the parent has ended, the child goes on with it. */
#define _GNU_SOURCE
#include <libusb.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OUT = 0x02, BACK = 0x83, NEVER = 0x84, LENGTH = 512, LEAST = 300, SECONDS = 50 };

static int wrong;

static void check(int is, const char *what, int got)
{
    if (is)
        return;
    fprintf(stderr, "forked: %s: %d\n", what, got);
    wrong = 1;
}

static void LIBUSB_CALL ended(struct libusb_transfer *transfer)
{
    *(int *)transfer->user_data = 1;
}

static libusb_device_handle *open_device(libusb_context **context)
{
    libusb_device_handle *handle;
    int result = libusb_init(context);
    check(result == 0, "init", result);
    handle = libusb_open_device_with_vid_pid(*context, 0x1209, 1);
    check(handle != NULL, "there is no device", 0);
    if (handle == NULL)
        return NULL;
    result = libusb_claim_interface(handle, 0);
    check(result == 0, "claim", result);
    return handle;
}

/* What is written comes back. */
static void move(libusb_device_handle *handle, int number)
{
    unsigned char sent[LENGTH], got[LENGTH], registers[16];
    int count = 0, result;
    memset(sent, number, sizeof sent);
    result = libusb_bulk_transfer(handle, OUT, sent, LENGTH, &count, 0);
    check(result == 0 && count == LENGTH, "write", result);
    result = libusb_bulk_transfer(handle, BACK, got, LENGTH, &count, 0);
    check(result == 0 && count == LENGTH && memcmp(sent, got, LENGTH) == 0, "read", result);
    result = libusb_control_transfer(handle, 0xc0, 4, 0, 0, registers, sizeof registers, 0);
    check(result == sizeof registers, "control", result);
}

static int child(libusb_context *context, libusb_device_handle *handle, struct libusb_transfer *transfer)
{
    unsigned char bytes[LENGTH] = {0};
    int count = 0, over = 0, result, *parents = transfer->user_data;
    struct libusb_transfer *own = libusb_alloc_transfer(0);
    struct timeval brief = {1, 0};
    for (int round = 0; round < 20; round++) {
        result = libusb_control_transfer(handle, 0xc0, 4, 0, 0, bytes, 16, 0);
        check(result == LIBUSB_ERROR_NO_DEVICE, "the child's control transfer", result);
        result = libusb_bulk_transfer(handle, OUT, bytes, LENGTH, &count, 0);
        check(result == LIBUSB_ERROR_NO_DEVICE && count == 0, "the child's write", result);
        result = libusb_bulk_transfer(handle, BACK, bytes, LENGTH, &count, 0);
        check(result == LIBUSB_ERROR_NO_DEVICE && count == 0, "the child's read", result);
    }
    libusb_fill_bulk_transfer(own, handle, BACK, bytes, LENGTH, ended, &over, 0);
    result = libusb_submit_transfer(own);
    check(result == LIBUSB_ERROR_NO_DEVICE, "the child's submission", result);
    libusb_free_transfer(own);
    /* To the child its copy of the parent's transfer is over. */
    while (!*parents && !wrong)
        check(libusb_handle_events_timeout_completed(context, &brief, parents) == 0, "the child's events", 0);
    check(transfer->status == LIBUSB_TRANSFER_NO_DEVICE, "the parent's transfer, in the child", (int)transfer->status);
    libusb_close(handle);
    return wrong;
}

/* Both use it: the child in vain. */
static void together(void)
{
    unsigned char report[8];
    libusb_context *context;
    libusb_device_handle *handle = open_device(&context);
    struct libusb_transfer *transfer = libusb_alloc_transfer(0);
    int over = 0, status = 0, rounds = 0, result;
    pid_t pid = 0;
    if (wrong)
        return;
    libusb_claim_interface(handle, 1);
    libusb_fill_interrupt_transfer(transfer, handle, NEVER, report, sizeof report, ended, &over, 0);
    check(libusb_submit_transfer(transfer) == 0, "submit", 0);
    for (; rounds < LEAST || pid == 0; rounds++) {
        if (rounds == LEAST / 3) {
            pid = fork();
            if (pid == 0)
                _exit((alarm(SECONDS), child(context, handle, transfer)));
        }
        move(handle, rounds);
        if (wrong)
            _exit(1);
    }
    /* The child goes on while the parent does. */
    for (; waitpid(pid, &status, WNOHANG) == 0; rounds++)
        move(handle, rounds);
    check(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the child ends with", status);
    for (int more = 0; more < LEAST; more++)
        move(handle, more);
    check(!over, "the parent's transfer has ended", (int)transfer->status);
    libusb_cancel_transfer(transfer);
    while (!over && (result = libusb_handle_events_completed(context, &over)) == 0)
        ;
    check(transfer->status == LIBUSB_TRANSFER_CANCELLED, "the parent's transfer", (int)transfer->status);
    libusb_free_transfer(transfer);
    libusb_close(handle);
    libusb_exit(context);
}

/* A program that goes to the background, and ends there: it is written to `told` whether all was well. */
static void background(int told)
{
    libusb_context *context;
    libusb_device_handle *handle = open_device(&context);
    move(handle, 1);
    if (fork() != 0)
        _exit(wrong);
    for (int round = 0; round < LEAST; round++)
        move(handle, round);
    libusb_close(handle);
    libusb_exit(context);
    _exit(write(told, wrong ? "bad" : "good", 4) != 4);
}

int main(void)
{
    int pipes[2], status = 0;
    char told[4] = "";
    pid_t pid;
    alarm(SECONDS);
    together();
    if (wrong || pipe(pipes) != 0)
        return 1;
    pid = fork();
    if (pid == 0)
        background(pipes[1]);
    close(pipes[1]);
    waitpid(pid, &status, 0);
    check(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the program that goes to the background", status);
    check(read(pipes[0], told, sizeof told) == 4 && memcmp(told, "good", 4) == 0, "in the background it fails", 0);
    return wrong;
}
