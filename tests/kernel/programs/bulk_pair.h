/* A gadget's two bulk endpoints, claimed. */
#ifndef BULK_PAIR_H
#define BULK_PAIR_H

#include "pattern.h"

static usbx_device *device;
static uint8_t in, out;

static inline void open_pair(uint16_t product) {
    usbx_endpoint bulk_in, bulk_out;
    OK(usbx_open(LAB_VENDOR, product, NULL, &device));
    bulk_in = endpoint_of(device, USBX_TYPE_BULK, 0x80);
    bulk_out = endpoint_of(device, USBX_TYPE_BULK, 0);
    in = bulk_in.address;
    out = bulk_out.address;
    make_pattern(bulk_in.max_packet_size);
    OK(usbx_claim(device, bulk_in.interface_number));
}

/* The same, on a bus of that speed (USBX_SPEED_*). */
static inline void open_pair_at(uint16_t product, int speed) {
    usbx_device_info info;
    open_pair(product);
    OK(usbx_info(device, &info));
    CHECK_NUMBER(info.speed, speed);
}

#endif
