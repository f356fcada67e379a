"""Prices of the cost model: instructions per event, fitted on counts under qemu.

    python -m bench.costs                  fits, and checks the prices of the target
    python -m bench.costs --part check     only the second

The models of the table are not among those that the prices are fitted on: these are random
networks of all neuron models that come with somac, with number formats of many widths.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.cortex_m4 import models
from somac.backends.manycore.cost.arrivals import ARRIVALS, arrivals
from somac.backends.manycore.cost.blocks import read_blocks
from somac.backends.manycore.cost.kinds import KINDS
from somac.backends.manycore.cost.operations import OPERATIONS, operations
from somac.backends.manycore.machines.cortex_m4 import cortex_cores
from somac.compiler.api import Program, compile
from somac.compiler.inputs import raw_inputs
from somac.compiler.passes.quantise import QuantiseOptions
from somac.compiler.pipeline import CompileOptions, compile_network
from somac.compiler.targets import find_target
from somac.grammar.library import library
from somac.grammar.parse import parse as parse_text
from somac.grammar.problems import Source
from somac.ir.connectivity import Dense, Sparse
from somac.ir.datapath import parse
from somac.ir.network import Input, Network, Output, Population, Projection
from somac.ir.neuron import NeuronModel

PER_TIMER_TICK = 40
NETWORKS = 40
POPULATIONS = 5
CHANNELS = 24
GATE_SHARE = 0.08
DT = 1e-3
PROFILES = ("nir-euler", "norse", "spikingjelly", "snntorch", "sinabs", "spyx", "rockpool")
RESETS = ("value", "subtract", "subtract_delayed")

Numbers = NDArray[np.float64]


# a neuron with tables, which those of the library have not
GATES = """
neuron gate(a, b):
    "Two functions of what arrives, one after the other."
    input i
    s = sigmoid(a * i)
    state v
    v = s * v + tanh(b * i)
    send v
