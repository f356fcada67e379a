"""Synaptic rows and the MAC array, side by side: the rows of `RESULTS.md#mac-array`.

    python -m bench.mac

Each model is compiled with the rates of recorded inputs, without the array, with it where that
takes fewer cycles, and wherever it can be, and is emulated on these inputs. Cycles are those of the
cost model for what the emulator counts, less ticks, updates of neurons and packets sent, which are
the same in all three.
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
from somac.backends.api import Emulation
from somac.backends.manycore.backend import ManycoreBackend
from somac.backends.manycore.cost.reading import read_cost_data
from somac.backends.manycore.cost.work import work
from somac.backends.manycore.events import PRICES, cycles_of_each
from somac.backends.manycore.machines.bundle import read_bundle
from somac.backends.manycore.options import UseOfArrays
from somac.compiler.inputs import raw_inputs
from somac.compiler.pipeline import CompileOptions
from somac.ir.errors import SomacError

SAMPLES = 2

_OF_SYNAPSES = tuple(kind for kind in PRICES if kind not in {"ticks", "cleared", "sent"})
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


def per_core(program: Any, seen: Emulation, steps: int) -> NDArray[np.float64]:
    """Cycles of each core in a step, on average."""
    data = read_cost_data(program.files)
    prices = None if data is None else cycles_of_each(data.figures, _OF_SYNAPSES)
    if data is None or prices is None:
        raise SystemExit("the target lacks prices")
    rates = {name: often / steps for name, often in seen.sent.items()}
    done = work(read_bundle(program.files), data, {"run": rates})["run"]
    return np.sum([done.events[kind] * price for kind, price in prices.items()], axis=0)


def row(name: str, data: Any, arrays: UseOfArrays, inputs: Mapping[str, Any]) -> str:
    """A model, compiled in one way."""
    program = somac.compile(data, options=CompileOptions(options={"mac": arrays}), calibrate=inputs)
    network = program.golden()
    given = raw_inputs(dict(inputs), network.inputs)
    seen = ManycoreBackend().emulator(program.files).run(given)
    steps = int(np.prod(next(iter(given.values())).shape[:2]))
    report = program.files.json("report.json")
    spent = per_core(program, seen, steps)
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
    print(f"| {' | '.join(_COLUMNS)} |")
    print("|---" * len(_COLUMNS) + "|")
    for model, data in models():
        network = somac.load(model)
        inputs = {network.inputs[0].name: data}
        for arrays in get_args(UseOfArrays):
            try:
                print(row(model.name, network, arrays, inputs), flush=True)
            except SomacError as error:
                needs = error.diagnostics[0].need
                print(f"| {model.name} | {arrays} | does not fit: {needs} |")


if __name__ == "__main__":
    main()
