/* Virtual devices and captures with bad arguments. */
#include "bad_arguments.h"

static void virtual_devices(void)
{
    usbx_virtual *plugged;
    usbx_replay_statistics replayed;
    char serial[128], text[8];
    memset(serial, 'x', sizeof serial);
    serial[127] = '\0';
#define NOTHING(call, expected)                                 \
    do {                                                        \
        plugged = (usbx_virtual *)token(UINT64_C(0x1234567890)); \
        REFUSED(call, expected);                                \
        CHECK(plugged == NULL);                                 \
    } while (0)
    INVALID(usbx_virtual_open("acquisition", NULL, NULL));
    NOTHING(usbx_virtual_open("replay:", NULL, &plugged), USBX_ERROR_INVALID_PARAM);
    NOTHING(usbx_virtual_open("replay:f,match=exact", NULL, &plugged), USBX_ERROR_INVALID_PARAM);
    SAID("match=strict");
    NOTHING(usbx_virtual_open("replay:/nonexistent", NULL, &plugged), USBX_ERROR_NOT_FOUND);
    NOTHING(usbx_virtual_open("replay:/", NULL, &plugged), USBX_ERROR_INVALID_PARAM);
    NOTHING(usbx_virtual_open(NULL, NULL, &plugged), USBX_ERROR_INVALID_PARAM);
    SAID("model");
    NOTHING(usbx_virtual_open(NOT_UTF8, NULL, &plugged), USBX_ERROR_INVALID_PARAM);
    NOTHING(usbx_virtual_open("", NULL, &plugged), USBX_ERROR_NOT_FOUND);
    NOTHING(usbx_virtual_open("no such model", NULL, &plugged), USBX_ERROR_NOT_FOUND);
    SAID("acquisition"); /* lists the models */
    NOTHING(usbx_virtual_open("acquisition", NOT_UTF8, &plugged), USBX_ERROR_INVALID_PARAM);
    NOTHING(usbx_virtual_open("acquisition", serial, &plugged), USBX_ERROR_INVALID_PARAM);
    SAID("126");
    serial[126] = '\0';
    EXPECT(usbx_virtual_open("acquisition", serial, &plugged), USBX_OK);
    INVALID(usbx_virtual_replay_stats(plugged, NULL, NULL, 0, NULL));
    INVALID(usbx_virtual_replay_stats(plugged, &replayed, NULL, 1, NULL));
    EXPECT(usbx_virtual_replay_stats(plugged, &replayed, text, sizeof text, NULL), USBX_ERROR_NOT_SUPPORTED);
    SAID("replay:FILE");
    EXPECT(usbx_virtual_unplug(plugged), USBX_OK);
    EXPECT(usbx_virtual_unplug(plugged), USBX_OK); /* already unplugged: does nothing */
    EXPECT(usbx_virtual_close(plugged), USBX_OK);
    EXPECT(usbx_virtual_close(plugged), USBX_ERROR_INVALID_HANDLE);
}

