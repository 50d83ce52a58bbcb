/* Contexts, the log, options, and what needs no device. */
#include "suite.h"

static int logged;

static void LIBUSB_CALL log_line(libusb_context *c, enum libusb_log_level level, const char *text)
{
    logged += c != NULL && level == LIBUSB_LOG_LEVEL_ERROR && strstr(text, "error") != NULL;
}

void contexts(void)
{
    libusb_context *a = NULL, *b = NULL;
    code("default", libusb_init(NULL));
    code("default again", libusb_init(NULL));
    code("a", libusb_init(&a));
    code("b", libusb_init(&b));
    printf("two: %d\n", a && b && a != b);
    libusb_exit(a);
    libusb_exit(b);
    libusb_exit(NULL);
    code("level", libusb_set_option(NULL, LIBUSB_OPTION_LOG_LEVEL, LIBUSB_LOG_LEVEL_NONE));
    libusb_exit(NULL);
    code("logging", libusb_init(&a));
    libusb_set_debug(a, LIBUSB_LOG_LEVEL_ERROR);
    libusb_set_log_cb(a, log_line, LIBUSB_LOG_CB_CONTEXT);
    libusb_device_handle *wrapped = NULL;
    printf("wrap nothing: %d\n", libusb_wrap_sys_device(a, -1, &wrapped) < 0 && wrapped == NULL);
    printf("logged: %d\n", logged > 0 || getenv("LIBUSB_DEBUG"));
    libusb_exit(a);
    if (libusb_init_context) {
        const struct libusb_init_option options[] = {{.option = LIBUSB_OPTION_NO_DEVICE_DISCOVERY, .value = {.ival = 1}}};
        libusb_device **none;
        if (libusb_init_context(&a, options, 1) != 0 || libusb_get_device_list(a, &none) != 0)
            printf("a context without devices has some\n");
        libusb_free_device_list(none, 1);
        libusb_exit(a);
    }
    code("no level", libusb_set_option(NULL, LIBUSB_OPTION_LOG_LEVEL, 7));
    code("no option", libusb_set_option(NULL, (enum libusb_option)99, 0));
    printf("version: %d.%d\n", libusb_get_version()->major, libusb_get_version()->minor);
    printf("capabilities: %d %d %d %d %d\n", !!libusb_has_capability(LIBUSB_CAP_HAS_CAPABILITY), !!libusb_has_capability(LIBUSB_CAP_HAS_HOTPLUG),
           !!libusb_has_capability(LIBUSB_CAP_HAS_HID_ACCESS), !!libusb_has_capability(LIBUSB_CAP_SUPPORTS_DETACH_KERNEL_DRIVER), libusb_has_capability(77));
    for (int error = 0; error >= -13; error--)
        printf("%s: %s\n", libusb_error_name(error), libusb_strerror((enum libusb_error)error));
    printf("%s: %s\n", libusb_error_name(-99), libusb_strerror(LIBUSB_ERROR_OTHER));
    code("locale", libusb_setlocale("en_GB.UTF-8"));
    static const char *languages[] = {"nl", "fr_FR.UTF-8", "RU", "de-DE", "hu.UTF-8"};
    for (size_t i = 0; i < sizeof languages / sizeof *languages; i++) {
        code("locale", libusb_setlocale(languages[i]));
        printf("in its words: %d\n", strcmp(libusb_strerror(LIBUSB_ERROR_BUSY), "Resource busy") != 0);
    }
    code("locale", libusb_setlocale("en"));
    printf("%s\n", libusb_strerror(LIBUSB_ERROR_BUSY));
    code("no locale", libusb_setlocale("e"));
    code("unknown locale", libusb_setlocale("xx"));
}
