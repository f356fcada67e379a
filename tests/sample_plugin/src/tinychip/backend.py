"""The backend: what Tinychip can do, what cells take of its cores, and who does the rest."""

from dataclasses import replace

import numpy as np

from somac.backends.api import Backend, Capabilities, Legal
from somac.ir.integer import IntegerNetwork
from somac.ir.retime import retime
from tinychip import INFO
from tinychip.emit import emit
from tinychip.emulator import TinychipEmulator
from tinychip.verify import verify


class Demand:
    """What cells take of a core: a place for each, and a word for each synapse that ends on it."""

    def __init__(self, network: IntegerNetwork) -> None:
        self.ending = {p.name: np.zeros(p.size, np.int64) for p in network.populations}
        for p in network.projections:
            here, rows = self.ending[p.target], p.connectivity.rows(0, p.connectivity.source_size)
            here += np.bincount(rows.target, minlength=len(here))

    def demand(self, population: str, start: int, stop: int, /) -> dict[str, int]:
        words = self.ending[population][start:stop].sum()
        return {"neurons": stop - start, "synapses": int(words)}


class Tinychip(Backend):
    """Eight cores that send each other spikes, which arrive in the next tick or later."""

    info = INFO

    def capabilities(self, target, /):
        """What the description of the target says, and what it cannot say."""
        return replace(Capabilities.of(target), retimed=True)

    def legalise(self, network, target, guidance, /):
        """The same network with populations that update later, as spikes take a tick."""
        least, longer = target.capabilities.min_delay, guidance.allow_extra_delay
        return Legal(retime(network, least, allow_extra_delay=longer).network)

    def resources(self, network, target, guidance, /):
        return Demand(network)

    def emit(self, network, mapping, target, guidance, /):
        return emit(network, mapping, target)

    def emulator(self, program, /):
        return TinychipEmulator(program)

    def verify(self, program, network, /):
        return tuple(verify(program, network))
