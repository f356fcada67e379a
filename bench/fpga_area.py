"""What circuits take: figures of families of parts, fitted on what yosys maps designs to.

    python -m bench.fpga_area                    synthesises, fits, and states the error
    python -m bench.fpga_area --family ecp5      of one family
    python -m bench.fpga_area --keep used.json   keeps what yosys counted, or begins with it

Designs are random networks with random lanes, spiking and graded, with rows of every kind, and
real models. Every third, and all real ones, are not fitted: the error is stated of these.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.data import SHARED
from somac.backends.api import Guidance
from somac.backends.fpga.area.estimate import PRICED, design_counts, priced
from somac.backends.fpga.emit.build import build
from somac.backends.fpga.emit.design import Design
from somac.backends.fpga.emit.program import written
from somac.backends.fpga.fitting import folding_for
from somac.backends.fpga.folding import STAGE_NS, EngineFold, Folding, fold
from somac.backends.fpga.synthesis import synthesise
from somac.backends.fpga.synthesis.bundle import circuit_of
from somac.compiler.load import load_model
from somac.compiler.passes.quantise import QuantiseOptions, quantise
from somac.compiler.targets import find_target
from somac.compiler.testing.networks import case
from somac.ir.errors import SomacError
from somac.ir.integer import IntegerNetwork
from somac.ir.mapping import Mapping as PlacedMapping
from somac.ir.mapping import Proof, Slice
from somac.ir.target import Part, Target

TARGETS = {"ecp5": "ulx3s-85f", "ice40": "icebreaker", "xcup": "xcvu9p"}
DESIGNS = {"ecp5": 24, "ice40": 16, "xcup": 8}
MODELS = {
    "braille": SHARED / "nir" / "braille_noDelay_bias_zero.nir",
    "digits": Path(__file__).parent.parent / "examples" / "digits" / "digits.nir",
}
REAL = {"ecp5": ("braille",), "ice40": (), "xcup": ("braille",)}
PROFILES = ("nir-euler", "snntorch", "sinabs", "norse")
HELD_OUT = 3
LARGEST = 6000
POOLS = ("lut", "ff", "bram", "lutram", "dsp")
UNITS = {"lut": "luts", "ff": "flip_flops"}
# what the sources have of each, roughly: figures that few designs tell apart stay near it
EXPECTED = {
    "luts": {
        "engine": 120, "section": 20, "buffer": 15, "pointer": 4, "scanned": 6, "chosen": 0.7,
        "address": 8, "weighed": 0.3, "listed": 0.5, "rounded": 1.5, "joined": 1, "added": 2.5,
        "updated": 1, "stored": 1, "stream": 10, "streamed": 0.5, "read": 1, "registers": 0.7,
        "muxed": 1, "multiplied": 1.1,
    },
    "flip_flops": {
        "engine": 60, "section": 10, "buffer": 6, "pointer": 2, "scanned": 3, "chosen": 0.5,
        "address": 8, "weighed": 1, "listed": 1, "factored": 1, "rounded": 1, "joined": 1,
        "added": 3, "kept": 1, "stored": 1, "stream": 4, "streamed": 1,
    },
}  # fmt: skip
TRUST = 0.5

Numbers = NDArray[np.float64]


def designs(family: str, count: int) -> Iterator[tuple[str, Design, IntegerNetwork]]:
    """So many random ones, and the real ones; the same every time."""
    target = find_target(TARGETS[family])
    for seed in range(count):
        rng = np.random.default_rng([seed, 5])
        cells = int(rng.choice([12, 40, 90]))
        drawn = case(seed, int(rng.integers(1, 4)), cells, int(rng.choice([0, 3])), _one(rng))
        bits = QuantiseOptions(weight_bits=int(rng.choice([4, 8, 12])))
        network = quantise(drawn.network, bits).network
        mapping = mapped(network, target)
        design = build(network, mapping, folded(rng, network, mapping), STAGE_NS)
        if _bits(design, _part(target)) <= LARGEST:
            yield f"random {seed}", design, network
    for name in REAL[family]:
        network = quantise(load_model(MODELS[name]).network).network
        mapping = mapped(network, target)
        real = folding_for(network, mapping, target, Guidance())
        yield name, build(network, mapping, real, STAGE_NS), network


def _bits(design: Design, part: Part) -> float:
    """Those that updates compute and keep: large ones take long, and say little more."""
    counts = design_counts(design, part)
    return counts["updated"] + counts["kept"]


def _one(rng: np.random.Generator) -> str:
    return str(rng.choice(PROFILES))


def mapped(network: IntegerNetwork, target: Target) -> PlacedMapping:
    """A slice per population, each on an engine of its own."""
    slices = [Slice(i.name, 0, i.size, None) for i in network.inputs]
    slices += [Slice(p.name, 0, p.size, n) for n, p in enumerate(network.populations)]
    proof = Proof(0, 0, "optimal", "none")
    return PlacedMapping(network.digest(), target.digest(), tuple(slices), (), proof, {})


def folded(rng: np.random.Generator, network: IntegerNetwork, mapping: PlacedMapping) -> Folding:
    """Random lanes and widths of words; some neighbours share an engine."""
    plain = fold(network, mapping)
    engines: list[EngineFold] = []
    for engine in plain.engines:
        joined = engines and not engine.whole and not engines[-1].whole and rng.random() < 0.3
        if joined:
            last = engines.pop()
            engines.append(replace(last, slices=(*last.slices, *engine.slices)))
            continue
        updaters = min(engine.slices[0].size, int(rng.choice([1, 2, 4, 8])))
        turns = int(rng.choice([1, 1, 2, 4]))
        engines.append(replace(engine, lanes=updaters * turns, updaters=updaters))
    inputs = {
        name: min(width, int(rng.choice([1, 2, 4, 8, 16, 32])))
        for name, width in plain.inputs.items()
    }
    return Folding(tuple(engines), inputs)


def counted(
    family: str,
    found: Sequence[tuple[str, Design, IntegerNetwork]],
    known: dict[str, Mapping[str, int] | None],
) -> None:
    """Have yosys count what is not known yet; None for a design that it gives up on."""
    target = find_target(TARGETS[family])
    part = _part(target)
    for name, design, network in found:
        if name in known:
            continue
        began = time.perf_counter()
        try:
            circuit = circuit_of(written(design, network, target), design.name)
            known[name] = dict(synthesise(circuit, part).used)
        except SomacError as error:
            print(f"{family} {name}: {error}")
            known[name] = None
        print(f"{family} {name}: {known[name]}, {time.perf_counter() - began:.0f} s", flush=True)


def _part(target: Target) -> Part:
    assert target.part is not None
    return target.part


def fitted(part: Part, pairs: Sequence[tuple[Design, Mapping[str, int]]]) -> dict[str, float]:
    """Figures by name, none below 0, of least squares of the relative error."""
    from scipy.optimize import nnls

    bare = replace(part, figures={})
    counts = [design_counts(design, bare) for design, _ in pairs]
    found = {}
    for pool, unit in UNITS.items():
        # what a figure has no part in is known already
        rest = np.array(
            [
                used[pool] - priced(c, bare).get(pool, 0)
                for c, (_, used) in zip(counts, pairs, strict=True)
            ],
            float,
        )
        used = np.array([u[pool] for _, u in pairs], float)
        matrix = np.array([[c.get(name, 0.0) for name in PRICED] for c in counts])
        matrix = matrix / used[:, None]
        held = np.diag(TRUST * np.sqrt((matrix**2).mean(axis=0)) + 1e-9)
        near = held @ np.array([EXPECTED[unit].get(name, 0.0) for name in PRICED])
        both = np.concatenate([np.maximum(rest, 0) / used, near])
        solution, _ = nnls(np.concatenate([matrix, held]), both)
        found |= {
            f"{name}_{unit}": round(float(price), 3)
            for name, price in zip(PRICED, solution, strict=True)
        }
    return found


def errors(part: Part, pairs: Sequence[tuple[Design, Mapping[str, int]]]) -> dict[str, Numbers]:
    """Relative errors of estimates per pool, over designs that use it, or are said to."""
    found = {}
    for pool in POOLS:
        each = []
        for design, used in pairs:
            have = priced(design_counts(design, part), part).get(pool, 0)
            if have or used.get(pool, 0):
                each.append(have / max(1, used.get(pool, 0)) - 1)
        found[pool] = np.array(each)
    return found


def report(family: str, known: Mapping[str, Mapping[str, int] | None], count: int) -> None:
    """Print figures, and the errors of designs that were fitted and of those that were not."""
    part = _part(find_target(TARGETS[family]))
    seen = [
        (name, design, used)
        for name, design, _ in designs(family, count)
        if (used := known.get(name)) is not None
    ]
    held = [
        not name.startswith("random") or int(name.split()[1]) % HELD_OUT == 2 for name, _, _ in seen
    ]
    train = [(d, u) for (_, d, u), out in zip(seen, held, strict=True) if not out]
    test = [(d, u) for (_, d, u), out in zip(seen, held, strict=True) if out]
    figures = fitted(part, train)
    made = replace(part, figures=figures)
    print(f"\n## {family}: {len(train)} fitted, {len(test)} held out\n")
    print("| pool | designs | fitted: median | worst | held out: median | worst |")
    print("|---|---|---|---|---|---|")
    inside, outside = errors(made, train), errors(made, test)
    for pool in POOLS:
        if len(outside[pool]):
            print(
                f"| {pool} | {len(inside[pool])} + {len(outside[pool])} "
                f"| {_spread(inside[pool])} | {_spread(outside[pool])} |"
            )
    for name, design, used in seen:
        estimate = priced(design_counts(design, made), made)
        if not name.startswith("random"):
            shown = ", ".join(f"{p} {estimate.get(p, 0)} of {used.get(p, 0)}" for p in POOLS)
            print(f"\n{name}: {shown}")
    print()
    for name, value in figures.items():
        if value:
            print(f"      {name}: {{value: {value:g}, status: measured, source: yosys-fit}}")


def _spread(values: Numbers) -> str:
    if not len(values):
        return " | "
    size = np.abs(values)
    return f"{100 * np.median(size):.0f} % | {100 * values[size.argmax()]:+.0f} %"


def main() -> None:
    """Synthesise, fit, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--family", choices=TARGETS)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--designs", type=int)
    given = parser.parse_args()
    keep: Path | None = given.keep
    known = json.loads(keep.read_text()) if keep and keep.exists() else {}
    for family in [given.family] if given.family else TARGETS:
        count = given.designs or DESIGNS[family]
        for pair in designs(family, count):
            counted(family, [pair], known.setdefault(family, {}))
            if keep:
                keep.write_text(json.dumps(known, indent=1))
        report(family, known[family], count)


if __name__ == "__main__":
    main()
