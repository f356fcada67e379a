/* What generated neuron programs are written with. */
#ifndef SOMAC_NEURON_H
#define SOMAC_NEURON_H

#include "core.h"

static inline const void *parameter_column(const struct core *core, uint32_t number)
{
    const struct descriptor *const described =
        (const struct descriptor *)(const void *)(core->memory + core->header->parameters_at);
    return core->memory + described[number].address;
}

static inline void *state_column(const struct core *core, uint32_t number)
{
    const struct descriptor *const described =
        (const struct descriptor *)(const void *)(core->memory + core->header->states_at);
    return core->memory + described[number].address;
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

static inline bool sends(const struct core *core)
{
    return (core->header->flags & FLAG_SENDS) != 0;
}

#endif
