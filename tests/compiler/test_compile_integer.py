"""Networks in integers compile as those in floating point do, without what comes before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import somac
from somac.compiler.layers import (
    Dense,
    FixedTypes,
    Gru,
    Lstm,
    static_network,
    unrolled_inputs,
    unrolled_network,
)
from somac.compiler.pipeline import compile_integer, compile_network
from somac.compiler.record.numbers import NUMBERS
from somac.compiler.targets import find_target
from somac.ir.errors import SomacError
from somac.ir.fixed import Format, to_real
from somac.ir.integer import IntegerNetwork
from somac.ir.network import Input, Network, Output
from somac.ir.simulate import golden

NARROW = Format(8, 3)
EXACT = FixedTypes(NARROW, NARROW, Format(20, 10), NARROW)


def layers(kind: str, types: FixedTypes = EXACT) -> list[Any]:
    rng = np.random.default_rng(8)
    if kind == "lstm":
        shapes: Any = ((3, 20), (5, 20), 20)
    else:
        shapes = ((3, 15), (5, 15), (2, 15))
    make = Lstm if kind == "lstm" else Gru
    last = rng.integers(-60, 60, (5, 4)), rng.integers(-60, 60, 4)
    return [
        make("rnn", *(rng.integers(-60, 60, shape) for shape in shapes), types),
        Dense("fc", *last, types, "relu"),
    ]


def sequences(steps: int) -> Any:
    return np.random.default_rng(9).integers(-128, 128, (3, steps, 3))


@pytest.mark.parametrize("kind", ["lstm", "gru"])
@pytest.mark.parametrize("mode", ["static", "unrolled"])
def test_recurrent_layers_on_the_many_core(kind: str, mode: str) -> None:
    x = sequences(4)
    network: IntegerNetwork
    if mode == "static":
        network, inputs = static_network("n", layers(kind), NARROW), {"x": x}
    else:
        network, inputs = unrolled_network("n", layers(kind), NARROW, 4), unrolled_inputs(x)
    program = somac.compile(network)
    assert not program.verify()
    given = {name: to_real(raw, NARROW) for name, raw in inputs.items()}
    assert not program.agreement(given).differing
    meant = golden(network, inputs).signals["out"]
    np.testing.assert_array_equal(program.run(given).outputs["out"], to_real(meant, NARROW))


def test_converted_products_are_no_sums_of_the_many_core() -> None:
    with pytest.raises(SomacError) as caught:
        somac.compile(static_network("n", layers("gru", FixedTypes.of(NARROW)), NARROW))
    assert {d.code for d in caught.value.diagnostics} == {"E0652"}
    assert len(caught.value.diagnostics) == 7


def test_the_passes_are_those_of_networks_in_floating_point(repository: Path) -> None:
    digits = somac.load(repository / "examples" / "digits" / "digits.nir")
    target = find_target("spinnaker2")
    seen: list[str] = []
    whole = compile_network(digits, target)
    part = compile_integer(whole.quantised.network, target, progress=seen.append)
    assert seen == ["legalise", "map", "emit"]
    # what rounding cost is known only of a network that was in floating point
    files = {name: data for name, data in whole.program.files.items() if name != NUMBERS}
    assert part.program.files == files
    assert (part.golden.digest(), part.notes) == (whole.golden.digest(), whole.notes)


def test_a_network_of_which_nothing_would_be_seen() -> None:
    blind = replace(static_network("n", layers("gru"), NARROW), outputs=())
    with pytest.raises(SomacError) as caught:
        somac.compile(blind)
    assert [d.code for d in caught.value.diagnostics] == ["E0409"]


@pytest.mark.parametrize("target", ["spinnaker2", "ulx3s-85f", "neurram"])
def test_a_network_in_which_nothing_runs(target: str) -> None:
    wire = Network("wire", 1e-3, (Input("x", (3,)),), (), (), (Output("x", "x"),))
    with pytest.raises(SomacError, match="has no population") as caught:
        somac.compile(wire, target=target)
    assert [d.code for d in caught.value.diagnostics] == ["E0409"]


def test_integers_are_not_calibrated() -> None:
    network = static_network("n", layers("gru"), NARROW)
    with pytest.raises(ValueError, match="nothing to calibrate"):
        somac.compile(network, calibrate={"x": sequences(2)})
