"""Damaged plastic blocks and rules: the emulator names them, and the checker finds every byte."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from plastic_cases import plastic_network

from somac.backends.manycore.backend import ManycoreBackend
from somac.ir.errors import SomacError
from somac.ir.integer import IntegerNetwork
from somac.ir.program import Program
from somac.ir.target import Target

WORDS = (
    *("kind", "port", "cells", "slots", "arrivals", "rule", "synapses", "begin", "target"),
    *("posts", "parameters", "traces", "states", "post", "signals", "counts"),
)
ALL = 0xFFFFFFFF


@pytest.fixture(scope="module")
def network() -> IntegerNetwork:
    return plastic_network()


@pytest.fixture(scope="module")
def program(
    network: IntegerNetwork,
    make_target: Callable[..., Target],
    plain_program: Callable[..., Program],
) -> Program:
    """Two cores, of one neuron each."""
    return plain_program(network, make_target(), largest=1)


def image(program: Program) -> str:
    return str(program.json("experiment.json")["cores"][0]["image"])


def word(program: Program, address: int) -> int:
    return int.from_bytes(program.files[image(program)][address : address + 4], "little")


def with_file(program: Program, name: str, content: bytes) -> Program:
    return Program(program.backend, program.target, {**program.files, name: content})


def with_bytes(program: Program, address: int, content: bytes) -> Program:
    """The program with some bytes of its first image replaced."""
    changed = bytearray(program.files[image(program)])
    changed[address : address + len(content)] = content
    return with_file(program, image(program), bytes(changed))


def block_word(program: Program, name: str) -> int:
    """The address of a word of the first core's block."""
    return word(program, 4 * 25) + 4 * WORDS.index(name)


def refused(program: Program) -> str:
    with pytest.raises(SomacError) as caught:
        ManycoreBackend().emulator(program)
    assert caught.value.exit_code == 2
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("kind", 9, "unknown kind"),
        ("port", 7, "unknown port"),
        ("rule", 1, "a block has rule 1 of 1"),
        ("synapses", ALL, "more than the file holds"),
        ("synapses", 2, "damaged"),
        ("begin", ALL, "absent"),
        ("target", ALL - 3, "absent"),
        ("posts", 0, "no list of synapses by target"),
        ("posts", 128, "damaged"),
        ("parameters", ALL, "absent"),
        ("traces", 128, "x is not within ufixed<8,8"),
        ("states", ALL - 3, "absent"),
        ("post", 128, "a rule reads a state that is not there"),
        ("counts", 0, "other parameters, traces or states"),
        ("counts", ALL, "absent"),
    ],
)
def test_a_damaged_block(program: Program, name: str, value: int, message: str) -> None:
    address = block_word(program, name)
    found = refused(with_bytes(program, address, struct.pack("<I", value)))
    assert "E0711" in found
    assert message in found


def test_values_outside_their_format(program: Program) -> None:
    """The weight is stored in 16 bits, and has 10."""
    states = word(program, block_word(program, "states"))
    spoilt = with_bytes(program, word(program, states), b"\x00\x04")
    assert "w is not within ufixed<10,10" in refused(spoilt)


def test_a_target_that_is_not_there(program: Program) -> None:
    spoilt = with_bytes(program, word(program, block_word(program, "target")), b"\x09")
    assert "leads beyond what is there" in refused(spoilt)


