/* Blocks that are matrices on the MAC array. */
#ifndef SOMAC_MATRIX_H
#define SOMAC_MATRIX_H

#include "block.h"

extern const struct block_kind matrix_kind;

#endif
