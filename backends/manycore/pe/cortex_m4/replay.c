/* The board of a simulator: one core, given in every tick the packets that it received in a run of
 * all cores.
 *
 * The file `session` holds samples, steps, ticks, bytes of the image and of the core's memory,
 * address and bytes of its states and of what it learns, then the image, then for each sample and
 * tick the number of packets and of each key and payload. The file `records` gets, for each sample and tick, whether
 * the neurons were updated, the number of packets sent, the ticks of the timer that the update
 * and the packets received took, then of each packet sent key and payload, and after an update
 * the signals and the bytes of the states. All numbers are words of 32 bits.
 */
#include "../board.h"
#include "host.h"

extern uint32_t core_memory[], core_memory_bytes[], buffer_memory[];

enum { BUFFER_BYTES = 16 << 20, TIMER_MASK = 0xFFFFFF };
enum { TOO_LARGE = 66 };

/* the timer of the core: counts down at 25 MHz */
#define TIMER_CONTROL (*(volatile uint32_t *)0xE000E010)
#define TIMER_RELOAD (*(volatile uint32_t *)0xE000E014)
#define TIMER_VALUE (*(volatile uint32_t *)0xE000E018)

struct session {
    uint32_t samples, steps, ticks, image_bytes, memory_bytes, states_at, states_bytes, learnt_at,
        learnt_bytes;
};

struct tick_record {
    uint32_t updated, sent, update_time, receive_time;
};

static struct {
    struct session session;
    uint32_t input, output;
    uint32_t sample, tick; /* to come */
    /* in the buffer: the image as loaded, signals, packets sent, packets received */
    uint32_t *image;
    uint32_t neurons;
    int32_t *signals;
    struct packet *sent, *received;
    uint32_t room;
    /* of the tick */
    uint32_t sent_count, received_count;
    uint32_t begin, update_time, receive_time;
    bool updating;
} board;

void machine_send(struct core *core, uint32_t key, int32_t payload)
{
    (void)core;
    board.sent[board.sent_count++] = (struct packet){key, payload};
}

_Noreturn void board_fail(uint32_t code)
{
    host_exit(code);
}

_Noreturn void board_end(void)
{
    host_close(board.output);
    host_exit(0);
}

void board_start(struct core *core)
{
    board.input = host_open_for_reading("session", 7);
    board.output = host_open_for_writing("records", 7);
    host_read(board.input, &board.session, sizeof board.session);
    if (board.session.memory_bytes > (uint32_t)core_memory_bytes)
        board_fail(TOO_LARGE);
    board.image = buffer_memory;
    host_read(board.input, board.image, board.session.image_bytes);
    board.neurons = ((const struct header *)(const void *)board.image)->neurons;
    board.signals = (int32_t *)(board.image + board.session.image_bytes / 4);
    board.sent = (struct packet *)(board.signals + board.neurons);
    board.received = board.sent + board.neurons;
    board.room = (BUFFER_BYTES - board.session.image_bytes - 12 * board.neurons) /
                 (uint32_t)sizeof(struct packet);
    TIMER_RELOAD = TIMER_MASK;
    TIMER_VALUE = 0;
    TIMER_CONTROL = 5;
    core->signals = board.signals;
    core->machine = 0;
}

bool board_load(struct board_run *run)
{
    if (board.sample == board.session.samples)
        return false;
    for (uint32_t n = 0; n < board.session.image_bytes / 4; n++)
        core_memory[n] = board.image[n];
    board.sample++;
    board.tick = 0;
    *run = (struct board_run){core_memory, board.session.memory_bytes, board.session.steps};
    return true;
}

static uint32_t since(uint32_t earlier)
{
    return (earlier - TIMER_VALUE) & TIMER_MASK;
}

bool board_tick(void)
{
    if (board.tick == board.session.ticks) {
        host_write(board.output, (const uint8_t *)core_memory + board.session.learnt_at,
                   board.session.learnt_bytes);
        return false;
    }
    board.tick++;
    host_read(board.input, &board.received_count, sizeof board.received_count);
    if (board.received_count > board.room)
        board_fail(TOO_LARGE);
    host_read(board.input, board.received,
              board.received_count * (uint32_t)sizeof *board.received);
    board.sent_count = 0;
    board.receive_time = 0;
    board.updating = true;
    board.begin = TIMER_VALUE;
    return true;
}

const struct packet *board_packets(uint32_t *count)
{
    const uint32_t passed = since(board.begin);
    *count = board.updating ? board.received_count : 0;
    if (board.updating)
        board.update_time = passed;
    else
        board.receive_time = passed;
    board.updating = false;
    board.begin = TIMER_VALUE;
    return board.received;
}

void board_done(const struct core *core, bool updated)
{
    const struct tick_record record = {updated, board.sent_count, board.update_time,
                                       board.receive_time};
    host_write(board.output, &record, sizeof record);
    host_write(board.output, board.sent, board.sent_count * (uint32_t)sizeof *board.sent);
    if (updated) {
        host_write(board.output, board.signals, board.neurons * 4);
        host_write(board.output, core->memory + board.session.states_at,
                   board.session.states_bytes);
    }
}