def test_a_list_by_target_that_is_another(program: Program) -> None:
    posts = word(program, block_word(program, "posts"))
    # offsets of one neuron take four bytes, then come the numbers of its synapses
    assert "listed once" in refused(with_bytes(program, posts + 4, b"\x01\x00\x01\x00"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.pop("rules"), "rules: missing"),
        (lambda d: d["rules"][0].update(post="y"), "rules[0].post: not a list"),
        (lambda d: d["rules"][0].update(weight=3), "rules[0].weight: not text"),
        (lambda d: d["rules"][0].update(weight="wide"), "E0713"),
        (lambda d: d["rules"][0].update(weight="fixed<12,12>"), "w has two formats"),
        (lambda d: d["rules"][0].update(on_pre=None), "a rule has an on_pre"),
        (lambda d: d["rules"][0].update(on_pre="x.datapath"), "E0703"),
        (lambda d: d["rules"][0].update(trace=d["rules"][0]["on_pre"]), "two things"),
        (lambda d: d["rules"][0].update(on_post=d["rules"][0]["trace"]), "E0713"),
        (lambda d: d["rules"][0].update(post=["w"]), "two things of a rule have one name"),
        (lambda d: d["projections"][0].update(rule=1), "projections[0].rule: 1 is not"),
        (lambda d: d["projections"][0]["blocks"].pop(), "not those of the cores, each once"),
        (lambda d: d["projections"][0]["blocks"].append([0, 0]), "each once"),
        (lambda d: d["projections"][0].update(blocks=[[0, "a"]]), "the number of a core and of"),
        (lambda d: d["projections"][0].update(blocks=[[9, 0]]), "the number of a core and of"),
        (lambda d: d["projections"].append(dict(d["projections"][0])), "have one name"),
    ],
)
def test_a_damaged_description(program: Program, change: Any, message: str) -> None:
    data = json.loads(program.files["experiment.json"])
    change(data)
    assert message in refused(with_file(program, "experiment.json", json.dumps(data).encode()))


def test_cores_of_one_projection_differ(program: Program) -> None:
    """Constants, or the traces of a source cell, are the same wherever it is heard."""
    constants = word(program, block_word(program, "parameters"))
    spoilt = with_bytes(program, word(program, constants), b"\x02")
    assert "its cores differ in constants" in refused(spoilt)
    traces = word(program, block_word(program, "traces"))
    spoilt = with_bytes(program, word(program, traces), b"\x02")
    assert "cores differ in the traces of a cell" in refused(spoilt)


# the checker


def test_every_byte_of_a_block_counts(program: Program, network: IntegerNetwork) -> None:
    backend = ManycoreBackend()
    assert not backend.verify(program, network)
    content = program.files[image(program)]
    for address in range(word(program, 4 * 25), len(content)):
        spoilt = with_bytes(program, address, bytes([content[address] ^ 0x01]))
        assert backend.verify(spoilt, network), address


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda d: d.pop("projections"), "E0812"),
        (lambda d: d["rules"][0].pop("source"), "E0812"),
        (lambda d: d["rules"][0].update(post=[]), "E0802"),
        (lambda d: d["rules"][0].update(weight="fixed<12,12>"), "E0802"),
        (lambda d: d["rules"][0].update(on_post=None), "E0802"),
        (lambda d: d["rules"][0].update(source="rules/other.c"), "E0813"),
        (lambda d: d["projections"][0].update(name="other"), "E0811"),
        (lambda d: d["projections"][0]["blocks"].reverse(), None),
        (lambda d: d["projections"][0]["blocks"].pop(), "E0811"),
        (lambda d: d["projections"][0].update(rule=5), "E0812"),
        (lambda d: d["projections"][0].update(blocks=[[0, 5]]), "E0812"),
    ],
)
def test_a_description_of_another_network(
    program: Program, network: IntegerNetwork, change: Any, code: str | None
) -> None:
    data = json.loads(program.files["experiment.json"])
    change(data)
    spoilt = with_file(program, "experiment.json", json.dumps(data).encode())
    found = {d.code for d in ManycoreBackend().verify(spoilt, network)}
    # a rule that is another has other C
    assert found - {"E0813"} == ({code} if code else set()) - {"E0813"}
    assert code in found or code is None


def test_files_of_a_rule_are_the_networks(program: Program, network: IntegerNetwork) -> None:
    for name, content in program.files.items():
        if name.startswith("rules/"):
            spoilt = with_file(program, name, content.replace(b"1", b"2", 1))
            codes = {d.code for d in ManycoreBackend().verify(spoilt, network)}
            assert codes & {"E0802", "E0813"}


def test_another_weight_is_a_synapse_that_is_missing(
    program: Program, network: IntegerNetwork
) -> None:
    states = word(program, block_word(program, "states"))
    spoilt = with_bytes(program, word(program, states), np.int16(91).tobytes())
    found = ManycoreBackend().verify(spoilt, network)
    assert [d.code for d in found] == ["E0804", "E0805"]
    assert "x[0] -> p[0].0 delay 1 with 90" in found[0].message
    assert "x[0] -> p[0].0 delay 1 with 91" in found[1].message
