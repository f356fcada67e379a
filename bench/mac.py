"""Synaptic rows and the MAC array, side by side: the rows of `RESULTS.md#mac-array`.

    python -m bench.mac

Each model is compiled with the rates of recorded inputs, without the array, with it where that
takes fewer cycles, and wherever it can be, and is emulated on these inputs. Cycles are those that
synapses take, from what the emulator counts and the figures of `targets.yaml`: the update of
neurons and the look-up of packets, which are the same in all three, are not in them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

import somac
from bench.data import SHARED, braille, digits_ten
from somac.backends.api import Emulation, UseOfArrays
from somac.backends.manycore.backend import ManycoreBackend
from somac.backends.manycore.mac import Array, array_of
from somac.compiler.inputs import raw_inputs
from somac.compiler.pipeline import CompileOptions
from somac.compiler.targets import find_target
from somac.ir.errors import SomacError

SAMPLES = 2

_MATRIX = 1
_COLUMNS = (
    *("model", "`--mac`", "cores", "on the array", "bytes in all", "largest core"),
    *("cycles a step, busiest core", "all cores", "products a step"),
)


def models() -> Iterator[tuple[Path, Any]]:
    """Each model with two recorded inputs, (samples, steps, channels)."""
    example = Path(__file__).resolve().parent.parent / "examples" / "digits"
    yield example / "digits.nir", np.load(example / "test.npz")["x"][:SAMPLES]
    letters, _ = braille()
    for name in ("braille_noDelay_bias_zero.nir", "l2mu_braille7.nir"):
        yield SHARED / "nir" / name, letters[:SAMPLES]
    digits, _ = digits_ten()
    yield SHARED / "nir" / "cnn_sinabs.nir", digits[:SAMPLES]


def array_cycles(block: list[int], neurons: int, array: Array) -> float:
    """Cycles of a step for a block on the array."""
    kind, _, cells = block[:3]
    if kind == _MATRIX:
        passes = -(-cells // block[8])
        products, percent = cells * block[6], array.mac_vector_percent
    else:
        (channels, out), kernel, stride, result = ((w & 0xFFFF, w >> 16) for w in block[6:10])
        high, wide = ((r - 1) * s + k for r, s, k in zip(result, stride, kernel, strict=True))
        passes, percent = 1, array.mac_convolution_percent
        # whole tiles of the array, and the patch to be cleared
        products = -(-out // 16) * 16 * (-(-result[0] * result[1] // 4) * 4)
        products *= channels * kernel[0] * kernel[1]
        cells += channels * high * wide // 4
    per_cycle = array.mac_array_columns * array.mac_array_rows * percent / 100
    work = products / per_cycle + cells * array.matrix_cell_cycles
    return work + passes * (array.mac_start_cycles + neurons * array.matrix_sum_cycles)


def cycles(image: bytes, words: float, array: Array) -> float:
    """Cycles of a core in a step in which it walks so many words."""
    head = np.frombuffer(image, "<u4", 32).astype(np.int64)
    total = words * array.synaptic_event_cycles
    for number in range(int(head[24])):
        block = np.frombuffer(image, "<u4", 16, int(head[25]) + 64 * number).astype(np.int64)
        total += array_cycles(block.tolist(), int(head[4]), array)
    return float(total)


def per_core(program: Any, seen: Emulation, steps: int, array: Array) -> NDArray[np.float64]:
    """Cycles of each core in a step, on average."""
    cores = program.files.json("experiment.json")["cores"]
    words = seen.per_core["words"] / steps
    found = [
        cycles(program.files.files[core["image"]], often, array)
        for core, often in zip(cores, words.tolist(), strict=True)
    ]
    return np.array(found)


def row(name: str, data: Any, arrays: UseOfArrays, inputs: Mapping[str, Any], array: Array) -> str:
    """A model, compiled in one way."""
    program = somac.compile(data, options=CompileOptions(arrays=arrays), calibrate=inputs)
    network = program.golden()
    given = raw_inputs(dict(inputs), network.inputs)
    seen = ManycoreBackend().emulator(program.files).run(given)
    steps = int(np.prod(next(iter(given.values())).shape[:2]))
    report = program.files.json("report.json")
    spent = per_core(program, seen, steps, array)
    forms = Counter(p["form"] for p in report["projections"] if p["form"] != "rows")
    held = ", ".join(f"{n} {form}" for form, n in sorted(forms.items())) or "none"
    total = report["total"]
    return (
        f"| {name} | {arrays} | {total['cores']} | {held} of {len(network.projections)} "
        f"| {total['bytes']:,} | {total['largest_core_bytes']:,} | {spent.max():,.0f} "
        f"| {spent.sum():,.0f} | {seen.counts.get('mac_products', 0) // steps:,} |"
    )


def main() -> None:
    """Print the table."""
    array = array_of(find_target("spinnaker2"))
    if array is None:
        raise SystemExit("the target's array is not known")
    print(f"| {' | '.join(_COLUMNS)} |")
    print("|---" * len(_COLUMNS) + "|")
    for model, data in models():
        network = somac.load(model)
        inputs = {network.inputs[0].name: data}
        for arrays in get_args(UseOfArrays):
            try:
                print(row(model.name, network, arrays, inputs, array), flush=True)
            except SomacError as error:
                needs = error.diagnostics[0].need
                print(f"| {model.name} | {arrays} | does not fit: {needs} |")


if __name__ == "__main__":
    main()
