"""Runs a program from its files alone, tick by tick."""

import numpy as np

from somac.backends.api import Emulation
from somac.backends.api.inputs import Taken, check_recorded, checked_inputs
from somac.ir import datapath
from somac.ir.errors import Place, SomacError
from somac.ir.fixed import fit_overflow
from somac.ir.program import Program
from tinychip import DAMAGED


class TinychipEmulator:
    """Every core of a program; SomacError TINYCHIP-E0001 if its files are damaged."""

    def __init__(self, program: Program) -> None:
        chip = program.json("chip.json")
        try:
            self.inputs = [Taken(*given) for given in chip["inputs"]]
            self.outputs, self.sizes = dict(chip["outputs"]), dict(chip["sources"])
            self.period = chip["period"]
            self.parts = [Part(program, n, self.sizes) for n in range(len(chip["slices"]))]
            self.starts = dict.fromkeys(self.sizes, 0) | {p.name: p.start for p in self.parts}
            require(self.period > 0 and {*self.outputs.values()} <= self.sizes.keys())
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise SomacError(DAMAGED, repr(error), place=Place(file="chip.json")) from None

    def run(self, inputs, /, *, record=(), record_states=(), record_weights=(), first=0):
        """Emulate, as `somac.backends.api.Emulator` says."""
        given, asked = checked_inputs(inputs, self.inputs), (record, record_states, record_weights)
        check_recorded(*asked, inputs=given, populations={part.name for part in self.parts})
        samples, steps = next(iter(given.values())).shape[:2]
        sent = {n: np.zeros((samples, steps, size), np.int64) for n, size in self.sizes.items()}
        sent |= {name: values.astype(np.int64) for name, values in given.items()}
        kept = {p.name: {n: np.zeros_like(sent[p.name]) for n in p.initial} for p in self.parts}
        state = [part.initial for part in self.parts]
        for tick in range(steps * self.period + max(self.starts.values())):
            for number, part in enumerate(self.parts):
                step = self.step(tick - part.start, steps)
                if step is None:
                    continue
                ports = {n: np.zeros((samples, len(part.cells)), np.int64) for n in part.ports}
                for (source, port, delay), weights in part.arriving.items():
                    then = self.step(tick - delay - self.starts[source], steps)
                    if then is not None:
                        ports[port] += sent[source][:, then] @ weights
                ports = {n: fit_overflow(v, part.ports[n]) for n, v in ports.items()}
                after = datapath.run(part.path, ports, state[number], part.parameters)
                state[number] = after.state
                sent[part.name][:, step, part.cells] = after.output
                for name, values in after.state.items():
                    kept[part.name][name][:, step, part.cells] = values
        return Emulation(
            {name: sent[source] for name, source in self.outputs.items()},
            {name: sent[name] for name in record},
            {name: kept[name] for name in record_states},
            sent={name: np.count_nonzero(v, axis=(0, 1)) for name, v in sent.items()},
        )

    def step(self, ticks: int, steps: int) -> int | None:
        """The step of the model that begins so many ticks after the first, if one does."""
        step, rest = divmod(ticks, self.period)
        return None if rest or not 0 <= step < steps else step


class Part:
    """A slice of a population on its core, as its files say."""

    def __init__(self, program: Program, number: int, sizes: dict[str, int]) -> None:
        said = program.json("chip.json")["slices"][number]
        self.name, self.start = said["population"], said["start"]
        self.cells = np.array(said["cells"], np.int64)
        self.path = datapath.parse(said["neuron"])
        self.ports = {n: self.path.format_of("input", n) for n in self.path.names("input")}
        self.parameters = {n: np.array(v, np.int64) for n, v in said["parameters"].items()}
        self.initial = {n: np.array(v, np.int64) for n, v in said["initial"].items()}
        require({*self.path.names("param")} == self.parameters.keys())
        require({*self.path.names("state")} == self.initial.keys())
        values = *self.parameters.values(), *self.initial.values()
        require(all(v.shape == self.cells.shape for v in values) and self.cells.min() >= 0)
        require(self.cells.max() < sizes[self.name] and 0 <= self.start < 1 << 20)
        words = np.frombuffer(program.files[f"slice{number}.bin"], "<i4").reshape(-1, 6)
        # what comes from a source to a port after a delay: int64 (cells of the source, cells here)
        self.arriving = {}
        for source, cell, here, port, delay, weight in words.tolist():
            require(min(source, cell, here, port) >= 0 and 1 <= delay <= 15)
            way = [*sizes][source], [*self.ports][port], delay
            empty = np.zeros((sizes[way[0]], len(self.cells)), np.int64)
            self.arriving.setdefault(way, empty)[cell, here] += weight


def require(condition: bool) -> None:
    """ValueError unless the condition holds."""
    if not condition:
        raise ValueError("numbers that cannot be")
