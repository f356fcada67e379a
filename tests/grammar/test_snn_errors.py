"""Every diagnostic of the language: its code, and the line and column it points at."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from somac.grammar.emit import network_text
from somac.grammar.library import library
from somac.grammar.lower import Choices, Limits, load_snn, network_of
from somac.grammar.parse import MAX_CHARACTERS, parse
from somac.ir.codes.language import CODES
from somac.ir.errors import Diagnostic, SomacError
from somac.ir.network import Network, Population
from somac.ir.neuron import Emission, NeuronModel

HEAD = """\
network n:
    dt 1 ms
input x[4]: spikes
"""
LIF = """\
neuron lif(tau [s], v_threshold = 1):
    input i
    dv/dt = (i - v) / tau
    spike when v > v_threshold
    on spike: v = 0
"""
BODY = HEAD + LIF + "population a[4]: lif(tau = 20 ms)\n"


def problems(text: str, **options: object) -> tuple[Diagnostic, ...]:
    with pytest.raises(SomacError) as caught:
        network_of(text, "n.snn", **options)  # type: ignore[arg-type]
    return caught.value.diagnostics


def neuron(*lines: str, head: str = "neuron q(tau [s], v_th [V] = 1 mV):") -> str:
    body = "\n".join(f"    {line}" for line in ("input i", *lines))
    return f"{HEAD}{head}\n{body}\npopulation a[4]: q(tau = 20 ms)\n"


def projection(stage: str) -> str:
    return f"{BODY}projection x -> a: {stage}\n"


# code, text, line, column, part of the message
CASES = {
    # syntax
    "misspelt keyword": ("E0201", "popluation a[3]: lif\n", 1, 1, "popluation"),
    "misspelt keyword in a block": ("E0201", "neuron a:\n    sate v\n", 2, 10, "v"),
    "missing colon": ("E0201", "neuron a(b)\n    input i\n", 1, 12, "colon"),
    "missing shape": ("E0201", "input a: spikes\n", 1, 8, "shape"),
    "derivative with spaces": ("E0201", "neuron a:\n    dv / dt = 3\n", 2, 8, "without spaces"),
    "unit in an equation": ("E0201", "neuron a:\n    v = 3 ms\n", 2, 11, "no unit"),
    "assignment for equality": ("E0201", "neuron a:\n    spike when v = 3\n", 2, 18, "=="),
    "chained comparison": ("E0201", "neuron a:\n    v = 1 < 2 < 3\n", 2, 15, "chain"),
    "single quotes": ("E0201", "population a[3]: n(x = 'b')\n", 1, 24, "double quotes"),
    "open quotes": ("E0201", 'network "a\n', 1, 9, "does not end"),
    "foreign operator": ("E0201", "neuron a:\n    v = a ^ 2\n", 2, 11, "operator"),
    "open bracket": ("E0201", "projection a -> b: dense(\n    1,", 1, 25, "not closed"),
    "end of the text": ("E0201", "projection a -> b", 1, 18, "end of the line"),
    # indentation
    "unexpected indentation": ("E0202", "input a[3]: spikes\n    input b[3]: spikes\n", 2, 5, ""),
    "missing block": ("E0202", "neuron a:\ninput a[3]: spikes\n", 2, 1, "block is missing"),
    "uneven indentation": ("E0202", "neuron a:\n    v = 1\n  v = 2\n", 3, 3, "indented"),
    # not a text
    "null bytes": ("E0203", "network\0", 1, 1, "null"),
    "endless text": ("E0203", "#" * (MAX_CHARACTERS + 1), 1, 1, "too long"),
    "deep expression": ("E0204", f"neuron a:\n    v = {'-' * 300}v\n", 2, None, "nested"),
    "deep array": ("E0204", projection(f"dense({'[' * 300}{']' * 300})"), 10, None, "nested"),
    "endless number": ("E0205", neuron("v = 1e999"), 6, 9, "too large"),
    "endless shape": ("E0205", f"input x[{'9' * 5000}]: spikes\n", 1, 9, "too large"),
    "bad escape": ("E0205", 'network "a\\d"\n', 1, 9, "not a text"),
    "empty name": ("E0205", 'network ""\n', 1, 9, "empty"),
    # names
    "unknown name": ("E0206", neuron("v = w", "send v"), 6, 9, "w is not defined"),
    "unknown function": ("E0206", neuron("v = exq(i)", "send v"), 6, 9, "exq"),
    "unknown neuron": ("E0206", HEAD + "population a[4]: lfi\n", 4, 18, "lfi"),
    "unknown node reset": (
        "E0206",
        "network n:\n    dt 1 ms\n    profile norse\n    reset subtract\npopulation a[1]: IF\n",
        5,
        18,
        "no IF with reset subtract",
    ),
    "unknown profile": ("E0206", "network n:\n    dt 1 ms\n    profile norce\n", 3, 5, "norce"),
    "unknown integrator": ("E0206", "network n:\n    dt 1 s\n    integrator rk\n", 3, 5, "rk"),
    "unknown source": ("E0206", BODY + "projection y -> a: dense(1)\n", 10, 1, "y"),
    "projection to an input": ("E0206", BODY + "projection a -> x: dense(1)\n", 10, 1, "x"),
    "unknown port": ("E0206", BODY + "projection x -> a.j: dense(1)\n", 10, 1, "no input j"),
    "unknown generator": ("E0206", projection("desne(1)"), 10, 20, "desne"),
    "unknown parameter": ("E0206", HEAD + LIF + "population a[4]: lif(tua = 1 s)\n", 9, 22, "tua"),
    "unknown value": ("E0206", projection("dense(lod(1))"), 10, 26, "lod"),
    "unknown bias": ("E0206", BODY + "    bias j = 1\n", 10, 5, "no input j"),
    "defined twice in a neuron": ("E0207", neuron("input i", "send i"), 6, 5, "i is defined"),
    "two neurons of a name": ("E0207", BODY + LIF, 10, 1, "lif is defined twice"),
    "argument twice": ("E0207", projection("dense(1, weight = 2)"), 10, 29, "weight"),
    "setting twice": ("E0207", "network n:\n    dt 1 ms\n    dt 2 ms\n", 3, 5, "dt is set twice"),
    "reserved word": ("E0208", neuron("input spike", "send i"), 6, 5, "spike"),
    "function as a name": ("E0208", neuron("state exp", "send i"), 6, 5, "exp"),
    "wrong number of arguments": ("E0209", neuron("v = max(i)", "send v"), 6, 9, "max"),
    "too many arguments": ("E0209", projection("dense(1, 2, 3)"), 10, 32, "too many"),
    "missing argument": ("E0209", projection("dense()"), 10, 20, "weight"),
    "missing seed": ("E0209", projection("dense(normal(0, 1))"), 10, 26, "seed"),
    "parameter by position": ("E0209", HEAD + LIF + "population a[4]: lif(1 s)\n", 9, 22, "name"),
    # units
    "unknown unit": ("E0210", "network n:\n    dt 1 parsec\n", 2, 8, "parsec"),
    "unknown declared unit": ("E0210", neuron("state v [mX]", "send v"), 6, 5, "mX"),
    "unit of a parameter": (
        "E0211",
        HEAD + LIF + "population a[4]: lif(tau = 20 mV)\n",
        9,
        28,
        "units",
    ),
    "missing unit": ("E0211", HEAD + LIF + "population a[4]: lif(tau = 20)\n", 9, 28, "missing"),
    "units of a sum": ("E0211", neuron("v = tau + v_th", "send v"), 6, 9, "tau + v_th"),
    "units of a rate": (
        "E0211",
        neuron("state v [V]", "dv/dt = v_th", "send v"),
        7,
        5,
        "dv/dt",
    ),
    "unit of an exponent": ("E0211", neuron("v = exp(-dt)", "send v"), 6, 9, "exp(-dt)"),
    "delay without a unit": ("E0211", projection("dense(1) delay 3"), 10, 35, "unit"),
    # neurons
    "nothing sent": ("E0212", neuron("v = i"), 4, 1, "sends nothing"),
    "two things sent": ("E0212", neuron("send i", "send i"), 7, 5, "second"),
    "changed after it is sent": (
        "E0212",
        neuron("v = i", "send v", "v = 2 * i"),
        8,
        5,
        "changes below",
    ),
    "assigned parameter": ("E0213", neuron("tau = i", "send i"), 6, 5, "tau"),
    "rate of an input": ("E0213", neuron("di/dt = 1", "send i"), 6, 5, "i"),
    "not linear": (
        "E0214",
        neuron("dv/dt = v * v", "send v").replace("1 ms\n", "1 ms\n    integrator exponential\n"),
        7,
        5,
        "v * v is not linear in v",
    ),
    "no integrator": (
        "E0215",
        neuron("dv/dt = i", "send v").replace("1 ms\n", "1 ms\n    integrator none\n"),
        7,
        5,
        "dv/dt",
    ),
    "no spike": ("E0216", neuron("v = i", "on spike: v = 0", "send v"), 7, 5, "no spike"),
    # values
    "text for a number": ("E0218", HEAD + LIF + 'population a[4]: lif(tau = "x")\n', 9, 28, ""),
    "half a stride": ("E0218", projection("pool(kernel = 1, stride = 0.5)"), 10, 46, "stride"),
    "table of one value": (
        "E0218",
        neuron("table f = [1] from 0 to 1", "send i"),
        6,
        5,
        "at least two",
    ),
    "table the wrong way": (
        "E0218",
        neuron("table f = [1, 2] from 1 to 0", "send i"),
        6,
        5,
        "from 1.0 to 0.0",
    ),
    "table with units": (
        "E0218",
        neuron("table f = [1 s, 2 s] from 0 to 1", "send i"),
        6,
        15,
        "no row of numbers",
    ),
    "target outside": (
        "E0218",
        projection("synapses(source = [0], target = [4], weight = 1)"),
        10,
        52,
        "no cell 4",
    ),
    "probability": (
        "E0218",
        projection("sparse(probability = 2, weight = 1, seed = 1)"),
        10,
        41,
        "",
    ),
    "ragged rows": ("E0219", projection("dense([[1, 2], [3]])"), 10, 26, "rows"),
    "values per cell": (
        "E0219",
        HEAD + LIF + "population a[4]: lif(tau = [1, 2] ms)\n",
        9,
        28,
        "cells",
    ),
    "kernel": ("E0219", projection("conv([[[1]]])"), 10, 20, "conv does not fit"),
    "chain": (
        "E0219",
        projection("one_to_one([1, 2, 3, 4]) | one_to_one([1, 2, 3, 4])"),
        10,
        20,
        "chain",
    ),
    "open chain": ("E0219", projection("all_to_all(1) | one_to_one(1)"), 10, 20, "how many"),
    "half a tick": ("E0220", projection("dense(1) delay 1.5 ms"), 10, 35, "1.5 ms"),
    "half a tick of a synapse": (
        "E0220",
        projection("one_to_one(1, delay = [1, 2, 3, 4.5])"),
        10,
        42,
        "whole",
    ),
    "absolute path": ("E0221", projection('dense(load("/etc/passwd"))'), 10, 26, "folder"),
    "parent folder": ("E0221", projection('dense(load("../w.npy"))'), 10, 26, "folder"),
    "too many cells": ("E0223", f"{HEAD}input y[100000, 100000]: spikes\n", 4, 1, "cells"),
    "too much memory": (
        "E0223",
        "network n:\n    dt 1 s\ninput x[99999]: spikes\npopulation a[99999]: relay\n"
        "projection x -> a: dense(normal(0, 1), seed = 1)\n",
        5,
        26,
        "memory",
    ),
    "too many synapses": (
        "E0223",
        "network n:\n    dt 1 s\ninput x[99999]: spikes\npopulation a[99999]: relay\n"
        "projection x -> a: sparse(0.5, 1, seed = 1)\n",
        5,
        20,
        "memory",
    ),
    "endless window": (
        "E0223",
        projection("pool(kernel = [100000, 100000], shape = [1, 2, 2])"),
        10,
        34,
        "window",
    ),
    # documents
    "no network": ("E0224", LIF, 1, 1, "no network"),
    "two networks": ("E0224", HEAD + HEAD, 4, 1, "two networks"),
    "unknown reset": ("E0225", "network n:\n    dt 1 ms\n    reset zero\n", 3, 5, "zero"),
    "unknown choice": (
        "E0225",
        HEAD + "profile p:\n    recurrent_bias never\n",
        5,
        5,
        "never",
    ),
    # errors of the network have a place in the text too
    "no time step": ("E0401", "network n\n", 1, 1, "time step"),
    "time step of 0": ("E0401", "network n:\n    dt 0 ms\n", 2, 5, "0 s"),
    "two populations of a name": ("E0402", BODY + "population x[4]: relay\n", 10, 1, "x"),
    "unknown output": ("E0403", BODY + "output b\n", 10, 1, "b"),
    "unknown output of another name": ("E0403", BODY + "output b as c\n", 10, 1, "b"),
    "weights do not fit": ("E0404", projection("dense([[1, 2]])"), 10, 1, "does not fit"),
    "missing parameter": ("E0405", HEAD + LIF + "population a[4]: lif\n", 9, 1, "tau"),
    "time constant of 0": (
        "E0406",
        HEAD + LIF.replace("[s]", "") + "population a[4]: lif(tau = 0)\n",
        9,
        1,
        "tau",
    ),
    "loop": ("E0407", BODY + "projection a -> a: one_to_one(1)\n", 9, 1, "loop"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_diagnostic(name: str) -> None:
    code, text, line, column, message = CASES[name]
    found = problems(text)
    first = next((d for d in found if d.code == code), None)
    assert first is not None, [str(d) for d in found]
    assert message in first.message, str(first)
    assert first.place.file == "n.snn"
    assert first.place.line == line, str(first)
    assert column in (None, first.place.column), str(first)
    shown = text.split("\n")[line - 1][:200].rstrip()
    assert first.place.source == (shown if first.place.column < 200 else None)


def test_all_problems_are_reported_at_once_in_order() -> None:
    text = neuron("v = taw", "u = exq(i)", "send i").replace("20 ms", "20 mV")
    text += "projection y -> a: dense(1)\nprojection x -> a: desne(1) delay 3 ticks\n"
    text += "population b[4]: lfi\n"
    found = problems(text)
    assert [(d.code, d.place.line) for d in found] == [
        ("E0206", 6),
        ("E0206", 7),
        ("E0206", 10),
        ("E0206", 11),
        ("E0206", 12),
    ]
    assert [d.hint for d in found] == [
        "did you mean 'tau'?",
        "did you mean 'exp'?",
        "known: a, b, x",
        "did you mean 'dense'?",
        "known: q",
    ]


def test_an_open_bracket_is_named() -> None:
    (found,) = problems("projection a -> b: dense(\n    1\npopulation b[3]: c\n")
    assert found.hint == "the bracket opened in line 1, column 25 is not closed"


def test_no_comparison_to_replace() -> None:
    with pytest.raises(SomacError, match="E0217"):
        library().model("relay", None, compare=">=")


def test_comparison_that_is_none() -> None:
    with pytest.raises(SomacError, match="E0225"):
        library().model("nir_lif", "euler_sequential", compare="=>")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "ends early"),
        (b"no array", "no .npy data"),
        (b"\x93NUMPY\x01\x00\x10\x00{'descr': '<f8'}", "header"),
    ],
)
def test_an_array_that_cannot_be_loaded(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "w.npy").write_bytes(content)
    (found,) = problems(projection('dense(load("w.npy"))'), folder=tmp_path)
    assert (found.code, found.place.line, found.place.column) == ("E0222", 10, 26)
    assert reason in found.message


def test_a_name_that_cannot_be_written() -> None:
    model = NeuronModel("n", (), ("count",), (), (), Emission("value", "count"))
    network = Network("n", 1.0, (), (Population("p", (1,), model, {}),), (), ())
    with pytest.raises(SomacError, match="E0226"):
        network_text(network)


def test_missing_file(tmp_path: Path) -> None:
    for path, code in ((tmp_path / "none.snn", "E0101"), (tmp_path, "E0102")):
        with pytest.raises(SomacError, match=code):
            load_snn(path)


def test_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "n.snn"
    path.write_bytes(b"network \xff")
    with pytest.raises(SomacError, match="E0203"):
        load_snn(path)


def test_file_that_is_far_too_long(tmp_path: Path) -> None:
    path = tmp_path / "n.snn"
    path.touch()
    os.truncate(path, 100 * MAX_CHARACTERS)
    with pytest.raises(SomacError, match="E0203"):
        load_snn(path)


def test_limits_can_be_lowered() -> None:
    found = problems(BODY, limits=Limits(cells=3))
    assert {d.code for d in found} == {"E0223"}


def test_bad_choices_are_named() -> None:
    found = problems(BODY, choices=Choices(dt=-1.0, profile="norce", reset="zero"))
    assert sorted(d.code for d in found) == ["E0206", "E0225", "E0401"]


def test_every_code_of_the_language_has_a_test() -> None:
    elsewhere = {"E0217", "E0222", "E0226", "E0227"}
    assert {case[0] for case in CASES.values()} | elsewhere >= {code.id for code in CODES}


def test_parse_alone_reports_syntax() -> None:
    with pytest.raises(SomacError) as caught:
        parse("neuron\n", "n.snn")
    assert caught.value.exit_code == 2
    assert str(caught.value).startswith("error[E0201]")


def test_weights_that_are_not_finite(tmp_path: Path) -> None:
    np.save(tmp_path / "w.npy", np.full((4, 4), np.nan))
    (found,) = problems(projection('dense(load("w.npy"))'), folder=tmp_path)
    assert (found.code, found.place.line) == ("E0406", 10)
