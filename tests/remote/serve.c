/* Shares the device "acquisition" over USB/IP, for a suite in another process: serve ADDRESS SERIAL. It prints the address when
 * clients can connect. A line on standard input unplugs the device ("unplug") or plugs it in again ("plug"), and is answered
 * with a line when that is done; the end of the input ends the program. */
#include "usbx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(usbx_status status)
{
    if (status == USBX_OK)
        return;
    fprintf(stderr, "serve: %s: %s\n", usbx_error_name(status), usbx_last_error());
    exit(1);
}

int main(int argc, char **argv)
{
    char path[64], address[300], line[64];
    usbx_virtual *device = NULL;
    usbx_share *share = NULL;
    if (argc != 3)
        return 2;
    must(usbx_virtual_open("acquisition", argv[2], &device));
    must(usbx_virtual_path(device, path, sizeof path, NULL));
    must(usbx_share_open(argv[1], NULL, &share));
    must(usbx_share_add(share, path, "1-1"));
    must(usbx_share_address(share, address, sizeof address, NULL));
    printf("%s\n", address);
    fflush(stdout);
    while (fgets(line, sizeof line, stdin) != NULL) {
        usbx_status status = strcmp(line, "plug\n") == 0 ? usbx_virtual_plug(device) : usbx_virtual_unplug(device);
        must(status == USBX_ERROR_BUSY ? USBX_OK : status); /* it is plugged in already */
        printf("%s", line);
        fflush(stdout);
    }
    must(usbx_share_close(share));
    must(usbx_virtual_close(device));
    return usbx_shutdown(NULL) == USBX_OK ? 0 : 1;
}
