"""A bundle for an FPGA from a stranger: nothing in it is believed before it is checked."""

from __future__ import annotations

import json
import random
import resource
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from fpga_foldings import folded, in_one_phase

from somac.backends.fpga.backend import FpgaBackend
from somac.backends.fpga.emulator.run import FpgaEmulator
from somac.ir.errors import SomacError
from somac.ir.integer import IntegerNetwork
from somac.ir.program import Program

CODES = {"E0703", "E0704", "E0705", "E0710", "E0711", "E0713"}
DESIGN = "design.json"


@pytest.fixture(scope="module")
def network(example: IntegerNetwork) -> IntegerNetwork:
    return in_one_phase(example)


@pytest.fixture(scope="module")
def program(network: IntegerNetwork) -> Program:
    return folded(network)


def with_file(program: Program, name: str, content: bytes) -> Program:
    return replace(program, files={**program.files, name: content})


def with_design(program: Program, change: Callable[[Any], Any]) -> Program:
    data = json.loads(program.files[DESIGN])
    change(data)
    return with_file(program, DESIGN, json.dumps(data).encode())


def refused(program: Program) -> str:
    """The code and message with which the emulator refuses a program."""
    with pytest.raises(SomacError) as caught:
        FpgaBackend().emulator(program)
    assert {d.code for d in caught.value.diagnostics} <= CODES
    return str(caught.value)


def test_a_file_that_is_missing(program: Program) -> None:
    needed = [n for n in program.files if not n.startswith("rtl/") and "table" not in n]
    assert len(needed) > 5
    for name in needed:
        if name.startswith(("mem/", "datapaths/")) or name == DESIGN:
            files = {n: c for n, c in program.files.items() if n != name}
            message = refused(replace(program, files=files))
            assert "E0703" in message
            assert name in message


def test_no_json(program: Program) -> None:
    assert "E0704" in refused(with_file(program, DESIGN, b"{"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.update(format=9), "E0705"),
        (lambda d: d.update(semantics=99), "E0705"),
        (lambda d: d.pop("engines"), "engines: Field required"),
        (lambda d: d.update(more=1), "more: Extra inputs"),
        (lambda d: d["inputs"][0].update(width=0), "inputs.0.width"),
        (lambda d: d["inputs"][0].update(id=d["inputs"][1]["id"]), "two senders have one id"),
        (lambda d: d["inputs"][0].update(name=d["inputs"][1]["name"]), "two inputs"),
        (lambda d: d["inputs"][0].update(low=2, high=1), "from 2 to 1"),
        (lambda d: d["inputs"][0].update(name="lif"), "name"),
        (lambda d: d["outputs"][0].update(source="x"), "sends nothing"),
        (lambda d: d["outputs"][0].update(delay=1), "delay"),
        (lambda d: d["outputs"].append(d["outputs"][0]), "two streams"),
        (lambda d: d["engines"][0]["links"][0].update(slots=1), "buffer of 1 steps"),
        (lambda d: d["engines"][0]["links"][0].update(port=1), "a port"),
        (lambda d: d["engines"][0]["links"][0].update(cast=1), "a rounding"),
        (lambda d: d["engines"][0]["links"][0].update(groups=1), "other accumulators"),
        (lambda d: d["engines"][0]["links"][0].update(kind="whole"), "whole"),
        (lambda d: d["engines"][0].update(ring=1 << 31), "ring"),
        (lambda d: d["engines"][0].update(lanes=1 << 31), "lanes"),
        (lambda d: d["engines"][0]["sections"][0].update(groups=1 << 31), "accumulators"),
        (lambda d: d["engines"][0]["sections"][0].update(links=[0, 1]), "no section"),
        (lambda d: d["engines"][0]["sections"][0]["order"].__setitem__(0, 1), "cells once"),
        (lambda d: d["engines"][0]["sections"][0].update(ports=[]), "port"),
        (lambda d: d["engines"][0]["sections"][0]["states"].pop(), "other states"),
        (lambda d: d["engines"][0]["sections"][0].update(parameter_bits=[]), "without bits"),
        (lambda d: d["engines"][0]["sections"][0].update(memories={}), "without a memory"),
        (
            lambda d: d["engines"][0]["sections"][0]["parameters"].update(decay=1 << 40),
            "decay of lif is not within",
        ),
        (lambda d: d["engines"][0]["memories"].clear(), "memor"),
    ],
)
def test_a_damaged_description(
    program: Program, change: Callable[[Any], Any], message: str
) -> None:
    assert message in refused(with_design(program, change))


def test_engines_that_wait_for_each_other(program: Program) -> None:
    def change(d: Any) -> None:
        for engine in d["engines"]:
            for link in engine["links"]:
                link["delay"] = 0

    assert "circle" in refused(with_design(program, change))


