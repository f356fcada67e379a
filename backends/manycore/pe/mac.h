/* The MAC array of a processing element: what a driver hands it, and a model that does the same.
 *
 * 16 x 4 multipliers, each with an accumulator that stays where it is ("output-stationary"): a
 * tile of 4 rows and 16 columns of the result is computed at a time, 64 products a cycle. Operands
 * have 8 bits and are signed or not. The accumulators have 24 bits, two's complement, and wrap;
 * the model says whether one did. A finished accumulator is shifted right (an arithmetic shift,
 * which rounds down), set to 0 if it is negative and `relu` is on, and stored in 8, 16 or 32 bits,
 * of which it keeps the low ones, or the nearest number that they hold with `saturate`.
 */
#ifndef SOMAC_MAC_H
#define SOMAC_MAC_H

#include <stdbool.h>
#include <stdint.h>

enum { MAC_ROWS = 4, MAC_COLUMNS = 16, MAC_ACCUMULATOR_BITS = 24 };

struct mac_operand {
    const void *values; /* 8 bits each */
    bool is_signed;
};

struct mac_result {
    void *values;
    uint8_t bits; /* of a value: 8, 16 or 32 */
    uint8_t shift;
    bool saturate;
    bool relu;
};

/* result [rows][columns] = left [rows][inner] * right [inner][columns] */
struct mac_product {
    struct mac_operand left;
    struct mac_operand right;
    struct mac_result result;
    uint32_t rows;
    uint32_t inner;
    uint32_t columns;
};

/* result [channel][row][column], the sum over input channels and kernel of
 * input [channel][row * stride + r][column * stride + c] * kernel [channel][r][c][channel];
 * the input is just as large as that asks for */
struct mac_convolution {
    struct mac_operand input;
    struct mac_operand kernel;
    struct mac_result result;
    uint32_t input_channels;
    uint32_t channels;
    uint32_t kernel_rows;
    uint32_t kernel_columns;
    uint32_t row_stride;
    uint32_t column_stride;
    uint32_t rows;
    uint32_t columns;
};

enum mac_status { MAC_DONE = 0, MAC_OVERFLOWED = 1 };

/* Computes a product (operation MM); says whether an accumulator has wrapped. */
enum mac_status mac_multiply(const struct mac_product *product);

/* Computes a convolution (operation CONV2D); likewise. */
enum mac_status mac_convolve(const struct mac_convolution *convolution);

#endif