static void models(void)
{
    static const unsigned char device[18] = {18, 1, 0, 2, 0, 0, 0, 64, 9, 0x12, 0x97, 0, 0, 1, 0, 0, 0, 0};
    usbx_virtual *plugged, *model = NULL;
    usbx_virtual_event event;
    unsigned char data[4];
    size_t count;
    int32_t fd = 5;
    char text[128];
    memset(text, 'x', sizeof text);
    text[127] = '\0';
    INVALID(usbx_virtual_create(0, device, sizeof device, NULL));
    NOTHING(usbx_virtual_create(0, NULL, 18, &plugged), USBX_ERROR_INVALID_PARAM);
    NOTHING(usbx_virtual_create(0, NULL, 0, &plugged), USBX_ERROR_INVALID_PARAM);
    SAID("18 bytes");
    NOTHING(usbx_virtual_create(0, data, (size_t)-1, &plugged), USBX_ERROR_INVALID_PARAM);
    NOTHING(usbx_virtual_create(6, device, sizeof device, &plugged), USBX_ERROR_INVALID_PARAM);
    SAID("USBX_SPEED_");
    EXPECT(usbx_virtual_create(0, device, sizeof device, &model), USBX_OK);
    INVALID(usbx_virtual_string(model, 0, 0x0409, "x"));
    INVALID(usbx_virtual_string(model, 1, 0x0409, NULL));
    INVALID(usbx_virtual_string(model, 1, 0x0409, NOT_UTF8));
    INVALID(usbx_virtual_string(model, 1, 0x0409, text));
    SAID("126");
    INVALID(usbx_virtual_descriptor(model, 15, 0, 1, device, 1));
    INVALID(usbx_virtual_descriptor(model, 15, 0, 0, NULL, 1));
    INVALID(usbx_virtual_descriptor(model, 15, 0, 0, device, 65536));
    INVALID(usbx_virtual_next(model, USBX_NO_WAIT, NULL, NULL, 0, NULL));
    count = 7;
    INVALID(usbx_virtual_next(model, USBX_NO_WAIT, &event, NULL, 1, &count));
    EQUAL(count, 0);
    EQUAL(event.event, 0);
    REFUSED(usbx_virtual_path(model, text, sizeof text, &count), USBX_ERROR_NO_DEVICE);
    EQUAL(text[0], '\0');
    INVALID(usbx_virtual_path(model, NULL, 5, &count));
    INVALID(usbx_virtual_fd(model, NULL));
    REFUSED(usbx_virtual_reply(model, NULL, 0), USBX_ERROR_NOT_FOUND);
    INVALID(usbx_virtual_reply(model, NULL, 1));
    INVALID(usbx_virtual_stall(model, 0x81));
    REFUSED(usbx_virtual_stall(model, 0), USBX_ERROR_NOT_FOUND);
    COUNTS(usbx_virtual_write(model, 0x81, data, 1, 1000, &count), USBX_ERROR_INVALID_PARAM, 0);
    COUNTS(usbx_virtual_read(model, 0x01, NULL, 1, 1000, &count), USBX_ERROR_INVALID_PARAM, 0);
    EXPECT(usbx_virtual_fd(model, &fd), USBX_OK);
    CHECK(fd >= 0);
    EXPECT(usbx_virtual_close(model), USBX_OK);
}

static void captures(void)
{
    usbx_capture *capture = (usbx_capture *)token(1);
    usbx_capture_options options;
    memset(&options, 0, sizeof options);
#define NO_CAPTURE(call, expected)                              \
    do {                                                        \
        capture = (usbx_capture *)token(1);                     \
        REFUSED(call, expected);                                \
        CHECK(capture == NULL);                                 \
    } while (0)
    INVALID(usbx_capture_open("/dev/null", NULL, NULL));
    NO_CAPTURE(usbx_capture_open(NULL, NULL, &capture), USBX_ERROR_INVALID_PARAM);
    SAID("path");
    NO_CAPTURE(usbx_capture_open("", NULL, &capture), USBX_ERROR_INVALID_PARAM);
    NO_CAPTURE(usbx_capture_open(NOT_UTF8, NULL, &capture), USBX_ERROR_INVALID_PARAM);
    NO_CAPTURE(usbx_capture_open("/nonexistent/file", NULL, &capture), USBX_ERROR_NOT_FOUND);
    SAID("/nonexistent/file");
    NO_CAPTURE(usbx_capture_open("/", NULL, &capture), USBX_ERROR_IO);
    options.flags = 1;
    NO_CAPTURE(usbx_capture_open("/dev/null", &options, &capture), USBX_ERROR_INVALID_PARAM);
    SAID("flags");
    options.flags = 0;
    options.memory = (size_t)-1;
    NO_CAPTURE(usbx_capture_open("/dev/null", &options, &capture), USBX_ERROR_INVALID_PARAM);
    options.memory = 0;
    options.ring = (size_t)-1;
    NO_CAPTURE(usbx_capture_open("/dev/null", &options, &capture), USBX_ERROR_INVALID_PARAM);
    options.ring = 0;
    memcpy(options.path, NOT_UTF8, sizeof NOT_UTF8);
    NO_CAPTURE(usbx_capture_open("/dev/null", &options, &capture), USBX_ERROR_INVALID_PARAM);
    memset(options.path, 'x', sizeof options.path); /* not terminated: as long as the field is */
    EXPECT(usbx_capture_open("/dev/null", &options, &capture), USBX_OK);
    INVALID(usbx_capture_stats(capture, NULL));
    EXPECT(usbx_capture_close(capture), USBX_OK);
    EXPECT(usbx_capture_close(capture), USBX_ERROR_INVALID_HANDLE);
}

void software_devices(int argc, char **argv)
{
    static const test_case cases[] = {
        {"virtual_devices", virtual_devices},
        {"models", models},
        {"captures", captures},
    };
    run_cases(cases, COUNT(cases), argc, argv);
}
