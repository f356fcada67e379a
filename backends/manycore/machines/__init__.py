"""Machines that run the C of a bundle's cores: this computer, and a Cortex-M4 under qemu.

Both load the memory images as they are written. They share no code with the emulator, nor with
what writes programs, so that their results are evidence for both.
"""

from somac.backends.manycore.machines.cortex_m4 import CORTEX_M4
from somac.backends.manycore.machines.host import HOST_C

__all__ = ["CORTEX_M4", "HOST_C"]
