/* A packet: the rows that its key leads to, added to the accumulators; for a block, kept. */
#include "block.h"

/* Where the synapses of one row end. */
struct sums {
    uint32_t *ring;      /* those of the row's port, in slot 0 */
    uint32_t slot_words; /* from one slot to the next */
    uint32_t slot_mask;
    uint32_t arrival; /* tick of arrival without the delay of the word */
};

/* The fields of a word, from shifts and masks that a row has in common. Two's complement sums
 * wrap, so all of it is unsigned. Words without a delay all end in one slot. */
#define ADD_ROW(name, word_type)                                                                 \
    static void name(const struct sums *sums, const struct layout *bits, const word_type *word, \
                     const word_type *end, uint32_t payload)                                     \
    {                                                                                            \
        const uint32_t targets = (1u << bits->target_bits) - 1u;                                 \
        const uint32_t negative = 1u << bits->target_bits;                                       \
        const uint32_t delay_at = (uint32_t)bits->target_bits + bits->type_bits;                 \
        const uint32_t weight_at = delay_at + bits->delay_bits;                                  \
        const uint32_t delays = (1u << bits->delay_bits) - 1u;                                   \
        const uint32_t minus = 0u - payload;                                                     \
        uint32_t *const fixed =                                                                  \
            sums->ring + (sums->arrival & sums->slot_mask) * sums->slot_words;                   \
        if (delays == 0) {                                                                       \
            for (; word < end; word++) {                                                         \
                const uint32_t w = *word;                                                        \
                fixed[w & targets] += (w >> weight_at) * (w & negative ? minus : payload);       \
            }                                                                                    \
            return;                                                                              \
        }                                                                                        \
        uint32_t *const ring = sums->ring;                                                       \
        const uint32_t arrival = sums->arrival;                                                  \
        const uint32_t slot_mask = sums->slot_mask;                                              \
        const uint32_t slot_words = sums->slot_words;                                            \
        for (; word < end; word++) {                                                             \
            const uint32_t w = *word;                                                            \
            const uint32_t slot = (arrival + (w >> delay_at & delays)) & slot_mask;              \
            ring[slot * slot_words + (w & targets)] +=                                           \
                (w >> weight_at) * (w & negative ? minus : payload);                             \
        }                                                                                        \
    }

ADD_ROW(add_bytes, uint8_t)
ADD_ROW(add_halves, uint16_t)
ADD_ROW(add_words, uint32_t)

static uint32_t offset(const struct core *core, const struct entry *entry, uint32_t row)
{
    const uint8_t *const index = core->memory + entry->index;
    if (core->header->offset_width == 2)
        return ((const uint16_t *)(const void *)index)[row];
    return ((const uint32_t *)(const void *)index)[row];
}

static void add_row(struct core *core, const struct entry *entry, uint32_t row, int32_t payload)
{
    if (entry->layout == BLOCK_LAYOUT) {
        block_receive(core, entry, row, payload);
        return;
    }
    const uint32_t begin = offset(core, entry, row), end = offset(core, entry, row + 1);
    const struct layout *const bits =
        (const struct layout *)(core->memory + core->header->layouts_at) + entry->layout;
    const struct sums sums = {
        core->ring + entry->port * core->header->neurons,
        core->slot_words,
        core->slot_mask,
        core->now + entry->base_delay,
    };
    const void *const rows = core->memory + entry->rows;
    const uint32_t weight = (uint32_t)payload;
    switch ((uint32_t)bits->weight_bits + bits->delay_bits + bits->type_bits + bits->target_bits) {
    case 8:
        add_bytes(&sums, bits, (const uint8_t *)rows + begin, (const uint8_t *)rows + end, weight);
        break;
    case 16:
        add_halves(&sums, bits, (const uint16_t *)rows + begin, (const uint16_t *)rows + end,
                   weight);
        break;
    default:
        add_words(&sums, bits, (const uint32_t *)rows + begin, (const uint32_t *)rows + end,
                  weight);
    }
}

/* The rows of an entry whose keys ascend in a list. */
static void search(struct core *core, const struct entry *entry, uint32_t key, int32_t payload)
{
    const uint32_t *const keys = (const uint32_t *)(const void *)(core->memory + entry->first);
    uint32_t low = 0, high = entry->count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (keys[middle] < key)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < entry->count && keys[low] == key)
        add_row(core, entry, low, payload);
}

static void look_up(struct core *core, const struct entry *entry, uint32_t key, int32_t payload)
{
    if (entry->mask == 0) {
        search(core, entry, key, payload);
        return;
    }
    if ((key & entry->mask) != entry->key)
        return;
    /* a row before the first is beyond the last, since it wraps */
    const uint32_t row = (key & ~entry->mask) - entry->first;
    if (row < entry->count)
        add_row(core, entry, row, payload);
}

void core_receive(struct core *core, uint32_t key, int32_t payload)
{
    const struct entry *const table = core->table;
    /* searched entries have key 0, and there may be direct ones of that key */
    for (uint32_t n = 0; n < core->keyless; n++)
        look_up(core, &table[n], key, payload);
    /* all others are direct, and those of one key alone can match: the last that is not above */
    uint32_t low = core->keyless, high = core->header->entries;
    while (low < high) {
        const uint32_t middle = (low + high) / 2;
        if (table[middle].key <= key)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == core->keyless)
        return;
    const uint32_t found = table[low - 1].key;
    do
        look_up(core, &table[--low], key, payload);
    while (low > core->keyless && table[low - 1].key == found);
}
