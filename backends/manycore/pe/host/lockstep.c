/* All cores of a bundle in lockstep: every tick each of them updates, then what they and the
 * inputs send is routed and received.
 *
 *     lockstep SESSION RECORDS [TRACE]
 *
 * SESSION is what somac.backends.manycore.machines.session writes. RECORDS gets, for each sample,
 * each core and each step, the signals (int32) and the states as the core stores them, and after
 * the last step what it has learnt; TRACE, for each packet, who received or sent it when. All are words of 32 bits, little-endian.
 */
#include "../core.h"
#include "router.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct program *const programs[];

enum { SENT = 1 };

struct packet {
    uint32_t chip;
    uint32_t key;
    int32_t payload;
};

/* A core, and what surrounds it. */
struct site {
    struct core core;
    struct machine *machine;
    uint32_t number;
    uint32_t chip;
    uint32_t place; /* its number on the chip */
    const struct program *program;
    const uint8_t *image;
    uint32_t image_bytes;
    uint32_t memory_bytes;
    uint32_t states_at;
    uint32_t states_bytes;
    uint32_t learnt_at;
    uint32_t learnt_bytes;
    uint8_t *memory;
    int32_t *signals;
    uint8_t *record; /* of one sample: a step after the other */
    size_t recorded;
};

struct machine {
    struct chip *chips;
    uint32_t chip_count;
    struct site *sites;
    uint32_t site_count;
    uint32_t **sites_at; /* of each chip: its cores by place */
    uint32_t places;
    struct packet *packets; /* of this tick */
    size_t packet_count;
    size_t packet_room;
    uint32_t sample;
    uint32_t tick;
    FILE *trace;
};

struct delivery {
    struct machine *machine;
    const struct packet *packet;
};

static void die(const char *problem)
{
    fprintf(stderr, "%s\n", problem);
    exit(EXIT_FAILURE);
}

static void *allocated(size_t count, size_t size)
{
    void *const memory = calloc(count > 0 ? count : 1, size);
    if (memory == NULL)
        die("out of memory");
    return memory;
}

static uint8_t *contents(const char *name)
{
    FILE *const file = fopen(name, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0)
        die("the session cannot be read");
    const long size = ftell(file);
    uint8_t *const bytes = allocated((size_t)size, 1);
    rewind(file);
    if (fread(bytes, 1, (size_t)size, file) != (size_t)size)
        die("the session cannot be read");
    fclose(file);
    return bytes;
}

static void write_all(FILE *file, const void *bytes, size_t size)
{
    if (size > 0 && fwrite(bytes, 1, size, file) != size)
        die("the records cannot be written");
}

static void trace(struct machine *machine, uint32_t core, uint32_t kind, uint32_t key,
                  int32_t payload)
{
    if (machine->trace == NULL)
        return;
    const uint32_t words[] = {core, kind, machine->sample, machine->tick, key, (uint32_t)payload};
    write_all(machine->trace, words, sizeof words);
}

static void put_packet(struct machine *machine, uint32_t chip, uint32_t key, int32_t payload)
{
    if (machine->packet_count == machine->packet_room) {
        machine->packet_room = 2 * machine->packet_room + 64;
        machine->packets = realloc(machine->packets, machine->packet_room * sizeof(struct packet));
        if (machine->packets == NULL)
            die("out of memory");
    }
    machine->packets[machine->packet_count++] = (struct packet){chip, key, payload};
}

void machine_send(struct core *core, uint32_t key, int32_t payload)
{
    const struct site *const site = core->machine;
    trace(site->machine, site->number, SENT, key, payload);
    put_packet(site->machine, site->chip, key, payload);
}

static void arrive(void *context, uint32_t chip, uint32_t place)
{
    const struct delivery *const delivery = context;
    struct machine *const machine = delivery->machine;
    const uint32_t number = place < machine->places ? machine->sites_at[chip][place] : NOWHERE;
    /* what reaches a core that is not loaded is lost */
    if (number == NOWHERE)
        return;
    const struct packet *const packet = delivery->packet;
    trace(machine, number, 0, packet->key, packet->payload);
    core_receive(&machine->sites[number].core, packet->key, packet->payload);
}

static const uint32_t *read_chips(struct machine *machine, const uint32_t *at)
{
    machine->chips = allocated(machine->chip_count, sizeof(struct chip));
    for (uint32_t n = 0; n < machine->chip_count; n++) {
        struct chip *const chip = &machine->chips[n];
        for (uint32_t link = 0; link < LINKS; link++)
            chip->links[link] = *at++;
        chip->entries = *at++;
        chip->route_words = *at++;
        chip->table = at;
        at += (size_t)chip->entries * (2 + chip->route_words);
    }
    return at;
}

