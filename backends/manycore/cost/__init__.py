"""Cost model: counts of events by kind times what one of them takes.

It reads the files of a bundle and shares no figure with the code that runs: the counts are held
against the emulator's, the prices against an instruction-set simulator's.
"""

from somac.backends.manycore.cost.model import costs

__all__ = ["costs"]
