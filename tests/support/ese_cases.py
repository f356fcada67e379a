"""Networks of the form that the sparse engine runs, of every shape that it may have."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from somac.backends.fpga.ese.emit import Emitted
from somac.backends.fpga.ese.emulator.run import EseRun
from somac.backends.fpga.ese.schedule import Schedule, predict
from somac.backends.fpga.ese.structure import Geometry
from somac.ir.connectivity import Connectivity, Dense, Sparse
from somac.ir.datapath import Datapath, Instruction
from somac.ir.fixed import Format, Overflow, Rounding
from somac.ir.integer import IntegerInput, IntegerNetwork, IntegerPopulation, IntegerProjection
from somac.ir.network import Output
from somac.ir.simulate import Trace, golden

VALUE = Format(12, 12, True, Rounding.RND, Overflow.SAT)
COUNT = Format(5, 5, False, Rounding.TRN, Overflow.SAT)


def mixer(ports: int, port: Format, states: int, sent: Format) -> Datapath:
    """Cells that add up their ports and a parameter, through so many leaking states."""
    made = [Instruction("input", port, name=f"p{n}") for n in range(ports)]
    made.append(Instruction("param", VALUE, name="offset"))
    total = len(made) - 1
    for n in range(ports):
        made.append(Instruction("add", Format(24 + n, 24 + n), (total, n)))
        total = len(made) - 1
    following = {}
    for n in range(states):
        kept = Format(20 - n, 18 - n, True, Rounding.RND, Overflow.SAT)
        made.append(Instruction("state", kept, name=f"v{n}"))
        made.append(Instruction("param", Format(6, 0, False), name=f"decay{n}"))
        old = len(made) - 2
        made.append(Instruction("mul", Format(30, 24), (old, old + 1)))
        made.append(Instruction("add", kept, (total, old + 2)))
        total = following[f"v{n}"] = len(made) - 1
    made.append(Instruction("cast", sent, (total,)))
    kind = "count" if sent is COUNT else "value"
    return Datapath(f"mixer{ports}_{states}", tuple(made), following, len(made) - 1, kind)


def population(rng: np.random.Generator, name: str, size: int, datapath: Datapath) -> Any:
    """Cells with parameters and first states of their own, or the same for all."""

    def drawn(format: Format) -> np.ndarray:
        shape = () if rng.random() < 0.3 else (size,)
        low, high = max(format.minimum, -200), min(format.maximum, 200)
        return rng.integers(low, high + 1, shape)

    return IntegerPopulation(
        name,
        (size,),
        datapath,
        {p: drawn(datapath.format_of("param", p)) for p in datapath.names("param")},
        {s: drawn(datapath.format_of("state", s)) for s in datapath.names("state")},
    )


def matrix(rng: np.random.Generator, source: int, target: int, density: float) -> Connectivity:
    """Weights of 8 bits, of which so many are there; explicit synapses may repeat."""
    weight = rng.integers(-60, 61, (target, source)) * (rng.random((target, source)) < density)
    if rng.random() < 0.5:
        return Dense(weight.astype(np.int32))
    there, here = np.nonzero(weight)
    again = rng.random(len(there)) < 0.1
    joined = [np.concatenate((a, a[again])) for a in (here, there, weight[there, here])]
    return Sparse.from_coordinates(
        joined[0], joined[1], joined[2].astype(np.int32), None, (source, target)
    )


def engine_network(
    rng: np.random.Generator,
    inputs: int,
    cells: int,
    outputs: int,
    *,
    ports: int = 2,
    states: int = 1,
    output_states: int = 0,
    density: float = 0.3,
    counted: bool = False,
) -> IntegerNetwork:
    """An input, cells and outputs; one port of the cells has two matrices of x."""
    port = Format(24, 24)
    sent = COUNT if counted else VALUE
    x = (
        IntegerInput("x", (inputs,), "count", Format(5, 5, False))
        if counted
        else IntegerInput("x", (inputs,), "value", Format(10, 10))
    )
    projections = [
        IntegerProjection(
            f"{source}{number}",
            source,
            "cells",
            f"p{number % ports}",
            matrix(rng, size, cells, density),
            int(source == "y"),
        )
        for source, size, count in (("x", inputs, ports + 1), ("y", outputs, ports))
        for number in range(count)
    ]
    projections.append(
        IntegerProjection("m", "cells", "y", "p0", matrix(rng, cells, outputs, density))
    )
    rng.shuffle(projections)  # type: ignore[arg-type]
    return IntegerNetwork(
        "small",
        1.0,
        (x,),
        (
            population(rng, "cells", cells, mixer(ports, port, states, sent)),
            population(rng, "y", outputs, mixer(1, port, output_states, sent)),
        ),
        tuple(projections),
        (Output("out", "y"),),
    )


@st.composite
def engines(draw: st.DrawFn) -> tuple[IntegerNetwork, Geometry, np.ndarray]:
    """A network, the size of an engine, and raw inputs (channels, steps, inputs)."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    lanes = draw(st.integers(1, 5))
    geometry = Geometry(
        lanes,
        draw(st.integers(1, 3)),
        draw(st.sampled_from([1, 2, 3, 8])),
        draw(st.integers(1, 4)),
        8,
    )
    network = engine_network(
        rng,
        draw(st.integers(1, 12)),
        draw(st.integers(lanes, 24)),
        draw(st.integers(lanes, 16)),
        ports=draw(st.integers(1, 3)),
        states=draw(st.integers(0, 2)),
        output_states=draw(st.integers(0, 1)),
        density=draw(st.sampled_from([0.0, 0.05, 0.3, 1.0])),
        counted=draw(st.booleans()),
    )
    steps = draw(st.integers(1, 4))
    return network, geometry, stimulus(rng, network, geometry.channels, steps)


def stimulus(
    rng: np.random.Generator, network: IntegerNetwork, channels: int, steps: int
) -> np.ndarray:
    """Raw inputs over the whole range, (channels, steps, inputs)."""
    (x,) = network.inputs
    return rng.integers(x.format.minimum, x.format.maximum + 1, (channels, steps, x.size))


def golden_of(network: IntegerNetwork, x: np.ndarray) -> Trace:
    """The golden signals of cells and outputs, and states of the cells."""
    names = [p.name for p in network.populations]
    return golden(network, {network.inputs[0].name: x}, record=names, record_states=names)


def predicted(emitted: Emitted, steps: int) -> Schedule:
    """The schedule of a run of so many steps."""
    return predict(emitted.structure, emitted.encoded, emitted.geometry, emitted.latencies, steps)


def assert_golden(run: Any, network: IntegerNetwork, x: np.ndarray) -> None:
    """Outputs, signals and states of the cells are those of the golden model."""
    wanted = golden_of(network, x)
    cells = next(p.name for p in network.populations if p.name != network.outputs[0].source)
    np.testing.assert_array_equal(run.outputs, wanted.signals[network.outputs[0].source])
    np.testing.assert_array_equal(run.cells, wanted.signals[cells])
    assert set(run.states) == set(wanted.states[cells])
    for name, values in run.states.items():
        np.testing.assert_array_equal(values, wanted.states[cells][name])


def assert_cycles(run: EseRun, schedule: Schedule) -> None:
    """Everything happened when it was predicted."""
    np.testing.assert_array_equal(run.done, schedule.done)
    np.testing.assert_array_equal(run.cells_from, schedule.cells)
    np.testing.assert_array_equal(run.outputs_from, schedule.outputs)
    later = np.arange(run.beats.shape[1])
    np.testing.assert_array_equal(run.beats, schedule.beats[:, None] + later)
