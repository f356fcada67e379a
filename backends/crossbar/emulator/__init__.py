"""Running a bundle from its files alone: exactly, or as a device with its imperfections would."""

from somac.backends.crossbar.emulator.device import CrossbarDevice, program_effects
from somac.backends.crossbar.emulator.run import CrossbarEmulator

__all__ = ["CrossbarDevice", "CrossbarEmulator", "program_effects"]
