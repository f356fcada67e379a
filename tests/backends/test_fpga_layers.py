"""LSTM and GRU layers as circuits: golden model, emulator and simulators agree to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
from fpga_cases import agreement

from somac.backends.fpga.simulators.simulation import SimulatorName
from somac.compiler.layers import (
    Dense,
    FixedTypes,
    Gru,
    Lstm,
    static_network,
    unrolled_network,
)
from somac.ir.fixed import Format
from somac.ir.integer import IntegerNetwork

WORD = Format(16, 6)


def tagger(kind: str, steps: int | None) -> IntegerNetwork:
    """Of the size of top tagging, 6 channels and 20 units; unrolled over steps if they are said."""
    rng = np.random.default_rng(5)
    types = FixedTypes.of(WORD)
    recurrent: Lstm | Gru
    if kind == "lstm":
        recurrent = Lstm("rnn", *(rng.normal(0, 0.5, s) for s in ((6, 80), (20, 80), 80)), types)
    else:
        recurrent = Gru(
            "rnn", *(rng.normal(0, 0.5, s) for s in ((6, 60), (20, 60), (2, 60))), types
        )
    layers = [recurrent, Dense("out", rng.normal(0, 0.5, (20, 1)), np.ones(1), types, "sigmoid")]
    if steps is None:
        return static_network("tagger", layers, source=WORD)
    return unrolled_network("tagger", layers, source=WORD, steps=steps)


@pytest.mark.parametrize("name", ["iverilog", "verilator"])
@pytest.mark.parametrize("kind", ["lstm", "gru"])
@pytest.mark.parametrize("steps", [None, 3])
def test_layers_in_simulators(
    request: pytest.FixtureRequest, name: SimulatorName, kind: str, steps: int | None
) -> None:
    """One engine for every step of a sequence, and an engine per step."""
    request.getfixturevalue(name)
    network = tagger(kind, steps)
    rng = np.random.default_rng(6)
    inputs = {i.name: rng.integers(-3000, 3001, (2, 12, i.size)) for i in network.inputs}
    found = agreement(network, inputs, name)
    assert all(signal.total_b for signal in found.signals)
