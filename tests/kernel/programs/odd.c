/* Devices unlike most, on the kernel's bus: what the library makes of them is what the kernel makes of them. */
#include "usbip_odd.h"
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define INTERFACE(number, setting, endpoints, class) 9, 4, number, setting, endpoints, class, 0, 0, 0
#define ENDPOINT(address, type, size, interval) 7, 5, address, type, (size) & 0xff, (size) >> 8, interval

/* It says 500 bytes. Interface 0 has settings 1 and 2 and no 0; 1 is a printer, 2 names the printer's endpoint too, and the two
 * are a function. */
static const uint8_t first[] = {9, 2, 0xf4, 1, 3, 1, 0, 0x80, 50,
    INTERFACE(0, 1, 1, 0xff), ENDPOINT(0x81, 2, 512, 0), INTERFACE(0, 2, 1, 0xff), ENDPOINT(0x83, 2, 512, 0),
    8, 11, 1, 2, 0xff, 0, 0, 0, INTERFACE(1, 0, 1, 7), ENDPOINT(0x82, 2, 512, 0),
    INTERFACE(2, 0, 1, 0xff), ENDPOINT(0x82, 2, 512, 0)};
static const uint8_t numbered_0[] = {9, 2, 25, 0, 1, 0, 0, 0x80, 50, INTERFACE(7, 0, 1, 0xff), ENDPOINT(0x85, 2, 512, 0)};
/* High-speed sizes. */
static const uint8_t fast[] = {9, 2, 39, 0, 1, 1, 0, 0x80, 50, INTERFACE(0, 0, 3, 0xff), ENDPOINT(0x81, 2, 512, 0),
    ENDPOINT(0x82, 3, 512, 4), ENDPOINT(0x83, 1, 1024, 1)};
/* An isochronous endpoint of SuperSpeedPlus, 48 KiB an interval. */
static const uint8_t plus[] = {9, 2, 39, 0, 1, 1, 0, 0x80, 50, INTERFACE(0, 0, 1, 0xff), ENDPOINT(0x81, 1, 1024, 1),
    6, 48, 15, 0x80, 1, 0, 8, 49, 0, 0, 0, 0xc0, 0, 0};

#define DEVICE(speed_, version, packet, product, configurations)                                                        \
    .speed = speed_, .device = {18, 1, 0, version, 0, 0, 0, packet, 0x09, 0x12, ODD_PRODUCT & 0xff, ODD_PRODUCT >> 8, 0, 1, 0, \
                                product, 0, configurations}

static const uint8_t text[] = {10, 3, 't', 0, 'e', 0, 'x', 0, 't', 0};
/* Half of a pair, a whole pair, the other half, a NUL with something behind it. */
static const uint8_t halves[] = {20, 3, 'a', 0, 0x3d, 0xd8, 'b', 0, 0x3d, 0xd8, 0x00, 0xde, 0x00, 0xde, 'c', 0, 0, 0, 'd', 0};

static const struct odd_device several = {DEVICE(USBX_SPEED_HIGH, 2, 64, 2, 2), .configurations = {first, numbered_0},
    .lengths = {sizeof first, sizeof numbered_0}, .has_languages = 1, .strings = {NULL, NULL, halves}};
static struct odd_device slowed = {DEVICE(USBX_SPEED_FULL, 2, 64, 0, 1), .configurations = {fast}, .lengths = {sizeof fast},
    .deaf_to_long = 5, .fills = 2, .strings = {NULL, NULL, NULL, NULL, text, text}};
static const struct odd_device super = {DEVICE(USBX_SPEED_SUPER, 3, 9, 0, 1), .configurations = {plus}, .lengths = {sizeof plus}};

static char path[600];

static void slurp(const char *name, char *to, size_t capacity) {
    char file_name[1024];
    FILE *file;
    snprintf(file_name, sizeof file_name, "/sys/bus/usb/devices/%s/%s", path, name);
    file = fopen(file_name, "r");
    to[0] = '\0';
    if (file != NULL) {
        to[fread(to, 1, capacity - 1, file)] = '\0';
        to[strcspn(to, "\n")] = '\0';
        fclose(file);
    }
}

static void check_kernel_says(const char *name, const char *expected) {
    char got[512];
    slurp(name, got, sizeof got);
    if (strcmp(got, expected) != 0) {
        fprintf(stderr, "the kernel says %s: \"%s\", not \"%s\"\n", name, got, expected);
        exit(1);
    }
}

/* Plugs one in and opens it, once the kernel has configured it. */
static usbx_device *meet(const struct odd_device *odd, pid_t *player, int *port, usbx_device_info *info) {
    double until = seconds_now() + 20;
    struct timespec pause = {0, 20000000};
    usbx_device *device = NULL;
    uint8_t configuration = 0;
    int end;
    *port = attach_port(odd->speed, &end);
    *player = fork();
    CHECK(*player >= 0);
    if (*player == 0) {
        play_odd(odd, end);
        _exit(0);
    }
    close(end);
    while (configuration == 0 && seconds_now() < until) {
        if (device != NULL || usbx_open(0x1209, ODD_PRODUCT, NULL, &device) == USBX_OK) {
            OK(usbx_get_configuration(device, &configuration));
        }
        nanosleep(&pause, NULL);
    }
    CHECK(device != NULL && configuration == 1);
    OK(usbx_info(device, info));
    snprintf(path, sizeof path, "%s", info->path);
    return device;
}

