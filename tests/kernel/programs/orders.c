/* A kernel driver that holds several interfaces of a function gets all of them back, in whatever order they are detached, claimed and
 * released, and however the program ends.
 * orders PRODUCT SYSFS DRIVER INTERFACES [ORDER…]: SYSFS is the interfaces' directories but for "1.0". Without orders: every order of
 * a function with two interfaces.
 * An order is a list of steps, each a letter and an interface's number: d detach, c claim, r release, a attach, b claim that is refused
 * as the driver holds it, C and D claim and release by a second handle; or a letter alone: A detach at claims from here on, R reset, X close the
 * second handle, y close the first, and at the end x close, s shutdown, e exit, k kill, E execute another program. P and Q claim and
 * release by another program; what it has still when this one ends it keeps a while longer. */
#include "check.h"
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static uint16_t product;
static const char *sysfs, *driver;
static int interfaces;

/* To and from the other program; and what the program that was executed says, and waits for. */
static int orders_to_other[2], answers[2], executed[2], waits_for[2];

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

static void ask_for_driver(int number) {
    FILE *probe = fopen("/sys/bus/usb/drivers_probe", "w");
    CHECK(probe != NULL && fprintf(probe, "%s1.%d", strrchr(sysfs, '/') + 1, number) > 0);
    fclose(probe); /* fails where there is nothing to do */
}

static void want_whole(const char *order, const char *after) {
    if (!whole()) {
        fprintf(stderr, "after \"%s\" of \"%s\" the drivers are \"%s\"", after, order, driver_of(0));
        fprintf(stderr, " and \"%s\"\n", driver_of(1));
        exit(2);
    }
}

/* The other program: it claims and releases as it is told to, and ends with what it has. */
static void be_another(void) {
    usbx_device *device;
    char step[2];
    OK(usbx_open(LAB_VENDOR, product, NULL, &device));
    close(orders_to_other[1]);
    close(waits_for[1]);
    while (read(orders_to_other[0], step, 2) == 2) {
        uint8_t number = (uint8_t)(step[1] - '0');
        if (step[0] == 'P') {
            OK(usbx_claim(device, number));
        } else {
            OK(usbx_release(device, number));
        }
        CHECK(write(answers[1], "!", 1) == 1);
    }
    OK(usbx_close(device));
    exit(0);
}

static void tell_other(const char *step) {
    char answer;
    CHECK(write(orders_to_other[1], step, 2) == 2);
    CHECK(read(answers[0], &answer, 1) == 1);
}

static void execute(void) {
    char to[16], from[16];
    snprintf(to, sizeof to, "%d", executed[1]);
    snprintf(from, sizeof from, "%d", waits_for[0]);
    execl("/proc/self/exe", "orders", to, from, (char *)NULL);
    exit(4);
}

/* The program that was executed: it has nothing to do with the device, and goes on. */
static int live_on(const char *to, const char *from) {
    char nothing;
    CHECK(write(atoi(to), "!", 1) == 1);
    CHECK(read(atoi(from), &nothing, 1) == 0);
    return 0;
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
        case 'P':
            tell_other(step);
            others++;
            break;
        case 'Q':
            tell_other(step);
            if (--others == 0 && is_given_back && !whole_soon()) {
                want_whole(order, "the other program's release");
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
        case 'x':
        case 's':
            OK(*step == 'x' ? usbx_close(device) : usbx_shutdown(NULL));
            if (strchr(order, 'P') == NULL || others == 0) {
                want_whole(order, *step == 'x' ? "close" : "shutdown");
            }
            exit(0);
        case 'E': execute(); break;
        case 'e': exit(0);
        case 'k': kill(getpid(), SIGKILL); break;
        default: break;
        }
    }
}

static int failed, ran;

static int wait_for(pid_t child) {
    int status;
    while (waitpid(child, &status, 0) < 0) {
        CHECK(errno == EINTR);
    }
    return status;
}

static void close_all(void) {
    int i;
    for (i = 0; i < 2; i++) {
        close(orders_to_other[i]);
        close(answers[i]);
        close(executed[i]);
        close(waits_for[i]);
    }
}

/* Waits until what the program had claimed is free: from then on its driver is kept away by what the other program has alone. */
static void only_others(const char *order) {
    double end = seconds_now() + 5;
    int number, held, others = 0;
    for (; *order != '\0'; order++) {
        others += (*order == 'P') - (*order == 'Q');
    }
    do {
        CHECK(seconds_now() < end);
        usleep(2000);
        for (held = number = 0; number < interfaces; number++) {
            held += strcmp(driver_of(number), "usbfs") == 0;
        }
    } while (held > others);
}

static void try_order(const char *order) {
    int status, executes = strchr(order, 'E') != NULL;
    pid_t child, another = 0;
    char begun;
    CHECK(whole_soon());
    CHECK(pipe(orders_to_other) == 0 && pipe(answers) == 0 && pipe(executed) == 0 && pipe(waits_for) == 0);
    if (strchr(order, 'P') != NULL && (another = fork()) == 0) {
        be_another();
    }
    child = fork();
    CHECK(child >= 0 && another >= 0);
    close(answers[1]); /* if the other program fails, nobody waits for its answer */
    answers[1] = -1;
    if (child == 0) {
        close(waits_for[1]);
        go(order);
        exit(3); /* it has no end */
    }
    close(executed[1]);
    if (executes) {
        CHECK(read(executed[0], &begun, 1) == 1);
        if (another == 0 && !whole_soon()) {
            fprintf(stderr, "the program that was executed is there, and the driver is not\n");
            failed++;
        }
        close(waits_for[1]);
    }
    status = wait_for(child);
    if (another != 0) {
        only_others(order);
        close(orders_to_other[1]);
        if (wait_for(another) != 0) {
            status = 0x500;
        }
    }
    close_all();
    ran++;
    if ((WIFEXITED(status) && WEXITSTATUS(status) != 0) || !whole_soon()) {
        int number;
        failed++;
        fprintf(stderr, "\"%s\": status 0x%x, driver of 0: \"%s\"", order, (unsigned)status, driver_of(0));
        fprintf(stderr, ", of 1: \"%s\"\n", driver_of(1));
        /* For the next one. */
        for (number = 0; number < interfaces; number++) {
            ask_for_driver(number);
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
    if (argc == 3) {
        return live_on(argv[1], argv[2]);
    }
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
