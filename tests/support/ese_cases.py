"""Networks of the form that the sparse engine runs, of every shape that it may have."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from somac.backends.fpga.ese.emit import Emitted
from somac.backends.fpga.ese.emulator.decode import read_engine
from somac.backends.fpga.ese.emulator.run import EseRun, run_engine
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
    projected: bool = True,
) -> IntegerNetwork:
    """An input, cells and outputs; one port of the cells has two matrices of x.

    Without projection the cells are the outputs, and read what they have sent themselves.
    """
    last, outputs = ("y", outputs) if projected else ("cells", cells)
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
            int(source != "x"),
        )
        for source, size, count in (("x", inputs, ports + 1), (last, outputs, ports))
        for number in range(count)
    ]
    if projected:
        onward = matrix(rng, cells, outputs, density)
        projections.append(IntegerProjection("m", "cells", "y", "p0", onward))
    rng.shuffle(projections)  # type: ignore[arg-type]
    return IntegerNetwork(
        "small",
        1.0,
        (x,),
        (
            population(rng, "cells", cells, mixer(ports, port, states, sent)),
            *(
                [population(rng, "y", outputs, mixer(1, port, output_states, sent))]
                if projected
                else []
            ),
        ),
        tuple(projections),
        (Output("out", last),),
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
        projected=draw(st.sampled_from([True, True, False])),
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
    return predict(emitted.work, emitted.geometry.depth, steps)


def emulated(emitted: Emitted, x: np.ndarray) -> EseRun:
    """A run of the files on raw inputs (channels, steps, inputs)."""
    return run_engine(read_engine(emitted.program), x)


def assert_golden(run: Any, network: IntegerNetwork, x: np.ndarray) -> None:
    """Outputs, signals and states are those of the golden model."""
    wanted = golden_of(network, x)
    outputs = network.outputs[0].source
    cells = next((p.name for p in network.populations if p.name != outputs), outputs)
    np.testing.assert_array_equal(run.outputs, wanted.signals[outputs])
    np.testing.assert_array_equal(run.cells, wanted.signals[cells])
    for states, name in ((run.states, cells), (run.output_states, outputs)):
        if name != cells or states is run.states:
            assert set(states) == set(wanted.states[name])
            for state, values in states.items():
                np.testing.assert_array_equal(values, wanted.states[name][state])


def assert_cycles(run: EseRun, schedule: Schedule) -> None:
    """Everything happened when it was predicted."""
    np.testing.assert_array_equal(run.done, schedule.done)
    np.testing.assert_array_equal(run.cells_from, schedule.cells)
    np.testing.assert_array_equal(run.outputs_from, schedule.outputs)
    later = np.arange(run.beats.shape[1])
    np.testing.assert_array_equal(run.beats, schedule.beats[:, None] + later)
