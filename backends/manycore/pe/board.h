/* The board layer: all that the program of a core needs of the machine around it.
 *
 * main.c calls these functions and machine_send (core.h), and nothing else of the machine. Linked
 * with main.o, core.o, receive.o and the blocks' objects, a neuron program, and whatever starts the
 * processor, they make a program. cortex_m4/replay.c is the board of a simulator; on a chip the
 * packets come from the FIFO that its event handler fills, ticks from a timer, and machine_send
 * writes to the router.
 */
#ifndef SOMAC_BOARD_H
#define SOMAC_BOARD_H

#include "core.h"

struct packet {
    uint32_t key;
    int32_t payload;
};

/* A run: the core's memory with the image in it, its size, and how many updates there will be. */
struct board_run {
    void *memory;
    uint32_t size;
    uint32_t steps;
};

/* Prepares the machine, and of the core what the core does not know: where its signals are
 * recorded, and what machine_send finds in `machine`. */
void board_start(struct core *core);

/* Loads the image for the next run; false when there is none. */
bool board_load(struct board_run *run);

/* Waits for the next tick; false after the last one of the run. The neurons are updated next. */
bool board_tick(void);

/* Packets of this tick that were not handed over yet, `count` of them, good until the next call;
 * waits for them, and gives none when the tick is over. The first call of a tick says that the
 * neurons have been updated. */
const struct packet *board_packets(uint32_t *count);

/* The tick is over; `updated` says whether it began with an update. */
void board_done(const struct core *core, bool updated);

/* What went wrong; does not return. */
_Noreturn void board_fail(uint32_t code);

/* All runs are over; does not return. */
_Noreturn void board_end(void);

/* for board_fail; when a core does not start, its error is added */
enum { FAILED_FAULTY = 67, FAILED_START = 80 };

#endif