static const uint32_t *read_sites(struct machine *machine, const uint32_t *at, uint32_t steps)
{
    machine->sites = allocated(machine->site_count, sizeof(struct site));
    for (uint32_t n = 0; n < machine->site_count; n++) {
        struct site *const site = &machine->sites[n];
        site->machine = machine;
        site->number = n;
        site->chip = *at++;
        site->place = *at++;
        site->program = programs[*at++];
        site->image_bytes = *at++;
        site->memory_bytes = *at++;
        site->states_at = *at++;
        site->states_bytes = *at++;
        site->learnt_at = *at++;
        site->learnt_bytes = *at++;
        site->image = (const uint8_t *)at;
        const uint32_t neurons = ((const struct header *)at)->neurons;
        at += site->image_bytes / 4;
        site->memory = allocated(site->memory_bytes, 1);
        site->signals = allocated(neurons, sizeof(int32_t));
        site->record = allocated(
            steps * (4 * (size_t)neurons + site->states_bytes) + site->learnt_bytes, 1);
        if (site->place >= machine->places)
            machine->places = site->place + 1;
    }
    machine->sites_at = allocated(machine->chip_count, sizeof(uint32_t *));
    for (uint32_t chip = 0; chip < machine->chip_count; chip++) {
        machine->sites_at[chip] = allocated(machine->places, sizeof(uint32_t));
        for (uint32_t place = 0; place < machine->places; place++)
            machine->sites_at[chip][place] = NOWHERE;
    }
    for (uint32_t n = 0; n < machine->site_count; n++)
        machine->sites_at[machine->sites[n].chip][machine->sites[n].place] = n;
    return at;
}

static void load(struct site *site, uint32_t steps)
{
    memcpy(site->memory, site->image, site->image_bytes);
    site->recorded = 0;
    site->core.signals = site->signals;
    site->core.machine = site;
    const enum core_error error =
        core_start(&site->core, site->program, site->memory, site->memory_bytes, steps);
    if (error != CORE_STARTED) {
        fprintf(stderr, "core %u of chip %u does not start: error %d\n", (unsigned)site->place,
                (unsigned)site->chip, (int)error);
        exit(EXIT_FAILURE);
    }
}

static void record(struct site *site, const void *bytes, size_t size)
{
    memcpy(site->record + site->recorded, bytes, size);
    site->recorded += size;
}

static void tick(struct machine *machine)
{
    machine->packet_count = 0;
    for (uint32_t n = 0; n < machine->site_count; n++) {
        struct site *const site = &machine->sites[n];
        const bool updated = core_tick(&site->core);
        if (site->core.faults != 0)
            die("an accumulator of the MAC array overflows");
        if (updated) {
            record(site, site->signals, 4 * (size_t)site->core.header->neurons);
            record(site, site->memory + site->states_at, site->states_bytes);
        }
    }
}

static void route(struct machine *machine)
{
    for (size_t n = 0; n < machine->packet_count; n++) {
        const struct packet *const packet = &machine->packets[n];
        struct delivery delivery = {machine, packet};
        if (!route_packet(machine->chips, packet->chip, packet->key, machine->chip_count, arrive,
                          &delivery))
            die("a packet runs in a circle");
    }
}

int main(int argc, char **argv)
{
    if (argc < 3)
        die("lockstep SESSION RECORDS [TRACE]");
    uint8_t *const session = contents(argv[1]);
    FILE *const records = fopen(argv[2], "wb");
    struct machine machine = {0};
    machine.trace = argc > 3 ? fopen(argv[3], "wb") : NULL;
    if (records == NULL || (argc > 3 && machine.trace == NULL))
        die("the records cannot be written");
    const uint32_t *at = (const uint32_t *)(const void *)session;
    machine.chip_count = *at++;
    machine.site_count = *at++;
    const uint32_t host = *at++, channels = *at++, period = *at++;
    const uint32_t samples = *at++, steps = *at++, ticks = *at++;
    at = read_chips(&machine, at);
    at = read_sites(&machine, at, steps);
    const uint32_t *const keys = at;
    const uint32_t *const sends = keys + channels;
    const int32_t *input = (const int32_t *)(const void *)(sends + channels);
    for (machine.sample = 0; machine.sample < samples; machine.sample++) {
        for (uint32_t n = 0; n < machine.site_count; n++)
            load(&machine.sites[n], steps);
        for (machine.tick = 0; machine.tick < ticks; machine.tick++) {
            tick(&machine);
            if (machine.tick % period == 0 && machine.tick / period < steps) {
                for (uint32_t n = 0; n < channels; n++, input++)
                    if (*input != 0 && sends[n])
                        put_packet(&machine, host, keys[n], *input);
            }
            route(&machine);
        }
        for (uint32_t n = 0; n < machine.site_count; n++) {
            struct site *const site = &machine.sites[n];
            record(site, site->memory + site->learnt_at, site->learnt_bytes);
            write_all(records, site->record, site->recorded);
        }
    }
    if (fclose(records) != 0 || (machine.trace != NULL && fclose(machine.trace) != 0))
        die("the records cannot be written");
    return EXIT_SUCCESS;
}
