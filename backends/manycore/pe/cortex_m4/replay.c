/* One core, given in every tick the packets that it received in a run of all cores.
 *
 * The file `session` holds samples, steps, ticks, bytes of the image and of the core's memory,
 * address and bytes of its states, then the image, then for each sample and tick the number of
 * packets and of each key and payload. The file `records` gets, for each sample and tick, whether
 * the neurons were updated, the number of packets sent, the ticks of the timer that the update
 * and the packets received took, then of each packet sent key and payload, and after an update
 * the signals and the bytes of the states. All numbers are words of 32 bits.
 */
#include "../core.h"
#include "host.h"

extern const struct program PROGRAM;
extern uint32_t core_memory[], core_memory_bytes[], buffer_memory[];

enum { BUFFER_BYTES = 16 << 20, TIMER_MASK = 0xFFFFFF };
enum { TOO_LARGE = 66, FAULTY = 67, NOT_STARTED = 80 };

/* the timer of the core: counts down at 25 MHz */
#define TIMER_CONTROL (*(volatile uint32_t *)0xE000E010)
#define TIMER_RELOAD (*(volatile uint32_t *)0xE000E014)
#define TIMER_VALUE (*(volatile uint32_t *)0xE000E018)

struct session {
    uint32_t samples, steps, ticks, image_bytes, memory_bytes, states_at, states_bytes;
};

struct tick_record {
    uint32_t updated, sent, update_time, receive_time;
};

struct packet {
    uint32_t key;
    int32_t payload;
};

/* what a tick sends, in the buffer */
struct outbox {
    struct packet *packets;
    uint32_t count;
};

void machine_send(struct core *core, uint32_t key, int32_t payload)
{
    struct outbox *const outbox = core->machine;
    outbox->packets[outbox->count++] = (struct packet){key, payload};
}

static uint32_t since(uint32_t earlier)
{
    return (earlier - TIMER_VALUE) & TIMER_MASK;
}

static void copy(uint32_t *to, const uint32_t *from, uint32_t size)
{
    for (uint32_t n = 0; n < size / 4; n++)
        to[n] = from[n];
}

int main(void)
{
    const uint32_t input = host_open_for_reading("session", 7);
    const uint32_t output = host_open_for_writing("records", 7);
    struct session session;
    host_read(input, &session, sizeof session);
    if (session.memory_bytes > (uint32_t)core_memory_bytes)
        return TOO_LARGE;
    /* the buffer: the image as loaded, signals, packets sent, packets received */
    uint32_t *const image = buffer_memory;
    host_read(input, image, session.image_bytes);
    const uint32_t neurons = ((const struct header *)(const void *)image)->neurons;
    int32_t *const signals = (int32_t *)(image + session.image_bytes / 4);
    struct packet *const sent = (struct packet *)(signals + neurons);
    struct packet *const received = sent + neurons;
    const uint32_t room =
        (BUFFER_BYTES - session.image_bytes - 12 * neurons) / (uint32_t)sizeof(struct packet);
    TIMER_RELOAD = TIMER_MASK;
    TIMER_VALUE = 0;
    TIMER_CONTROL = 5;
    struct outbox outbox = {sent, 0};
    struct core core;
    core.signals = signals;
    core.machine = &outbox;
    for (uint32_t sample = 0; sample < session.samples; sample++) {
        copy(core_memory, image, session.image_bytes);
        const enum core_error error =
            core_start(&core, &PROGRAM, core_memory, session.memory_bytes, session.steps);
        if (error != CORE_STARTED)
            return NOT_STARTED + (int)error;
        for (uint32_t tick = 0; tick < session.ticks; tick++) {
            uint32_t packets;
            host_read(input, &packets, sizeof packets);
            if (packets > room)
                return TOO_LARGE;
            host_read(input, received, packets * (uint32_t)sizeof *received);
            outbox.count = 0;
            uint32_t begin = TIMER_VALUE;
            const bool updated = core_tick(&core);
            const uint32_t update_time = since(begin);
            if (core.faults != 0)
                return FAULTY;
            begin = TIMER_VALUE;
            for (uint32_t n = 0; n < packets; n++)
                core_receive(&core, received[n].key, received[n].payload);
            const struct tick_record record = {updated, outbox.count, update_time, since(begin)};
            host_write(output, &record, sizeof record);
            host_write(output, sent, outbox.count * (uint32_t)sizeof *sent);
            if (updated) {
                host_write(output, signals, neurons * 4);
                host_write(output, core.memory + session.states_at, session.states_bytes);
            }
        }
    }
    host_close(output);
    return 0;
}
