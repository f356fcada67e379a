"""The networks of the benchmark as bundles: written as `.snn` text, compiled, and kept on disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.emulation.lif_networks import DT_MS, LifNetwork
from somac.backends.api import Guidance
from somac.compiler.api import Program
from somac.compiler.load import LoadOptions, load_model
from somac.compiler.mapping.partition import PartitionOptions
from somac.compiler.mapping.solve import SolveOptions
from somac.compiler.passes.map import map_network
from somac.compiler.passes.quantise import QuantiseOptions
from somac.compiler.pipeline import CompileOptions, compile_network
from somac.compiler.plugins import find_backend
from somac.compiler.targets import find_target
from somac.ir import program as bundle
from somac.ir.integer import IntegerNetwork
from somac.ir.placement import EFFORT_WORK, PlaceOptions
from somac.ir.serial import GOLDEN, integer_to_files

__all__ = ["integer_bundle", "lif_bundle", "nir_bundle"]

_CALIBRATION_STEPS = 1000

# exact integration, as the peers do; a cell that rests keeps its membrane
_LIF = """\
neuron lif_exp_currents(leak, gain_e, gain_i, decay_e, decay_i, drive, threshold, hold, v_start):
    input excitation
    input inhibition
    state v = v_start
    state e
    state i
    state rest
    v = select(rest > 0, v, clamp(leak * v + gain_e * e - gain_i * i + drive, -64, 63))
    e = decay_e * e + excitation
    i = decay_i * i + inhibition
    spike when v >= threshold
    rest = select(spike, hold, max(rest - 1, 0))
    v = select(spike, 0, v)
"""

_NETWORK = """\
network "{name}":
    dt 0.1 ms
    profile none

{neuron}
input nothing[1]: spikes
population cells[{cells}]: lif_exp_currents(
    leak = {leak!r}, gain_e = {gain_e!r}, gain_i = {gain_i!r},
    decay_e = {decay_e!r}, decay_i = {decay_i!r},
    drive = load("arrays.npz", "drive"), threshold = {threshold!r},
    hold = {hold!r}, v_start = load("arrays.npz", "v_start"))
projection nothing -> cells.excitation: synapses([0], [0], [0])
projection cells -> cells.excitation: synapses(
    load("arrays.npz", "e_source"), load("arrays.npz", "e_target"),
    load("arrays.npz", "e_weight"), load("arrays.npz", "e_delay")) delay 0 ticks
projection cells -> cells.inhibition: synapses(
    load("arrays.npz", "i_source"), load("arrays.npz", "i_target"),
    load("arrays.npz", "i_weight"), load("arrays.npz", "i_delay")) delay 0 ticks
output nothing
"""


def lif_bundle(network: LifNetwork, folder: Path, target: str) -> Program:
    """The bundle of a network, compiled into `folder` unless it is there."""
    if (folder / "bundle").exists():
        return Program.open(folder / "bundle")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.snn").write_text(_lif_text(network, folder))
    model = load_model(folder / "model.snn").network
    # words that a 32-bit processor multiplies in one instruction
    options = CompileOptions(
        quantise=QuantiseOptions(state_bits=16, coefficient_bits=9, per_channel=False),
        # where cores are makes no difference to the emulator
        map=SolveOptions(
            PartitionOptions(effort=0), place=PlaceOptions(work=EFFORT_WORK[0], prove=False)
        ),
    )
    silence = {"nothing": np.zeros((1, _CALIBRATION_STEPS, 1))}
    compiled = compile_network(model, find_target(target), options, calibration_inputs=silence)
    program = Program(compiled.program)
    program.save(folder / "bundle")
    return program


def integer_bundle(network: IntegerNetwork, folder: Path, target: str) -> Program:
    """The bundle of a network whose integers are given."""
    if (folder / "bundle").exists():
        return Program.open(folder / "bundle")
    found = find_target(target)
    backend = find_backend(found.backend)
    legal = backend.legalise(network, found, Guidance()).network
    laid_out, mapping = map_network(
        legal, found, lambda given: backend.resources(given, found, Guidance()), {}
    )
    emitted = backend.emit(laid_out, mapping, found, Guidance())
    files = {**emitted.files, **integer_to_files(legal, GOLDEN)}
    program = Program(bundle.Program(emitted.backend, emitted.target, files))
    program.save(folder / "bundle")
    return program


def nir_bundle(
    model: Path, folder: Path, target: str, profile: str, seen: NDArray[np.integer[Any]]
) -> Program:
    """The bundle of a NIR file of one input, which is calibrated on what it has `seen`."""
    if (folder / "bundle").exists():
        return Program.open(folder / "bundle")
    network = load_model(model, LoadOptions(profile=profile)).network
    options = CompileOptions(quantise=QuantiseOptions(state_bits=16))
    given = {network.inputs[0].name: seen}
    compiled = compile_network(network, find_target(target), options, calibration_inputs=given)
    program = Program(compiled.program)
    program.save(folder / "bundle")
    return program


def _lif_text(n: LifNetwork, folder: Path) -> str:
    def decay(tau: float) -> float:
        return float(np.exp(-DT_MS / tau))

    def gain(tau: float) -> float:
        """Membrane after a step per current before it."""
        share = tau * n.tau_m / (n.capacity * (n.tau_m - tau))
        return share * (decay(n.tau_m) - decay(tau))

    source = np.repeat(np.arange(n.cells), np.diff(n.indptr))
    inhibits = n.inhibitory[source]
    arrays = {"drive": n.tau_m / n.capacity * (1 - decay(n.tau_m)) * n.drive_pa}
    arrays["v_start"] = n.v_start
    for name, chosen in (("e", ~inhibits), ("i", inhibits)):
        arrays[f"{name}_source"] = source[chosen]
        arrays[f"{name}_target"] = n.target[chosen].astype(np.int64)
        arrays[f"{name}_weight"] = n.weight[chosen] * n.unit_pa
        arrays[f"{name}_delay"] = n.delay[chosen].astype(np.int64)
    np.savez(folder / "arrays.npz", **arrays)
    return _NETWORK.format(
        name=n.name,
        neuron=_LIF,
        cells=n.cells,
        leak=decay(n.tau_m),
        gain_e=gain(n.tau_e),
        gain_i=gain(n.tau_i),
        decay_e=decay(n.tau_e),
        decay_i=decay(n.tau_i),
        threshold=n.threshold,
        hold=round(n.refractory / DT_MS),
    )
