"""What a step takes on a design: cycles by the rules of the RTL, for mean rates; time; area.

It reads the files of a bundle, and shares no code with the emulator, against whose cycles the tests
hold it.
"""

from somac.backends.fpga.cost.model import costs

__all__ = ["costs"]
