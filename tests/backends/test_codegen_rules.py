"""Learning rules as programs: what makes them one, and kernels over synapses."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plastic_cases import pair_rule, random_rule

from somac.backends.codegen import lower
from somac.backends.codegen.llvm_rule import SIGNAL, Column, llvm_rule
from somac.backends.codegen.llvm_values import storage_bits
from somac.backends.codegen.machine import compile_module
from somac.backends.codegen.rule import RuleProgram, parse_rule, program_of
from somac.ir.datapath import Datapath, Instruction, run
from somac.ir.fixed import BOOL, Format
from somac.ir.plasticity import PRE

WEIGHT = Format(10, 10)
CELLS, TARGETS = 5, 7


def test_the_signal_has_the_name_of_the_ir() -> None:
    assert SIGNAL == PRE


@given(seed=st.integers(0, 1 << 32))
@settings(max_examples=40)
def test_texts_give_the_rule_again(seed: int) -> None:
    plasticity = random_rule(np.random.default_rng(seed), Format(3, 3, False))
    rule = program_of(plasticity)
    texts = {name: path.text() for name, path in rule.updates.items()}
    again = parse_rule(texts, rule.post, str(rule.weight))
    for name in ("traces", "states", "parameters", "post"):
        assert getattr(again, name) == getattr(rule, name)
    assert rule.states == plasticity.synapse
    assert rule.traces == plasticity.traces
    assert set(rule.parameters) == set(plasticity.parameters)
    for name in (*rule.traces, *rule.states):
        assert rule.format_of(name) == plasticity.format_of(name)


@given(seed=st.integers(0, 1 << 32))
@settings(max_examples=40)
def test_kernels_equal_the_interpreter(seed: int) -> None:
    """Over rows and over lists, with what is delivered; two synapses may join the same cells."""
    rng = np.random.default_rng(seed)
    rule = program_of(random_rule(rng, Format(3, 3, False)))
    begin = np.append(0, np.cumsum(rng.integers(0, 6, CELLS)))
    count = int(begin[-1])
    cell, target = np.repeat(np.arange(CELLS), np.diff(begin)), rng.integers(0, TARGETS, count)
    sizes = {"synapse": count, "source": CELLS, "target": TARGETS}
    columns, values = [], {}
    for owner, names in (("synapse", rule.states), ("source", rule.traces), ("target", rule.post)):
        for name in names:
            try:
                format = rule.format_of(name)
            except KeyError:
                continue
            bits = storage_bits(format.minimum, format.maximum)
            columns.append(Column(owner, name, bits))  # type: ignore[arg-type]
            drawn = rng.integers(format.minimum, format.maximum + 1, sizes[owner])
            values[name] = drawn.astype(f"i{bits // 8}")
    constants = {}
    for name in rule.parameters:
        format = rule.format_of(name)
        constants[name] = int(rng.integers(format.minimum, format.maximum + 1))
    known = {("param", name): (value, value) for name, value in constants.items()}
    index = {"synapse": np.arange(count), "source": cell, "target": target}
    listed = np.argsort(target, kind="stable")
    for update in rule.synaptic:
        rows, delivers = update != "on_post", update == "on_pre"
        path = rule.updates[update]
        text = llvm_rule(lower(path, known), columns, rows=rows, delivers=delivers)
        signal = int(rng.integers(1, 8)) if delivers else 0
        meant = run(
            path,
            {},
            {n: values[n].astype(np.int64) for n in path.names("state")},
            {
                **{c.name: values[c.name].astype(np.int64)[index[c.owner]] for c in columns},
                **{n: np.asarray(v) for n, v in constants.items()},
                PRE: np.asarray(signal),
            },
        )
        sums = np.zeros(TARGETS, dtype=np.int32)
        given_ = [a.astype(np.uint32) for a in (target, listed, cell[listed])] + [sums]
        arrays = [*given_, *(values[c.name] for c in columns)]
        addresses = np.array([a.ctypes.data for a in arrays])
        kernel = compile_module(text, "update")
        function = ctypes.CFUNCTYPE(None, *(ctypes.c_int64,) * 5)(kernel.address)
        ends = begin if rows else np.append(0, np.cumsum(np.bincount(target, minlength=TARGETS)))
        for owner in range(len(ends) - 1):
            first, last = int(ends[owner]), int(ends[owner + 1])
            function(addresses.ctypes.data, first, last, owner, signal)
        for name, after in meant.state.items():
            np.testing.assert_array_equal(values[name], np.broadcast_to(after, count))
        expected = np.zeros(TARGETS, dtype=np.int64)
        if delivers:
            np.add.at(expected, target, np.broadcast_to(meant.output, count) * signal)
        np.testing.assert_array_equal(sums, expected.astype(np.int32))


def weight_path(*more: Instruction, output: int = 0) -> Datapath:
    weight = Instruction("state", WEIGHT, name="w")
    return Datapath("p", (weight, *more), {"w": 0}, output, "value")


@pytest.mark.parametrize(
    ("updates", "post", "message"),
    [
        ({}, (), "has an on_pre"),
        ({"on_pre": weight_path(), "other": weight_path()}, (), "has an on_pre"),
        ({"on_pre": weight_path()}, ("w",), "one name"),
        ({"on_pre": weight_path()}, ("pre",), "one name"),
        (
            {"on_pre": weight_path(Instruction("input", WEIGHT, name="pre"))},
            (),
            "on_pre has other inputs",
        ),
        (
            {
                "on_pre": weight_path(),
                "on_post": weight_path(Instruction("param", BOOL, name="pre")),
            },
            (),
            "read where nothing arrives",
        ),
        (
            {
                "on_pre": weight_path(Instruction("param", BOOL, name="k")),
                "on_post": weight_path(Instruction("param", WEIGHT, name="k")),
            },
            (),
            "k has two formats",
        ),
        (
            {"on_pre": weight_path(Instruction("cast", Format(40, 40), (0,)), output=1)},
            (),
            "more than 32 bits",
        ),
    ],
)
def test_what_is_no_rule(updates: dict[str, Datapath], post: tuple[str, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        RuleProgram(updates, post, WEIGHT)


def test_a_weight_of_another_format() -> None:
    with pytest.raises(ValueError, match="w has two formats"):
        RuleProgram({"on_pre": weight_path()}, (), Format(9, 9))


def test_constants_are_in_the_order_of_their_use() -> None:
    rule = program_of(pair_rule())
    assert rule.parameters == ("on_pre_rate", "on_post_rate")
    assert rule.traces == ("x",)
    assert rule.states == ("w",)
    assert rule.post == ("y",)
    with pytest.raises(KeyError, match="there is no z"):
        rule.format_of("z")
