"""A small many-core, a plain mapper, and random networks, for the tests of the backend.

What tests use comes as fixtures, since test modules cannot import each other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from somac.backends.api import Guidance
from somac.backends.manycore.backend import ManycoreBackend
from somac.backends.manycore.options import UseOfArrays
from somac.ir.arrange import arranged
from somac.ir.connectivity import AllToAll, Connectivity, Convolution, Dense, OneToOne, Sparse
from somac.ir.datapath import OPCODES, Datapath, Instruction, Table
from somac.ir.datapath.operations import TRUTH
from somac.ir.fixed import BOOL, Format, Overflow, Rounding
from somac.ir.integer import IntegerInput, IntegerNetwork, IntegerPopulation, IntegerProjection
from somac.ir.mapping import KeyBlock, Mapping, Proof, Route, Slice
from somac.ir.network import Output
from somac.ir.program import Program
from somac.ir.target import Capabilities, Figure, Target, Topology, WordLayout

LAYOUTS = (
    WordLayout("4/3/1/8", 4, 3, 1, 8),
    WordLayout("7/0/1/8", 7, 0, 1, 8),
    WordLayout("16/4/1/11", 16, 4, 1, 11),
)
# prices of rows and of a MAC array; a target without them has none
ARRAY = {
    "cycles_per_instruction_ratio": 2,
    "packet_instructions": 10,
    "look_up_instructions": 10,
    "row_instructions": 15,
    "synaptic_event_instructions": 10,
    "delayed_event_instructions": 12,
    "kept_signal_instructions": 5,
    "mac_product_cycles": 1 / 16,
    "mac_convolution_product_cycles": 1 / 32,
    "mac_start_cycles": 10,
    "matrix_cell_cycles": 4,
    "matrix_sum_cycles": 4,
}
HEXAGON = ((1, 0), (1, 1), (0, 1), (-1, 0), (-1, -1), (0, -1))


def topology(width: int, height: int, cores: int) -> Topology:
    """Chips of one routing node on a hexagonal grid; core 0 of every chip is reserved."""
    positions = [(x, y) for y in range(height) for x in range(width)]
    number = {position: index for index, position in enumerate(positions)}
    links = [
        (number[x, y], number[x + dx, y + dy])
        for x, y in positions
        for dx, dy in HEXAGON
        if (x + dx, y + dy) in number
    ]
    chips = len(positions)
    return Topology(
        node_position=np.zeros((chips, 2), np.int64),
        node_chip=np.arange(chips),
        core_node=np.repeat(np.arange(chips), cores),
        core_local=np.tile(np.arange(cores), chips),
        core_usable=np.tile(np.arange(cores) > 0, chips),
        link_source=np.array([a for a, _ in links], np.int64),
        link_target=np.array([b for _, b in links], np.int64),
        link_cost=np.ones(len(links), np.int64),
        chip_position=np.array(positions),
        chip_router=np.arange(chips),
        host_node=chips - 1,
    )


def small_target(
    *,
    chips: tuple[int, int] = (1, 1),
    cores: int = 40,
    neurons: int = 256,
    memory: int = 1 << 16,
    max_delay: int = 64,
    layouts: tuple[WordLayout, ...] = LAYOUTS,
    array: bool = False,
    **capabilities: Any,
) -> Target:
    can = {
        "operations": frozenset(OPCODES),
        "outputs": frozenset({"spike", "count", "value"}),
        "min_delay": 1,
        "max_delay": max_delay,
        "word_bits": 64,
        "accumulator_bits": 32,
        "weight_bits": 17,
    } | capabilities
    return Target(
        "small",
        "a small many-core",
        "manycore",
        topology(*chips, cores),
        {"neurons": neurons, "bytes": memory},
        1024,
        Capabilities(**can),
        layouts,
        {
            key: Figure(value, key.rsplit("_", 1)[1], "assumed", "tests")
            for key, value in ARRAY.items()
            if array
        },
    )


def place(
    network: IntegerNetwork,
    target: Target,
    largest: int = 1 << 30,
    spread: bool = False,
    arrays: UseOfArrays = "never",
) -> Mapping:
    """Cut as large as fits (or `largest`), place in order (or all over the chips), route."""
    model = ManycoreBackend().resources(network, target, Guidance(options={"mac": arrays}))
    usable = np.flatnonzero(target.topology.core_usable)
    if spread:
        usable = usable[np.argsort(target.topology.core_local[usable], kind="stable")]
    free = iter(usable.tolist())
    slices = [Slice(i.name, 0, i.size, None) for i in network.inputs]
    demand = {}
    for p in network.populations:
        start = 0
        while start < p.size:
            stop = min(start + largest, p.size)
            while any(
                need > target.resources[name]
                for name, need in model.demand(p.name, start, stop).items()
            ):
                stop -= 1
                assert stop > start
            demand[len(slices)] = dict(model.demand(p.name, start, stop))
            slices.append(Slice(p.name, start, stop, next(free)))
            start = stop
    routes = []
    key = 0x100
    for number, part in enumerate(slices):
        cores = hearers(network, slices, part)
        if cores:
            size = 1 << (part.size - 1).bit_length()
            key = -(-key // size) * size
            block = KeyBlock(key, 0xFFFFFFFF ^ (size - 1))
            links = tree(target.topology, part.core, cores)
            routes.append(Route(number, block, links, cores, 1.0))
            key += size
    proof = Proof(0, 0, "optimal", "tests")
    return Mapping(network.digest(), target.digest(), tuple(slices), tuple(routes), proof, demand)


def hearers(network: IntegerNetwork, slices: list[Slice], part: Slice) -> tuple[int, ...]:
    """Cores on which a slice has synapses."""
    found = set()
    for projection in network.projections:
        if projection.source == part.population:
            targets = projection.structure.rows(part.start, part.stop).target
            for other in slices:
                if other.population == projection.target:
                    inside = (targets >= other.start) & (targets < other.stop)
                    if inside.any():
                        found.add(other.core)
    return tuple(sorted(c for c in found if c is not None))


def tree(top: Topology, core: int | None, cores: tuple[int, ...]) -> tuple[int, ...]:
    """Links of a breadth-first tree from a core (None: the host) to some cores."""
    root = top.host_node if core is None else int(top.core_node[core])
    came: dict[int, int] = {}
    reached, waiting = {root}, [root]
    while waiting:
        node = waiting.pop(0)
        for link in np.flatnonzero(top.link_source == node).tolist():
            there = int(top.link_target[link])
            if there not in reached:
                reached.add(there)
                came[there] = link
                waiting.append(there)
    links = set()
    for target in cores:
        node = int(top.core_node[target])
        while node != root:
            links.add(came[node])
            node = int(top.link_source[came[node]])
    return tuple(sorted(links))


def emitted(
    network: IntegerNetwork,
    target: Target,
    order: Any = MappingProxyType({}),
    arrays: UseOfArrays = "never",
    **options: Any,
) -> Program:
    """Map with the plain mapper and emit, with the cells of populations in some order."""
    given = arranged(network, order)
    mapping = replace(place(given, target, arrays=arrays, **options), order=order)
    return ManycoreBackend().emit(given, mapping, target, Guidance(options={"mac": arrays}))


PORTS = (Format(32, 32), Format(12, 12), Format(16, 16, False), Format(40, 40))


def lif(membrane: Format, port: Format) -> Datapath:
    """Leaky integrate-and-fire, a refractory tick, reset to a parameter, a bias."""
    return Datapath(
        "lif",
        (
            Instruction("input", port, name="i_in"),
            Instruction("state", membrane, name="v"),
            Instruction("state", BOOL, name="resting"),
            Instruction("param", Format(8, 0, False), name="decay"),
            Instruction("param", Format(16, 16), name="bias"),
            Instruction("param", Format(16, 16), name="threshold"),
            Instruction("param", membrane, name="v_reset"),
            Instruction("mul", Format(44, 36), (1, 3)),
            Instruction("add", Format(42, 42), (0, 4)),
            Instruction("add", membrane, (7, 8), "v"),
            Instruction("gt", BOOL, (9, 5)),
            Instruction("not", BOOL, (2,)),
            Instruction("and", BOOL, (10, 11), "spike"),
            Instruction("select", membrane, (12, 6, 9)),
        ),
        {"v": 13, "resting": 12},
        12,
        "spike",
    )


def cuba(current: Format, port: Format) -> Datapath:
    """Two ports, a filtered current, and as output the number of thresholds it holds."""
    count = Format(4, 4, False, Rounding.TRN, Overflow.SAT)
    return Datapath(
        "cuba",
        (
            Instruction("input", port, name="excitation"),
            Instruction("input", port, name="inhibition"),
            Instruction("state", current, name="i"),
            Instruction("param", Format(8, 0, False), name="decay"),
            Instruction("sub", Format(41, 41), (0, 1)),
            Instruction("mul", Format(44, 36), (2, 3)),
            Instruction("add", current, (4, 5)),
            Instruction("param", Format(12, 12, False), name="threshold"),
            Instruction("floordiv", count, (6, 7), "spikes"),
            Instruction("mul", Format(30, 30), (8, 7)),
            Instruction("sub", current, (6, 9)),
        ),
        {"i": 10},
        8,
        "count",
    )


def integrator(state: Format, port: Format) -> Datapath:
    """Sends its state as a signed number."""
    value = Format(8, 8, True, Rounding.TRN_ZERO, Overflow.SAT)
    return Datapath(
        "integrator",
        (
            Instruction("input", port, name="x"),
            Instruction("state", state, name="y"),
            Instruction("add", state, (0, 1)),
            Instruction("cast", value, (2,), "sent"),
        ),
        {"y": 2},
        3,
        "value",
    )


@st.composite
def state_formats(draw: Any) -> Format:
    width = draw(st.integers(6, 40))
    return Format(
        width,
        draw(st.integers(max(4, width - 9), width)),
        True,
        draw(st.sampled_from(list(Rounding))),
        draw(st.sampled_from(list(Overflow))),
    )


def in_format(draw: Any, format: Format, size: int) -> Any:
    shape = draw(st.sampled_from([(), (size,)]))
    low, high = max(format.minimum, -500), min(format.maximum, 500)
    return draw(hnp.arrays(np.int64, shape, elements=st.integers(low, high)))


@st.composite
def connectivities(
    draw: Any, source: int, target: int, period: int, most_extra: int
) -> Connectivity:
    largest = draw(st.sampled_from([1, 15, 16, 127, 128, 4000]))
    weights = st.integers(-largest, largest)
    extra = st.integers(0, most_extra // period).map(lambda steps: steps * period)

    def array(*shape: int) -> Any:
        return draw(hnp.arrays(np.int32, shape, elements=weights))

    kind = draw(st.sampled_from(["dense", "sparse", "one", "all", "conv"]))
    if kind == "one" and source == target:
        delays = draw(hnp.arrays(np.int64, (source,), elements=extra))
        return OneToOne(array(source), source, draw(st.sampled_from([None, delays])))
    if kind == "all":
        return AllToAll(array(), source, target)
    if kind == "conv" and target % source == 0:
        return Convolution(array(target // source, 1, 3), (1, source), (1,), ((1, 1),), (1,))
    if kind == "sparse":
        count = draw(st.integers(0, 3 * target))
        ends = [
            draw(hnp.arrays(np.int64, (count,), elements=st.integers(0, size - 1)))
            for size in (source, target)
        ]
        delay = draw(hnp.arrays(np.int64, (count,), elements=extra))
        return Sparse.from_coordinates(*ends, array(count), delay, (source, target))
    return Dense(array(target, source))


@st.composite
def networks(draw: Any, most_delay: int) -> IntegerNetwork:
    """Several populations with loops, mixed delays, counts and numbers, saturation, phases."""
    period = draw(st.integers(1, 3))
    inputs = []
    for number in range(draw(st.integers(1, 2))):
        kind = draw(st.sampled_from(["spike", "count", "value"]))
        format = {"spike": BOOL, "count": Format(3, 3, False), "value": Format(5, 5)}[kind]
        inputs.append(IntegerInput(f"in{number}", (draw(st.integers(1, 6)),), kind, format))
    populations = []
    for number in range(draw(st.integers(1, 4))):
        make = draw(st.sampled_from([lif, cuba, integrator]))
        datapath = make(draw(state_formats()), draw(st.sampled_from(PORTS)))
        size = draw(st.integers(1, 12))
        parameters = {
            name: in_format(draw, datapath.format_of("param", name), size)
            for name in datapath.names("param")
        }
        initial = {
            name: in_format(draw, datapath.format_of("state", name), size)
            for name in datapath.names("state")
        }
        start = draw(st.integers(0, 3))
        populations.append(
            IntegerPopulation(f"p{number}", (size,), datapath, parameters, initial, start=start)
        )
    projections = []
    for number in range(draw(st.integers(1, 6))):
        source = draw(st.sampled_from([*inputs, *populations]))
        target = draw(st.sampled_from(populations))
        # a step of the model later, at least one tick, at the phase of the target
        skew = target.start - getattr(source, "start", 0)
        least = skew if skew > 0 else skew + (-skew // period + 1) * period
        if least > most_delay:
            continue
        base = least + period * draw(st.integers(0, (most_delay - least) // period))
        projections.append(
            IntegerProjection(
                f"w{number}",
                source.name,
                target.name,
                draw(st.sampled_from(target.datapath.names("input"))),
                draw(connectivities(source.size, target.size, period, most_delay - base)),
                base,
            )
        )
    outputs = [Output("out", populations[-1].name), Output("echo", inputs[0].name)]
    return IntegerNetwork(
        "random",
        1e-3,
        tuple(inputs),
        tuple(populations),
        tuple(projections),
        tuple(outputs),
        period=period,
    )


def raw_inputs(draw: Any, network: IntegerNetwork, samples: int, steps: int) -> dict[str, Any]:
    return {
        i.name: draw(
            hnp.arrays(
                np.int64,
                (samples, steps, i.size),
                elements=st.integers(i.format.minimum, i.format.maximum),
                fill=st.just(0),
            )
        )
        for i in network.inputs
    }


def example_network() -> IntegerNetwork:
    """Every kind of signal, two ports, loops, delays that need several blocks, both kinds of
    entries: dense rows, and a few synapses from far apart in a large input.
    """
    rng = np.random.default_rng(7)

    def dense(target: int, source: int, most: int) -> Dense:
        return Dense(rng.integers(-most, most + 1, (target, source)).astype(np.int32))

    def scattered(source: int, target: int, most_delay: int) -> Sparse:
        count = 3 * target
        ends = [rng.integers(0, size, count) for size in (source, target)]
        weight = rng.integers(1, 15, count).astype(np.int32)
        return Sparse.from_coordinates(
            *ends, weight, rng.integers(0, most_delay, count), (source, target)
        )

    state = Format(20, 12, True, Rounding.RND_CONV, Overflow.SAT)
    port = PORTS[0]
    populations = (
        IntegerPopulation(
            "lif",
            (40,),
            lif(state, port),
            {
                "decay": np.int64(200),
                "bias": rng.integers(0, 9, 40),
                "threshold": np.int64(40),
                "v_reset": np.int64(-300),
            },
            {"v": rng.integers(-900, 900, 40), "resting": np.int64(0)},
            start=1,
        ),
        IntegerPopulation(
            "cuba",
            (10,),
            cuba(state, port),
            {"decay": np.int64(230), "threshold": np.int64(60)},
            {"i": np.int64(5)},
            start=2,
        ),
        IntegerPopulation("value", (6,), integrator(state, port), {}, {"y": np.int64(0)}, start=3),
    )
    projections = (
        ("w0", "spikes", "lif", "i_in", scattered(900, 40, 30), 1),
        ("w1", "lif", "lif", "i_in", dense(40, 40, 7), 1),
        ("w2", "lif", "cuba", "excitation", dense(10, 40, 15), 1),
        ("w3", "counts", "cuba", "inhibition", dense(10, 5, 120), 2),
        ("w4", "cuba", "value", "x", dense(6, 10, 900), 1),
        ("w5", "value", "cuba", "excitation", dense(10, 6, 3), 2),
        ("w6", "cuba", "cuba", "inhibition", OneToOne(np.int32(2), 10), 1),
    )
    return IntegerNetwork(
        "example",
        1e-3,
        (
            IntegerInput("spikes", (30, 30), "spike", BOOL),
            IntegerInput("counts", (5,), "count", Format(3, 3, False), 0.5),
        ),
        populations,
        tuple(IntegerProjection(*p) for p in projections),
        (Output("out", "value"), Output("hidden", "lif")),
    )


def example_inputs(samples: int = 2, steps: int = 20) -> dict[str, Any]:
    """Inputs that make the example's populations busy."""
    rng = np.random.default_rng(11)
    return {
        "spikes": (rng.random((samples, steps, 900)) < 0.1).astype(np.int64),
        "counts": rng.integers(0, 8, (samples, steps, 5)),
    }


