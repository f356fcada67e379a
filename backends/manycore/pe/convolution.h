/* Blocks that are convolutions on the MAC array. */
#ifndef SOMAC_CONVOLUTION_H
#define SOMAC_CONVOLUTION_H

#include "block.h"

extern const struct block_kind convolution_kind;

#endif
