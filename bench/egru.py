"""An event-based GRU of the size of a language model on one chip: the rows of `RESULTS.md#egru`.

    python -m bench.egru

Three EGRU layers of 1350, 1350 and 750 units on an embedding of 750, of whose weights 95 % are
pruned: the sizes of Nazeer et al. 2024 (AICAS, arXiv 2312.09084), who run it in float32 on 150 of
the 152 cores of a SpiNNaker2 chip, 88.3 kB of memory each, at 170 ms and 65 mJ per token. Their
weights are not published: these are random, what is pruned is drawn anew for each matrix, and
thresholds are drawn as their training begins. Biases are 0. Weights have 8 bits, states 16.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from somac.compiler.api import Program, Run
from somac.compiler.passes.quantise import QuantiseOptions
from somac.compiler.pipeline import CompileOptions, compile_network
from somac.compiler.targets import find_target
from somac.grammar.library import library
from somac.ir.connectivity import Sparse
from somac.ir.network import Input, Network, Output, Population, Projection
from somac.ir.simulate import reference
from somac.ir.target import Figure, Target

__all__ = ["EMBEDDING", "LAYERS", "egru_language_model", "spread", "tokens"]

EMBEDDING: Final = 750
LAYERS: Final = (1350, 1350, 750)
KEPT: Final = 0.05
TARGET: Final = "spinnaker2"
TOKENS: Final = 20

PUBLISHED: Final = {
    "cores": "150",
    "bytes of a core, most": "88,300",
    "a token": "170 ms",
    "energy of a token": "65 mJ",
}

_THRESHOLD: Final = 0.3
"""Mean of the thresholds' beta distribution at the start of training."""

_GAIN: Final = 2.5
"""Standard deviation of what one weight matrix adds for signals of size 1: a sixth to a fifth of
the units send in a step, as published for this model on another corpus (15 %)."""


def egru_language_model(
    embedding: int = EMBEDDING,
    layers: tuple[int, ...] = LAYERS,
    kept: float = KEPT,
    seed: int = 1,
) -> Network:
    """Layers of EGRU with random pruned weights; an input of numbers, the last layer goes out."""
    rng = np.random.default_rng(seed)
    model = library().model("egru", None)
    populations, projections = [], []
    before, width = "embedding", embedding
    for number, cells in enumerate(layers):
        name = f"layer{number}"
        threshold = rng.beta(3 * _THRESHOLD / (1 - _THRESHOLD), 3, cells)
        populations.append(Population(name, (cells,), model, {"v_threshold": threshold}))
        for source, size, delay, ports in (
            (before, width, 0, ("z", "r", "g")),
            (name, cells, 1, ("z", "r", "reset")),
        ):
            for port in ports:
                wiring = _pruned(rng, size, cells, kept)
                label = f"{source} to {name} {port}"
                projections.append(Projection(label, source, name, port, wiring, delay))
        before, width = name, cells
    return Network(
        "egru",
        1e-3,
        (Input("embedding", (embedding,), "value"),),
        tuple(populations),
        tuple(projections),
        (Output("out", before),),
    )


def _pruned(rng: np.random.Generator, source: int, target: int, kept: float) -> Sparse:
    there, here = np.nonzero(rng.random((source, target)) < kept)
    weight = rng.normal(0, _GAIN / np.sqrt(kept * source), len(there))
    return Sparse.from_coordinates(there, here, weight, None, (source, target))


def tokens(count: int, embedding: int = EMBEDDING, seed: int = 2) -> NDArray[np.float64]:
    """Random embeddings within -1 and 1, (1, count, embedding)."""
    return np.random.default_rng(seed).normal(0, 0.3, (1, count, embedding)).clip(-1, 1)