@st.composite
def any_formats(draw: Any, most: int = 40) -> Format:
    """Any format, small widths and extreme points included."""
    width = draw(st.integers(1, most))
    return Format(
        width,
        draw(st.integers(width - 30, width + 30)),
        draw(st.booleans()),
        draw(st.sampled_from(list(Rounding))),
        draw(st.sampled_from(list(Overflow))),
    )


def valid(instructions: list[Instruction], tables: dict[str, Table]) -> bool:
    try:
        Datapath("d", tuple(instructions), {}, len(instructions) - 1, "value", tables)
    except ValueError:
        return False
    return True


@st.composite
def datapaths(draw: Any) -> Datapath:
    """Random datapaths of every operation; only what the interpreter accepts."""
    instructions: list[Instruction] = []
    tables: dict[str, Table] = {}
    states: dict[str, Format] = {}
    for number in range(draw(st.integers(1, 4))):
        opcode = draw(st.sampled_from(("const", "input", "param", "state")))
        format = BOOL if draw(st.integers(0, 5)) == 0 else draw(any_formats())
        if opcode == "input":
            format = replace(format, overflow=Overflow.WRAP)
        raw = draw(st.integers(format.minimum, format.maximum)) if opcode == "const" else 0
        name = "" if opcode == "const" else f"{opcode[0]}{number}"
        if opcode == "state":
            states[name] = format
        instructions.append(Instruction(opcode, format, name=name, raw=raw))
    for _ in range(draw(st.integers(1, 12))):
        opcode = draw(st.sampled_from(sorted(OPCODES)))
        arguments = tuple(
            draw(st.integers(0, len(instructions) - 1)) for _ in range(OPCODES[opcode])
        )
        format = BOOL if opcode in TRUTH else draw(any_formats(62))
        name = draw(st.sampled_from(["", "v", "if", "np"])) if opcode != "table" else ""
        if opcode == "table":
            name = f"t{len(tables)}"
            entries = draw(
                st.lists(st.integers(format.minimum, format.maximum), min_size=1, max_size=5)
            )
            tables[name] = Table(draw(st.integers(-20, 20)), np.array(entries, np.int64))
        instructions.append(Instruction(opcode, format, arguments, name))
        if not valid(instructions, tables):
            instructions.pop()
    next_state = {}
    for name, format in states.items():
        instructions.append(
            Instruction("cast", format, (draw(st.integers(0, len(instructions) - 1)),))
        )
        if not valid(instructions, tables):
            instructions.pop()
            (at,) = (n for n, i in enumerate(instructions) if i.name == name)
            next_state[name] = at
        else:
            next_state[name] = len(instructions) - 1
    output = draw(st.integers(0, len(instructions) - 1))
    kind = "spike" if instructions[output].format == BOOL else draw(st.sampled_from(["value"]))
    return Datapath("any", tuple(instructions), next_state, output, kind, tables)


