"""Runs a bundle from its files alone: the bits, and in which cycle they are there."""

from somac.backends.fpga.emulator.run import FpgaEmulator

__all__ = ["FpgaEmulator"]
