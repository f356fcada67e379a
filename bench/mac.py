"""Synaptic rows and the MAC array, side by side: the rows of `RESULTS.md#mac-array`.

    python -m bench.mac

Each model is compiled with the rates of recorded inputs, without the array, with it where that
takes fewer cycles, and wherever it can be, and is emulated on these inputs. Cycles are those that
synapses take, from what the emulator counts and the figures of `targets.yaml`: the update of
neurons and the look-up of packets, which are the same in all three, are not in them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

import somac
from bench.cortex_m4 import models
from somac.backends.api import Emulation, UseOfArrays
from somac.backends.manycore.backend import ManycoreBackend
from somac.backends.manycore.mac import Array, array_of
from somac.compiler.inputs import raw_inputs
from somac.compiler.pipeline import CompileOptions
from somac.compiler.targets import find_target
from somac.ir.errors import SomacError

_COLUMNS = (
    *("model", "`--mac`", "cores", "matrices", "bytes in all", "largest core"),
    *("cycles a step, busiest core", "all cores", "products a step"),
)


def cycles(image: bytes, words: float, array: Array) -> float:
    """Cycles of a core in a step in which it walks so many words."""
    head = np.frombuffer(image, "<u4", 32).astype(np.int64)
    total = words * array.synaptic_event_cycles
    per_cycle = array.mac_array_columns * array.mac_array_rows * array.mac_vector_percent / 100
    for number in range(int(head[24])):
        block = np.frombuffer(image, "<u4", 16, int(head[25]) + 64 * number).astype(np.int64)
        cells, columns, passes = block[2], block[6], -(-block[2] // block[8])
        total += cells * (columns / per_cycle + array.matrix_cell_cycles)
        total += passes * (array.mac_start_cycles + head[4] * array.matrix_sum_cycles)
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
    matrices = sum(p["form"] == "matrix" for p in report["projections"])
    total = report["total"]
    return (
        f"| {name} | {arrays} | {total['cores']} | {matrices} of {len(network.projections)} "
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
