/* For programs that `usbx run` starts, by LD_AUDIT: wherever the loader is to look for a libusb-1.0, it takes the one beside this file. So a program
 * gets it that has a libusb in a directory of its own, names the whole path of one, or has one whose name a package builder has changed. Two of
 * them in one process would call each other's functions, as LD_PRELOAD lets them. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <string.h>

#define NAME "libusb-1.0.so.0"

static char ours[4096];

unsigned int la_version(unsigned int version)
{
    Dl_info own;
    const char *slash;
    if (dladdr((void *)ours, &own) && own.dli_fname != NULL && (slash = strrchr(own.dli_fname, '/')) != NULL) {
        size_t length = (size_t)(slash + 1 - own.dli_fname);
        if (length + sizeof NAME <= sizeof ours) {
            memcpy(ours, own.dli_fname, length);
            memcpy(ours + length, NAME, sizeof NAME);
        }
    }
    return version < LAV_CURRENT ? version : LAV_CURRENT;
}

/* libusb-1.0.so.0, libusb-1.0.so; libusb-1-5f1e2d3c.0.so.0.3.0 in a wheel of Python's. libusb-0.1 is another library. */
static int is_libusb(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
    return strncmp(name, "libusb-1", 8) == 0 && (name[8] == '.' || name[8] == '-') && strstr(name, ".so") != NULL;
}

char *la_objsearch(const char *name, uintptr_t *cookie, unsigned int flag)
{
    (void)cookie;
    if (flag == LA_SER_ORIG && ours[0] != '\0' && is_libusb(name))
        return ours;
    return (char *)(uintptr_t)name;
}
