/* All that usbx.h wants of <stdint.h>, for a compiler of 64-bit Linux that has none. */
typedef signed int int32_t;
typedef unsigned char uint8_t;
typedef unsigned short uint16_t;
typedef unsigned int uint32_t;
typedef unsigned long uint64_t;
