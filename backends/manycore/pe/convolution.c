/* Convolutions: a kernel over a patch of the input, on the MAC array.
 *
 * Words of a block: address of the weights, int8 [channel][row][column][channel of the result];
 * channels of the patch and of the result; rows and columns of the kernel, the stride, and the
 * result; addresses of the place of each source cell in the patch and of each neuron in the
 * result; whether signals are signed; address of room for the patch and then the result.
 */
#include "convolution.h"

#include "mac.h"

enum { WEIGHTS, CHANNELS, KERNEL, STRIDE, RESULT, CELLS, NEURONS, SIGNED, SCRATCH };
enum { NOWHERE = 0xFFFF };

static uint32_t first(uint32_t pair)
{
    return pair & 0xFFFFu;
}

static uint32_t second(uint32_t pair)
{
    return pair >> 16;
}

/* Rows or columns that so many results read. */
static uint32_t reach(uint32_t results, uint32_t stride, uint32_t kernel)
{
    return (results - 1) * stride + kernel;
}

static uint32_t patch_bytes(const uint32_t *words)
{
    return first(words[CHANNELS]) *
           reach(first(words[RESULT]), first(words[STRIDE]), first(words[KERNEL])) *
           reach(second(words[RESULT]), second(words[STRIDE]), second(words[KERNEL]));
}

static bool fits(const struct core *core, const struct block *block)
{
    (void)core;
    const uint32_t *const words = block->by_kind;
    for (uint32_t n = CHANNELS; n <= RESULT; n++)
        if (first(words[n]) == 0 || second(words[n]) == 0)
            return false;
    return patch_bytes(words) <= NOWHERE;
}

static void convolve(struct core *core, const struct block *block, int32_t *signals, uint32_t *sums)
{
    const uint32_t *const words = block->by_kind;
    const uint32_t cells = block->cells, neurons = core->header->neurons;
    const uint16_t *const in_patch = (const uint16_t *)(void *)(core->memory + words[CELLS]);
    const uint16_t *const in_result = (const uint16_t *)(void *)(core->memory + words[NEURONS]);
    uint32_t *const scratch = (uint32_t *)(void *)(core->memory + words[SCRATCH]);
    const uint32_t patch_words = (patch_bytes(words) + 3) / 4;
    uint8_t *const patch = (uint8_t *)scratch;
    uint32_t *const result = scratch + patch_words;
    for (uint32_t n = 0; n < patch_words; n++)
        scratch[n] = 0;
    for (uint32_t cell = 0; cell < cells; cell++)
        if (in_patch[cell] != NOWHERE)
            patch[in_patch[cell]] = (uint8_t)signals[cell];
    const struct mac_convolution convolution = {
        .input = {patch, words[SIGNED] != 0},
        .kernel = {core->memory + words[WEIGHTS], true},
        .result = {result, 32, 0, false, false},
        .input_channels = first(words[CHANNELS]),
        .channels = second(words[CHANNELS]),
        .kernel_rows = first(words[KERNEL]),
        .kernel_columns = second(words[KERNEL]),
        .row_stride = first(words[STRIDE]),
        .column_stride = second(words[STRIDE]),
        .rows = first(words[RESULT]),
        .columns = second(words[RESULT]),
    };
    if (mac_convolve(&convolution) != MAC_DONE)
        core->faults |= FAULT_OVERFLOW;
    for (uint32_t n = 0; n < neurons; n++)
        sums[n] += result[in_result[n]];
}

const struct block_kind convolution_kind = {.fits = fits, .before_update = convolve};
