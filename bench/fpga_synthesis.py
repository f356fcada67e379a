"""Real models on an ECP5: placed, routed and packed, and how many inferences a second they give.

    python -m bench.fpga_synthesis [NAME ...]

The clock is the one that nextpnr reports; cycles are those of the emulator on real recordings,
which the tests hold against the circuits in simulators.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from bench.data import SHARED, braille
from somac.backends.fpga.cost.reading import SYNTHESIS
from somac.compiler.api import Program, load
from somac.compiler.pipeline import CompileOptions, compile_network
from somac.compiler.targets import find_target

TARGET = "ulx3s-85f"
SAMPLES = 40
DIGITS = Path(__file__).parent.parent / "examples" / "digits"


def recordings(name: str) -> tuple[Path, np.ndarray]:
    """The file of a model, and inputs (samples, steps, channels)."""
    if name == "braille":
        return SHARED / "nir" / "braille_noDelay_bias_zero.nir", braille()[0][:SAMPLES]
    with np.load(DIGITS / "test.npz") as file:
        return DIGITS / "digits.nir", file["x"][:SAMPLES]


def row(name: str) -> str:
    """A row of the table."""
    path, given = recordings(name)
    options = CompileOptions(build="synth")
    made = Program(compile_network(load(path), find_target(TARGET), options).program)
    found = made.files.json(SYNTHESIS)
    used, fmax = found["used"], found["fmax_mhz"]
    shaped = given.reshape(*given.shape[:2], -1)
    cycles = made.run(shaped).counts["cycles"] / len(shaped)
    return (
        f"| {path.name} | {used['lut']:,} | {used['ff']:,} | {used.get('bram', 0)} "
        f"| {used.get('dsp', 0)} | {fmax:.1f} | {found['goal']} | {shaped.shape[1]} "
        f"| {cycles:,.0f} | {1e6 * fmax / cycles:,.0f} |"
    )


def main() -> None:
    """Print the table."""
    print("| model | LUT | FF | BRAM | DSP | Fmax, MHz | as | steps | cycles | inferences/s |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name in sys.argv[1:] or ("braille", "digits"):
        print(row(name), flush=True)


if __name__ == "__main__":
    main()
