"""The checker of crossbar bundles: silent on what is right, with a finding for every change."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from crossbar_cases import chip, example, hand_placed, integrate_and_fire, tiled_by_hand
from crossbar_mutants import array_mutants, byte_mutants, json_mutants, with_file
from hypothesis import given, settings
from hypothesis import strategies as st

from somac.backends.crossbar.emit import emit
from somac.backends.crossbar.verify import verify
from somac.ir import npy
from somac.ir.connectivity import Dense
from somac.ir.fixed import BOOL
from somac.ir.integer import IntegerInput, IntegerNetwork, IntegerPopulation, IntegerProjection
from somac.ir.program import Program
from somac.ir.tiling import Converters

POLARITIES = ("differential", "separate", "offset")


def made(how: Converters | None = None, **more: Any) -> tuple[IntegerNetwork, Program]:
    network = example(how)
    target = chip()
    return network, emit(network, hand_placed(network, target, **more), target)


@pytest.fixture(scope="module", params=POLARITIES)
def bundle(request: pytest.FixtureRequest) -> tuple[IntegerNetwork, Program]:
    return made(Converters(1, 1, "none", 2, 3, request.param, -127, 127), largest=32, copies=3)


def codes(program: Program, network: IntegerNetwork) -> list[str]:
    return [d.code for d in verify(program, network)]


def test_a_bundle_that_is_right(bundle: tuple[IntegerNetwork, Program]) -> None:
    network, program = bundle
    assert not list(verify(program, network))


@settings(max_examples=25)
@given(st.data())
def test_any_bundle_that_is_right(data: st.DataObject) -> None:
    draw = data.draw
    cell_bits = draw(st.integers(1, 4))
    how = Converters(
        draw(st.integers(1, 3)),
        draw(st.integers(1, 4)),
        draw(st.sampled_from(["none", "bipolar", "phases"])),
        cell_bits,
        draw(st.integers(1, 8 // cell_bits)),
        draw(st.sampled_from(POLARITIES)),
        -draw(st.integers(1, 4000)),
        draw(st.integers(1, 4000)),
    )
    steps = draw(st.lists(st.integers(1, 99), min_size=how.planes, max_size=how.planes))
    network = example(how, seed=draw(st.integers(0, 1 << 20)), steps=steps)
    least = draw(st.sampled_from([0.0, 0.1, 2.5]))
    target = chip(cell_bits=4, cores=(8, 8), neurons=128, g_min_us=least)
    mapping = hand_placed(
        network,
        target,
        largest=draw(st.integers(9, 64)),
        copies=draw(st.integers(1, 5)),
        homes=draw(st.sampled_from([None, 2, 3])),
    )
    program = emit(network, mapping, target)
    assert not list(verify(program, network))


def test_a_million_synapses_take_seconds() -> None:
    how = Converters(1, 1, "none", 4, 2, "differential", -127, 127)
    weights = np.random.default_rng(0).integers(-99, 100, (1024, 1024), dtype=np.int32)
    wiring = Dense(weights)
    network = replace(
        example(how),
        inputs=(IntegerInput("image", (1024,), "spike", BOOL),),
        populations=(
            IntegerPopulation(
                "out",
                (1024,),
                integrate_and_fire(),
                {"threshold": np.array(500)},
                {"v": np.array(0)},
            ),
        ),
        projections=(
            IntegerProjection(
                "w", "image", "out", "x", wiring, tiling=tiled_by_hand(wiring, how, 128, 128)
            ),
        ),
    )
    target = chip(rows=128, columns=512, cell_bits=4, cores=(8, 8), neurons=256)
    program = emit(network, hand_placed(network, target), target)
    before = time.process_time()
    assert not list(verify(program, network))
    assert time.process_time() - before < 5


# the target alone says so, and it is not in the bundle
FREE = {
    ("crossbar.json", ("chip", "cores")),
    ("crossbar.json", ("chip", "neurons")),
    ("crossbar.json", ("device", "figures")),
    # the order of populations in the description means nothing
    ("crossbar.json", ("populations",)),
}


def free(name: str, path: tuple[Any, ...], program: Program, mutant: bytes) -> bool:
    """Whether a change says nothing wrong."""
    if (name, path) not in FREE:
        return False
    have, other = json.loads(program.files[name]), json.loads(mutant)
    match path:
        case ("chip", "cores"):
            used = [a["core"] for a in have["arrays"]]
            return bool(type(other["chip"]["cores"]) is int and other["chip"]["cores"] > max(used))
        case ("chip", "neurons"):
            return type(other["chip"]["neurons"]) is int and other["chip"]["neurons"] >= 32
        case ("populations",):
            listed = other["populations"]
            return isinstance(listed, list) and listed == have["populations"][::-1]
    return True


def mutants(program: Program, seed: int) -> Iterator[tuple[str, Program]]:
    """Every file changed in every way."""
    random = np.random.default_rng(seed)
    for name, content in program.files.items():
        if name == "report.json":
            continue
        yield f"without {name}", with_file(program, name, None)
        if name in {"crossbar.json", "schedule.json", "programming.json"}:
            for path, value, mutant in json_mutants(content):
                if not free(name, path, program, mutant):
                    yield f"{name} {path} = {value!r}"[:200], with_file(program, name, mutant)
        elif name.endswith(".npy"):
            for mutant in array_mutants(content, random, 20):
                if name == "schedule/sums.npy" and other_way(content, mutant):
                    continue
                yield name, with_file(program, name, mutant)
        elif name != "costs.json":
            for mutant in byte_mutants(content, random, 5):
                yield name, with_file(program, name, mutant)


def other_way(content: bytes, mutant: bytes) -> bool:
    """Whether just the next core or the hops to it differ: that may be another way home."""
    have, other = npy.decode(content), npy.decode(mutant)
    if have.shape != other.shape or have.dtype != other.dtype:
        return False
    return np.array_equal(np.delete(have, (3, 4), 1), np.delete(other, (3, 4), 1))


def test_every_change_is_found(bundle: tuple[IntegerNetwork, Program]) -> None:
    network, program = bundle
    missed = []
    count = 0
    for what, mutant in mutants(program, 1):
        if mutant.files == program.files:
            continue
        count += 1
        if not any(True for _ in verify(mutant, network)):
            missed.append(what)
    assert not missed
    assert count > 2000


@pytest.mark.parametrize("what", ["nobody", "oneself", "before", "hops"])
def test_sums_that_do_not_come_home(what: str) -> None:
    network, program = made(copies=3)
    sums = npy.decode(program.files["schedule/sums.npy"]).copy()
    stage, home = sums[-1, :2].tolist()
    last = np.flatnonzero((sums[:, 0] == stage) & (sums[:, 1] == home))[-1]
    match what:
        case "nobody":
            sums[last, 3] = 24
        case "oneself":
            sums[last, 3] = sums[last, 2]
        case "before":
            sums[last, 3] = sums[last - 1, 2]
        case "hops":
            sums[last, 4] = -1
    damaged = with_file(program, "schedule/sums.npy", npy.encode(sums))
    assert codes(damaged, network) == ["E0877"]


def edited(program: Program, change: Any, name: str = "crossbar.json") -> Program:
    """With a JSON file that a function has changed."""
    data = json.loads(program.files[name])
    change(data)
    return with_file(program, name, json.dumps(data).encode())


def with_element(program: Program, name: str, at: tuple[int, ...], value: int) -> Program:
    """With another element in an array."""
    array = npy.decode(program.files[name]).copy()
    array[at] = value
    return with_file(program, name, npy.encode(array))


def _set(path: str, value: Any) -> Any:
    """A change of JSON: what stands at a path such as ``chip.rows`` or ``blocks.0.delay``."""

    def change(data: Any) -> None:
        *outer, last = (int(key) if key.isdigit() else key for key in path.split("."))
        for key in outer:
            data = data[key]
        data[last] = value

    return change


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda p: edited(p, _set("inputs.0.high", 2)), "E0811"),
        (lambda p: edited(p, _set("outputs.0.source", "hidden")), "E0811"),
        (lambda p: edited(p, _set("name", "another")), "E0811"),
        (lambda p: edited(p, _set("dt", 0.5), "costs.json"), "E0811"),
        (lambda p: edited(p, _set("chip.neurons", 31)), "E0809"),
        (lambda p: edited(p, _set("arrays.1.core", 0)), "E0809"),
        (lambda p: edited(p, _set("populations.0.parameters.threshold", 41)), "E0803"),
        (lambda p: edited(p, _set("populations.0.parameters", {})), "E0803"),
        (lambda p: edited(p, _set("tiled.0.delay", 3)), "E0805"),
        (lambda p: edited(p, _set("digital", [])), "E0804"),
        (lambda p: with_file(p, "programs/if.datapath", b"datapath if\n"), "E0802"),
        (lambda p: with_element(p, "digital/tonic.weights.npy", (3,), 2), "E0805"),
        (lambda p: with_element(p, "digital/tonic.weights.npy", (3,), 0), "E0804"),
        (lambda p: edited(p, _set("order", ["out", "hidden"]), "schedule.json"), "E0810"),
        (lambda p: with_element(p, "schedule/turns.npy", (0, 1), 5), "E0810"),
        (lambda p: with_element(p, "arrays/0000.codes.npy", (0, 0), 3), "E0871"),
        (lambda p: with_element(p, "arrays/0000.codes.npy", (0, 0), 4), "E0871"),
        (lambda p: edited(p, _set("blocks.1.copies.0.array", 0)), "E0872"),
        (lambda p: with_element(p, "arrays/0000.codes.npy", (15, 31), 1), "E0873"),
        (lambda p: edited(p, _set("converters.0.high", 126)), "E0874"),
        (lambda p: edited(p, _set("chip.cell_bits", 1)), "E0874"),
        (lambda p: edited(p, _set("blocks.0.steps", [1, 2, 1])), "E0874"),
        (lambda p: edited(p, _set("blocks.0.delay", 1)), "E0875"),
        (lambda p: with_element(p, "tables/sources.npy", (0,), 7), "E0875"),
        (lambda p: edited(p, _set("tolerances_us", [1] * 4), "programming.json"), "E0876"),
        (lambda p: edited(p, _set("arrays.0.cells", "1 2 3 4"), "programming.json"), "E0876"),
        (lambda p: with_element(p, "schedule/sums.npy", (0, 5), 1), "E0877"),
        (lambda p: edited(p, _set("blocks.0.as_found", True)), "E0878"),
        (lambda p: edited(p, _set("blocks.0.uses", 17)), "E0812"),
        (lambda p: edited(p, _set("format", 2)), "E0812"),
        (lambda p: with_file(p, "schedule.json", b"["), "E0812"),
        (lambda p: with_file(p, "arrays/more.npy", b""), "E0812"),
    ],
)
def test_what_is_wrong_has_its_code(change: Any, code: str) -> None:
    network, program = made(largest=32, copies=3)
    found = codes(change(program), network)
    assert code in found


def test_another_device_is_found() -> None:
    network, program = made()
    name = next(name for name in program.files if name.endswith(".found.npy"))
    found = npy.decode(program.files[name])
    row, column = (int(n[0]) for n in np.nonzero(found >= 0))
    assert "E0878" in codes(
        with_element(program, name, (row, column), int(found[row, column]) + 1), network
    )
    assert "E0873" in codes(with_element(program, name, (row, column), -1), network)


def test_other_neurons_are_found() -> None:
    network, program = made()

    def without_the_last(data: Any) -> None:
        own = data["populations"][1]
        own["size"] -= 1
        own["homes"][-1]["stop"] -= 1

    assert codes(edited(program, without_the_last), network) == ["E0801"]
