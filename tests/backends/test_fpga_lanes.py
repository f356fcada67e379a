"""Samples as lanes: their machine code, and designs in which all is read whole."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import pytest
from fpga_engines import assert_equal_counts, assert_equal_to_golden
from fpga_foldings import cut, folded, folds
from hypothesis import given, settings
from hypothesis import strategies as st

from somac.backends.codegen.machine import compile_module
from somac.backends.fpga.description import Cast
from somac.backends.fpga.emulator import fast
from somac.backends.fpga.emulator.decode import decode
from somac.backends.fpga.emulator.lane_rows import BEYOND, FUNCTION, LANES, lane_rows
from somac.backends.fpga.emulator.lane_units import runs_in_lanes
from somac.backends.fpga.emulator.row_kernels import RowKernel
from somac.backends.fpga.emulator.run import FpgaEmulator
from somac.compiler.layers import Dense as DenseLayer
from somac.compiler.layers import FixedTypes, Gru, Lstm, unrolled_inputs, unrolled_network
from somac.ir.connectivity import Dense
from somac.ir.datapath import Datapath, Instruction
from somac.ir.fixed import Format, Rounding, round_shift
from somac.ir.integer import IntegerInput, IntegerNetwork, IntegerPopulation, IntegerProjection
from somac.ir.network import Output
from somac.ir.product import ProductCast


@given(data=st.data())
@settings(max_examples=60)
def test_rows_of_any_width(data: st.DataObject) -> None:
    """Sums modulo their width of products rounded in each of the four ways, at their ends too."""
    draw = data.draw
    sum_bits = draw(st.sampled_from([16, 32, 64]))
    weight_bits, factor_bits = draw(st.integers(1, 18)), draw(st.integers(1, 18))
    value_bits = 16 if factor_bits <= 16 else 32
    shift = draw(st.integers(0, 20))
    rounding = draw(st.sampled_from(list(Rounding)))
    cells, sums = draw(st.integers(1, 9)), draw(st.integers(1, 20))
    rng = np.random.default_rng(draw(st.integers(0, 1 << 32)))
    weights, values = (
        rng.choice([-most, most - 1, *rng.integers(-most, most, 20)], shape)
        for most, shape in (
            (1 << weight_bits - 1, (cells, sums)),
            (1 << factor_bits - 1, (cells, LANES)),
        )
    )
    cast = Cast(shift=shift, rounding=rounding.value)
    kernel = RowKernel(sum_bits, weight_bits, factor_bits, value_bits, cast, 0)
    text, table = lane_rows(kernel, weights)
    code = compile_module(text, FUNCTION)
    before = rng.integers(-1000, 1000, (sums + BEYOND, LANES)).astype(f"i{sum_bits // 8}")
    found, sent = before.copy(), values.astype(f"i{value_bits // 8}")
    run = ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * 3)(code.address)
    run(found.ctypes.data, table.ctypes.data, sent.ctypes.data)
    products = weights[:, :, None] * values[:, None, :]
    added = (round_shift(products, shift, rounding) if shift else products).sum(axis=0)
    expected = before.copy()
    expected[:sums] += added.astype(before.dtype)
    np.testing.assert_array_equal(found, expected)


@given(data=st.data())
@settings(max_examples=30)
def test_random_designs(data: st.DataObject) -> None:
    """Numbers of any width through populations that hear each other late, in any folding."""
    draw = data.draw
    network = relays(draw)
    cuts = cut(draw, network)
    program = folded(network, folds(draw, network, cuts, whole=True), cuts)
    assert runs_in_lanes(decode(program))
    samples = draw(st.sampled_from([fast._LEAST, LANES, LANES + 3]))
    (i,) = network.inputs
    rng = np.random.default_rng(draw(st.integers(0, 1 << 32)))
    x = rng.integers(i.format.minimum, i.format.maximum, (samples, 7, i.size), endpoint=True)
    assert_equal_to_golden(program, network, {"x": x * (rng.random(x.shape) < 0.8)})


def relays(draw: Any) -> IntegerNetwork:
    """Populations that send on what has arrived, modulo their width."""
    rng = np.random.default_rng(draw(st.integers(0, 1 << 32)))
    sizes = {"x": draw(st.integers(1, 6))} | {f"p{n}": draw(st.integers(1, 9)) for n in range(3)}
    bits = {name: draw(st.sampled_from([3, 12, 16, 17, 30])) for name in sizes}
    populations, projections = [], []
    names = list(sizes)
    for n, name in enumerate(names[1:], 1):
        port = Format(bits[name], bits[name])
        path = Datapath("pass", (Instruction("input", port, name="i"),), {}, 0, "value")
        populations.append(IntegerPopulation(name, (sizes[name],), path, {}, {}))
        for source in draw(st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True)):
            delay = draw(st.integers(0 if names.index(source) < n else 1, 4))
            most = 1 << draw(st.integers(1, 14))
            weights = rng.integers(-most, most, (sizes[name], sizes[source])).astype(np.int32)
            product = ProductCast(draw(st.integers(6, 16)), draw(st.sampled_from(list(Rounding))))
            projections.append(
                IntegerProjection(
                    f"{source}_{name}", source, name, "i", Dense(weights), delay, product=product
                )
            )
    x = IntegerInput("x", (sizes["x"],), "value", Format(bits["x"], bits["x"]))
    return IntegerNetwork(
        "relays", 1e-3, (x,), tuple(populations), tuple(projections), (Output("out", "p2"),)
    )


@pytest.mark.parametrize("kind", [Lstm, Gru])
def test_unrolled_layers_in_threads(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Samples in groups that threads share, the last of them not full."""
    monkeypatch.setattr(fast, "_PARALLEL", 1)
    rng = np.random.default_rng(5)
    format = Format(12, 4)
    types = FixedTypes(format, format, format, format)
    gates, units, channels = 4 if kind is Lstm else 3, 5, 3

    def drawn(*shape: int) -> Any:
        return rng.integers(-900, 901, shape)

    bias = drawn(gates * units) if kind is Lstm else drawn(2, gates * units)
    layers = [
        kind("rnn", drawn(channels, gates * units), drawn(units, gates * units), bias, types),
        DenseLayer("fc", drawn(units, 7), drawn(7), types, "relu"),
    ]
    network = unrolled_network("layers", layers, format, 4)
    program = folded(network)
    inputs = unrolled_inputs(rng.integers(-2000, 2001, (3 * LANES - 5, 4, channels)))
    assert_equal_to_golden(program, network, inputs)
    alone, timing = FpgaEmulator(program, engine="fast", threads=1).timed(inputs)
    for threads in (2, 3, 9):
        seen, other = FpgaEmulator(program, engine="fast", threads=threads).timed(inputs)
        np.testing.assert_array_equal(seen.outputs["out"], alone.outputs["out"])
        np.testing.assert_array_equal(other.cycles, timing.cycles)
        assert_equal_counts(seen, alone)
