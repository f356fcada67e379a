"""The checker of crossbar bundles: silent on what is right, with a finding for every change."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from crossbar_cases import chip, example, hand_placed
from crossbar_mutants import array_mutants, byte_mutants, json_mutants, with_file
from hypothesis import given, settings
from hypothesis import strategies as st

from somac.backends.crossbar.emit import emit
from somac.backends.crossbar.verify import verify
from somac.ir import npy
from somac.ir.integer import IntegerNetwork
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
    target = chip(cell_bits=4, cores=(8, 8), g_min_us=draw(st.sampled_from([0.0, 0.1, 2.5])))
    copies, largest = draw(st.integers(1, 5)), draw(st.integers(9, 64))
    program = emit(network, hand_placed(network, target, largest=largest, copies=copies), target)
    assert not list(verify(program, network))


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
