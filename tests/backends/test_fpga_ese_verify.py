"""The checker of sparse engines: clean bundles are clean, and every damage is found or refused.

Mutants are drawn with a seed of their own, so that every run has the same.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from ese_cases import engine_network, engines
from hypothesis import given, settings

from somac.backends.fpga import create
from somac.backends.fpga.ese.emit import emit
from somac.backends.fpga.ese.structure import Geometry
from somac.backends.fpga.ese.verify import verify
from somac.ir.connectivity import Dense
from somac.ir.errors import Diagnostic, SomacError
from somac.ir.integer import IntegerNetwork
from somac.ir.program import Program

DESIGN = "design.json"
REFUSED = {"E0671", "E0703", "E0704", "E0705", "E0710", "E0711", "E0713"}


@pytest.fixture(scope="module", params=[True, False], ids=["projected", "without projection"])
def network(request: pytest.FixtureRequest) -> IntegerNetwork:
    rng = np.random.default_rng(3)
    found = engine_network(
        rng, 5, 11, 7, ports=2, states=2, output_states=1, projected=request.param
    )
    # parameters of every kind: one value for all cells, and one for each
    cells, *rest = found.populations
    decays = {"decay0": np.asarray(40), "decay1": rng.integers(0, 60, cells.size)}
    offset = rng.integers(-90, 90, cells.size)
    cells = replace(cells, parameters={**cells.parameters, **decays, "offset": offset})
    return replace(found, populations=(cells, *rest))


@pytest.fixture(scope="module")
def program(network: IntegerNetwork) -> Program:
    return emit(network, Geometry(3, 2, 4, 1, 8), "xcku060").program


def findings(program: Program, network: IntegerNetwork) -> list[Diagnostic]:
    return list(verify(program, network))


def codes(program: Program, network: IntegerNetwork) -> set[str]:
    return {d.code for d in findings(program, network)}


def with_file(program: Program, name: str, content: bytes) -> Program:
    return replace(program, files={**program.files, name: content})


def with_design(program: Program, change: Callable[[Any], Any]) -> Program:
    data = json.loads(program.files[DESIGN])
    change(data)
    return with_file(program, DESIGN, json.dumps(data).encode())


def test_clean(program: Program, network: IntegerNetwork) -> None:
    assert findings(program, network) == []
    assert list(create().verify(program, network)) == []


@settings(max_examples=40)
@given(engines())
def test_random_engines_are_clean(case: tuple[IntegerNetwork, Geometry, np.ndarray]) -> None:
    network, geometry, _ = case
    assert findings(emit(network, geometry).program, network) == []


def test_a_file_that_is_missing(program: Program, network: IntegerNetwork) -> None:
    for name in (n for n in program.files if not n.startswith("tb/")):
        files = {n: c for n, c in program.files.items() if n != name}
        assert codes(replace(program, files=files), network), name


def test_a_file_too_many(program: Program, network: IntegerNetwork) -> None:
    for name in ("rtl/more.sv", "mem/more.mem"):
        assert codes(with_file(program, name, b"0\n"), network) == {"E0818"}


def with_number(program: Program, name: str, line: int, change: Callable[[int], int]) -> Program:
    lines = program.files[name].split(b"\n")
    value = change(int(lines[line], 16))
    lines[line] = f"{value:0{len(lines[line])}x}".encode()
    return with_file(program, name, b"\n".join(lines))


def test_a_weight_that_is_another(program: Program, network: IntegerNetwork) -> None:
    # weights stand above one bit that says how many rows are skipped
    name = "mem/entries_001.mem"
    entries = [int(line, 16) for line in program.files[name].split()]
    where = next(n for n, entry in enumerate(entries) if entry >> 1 not in (0, 4))
    damaged = with_number(program, name, where, lambda entry: entry ^ (4 << 1))
    assert codes(damaged, network) == {"E0804", "E0805"}


def test_a_row_that_is_another(program: Program, network: IntegerNetwork) -> None:
    found = codes(with_number(program, "mem/entries_001.mem", 0, lambda e: e ^ 1), network)
    assert found
    assert found <= {"E0804", "E0805", "E0812"}


def test_columns_that_end_elsewhere(program: Program, network: IntegerNetwork) -> None:
    name = "mem/pointers_000.mem"
    ends = [int(line, 16) for line in program.files[name].split()]
    # a column of which the next has entries, and which has some itself
    where = next(n for n in range(1, len(ends) - 1) if ends[n - 1] < ends[n] < ends[n + 1])
    for step in (-1, 1):
        moved = with_number(program, name, where, lambda end, by=step: end + by)
        assert codes(moved, network) & {"E0804", "E0805", "E0812"}
    assert codes(with_number(program, name, where, lambda _: 0), network) == {"E0812"}


def test_a_parameter_and_a_first_state(program: Program, network: IntegerNetwork) -> None:
    assert codes(with_number(program, "mem/cells.mem", 4, lambda word: word ^ 1), network) == {
        "E0803"
    }
    top = max(len(program.files["mem/cells.mem"].split(b"\n")[0]) * 4 - 8, 0)
    flipped = with_number(program, "mem/cells.mem", 4, lambda word: word ^ (1 << top))
    assert codes(flipped, network) == {"E0803"}
    data = json.loads(program.files[DESIGN])
    assert data["cells"]["constants"]["decay0"] == 40
    damaged = with_design(program, lambda d: d["cells"]["constants"].update(decay0=41))
    assert codes(damaged, network) == {"E0803"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda d: d.update(format=9), "E0812"),
        (lambda d: d.update(more=1), "E0812"),
        (lambda d: d.update(lanes=0), "E0812"),
        (lambda d: d["input"].update(high=d["input"]["high"] + 1), "E0811"),
        (lambda d: d["input"].update(name="z"), "E0811"),
        (lambda d: d["output"].update(name="z"), "E0811"),
        (lambda d: d["output"].update(stream="z"), "E0818"),
        (lambda d: d["output"].update(stream=d["input"]["stream"]), "E0812"),
        (lambda d: d.update(name="other"), "E0812"),
        (lambda d: d["cells"].update(population="z"), "E0801"),
        (lambda d: d["cells"].update(datapath=d["outputs"]["datapath"]), "E0802"),
        (lambda d: d["cells"]["ports"].reverse(), "E0802"),
        (lambda d: d["cells"].update(latency=d["cells"]["latency"] + 1), "E0817"),
        (lambda d: d["outputs"].update(latency=d["outputs"]["latency"] + 1), "E0817"),
        (lambda d: d.update(activation_bits=8), "E0815"),
        (lambda d: d.update(sum_bits=20), "E0815"),
        (lambda d: d["matrices"][0].update(projection=d["matrices"][1]["projection"]), "E0805"),
        (lambda d: d["matrices"][0].update(bank=1 - d["matrices"][0]["bank"]), "E0805"),
        (lambda d: d["matrices"][0].update(columns=3), "E0812"),
        (lambda d: d["matrices"].reverse(), "E0812"),
        (lambda d: d.update(depth=d["depth"] + 1), "E0818"),
        (lambda d: d.update(channels=d["channels"] + 1), "E0818"),
        (lambda d: d.update(stage_ns=1000.0), "E0819"),
        (lambda d: d.update(circuit="engines"), "E0812"),
        (lambda d: d.update(circuit="none"), "E0812"),
    ],
)
def test_a_damaged_description(
    program: Program, network: IntegerNetwork, change: Callable[[Any], Any], code: str
) -> None:
    damaged = with_design(program, change)
    assert code in {d.code for d in create().verify(damaged, network)}


def test_no_json(program: Program, network: IntegerNetwork) -> None:
    damaged = with_file(program, DESIGN, b"{")
    assert {d.code for d in create().verify(damaged, network)} == {"E0812"}
    with pytest.raises(SomacError) as raised:
        create().emulator(with_design(program, lambda d: d.update(circuit="none")))
    assert raised.value.diagnostics[0].code == "E0710"


@pytest.mark.parametrize(
    ("file", "old", "new", "code"),
    [
        ("net_small_core.sv", ".QUEUE(4)", ".QUEUE(5)", "E0818"),
        ("net_small_core.sv", ".CELL_LATENCY(", ".CELL_LATENCY(1+", "E0818"),
        ("net_small_core.sv", ".sums(cell_sums)", ".sums(output_sums)", "E0818"),
        ("net_small_core.sv", "endmodule", "assign in_ready = 1'b1;\nendmodule", "E0818"),
        ("net_small.sv", ".out_last(", ".cell_valid(", "E0818"),
        ("net_small.sv", "(left)", "(left + 1'b1)", "E0818"),
        ("sim.sv", "cell_valid}", "output_valid}", "E0818"),
        ("cell_update.sv", "c*", "0*", "E0818"),
        ("output_update.sv", "_value)", "_value + 1)", "E0818"),
        ("cell_lane.sv", "<=", "<= 1 +", "E0819"),
        ("ese_lane.sv", "SUM'(exact)", "SUM'(0)", "E0819"),
    ],
)
def test_damaged_systemverilog(
    program: Program, network: IntegerNetwork, file: str, old: str, new: str, code: str
) -> None:
    name = f"rtl/{file}"
    text = program.files[name].decode()
    assert old in text
    damaged = with_file(program, name, text.replace(old, new, 1).encode())
    assert code in codes(damaged, network)


def test_comments_and_layout_mean_nothing(program: Program, network: IntegerNetwork) -> None:
    for file in ("net_small.sv", "net_small_core.sv", "sim.sv", "cell_update.sv"):
        text = program.files[f"rtl/{file}"].decode()
        other = with_file(program, f"rtl/{file}", f"// more\n{text}".replace("  ", " ").encode())
        assert findings(other, network) == []


def test_another_network(program: Program, network: IntegerNetwork) -> None:
    first, *rest = network.projections
    weights = np.ones((first.connectivity.target_size, first.connectivity.source_size), np.int32)
    other = replace(first, connectivity=Dense(weights))
    assert {"E0804", "E0805"} <= codes(program, replace(network, projections=(other, *rest)))
    assert codes(program, replace(network, projections=tuple(rest))) == {"E0805"}
    late = replace(first, delay=first.delay + 1)
    assert "E0804" in codes(program, replace(network, projections=(late, *rest)))
    outputs = (*network.outputs, replace(network.outputs[0], name="z"))
    assert codes(program, replace(network, outputs=outputs)) == {"E0801"}


# every file, damaged one at a time


def fields(data: Any) -> Iterator[tuple[Any, Any]]:
    """Every field of a tree, with what it is in."""
    for key in list(data) if isinstance(data, dict) else range(len(data)):
        yield data, key
        if isinstance(data[key], dict | list):
            yield from fields(data[key])


def changed(rng: random.Random, value: Any) -> Any:
    """Another value: near, of another kind, or nothing like it."""
    if isinstance(value, bool) or value is None:
        return "x"
    if isinstance(value, int):
        return rng.choice([value + 1, value - 1, 2 * value + 1, -value - 1, 1 << 40, "1", None])
    if isinstance(value, float):
        return rng.choice([value / 7, value * 7, -1.0, "x"])
    if isinstance(value, str):
        return rng.choice([f"{value}_", "", "x", 3])
    if isinstance(value, list) and len(value) > 1 and rng.random() < 0.5:
        return [*value[1:], value[0]] if value[1:] != value[:-1] else value[1:]
    return rng.choice([[], {}, "x"])


def mutants(program: Program, seed: int) -> Iterator[tuple[str, Program]]:
    """One for each field of the description, several for each other file."""
    rng = random.Random(seed)
    count = len(list(fields(json.loads(program.files[DESIGN]))))
    for number in range(count):
        data = json.loads(program.files[DESIGN])
        where, key = list(fields(data))[number]
        before = json.dumps(where[key])
        where[key] = changed(rng, where[key])
        if json.dumps(where[key]) != before:
            path = f"{DESIGN} {key}: {where[key]!r} for {before}"
            yield path, with_file(program, DESIGN, json.dumps(data).encode())
    for name, content in program.files.items():
        for _ in range(4 if not name.startswith((DESIGN, "tb/")) else 0):
            at = rng.randrange(len(content))
            digits = name.startswith("mem/") and content[at : at + 1] != b"\n"
            new = rng.choice(b"0123456789abcdef" if digits else b"0az%\n ")
            other = bytearray(content)
            other[at] = new
            if bytes(other) != content:
                yield f"{name} at {at}", with_file(program, name, bytes(other))


def refusal(call: Callable[[], Any]) -> set[str]:
    """The codes with which something is refused, none if it is done."""
    try:
        call()
    except SomacError as error:
        return {d.code for d in error.diagnostics}
    return set()


def test_mutants(program: Program, network: IntegerNetwork) -> None:
    """The checker objects to each but those that mean the same, which run as before."""
    rng = np.random.default_rng(4)
    (x,) = network.inputs
    inputs = {x.name: rng.integers(-200, 200, (3, 4, x.size))}
    names = [p.name for p in network.populations]

    def run(program: Program) -> Any:
        return create().emulator(program).run(inputs, record=names, record_states=names)

    wanted = run(program)
    found = missed = 0
    for what, mutant in mutants(program, 5):
        objections = list(create().verify(mutant, network))
        if objections:
            found += 1
            continue
        # blanks of generated modules, comments: nothing that anything is computed from
        assert what.startswith("rtl/"), what
        missed += 1
        for name, values in run(mutant).signals.items():
            np.testing.assert_array_equal(values, wanted.signals[name], what)
    assert found > 150
    assert missed < 20


def test_a_bundle_of_a_stranger(program: Program) -> None:
    """It never ends in a traceback, nor in a run without end."""
    taken = 0
    for what, mutant in mutants(program, 6):
        if not what.startswith((DESIGN, "mem/")):
            continue
        found = refusal(lambda mutant=mutant: create().emulator(mutant))  # type: ignore[misc]
        assert found <= REFUSED, what
        if found:
            continue
        emulator = create().emulator(mutant)
        x = emulator.description.input  # type: ignore[attr-defined]
        given = {x.name: np.zeros((1, 2, x.cells), np.int64)}
        found = refusal(lambda run=emulator.run, given=given: run(given))  # type: ignore[misc]
        assert found <= REFUSED | {"E0715"}, what
        taken += 1
    assert taken > 10


@pytest.mark.parametrize(
    ("name", "change", "code"),
    [
        ("mem/pointers_000.mem", lambda lines: lines[::-1], "E0671"),
        ("mem/entries_000.mem", lambda lines: [b"1ff"] * len(lines), "E0671"),
        ("mem/entries_000.mem", lambda lines: lines[1:], "E0711"),
        ("mem/cells.mem", lambda lines: [b"x" * len(line) for line in lines], "E0711"),
        ("datapaths/cells.datapath", lambda _: [b"datapath x"], "E0713"),
        (DESIGN, lambda _: [b"{"], "E0704"),
        (
            DESIGN,
            lambda lines: [line.replace(b'format": 1', b'format": 9') for line in lines],
            "E0705",
        ),
    ],
)
def test_what_the_emulator_refuses(
    program: Program, name: str, change: Callable[[list[bytes]], list[bytes]], code: str
) -> None:
    lines = program.files[name].splitlines()
    damaged = with_file(program, name, b"\n".join(change(lines)) + b"\n")
    assert code in refusal(lambda: create().emulator(damaged))
