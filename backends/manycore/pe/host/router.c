/* Routing as docs/reference/bundle.md has it: the first entry that matches wins. */
#include "router.h"

#include <stddef.h>

static const uint32_t *route_of(const struct chip *chip, uint32_t key)
{
    const uint32_t stride = 2 + chip->route_words;
    const uint32_t *entry = chip->table;
    for (uint32_t n = 0; n < chip->entries; n++, entry += stride)
        if ((key & entry[1]) == entry[0])
            return entry + 2;
    return NULL;
}

bool route_packet(const struct chip *chips, uint32_t chip, uint32_t key, uint32_t hops,
                  delivered *deliver, void *context)
{
    const uint32_t *const route = route_of(&chips[chip], key);
    if (route == NULL)
        return true;
    for (uint32_t word = 0; word < chips[chip].route_words; word++) {
        for (uint32_t bits = route[word], bit = 32 * word; bits != 0; bits >>= 1, bit++) {
            if ((bits & 1) == 0)
                continue;
            if (bit >= LINKS) {
                deliver(context, chip, bit - LINKS);
                continue;
            }
            const uint32_t there = chips[chip].links[bit];
            if (there == NOWHERE)
                continue;
            if (hops == 0 || !route_packet(chips, there, key, hops - 1, deliver, context))
                return false;
        }
    }
    return true;
}
