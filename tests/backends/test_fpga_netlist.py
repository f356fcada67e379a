"""Gates after synthesis compute what the emulator does, in the same cycles.

Netlists are those for iCE40, of whose cells every model comes with yosys; those of memories and
multipliers of ECP5 are empty.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fpga_cases import activity, agreement, design, integers, mapping

from somac.backends.fpga.folding import fold
from somac.backends.fpga.synthesis import Circuit, cell_models, synthesise, without_model
from somac.compiler.load import load_model
from somac.compiler.targets import find_target
from somac.grammar.lower import network_of
from somac.ir.integer import IntegerNetwork
from somac.ir.program import Program

TEXT = """
network small:
    dt 1 ms
    profile nir-euler

input x[6]: spikes
population a[5]: nir_lif(tau = 8 ms, r = 4, v_leak = 0, v_threshold = 0.9, v_reset = 0)
population b[3]: nir_lif(tau = 5 ms, r = 3, v_leak = 0, v_threshold = 0.7, v_reset = 0)
projection x -> a: dense(uniform(-0.4, 1), seed = 1)
projection a -> a: dense(uniform(-0.5, 0.5), seed = 2) delay 1 ms
projection a -> b: dense(uniform(-0.4, 1), seed = 3)
output b
"""


def gates(program: Program) -> Program:
    """The bundle with gates in place of its SystemVerilog, the module for simulators on top."""
    parts = {folder: _under(program, folder) for folder in ("rtl/", "mem/")}
    part = find_target("icebreaker").part
    assert part is not None
    found = synthesise(Circuit(parts["rtl/"], parts["mem/"], "sim"), part, netlist=True)
    models = cell_models("ice40")
    assert without_model(found.cells, models) == ()
    assert found.netlist is not None
    files = {n: c for n, c in program.files.items() if not n.startswith("rtl/")}
    files |= {f"rtl/{name}": content for name, content in models.items()}
    return replace(program, files={**files, "rtl/netlist.v": found.netlist})


def _under(program: Program, folder: str) -> dict[str, bytes]:
    return {n.removeprefix(folder): c for n, c in program.files.items() if n.startswith(folder)}


def compiled(network: IntegerNetwork, lanes: int) -> Program:
    placed = mapping(network)
    chosen = {s.core: lanes for s in placed.slices if s.core is not None}
    return design(network, placed, fold(network, placed, chosen))


def test_gates_of_a_small_network(yosys: None, iverilog: None) -> None:
    network = integers(network_of(TEXT))
    made = gates(compiled(network, 2))
    found = agreement(network, activity(network, 2, 25), "iverilog", made)
    assert sum(signal.values for signal in found.signals) == 2 * 25 * 8


@pytest.mark.long
def test_gates_of_the_digits_example(yosys: None, iverilog: None) -> None:
    """A sample of the test set, for a few steps: gates are slow to simulate."""
    folder = Path(__file__).parents[2] / "examples" / "digits"
    network = integers(load_model(folder / "digits.nir").network)
    with np.load(folder / "test.npz") as file:
        given = file["x"][:1, :4]
    inputs = {network.inputs[0].name: given.reshape(1, 4, -1).astype(np.int64)}
    found = agreement(network, inputs, "iverilog", gates(compiled(network, 4)))
    assert sum(signal.values for signal in found.signals) == 4 * 138
    assert any(signal.total_b for signal in found.signals)
