"""Small plastic networks in integers, made by hand and at random, for tests of every layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from somac.ir.connectivity import AllToAll, Connectivity, Dense, OneToOne, Sparse
from somac.ir.datapath import Datapath, Instruction
from somac.ir.fixed import BOOL, Format, Overflow, Rounding
from somac.ir.integer import IntegerInput, IntegerNetwork, IntegerPopulation, IntegerProjection
from somac.ir.network import Output
from somac.ir.neuron import SignalKind
from somac.ir.plasticity import IntegerPlasticity

__all__ = ["PlasticCase", "pair_rule", "plastic_cases", "plastic_network"]

WEIGHT = Format(10, 10, False, Rounding.TRN, Overflow.SAT)
TRACE = Format(8, 8, False, Rounding.TRN, Overflow.SAT)
MEMBRANE = Format(20, 20, True, Rounding.TRN, Overflow.SAT)
PORT = Format(22, 22)
SIGNALS: Mapping[SignalKind, Format] = {
    "spike": BOOL,
    "count": Format(3, 3, False, Rounding.TRN, Overflow.SAT),
    "value": Format(6, 6, True, Rounding.RND, Overflow.SAT),
}


@dataclass(frozen=True, slots=True, eq=False)
class PlasticCase:
    """A network, raw inputs (samples, steps, channels) for it, and its plastic projections."""

    network: IntegerNetwork
    inputs: dict[str, NDArray[np.int64]]
    plastic: tuple[str, ...]


@dataclass(slots=True)
class _Path:
    """A datapath as it is written down."""

    instructions: list[Instruction] = field(default_factory=list)

    def add(
        self,
        opcode: str,
        format: Format,
        arguments: Sequence[int] = (),
        name: str = "",
        raw: int = 0,
    ) -> int:
        self.instructions.append(Instruction(opcode, format, tuple(arguments), name, raw))
        return len(self.instructions) - 1

    def constant(self, raw: int, format: Format) -> int:
        return self.add("const", format, raw=raw)

    def faded(self, value: int, format: Format, eighths: int) -> int:
        """A value times so many eighths, rounded down."""
        share = self.constant(eighths, Format(4, 1, False))
        return self.add("mul", format, (value, share))

    def done(
        self, name: str, after: Mapping[str, int], output: int, kind: SignalKind = "value"
    ) -> Datapath:
        return Datapath(name, tuple(self.instructions), dict(after), output, kind)


def pair_rule(raise_by: int = 1, lower_by: int = 1) -> IntegerPlasticity:
    """Pair-based STDP: traces fade by an eighth a step, weights move by eighths of them."""
    trace = _Path()
    x = trace.add("state", TRACE, name="x")
    pre = trace.add("input", Format(9, 9), name="pre")
    most = trace.constant(64, Format(8, 8, False))
    jump = trace.add("mul", Format(20, 20), (pre, most))
    after = trace.add("add", TRACE, (trace.faded(x, TRACE, 7), jump))
    paths = {"trace": trace.done("pair_trace", {"x": after}, after)}
    for name, read in (("on_pre", "y"), ("on_post", "x")):
        path = _Path()
        w = path.add("state", WEIGHT, name="w")
        other = path.add("param", TRACE, name=read)
        rate = path.add("param", Format(4, 1), name=f"{name}_rate")
        moved = path.add("mul", Format(14, 14), (other, rate))
        paths[name] = path.done(f"pair_{name}", {"w": path.add("add", WEIGHT, (w, moved))}, w)
    return IntegerPlasticity(
        "pair",
        paths["trace"],
        paths["on_pre"],
        paths["on_post"],
        None,
        {"on_pre_rate": np.asarray(-lower_by), "on_post_rate": np.asarray(raise_by)},
        {"x": np.asarray(0)},
        {"y": "y"},
        WEIGHT,
    )


def neuron(kind: SignalKind = "spike", threshold: int = 200) -> Datapath:
    """A leaky integrator; its state ``y`` is a trace of what it sends."""
    path = _Path()
    v, y = path.add("state", MEMBRANE, name="v"), path.add("state", TRACE, name="y")
    arrived = path.add("input", PORT, name="i")
    filled = path.add("add", MEMBRANE, (path.faded(v, MEMBRANE, 7), arrived), "filled")
    fires = path.add("ge", BOOL, (filled, path.constant(threshold, Format(16, 16))))
    left = path.add("select", MEMBRANE, (fires, path.constant(0, MEMBRANE), filled))
    sent = fires
    if kind != "spike":
        step = path.constant(threshold, Format(16, 16))
        sent = path.add("floordiv", SIGNALS[kind], (filled, step))
    jump = path.add("select", TRACE, (fires, path.constant(64, TRACE), path.constant(0, TRACE)))
    faded = path.add("add", TRACE, (path.faded(y, TRACE, 7), jump))
    return path.done(f"neuron_{kind}", {"v": left, "y": faded}, sent, kind)


def population(name: str, cells: int, path: Datapath) -> IntegerPopulation:
    """Cells that begin with nothing."""
    return IntegerPopulation(
        name, (cells,), path, {}, {"v": np.asarray(0), "y": np.asarray(0)}
    )  # fmt: skip


def plastic_network(delay: int = 1) -> IntegerNetwork:
    """Three channels that teach two cells, one of which a weight of 0 leads to."""
    weights = Dense(np.array([[90, 0, 120], [0, 200, 40]], dtype=np.int32))
    return IntegerNetwork(
        "pair",
        1e-3,
        (IntegerInput("x", (3,), "spike", BOOL),),
        (population("p", 2, neuron()),),
        (IntegerProjection("x_p", "x", "p", "i", weights, delay, pair_rule()),),
        (Output("p", "p"),),
    )


def plastic_cases(
    *, max_populations: int = 3, max_cells: int = 6, max_delay: int = 4
) -> st.SearchStrategy[PlasticCase]:
    """Networks whose projections learn by random rules, with inputs; shrinks towards few cells."""
    return st.builds(
        _case,
        st.integers(0, 2**32 - 1),
        st.integers(1, max_populations),
        st.integers(1, max_cells),
        st.integers(0, max_delay),
    )


def _case(seed: int, populations: int, cells: int, max_delay: int) -> PlasticCase:
    """The network of a seed: one generator, so that a failure is told in four numbers."""
    rng = np.random.default_rng(seed)
    kinds: tuple[SignalKind, ...] = ("spike", "spike", "count", "value")
    kind = kinds[rng.integers(4)]
    source = IntegerInput("x", (int(rng.integers(1, cells + 1)),), kind, SIGNALS[kind])
    made = tuple(
        population(
            f"p{i}",
            int(rng.integers(1, cells + 1)),
            neuron(kinds[rng.integers(4)], int(rng.integers(20, 400))),
        )
        for i in range(populations)
    )
    sent = {"x": SIGNALS[kind]} | {p.name: SIGNALS[p.datapath.output_kind] for p in made}
    sizes = {"x": source.size} | {p.name: p.size for p in made}
    order = {name: rank for rank, name in enumerate(sizes)}
    projections: list[IntegerProjection] = []
    for p in made:
        for begin in sizes:
            first = begin == "x" and p is made[0]
            if first or rng.random() < 0.5:
                least = int(order[begin] >= order[p.name])
                delay = int(rng.integers(least, max(least, max_delay) + 1))
                learns = first or rng.random() < 0.6
                rule = random_rule(rng, sent[begin]) if learns else None
                low, high = (rule.weight.minimum, rule.weight.maximum) if rule else (-300, 300)
                wires = _wires(rng, sizes[begin], p.size, low, high)
                name = f"{begin}_{p.name}"
                projections.append(IntegerProjection(name, begin, p.name, "i", wires, delay, rule))
    network = IntegerNetwork(
        f"plastic_{seed}",
        1e-3,
        (source,),
        made,
        tuple(projections),
        tuple(Output(f"out_{p.name}", p.name) for p in made),
    )
    steps = int(rng.integers(1, 30 + max_delay))
    low, high = max(source.format.minimum, -3), min(source.format.maximum, 3)
    values = rng.integers(low, high + 1, size=(2, steps, source.size))
    values[rng.random(values.shape) < 0.5] = 0
    plastic = tuple(p.name for p in projections if p.plasticity is not None)
    return PlasticCase(network, {"x": values}, plastic)


def _wires(rng: np.random.Generator, source: int, target: int, low: int, high: int) -> Connectivity:
    def weights(*shape: int) -> NDArray[np.int32]:
        drawn = rng.integers(max(low, -400), min(high, 400) + 1, size=shape)
        return np.where(rng.random(shape) < 0.3, np.clip(0, low, high), drawn).astype(np.int32)

    kinds = ["dense", "sparse", "all"] + (["one"] if source == target else [])
    match rng.choice(kinds):
        case "dense":
            return Dense(weights(target, source))
        case "all":
            return AllToAll(weights(), source, target)
        case "one":
            return OneToOne(weights(*([source] if rng.random() < 0.7 else [])), source)
        case _:
            # some cells have no synapse, some pairs have two
            counts = rng.integers(0, 2 * target, size=source)
            cells = rng.integers(0, target, size=int(counts.sum()))
            indptr = np.concatenate([[0], np.cumsum(counts)])
            return Sparse(indptr, cells, weights(len(cells)), None, target)


def random_rule(rng: np.random.Generator, sent: Format) -> IntegerPlasticity:
    """A rule of random instructions, any of whose datapaths may be missing.

    Parameters
    ----------
    sent
        Format of what the source sends.
    """
    weight = _format(rng, rng.random() < 0.4, 12)
    synapse = {"w": weight} | {f"e{n}": _format(rng, True, 12) for n in range(rng.integers(0, 3))}
    traces = {f"x{n}": _format(rng, rng.random() < 0.5, 10) for n in range(rng.integers(0, 3))}
    constants = {f"k{n}": _format(rng, True, 6) for n in range(3)}
    post = {"target_y": TRACE, "target_v": MEMBRANE}
    trace = None
    if traces:
        wrapped = Format(int(rng.integers(2, 8)), int(rng.integers(2, 8)), bool(rng.random() < 0.8))
        trace = _body(rng, "trace", traces, constants, {"pre": wrapped})
    bodies: dict[str, Datapath | None] = {}
    for name in ("on_pre", "on_post", "each_step"):
        reads = {**constants, **traces, **post} | ({"pre": sent} if name == "on_pre" else {})
        own = {n: f for n, f in synapse.items() if n == "w" or rng.random() < 0.7}
        bodies[name] = _body(rng, name, own, reads, {}) if rng.random() < 0.7 else None
    paths = [p for p in (trace, *bodies.values()) if p is not None]
    read = {name for path in paths for name in path.names("param")}
    states = {name for path in paths for name in path.names("state")} - {"w"}
    return IntegerPlasticity(
        f"random_{rng.integers(1_000_000)}",
        trace,
        bodies["on_pre"],
        bodies["on_post"],
        bodies["each_step"],
        {n: _within(rng, f) for n, f in constants.items() if n in read},
        {n: _within(rng, f) for n, f in {**synapse, **traces}.items() if n in states},
        {n: n.removeprefix("target_") for n in post if n in read},
        weight,
    )


def _within(rng: np.random.Generator, format: Format) -> NDArray[np.int64]:
    return np.asarray(rng.integers(format.minimum, format.maximum + 1))


def _format(rng: np.random.Generator, signed: bool, most: int) -> Format:
    width = int(rng.integers(2, most + 1))
    modes = rng.choice(list(Rounding)), rng.choice(list(Overflow))
    return Format(width, width - int(rng.integers(-2, 6)), signed, *modes)


def _body(
    rng: np.random.Generator,
    name: str,
    states: Mapping[str, Format],
    reads: Mapping[str, Format],
    inputs: Mapping[str, Format],
) -> Datapath:
    path = _Path()
    for opcode, some in (("state", states), ("input", inputs), ("param", reads)):
        for read, format in some.items():
            if opcode != "param" or rng.random() < 0.6:
                path.add(opcode, format, name=read)
    path.constant(int(rng.integers(-8, 8)), Format(4, 4))
    for _ in range(int(rng.integers(1, 7))):
        a, b, c = (int(v) for v in rng.integers(0, len(path.instructions), 3))
        format = _format(rng, True, 14)
        match rng.choice(["add", "sub", "mul", "min", "max", "lt", "select", "cast"]):
            case "lt":
                path.add("lt", BOOL, (a, b))
            case "select":
                path.add("select", format, (a, b, c))
            case "cast":
                path.add("cast", format, (a,))
            case opcode:
                path.add(str(opcode), format, (a, b))
    after = {}
    for state, format in states.items():
        value = int(rng.integers(0, len(path.instructions)))
        after[state] = path.add("cast", format, (value,))
    value = int(rng.integers(0, len(path.instructions)))
    output = path.add("cast", _format(rng, True, 12), (value,))
    return path.done(name, after, output)
