/* Blocks whose synapses learn. */
#ifndef SOMAC_PLASTIC_H
#define SOMAC_PLASTIC_H

#include "block.h"

/* Words of a block: numbers, and addresses as docs/reference/bundle.md has them. */
enum {
    PLASTIC_RULE,
    PLASTIC_SYNAPSES,
    PLASTIC_BEGIN,
    PLASTIC_TARGET,
    PLASTIC_POSTS,
    PLASTIC_PARAMETERS,
    PLASTIC_TRACES,
    PLASTIC_STATES,
    PLASTIC_POST,
    PLASTIC_SIGNALS
};

/* A learning rule. */
struct rule {
    uint32_t parameters;
    uint32_t traces;
    uint32_t states; /* of a synapse, its weight first */
    uint32_t post;   /* states of the target that are read */
    bool posts;      /* whether synapses are listed by target */
    const uint8_t *widths; /* bytes of a value: of traces, of states, of states of the target */
    /* updates the traces, and the synapses at which a signal arrives, adding to the sums */
    void (*arrive)(struct core *core, const struct block *block, const int32_t *signals,
                   uint32_t *sums);
    /* updates synapses after the neurons, which have left what they send; may be null */
    void (*learn)(struct core *core, const struct block *block);
};

/* The rules that the program is built with, by number; null where a rule is not. */
extern const struct rule *const rules[];
extern const uint32_t rule_count;

extern const struct block_kind plastic_kind;

#endif
