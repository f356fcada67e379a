/* What generated learning rules are written with. */
#ifndef SOMAC_RULE_H
#define SOMAC_RULE_H

#include "plastic.h"

/* The name of the rule, for a machine that has several. */
#ifndef RULE
#define RULE rule
#endif

/* A block as its rule sees it. */
struct synapses {
    uint8_t *memory;
    const struct header *header;
    const struct descriptor *parameters, *traces, *states;
    const uint32_t *post; /* numbers of the target's states */
    const uint8_t *begin, *target, *posts, *post_synapse, *post_cell;
    uint32_t offset_width, target_width, cell_width;
};

/* Bytes of a number below `count`. */
static inline uint32_t index_width(uint32_t count)
{
    return count <= 1u << 8 ? 1 : count <= 1u << 16 ? 2 : 4;
}

static inline uint32_t padded(uint32_t bytes)
{
    return (bytes + 3u) & ~3u;
}

static inline struct synapses synapses_of(const struct core *core, const struct block *block)
{
    const uint32_t *const words = block->by_kind;
    uint8_t *const memory = core->memory;
    const uint32_t neurons = core->header->neurons;
    const uint32_t width = words[PLASTIC_SYNAPSES] < 1u << 16 ? 2 : 4;
    const uint8_t *const posts = memory + words[PLASTIC_POSTS];
    const uint8_t *const post_synapse = posts + padded(width * (neurons + 1));
    return (struct synapses){
        .memory = memory,
        .header = core->header,
        .parameters = (const void *)(memory + words[PLASTIC_PARAMETERS]),
        .traces = (const void *)(memory + words[PLASTIC_TRACES]),
        .states = (const void *)(memory + words[PLASTIC_STATES]),
        .post = (const void *)(memory + words[PLASTIC_POST]),
        .begin = memory + words[PLASTIC_BEGIN],
        .target = memory + words[PLASTIC_TARGET],
        .posts = posts,
        .post_synapse = post_synapse,
        .post_cell = post_synapse + padded(width * words[PLASTIC_SYNAPSES]),
        .offset_width = width,
        .target_width = index_width(neurons),
        .cell_width = index_width(block->cells),
    };
}

static inline uint32_t index_at(const uint8_t *column, uint32_t width, uint32_t n)
{
    switch (width) {
    case 1:
        return column[n];
    case 2:
        return ((const uint16_t *)(const void *)column)[n];
    default:
        return ((const uint32_t *)(const void *)column)[n];
    }
}

/* The number of the first synapse of a source cell. */
static inline uint32_t row_begin(const struct synapses *s, uint32_t cell)
{
    return index_at(s->begin, s->offset_width, cell);
}

/* The neuron that a synapse ends on. */
static inline uint32_t row_target(const struct synapses *s, uint32_t synapse)
{
    return index_at(s->target, s->target_width, synapse);
}

/* The first entry, for a neuron, of the list of synapses by target. */
static inline uint32_t posts_begin(const struct synapses *s, uint32_t neuron)
{
    return index_at(s->posts, s->offset_width, neuron);
}

/* The synapse of an entry of that list, and its source cell. */
static inline uint32_t posts_synapse(const struct synapses *s, uint32_t entry)
{
    return index_at(s->post_synapse, s->offset_width, entry);
}

static inline uint32_t posts_cell(const struct synapses *s, uint32_t entry)
{
    return index_at(s->post_cell, s->cell_width, entry);
}

static inline int64_t constant(const struct synapses *s, uint32_t number)
{
    const struct descriptor *const described = &s->parameters[number];
    return stored(s->memory + described->address, described->width, 0);
}

/* Values of all source cells, of all synapses, and of all neurons. */
static inline void *trace_values(const struct synapses *s, uint32_t number)
{
    return s->memory + s->traces[number].address;
}

static inline void *state_values(const struct synapses *s, uint32_t number)
{
    return s->memory + s->states[number].address;
}

static inline const void *post_values(const struct synapses *s, uint32_t number)
{
    const struct descriptor *const described =
        (const struct descriptor *)(const void *)(s->memory + s->header->states_at);
    return s->memory + described[s->post[number]].address;
}

#endif