"""


@dataclass(frozen=True, slots=True)
class Observation:
    """What one core did in a run, and the instructions that it took.

    `of_update` and `of_receiving` are amounts by kind: what the instructions are fitted with.
    `together` and `spread` are sums over ticks of deviations from the mean: of packets sent
    times instructions, and of packets sent squared.
    """

    program: str
    updates: float
    update: float
    of_update: Mapping[str, float]
    sent: float
    together: float
    spread: float
    receive: float
    of_receiving: Mapping[str, float]


def observe(program: Program, inputs: Mapping[str, NDArray[np.int64]]) -> Iterator[Observation]:
    """Every core of a program, in a run on raw inputs."""
    samples, steps = next(iter(inputs.values())).shape[:2]
    with cortex_cores(program.files, counting=True) as cores:
        bundle = cores.bundle
        texts = list(bundle.programs.values())
        variant = {n: v for v in cores.variants for n in v.cores}
        ticks = bundle.ticks(steps)
        for number, (received, done) in enumerate(cores.replay(inputs)):
            core = bundle.cores[number]
            updated = np.zeros((samples, ticks), dtype=np.bool_)
            updated[:, core.start :: core.period][:, :steps] = True
            at = updated.reshape(-1)
            spreads = [each for _, each in variant[number].parameters]
            kinds = operations(parse(texts[core.program]), spreads)
            sent = done.sent.per_tick(samples, ticks)[at] * 1.0
            took = PER_TIMER_TICK * done.update[at] * 1.0
            order = np.argsort(received.rows[:, 2], kind="stable")
            blocks = read_blocks(core.image)
            leads = arrivals(core.image, blocks, received.rows[order, 2])
            yield Observation(
                cores.label(variant[number]),
                float(core.neurons * at.sum()),
                float(took.sum()),
                {
                    "tick": float(at.sum()),
                    **{kind: float(n * core.neurons * at.sum()) for kind, n in kinds.items()},
                },
                float(sent.sum()),
                float(((sent - sent.mean()) * took).sum()),
                float(((sent - sent.mean()) * sent).sum()),
                float(PER_TIMER_TICK * done.receive.sum()),
                {"tick": float(len(at)), **{k: float(v.sum()) for k, v in leads.items()}},
            )


def random_program(seed: int) -> tuple[Program, dict[str, NDArray[np.int64]]]:
    """A network of random neurons, compiled with random widths, and an input."""
    rng = np.random.default_rng(seed)
    populations = tuple(_population(rng, f"p{n}") for n in range(POPULATIONS))
    projections = tuple(
        Projection(f"{p.name}_{port}", "x", p.name, port, _connectivity(rng, p.size), 0)
        for p in populations
        for port in p.model.inputs
    )
    # in a ring, so that all of them are heard
    projections += tuple(
        Projection(f"{a.name}_{b.name}", a.name, b.name, b.model.inputs[0], _ring(rng, a, b), 1)
        for a, b in zip(populations, (*populations[1:], populations[0]), strict=True)
    )
    outputs = tuple(Output(f"out_{p.name}", p.name) for p in populations)
    source = Input("x", (CHANNELS,), "spike")
    network = Network(f"random_{seed}", DT, (source,), populations, projections, outputs, {})
    widths = QuantiseOptions(
        weight_bits=int(rng.integers(4, 13)),
        state_bits=int(rng.choice([12, 16, 20, 24, 28])),
        coefficient_bits=int(rng.choice([9, 13, 17])),
    )
    made = compile_network(
        network, find_target("spinnaker2"), CompileOptions(widths, options={"mac": "never"})
    )
    inputs = {"x": (rng.random((1, 40, CHANNELS)) < rng.choice([0.05, 0.3])).astype(np.int64)}
    return Program(made.program), inputs


def _population(rng: np.random.Generator, name: str) -> Population:
    size, model = int(rng.choice([2, 12, 40, 90])), _model(rng)
    parameters = {
        p.name: rng.uniform(*_range(p.name), size if rng.random() < 0.3 else ())
        for p in model.parameters
    }
    bias = {port: rng.normal(0.0, 0.1, size) for port in model.inputs if rng.random() < 0.4}
    return Population(name, (size,), model, parameters, bias)


def _model(rng: np.random.Generator) -> NeuronModel:
    found = library().extended(parse_text(GATES), Source(None, GATES))
    if rng.random() < GATE_SHARE:
        return found.model("gate", None)
    while True:
        profile = found.profile(str(rng.choice(PROFILES)))
        node, reset = rng.choice(profile.node_types), rng.choice(RESETS)
        name = profile.model_for(str(node), str(reset))
        if name is not None:
            return found.model(name, profile.integrator)


def _range(name: str) -> tuple[float, float]:
    if name.startswith("tau"):
        return 2 * DT, 40 * DT
    return (0.5, 2.0) if "threshold" in name else (0.2, 0.9)


def _ring(rng: np.random.Generator, source: Population, target: Population) -> Dense:
    drawn = rng.random((target.size, source.size)) < min(1.0, 8 / target.size)
    return Dense(drawn * rng.normal(0.0, 0.2, drawn.shape))


def _connectivity(rng: np.random.Generator, size: int) -> Dense | Sparse:
    if rng.random() < 0.5:
        return Dense(rng.normal(0.0, 0.5, (size, CHANNELS)))
    drawn = np.argwhere(rng.random((CHANNELS, size)) < 0.4)
    delay = rng.integers(0, 6, len(drawn)) if rng.random() < 0.7 else None
    weight = rng.normal(0.0, 0.5, len(drawn))
    return Sparse.from_coordinates(drawn[:, 0], drawn[:, 1], weight, delay, (CHANNELS, size))


def fitted(
    amounts: Sequence[Mapping[str, float]], instructions: Sequence[float], kinds: Sequence[str]
) -> dict[str, float]:
    """Prices, none below 0, of least squares of the relative error."""
    from scipy.optimize import nnls

    matrix = np.array([[amount.get(kind, 0.0) for kind in kinds] for amount in amounts])
    meant = np.array(instructions)
    solution, _ = nnls(matrix / meant[:, None], np.ones(len(meant)))
    return dict(zip(kinds, solution.tolist(), strict=True))


def priced(amounts: Mapping[str, float], prices: Mapping[str, float]) -> float:
    """What so many events cost."""
    return sum(prices[kind] * amount for kind, amount in amounts.items())


@dataclass(frozen=True, slots=True)
class Line:
    """Instructions of a program's updates or of a model's packets: counted, and estimated."""

    model: str
    what: str
    events: float
    counted: float
    estimated: float

    @property
    def error(self) -> float:
        """Of the estimate, as a share."""
        return self.estimated / self.counted - 1

    def text(self) -> str:
        """A row: per event."""
        return (
            f"| {self.model} | {self.what} | {self.counted / self.events:.1f} "
            f"| {self.estimated / self.events:.1f} | {100 * self.error:+.1f} % |"
        )


def update_lines(
    model: str, seen: Sequence[Observation], prices: Mapping[str, float]
) -> list[Line]:
    """A line per program."""
    lines = []
    for name in dict.fromkeys(o.program for o in seen):
        own = [o for o in seen if o.program == name]
        estimated = sum(priced({**o.of_update, "send": o.sent}, prices) for o in own)
        counted = sum(o.update for o in own)
        lines.append(Line(model, name, sum(o.updates for o in own), counted, estimated))
    return lines


def receiving_line(model: str, seen: Sequence[Observation], prices: Mapping[str, float]) -> Line:
    """All packets of all cores, per synaptic event."""
    events = sum(o.of_receiving[k] for o in seen for k in ("synaptic_events", "delayed_events"))
    estimated = sum(priced(o.of_receiving, prices) for o in seen)
    return Line(model, "packets", events, sum(o.receive for o in seen), estimated)


def spread(lines: Sequence[Line]) -> str:
    """The root of the mean square of errors, and the largest."""
    errors = np.array([line.error for line in lines])
    return f"{100 * np.sqrt((errors**2).mean()):.1f} % (at most {100 * np.abs(errors).max():.1f} %)"


def fit() -> None:
    """Print prices, and how well they give what they were fitted on."""
    seen = [o for seed in range(NETWORKS) for o in observe(*random_program(seed))]
    send = sum(o.together for o in seen) / sum(o.spread for o in seen)
    updates = {"send": send} | fitted(
        [o.of_update for o in seen], [o.update - send * o.sent for o in seen], ["tick", *OPERATIONS]
    )
    heard = [o for o in seen if o.receive]
    receiving = fitted(
        [o.of_receiving for o in heard], [o.receive for o in heard], ["tick", *ARRIVALS]
    )
    updated = [line for o in seen for line in update_lines("", [o], updates)]
    arrived = [receiving_line("", [o], receiving) for o in heard]
    print(f"updates of {len(updated)} random cores: {spread(updated)}")
    print(f"packets of {len(arrived)} random cores: {spread(arrived)}\n")
    print("| of an update | instructions |\n|---|---|")
    print("\n".join(f"| {name} | {price:.2f} |" for name, price in updates.items()))
    print("\n| of receiving | instructions |\n|---|---|")
    print("\n".join(f"| {name} | {price:.2f} |" for name, price in receiving.items()))


def check() -> None:
    """Print what the prices of the target give for models, beside what is counted."""
    figures = find_target("spinnaker2").figures
    prices = {kind.name: figures[kind.price].value for kind in KINDS if kind.price}
    updates = {kind: figures[f"operation_{kind}_instructions"].value for kind in OPERATIONS}
    updates |= {"tick": prices["ticks"], "send": prices["sent"]}
    # what a tick takes besides is counted with the update
    receiving = {kind: prices.get(kind, 0.0) for kind in ARRIVALS} | {"tick": 0.0}
    rows, packets = [], []
    for model, data in models():
        program = compile(model, options=CompileOptions(options={"mac": "never"}))
        given = raw_inputs({program.golden().inputs[0].name: data}, program.golden().inputs)
        ran = list(observe(program, given))
        rows += update_lines(model.name, ran, updates)
        packets.append(receiving_line(model.name, ran, receiving))
    print("| model | program | counted | estimated | error |\n|---|---|---|---|---|")
    print("\n".join(line.text() for line in (*rows, *packets)))
    print(f"\nupdates: {spread(rows)}; packets: {spread(packets)}")


def main() -> None:
    """Both, or the part that is named."""
    parts = {"fit": fit, "check": check}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=parts)
    chosen = parser.parse_args().part
    for name, part in parts.items():
        if chosen in (None, name):
            part()


if __name__ == "__main__":
    main()
