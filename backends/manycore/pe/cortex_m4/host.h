/* The computer that runs the simulator, by semihosting: files, and the end of the run. */
#ifndef SOMAC_CORTEX_M4_HOST_H
#define SOMAC_CORTEX_M4_HOST_H

#include <stdint.h>

/* These end the run with an exit code if they fail. */
uint32_t host_open_for_reading(const char *name, uint32_t length);
uint32_t host_open_for_writing(const char *name, uint32_t length);
void host_read(uint32_t file, void *bytes, uint32_t size);
void host_write(uint32_t file, const void *bytes, uint32_t size);
void host_close(uint32_t file);
_Noreturn void host_exit(uint32_t code);

#endif
