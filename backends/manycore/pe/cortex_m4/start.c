/* From reset to main, and the four functions that a compiler may call unasked. */
#include "host.h"

#include <stddef.h>
#include <stdint.h>

int main(void);
_Noreturn void start(void);
void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);
int memcmp(const void *a, const void *b, size_t size);

extern uint32_t stack_top[], data_load[], data_begin[], data_end[], bss_begin[], bss_end[];

enum { FAULT = 65 };

static void fault(void)
{
    host_exit(FAULT);
}

/* the initial stack, reset, and the faults */
struct vectors {
    uint32_t *stack;
    void (*handlers[15])(void);
};

extern const struct vectors vectors;
__attribute__((section(".vectors"), used)) const struct vectors vectors = {
    stack_top, {start, fault, fault, fault, fault, fault}
};

_Noreturn void start(void)
{
    const uint32_t *from = data_load;
    for (uint32_t *to = data_begin; to < data_end; to++)
        *to = *from++;
    for (uint32_t *to = bss_begin; to < bss_end; to++)
        *to = 0;
    host_exit((uint32_t)main());
}

void *memcpy(void *to, const void *from, size_t size)
{
    return memmove(to, from, size);
}

void *memmove(void *to, const void *from, size_t size)
{
    uint8_t *const t = to;
    const uint8_t *const f = from;
    if (t < f) {
        for (size_t n = 0; n < size; n++)
            t[n] = f[n];
    } else {
        for (size_t n = size; n > 0; n--)
            t[n - 1] = f[n - 1];
    }
    return to;
}

void *memset(void *to, int value, size_t size)
{
    uint8_t *const t = to;
    for (size_t n = 0; n < size; n++)
        t[n] = (uint8_t)value;
    return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
    const uint8_t *const x = a, *const y = b;
    for (size_t n = 0; n < size; n++)
        if (x[n] != y[n])
            return x[n] < y[n] ? -1 : 1;
    return 0;
}
