"""The checker finds what is wrong: every code, and seeded corruptions of every file."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from somac.backends.manycore.backend import ManycoreBackend
from somac.backends.manycore.emit.tables import Entry, encode_table
from somac.ir.connectivity import Dense
from somac.ir.errors import SomacError
from somac.ir.integer import IntegerNetwork
from somac.ir.network import Output
from somac.ir.program import Program
from somac.ir.simulate import golden

ALL = 0xFFFFFFFF


def codes(program: Program, network: IntegerNetwork) -> set[str]:
    found = tuple(ManycoreBackend().verify(program, network))
    assert all(d.entry.exit_code == 1 for d in found)
    return {d.code for d in found}


def with_file(program: Program, name: str, content: bytes) -> Program:
    return Program(program.backend, program.target, {**program.files, name: content})


def described(program: Program, change: Callable[[Any], Any]) -> Program:
    """The program with its description changed."""
    data = json.loads(program.files["experiment.json"])
    change(data)
    return with_file(program, "experiment.json", json.dumps(data).encode())


def test_nothing_is_wrong(example_program: Program, example: IntegerNetwork) -> None:
    assert codes(example_program, example) == set()


def changed_population(network: IntegerNetwork, name: str, **fields: Any) -> IntegerNetwork:
    populations = tuple(replace(p, **fields) if p.name == name else p for p in network.populations)
    return replace(network, populations=populations)


def changed_weights(network: IntegerNetwork, name: str, change: Any) -> IntegerNetwork:
    projections = []
    for p in network.projections:
        if p.name == name:
            weights = p.connectivity.weights.copy()
            change(weights)
            projections.append(replace(p, connectivity=p.connectivity.with_weights(weights)))
        else:
            projections.append(p)
    return replace(network, projections=tuple(projections))


def set_first(weights: Any) -> None:
    weights[0, 0] = 100


def clear_all(weights: Any) -> None:
    weights[...] = 0


def another_threshold(n: IntegerNetwork) -> IntegerNetwork:
    parameters = {**n.population("lif").parameters, "threshold": np.int64(41)}
    return changed_population(n, "lif", parameters=parameters)


def one_bias(n: IntegerNetwork) -> IntegerNetwork:
    bias = n.population("lif").parameters["bias"].copy()
    bias[-1] += 1
    parameters = {**n.population("lif").parameters, "bias": bias}
    return changed_population(n, "lif", parameters=parameters)


def one_initial_state(n: IntegerNetwork) -> IntegerNetwork:
    start = n.population("lif").initial["v"].copy()
    start[7] -= 1
    return changed_population(n, "lif", initial={**n.population("lif").initial, "v": start})


def another_datapath(n: IntegerNetwork) -> IntegerNetwork:
    return changed_population(n, "lif", datapath=replace(n.population("lif").datapath, name="x"))


def later_by_one(n: IntegerNetwork) -> IntegerNetwork:
    return replace(n, populations=tuple(replace(p, start=p.start + 1) for p in n.populations),
                   projections=tuple(
                       replace(p, delay=p.delay + (p.source in {"spikes", "counts"}))
                       for p in n.projections))  # fmt: skip


def another_delay(n: IntegerNetwork) -> IntegerNetwork:
    projections = tuple(
        replace(p, delay=p.delay + 1) if p.name == "w1" else p for p in n.projections
    )
    return replace(n, projections=projections)


def another_port(n: IntegerNetwork) -> IntegerNetwork:
    projections = tuple(
        replace(p, port="inhibition") if p.name == "w2" else p for p in n.projections
    )
    return replace(n, projections=projections)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (another_threshold, {"E0803"}),
        (one_bias, {"E0803"}),
        (one_initial_state, {"E0803"}),
        (another_datapath, {"E0802"}),
        (later_by_one, {"E0804", "E0805", "E0810", "E0811"}),
        (another_delay, {"E0804", "E0805"}),
        (another_port, {"E0804", "E0805"}),
        (lambda n: changed_weights(n, "w2", set_first), {"E0804", "E0805"}),
        (lambda n: changed_weights(n, "w3", clear_all), {"E0805", "E0807"}),
        (lambda n: replace(n, projections=n.projections[:-1]), {"E0805", "E0807"}),
        (lambda n: replace(n, outputs=(Output("out", "value"),)), {"E0811"}),
        (lambda n: replace(n, name="x"), {"E0811"}),
        (lambda n: changed_population(n, "lif", scales={"output": np.float64(2)}), {"E0811"}),
        (lambda n: replace(n, inputs=(n.inputs[0], replace(n.inputs[1], scale=2.0))), {"E0811"}),
    ],
)
def test_a_program_of_another_network(
    example_program: Program, example: IntegerNetwork, change: Any, expected: set[str]
) -> None:
    assert codes(example_program, change(example)) == expected


def test_a_message_names_the_synapse(example_program: Program, example: IntegerNetwork) -> None:
    network = changed_weights(example, "w2", set_first)
    old = int(example.projections[2].connectivity.weights[0, 0])
    missing, extra = ManycoreBackend().verify(example_program, network)
    assert "1 synapses missing: lif[0] -> [0].excitation weight 100 delay 1" in missing.message
    assert f"lif[0] -> [0].excitation weight {old} delay 1" in extra.message


SWAPPED = {"E0803", "E0804", "E0805"}


def population(data: Any, name: str) -> Any:
    return next(p for p in data["populations"] if p["name"] == name)


def slices(data: Any, name: str) -> Any:
    return population(data, name)["slices"]


def two_on_one_place(data: Any) -> None:
    first, *_, last = data["cores"]
    first.update(chip=last["chip"], core=last["core"])


def other_keys(data: Any) -> None:
    data["inputs"][0]["slices"][0].update(key=0, mask=ALL ^ 1023)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda d: slices(d, "lif").pop(), {"E0801"}),
        (lambda d: slices(d, "lif").append(slices(d, "lif")[0]), {"E0801"}),
        (lambda d: slices(d, "lif")[0].update(stop=11), {"E0801"}),
        (lambda d: slices(d, "lif")[0].update(core=1), {"E0801", "E0803"}),
        (two_on_one_place, {"E0801"}),
        (lambda d: d["cores"][0].update(program=1), {"E0802"}),
        (lambda d: d.update(period=2), {"E0810"}),
        (lambda d: d["limits"].update(bytes=1000), {"E0809"}),
        (lambda d: d["limits"].update(neurons=11), {"E0809"}),
        (lambda d: d["limits"].update(router_entries=1), {"E0809"}),
        (lambda d: d["chips"][0]["reserved_cores"].append(1), {"E0809"}),
        (lambda d: d["inputs"][0]["slices"][0].update(key=1), {"E0812"}),
        (other_keys, {"E0804", "E0805", "E0807"}),
        (lambda d: d["inputs"][1]["slices"].clear(), {"E0804", "E0805"}),
        (lambda d: d["inputs"][0].update(kind="count"), {"E0811"}),
        (lambda d: d["populations"][0].update(scale="x"), {"E0811"}),
        (lambda d: d["outputs"].pop(), {"E0811"}),
        (lambda d: population(d, "lif").update(order=[0] * 40), {"E0801", "E0803"}),
        (lambda d: population(d, "lif").update(order=[*range(41)][::-1]), {"E0801", "E0803"}),
        (lambda d: population(d, "lif").update(order=[*range(39)]), {"E0812"}),
        (lambda d: population(d, "lif").update(order=[1, 0, *range(2, 40)]), SWAPPED),
        (lambda d: d.update(host_chip=0), {"E0807"}),
        (lambda d: d["chips"][5].update(table=None), {"E0807"}),
        (lambda d: d.update(semantics=0), {"E0811"}),
        (lambda d: d.pop("chips"), {"E0812"}),
        (lambda d: d["cores"][0].update(image="nowhere"), {"E0812"}),
        (lambda d: d["cores"][0].update(chip=99), {"E0812"}),
        (lambda d: d["inputs"][0]["slices"][0].update(mask=3), {"E0812"}),
        (lambda d: d["limits"].update(bytes="many"), {"E0812"}),
    ],
)  # fmt: skip
def test_a_wrong_description(
    example_program: Program, example: IntegerNetwork, change: Any, expected: set[str]
) -> None:
    assert codes(described(example_program, change), example) == expected


def test_keys_that_overlap(example_program: Program, example: IntegerNetwork) -> None:
    def same_key(data: Any) -> None:
        first, second = (i["slices"][0] for i in data["inputs"])
        second.update(key=first["key"], mask=first["mask"])

    assert "E0806" in codes(described(example_program, same_key), example)


def tables(program: Program) -> dict[int, str]:
    chips = program.json("experiment.json")["chips"]
    return {n: chip["table"] for n, chip in enumerate(chips) if chip["table"]}


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([], {"E0807"}),
        ([Entry(0, 0, 0, 0)], {"E0807"}),
        ([Entry(0, 0, 0, 1 << 5)], {"E0807"}),
        ([Entry(0, 0, 1 << 1, 0)], {"E0807"}),
        # east from the west, west from the east
        ([Entry(0, 0, 1 << 0 | 1 << 3, 0)], {"E0808"}),
    ],
)
def test_wrong_tables(
    example_program: Program, example: IntegerNetwork, entries: list[Entry], expected: set[str]
) -> None:
    program = example_program
    for name in tables(program).values():
        program = with_file(program, name, encode_table(entries, 6))
    found = codes(program, example)
    assert expected <= found <= {"E0807", "E0808"}


@pytest.mark.parametrize("cut", [0, 50, 95, 200, -4])
def test_files_that_are_too_short(
    example_program: Program, example: IntegerNetwork, cut: int
) -> None:
    for name in [n for n in example_program.files if n.endswith(".bin")]:
        content = example_program.files[name]
        short = with_file(example_program, name, content[: min(cut, len(content) - 1)])
        assert codes(short, example) == {"E0812"}


def test_a_file_less(example_program: Program, example: IntegerNetwork) -> None:
    for name in sorted(example_program.files):
        # nothing that runs depends on an account for people, or on figures of cost
        if name not in {"costs.json", "report.json"}:
            files = {n: c for n, c in example_program.files.items() if n != name}
            less = Program(example_program.backend, example_program.target, files)
            # the C is not needed to read the rest
            assert codes(less, example) == {"E0813" if name.endswith(".c") else "E0812"}


def flipped(program: Program, name: str, bit: int) -> Program:
    content = bytearray(program.files[name])
    content[bit // 8] ^= 1 << bit % 8
    return with_file(program, name, bytes(content))


def same_signals(program: Program, network: IntegerNetwork, inputs: Any, meant: Any) -> bool:
    """Whether the emulator gives the golden signals and states."""
    names = [p.name for p in network.populations]
    seen = ManycoreBackend().emulator(program).run(inputs, record=names, record_states=names)
    return all(
        np.array_equal(seen.signals[name], meant.signals[name])
        and all(
            np.array_equal(seen.states[name][state], values)
            for state, values in meant.states[name].items()
        )
        for name in names
    )


KINDS = ("images/", "tables/", "programs/", "experiment.json")


def corruptions(program: Program, kind: str, count: int) -> Iterator[Program]:
    """The program with one bit flipped by a seeded generator."""
    generator = random.Random(kind)
    files = sorted(name for name in program.files if name.startswith(kind))
    for _ in range(count):
        name = generator.choice(files)
        # headers and tables are short, rows are long: half of the flips go to the first bytes
        size = len(program.files[name])
        size = min(size, generator.choice([96, 600, size, size]))
        yield flipped(program, name, generator.randrange(8 * size))


@pytest.mark.parametrize(
    "count", [pytest.param(50, id="some"), pytest.param(2000, id="many", marks=pytest.mark.long)]
)
@pytest.mark.parametrize("kind", KINDS)
def test_every_corruption_is_found_or_harmless(
    example_program: Program,
    example: IntegerNetwork,
    busy_inputs: dict[str, Any],
    kind: str,
    count: int,
) -> None:
    """What the checker lets pass must compute the same."""
    names = [p.name for p in example.populations]
    meant = golden(example, busy_inputs, record=names, record_states=names)
    harmless = 0
    for spoilt in corruptions(example_program, kind, count):
        if not codes(spoilt, example):
            assert same_signals(spoilt, example, busy_inputs, meant)
            harmless += 1
    # what may change unseen: keys and masks that nobody sends, and text that says the same
    most = {"images/": count // 50, "programs/": 0}
    assert harmless <= most.get(kind, count // 2)


@pytest.mark.parametrize("kind", KINDS)
def test_the_emulator_survives_every_corruption(
    example_program: Program, busy_inputs: dict[str, Any], kind: str
) -> None:
    """A damaged bundle runs, or is refused: no traceback, and no memory without end."""
    inputs = {name: values[:, :4] for name, values in busy_inputs.items()}
    seen: set[str] = set()
    for spoilt in corruptions(example_program, kind, 40):
        try:
            ManycoreBackend().emulator(spoilt).run(inputs)
        except SomacError as error:
            seen.update(d.code for d in error.diagnostics)
    assert seen
    assert all(code.startswith("E07") for code in seen)


def test_projections_may_share_synapses(
    example: IntegerNetwork, example_target: Any, plain_program: Callable[..., Program]
) -> None:
    """The same synapse in two projections is there twice, and once is not enough."""
    twice = replace(
        example, projections=(*example.projections, replace(example.projections[2], name="again"))
    )
    program = plain_program(twice, example_target)
    assert codes(program, twice) == set()
    assert codes(program, example) == {"E0805"}
    assert isinstance(example.projections[2].connectivity, Dense)
