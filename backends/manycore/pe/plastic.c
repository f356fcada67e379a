/* Plastic blocks: what arrives is added by the rule of the block, which changes the synapses. */
#include "rule.h"

static const struct rule *rule_of(const struct block *block)
{
    return rules[block->by_kind[PLASTIC_RULE]];
}

static bool stored_as(const struct descriptor *described, const uint8_t *widths, uint32_t count)
{
    for (uint32_t n = 0; n < count; n++)
        if (described[n].width != widths[n] || described[n].spread != 1)
            return false;
    return true;
}

static bool fits(const struct core *core, const struct block *block)
{
    if (block->by_kind[PLASTIC_RULE] >= rule_count || rule_of(block) == 0)
        return false;
    const struct rule *const rule = rule_of(block);
    const struct synapses synapses = synapses_of(core, block);
    if (!stored_as(synapses.traces, rule->widths, rule->traces) ||
        !stored_as(synapses.states, rule->widths + rule->traces, rule->states))
        return false;
    const uint8_t *const widths = rule->widths + rule->traces + rule->states;
    const uint8_t *const own = core->program->widths + core->program->parameters;
    for (uint32_t n = 0; n < rule->post; n++)
        if (synapses.post[n] >= core->header->states || own[synapses.post[n]] != widths[n])
            return false;
    return true;
}

/* The neurons leave what they send where the machine wants to have it, or else in the image. */
static void start(struct core *core, const struct block *block)
{
    if (rule_of(block)->posts && core->signals == 0)
        core->signals = (int32_t *)(void *)(core->memory + block->by_kind[PLASTIC_SIGNALS]);
}

static void arrive(struct core *core, const struct block *block, int32_t *signals, uint32_t *sums)
{
    rule_of(block)->arrive(core, block, signals, sums);
}

static void learn(struct core *core, const struct block *block)
{
    if (rule_of(block)->learn)
        rule_of(block)->learn(core, block);
}

const struct block_kind plastic_kind = {fits, start, arrive, learn};
