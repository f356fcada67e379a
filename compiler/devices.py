"""What imperfections of devices cost: each effect alone, and all together, over several devices."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev

import numpy as np
from numpy.typing import ArrayLike, NDArray

from somac.backends.api import DeviceChoice
from somac.compiler.api import Program, Run
from somac.ir.errors import SomacError

__all__ = ["ALL", "Budget", "Cost", "Spread", "error_budget"]

ALL = "all"
"""Name of all effects together."""

Progress = Callable[[str, int, int], None]
"""Is told the effect, how many devices are done, and of how many."""


@dataclass(frozen=True, slots=True)
class Spread:
    """A share over several devices: mean, standard deviation of the population, least and most."""

    mean: float
    deviation: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Of one value or more."""
        return cls(fmean(values), pstdev(values), min(values), max(values))


@dataclass(frozen=True, slots=True)
class Cost:
    """What an effect does, over all devices.

    Parameters
    ----------
    effect, title
        Its name, `ALL` for all together, and what it is.
    values
        Share of the values of outputs that are not those of exact hardware.
    classes
        Share of the samples whose most active cell of the first output is another one.
    accuracy
        Share of the samples whose most active cell is their label; None without labels.
    """

    effect: str
    title: str
    values: Spread
    classes: Spread
    accuracy: Spread | None


@dataclass(frozen=True, slots=True)
class Budget:
    """Accuracy without imperfections (None without labels), and what effects cost."""

    seeds: tuple[int, ...]
    seconds: float
    samples: int
    accuracy: float | None
    costs: tuple[Cost, ...]


def error_budget(
    program: Program,
    inputs: Mapping[str, ArrayLike],
    labels: NDArray[np.int64] | None,
    seeds: Sequence[int],
    *,
    seconds: float = 0.0,
    effects: Sequence[str] | None = None,
    progress: Progress = lambda _, __, ___: None,
) -> Budget:
    """Run a program on devices.

    Parameters
    ----------
    inputs, labels
        As `Program.run` takes them; class numbers (samples,).
    seeds
        The devices: one or more.
    seconds
        Between programming and use.
    effects
        Those to look at, each alone, and then together; by default all that there are.

    Raises
    ------
    SomacError
        E0846 if hardware of this kind has no devices, or not these effects; E0683 if they say
        nothing of that time; E0903 without a sample or a step.
    ValueError
        Without a seed.
    """
    if not seeds:
        raise ValueError("costs are those of one device or more, and there is no seed")
    effects_there = program.effects()
    known = {effect.name: effect.title for effect in effects_there}
    drawn = {effect.name for effect in effects_there if effect.drawn}
    names = list(known) if effects is None else list(effects)
    # says what is wrong with names or the time, or with hardware that has no effects
    program.run(_nothing(inputs), device=DeviceChoice(0, frozenset(names), seconds))
    if not names:
        raise SomacError(
            "E0846",
            "the program has no figures of any effect",
            hint="give the array of the target figures: docs/reference/targets.md",
        )
    exact = program.run(inputs)
    samples, steps = next(iter(exact.outputs.values())).shape[:2]
    if not samples * steps:
        raise SomacError(
            "E0903",
            "there is nothing that devices could do differently",
            have=f"{samples} samples of {steps} steps",
            need="a sample of a step or more",
        )
    together = "everything at once" if len(names) == len(known) else ", ".join(names)
    cases: list[tuple[str, str, tuple[str, ...]]] = [(n, known[n], (n,)) for n in names]
    if len(names) > 1:
        cases.append((ALL, together, tuple(names)))

    def costs() -> Iterator[Cost]:
        for name, title, some in cases:
            runs: list[tuple[float, float, float | None]] = []
            for done, seed in enumerate(seeds):
                progress(name, done, len(seeds))
                if runs and not drawn.intersection(some):
                    # what draws nothing is the same on all devices
                    runs.append(runs[0])
                    continue
                choice = DeviceChoice(seed, frozenset(some), seconds)
                runs.append(_compared(program.run(inputs, device=choice), exact, labels))
            values, classes, right = zip(*runs, strict=True)
            accuracy = None if labels is None else Spread.of([r for r in right if r is not None])
            yield Cost(name, title, Spread.of(values), Spread.of(classes), accuracy)

    return Budget(tuple(seeds), seconds, samples, _accuracy(exact, labels), tuple(costs()))


def _nothing(inputs: Mapping[str, ArrayLike]) -> dict[str, NDArray[np.generic]]:
    return {name: np.asarray(values)[:0] for name, values in inputs.items()}


def _compared(
    run: Run, exact: Run, labels: NDArray[np.int64] | None
) -> tuple[float, float, float | None]:
    differ = sum(int(np.count_nonzero(run.outputs[n] != v)) for n, v in exact.outputs.items())
    values = sum(v.size for v in exact.outputs.values())
    classes = float((run.classes() != exact.classes()).mean())
    return differ / max(1, values), classes, _accuracy(run, labels)


def _accuracy(run: Run, labels: NDArray[np.int64] | None) -> float | None:
    return None if labels is None else float((run.classes() == labels).mean())
