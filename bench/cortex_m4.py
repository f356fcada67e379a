"""Instructions of the cores' C on a Cortex-M4: the rows of `RESULTS.md#cortex-m4`.

    python -m bench.cortex_m4

Each model is compiled, and every one of its cores runs under qemu with the packets that it gets in
a run of all cores. Two samples of recorded inputs, as many steps as the table says.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import somac
from bench.data import SHARED, braille, digits_ten
from somac.backends.manycore.machines.counts import count_instructions
from somac.compiler.inputs import raw_inputs
from somac.compiler.pipeline import CompileOptions

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "digits"
SAMPLES = 2


def models() -> Iterator[tuple[Path, Any]]:
    """Each model with its input, (samples, steps, channels)."""
    yield EXAMPLE / "digits.nir", np.load(EXAMPLE / "test.npz")["x"][:SAMPLES]
    letters, _ = braille()
    for name in ("braille_noDelay_bias_zero.nir", "l2mu_braille7.nir"):
        yield SHARED / "nir" / name, letters[:SAMPLES, :100]
    digits, _ = digits_ten()
    yield SHARED / "nir" / "cnn_sinabs.nir", digits[:SAMPLES, :10]


def _cpu_seconds() -> float:
    """Of this process and those it has waited for: compilers and simulators."""
    return sum(os.times()[:4])


def main() -> None:
    """Print the tables."""
    programs = ["| model | program | bytes of code | updates | instructions per update |"]
    synapses = [
        "| model | steps | cores | packets | synaptic events | instructions per event "
        "| of a packet | of an event | CPU s |"
    ]
    programs.append("|---|---|---|---|---|")
    synapses.append("|---|---|---|---|---|---|---|---|---|")
    for model, data in models():
        # rows alone: the model of the MAC array is no code of a core
        program = somac.compile(model, options=CompileOptions(options={"mac": "never"}))
        network = program.golden()
        given = raw_inputs({network.inputs[0].name: data}, network.inputs)
        begin = _cpu_seconds()
        costs = count_instructions(program.files, given)
        seconds = _cpu_seconds() - begin
        for name, cost in costs.programs.items():
            programs.append(
                f"| {model.name} | {name} | {cost.code_bytes:,} | {cost.updates:,} "
                f"| {cost.instructions:.1f} |"
            )
        cores = len(program.files.json("experiment.json")["cores"])
        synapses.append(
            f"| {model.name} | {data.shape[1]} | {cores} | {costs.packets:,} | {costs.events:,} "
            f"| {costs.per_event:.1f} | {costs.of_packet:.0f} | {costs.of_event:.1f} "
            f"| {seconds:.1f} |"
        )
    print("\n".join([*programs, "", *synapses]))


if __name__ == "__main__":
    main()
