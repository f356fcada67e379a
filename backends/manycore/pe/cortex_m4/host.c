/* Semihosting: operation in r0, address of its arguments in r1, result in r0. */
#include "host.h"

enum { SYS_OPEN = 0x01, SYS_CLOSE = 0x02, SYS_WRITE = 0x05, SYS_READ = 0x06, SYS_EXIT = 0x20 };
enum { READ_BINARY = 1, WRITE_BINARY = 5 };
enum { FAILED_FILE = 64 };

static uint32_t call(uint32_t operation, const uint32_t *arguments)
{
    register uint32_t r0 __asm__("r0") = operation;
    register const uint32_t *r1 __asm__("r1") = arguments;
    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

_Noreturn void host_exit(uint32_t code)
{
    const uint32_t stopped_application_exit = 0x20026;
    const uint32_t arguments[] = {stopped_application_exit, code};
    for (;;)
        call(SYS_EXIT, arguments);
}

static uint32_t open(const char *name, uint32_t length, uint32_t mode)
{
    const uint32_t arguments[] = {(uint32_t)name, mode, length};
    const uint32_t file = call(SYS_OPEN, arguments);
    if (file == UINT32_MAX)
        host_exit(FAILED_FILE);
    return file;
}

uint32_t host_open_for_reading(const char *name, uint32_t length)
{
    return open(name, length, READ_BINARY);
}

uint32_t host_open_for_writing(const char *name, uint32_t length)
{
    return open(name, length, WRITE_BINARY);
}

void host_read(uint32_t file, void *bytes, uint32_t size)
{
    const uint32_t arguments[] = {file, (uint32_t)bytes, size};
    if (size > 0 && call(SYS_READ, arguments) != 0)
        host_exit(FAILED_FILE);
}

void host_write(uint32_t file, const void *bytes, uint32_t size)
{
    const uint32_t arguments[] = {file, (uint32_t)bytes, size};
    if (size > 0 && call(SYS_WRITE, arguments) != 0)
        host_exit(FAILED_FILE);
}

void host_close(uint32_t file)
{
    const uint32_t arguments[] = {file};
    call(SYS_CLOSE, arguments);
}
