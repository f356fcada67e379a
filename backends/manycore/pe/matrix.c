/* Matrices: the weights of a projection times what arrived in a tick, on the MAC array.
 *
 * Words of a block: address of the weights, int8 [cell][column]; columns, which are the neurons
 * of the core and zeros up to whole tiles of the array; whether signals are signed; cells of a
 * pass, few enough that no accumulator can overflow; address of room for int32 [column].
 */
#include "matrix.h"

#include "mac.h"

enum { WEIGHTS, COLUMNS, SIGNED, PASS_CELLS, SCRATCH };

static bool fits(const struct core *core, const struct block *block)
{
    const uint32_t *const words = block->by_kind;
    return words[COLUMNS] % MAC_COLUMNS == 0 && words[COLUMNS] >= core->header->neurons &&
           words[PASS_CELLS] > 0;
}

static void multiply(struct core *core, const struct block *block, int32_t *signals, uint32_t *sums)
{
    const uint32_t *const words = block->by_kind;
    const uint32_t columns = words[COLUMNS], cells = block->cells;
    const uint32_t neurons = core->header->neurons;
    const uint8_t *const weights = core->memory + words[WEIGHTS];
    uint32_t *const partial = (uint32_t *)(void *)(core->memory + words[SCRATCH]);
    /* the operand takes the place of the signals, whose low bytes it is */
    uint8_t *const operand = (uint8_t *)signals;
    for (uint32_t cell = 0; cell < cells; cell++)
        operand[cell] = (uint8_t)signals[cell];
    for (uint32_t cell = 0; cell < cells; cell += words[PASS_CELLS]) {
        const uint32_t rest = cells - cell;
        const struct mac_product product = {
            .left = {operand + cell, words[SIGNED] != 0},
            .right = {weights + cell * columns, true},
            .result = {partial, 32, 0, false, false},
            .rows = 1,
            .inner = rest < words[PASS_CELLS] ? rest : words[PASS_CELLS],
            .columns = columns,
        };
        if (mac_multiply(&product) != MAC_DONE)
            core->faults |= FAULT_OVERFLOW;
        for (uint32_t n = 0; n < neurons; n++)
            sums[n] += partial[n];
    }
}

const struct block_kind matrix_kind = {fits, 0, multiply, 0};
