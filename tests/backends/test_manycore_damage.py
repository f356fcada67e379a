"""A bundle from a stranger: every damage is named, and nothing is believed before it is checked."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from somac.backends.manycore.backend import ManycoreBackend
from somac.ir.errors import SomacError
from somac.ir.program import Program

ALL = 0xFFFFFFFF
HEADER = {
    name: 4 * word
    for word, name in enumerate(
        (
            *("magic", "version", "size", "program", "neurons", "flags", "key", "start", "period"),
            *("slots", "ports", "states", "parameters", "layouts", "entries", "width"),
            *("at_parameters", "at_states", "at_layouts", "at_table", "at_keys", "at_index"),
            *("at_rows", "at_ring", "blocks", "at_blocks", "unused"),
        )
    )
}


def refused(program: Program) -> str:
    """The code and message with which the emulator refuses a program."""
    with pytest.raises(SomacError) as caught:
        ManycoreBackend().emulator(program)
    assert caught.value.exit_code == 2
    return str(caught.value)


def with_file(program: Program, name: str, content: bytes) -> Program:
    return Program(program.backend, program.target, {**program.files, name: content})


def first_image(program: Program) -> str:
    return str(program.json("experiment.json")["cores"][0]["image"])


def word(program: Program, address: int) -> int:
    return int.from_bytes(program.files[first_image(program)][address : address + 4], "little")


def with_word(program: Program, address: int, value: int) -> Program:
    """The program with a word of its first image replaced."""
    content = bytearray(program.files[first_image(program)])
    content[address : address + 4] = struct.pack("<I", value)
    return with_file(program, first_image(program), bytes(content))


def test_a_file_that_is_missing(example_program: Program) -> None:
    for name in example_program.files:
        # the emulator needs neither the report, nor figures of cost, nor the C
        if name not in {"costs.json", "report.json"} and not name.endswith(".c"):
            files = {n: c for n, c in example_program.files.items() if n != name}
            message = refused(Program("manycore", "small", files))
            assert "E0703" in message
            assert name in message


def test_no_json(example_program: Program) -> None:
    assert "E0704" in refused(with_file(example_program, "experiment.json", b"{"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.update(format=3), "E0705"),
        (lambda d: d.update(semantics=99), "E0705"),
        (lambda d: d.pop("period"), "period: missing"),
        (lambda d: d.update(period=0), "period: 0 is not an integer from 1"),
        (lambda d: d.update(period=True), "period: True is not an integer"),
        (lambda d: d.update(chips={}), "chips: not a list"),
        (lambda d: d.update(chips=[]), "host_chip"),
        (lambda d: d.update(cores=[3]), "cores[0]: not an object"),
        (lambda d: d["cores"][1].update(chip=77), "cores[1].chip: 77 is not"),
        (lambda d: d["cores"][1].update(d["cores"][0]), "a core is loaded twice"),
        (lambda d: d["cores"][0].update(image=3), "cores[0].image: not text"),
        (lambda d: d["cores"][0].update(program=9), "cores[0].program"),
        (lambda d: d["chips"][0]["links"].__setitem__(0, 99), "chips[0].0: 99"),
        (lambda d: d["inputs"][0].update(kind="wave"), "inputs[0].kind: not one of"),
        (lambda d: d["inputs"][0].update(format="float"), "inputs[0].format"),
        (lambda d: d["inputs"][0].update(shape=[10**6, 10**6]), "inputs[0].shape"),
        (lambda d: d["inputs"][0].update(shape=[]), "inputs[0].shape"),
        (lambda d: d["inputs"][0]["slices"][0].update(stop=901), "stop: 901"),
        (lambda d: d["inputs"][0]["slices"][0].update(key=ALL), "key"),
        (lambda d: d["inputs"][0].update(name="lif"), "a name is used twice"),
        (lambda d: d["populations"][0]["slices"].pop(), "not the 40 cells"),
        (lambda d: d["populations"][0]["slices"][0].update(core=5), "a core belongs to no"),
        (lambda d: d["populations"][0].update(order=[0] * 40), "each of the 40 cells once"),
        (lambda d: d["populations"][0].update(order="up"), "order: not a list"),
        (lambda d: d["populations"][0].pop("order"), "order: missing"),
        (lambda d: d["outputs"][0].update(source="x"), "unknown source"),
        (lambda d: d["outputs"].append(d["outputs"][0]), "two outputs have one name"),
        (lambda d: d["populations"][1].update(shape=[9]), "populations[1].slices[0].stop"),
    ],
)
def test_a_damaged_description(example_program: Program, change: Any, message: str) -> None:
    data = json.loads(example_program.files["experiment.json"])
    change(data)
    spoilt = with_file(example_program, "experiment.json", json.dumps(data).encode())
    found = refused(spoilt)
    assert message in found
    assert "E0705" in found or "E0710" in found


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("magic", 0),
        ("version", 1),
        ("version", 3),
        ("neurons", 0),
        ("neurons", ALL),
        ("flags", 3),
        ("flags", 1 << 5),
        ("period", 0),
        ("slots", 0),
        ("slots", 3),
        ("slots", 1 << 31),
        ("slots", 2),
        ("ports", 200),
        ("states", ALL),
        ("parameters", ALL),
        ("layouts", ALL),
        ("entries", ALL),
        ("width", 3),
        ("at_parameters", ALL),
        ("at_states", ALL - 3),
        ("at_layouts", 1 << 20),
        ("at_table", 97),
        ("at_keys", ALL),
        ("at_index", 0),
        ("at_rows", 0),
        ("at_ring", 0),
        ("blocks", 1),
        ("blocks", ALL),
        ("at_blocks", 0),
        ("at_blocks", ALL),
        ("unused", 1),
    ],
)
def test_a_damaged_header(example_program: Program, field: str, value: int) -> None:
    message = refused(with_word(example_program, HEADER[field], value))
    assert any(code in message for code in ("E0710", "E0711", "E0713"))
    assert first_image(example_program) in message or "E0710" in message


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        (0, 1, "a key has bits outside its mask"),
        (4, 0x0F0F0F0F, "a mask has ones below a zero"),
        (8, ALL, "more rows than keys"),
        (12, ALL, "row offsets overlap"),
        (12, 2000, "row offsets"),
        (16, ALL - 3, "row offsets are absent"),
        (16, 97, "row offsets are not aligned"),
        (20, ALL - 3, "rows are absent"),
        (20, 97, "rows are not aligned"),
        (24, 0xFFFF, "a delay is not in the ring buffer"),
        (24, 9 << 16 | 1, "unknown layout"),
        (24, 9 << 24 | 1, "unknown port"),
    ],
)
def test_a_damaged_entry(example_program: Program, field: int, value: int, message: str) -> None:
    """The last entry of the table, which is a direct one."""
    last = word(example_program, HEADER["at_table"]) + 28 * (
        word(example_program, HEADER["entries"]) - 1
    )
    assert word(example_program, last + 4) != 0
    found = refused(with_word(example_program, last + field, value))
    assert "E0711" in found
    assert message in found


def test_a_damaged_list_of_keys(example_program: Program) -> None:
    first = word(example_program, HEADER["at_table"])
    assert word(example_program, first + 4) == 0
    assert "keys are absent" in refused(with_word(example_program, first + 8, ALL))


def test_a_damaged_descriptor(example_program: Program) -> None:
    at = word(example_program, HEADER["at_parameters"])
    assert "descriptor" in refused(with_word(example_program, at + 4, 3))
    assert "absent" in refused(with_word(example_program, at, ALL))


def test_a_damaged_layout(example_program: Program) -> None:
    at = word(example_program, HEADER["at_layouts"])
    assert "a layout is damaged" in refused(with_word(example_program, at, 0x01010101))


def test_values_outside_their_format(example_program: Program) -> None:
    """Kernels leave out what formats rule out, so that they must be kept."""
    address = word(example_program, word(example_program, HEADER["at_states"]))
    assert "is not within fixed<20,12" in refused(with_word(example_program, address, 1 << 30))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "absent"),
        (bytes(16), "not a routing table"),
        (struct.pack("<4s3I", b"SOMR", 2, 0, 1), "version"),
        (struct.pack("<4s3I", b"SOMR", 1, 0, 0), "version"),
        (struct.pack("<4s3I", b"SOMR", 1, ALL, 5), "length"),
    ],
)
def test_a_damaged_table(example_program: Program, content: bytes, message: str) -> None:
    name = next(n for n in example_program.files if n.startswith("tables/"))
    found = refused(with_file(example_program, name, content))
    assert "E0712" in found
    assert message in found


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"datapath x\nsend value %0\n",
        b"datapath x\n%0 = input a : fixed<99,1>\nsend value %0\n",
        b"datapath x\n%0 = input a : fixed<32,32>\nsend value %0\n",
    ],
)
def test_a_damaged_program(example_program: Program, content: bytes) -> None:
    found = refused(with_file(example_program, "programs/cuba.datapath", content))
    assert "E0713" in found


def test_cores_of_one_population_keep_one_schedule(example_program: Program) -> None:
    spoilt = with_word(example_program, HEADER["period"], 2)
    assert "different programs or schedules" in refused(spoilt)


def test_packets_for_nobody_are_lost(example_program: Program, busy_inputs: dict[str, Any]) -> None:
    """Without routing tables nothing arrives, and nothing fails."""
    data = json.loads(example_program.files["experiment.json"])
    for chip in data["chips"]:
        chip["table"] = None
    program = with_file(example_program, "experiment.json", json.dumps(data).encode())
    seen = ManycoreBackend().emulator(program).run(busy_inputs)
    assert seen.counts["deliveries"] == seen.counts["synaptic_events"] == 0
    np.testing.assert_array_equal(seen.outputs["out"], 0)


def test_the_header_of_the_tests_is_the_right_one(
    example_program: Program, make_target: Callable[..., Any]
) -> None:
    assert word(example_program, HEADER["magic"]) == int.from_bytes(b"SOMC", "little")
    assert word(example_program, HEADER["neurons"]) == 12
    assert word(example_program, HEADER["at_ring"]) == len(
        example_program.files[first_image(example_program)]
    )
