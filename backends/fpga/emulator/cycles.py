"""When everything happens, by what it is: the names under which cycles are compared."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from somac.backends.fpga.description import Description
from somac.backends.fpga.emulator.timing import Timing

__all__ = ["cycles_of"]

Integers = NDArray[np.int64]


def cycles_of(description: Description, timing: Timing) -> dict[str, Integers]:
    """Cycles int64 (samples, steps, times), as `somac.backends.api.Emulation` has them.

    Per input when each of its beats is taken, per section when each of its updates has left its
    pipeline, and per stream out when each of its beats leaves.
    """
    d = description
    words = {s.id: s.words for s in d.senders()}
    found: dict[str, Integers] = {}
    end = timing.cycles[:, None, None]
    for i, first in zip(d.inputs, timing.accepted, strict=True):
        taken = first[:, :, None] + np.arange(i.words)
        # what nothing waits for may be under way when all else has ended
        found[i.id] = np.where(taken < end, taken, -1)
    sections = (s for e in d.engines for s in e.sections)
    for s, first in zip(sections, timing.updates, strict=True):
        found[s.id] = first[:, :, None] + s.flight + np.arange(s.words)
    for o, first in zip(d.outputs, timing.outputs, strict=True):
        found[o.stream] = first[:, :, None] + np.arange(words[o.source])
    return found
