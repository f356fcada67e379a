/* The memory image of a core, as docs/reference/bundle.md lays it out: what is at its addresses.
 *
 * Images are little-endian, and so must be the machine.
 */
#ifndef SOMAC_IMAGE_H
#define SOMAC_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#define IMAGE_MAGIC 0x434D4F53u /* SOMC */
#define IMAGE_VERSION 2u

enum { FLAG_SENDS = 1 << 2, FLAG_RECORDED = 1 << 3 };

struct header {
    uint32_t magic;
    uint32_t version;
    uint32_t size;
    uint32_t program;
    uint32_t neurons;
    uint32_t flags;
    uint32_t key;
    uint32_t start;
    uint32_t period;
    uint32_t slots;
    uint32_t ports;
    uint32_t states;
    uint32_t parameters;
    uint32_t layouts;
    uint32_t entries;
    uint32_t offset_width;
    uint32_t parameters_at; /* addresses */
    uint32_t states_at;
    uint32_t layouts_at;
    uint32_t table_at;
    uint32_t keys_at;
    uint32_t index_at;
    uint32_t rows_at;
    uint32_t ring_at;
    uint32_t blocks;
    uint32_t blocks_at;
    uint32_t zero[6];
};

struct descriptor {
    uint32_t address;
    uint8_t width;
    uint8_t spread;
    uint16_t zero;
};

struct layout {
    uint8_t weight_bits;
    uint8_t delay_bits;
    uint8_t type_bits;
    uint8_t target_bits;
};

struct entry {
    uint32_t key;
    uint32_t mask;
    uint32_t first;
    uint32_t count;
    uint32_t index;
    uint32_t rows;
    uint16_t base_delay;
    uint8_t layout;
    uint8_t port;
};

/* a layout of this number: the entry leads to a block */
enum { BLOCK_LAYOUT = 255 };

struct block {
    uint32_t kind;
    uint32_t port;
    uint32_t cells;
    uint32_t slots;
    uint32_t arrivals; /* address of what its cells sent, [slot][cell] */
    uint32_t by_kind[11];
};

_Static_assert(sizeof(struct header) == 128, "a header has 32 words");
_Static_assert(sizeof(struct descriptor) == 8, "a descriptor has 8 bytes");
_Static_assert(sizeof(struct layout) == 4, "a layout has 4 bytes");
_Static_assert(sizeof(struct entry) == 28, "an entry has 28 bytes");
_Static_assert(sizeof(struct block) == 64, "a block has 16 words");

/* a value of 8 bytes: what is stored is aligned to 4 */
struct wide {
    uint32_t low;
    uint32_t high;
};

static inline int64_t load_wide(const struct wide *stored)
{
    return (int64_t)((uint64_t)stored->high << 32 | stored->low);
}

static inline void store_wide(struct wide *stored, int64_t value)
{
    stored->low = (uint32_t)value;
    stored->high = (uint32_t)((uint64_t)value >> 32);
}

/* Value n of a column; the width is a constant wherever this is called. */
static inline int64_t stored(const void *column, uint32_t width, uint32_t n)
{
    switch (width) {
    case 1:
        return ((const int8_t *)column)[n];
    case 2:
        return ((const int16_t *)column)[n];
    case 4:
        return ((const int32_t *)column)[n];
    default:
        return load_wide((const struct wide *)column + n);
    }
}

#endif
