"""The independent checker of sparse engines: their files, held against the network they are for.

Written from `docs/explanation/fpga-ese.md`: it shares no code with what writes or emulates them.
"""

from somac.backends.fpga.ese.verify.verify import verify

__all__ = ["verify"]
