"""What learning takes besides the operations of rules: two prices, fitted on counts under qemu.

    python -m bench.learning_costs

Random networks learn by the rules of the library. From the instructions of each core's updates,
less what the prices of the target give for neurons and for the operations of rules, follow what it
takes to begin a block and to reach a synapse or a trace. Every other network is fitted; the
error is told of these and of the others, for the prices of the target as well.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import somac
from bench.costs import PER_TIMER_TICK
from somac.backends.manycore.backend import ManycoreBackend
from somac.backends.manycore.cost.prices import prices_of
from somac.backends.manycore.cost.reading import CostData, read_cost_data
from somac.backends.manycore.cost.work import work
from somac.backends.manycore.machines.bundle import Bundle
from somac.backends.manycore.machines.cortex_m4 import cortex_cores
from somac.compiler.passes.quantise import QuantiseOptions
from somac.compiler.pipeline import CompileOptions
from somac.ir.program import Program

NETWORKS, STEPS = 80, 60
BLOCK, REACH = "plastic_block_instructions", "plastic_synapse_instructions"
_BLOCKS, _REACHED = "plastic_blocks", ("trace_updates", "on_pre", "on_post", "each_step")
_IN_UPDATES = ("ticks", "updates", "sent", _BLOCKS, *_REACHED)

_PAIR = "tau_plus = 20 ms, tau_minus = 30 ms, a_plus = 0.01, a_minus = 0.012"
RULES = (
    f"pair_stdp({_PAIR})",
    f"nearest_stdp({_PAIR})",
    "triplet_stdp(tau_plus = 17 ms, tau_minus = 34 ms, tau_x = 100 ms, tau_y = 114 ms, "
    "a2_plus = 0.005, a2_minus = 0.007, a3_plus = 0.006, a3_minus = 0.0002)",
    "reward_stdp(tau_plus = 20 ms, tau_minus = 30 ms, tau_e = 200 ms, a_plus = 0.01, "
    "a_minus = 0.012, rate = 0.1)",
)
TEXT = """\
network learning:
    dt 1 ms
    integrator exponential
input x[{channels}]: spikes
population p[{cells}]: rewarded_lif(tau = 10 ms, tau_m = 100 ms, v_threshold = {threshold})
projection x -> p.i: dense(uniform(0, 1), seed = {seed}) delay 1 tick learns {rule}
projection x -> p.reward: dense(uniform(0, 0.1), seed = {seed}) delay 1 tick
output p
"""


@dataclass(frozen=True, slots=True)
class Observation:
    """A core in a run: blocks begun, synapses and traces reached, instructions of its updates.

    `known` are those that neurons and the operations of rules take by the prices of the target.
    """

    blocks: float
    reached: float
    known: float
    counted: float


def random_program(seed: int) -> tuple[Program, Mapping[str, NDArray[np.int64]]]:
    """A network that learns, compiled with random widths, and an input."""
    rng = np.random.default_rng(seed)
    channels, cells = int(rng.choice([4, 12, 40])), int(rng.choice([2, 6, 20]))
    text = TEXT.format(
        channels=channels,
        cells=cells,
        threshold=rng.uniform(0.02, 0.1) * channels,
        seed=seed,
        rule=RULES[int(rng.integers(len(RULES)))],
    )
    options = QuantiseOptions(
        weight_bits=int(rng.integers(6, 13)), state_bits=int(rng.choice([12, 16, 20, 24]))
    )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "learning.snn"
        file.write_text(text, encoding="utf-8")
        program = somac.compile(
            file, options=CompileOptions(options, options={"mac": "never"})
        ).files
    spikes = (rng.random((1, STEPS, channels)) < rng.choice([0.03, 0.1, 0.3])).astype(np.int64)
    # what the last step sends arrives after it
    spikes[:, -1] = 0
    return program, {"x": spikes}


def observe(program: Program, inputs: Mapping[str, NDArray[np.int64]]) -> Iterator[Observation]:
    """Every core with a plastic block, in a run."""
    data = read_cost_data(program)
    if data is None:
        return
    sent = ManycoreBackend().emulator(program).run(inputs).sent
    rates = {name: often / STEPS for name, often in sent.items()}
    with cortex_cores(program, counting=True) as cores:
        bundle = cores.bundle
        events = work(bundle, data, {"run": rates})["run"].events
        prices = _without_overheads(bundle, data)
        for number, (_, done) in enumerate(cores.replay(inputs)):
            amounts = {kind: float(events[kind][number]) * STEPS for kind in _IN_UPDATES}
            at = bundle.cores[number].start + bundle.period * np.arange(STEPS)
            if amounts[_BLOCKS]:
                yield Observation(
                    amounts[_BLOCKS],
                    sum(amounts[kind] for kind in _REACHED),
                    sum(n * float(prices[kind][number]) for kind, n in amounts.items()),
                    float(PER_TIMER_TICK * done.update[at].sum()),
                )


def _without_overheads(bundle: Bundle, data: CostData) -> Mapping[str, NDArray[np.float64]]:
    figures = {name: f for name, f in data.figures.items() if name not in {BLOCK, REACH}}
    prices, _ = prices_of(bundle, replace(data, figures=figures), {})
    return prices


def fitted(seen: Sequence[Observation]) -> tuple[float, float]:
    """A block and a synapse, none below 0, of least squares of the relative error."""
    from scipy.optimize import nnls

    counted = np.array([o.counted for o in seen])
    amounts = np.array([(o.blocks, o.reached) for o in seen])
    left = counted - [o.known for o in seen]
    (block, reach), _ = nnls(amounts / counted[:, None], left / counted)
    return float(block), float(reach)


def error(seen: Sequence[Observation], block: float, reach: float) -> str:
    """The root of the mean square of the relative error of updates, and the largest."""
    found = np.array([(o.known + block * o.blocks + reach * o.reached) / o.counted for o in seen])
    off = found - 1
    return f"{100 * np.sqrt((off**2).mean()):.1f} % (at most {100 * np.abs(off).max():.1f} %)"


def main() -> None:
    """Print the fitted prices, those of the target, and the error of both."""
    seen = [list(observe(*random_program(seed))) for seed in range(NETWORKS)]
    first, second = ([o for s in half for o in s] for half in (seen[::2], seen[1::2]))
    program, _ = random_program(0)
    data = read_cost_data(program)
    if data is None:
        raise SystemExit("the target lacks prices")
    found, held = fitted(first), (data.figures[BLOCK].value, data.figures[REACH].value)
    print(f"| | {BLOCK} | {REACH} | error, {len(first)} cores fitted | {len(second)} others |")
    print("|---|---|---|---|---|")
    for name, prices in (("fitted", found), ("of the target", held)):
        block, reach = prices
        print(
            f"| {name} | {block:.1f} | {reach:.2f} | {error(first, *prices)} "
            f"| {error(second, *prices)} |"
        )


if __name__ == "__main__":
    main()
