"""Everything that is wrong with layers is said at once, by code, place, have and need."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from somac.compiler.layers import (
    Dense,
    FixedTypes,
    Gru,
    Layer,
    Lstm,
    static_network,
    unrolled_network,
)
from somac.ir.errors import Diagnostic, SomacError
from somac.ir.fixed import Format, Overflow

F = Format(16, 6)
TYPES = FixedTypes.of(F)
LSTM = Lstm("rnn", np.zeros((2, 12)), np.zeros((3, 12)), np.zeros(12), TYPES)
GRU = Gru("rnn", np.zeros((2, 9)), np.zeros((3, 9)), np.zeros((2, 9)), TYPES)
DENSE = Dense("fc", np.zeros((3, 4)), np.zeros(4), TYPES)


def found(*layers: Layer, source: Format = F) -> tuple[Diagnostic, ...]:
    with pytest.raises(SomacError) as static:
        static_network("n", layers, source)
    with pytest.raises(SomacError) as unrolled:
        unrolled_network("n", layers, source, 2)
    assert static.value.diagnostics == unrolled.value.diagnostics
    return static.value.diagnostics


def types(**formats: Format) -> FixedTypes:
    return replace(TYPES, **formats)


@pytest.mark.parametrize(
    ("layer", "message", "have", "need"),
    [
        (replace(LSTM, kernel=np.zeros((2, 11))), "kernel of another shape", "(2, 11)", "(2, 12)"),
        (replace(LSTM, kernel=np.zeros(3)), "kernel of another shape", "(3,)", "(3, 12)"),
        (replace(LSTM, bias=np.zeros((2, 12))), "bias of another shape", "(2, 12)", "(12,)"),
        (replace(GRU, bias=np.zeros(9)), "bias of another shape", "(9,)", "(2, 9)"),
        (
            replace(GRU, recurrent=np.zeros((3, 8))),
            "recurrent of another shape",
            "(3, 8)",
            "(3, 9)",
        ),
        (replace(GRU, recurrent=np.zeros(())), "recurrent of another shape", "()", "(0, 0)"),
        (replace(DENSE, kernel=np.zeros((0, 4))), "kernel of another shape", "(0, 4)", "none of"),
        (replace(DENSE, kernel=np.zeros(())), "kernel of another shape", "()", "none of them 0"),
        (replace(DENSE, bias=np.array(["a"] * 4)), "bias is not of numbers", "<U1", "floats"),
        (replace(DENSE, bias=np.full(4, np.nan)), "bias is not finite", "NaN", "finite"),
        (
            replace(DENSE, bias=np.full(4, 1 << 15)),
            "bias out of range",
            "32768 to 32768",
            "-32768 to 32767, raw values of fixed<16,6>",
        ),
        (
            replace(DENSE, kernel=np.full((3, 4), -129), types=types(weight=Format(8, 2))),
            "kernel out of range",
            "-129 to -129",
            "-128 to 127",
        ),
        (replace(DENSE, activation="softmax"), "no such activation", "softmax", "linear, relu"),
        (
            replace(DENSE, types=types(weight=Format(33, 6))),
            "weights on its input",
            "32 bits",
            "33 bits",
        ),
        (
            replace(GRU, types=types(accum=Format(48, 10), result=Format(8, 3))),
            "weights on its output, with the fraction of the accumulator",
            "32 bits",
            "39 bits",
        ),
        (
            replace(DENSE, types=types(weight=Format(16, -40), accum=Format(8, 50))),
            "products of weights and its input",
            "63 bits",
            "108 bits",
        ),
        (
            replace(LSTM, types=types(result=Format(48, 6), accum=Format(20, 8))),
            "products of weights and its output",
            "63 bits",
            "64 bits",
        ),
        (
            replace(LSTM, types=types(result=Format(47, 6), accum=Format(20, 8))),
            "numbers of its update are too wide",
            "63",
            "63 bits",
        ),
    ],
)
def test_a_layer_that_cannot_be_built(layer: Layer, message: str, have: str, need: str) -> None:
    said = found(layer)
    assert {(d.code, d.place.node) for d in said} == {("E0505", layer.name)}
    (one,) = (d for d in said if d.message.startswith(f"layer {layer.name}: {message}"))
    assert have in (one.have or "")
    assert need in (one.need or "")


def test_layers_that_do_not_fit_one_another() -> None:
    (one,) = found(LSTM, replace(DENSE, kernel=np.zeros((2, 4))))
    assert (one.code, one.have, one.need) == ("E0505", "(2, 4)", "(3, 4), none of them 0")


def test_accumulators_that_saturate() -> None:
    saturates = types(accum=replace(F, overflow=Overflow.SAT))
    both = found(replace(GRU, types=saturates), replace(DENSE, types=saturates))
    assert [(d.code, d.place.node, d.have) for d in both] == [
        ("E0506", "rnn", "fixed<16,6,TRN,SAT>"),
        ("E0506", "fc", "fixed<16,6,TRN,SAT>"),
    ]


def test_everything_at_once() -> None:
    broken: Any = replace(DENSE, bias=np.zeros(3), activation="relu6")
    assert len(found(replace(LSTM, bias=np.full(12, np.inf)), broken)) == 3


def test_nothing_to_build() -> None:
    with pytest.raises(SomacError, match="a model without layers") as caught:
        static_network("n", (), F)
    assert caught.value.diagnostics[0].code == "E0505"


def test_a_sequence_has_steps() -> None:
    with pytest.raises(SomacError, match="a sequence of 0 steps") as caught:
        unrolled_network("n", (LSTM,), F, 0)
    assert caught.value.diagnostics[0].code == "E0505"
