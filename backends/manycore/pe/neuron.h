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

static inline bool sends(const struct core *core)
{
    return (core->header->flags & FLAG_SENDS) != 0;
}

#endif
