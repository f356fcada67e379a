/* The program of a core: start, then in every tick the update and the packets. */
#include "board.h"

extern const struct program PROGRAM;

int main(void)
{
    struct core core;
    struct board_run run;
    board_start(&core);
    while (board_load(&run)) {
        const enum core_error error = core_start(&core, &PROGRAM, run.memory, run.size, run.steps);
        if (error != CORE_STARTED)
            board_fail(FAILED_START + (uint32_t)error);
        while (board_tick()) {
            const bool updated = core_tick(&core);
            if (core.faults != 0)
                board_fail(FAILED_FAULTY);
            const struct packet *packets;
            uint32_t count;
            while ((packets = board_packets(&count), count > 0))
                for (uint32_t n = 0; n < count; n++)
                    core_receive(&core, packets[n].key, packets[n].payload);
            board_done(&core, updated);
        }
    }
    board_end();
}
