/* Callers' memory with a guard page on each side. Memory that was given back is inaccessible: in one process a stray access faults
 * at once. A kernel would only refuse the access, so there the memory stays writable and is checked afterwards. */
#define _DEFAULT_SOURCE
#include "table.h"

#include <sys/mman.h>
#include <unistd.h>

enum { GIVEN_BACK = 0x5a };

guarded allocate(size_t length)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    guarded memory;
    memory.length = length;
    memory.size = (length + page - 1) / page * page + 2 * page;
    memory.pages = (uint8_t *)mmap(NULL, memory.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory.pages == MAP_FAILED || mprotect(memory.pages, page, PROT_NONE) != 0 ||
        mprotect(memory.pages + memory.size - page, page, PROT_NONE) != 0)
        abort();
    memory.data = memory.pages + memory.size - page - length;
    memset(memory.pages + page, UNTOUCHED, memory.size - 2 * page);
    return memory;
}

static void protect(guarded *memory, int protection)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (mprotect(memory->pages + page, memory->size - 2 * page, protection) != 0)
        abort();
}

void forbid_writing(guarded *memory)
{
    if (getenv("USBX_TEST_DEVICE") == NULL)
        protect(memory, PROT_READ);
}

void give_back(guarded *memory)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    protect(memory, PROT_READ | PROT_WRITE);
    CHECK(is_untouched(memory->pages + page, (size_t)(memory->data - memory->pages) - page)); /* before its start */
    memset(memory->data, GIVEN_BACK, memory->length);
    if (getenv("USBX_TEST_DEVICE") == NULL)
        protect(memory, PROT_NONE);
}

int is_as_given_back(guarded *memory)
{
    size_t i;
    protect(memory, PROT_READ);
    for (i = 0; i < memory->length && memory->data[i] == GIVEN_BACK; i++) {
    }
    return i == memory->length;
}

void release_memory(guarded *memory)
{
    munmap(memory->pages, memory->size);
}
