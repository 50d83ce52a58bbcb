/* optional: a program that uses usbx where it is installed, and works without it elsewhere. It is not linked to the
 * library; compiling it only needs the header.
 *
 *   cc -std=gnu99 optional.c -o optional $(pkg-config --cflags usbx) -ldl
 */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <usbx.h>

/* The functions that this program uses: one list for the pointers, their types and their names. The types come from
 * the header, so that the compiler finds a wrong argument. */
#define USED(F) F(version) F(last_error) F(devices) F(open) F(claim) F(interrupt_read) F(shutdown)

static struct {
#define POINTER(name) __typeof__(usbx_##name) *name;
    USED(POINTER)
} usbx;

static const char *const names[] = {
#define NAME(name) "usbx_" #name,
    USED(NAME)
};

/* Finds the functions, in the order of the list. Returns NULL, or the name of a function that the library lacks. */
static const char *find_functions(void *library)
{
    unsigned char *place = (unsigned char *)&usbx;
    size_t i;
    for (i = 0; i < sizeof names / sizeof names[0]; i++, place += sizeof(void *)) {
        void *address = dlsym(library, names[i]);
        if (address == NULL)
            return names[i];
        memcpy(place, &address, sizeof address); /* ISO C does not convert a data pointer to a function pointer; POSIX allows this */
    }
    return NULL;
}

/* Whether a version has the same major number and is at least this one. */
static int suits(const char *version, int major, int minor, int patch)
{
    int has_major, has_minor, has_patch;
    if (sscanf(version, "%d.%d.%d", &has_major, &has_minor, &has_patch) != 3 || has_major != major)
        return 0;
    return has_minor > minor || (has_minor == minor && has_patch >= patch);
}

/* The library, or NULL after saying why there is no USB. The 0 in its name is the number of the interface: an incompatible one has another name. */
static void *load_usbx(void)
{
    void *library = dlopen("libusbx.so.0", RTLD_NOW | RTLD_LOCAL);
    const char *(*version)(void), *missing;
    void *address;

    if (library == NULL) {
        printf("USB support is not available: %s\n", dlerror());
        return NULL;
    }
    /* Check the version first: an old library may lack functions, and a version says more than the name of one. */
    address = dlsym(library, "usbx_version");
    memcpy(&version, &address, sizeof version);
    if (address == NULL)
        printf("USB support is not available: libusbx.so.0 is not usbx\n");
    else if (!suits(version(), USBX_VERSION_MAJOR, USBX_VERSION_MINOR, USBX_VERSION_PATCH))
        printf("USB support is not available: usbx %s is installed, %d.%d.%d or newer is needed\n", version(),
               USBX_VERSION_MAJOR, USBX_VERSION_MINOR, USBX_VERSION_PATCH);
    else if ((missing = find_functions(library)) != NULL)
        printf("USB support is not available: usbx %s has no %s\n", version(), missing);
    else
        return library;
    dlclose(library);
    return NULL;
}

static void read_status(void)
{
    usbx_device *device;
    unsigned char report[16];
    size_t count;
    if (usbx.open(0x1209, 0x0001, NULL, &device) || usbx.claim(device, 0) ||
        usbx.interrupt_read(device, 0x82, report, sizeof report, 1000, &count))
        printf("%s\n", usbx.last_error());
    else
        printf("a status report of %lu bytes\n", (unsigned long)count);
}

int main(void)
{
    void *library = load_usbx();
    size_t count = 0;
    if (library != NULL) {
        printf("USB support: usbx %s\n", usbx.version());
        read_status();
        usbx.shutdown(&count); /* all handles must be closed before the library is unloaded */
        printf("handles closed: %lu\n", (unsigned long)count);
        dlclose(library);
    }
    printf("the program continues\n");
    return 0;
}
