"""Running a program from its files alone; shares nothing with what wrote them."""

from somac.backends.manycore.emulator.run import ManycoreEmulator

__all__ = ["ManycoreEmulator"]
