"""Generated SystemVerilog against the golden interpreter, bit for bit and cycle for cycle."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import cycle, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sv_lanes import lanes

from somac.backends.codegen import Code, lower
from somac.backends.codegen.systemverilog import schedule, sv_module
from somac.compiler.passes.quantise import QuantiseOptions, quantise
from somac.grammar.library import library
from somac.ir.connectivity import Dense
from somac.ir.datapath import OPCODES, SOURCES, Datapath, Instruction, Table, run
from somac.ir.datapath.operations import TRUTH
from somac.ir.fixed import BOOL, Format, Overflow, Rounding, cast
from somac.ir.network import Input, Network, Output, Population, Projection

ROWS = 40
SUM_BITS = 24
BUDGETS = (2.0, 5.0, 8.0, 1000.0)
# files that a simulator may hold open
BATCH = 400
SIMULATORS = ("iverilog", "verilator", "yosys")


@pytest.fixture(params=SIMULATORS)
def simulator(request: pytest.FixtureRequest) -> str:
    for tool in {"yosys": ("iverilog", "yosys")}.get(request.param, (request.param,)):
        request.getfixturevalue(tool)
    return str(request.param)


def corners(low: int, high: int) -> list[int]:
    """The ends of a range, and the middle."""
    return sorted({v for v in (low, low + 1, -1, 0, 1, high - 1, high) if low <= v <= high})


def some_rows(code: Code, seed: int) -> Any:
    """Rows of arguments, (rows, arguments): from whole ranges, and many from their corners."""
    rng = np.random.default_rng(seed)
    drawn = [np.zeros((ROWS, 0), np.int64)]
    for a in code.arguments:
        anywhere = rng.integers(a.low, a.high, ROWS, endpoint=True)
        chosen = np.where(
            rng.random(ROWS) < 0.5, rng.choice(corners(a.low, a.high), ROWS), anywhere
        )
        drawn.append(chosen[:, None])
    return np.concatenate(drawn, axis=1)


def expected(datapath: Datapath, code: Code, rows: Any) -> Any:
    """Results (rows, next states and output) of the golden model."""
    found: dict[str, dict[str, Any]] = {"input": {}, "state": {}, "param": {}}
    for column, a in zip(rows.T, code.arguments, strict=True):
        found[a.kind][a.name] = column
        if a.kind == "input":
            format = datapath.format_of("input", a.name)
            found["input"][a.name] = cast(column, format.fraction, format)
    for kind, values in found.items():
        # what reaches nothing is no argument
        for name in datapath.names(kind):
            values.setdefault(name, np.int64(datapath.format_of(kind, name).maximum))
    result = run(datapath, found["input"], found["state"], found["param"])
    columns = [*(result.state[name] for name in code.next_state), result.output]
    return np.stack([np.broadcast_to(c, (len(rows),)) for c in columns], axis=1)


def compare(
    folder: Path,
    simulator: str,
    datapaths: Sequence[Datapath],
    codes: Sequence[Code],
    rows: Sequence[Any],
) -> None:
    """Run all codes at once, each for another speed."""
    modules = [
        sv_module(schedule(code, BUDGETS[n % len(BUDGETS)]), f"lane{n}")
        for n, code in enumerate(codes)
    ]
    found = lanes(folder, simulator, modules, rows)
    for datapath, code, entered, module, left in zip(
        datapaths, codes, rows, modules, found, strict=True
    ):
        np.testing.assert_array_equal(
            left, expected(datapath, code, entered), err_msg=datapath.text() + module.text
        )


# --- random datapaths -------------------------------------------------------------------------


def random_cases(datapaths: st.SearchStrategy[Datapath], count: int) -> list[tuple[Datapath, int]]:
    """Random datapaths and a seed of values for each; hypothesis draws them, not shrinks them."""
    cases = []

    @given(datapaths, st.integers(0, 1 << 32))
    @settings(max_examples=count, database=None)
    def collect(datapath: Datapath, seed: int) -> None:
        cases.append((datapath, seed))

    collect()
    return cases


@pytest.mark.parametrize(
    "count", [pytest.param(100, id="some"), pytest.param(1600, id="many", marks=pytest.mark.long)]
)
@pytest.mark.parametrize("sum_bits", [None, SUM_BITS])
def test_random_lanes_equal_the_interpreter(
    simulator: str,
    random_datapaths: Callable[[], st.SearchStrategy[Datapath]],
    tmp_path: Path,
    sum_bits: int | None,
    count: int,
) -> None:
    cases = random_cases(random_datapaths(), count)
    for at in range(0, len(cases), BATCH):
        batch = cases[at : at + BATCH]
        datapaths = [datapath for datapath, _ in batch]
        codes = [lower(datapath, sum_bits=sum_bits) for datapath in datapaths]
        rows = [some_rows(code, seed) for code, (_, seed) in zip(codes, batch, strict=True)]
        folder = tmp_path / str(at)
        folder.mkdir()
        compare(folder, simulator, datapaths, codes, rows)


# --- every operation, in every way to round and to overflow ---------------------------------------

SIGNED, UNSIGNED, FINE = Format(7, 4), Format(5, 5, False), Format(6, 1)


def one(opcode: str, result: Format, formats: Sequence[Format]) -> Datapath:
    """A datapath of one operation on two states; the state after it is the other one."""
    states = [Instruction("state", format, name=f"x{n}") for n, format in enumerate(formats)]
    arguments: tuple[int, ...] = tuple(range(OPCODES[opcode]))
    if opcode == "select":
        states.append(Instruction("lt", BOOL, (0, 1)))
        arguments = (2, 0, 1)
    tables = {}
    if opcode == "table":
        entries = np.random.default_rng(1).integers(result.minimum, result.maximum + 1, 21)
        tables["t"] = Table(-9, entries)
    instruction = Instruction(opcode, result, arguments, "t" if tables else "")
    return Datapath(
        "one",
        (*states, instruction),
        {"x0": 0, "x1": 1},
        len(states),
        "spike" if result == BOOL else "value",
        tables,
    )


def operations() -> Iterator[Datapath]:
    modes = list(product((True, False), Rounding, Overflow))
    pairs = [(SIGNED, UNSIGNED), (UNSIGNED, FINE), (FINE, SIGNED), (UNSIGNED, UNSIGNED)]
    for opcode in OPCODES:
        if opcode in TRUTH:
            truths = opcode in ("and", "or", "not")
            for pair in [(BOOL, BOOL)] if truths else pairs:
                yield one(opcode, BOOL, pair)
        else:
            for n, (signed, rounding, overflow) in enumerate(modes):
                yield one(opcode, Format(5, 4, signed, rounding, overflow), pairs[n % len(pairs)])


def all_corners(code: Code) -> Any:
    """Every combination of some values of each argument, (rows, arguments)."""
    ranges = [sorted({*corners(a.low, a.high), *range(a.low, a.high, 3)}) for a in code.arguments]
    return np.array(list(product(*ranges)), np.int64)


def test_every_operation_rounds_and_overflows(simulator: str, tmp_path: Path) -> None:
    datapaths = list(operations())
    assert {i.opcode for d in datapaths for i in d.instructions} - SOURCES == set(OPCODES)
    codes = [lower(datapath) for datapath in datapaths]
    compare(tmp_path, simulator, datapaths, codes, [all_corners(code) for code in codes])


# --- parts ------------------------------------------------------------------------------------


def test_every_small_division(simulator: str, tmp_path: Path) -> None:
    wide = (Format(8, 8), Format(4, 4))
    paths = [
        one("floordiv", Format(8, 8), wide),
        one("floordiv", Format(9, 9), (Format(3, 3), Format(6, 6, False))),
    ]
    codes = [lower(path) for path in paths]
    rows = [
        np.array(list(product(*(range(a.low, a.high + 1) for a in code.arguments))), np.int64)
        for code in codes
    ]
    compare(tmp_path, simulator, paths, codes, rows)


@pytest.mark.parametrize("shown", [0, 12])
def test_products_of_every_width(simulator: str, tmp_path: Path, shown: int) -> None:
    """Factors of one limb to four; with `shown`, only so many low bits of the product remain."""
    widths = [
        (2, 60),
        (18, 18),
        (18, 19),
        (19, 18),
        (24, 17),
        (35, 26),
        (36, 27),
        (31, 32),
        (61, 2),
    ]
    paths = [
        one("mul", Format(shown or a + b, shown or a + b), (Format(a, a), Format(b, b)))
        for a, b in widths
    ]
    codes = [lower(path) for path in paths]
    rows = [some_rows(code, seed) for seed, code in enumerate(codes)]
    compare(tmp_path, simulator, paths, codes, rows)


# --- neuron models ----------------------------------------------------------------------------

CELLS, CHANNELS, DT = 3, 5, 1e-3


def quantised(name: str, integrator: str, options: QuantiseOptions) -> Datapath:
    """The integers of a model of the library with plausible parameters."""
    model = library().model(name, integrator)
    rng = np.random.default_rng(1)
    parameters = {
        p.name: (20 * DT if p.name.startswith("tau") else 0.6) * (1 + 0.2 * rng.random(CELLS))
        for p in model.parameters
    }
    projections = tuple(
        Projection(f"w{n}", "x", "p", port, Dense(rng.normal(0.0, 0.3, (CELLS, CHANNELS))))
        for n, port in enumerate(model.inputs)
    )
    network = Network(
        name,
        DT,
        (Input("x", (CHANNELS,), "spike"),),
        (Population("p", (CELLS,), model, parameters),),
        projections,
        (Output("y", "p"),),
    )
    (made,) = quantise(network, options).network.populations
    return made.datapath


def test_every_model_of_the_library(simulator: str, tmp_path: Path) -> None:
    wide, narrow = QuantiseOptions(), QuantiseOptions(5, state_bits=14, coefficient_bits=10)
    ways = cycle([("euler_sequential", wide), ("exponential", narrow)])
    paths = [quantised(name, *way) for name, way in zip(library().models, ways, strict=False)]
    codes = [lower(path, sum_bits=SUM_BITS) for path in paths]
    compare(tmp_path, simulator, paths, codes, [some_rows(c, n) for n, c in enumerate(codes)])