static void part(usbx_device *device, pid_t player, int port) {
    struct timespec pause = {0, 10000000};
    OK(usbx_close(device));
    kill(player, SIGKILL);
    waitpid(player, NULL, 0);
    while (!is_port_free(port)) { /* the case has its own time limit */
        nanosleep(&pause, NULL);
    }
}

static void check_descriptors(void) {
    uint8_t all[512];
    size_t length, at = 18;
    OK(usbx_descriptors(path, all, sizeof all, &length));
    CHECK_NUMBER(length, 18 + sizeof first + sizeof numbered_0);
    CHECK_NUMBER(all[at + 2] | all[at + 3] << 8, sizeof first);
    CHECK(memcmp(all + at + 4, first + 4, sizeof first - 4) == 0);
    at += sizeof first;
    CHECK(memcmp(all + at, numbered_0, sizeof numbered_0) == 0);
}

static void check_interfaces(usbx_device *device) {
    static const uint8_t expected[4][6] = {{0, 1, 1, 0xff, 0, 0}, {0, 2, 0, 0xff, 0, 0}, {1, 0, 1, 7, 1, 2}, {2, 0, 1, 0xff, 1, 2}};
    usbx_interface all[8];
    size_t count, i;
    OK(usbx_interfaces(device, all, 8, &count));
    CHECK_NUMBER(count, 4);
    for (i = 0; i < 4; i++) {
        CHECK_NUMBER(all[i].number, expected[i][0]);
        CHECK_NUMBER(all[i].alt_setting, expected[i][1]);
        CHECK_NUMBER(all[i].selected, expected[i][2]);
        CHECK_NUMBER(all[i].interface_class, expected[i][3]);
        CHECK_NUMBER(all[i].association_first, expected[i][4]);
        CHECK_NUMBER(all[i].association_count, expected[i][5]);
    }
}

/* A transfer by a queue, and how many bytes it moves. */
static size_t submit(usbx_device *device, uint8_t type, uint8_t endpoint, uint8_t request_type, uint16_t index) {
    static uint8_t data[512];
    usbx_transfer transfer;
    usbx_completion completion;
    usbx_queue *queue;
    memset(&transfer, 0, sizeof transfer);
    transfer.type = type;
    transfer.endpoint = endpoint;
    transfer.request_type = request_type;
    transfer.index = index;
    transfer.data = data;
    transfer.length = sizeof data;
    OK(usbx_queue_open(&queue));
    OK(usbx_submit(device, queue, &transfer, NULL));
    OK(usbx_queue_wait(queue, &completion, 1, 5000, NULL));
    OK(completion.status);
    OK(usbx_queue_close(queue));
    return completion.transferred;
}

static void check_several(void) {
    usbx_device_info info;
    uint8_t data[512], configuration = 99;
    char got[384];
    pid_t player;
    int port;
    size_t moved;
    usbx_device *device = meet(&several, &player, &port, &info);

    /* The listed string and the one that is asked for. */
    check_kernel_says("product", "ab\xf0\x9f\x98\x80" "c");
    CHECK(strcmp(info.product, "ab\xf0\x9f\x98\x80" "c") == 0);
    OK(usbx_get_string(device, 2, 0, got, sizeof got, &moved));
    CHECK(strcmp(got, info.product) == 0 && moved == strlen(got));
    EXPECT(usbx_get_string(device, 4, 0x0409, got, sizeof got, NULL), USBX_ERROR_PIPE);

    check_descriptors();
    check_interfaces(device);
    if (getenv("ODD_PYUSB") != NULL) {
        CHECK_NUMBER(system(getenv("ODD_PYUSB")), 0);
    }

    /* The interface without a setting 0. */
    OK(usbx_claim(device, 0));
    OK(usbx_bulk_read(device, 0x81, data, sizeof data, 5000, &moved));
    CHECK_NUMBER(moved, 5);
    OK(usbx_set_alt_setting(device, 0, 2));
    OK(usbx_bulk_read(device, 0x83, data, sizeof data, 5000, &moved));
    OK(usbx_release(device, 0));
    OK(usbx_claim(device, 0));
    OK(usbx_bulk_read(device, 0x81, data, sizeof data, 5000, &moved));
    OK(usbx_release(device, 0));

    /* The printer, and the other one with its endpoint. */
    OK(usbx_control(device, 0xa1, 0, 0, 0x0100, data, 64, 5000, &moved));
    CHECK_NUMBER(moved, 6);
    CHECK_NUMBER(submit(device, USBX_TYPE_CONTROL, 0, 0xa1, 0x0100), 6);
    EXPECT(usbx_control(device, 0xa1, 1, 0, 1, data, 1, 5000, NULL), USBX_ERROR_NOT_CLAIMED);
    EXPECT(usbx_bulk_read(device, 0x82, data, sizeof data, 5000, &moved), USBX_ERROR_NOT_CLAIMED);
    OK(usbx_claim(device, 2));
    OK(usbx_bulk_read(device, 0x82, data, sizeof data, 5000, &moved));
    CHECK_NUMBER(moved, 5);
    CHECK_NUMBER(submit(device, USBX_TYPE_BULK, 0x82, 0, 0), 5);
    OK(usbx_release(device, 2));
    OK(usbx_close(device)); /* of the first of the two the kernel has a claim by now */
    OK(usbx_open_path(path, &device));

    /* There is a configuration of value 0. */
    check_kernel_says("bConfigurationValue", "1");
    OK(usbx_set_configuration(device, 0));
    check_kernel_says("bConfigurationValue", "0");
    OK(usbx_get_configuration(device, &configuration));
    CHECK_NUMBER(configuration, 0);
    OK(usbx_claim(device, 7));
    OK(usbx_bulk_read(device, 0x85, data, sizeof data, 5000, &moved));
    OK(usbx_release(device, 7));
    OK(usbx_set_configuration(device, 1));
    check_kernel_says("bConfigurationValue", "1");
    part(device, player, port);
}

