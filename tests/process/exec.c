/* exec: another program inherits nothing from the library, however it is started. With "list" as argument this is the
 * other program, and prints how many file descriptors it has. */
#define _DEFAULT_SOURCE
#include "work.h"

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
static char *self;

enum { BY_FORK, BY_VFORK, BY_SPAWN, WAYS };

/* How many descriptors another program has, started in this way; -1 if that fails. */
static int given(int way)
{
    char list[] = "list", *arguments[3];
    int status = -1;
    pid_t pid = -1;
    arguments[0] = self;
    arguments[1] = list;
    arguments[2] = NULL;
    fflush(stdout);
    if (way == BY_SPAWN) {
        if (posix_spawn(&pid, self, NULL, NULL, arguments, environ) != 0)
            return -1;
    } else {
        pid = way == BY_FORK ? fork() : vfork();
        if (pid == 0) {
            execve(self, arguments, environ);
            _exit(255);
        }
    }
    if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) == 255)
        return -1;
    return WEXITSTATUS(status);
}

static void no_descriptor_is_inherited(void)
{
    usbx_stream_options options;
    usbx_stream *exact = NULL;
    usbx_device *device;
    int32_t fd = -1;
    int way, before[WAYS], own;
    for (way = 0; way < WAYS; way++)
        before[way] = given(way);
    own = directory_entries("/proc/self/fd");
    if (!start_work())
        return;
    device = (usbx_device *)open_handles[DEVICE];
    memset(&options, 0, sizeof options);
    options.flags = USBX_STREAM_EXACT_TIME;
    EXPECT(usbx_stream_open(device, ACQ_FRAMES, &options, &exact), USBX_OK);
    EXPECT(usbx_stream_fd(exact, &fd), USBX_OK);
    EXPECT(usbx_queue_fd((usbx_queue *)open_handles[QUEUE], &fd), USBX_OK);
    CHECK(directory_entries("/proc/self/fd") >= own + 8); /* there is something to inherit */
    for (way = 0; way < WAYS; way++) {
        CHECK(before[way] >= 3);
        EQUAL(given(way), before[way]);
    }
    EXPECT(usbx_stream_close(exact), USBX_OK);
    work_goes_on();
    end_work();
}

int main(int argc, char **argv)
{
    static const test_case cases[] = {{"no_descriptor_is_inherited", no_descriptor_is_inherited}};
    if (argc == 2 && strcmp(argv[1], "list") == 0)
        return directory_entries("/proc/self/fd") - 3; /* ".", ".." and the one to read them by */
    self = argv[0];
    alarm(500);
    unsetenv("USBX_TEST_DEVICE");
    after_failure = start_over;
    run_cases(cases, COUNT(cases), argc, argv);
    start_over();
    return finish_cases();
}
