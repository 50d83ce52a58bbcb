#include "stress.h"

#include <stdlib.h>
#include <string.h>

uint8_t *room(size_t length)
{
    uint8_t *data = (uint8_t *)malloc(length ? length : 1);
    if (data == NULL)
        abort();
    memset(data, UNTOUCHED, length);
    return data;
}

uint8_t *bytes_to_send(worker *w, size_t length)
{
    uint8_t *data = room(length);
    size_t i;
    uint32_t value = below(w, 0xffffffffu);
    for (i = 0; i < length; i++)
        data[i] = (uint8_t)((value = value * 1664525u + 1013904223u) >> 24);
    return data;
}

int untouched(const uint8_t *data, size_t length)
{
    for (; length > 0; length--)
        if (*data++ != UNTOUCHED)
            return 0;
    return 1;
}