def images(program: Program) -> list[str]:
    data = json.loads(program.files[DESIGN])
    found = [f"mem/{name}" for e in data["engines"] for name in e["memories"].values()]
    sections = [s for e in data["engines"] for s in e["sections"]]
    return found + [f"mem/{name}" for s in sections for name in s["memories"].values()]


@pytest.mark.parametrize(
    "change",
    [
        lambda image: b"",
        lambda image: image[:-1],
        lambda image: image + b"0",
        lambda image: image * 2,
        lambda image: b"x" + image[1:],
        lambda image: b"\n" + image[1:],
        lambda image: image.replace(b"\n", b" "),
        lambda image: image.upper() + b"\0",
    ],
)
def test_damaged_images(program: Program, change: Callable[[bytes], bytes]) -> None:
    for name in images(program):
        message = refused(with_file(program, name, change(program.files[name])))
        assert "E0711" in message
        assert name in message


def test_rows_that_lead_out(program: Program) -> None:
    """Pointers and synapses of all ones."""
    for name in images(program):
        if "pointers" in name or "sparse" in name:
            lines = program.files[name].split(b"\n")
            first = lines[0]
            most = b"f" * len(first)
            assert "E0711" in refused(with_file(program, name, b"\n".join([most, *lines[1:]])))


def test_damaged_programs(program: Program) -> None:
    for name, content in program.files.items():
        if name.startswith("datapaths/"):
            for damaged in (b"", b"\xff\xfe", content[: len(content) // 2], b"datapath x\n"):
                message = refused(with_file(program, name, damaged))
                assert "E0713" in message
                assert name in message


VALUES = (
    *(0, 1, 2, 3, 7, 31, 63, 64, 65, 1 << 20, 1 << 31, (1 << 31) + 1, 1 << 63, -1, -(1 << 63)),
    *(None, True, "", "lif", "x", [], [0], {}, 0.5, 1e308),
)


def fields(data: Any, most: int = 3) -> Iterator[tuple[Any, Any]]:
    """Every field of a tree, with what it is in; of long lists only some."""
    keys = list(data) if isinstance(data, dict) else range(len(data))
    for key in list(keys)[: most if isinstance(data, list) else None]:
        yield data, key
        if isinstance(data[key], dict | list):
            yield from fields(data[key], most)


def changed(rng: random.Random, value: Any) -> Any:
    """Another value: any at all, or one that is near."""
    if isinstance(value, int) and rng.random() < 0.5:
        return rng.choice([value + 1, value - 1, 2 * value, value // 2])
    return rng.choice(VALUES)


def codes(call: Callable[[], Any]) -> set[str]:
    """The codes with which something is refused, none if it is done."""
    try:
        call()
    except SomacError as error:
        return {d.code for d in error.diagnostics}
    return set()


def survives(program: Program, inputs: dict[str, Any], seed: int) -> bool:
    """Whether a program is taken; then both engines must run it, and agree."""
    found = codes(lambda: FpgaEmulator(program))
    assert found <= CODES
    if found:
        return False
    plain, fast = (FpgaEmulator(program, engine=name) for name in ("plain", "fast"))
    sizes = {i.name: i.cells for i in plain.description.inputs}
    if sizes != {name: values.shape[2] for name, values in inputs.items()}:
        inputs = {name: np.zeros((1, 3, cells), np.int64) for name, cells in sizes.items()}
    refused = codes(lambda: plain.run(inputs))
    assert refused == codes(lambda: fast.run(inputs)) <= {"E0715"}
    if not refused:
        a, b = plain.run(inputs), fast.run(inputs)
        for name, values in a.outputs.items():
            np.testing.assert_array_equal(values, b.outputs[name], f"seed {seed}")
        assert a.counts == b.counts, seed
    return True


def test_mutants(program: Program, busy_inputs: dict[str, Any]) -> None:
    """Any field another, any digit of any image another: a code, or a run that both agree on."""
    inputs = {name: values[:1, :4] for name, values in busy_inputs.items()}
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    taken = 0
    count = len(list(fields(json.loads(program.files[DESIGN]))))
    for seed in range(400):
        rng = random.Random(seed)
        data = json.loads(program.files[DESIGN])
        where, key = list(fields(data))[rng.randrange(count)]
        where[key] = changed(rng, where[key])
        mutant = with_file(program, DESIGN, json.dumps(data).encode())
        taken += survives(mutant, inputs, seed)
    for seed in range(100):
        rng = random.Random(seed)
        name = rng.choice(images(program))
        content = bytearray(program.files[name])
        for _ in range(rng.randint(1, 3)):
            content[rng.randrange(len(content))] = rng.choice(b"0123456789abcdefx\n")
        taken += survives(with_file(program, name, bytes(content)), inputs, seed)
    # a test of refusals alone would prove little
    assert 20 < taken < 400
    # half a gigabyte, in kilobytes
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1 << 19
