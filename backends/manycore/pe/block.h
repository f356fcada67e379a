/* Blocks: parts of projections that are no rows of words. What their source cells sent waits in
 * an arrival ring until the tick in which it counts; a kind says what is then done with it. */
#ifndef SOMAC_BLOCK_H
#define SOMAC_BLOCK_H

#include "core.h"

/* What a kind of blocks does; what is null is not done. */
struct block_kind {
    /* whether a block of this kind can be run on the core */
    bool (*fits)(const struct core *core, const struct block *block);
    /* called once, before the first tick */
    void (*start)(struct core *core, const struct block *block);
    /* adds to `sums`, [neuron], those of the block's port; `signals`, [cell], are what arrived
     * in this tick, and are cleared afterwards */
    void (*before_update)(struct core *core, const struct block *block, int32_t *signals,
                          uint32_t *sums);
    void (*after_update)(struct core *core, const struct block *block);
};

/* The kinds that the program is built with, by number; null where there is none, or it is not. */
extern const struct block_kind *const block_kinds[];
extern const uint32_t block_kind_count;

/* Clears the arrival rings; false if there is a block that the core cannot run. */
bool blocks_start(struct core *core);

/* Forgets what arrived in a tick in which the neurons are not updated. */
void blocks_skip(struct core *core);

/* Adds what arrived in this tick to `arrived`, the sums of this tick, [port][neuron]. */
void blocks_before_update(struct core *core, uint32_t *arrived);

/* Gives the blocks their turn after the neurons. */
void blocks_after_update(struct core *core);

/* Keeps what a packet brought for the cell that row `row` of the entry leads to. */
void block_receive(struct core *core, const struct entry *entry, uint32_t row, int32_t payload);

#endif
