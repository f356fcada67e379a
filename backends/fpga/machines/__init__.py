"""Machines that run the SystemVerilog of a bundle: its simulation by different simulators.

They read the files of the bundle as they are written, and share no code with the emulator, nor
with what writes bundles, so that their results are evidence for both.
"""

from somac.backends.fpga.machines.rtl import open_rtl

__all__ = ["open_rtl"]
