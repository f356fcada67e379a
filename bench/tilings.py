"""Models on arrays: blocks, cells, uses, and what few codes cost: `RESULTS.md#tilings`.

    python -m bench.tilings

The target is `crossbar` with arrays of other sizes, or converters of other bits. Accuracy is that
of the golden integers on recordings of which the first are the calibration data.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

import somac
from bench.data import SHARED, braille, digits_ten
from somac.backends.api import Guidance
from somac.backends.crossbar.tiling import legalise
from somac.compiler.inputs import few_raw_inputs, raw_inputs
from somac.compiler.passes.quantise import quantise
from somac.compiler.targets import find_target
from somac.ir.integer import IntegerNetwork
from somac.ir.simulate import golden
from somac.ir.target import Target

SIZES = (128, 256, 512)
BITS = (4, 5, 6, 7, 8)
CALIBRATED, TESTED = 16, 200
EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


def arrays(target: Target, **changed: Any) -> Target:
    """The target with other arrays."""
    assert target.array is not None
    return replace(target, array=replace(target.array, **changed))


def models() -> Iterator[tuple[Path, Any]]:
    """Each model with two recorded inputs, (samples, steps, channels)."""
    letters, digits = braille()[0], digits_ten()[0]
    yield SHARED / "nir" / "braille_noDelay_bias_zero.nir", letters[:2]
    yield SHARED / "nir" / "l2mu_braille7.nir", letters[:2]
    yield SHARED / "nir" / "cnn_sinabs.nir", digits[:2]
    for name in ("digits", "digits_rows"):
        yield EXAMPLES / name / f"{name}.nir", np.load(EXAMPLES / name / "test.npz")["x"][:2]


def spent(network: IntegerNetwork, inputs: Any) -> tuple[float, dict[str, Any]]:
    """CPU seconds of the golden model, and its outputs."""
    begin = time.process_time()
    signals = golden(network, inputs).signals
    return time.process_time() - begin, dict(signals)


def cuts(target: Target) -> None:
    """Print how models are cut, and how long that and the golden model take."""
    print("| model | array | blocks | cells | uses a step | legalise, s | golden, s | tiled, s |")
    print("|---" * 8 + "|")
    for path, data in models():
        network = quantise(somac.load(path)).network
        inputs = raw_inputs({network.inputs[0].name: data}, network.inputs)
        plain, meant = spent(network, inputs)
        for size in SIZES:
            begin = time.process_time()
            made = legalise(network, arrays(target, rows=size, columns=size, adc_bits=16)).network
            took = time.process_time() - begin
            tiled, seen = spent(made, inputs)
            if any(not np.array_equal(meant[name], seen[name]) for name in meant):
                raise SystemExit(f"{path.name} sends other signals")
            found = [p.tiling for p in made.projections if p.tiling is not None]
            cells = sum(int((t.rows * t.columns).sum()) * t.converters.cells for t in found)
            print(
                f"| {path.name} | {size} x {size} | {sum(map(len, found))} | {cells:,} "
                f"| {sum(int(t.uses.sum()) for t in found):,} | {took:.2f} | {plain:.2f} "
                f"| {tiled:.2f} |",
                flush=True,
            )


def codes(target: Target) -> None:
    """Print the accuracy with few bits of converters, by their steps."""
    letters, labels = braille()
    print("| model | bits | proven never to clip | by 16 recordings |")
    print("|---" * 4 + "|")
    for name in ("braille_noDelay_bias_zero", "l2mu_braille7"):
        network = quantise(somac.load(SHARED / "nir" / f"{name}.nir")).network
        test = slice(CALIBRATED, CALIBRATED + TESTED)
        source = network.inputs[0].name
        inputs = raw_inputs({source: letters[test]}, network.inputs)
        few = few_raw_inputs({source: letters[:CALIBRATED]}, network.inputs)

        def accuracy(made: IntegerNetwork, inputs: Any = inputs, test: slice = test) -> float:
            (out,) = spent(made, inputs)[1].values()
            return float((out.sum(axis=1).argmax(axis=1) == labels[test]).mean())

        print(f"| {name} | sums as they are | {accuracy(network):.1%} | |", flush=True)
        for bits in BITS:
            small = arrays(target, rows=128, columns=128, adc_bits=bits)
            blind, calibrated = (
                accuracy(legalise(network, small, Guidance(samples=samples)).network)
                for samples in ({}, few)
            )
            print(f"| {name} | {bits} | {blind:.1%} | {calibrated:.1%} |", flush=True)


def main() -> None:
    """Print both tables."""
    target = find_target("crossbar")
    cuts(target)
    print()
    codes(target)


if __name__ == "__main__":
    main()