static void check_slowed(void) {
    usbx_device_info info;
    usbx_endpoint all[4];
    usbx_stream *stream;
    usbx_chunk chunk;
    uint8_t data[512], configuration = 99;
    char got[384];
    pid_t player;
    int port;
    size_t moved;
    volatile int *unanswered = mmap(NULL, sizeof *unanswered, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    usbx_device *device;
    CHECK(unanswered != MAP_FAILED);
    slowed.unanswered = unanswered;
    device = meet(&slowed, &player, &port, &info);

    /* The kernel's sizes, told and used. */
    OK(usbx_endpoints(device, all, 4, &moved));
    CHECK_NUMBER(moved, 3);
    CHECK_NUMBER(all[0].max_packet_size, 64);
    CHECK_NUMBER(all[1].max_packet_size, 64);
    CHECK_NUMBER(all[2].max_packet_size, 1023);
    CHECK_NUMBER(all[2].max_bytes_per_interval, 1023);
    snprintf(path, sizeof path, "%.200s/%.200s:1.0/ep_81", info.path, info.path);
    check_kernel_says("wMaxPacketSize", "0040");
    snprintf(path, sizeof path, "%s", info.path);
    OK(usbx_claim(device, 0));
    OK(usbx_stream_open(device, 0x82, NULL, &stream));
    OK(usbx_stream_next(stream, 5000, &chunk));
    CHECK_NUMBER(chunk.length, 64);
    OK(usbx_stream_close(stream));

    /* No table of languages, and a string that must not be asked for more than it has. */
    OK(usbx_get_string(device, 4, 0x0409, got, sizeof got, NULL));
    CHECK(strcmp(got, "text") == 0);
    OK(usbx_get_string(device, 5, 0, got, sizeof got, NULL));
    CHECK(strcmp(got, "text") == 0);
    OK(usbx_get_string(device, 5, 0x0409, got, sizeof got, NULL));
    CHECK(strcmp(got, "text") == 0);
    CHECK_NUMBER(*unanswered, 1); /* it is asked so once */

    /* The light reset keeps the claim; unconfigured is what the kernel then calls it. */
    OK(usbx_control(device, 0x00, 9, 1, 0, NULL, 0, 5000, NULL));
    OK(usbx_bulk_read(device, 0x81, data, sizeof data, 5000, &moved));
    EXPECT(usbx_set_configuration(device, 0), USBX_ERROR_BUSY);
    OK(usbx_release(device, 0));
    OK(usbx_set_configuration(device, 0));
    check_kernel_says("bConfigurationValue", "");
    OK(usbx_get_configuration(device, &configuration));
    CHECK_NUMBER(configuration, 0);
    EXPECT(usbx_claim(device, 0), USBX_ERROR_NOT_FOUND);
    OK(usbx_control(device, 0x00, 9, 1, 0, NULL, 0, 5000, NULL));
    check_kernel_says("bConfigurationValue", "1");
    OK(usbx_claim(device, 0));
    part(device, player, port);
}

static void check_super(void) {
    usbx_device_info info;
    usbx_endpoint endpoint;
    pid_t player;
    int port;
    size_t count;
    usbx_device *device = meet(&super, &player, &port, &info);
    OK(usbx_endpoints(device, &endpoint, 1, &count));
    CHECK_NUMBER(count, 1);
    CHECK_NUMBER(endpoint.max_bytes_per_interval, 48 * 1024);
    CHECK_NUMBER(endpoint.packets_per_interval, 48);
    part(device, player, port);
}

int main(void) {
    check_several();
    check_slowed();
    check_super();
    OK(usbx_shutdown(NULL));
    return 0;
}
