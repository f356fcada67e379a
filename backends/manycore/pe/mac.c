/* A model of the MAC array, tile by tile. On the chip, its driver takes the place of this file. */
#include "mac.h"

#define ACCUMULATOR_MASK ((1u << MAC_ACCUMULATOR_BITS) - 1u)
#define ACCUMULATOR_SIGN (1u << (MAC_ACCUMULATOR_BITS - 1))

struct tile {
    int32_t sums[MAC_ROWS][MAC_COLUMNS];
    bool overflowed;
};

static int32_t operand(const struct mac_operand *from, uint32_t place)
{
    if (from->is_signed)
        return ((const int8_t *)from->values)[place];
    return ((const uint8_t *)from->values)[place];
}

/* The sum as an accumulator holds it. */
static int32_t held(int32_t sum)
{
    const uint32_t low = (uint32_t)sum & ACCUMULATOR_MASK;
    return (int32_t)(low ^ ACCUMULATOR_SIGN) - (int32_t)ACCUMULATOR_SIGN;
}

static void add_products(struct tile *tile, uint32_t row, const struct mac_operand *right,
                         uint32_t place, uint32_t columns, int32_t factor)
{
    for (uint32_t c = 0; c < columns; c++) {
        const int32_t sum = tile->sums[row][c] + factor * operand(right, place + c);
        const int32_t kept = held(sum);
        tile->overflowed |= kept != sum;
        tile->sums[row][c] = kept;
    }
}

/* Shifted right and rounded down, whatever the compiler does with negative numbers. */
static int32_t shifted(int32_t value, uint32_t shift)
{
    if (value >= 0)
        return value >> shift;
    return -(int32_t)(((uint32_t)-(value + 1)) >> shift) - 1;
}

static void store(const struct mac_result *result, uint32_t place, int32_t sum)
{
    int32_t value = shifted(sum, result->shift);
    if (result->relu && value < 0)
        value = 0;
    if (result->saturate && result->bits < 32) {
        const int32_t largest = (1 << (result->bits - 1)) - 1;
        value = value > largest ? largest : value < -largest - 1 ? -largest - 1 : value;
    }
    if (result->bits == 8)
        ((uint8_t *)result->values)[place] = (uint8_t)value;
    else if (result->bits == 16)
        ((uint16_t *)result->values)[place] = (uint16_t)value;
    else
        ((uint32_t *)result->values)[place] = (uint32_t)value;
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

enum mac_status mac_multiply(const struct mac_product *product)
{
    bool overflowed = false;
    for (uint32_t row = 0; row < product->rows; row += MAC_ROWS) {
        for (uint32_t column = 0; column < product->columns; column += MAC_COLUMNS) {
            struct tile tile = {0};
            const uint32_t rows = least(MAC_ROWS, product->rows - row);
            const uint32_t columns = least(MAC_COLUMNS, product->columns - column);
            for (uint32_t k = 0; k < product->inner; k++) {
                for (uint32_t r = 0; r < rows; r++) {
                    const int32_t factor =
                        operand(&product->left, (row + r) * product->inner + k);
                    /* adds nothing */
                    if (factor != 0)
                        add_products(&tile, r, &product->right, k * product->columns + column,
                                     columns, factor);
                }
            }
            overflowed |= tile.overflowed;
            for (uint32_t r = 0; r < rows; r++)
                for (uint32_t c = 0; c < columns; c++)
                    store(&product->result, (row + r) * product->columns + column + c,
                          tile.sums[r][c]);
        }
    }
    return overflowed ? MAC_OVERFLOWED : MAC_DONE;
}

/* Rows and columns of the input. */
struct extent {
    uint32_t rows;
    uint32_t columns;
};

static struct extent input_of(const struct mac_convolution *convolution)
{
    return (struct extent){
        (convolution->rows - 1) * convolution->row_stride + convolution->kernel_rows,
        (convolution->columns - 1) * convolution->column_stride + convolution->kernel_columns,
    };
}

/* Adds to row r of a tile, some channels of one place of the result, all of its products. */
static void add_window(struct tile *tile, uint32_t r, const struct mac_convolution *convolution,
                       uint32_t place, uint32_t channel, uint32_t channels)
{
    const struct extent input = input_of(convolution);
    const uint32_t top = place / convolution->columns * convolution->row_stride;
    const uint32_t left = place % convolution->columns * convolution->column_stride;
    uint32_t weight = channel;
    for (uint32_t c = 0; c < convolution->input_channels; c++) {
        for (uint32_t y = 0; y < convolution->kernel_rows; y++) {
            const uint32_t row = (c * input.rows + top + y) * input.columns + left;
            for (uint32_t x = 0; x < convolution->kernel_columns; x++) {
                const int32_t factor = operand(&convolution->input, row + x);
                if (factor != 0)
                    add_products(tile, r, &convolution->kernel, weight, channels, factor);
                weight += convolution->channels;
            }
        }
    }
}

enum mac_status mac_convolve(const struct mac_convolution *convolution)
{
    const uint32_t places = convolution->rows * convolution->columns;
    bool overflowed = false;
    for (uint32_t place = 0; place < places; place += MAC_ROWS) {
        for (uint32_t channel = 0; channel < convolution->channels; channel += MAC_COLUMNS) {
            struct tile tile = {0};
            const uint32_t rows = least(MAC_ROWS, places - place);
            const uint32_t columns = least(MAC_COLUMNS, convolution->channels - channel);
            for (uint32_t r = 0; r < rows; r++)
                add_window(&tile, r, convolution, place + r, channel, columns);
            overflowed |= tile.overflowed;
            for (uint32_t r = 0; r < rows; r++)
                for (uint32_t c = 0; c < columns; c++)
                    store(&convolution->result, (channel + c) * places + place + r,
                          tile.sums[r][c]);
        }
    }
    return overflowed ? MAC_OVERFLOWED : MAC_DONE;
}