@pytest.fixture(scope="session")
def random_datapaths() -> Callable[[], st.SearchStrategy[Datapath]]:
    return datapaths


@pytest.fixture(scope="session")
def make_target() -> Callable[..., Target]:
    return small_target


@pytest.fixture(scope="session")
def plain_mapping() -> Callable[..., Mapping]:
    return place


@pytest.fixture(scope="session")
def plain_program() -> Callable[..., Program]:
    return emitted


@pytest.fixture(scope="session")
def random_networks() -> Callable[[int], st.SearchStrategy[IntegerNetwork]]:
    return networks


@pytest.fixture(scope="session")
def random_inputs() -> Callable[..., dict[str, Any]]:
    return raw_inputs


@pytest.fixture(scope="session")
def example() -> IntegerNetwork:
    return example_network()


@pytest.fixture(scope="session")
def busy_inputs() -> dict[str, Any]:
    return example_inputs()


@pytest.fixture(scope="session")
def example_target() -> Target:
    return small_target(chips=(3, 2), cores=6, max_delay=40)


@pytest.fixture(scope="session")
def example_program(example: IntegerNetwork, example_target: Target) -> Program:
    """The example in slices of at most 12 neurons, spread over six chips."""
    return emitted(example, example_target, largest=12, spread=True)


@pytest.fixture(scope="session")
def uses_of_arrays() -> st.SearchStrategy[UseOfArrays]:
    return st.sampled_from(("never", "auto", "always"))
