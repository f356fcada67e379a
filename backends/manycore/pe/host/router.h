/* The multicast network between cores: chips with routing tables, joined by links. */
#ifndef SOMAC_ROUTER_H
#define SOMAC_ROUTER_H

#include <stdbool.h>
#include <stdint.h>

#define NOWHERE UINT32_MAX

enum { LINKS = 6 };

struct chip {
    uint32_t links[LINKS]; /* the chips they lead to, or NOWHERE */
    uint32_t entries;
    uint32_t route_words;
    const uint32_t *table; /* of each entry its key, mask and route */
};

/* Called with the chip and number of each core that a packet comes to. */
typedef void delivered(void *context, uint32_t chip, uint32_t core);

/* Sends a packet on its way from a chip; false if it passes more than `hops` links. */
bool route_packet(const struct chip *chips, uint32_t chip, uint32_t key, uint32_t hops,
                  delivered *deliver, void *context);

#endif
