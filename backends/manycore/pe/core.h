/* A core: one processing element, which runs one neuron program on one memory image.
 *
 * A machine calls core_start once, then in every tick core_tick, and core_receive for each packet
 * of that tick. A packet may come before or after others: sums do not depend on their order.
 */
#ifndef SOMAC_CORE_H
#define SOMAC_CORE_H

#include "image.h"

struct core;

/* The name of the program, for a machine that has several. */
#ifndef PROGRAM
#define PROGRAM program
#endif

/* A neuron program, for parameters stored in one way. */
struct program {
    uint32_t ports;
    uint32_t parameters;
    uint32_t states;
    const uint8_t *widths;  /* of parameters, then of states: bytes of a value */
    const uint8_t *spreads; /* likewise: 0 one value for all neurons, 1 one for each */
    /* updates all neurons; `arrived` are the sums of this tick, [port][neuron], left at 0 */
    void (*update)(struct core *core, uint32_t *arrived);
};

struct core {
    uint8_t *memory;
    const struct header *header;
    const struct program *program;
    uint32_t now;        /* the tick that is under way */
    uint32_t due;        /* the tick of the next update */
    uint32_t left;       /* updates that are to come */
    uint32_t slot_mask;  /* slots - 1 */
    uint32_t slot_words; /* accumulators of a slot */
    uint32_t *ring;      /* accumulators, [slot][port][neuron]: two's complement */
    const struct entry *table;
    uint32_t keyless; /* entries of key 0, which come first */
    const struct block *blocks;
    uint32_t faults;  /* bits of what must not happen, see core_fault */
    int32_t *signals; /* where to record the signals of each update; null: nowhere */
    void *machine;    /* belongs to the machine */
};

enum core_error {
    CORE_STARTED = 0,
    CORE_NOT_AN_IMAGE = 1,
    CORE_OTHER_PROGRAM = 2,
    CORE_BAD_LAYOUT = 3,
    CORE_BAD_BLOCK = 4
};

enum core_fault { FAULT_OVERFLOW = 1 /* of an accumulator of the MAC array */ };

/* Makes a core of an image and room for its ring buffers, aligned to 4 bytes, `size` in all. */
enum core_error core_start(struct core *core, const struct program *program, void *memory,
                           uint32_t size, uint32_t steps);

/* Begins the next tick: updates the neurons if they are due; true if they were. */
bool core_tick(struct core *core);

/* Takes a packet of the tick that is under way. */
void core_receive(struct core *core, uint32_t key, int32_t payload);

/* The machine's part: sends a packet to wherever its key is routed. */
void machine_send(struct core *core, uint32_t key, int32_t payload);

#endif
