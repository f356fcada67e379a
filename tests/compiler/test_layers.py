"""Layers against recordings of hls4ml, and against its rules with Python's fractions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal, localcontext
from fractions import Fraction
from math import ceil, floor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benches import bench
from hypothesis import given
from hypothesis import strategies as st

from somac.compiler.layers import (
    Dense,
    FixedTypes,
    Gru,
    Layer,
    Lstm,
    static_network,
    unrolled_inputs,
    unrolled_network,
)
from somac.compiler.layers.functions import FUNCTIONS, argument, tabulate
from somac.ir.fixed import Format, Overflow, Rounding, cast, to_real
from somac.ir.simulate import golden

RECORDED = Path(__file__).parents[1] / "data" / "hls4ml_layers.npz"
TABLE = Format(18, 8)

hls4ml = bench("hls4ml")


@pytest.fixture(scope="module")
def recorded() -> dict[str, Any]:
    with np.load(RECORDED) as file:
        return {name: array.astype(np.int64) for name, array in file.items()}


def last(network: Any, inputs: dict[str, Any]) -> Any:
    """What is sent in the last step: raw, (samples, cells)."""
    return golden(network, inputs).signals["out"][:, -1]


@pytest.mark.parametrize("number", range(len(hls4ml.CASES)), ids=[c.name for c in hls4ml.CASES])
def test_what_hls4ml_computes(number: int, recorded: dict[str, Any]) -> None:
    case, head = hls4ml.CASES[number], f"{number}_"
    own = {k.removeprefix(head): v for k, v in recorded.items() if k.startswith(head)}
    assert len(np.unique(own["y"])) > 5
    for made in (case, replace(case, static=not case.static)):
        np.testing.assert_array_equal(hls4ml.outputs_of(made, hls4ml.SMALL, own), own["y"])


# ------------------------------------------------------------------ tables


def exact(name: str, x: Fraction) -> Decimal:
    """The function to 50 digits."""
    with localcontext() as context:
        context.prec = 60
        at = Decimal(x.numerator) / Decimal(x.denominator)
        if name == "sigmoid":
            return 1 / (1 + (-at).exp())
        return ((2 * at).exp() - 1) / ((2 * at).exp() + 1)


@pytest.mark.parametrize(("name", "reach"), [("sigmoid", 8), ("tanh", 4)])
def test_entries_are_the_function_cut_to_their_format(name: Any, reach: int) -> None:
    table = tabulate(FUNCTIONS[name], TABLE)
    assert table.first == -512
    values = [exact(name, Fraction(reach * k, 512)) * 1024 for k in range(-512, 512)]
    np.testing.assert_array_equal(table.entries, [floor(v) for v in values])


@given(
    st.sampled_from(("sigmoid", "tanh")),
    st.integers(-12, 20),
    st.integers(1, 20),
    st.booleans(),
    st.data(),
)
def test_indices_are_cut_towards_zero(
    name: Any, integer: int, width: int, signed: bool, data: st.DataObject
) -> None:
    format = Format(width, integer, signed)
    raw = data.draw(st.integers(format.minimum, format.maximum))
    given_ = argument(FUNCTIONS[name], format)
    entry = int(Fraction(raw) / Fraction(2) ** format.fraction * {"sigmoid": 64, "tanh": 128}[name])
    assert int(cast(np.array(raw), format.fraction, given_)) == entry


# ------------------------------------------------------------------ the rules, in fractions


def ap(x: Fraction, format: Format) -> Fraction:
    """Assignment to an ap_fixed."""
    scaled = x * Fraction(2) ** format.fraction
    rounded = {
        Rounding.TRN: floor,
        Rounding.TRN_ZERO: lambda y: floor(y) if y >= 0 else ceil(y),
        Rounding.RND: lambda y: floor(y + Fraction(1, 2)),
        Rounding.RND_CONV: round,
    }[format.rounding](scaled)
    if format.overflow is Overflow.SAT:
        raw = min(max(rounded, format.minimum), format.maximum)
    else:
        raw = (rounded - format.minimum) % (1 << format.width) + format.minimum
    return Fraction(raw) / Fraction(2) ** format.fraction


def looked_up(name: Any, x: Fraction, table: Format, result: Format) -> Fraction:
    entries = tabulate(FUNCTIONS[name], table).entries
    index = int(x * {"sigmoid": 64, "tanh": 128}[name]) + 512
    raw = int(entries[min(max(index, 0), 1023)])
    return ap(Fraction(raw) / Fraction(2) ** table.fraction, result)


def sums(x: Sequence[Fraction], weight: Any, bias: Any, types: FixedTypes) -> list[Fraction]:
    """A dense layer up to its accumulator; raw weights (inputs, units)."""
    found = []
    for unit in range(weight.shape[1]):
        total = ap(Fraction(int(bias[unit])) / Fraction(2) ** types.bias.fraction, types.accum)
        for value, raw in zip(x, weight[:, unit], strict=True):
            product = value * Fraction(int(raw)) / Fraction(2) ** types.weight.fraction
            total = ap(total + ap(product, types.accum), types.accum)
        found.append(total)
    return found


def dense(layer: Dense, x: Sequence[Fraction]) -> list[Fraction]:
    types = layer.types
    found = [ap(s, types.linear or types.result) for s in sums(x, layer.kernel, layer.bias, types)]
    match layer.activation:
        case "linear":
            return [ap(s, types.result) for s in found]
        case "relu":
            return [ap(max(s, Fraction(0)), types.result) for s in found]
        case name:
            return [looked_up(name, s, types.table, types.result) for s in found]


def recurrent(layer: Lstm | Gru, sequence: Sequence[Sequence[Fraction]]) -> list[list[Fraction]]:
    types, units = layer.types, len(layer.recurrent)
    accum, result = types.accum, types.result

    def function(name: str, x: Fraction) -> Fraction:
        return looked_up(name, x, types.table, accum)

    h = c = [Fraction(0)] * units
    sent = []
    bias = layer.bias if isinstance(layer, Gru) else [layer.bias, np.zeros_like(layer.bias)]
    for x in sequence:
        a = sums(x, layer.kernel, bias[0], types)
        b = sums(h, layer.recurrent, bias[1], types)
        both = [ap(p + q, accum) for p, q in zip(a, b, strict=True)]
        if isinstance(layer, Lstm):
            i, f, g, o = (both[n * units : (n + 1) * units] for n in range(4))
            i, f, o = ([function("sigmoid", v) for v in gate] for gate in (i, f, o))
            g = [function("tanh", v) for v in g]
            c = [ap(g[n] * i[n] + c[n] * f[n], result) for n in range(units)]
            h = [ap(o[n] * function("tanh", c[n]), result) for n in range(units)]
        else:
            z, r = ([function("sigmoid", v) for v in both[n * units :][:units]] for n in (0, 1))
            x_share, h_share = a[2 * units :], b[2 * units :]
            kept = [ap(r[n] * h_share[n], accum) for n in range(units)]
            g = [function("tanh", ap(x_share[n] + kept[n], accum)) for n in range(units)]
            h = [ap(g[n] * (1 - z[n]) + h[n] * z[n], result) for n in range(units)]
        sent.append(h)
    return sent


def meant(layers: Sequence[Layer], sequence: Sequence[Sequence[Fraction]]) -> list[Fraction]:
    """The last step of the last layer."""
    for layer in layers:
        if isinstance(layer, Dense):
            sequence = [dense(layer, x) for x in sequence]
        else:
            sequence = recurrent(layer, sequence)
    return list(sequence[-1])


@st.composite
def formats(draw: st.DrawFn, overflow: Overflow | None = None) -> Format:
    width = draw(st.integers(4, 14))
    signed = draw(st.sampled_from((True, True, True, False)))
    modes = st.sampled_from(Overflow) if overflow is None else st.just(overflow)
    rounding = draw(st.sampled_from(Rounding))
    return Format(width, draw(st.integers(1, 6)), signed, rounding, draw(modes))


@st.composite
def models(draw: st.DrawFn) -> tuple[list[Layer], Format, Any]:
    """Layers, the format of their input, and raw sequences (1, steps, channels)."""
    rng = np.random.default_rng(draw(st.integers(0, 1 << 30)))

    def raw(format: Format, *shape: int) -> Any:
        return rng.integers(format.minimum, format.maximum + 1, shape)

    source = draw(formats())
    channels = width = draw(st.integers(1, 3))
    layers: list[Layer] = []
    for number, kind in enumerate(
        draw(st.lists(st.sampled_from(("dense", "lstm", "gru")), min_size=1, max_size=3))
    ):
        types = FixedTypes(
            draw(formats()),
            draw(formats()),
            draw(formats(Overflow.WRAP)),
            draw(formats()),
            draw(st.sampled_from((TABLE, Format(10, 1, True, Rounding.RND)))),
            draw(st.none() | formats()),
        )
        units, name = draw(st.integers(1, 3)), f"layer{number}"
        w, b = types.weight, types.bias
        if kind == "dense":
            activation = draw(st.sampled_from(("linear", "relu", "sigmoid", "tanh")))
            layers.append(Dense(name, raw(w, width, units), raw(b, units), types, activation))
        elif kind == "lstm":
            kernels = raw(w, width, 4 * units), raw(w, units, 4 * units)
            layers.append(Lstm(name, *kernels, raw(b, 4 * units), types))
        else:
            kernels = raw(w, width, 3 * units), raw(w, units, 3 * units)
            layers.append(Gru(name, *kernels, raw(b, 2, 3 * units), types))
        width = units
    return layers, source, raw(source, 1, draw(st.integers(1, 4)), channels)


@given(models())
def test_golden_integers_follow_the_rules(model: tuple[list[Layer], Format, Any]) -> None:
    layers, source, x = model
    unit = Fraction(2) ** source.fraction
    sequence = [[Fraction(int(value)) / unit for value in step] for step in x[0]]
    scale = Fraction(2) ** layers[-1].types.result.fraction
    expected = [[int(value * scale) for value in meant(layers, sequence)]]
    np.testing.assert_array_equal(last(static_network("n", layers, source), {"x": x}), expected)
    unrolled = unrolled_network("n", layers, source, x.shape[1])
    np.testing.assert_array_equal(last(unrolled, unrolled_inputs(x)), expected)


# ------------------------------------------------------------------ the network


def small(make: Callable[[Format], FixedTypes] = FixedTypes.of) -> list[Layer]:
    rng = np.random.default_rng(5)
    types = make(Format(8, 3))
    return [
        Lstm("rnn", *(rng.integers(-99, 99, s) for s in ((2, 12), (3, 12), 12)), types),
        Dense("out", rng.integers(-99, 99, (3, 1)), rng.integers(-99, 99, 1), types),
    ]


def test_static_layers_are_a_population_each() -> None:
    made = static_network("n", small(), Format(8, 3), dt=0.5)
    assert [(p.name, p.size) for p in made.populations] == [("rnn", 3), ("out", 1)]
    assert [(i.name, i.shape, i.scale) for i in made.inputs] == [("x", (2,), 2.0**-5)]
    assert {(p.source, p.target, p.port, p.delay) for p in made.projections} == {
        *(("x", "rnn", gate, 0) for gate in "ifco"),
        *(("rnn", "rnn", gate, 1) for gate in "ifco"),
        ("rnn", "out", "x", 0),
    }
    assert {str(p.product) for p in made.projections} == {">>5 TRN"}
    assert made.dt == 0.5
    assert made.populations[0].datapath.names("state") == ("c",)


def test_unrolled_layers_are_one_per_step_up_to_the_last_that_recurs() -> None:
    made = unrolled_network("n", small(), Format(8, 3), 2)
    names = ["rnn_0_cell", "rnn_0", "rnn_1_cell", "rnn_1", "out"]
    assert [p.name for p in made.populations] == names
    assert [i.name for i in made.inputs] == ["x_0", "x_1"]
    assert {p.delay for p in made.projections} == {0}
    assert not any(p.datapath.names("state") for p in made.populations)
    handed = {(p.source, p.target) for p in made.projections if p.product is None}
    own = {("rnn_0_cell", "rnn_0"), ("rnn_1_cell", "rnn_1"), ("rnn_0_cell", "rnn_1_cell")}
    assert handed == own


def test_numbers_are_rounded_by_their_format() -> None:
    raw = small()
    real: list[Layer] = []
    for layer in raw:
        names = [n for n in ("kernel", "recurrent", "bias") if hasattr(layer, n)]
        # what lies above a raw value is cut off
        above = {n: to_real(getattr(layer, n), Format(8, 3)) + 0.03 for n in names}
        real.append(replace(layer, **above))
    networks = [static_network("n", layers, Format(8, 3)) for layers in (raw, real)]
    assert networks[0].digest() == networks[1].digest()


def test_products_with_fewer_fraction_bits_than_the_accumulator_keep_them_all() -> None:
    made = static_network("n", small(lambda f: FixedTypes(f, f, Format(24, 12), f)), Format(8, 3))
    assert {p.product for p in made.projections} == {None}
    assert all((p.connectivity.weights % 4 == 0).all() for p in made.projections)
