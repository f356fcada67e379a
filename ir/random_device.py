"""Weights that nobody programs: what the cells of a device happen to conduct.

A projection with a `RandomDevice` has a matrix of weights that follows from the device's seed, the
projection's name, and the place of each weight in the matrix: none depends on another, nor on the
order in which they are read. The network carries the weights as any other, float64 or read back as
integers; the mark says that no cell of them was ever programmed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.ir.connectivity import Connectivity, Dense
from somac.ir.digest import read_only, summary
from somac.ir.errors import Diagnostic, Place
from somac.ir.normal import UNIT, normals
from somac.ir.philox import WORDS, philox

__all__ = ["MAX_DEVICE_SEED", "RandomDevice", "ReadBack", "device_problems", "read_back_problem"]

MAX_DEVICE_SEED = 2**32 - 1


@dataclass(frozen=True, slots=True)
class RandomDevice:
    """Weights ``scale * G``, where G is the difference in conductance of a pair of cells.

    Parameters
    ----------
    mean, deviation
        Of G, which is normal over the pairs; the unit is that of 1 / `scale`.
    scale
        What one unit of G weighs.
    seed
        Which device it is: 0 to `MAX_DEVICE_SEED`.
    """

    mean: float
    deviation: float
    scale: float
    seed: int

    def __str__(self) -> str:
        return (
            f"random device {self.seed} normal({self.mean!r}, {self.deviation!r}) "
            f"scale {self.scale!r}"
        )

    def weights(self, name: str, targets: int, sources: int) -> NDArray[np.float64]:
        """The weights of the projection of that name: float64 (targets, sources).

        A sub-matrix of a larger one is the smaller one: each weight follows from its own place.
        The same numbers on every machine.
        """
        drawn = _normals(self.seed, name, targets, sources)
        # products and sums of IEEE arithmetic are the same everywhere
        with np.errstate(over="ignore", invalid="ignore"):
            found: NDArray[np.float64] = self.scale * (self.mean + self.deviation * drawn)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class ReadBack:
    """What is known of a projection in integers whose weights were read back of a device.

    The integers are the cells as they were characterised, to the bits that weights have.

    Parameters
    ----------
    device
        Whose cells they are.
    step
        What one raw step of a weight stands for: float64, 0-d or (targets,).
    """

    device: RandomDevice
    step: NDArray[np.float64]

    def __post_init__(self) -> None:
        object.__setattr__(self, "step", read_only(np.asarray(self.step, np.float64)))

    def __str__(self) -> str:
        return f"read back of {self.device} step {summary(self.step)}"

    def weights(self, name: str, targets: int, sources: int) -> NDArray[np.float64]:
        """The weights before they were rounded, in raw steps: float64 (targets, sources)."""
        step = self.step if self.step.ndim == 0 else self.step[:, np.newaxis]
        found: NDArray[np.float64] = self.device.weights(name, targets, sources) / step
        return found


def _normals(seed: int, name: str, targets: int, sources: int) -> NDArray[np.float64]:
    """Standard normal numbers, (targets, sources): those of four sources at one counter."""
    named = hashlib.blake2b(name.encode(), digest_size=12).digest()
    own = np.frombuffer(named, "<u4").astype(np.uint32)
    groups = -(-sources // WORDS)
    counter = np.empty((targets, groups, WORDS), np.uint32)
    counter[..., 0] = np.arange(targets, dtype=np.uint32)[:, np.newaxis]
    counter[..., 1] = np.arange(groups, dtype=np.uint32)
    counter[..., 2:] = own[1:]
    words = philox(counter, np.array([seed, own[0]], np.uint32))
    drawn = normals(words.reshape(targets, groups * WORDS)[:, :sources])
    return drawn.astype(np.float64) * UNIT


def device_problems(
    name: str, device: RandomDevice, connectivity: Connectivity, *, learns: bool
) -> Iterator[Diagnostic]:
    """Everything that is wrong with projection `name` as a random device.

    E0690 for numbers that are no distribution or no seed, E0691 where a device that is not
    programmed could not have these weights.
    """
    place = Place(node=name)
    numbers = {"mean": device.mean, "deviation": device.deviation, "scale": device.scale}
    odd = {what: value for what, value in numbers.items() if not np.isfinite(value)}
    if device.deviation < 0:
        odd["deviation"] = device.deviation
    for what, value in odd.items():
        yield Diagnostic(
            "E0690",
            f"projection {name}: the {what} of its random device is {value:g}",
            place,
            need="a finite number" + (" of 0 or more" if what == "deviation" else ""),
        )
    if not 0 <= device.seed <= MAX_DEVICE_SEED:
        yield Diagnostic(
            "E0690",
            f"projection {name}: there is no device {device.seed}",
            place,
            need=f"a seed from 0 to {MAX_DEVICE_SEED}",
        )
        return
    structure = _structure_problem(connectivity, learns=learns)
    if structure is not None:
        problem, hint = structure
        yield Diagnostic("E0691", f"projection {name}: {problem}", place, hint=hint)
    elif not odd:
        own = device.weights(name, connectivity.target_size, connectivity.source_size)
        if not np.array_equal(own, connectivity.weights, equal_nan=True):
            yield Diagnostic(
                "E0691",
                f"projection {name}: its weights are not those of device {device.seed}",
                place,
                hint="take them from RandomDevice.weights, or leave the mark out",
            )


def read_back_problem(read: ReadBack, connectivity: Connectivity, *, learns: bool) -> str | None:
    """The first thing that contradicts itself in a projection that was read back, if anything."""
    structure = _structure_problem(connectivity, learns=learns)
    if structure is not None:
        return structure[0]
    if read.step.shape not in ((), (connectivity.target_size,)):
        return f"a step of shape {read.step.shape}, not () or ({connectivity.target_size},)"
    if not (np.isfinite(read.step) & (read.step > 0)).all():
        return "a step of its weights is not a positive number"
    return None


def _structure_problem(connectivity: Connectivity, *, learns: bool) -> tuple[str, str] | None:
    """Why a map cannot be that of a random device, and what to do; None if it can."""
    if learns:
        return (
            "a random device is never programmed, and what learns is programmed all the time",
            "leave out `learns`, or give the projection weights with dense(normal(...))",
        )
    if not isinstance(connectivity, Dense):
        kind = type(connectivity).__name__
        return (
            f"a random device has cells of its own for every pair, and this map is a {kind}",
            "a random device is a map of its own, from one population to another",
        )
    return None