def spread(target: Target, network: Network) -> Target:
    """The target with so few neurons to a core that the network takes all cores it can."""
    cores = int(target.topology.core_usable.sum())
    cells = [p.size for p in network.populations]
    neurons = next(
        n for n in range(1, max(cells) + 1) if sum(-(-size // n) for size in cells) <= cores
    )
    return replace(target, resources={**target.resources, "neurons": neurons})


@dataclass(frozen=True, slots=True)
class Fitted:
    """A network on the chip, CPU seconds of compiling, and bytes that each core takes."""

    program: Program
    seconds: float
    used: tuple[int, ...]

    @property
    def ticks(self) -> int:
        """From the tick of a token to the end of that in which the last layer has it."""
        starts = [p["start"] for p in self.program.files.json("experiment.json")["populations"]]
        return 1 + max(starts)


def fit(network: Network, target: Target, weight_bits: int = 8) -> Fitted:
    """Compile with 16-bit states; wide weights leave fewer bits of 32 to what is sent."""
    begin = time.process_time()
    value_bits = min(16, 26 - weight_bits)
    widths = QuantiseOptions(weight_bits=weight_bits, state_bits=16, value_bits=value_bits)
    options = CompileOptions(quantise=widths)
    program = Program(compile_network(network, target, options).program)
    seconds = time.process_time() - begin
    cores = program.files.json("report.json")["cores"]
    return Fitted(program, seconds, tuple(int(core["bytes"]) for core in cores))


def fidelity(
    network: Network, programs: Mapping[int, Program], x: NDArray[np.float64]
) -> Iterator[str]:
    """A row per layer, bits of a weight and tokens in a row: how far integers are from float.

    A random network forgets nothing: one event that moves early moves others for ever, so the
    second token tells of the integers, and the last of the network.
    """
    names = [p.name for p in network.populations]
    for steps in (2, TOKENS):
        given = x.reshape(-1, steps, x.shape[2])
        meant = reference(network, {"embedding": given}, record=names).signals
        for bits, program in programs.items():
            made = program.run(given, record=names).signals
            for name in names:
                a, b = made[name][:, -1], meant[name][:, -1]
                error = np.sqrt(((a - b) ** 2).mean() / (b**2).mean())
                yield (
                    f"| {steps} | {bits} | {name} | {100 * (a != 0).mean():.1f} % "
                    f"| {100 * ((a != 0) != (b != 0)).mean():.2f} % | {100 * error:.1f} % |"
                )


def per_token(fitted: Fitted, run: Run, figures: Mapping[str, Figure]) -> Iterator[tuple[str, str]]:
    """Events of a token, and time and energy as far as the target has figures for them."""
    for kind in ("packets", "deliveries", "synaptic_events"):
        yield f"{kind.replace('_', ' ')} per token", f"{run.counts[kind] / TOKENS:,.0f}"
    amounts = {} if run.costs is None else run.costs.amounts
    for level in ("low", "high"):
        tick, work = f"tick_{level}_us", f"energy_cores_{level}_nj"
        if tick not in amounts or work not in amounts:
            continue
        clock = figures[f"core_clock_{level}_mhz"].value
        latency = fitted.ticks * amounts[tick].value
        # one token after the other: cores wait, asleep, while another layer has it
        idle = figures["chip_cores_off_mw"].value
        idle += len(fitted.used) * figures[f"core_asleep_{level}_mw"].value
        energy = (amounts[work].value + amounts["energy_links_nj"].value + latency * idle) / 1e3
        yield f"shortest tick at {clock:.0f} MHz", f"{amounts[tick].value / 1e3:.3f} ms"
        yield f"a token of {fitted.ticks} ticks at {clock:.0f} MHz", f"{latency / 1e3:.3f} ms"
        yield f"energy of a token at {clock:.0f} MHz", f"{energy / 1e3:.3f} mJ"


def _published(row: str) -> str:
    return next((value for name, value in PUBLISHED.items() if row.startswith(name)), "-")


def main() -> None:
    """Print the tables."""
    network, target = egru_language_model(), find_target(TARGET)
    kept = sum(len(p.connectivity.weights) for p in network.projections)
    x = tokens(TOKENS)
    rows: dict[str, list[str]] = {}
    wide = spread(target, network)
    fitted = [fit(network, target), fit(network, wide), fit(network, wide, 12)]
    for one in fitted:
        run = one.program.run(x)
        agreement = one.program.agreement(x)
        compared = sum(d.values for d in (*agreement.signals, *agreement.states))
        for name, value in (
            ("cores", f"{len(one.used)}"),
            ("bytes of a core, most", f"{max(one.used):,}"),
            ("bytes of a core, mean", f"{np.mean(one.used):,.0f}"),
            ("bytes per weight", f"{sum(one.used) / kept:.2f}"),
            ("compile, CPU s", f"{one.seconds:.1f}"),
            ("findings of the checker", f"{len(one.program.verify())}"),
            ("emulated values that differ", f"{agreement.differing} of {compared:,}"),
            *per_token(one, run, target.figures),
        ):
            rows.setdefault(name, []).append(value)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    print(f"{kept:,} weights kept; {TOKENS} tokens; peak memory {peak:,.0f} MB\n")
    print("| | fewest cores | all cores | all cores, 12-bit weights | published |")
    print("|---|---|---|---|---|")
    for name, values in rows.items():
        print(f"| {name} | {' | '.join(values)} | {_published(name)} |")
    print(
        "\n| token | bits | layer | cells that send | events moved | error of what is sent, rms |"
    )
    print("|---|---|---|---|---|---|")
    print("\n".join(fidelity(network, {8: fitted[0].program, 12: fitted[2].program}, x)))


if __name__ == "__main__":
    main()
