/* Start of a core, and its clock. */
#include "block.h"

static bool fits(const struct header *header, const struct program *program, const uint8_t *memory)
{
    if (header->ports != program->ports || header->parameters != program->parameters ||
        header->states != program->states)
        return false;
    const struct descriptor *const described =
        (const struct descriptor *)(const void *)(memory + header->parameters_at);
    for (uint32_t n = 0; n < header->parameters + header->states; n++)
        if (described[n].width != program->widths[n] || described[n].spread != program->spreads[n])
            return false;
    return true;
}

static bool known(const struct layout *layouts, uint32_t count)
{
    for (uint32_t n = 0; n < count; n++) {
        const struct layout *const bits = &layouts[n];
        const uint32_t all = (uint32_t)bits->weight_bits + bits->delay_bits + bits->type_bits +
                             bits->target_bits;
        if (bits->weight_bits == 0 || bits->type_bits == 0 || (all != 8 && all != 16 && all != 32))
            return false;
    }
    return true;
}

enum core_error core_start(struct core *core, const struct program *program, void *memory,
                           uint32_t size, uint32_t steps)
{
    uint8_t *const bytes = memory;
    const struct header *const header = memory;
    if (header->magic != IMAGE_MAGIC || header->version != IMAGE_VERSION || header->size != size)
        return CORE_NOT_AN_IMAGE;
    if (!fits(header, program, bytes))
        return CORE_OTHER_PROGRAM;
    if (!known((const struct layout *)(bytes + header->layouts_at), header->layouts))
        return CORE_BAD_LAYOUT;
    core->blocks = (const struct block *)(const void *)(bytes + header->blocks_at);
    core->faults = 0;
    core->memory = bytes;
    core->header = header;
    core->program = program;
    core->now = UINT32_MAX;
    core->due = header->start;
    core->left = steps;
    core->slot_mask = header->slots - 1;
    core->slot_words = header->ports * header->neurons;
    core->ring = (uint32_t *)(void *)(bytes + header->ring_at);
    for (uint32_t n = 0; n < header->slots * core->slot_words; n++)
        core->ring[n] = 0;
    core->table = (const struct entry *)(const void *)(bytes + header->table_at);
    core->keyless = 0;
    while (core->keyless < header->entries && core->table[core->keyless].key == 0)
        core->keyless++;
    return blocks_start(core) ? CORE_STARTED : CORE_BAD_BLOCK;
}

bool core_tick(struct core *core)
{
    core->now++;
    uint32_t *const arrived = core->ring + (core->now & core->slot_mask) * core->slot_words;
    if (core->left == 0 || core->now != core->due) {
        for (uint32_t n = 0; n < core->slot_words; n++)
            arrived[n] = 0;
        blocks_skip(core);
        return false;
    }
    core->left--;
    core->due += core->header->period;
    blocks_before_update(core, arrived);
    core->program->update(core, arrived);
    blocks_after_update(core);
    return true;
}
