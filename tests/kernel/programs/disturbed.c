/* Another process resets the device: transfers that were pending say so, and the handle goes on with its claims and settings. */
#include "unanswered.h"
#include <fcntl.h>
#include <linux/usbdevice_fs.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { IN = 0x81, SECOND = 0x84 };

static usbx_device *device;
static struct faults *faults;
static uint8_t data[4096];

/* What another program does with the device's node: reset it, and then claim `claims` if that is not negative. */
static int other_program(int claims, pid_t *stays) {
    usbx_device_info info;
    char node[64];
    int status, fd, ready[2];
    pid_t program;
    OK(usbx_info(device, &info));
    snprintf(node, sizeof node, "/dev/bus/usb/%03d/%03d", info.bus, info.address);
    CHECK(pipe(ready) == 0);
    program = fork();
    CHECK(program >= 0);
    if (program == 0) {
        unsigned interface = (unsigned)claims;
        fd = open(node, O_RDWR);
        if (fd < 0 || ioctl(fd, USBDEVFS_RESET, NULL) != 0 || (claims >= 0 && ioctl(fd, USBDEVFS_CLAIMINTERFACE, &interface) != 0)) {
            perror("the other program");
            _exit(1);
        }
        if (stays != NULL) {
            if (write(ready[1], "x", 1) == 1) {
                pause();
            }
        }
        _exit(0);
    }
    close(ready[1]);
    if (stays != NULL) {
        char byte;
        *stays = program;
        status = read(ready[0], &byte, 1) == 1;
        close(ready[0]);
        return status;
    }
    close(ready[0]);
    return waitpid(program, &status, 0) == program && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Claims and settings are as the handle has them, and nobody else's. */
static void all_is_as_before(void) {
    usbx_device *another;
    size_t moved;
    OK(usbx_bulk_read(device, IN, data, 512, 5000, &moved));
    CHECK_NUMBER(moved, 512);
    OK(usbx_bulk_read(device, SECOND, data, 512, 5000, &moved));
    CHECK_NUMBER(moved, 512);
    OK(usbx_open(0x1209, FAULTS_PRODUCT, "DISTURBED", &another));
    EXPECT(usbx_claim(another, 0), USBX_ERROR_BUSY);
    EXPECT(usbx_claim(another, 1), USBX_ERROR_BUSY);
    OK(usbx_close(another));
}

static void disturb(void) { CHECK(other_program(-1, NULL)); }

/* All at once, and then each alone, so that nothing else shows what happens to it. */
static void each_kind_says_io(usbx_device *to, const struct kind *kinds, size_t count) {
    usbx_queue *queue;
    usbx_stream *stream;
    usbx_chunk chunk;
    size_t at;
    int round;
    for (round = 0; round < 3; round++) {
        all_kinds_say_io(to, kinds, count, disturb);
        all_is_as_before();
    }
    OK(usbx_queue_open(&queue));
    for (at = 0; at < count; at++) {
        begin_call(to, kinds[at], at);
        disturb();
        call_was_ended(at);
        all_is_as_before();
        submit_unanswered(to, queue, kinds[at], at);
        disturb();
        queued_was_ended(queue);
        all_is_as_before();
        if (kinds[at].endpoint != 0) {
            OK(usbx_stream_open(to, kinds[at].endpoint, NULL, &stream));
            disturb();
            EXPECT(usbx_stream_next(stream, 10000, &chunk), USBX_ERROR_IO);
            OK(usbx_stream_close(stream));
            all_is_as_before();
        }
    }
    OK(usbx_queue_close(queue));
}

/* With nothing pending, it shows only at the next call. */
static void an_idle_handle_goes_on(void) {
    usbx_queue *queue;
    usbx_transfer transfer;
    usbx_completion done;
    size_t count, moved;
    CHECK(other_program(-1, NULL));
    OK(usbx_bulk_read(device, SECOND, data, 512, 5000, &moved));
    all_is_as_before();
    CHECK(other_program(-1, NULL));
    OK(usbx_queue_open(&queue));
    memset(&transfer, 0, sizeof transfer);
    transfer.type = USBX_TYPE_BULK;
    transfer.endpoint = SECOND;
    transfer.data = data;
    transfer.length = 512;
    OK(usbx_submit(device, queue, &transfer, NULL));
    OK(usbx_queue_wait(queue, &done, 1, 10000, &count));
    CHECK_NUMBER(done.status, USBX_OK);
    OK(usbx_queue_close(queue));
    all_is_as_before();
    CHECK(other_program(-1, NULL));
    OK(usbx_clear_halt(device, SECOND));
    OK(usbx_bulk_read(device, SECOND, data, 512, 5000, &moved));
    CHECK(other_program(-1, NULL));
    OK(usbx_release(device, 1)); /* the claim is gone, and that is what was asked for */
    OK(usbx_claim(device, 1));
    OK(usbx_set_alt_setting(device, 1, 1));
    all_is_as_before();
}

/* The other program claims what this handle had. */
static void what_others_have_taken_is_said(void) {
    pid_t program;
    size_t moved;
    int status;
    CHECK(other_program(1, &program));
    EXPECT(usbx_bulk_read(device, SECOND, data, 512, 5000, &moved), USBX_ERROR_NOT_CLAIMED);
    SAYS("the claim ended");
    SAYS("usbx_release");
    OK(usbx_bulk_read(device, IN, data, 512, 5000, &moved));
    OK(usbx_release(device, 1));
    EXPECT(usbx_claim(device, 1), USBX_ERROR_BUSY);
    CHECK(kill(program, SIGKILL) == 0 && waitpid(program, &status, 0) == program);
    OK(usbx_claim(device, 1));
    OK(usbx_set_alt_setting(device, 1, 1));
    all_is_as_before();
}

/* The same of calls that move no data: each is refused as what it is, or has its claim back. */
static void calls_say_what_is_the_case(void) {
    pid_t program;
    char driver[32];
    int status;
    CHECK(other_program(1, &program));
    EXPECT(usbx_set_alt_setting(device, 1, 1), USBX_ERROR_NOT_CLAIMED);
    SAYS("the claim ended");
    EXPECT(usbx_set_alt_setting(device, 1, 0), USBX_ERROR_NOT_CLAIMED);
    EXPECT(usbx_clear_halt(device, SECOND), USBX_ERROR_NOT_CLAIMED);
    SAYS("the claim ended");
    OK(usbx_set_alt_setting(device, 0, 0));
    EXPECT(usbx_claim(device, 1), USBX_ERROR_BUSY);
    SAYS("held by process");
    EXPECT(usbx_control(device, 0x21, 9, 0, 1, NULL, 0, 5000, NULL), USBX_ERROR_NOT_CLAIMED);
    SAYS("the claim ended");
    EXPECT(usbx_set_configuration(device, 0), USBX_ERROR_BUSY);
    OK(usbx_detach_kernel_driver(device, 1)); /* there is none */
    EXPECT(usbx_kernel_driver(device, 1, driver, sizeof driver, NULL), USBX_OK);
    CHECK(driver[0] == 0);
    CHECK(kill(program, SIGKILL) == 0 && waitpid(program, &status, 0) == program);
    OK(usbx_set_alt_setting(device, 1, 1));
    all_is_as_before();

    /* Nobody has it: with the call it is this handle's again, with the setting that was selected. */
    CHECK(other_program(-1, NULL));
    OK(usbx_claim(device, 1));
    all_is_as_before();
    CHECK(other_program(-1, NULL));
    OK(usbx_claim(device, 0));
    all_is_as_before();
    CHECK(other_program(-1, NULL));
    OK(usbx_detach_kernel_driver(device, 0));
    all_is_as_before();
    CHECK(other_program(-1, NULL));
    EXPECT(usbx_attach_kernel_driver(device, 1), USBX_ERROR_BUSY);
    all_is_as_before();
    CHECK(other_program(-1, NULL));
    OK(usbx_set_alt_setting(device, 0, 0));
    all_is_as_before();
    CHECK(other_program(-1, NULL));
    OK(usbx_reset(device));
    all_is_as_before();
    CHECK(other_program(-1, NULL));
    OK(usbx_control(device, 0, 9, 1, 0, NULL, 0, 5000, NULL)); /* the light reset: settings are 0 after it */
    OK(usbx_set_alt_setting(device, 1, 1));
    all_is_as_before();

    /* A reset takes what others have taken. */
    CHECK(other_program(1, &program));
    OK(usbx_reset(device));
    all_is_as_before();
    CHECK(kill(program, SIGKILL) == 0 && waitpid(program, &status, 0) == program);
}

int main(void) {
    static const struct kind kinds[TYPES] = {
        {USBX_TYPE_BULK, 0x83, 0}, {USBX_TYPE_INTERRUPT, 0x85, 0}, {USBX_TYPE_CONTROL, 0, 0xc0}, {USBX_TYPE_ISOCHRONOUS, 0x86, 0}};
    faults = plug_faults("DISTURBED", &device);
    OK(usbx_claim(device, 0));
    OK(usbx_claim(device, 1));
    OK(usbx_set_alt_setting(device, 1, 1));
    all_is_as_before();
    each_kind_says_io(device, kinds, TYPES);
    an_idle_handle_goes_on();
    what_others_have_taken_is_said();
    calls_say_what_is_the_case();
    OK(usbx_close(device));
    unplug_faults(faults);
    return 0;
}
