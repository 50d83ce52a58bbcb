/* splitmix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators"). */
#include "stress.h"

static uint64_t mixed(uint64_t z)
{
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

uint64_t random_of(uint64_t seed, unsigned number, uint64_t operation)
{
    return mixed(mixed(seed + number) + operation);
}

uint32_t below(worker *w, uint32_t limit)
{
    w->random += 0x9e3779b97f4a7c15u;
    return (uint32_t)((mixed(w->random) >> 32) * limit >> 32);
}

int one_in(worker *w, uint32_t chances)
{
    return below(w, chances) == 0;
}
