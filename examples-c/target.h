/* Shared by the examples: opening the device that the command line names, finding an endpoint, saying what failed. */
#ifndef TARGET_H
#define TARGET_H

#include "acquisition.h"

#include <stdio.h>
#include <stdlib.h>
#include <usbx.h>

/* Parses "VID:PID[:serial]", with the IDs in hexadecimal; returns 0 on success. */
static inline int parse_target(const char *text, uint16_t *vendor_id, uint16_t *product_id, const char **serial)
{
    unsigned vendor = 0, product = 0;
    int end = 0;
    if (sscanf(text, "%4x:%4x%n", &vendor, &product, &end) != 2 || (text[end] != '\0' && text[end] != ':'))
        return -1;
    *vendor_id = (uint16_t)vendor;
    *product_id = (uint16_t)product;
    *serial = text[end] == ':' ? text + end + 1 : NULL;
    return 0;
}

/* Prints what failed, on which device and what to do; returns the exit code of an error. */
static inline int failed(void)
{
    fprintf(stderr, "%s\n", usbx_last_error());
    return 1;
}

/* Opens "VID:PID[:serial]"; with NULL it plugs in the virtual device and opens that; then close *plugged as well.
 * Prints what is wrong and returns an exit code: 0 opened, 1 failed, 2 not a VID:PID. */
static inline int open_target(const char *target, usbx_virtual **plugged, usbx_device **device)
{
    uint16_t vendor_id = ACQ_VENDOR_ID, product_id = ACQ_PRODUCT_ID;
    const char *serial = "VIRT0001";
    *plugged = NULL;
    *device = NULL;
    if (target != NULL && parse_target(target, &vendor_id, &product_id, &serial)) {
        fprintf(stderr, "%s: not of the form VID:PID[:serial], such as 1209:0001\n", target);
        return 2;
    }
    if (target == NULL && usbx_virtual_open("acquisition", serial, plugged))
        return failed();
    return usbx_open(vendor_id, product_id, serial, device) ? failed() : 0;
}

/* Looks up an endpoint's interface and packet size; returns 0 if the endpoint exists. */
static inline int find_endpoint(usbx_device *device, uint8_t address, usbx_endpoint *found)
{
    usbx_endpoint endpoints[64];
    size_t count = 0, i;
    if (usbx_endpoints(device, endpoints, 64, &count))
        return -1;
    for (i = 0; i < count && i < 64; i++)
        if (endpoints[i].address == address) {
            *found = endpoints[i];
            return 0;
        }
    return -1;
}

/* Claims the interface that an endpoint belongs to. Returns an exit code. */
static inline int claim_endpoint(usbx_device *device, uint8_t address, usbx_endpoint *found)
{
    if (find_endpoint(device, address, found)) {
        fprintf(stderr, "no endpoint 0x%02x; the example list shows the endpoints that exist\n", address);
        return 1;
    }
    return usbx_claim(device, found->interface_number) ? failed() : 0;
}

#endif
