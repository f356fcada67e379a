/* The blocks of a core, whatever their kind. */
#include "block.h"

static bool known(const struct block *block)
{
    return block->kind < block_kind_count && block_kinds[block->kind] != 0;
}

/* What arrives for a tick, two's complement, [cell]. */
static uint32_t *arrivals(const struct core *core, const struct block *block, uint32_t tick)
{
    uint32_t *const ring = (uint32_t *)(void *)(core->memory + block->arrivals);
    return ring + (tick & (block->slots - 1)) * block->cells;
}

static void clear(uint32_t *words, uint32_t count)
{
    for (uint32_t n = 0; n < count; n++)
        words[n] = 0;
}

bool blocks_start(struct core *core)
{
    for (uint32_t n = 0; n < core->header->blocks; n++) {
        const struct block *const block = &core->blocks[n];
        if (!known(block) || block->port >= core->header->ports ||
            !block_kinds[block->kind]->fits(core, block))
            return false;
        clear(arrivals(core, block, 0), block->slots * block->cells);
        if (block_kinds[block->kind]->start)
            block_kinds[block->kind]->start(core, block);
    }
    return true;
}

void blocks_skip(struct core *core)
{
    for (uint32_t n = 0; n < core->header->blocks; n++) {
        const struct block *const block = &core->blocks[n];
        clear(arrivals(core, block, core->now), block->cells);
    }
}

void blocks_before_update(struct core *core, uint32_t *arrived)
{
    for (uint32_t n = 0; n < core->header->blocks; n++) {
        const struct block *const block = &core->blocks[n];
        uint32_t *const signals = arrivals(core, block, core->now);
        block_kinds[block->kind]->before_update(core, block, (int32_t *)signals,
                                                arrived + block->port * core->header->neurons);
        clear(signals, block->cells);
    }
}

void blocks_after_update(struct core *core)
{
    for (uint32_t n = 0; n < core->header->blocks; n++) {
        const struct block_kind *const kind = block_kinds[core->blocks[n].kind];
        if (kind->after_update)
            kind->after_update(core, &core->blocks[n]);
    }
}

void block_receive(struct core *core, const struct entry *entry, uint32_t row, int32_t payload)
{
    const struct block *const block = &core->blocks[entry->index];
    arrivals(core, block, core->now + entry->base_delay)[entry->rows + row] += (uint32_t)payload;
}
