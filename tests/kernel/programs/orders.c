/* A kernel driver that holds several interfaces of a function gets all of them back, in whatever order they are detached, claimed and
 * released, and however the program ends.
 * orders PRODUCT SYSFS DRIVER INTERFACES [ORDER…]: SYSFS is the interfaces' directories but for "1.0". Without orders: every order of
 * a function with two interfaces.
 * An order is a list of steps, each a letter and an interface's number: d detach, c claim, r release, a attach, b claim that is refused
 * as the driver holds it, C and D claim and release by a second handle; or a letter alone: A detach at claims from here on, R reset, X close the
 * second handle, y close the first, and at the end x close, s shutdown, e exit, k kill. */
#include "check.h"
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static uint16_t product;
static const char *sysfs, *driver;
static int interfaces;

static const char *driver_of(int number) {
    static char target[PATH_MAX];
    char link[512];
    ssize_t length;
    snprintf(link, sizeof link, "%s1.%d/driver", sysfs, number);
    length = readlink(link, target, sizeof target - 1);
    target[length < 0 ? 0 : length] = '\0';
    return strrchr(target, '/') == NULL ? "" : strrchr(target, '/') + 1;
}

static int whole(void) {
    int number;
    for (number = 0; number < interfaces; number++) {
        if (strcmp(driver_of(number), driver) != 0) {
            return 0;
        }
    }
    return 1;
}

static int whole_soon(void) {
    double end = seconds_now() + 5;
    while (!whole()) {
        if (seconds_now() > end) {
            return 0;
        }
        usleep(2000);
    }
    return 1;
}

static void want_whole(const char *order, const char *after) {
    if (!whole()) {
        fprintf(stderr, "after \"%s\" of \"%s\" the drivers are \"%s\"", after, order, driver_of(0));
        fprintf(stderr, " and \"%s\"\n", driver_of(1));
        exit(2);
    }
}

/* One order, in a process of its own. */
static void go(const char *order) {
    usbx_device *device, *second = NULL;
    const char *step;
    int claimed = 0, others = 0, is_given_back = 0;
    OK(usbx_open(LAB_VENDOR, product, NULL, &device));
    for (step = order; *step != '\0'; step++) {
        uint8_t number = (uint8_t)(step[1] - '0');
        switch (*step) {
        case 'd': OK(usbx_detach_kernel_driver(device, number)); break;
        case 'c':
            OK(usbx_claim(device, number));
            claimed++;
            is_given_back = 0;
            break;
        case 'b': EXPECT(usbx_claim(device, number), USBX_ERROR_BUSY); SAYS(driver); break;
        case 'a':
            OK(usbx_attach_kernel_driver(device, number));
            is_given_back = claimed == 0;
            break;
        case 'r':
            OK(usbx_release(device, number));
            is_given_back = --claimed == 0;
            if (is_given_back && others == 0) {
                want_whole(order, "release");
            }
            break;
        case 'C':
            if (second == NULL) {
                OK(usbx_open(LAB_VENDOR, product, NULL, &second));
            }
            OK(usbx_claim(second, number));
            others++;
            break;
        case 'D':
            OK(usbx_release(second, number));
            if (--others == 0 && is_given_back) {
                want_whole(order, "the other release");
            }
            break;
        case 'X':
            OK(usbx_close(second));
            others = 0;
            if (is_given_back) {
                want_whole(order, "the other close");
            }
            break;
        case 'A': OK(usbx_set_auto_detach(device, 1)); break;
        case 'R': OK(usbx_reset(device)); break;
        case 'y':
            OK(usbx_close(device));
            is_given_back = 1;
            if (others == 0) {
                want_whole(order, "close");
            }
            break;
        case 'x': OK(usbx_close(device)); want_whole(order, "close"); exit(0);
        case 's': OK(usbx_shutdown(NULL)); want_whole(order, "shutdown"); exit(0);
        case 'e': exit(0);
        case 'k': kill(getpid(), SIGKILL); break;
        default: break;
        }
    }
}

static int failed, ran;

static void try_order(const char *order) {
    int status;
    pid_t child;
    CHECK(whole_soon());
    child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        go(order);
        exit(3); /* it has no end */
    }
    while (waitpid(child, &status, 0) < 0) {
        CHECK(errno == EINTR);
    }
    ran++;
    if ((WIFEXITED(status) && WEXITSTATUS(status) != 0) || !whole_soon()) {
        int number;
        failed++;
        fprintf(stderr, "\"%s\": status 0x%x, driver of 0: \"%s\"", order, (unsigned)status, driver_of(0));
        fprintf(stderr, ", of 1: \"%s\"\n", driver_of(1));
        /* For the next one. */
        for (number = 0; number < interfaces; number++) {
            FILE *probe = fopen("/sys/bus/usb/drivers_probe", "w");
            CHECK(probe != NULL);
            fprintf(probe, "%s1.%d", strrchr(sysfs, '/') + 1, number);
            fclose(probe);
        }
    }
}

/* Every order of a function with two interfaces whose driver lets go of both at once. */
static void all_orders(void) {
    static const char *const detaches[] = {"d0 ", "d1 ", "d0 d1 ", "d1 d0 ", "b0 b1 A "};
    static const char *const uses[] = {"",
                                       "c0 ",
                                       "c1 ",
                                       "c0 c1 ",
                                       "c1 c0 ",
                                       "c0 r0 ",
                                       "c1 r1 ",
                                       "c0 c1 r0 ",
                                       "c0 c1 r1 ",
                                       "c0 c1 r0 r1 ",
                                       "c0 c1 r1 r0 ",
                                       "c0 c1 r0 a0 ",
                                       "c0 c1 r0 a0 r1 a1 ",
                                       "c0 c1 r1 a1 r0 ",
                                       "a0 ",
                                       "a1 ",
                                       "c0 a1 r0 ",
                                       "c0 c1 R r0 r1 ",
                                       "c0 c1 r0 c0 r1 r0 d1 c1 "};
    static const char ends[] = "xsek";
    char order[128];
    size_t detach, use, end;
    for (detach = 0; detach < sizeof detaches / sizeof *detaches; detach++) {
        for (use = 0; use < sizeof uses / sizeof *uses; use++) {
            for (end = 0; ends[end] != '\0'; end++) {
                snprintf(order, sizeof order, "%s%s%c", detaches[detach], uses[use], ends[end]);
                try_order(order);
            }
        }
    }
}

int main(int argc, char **argv) {
    int i;
    CHECK(argc >= 5);
    product = (uint16_t)strtoul(argv[1], NULL, 0);
    sysfs = argv[2];
    driver = argv[3];
    interfaces = atoi(argv[4]);
    if (argc == 5) {
        all_orders();
    }
    for (i = 5; i < argc; i++) {
        try_order(argv[i]);
    }
    printf("note: %s: %d orders, %d of them leave an interface without its driver\n", driver, ran, failed);
    return failed != 0;
}
