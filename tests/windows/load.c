/* Loads the DLL at run time, uses it from several threads, frees it, and does so again: FreeLibrary() succeeds and takes nothing away
 * that a thread or a callback of the library still needs. Nothing of the system's stays open. */
#include <stdio.h>
#include <usbx.h>
#include <windows.h>

enum { THREADS = 4, ROUNDS = 8, CALLS = 20 };

static HMODULE library;

#define CALL(function) ((__typeof__(&function))(void *)GetProcAddress(library, #function))

static DWORD WINAPI use(void *failed)
{
    int i;
    for (i = 0; i < CALLS; i++) {
        usbx_device_info infos[8];
        size_t count = 0;
        usbx_device *device = NULL;
        unsigned char data[18];
        if (CALL(usbx_devices)(infos, 8, &count) != USBX_OK || count == 0 ||
            CALL(usbx_open)(0x1209, 0x0001, NULL, &device) != USBX_OK ||
            CALL(usbx_control)(device, 0x80, 6, 0x0100, 0, data, sizeof data, 5000, NULL) != USBX_OK ||
            CALL(usbx_close)(device) != USBX_OK) {
            fprintf(stderr, "%s\n", CALL(usbx_last_error)());
            InterlockedIncrement((volatile LONG *)failed);
        }
    }
    return 0;
}

int main(int argc, char **argv)
{
    static LONG failed;
    DWORD handles[ROUNDS] = {0};
    int round, i;
    if (argc != 2)
        return 2;
    for (round = 0; round < ROUNDS && !failed; round++) {
        HANDLE threads[THREADS];
        usbx_virtual *plugged = NULL;
        library = LoadLibraryA(argv[1]);
        if (library == NULL || CALL(usbx_virtual_open)("acquisition", "LOADED", &plugged) != USBX_OK)
            return 1;
        for (i = 0; i < THREADS; i++)
            threads[i] = CreateThread(NULL, 0, use, &failed, 0, NULL);
        WaitForMultipleObjects(THREADS, threads, TRUE, INFINITE);
        for (i = 0; i < THREADS; i++)
            CloseHandle(threads[i]);
        if (CALL(usbx_virtual_close)(plugged) != USBX_OK || CALL(usbx_shutdown)(NULL) != USBX_OK || !FreeLibrary(library))
            return 1;
        GetProcessHandleCount(GetCurrentProcess(), &handles[round]);
    }
    printf("loaded %d times, %d calls each in %d threads, %ld failed\n", round, 4 * CALLS, THREADS, failed);
    /* The pool of threads grows in the first rounds. */
    if (handles[ROUNDS - 1] > handles[1] + 4)
        printf("%lu HANDLEs are open; after the second round it were %lu\n", handles[ROUNDS - 1], handles[1]);
    return failed != 0 || handles[ROUNDS - 1] > handles[1] + 4;
}
