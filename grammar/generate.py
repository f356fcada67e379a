"""Connectivity generators: what stands behind the colon of a projection.

Every generator is an entry of `GENERATORS`: the names of its arguments in order, and a
function from them to a connectivity and the shape of what leaves it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from somac.grammar import ast
from somac.grammar.arguments import Arguments, bind
from somac.grammar.delays import Clock
from somac.grammar.draw import Purpose, Stream
from somac.grammar.random_device import RANDOM_DEVICE
from somac.grammar.values import Reader, shape_text
from somac.ir.connectivity import (
    AllToAll,
    Chain,
    Connectivity,
    Convolution,
    Dense,
    OneToOne,
    Pool,
    Sparse,
)
from somac.ir.suggest import did_you_mean

__all__ = ["GENERATORS", "Site", "connect"]

Shape = tuple[int, ...]
Real = NDArray[np.float64]

_ONE = ast.Quantity(1.0)
_ZERO = ast.Quantity(0.0)
# per synapse while they are drawn: its number, source, target, weight and delay
_SYNAPSE_BYTES = 48
# per window position: the slices that its sum is made of
_WINDOW_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Site:
    """Where a map goes: shapes of its source and of the projection's target.

    `target` is None for the first maps of a chain, whose size follows from themselves.
    """

    source: Shape
    target: Shape | None
    clock: Clock

    @property
    def reader(self) -> Reader:
        """Reads the arguments."""
        return self.clock.reader


@dataclass(frozen=True, slots=True)
class Generator:
    """Names of the arguments, and what makes a connectivity of them."""

    arguments: tuple[str, ...]
    make: Callable[[Arguments, Site], tuple[Connectivity, Shape]]


def connect(stages: Sequence[ast.Call], source: Shape, target: Shape, clock: Clock) -> Connectivity:
    """The map that a chain of generators makes from `source` to `target`.

    Raises
    ------
    SomacError
        What is wrong with an argument, with its place.
    """
    problems = clock.reader.problems
    parts: list[Connectivity] = []
    shape = source
    for index, stage in enumerate(stages):
        if stage.function not in GENERATORS:
            raise problems.error(
                "E0206",
                f"there is no generator {stage.function}",
                stage.position,
                hint=did_you_mean(stage.function, (*GENERATORS, RANDOM_DEVICE)),
            )
        generator = GENERATORS[stage.function]
        given = bind(stage, generator.arguments, problems)
        last = index == len(stages) - 1
        try:
            part, shape = generator.make(given, Site(shape, target if last else None, clock))
        except ValueError as error:
            raise problems.error("E0219", f"{stage.function}: {error}", stage.position) from error
        parts.append(part)
    if len(parts) == 1:
        return parts[0]
    try:
        return Chain(tuple(parts))
    except ValueError as error:
        raise problems.error(
            "E0219",
            f"this chain cannot be: {error}",
            stages[0].position,
            hint="all but one of its maps are pools or one_to_one with one weight",
        ) from error


# --- generators -------------------------------------------------------------------------------


def _dense(given: Arguments, site: Site) -> tuple[Connectivity, Shape]:
    weight = given.need("weight")
    rows = _target(given, site) if _is_drawn(weight) else (0,)
    shape = (prod(rows), prod(site.source))
    matrix = site.reader.drawn(weight, shape, Purpose.WEIGHT, given.get("seed"))
    if matrix.ndim != 2:
        raise site.reader.shape(
            "the weights are not a matrix",
            f"shape {shape_text(matrix.shape)}",
            "shape [target cells, source cells]",
            weight.position,
            None if matrix.ndim else "all_to_all has one weight for all pairs",
        )
    return Dense(matrix), site.target or (matrix.shape[0],)


def _one_to_one(given: Arguments, site: Site) -> tuple[Connectivity, Shape]:
    size = prod(site.source)
    weight = _weights(given, site, size, default=_ONE)
    return OneToOne(weight, size, _delays(given, site, size)), site.source


def _all_to_all(given: Arguments, site: Site) -> tuple[Connectivity, Shape]:
    weight = np.asarray(site.reader.number(given.need("weight")))
    target = _target(given, site)
    return AllToAll(weight, prod(site.source), prod(target)), target


def _sparse(given: Arguments, site: Site) -> tuple[Connectivity, Shape]:
    target = _target(given, site)
    chance = site.reader.number(given.need("probability"), "1")
    if not 0.0 <= chance <= 1.0:
        raise site.reader.kind(given.need("probability"), "a probability from 0 to 1")
    seed = given.get("seed")
    sources, targets = prod(site.source), prod(target)
    expected = chance * sources * targets
    # six standard deviations above the mean, which are never reached
    most = expected + 6.0 * expected**0.5 + 64.0
    site.reader.take(most * _SYNAPSE_BYTES + 8 * sources, "sparse(...)", given.position)
    stream = Stream.of(site.reader.seed(seed, given.position), Purpose.WIRING)
    source, place = np.divmod(stream.chosen(chance, sources * targets), targets)
    weight = np.broadcast_to(_weights(given, site, len(place)), place.shape)
    delay = _delays(given, site, len(place))
    return Sparse(_ends(source, sources), place, weight, delay, targets), target


def _synapses(given: Arguments, site: Site) -> tuple[Connectivity, Shape]:
    target = _target(given, site)
    sources, targets = prod(site.source), prod(target)
    source = _indices(given, "source", site, sources)
    place = _indices(given, "target", site, targets)
    if source.shape != place.shape:
        raise site.reader.shape(
            "sources and targets do not pair",
            f"{len(source)} sources, {len(place)} targets",
            "as many of both",
            given.position,
        )
    weight = np.broadcast_to(_weights(given, site, len(place)), place.shape)
    delay = _delays(given, site, len(place))
    site.reader.take(8 * sources, "synapses(...)", given.position)
    order = np.argsort(source, kind="stable")
    return (
        Sparse(
            _ends(source, sources),
            place[order],
            weight[order],
            None if delay is None else delay[order],
            targets,
        ),
        target,
    )


def _convolution(given: Arguments, site: Site) -> tuple[Connectivity, Shape]:
    weight = site.reader.array(given.need("weight"))
    rank = weight.ndim - 2
    if rank < 1:
        raise site.reader.shape(
            "the weights are not kernels",
            f"shape {shape_text(weight.shape)}",
            "shape [channels out, channels in / groups, height, width]",
            given.position,
        )
    made = Convolution(
        weight,
        _window_source(given, site, rank + 1),
        _wholes(given, "stride", site, rank, _ONE, 1),
        _padding(given, site, rank),
        _wholes(given, "dilation", site, rank, _ONE, 1),
        site.reader.whole(given.get("groups") or _ONE, "groups", 1, 2**31 - 1),
    )
    return made, made.output_shape


def _pool(given: Arguments, site: Site) -> tuple[Connectivity, Shape]:
    made = _windows(given, site, given.get("weight") or _ONE)
    return made, made.output_shape


def _average_pool(given: Arguments, site: Site) -> tuple[Connectivity, Shape]:
    summed = _windows(given, site, _ONE)
    made = summed.with_weights(np.asarray(1.0 / prod(summed.kernel)))
    return made, made.output_shape


GENERATORS: Mapping[str, Generator] = {
    "all_to_all": Generator(("weight",), _all_to_all),
    "average_pool": Generator(("kernel", "stride", "padding", "shape"), _average_pool),
    "conv": Generator(("weight", "stride", "padding", "dilation", "groups", "shape"), _convolution),
    "dense": Generator(("weight", "seed"), _dense),
    "one_to_one": Generator(("weight", "delay", "seed"), _one_to_one),
    "pool": Generator(("kernel", "stride", "padding", "weight", "shape"), _pool),
    "sparse": Generator(("probability", "weight", "delay", "seed"), _sparse),
    "synapses": Generator(("source", "target", "weight", "delay", "seed"), _synapses),
}


# --- parts ------------------------------------------------------------------------------------


def _is_drawn(value: ast.Value) -> bool:
    return isinstance(value, ast.Call) and value.function != "load"


def _target(given: Arguments, site: Site) -> Shape:
    if site.target is None:
        raise site.reader.problems.error(
            "E0219",
            f"{given.call.function} does not say how many cells it leads to",
            given.position,
            hint="it can only be the last of a chain",
        )
    return site.target


def _weights(given: Arguments, site: Site, count: int, default: ast.Value | None = None) -> Real:
    """Weights of `count` synapses: 0-d, or (count,)."""
    value = given.get("weight") or default or given.need("weight")
    weight = site.reader.drawn(value, (count,), Purpose.WEIGHT, given.get("seed"))
    if weight.shape in ((), (count,)):
        return weight
    raise site.reader.shape(
        "there is not one weight for each synapse",
        f"shape {shape_text(weight.shape)}",
        f"one number, or shape {shape_text((count,))}",
        value.position,
    )


def _delays(given: Arguments, site: Site, count: int) -> NDArray[np.int64] | None:
    value = given.get("delay")
    return None if value is None else site.clock.synapses(value, count, given.get("seed"))


def _indices(given: Arguments, name: str, site: Site, size: int) -> NDArray[np.int64]:
    value = given.need(name)
    numbers = site.reader.array(value, "1")
    if numbers.ndim != 1:
        raise site.reader.shape(
            f"{name} is not a row of cells",
            f"shape {shape_text(numbers.shape)}",
            "one row",
            value.position,
        )
    outside = (numbers != np.floor(numbers)) | (numbers < 0) | (numbers >= size)
    if outside.any():
        raise site.reader.problems.error(
            "E0218",
            f"{name}: there is no cell {numbers[outside][0]:g}",
            value.position,
            need=f"whole numbers from 0 to {size - 1}",
        )
    return numbers.astype(np.int64)


def _ends(source: NDArray[np.int64], sources: int) -> NDArray[np.int64]:
    counts = np.bincount(source, minlength=sources)
    return np.concatenate(([0], np.cumsum(counts))).astype(np.int64)


def _wholes(
    given: Arguments, name: str, site: Site, count: int, default: ast.Value, least: int
) -> Shape:
    return site.reader.wholes(given.get(name) or default, name, count, least)


def _padding(given: Arguments, site: Site, rank: int) -> tuple[tuple[int, int], ...]:
    """``1``, ``[1, 1]`` per dimension, or ``[[0, 1], [0, 1]]`` before and after."""
    value = given.get("padding") or _ZERO
    if isinstance(value, ast.Array) and any(isinstance(i, ast.Array) for i in value.items):
        if len(value.items) != rank:
            raise site.reader.shape(
                "padding", f"{len(value.items)} pairs", str(rank), value.position
            )
        pairs = (site.reader.wholes(item, "padding", 2, 0) for item in value.items)
        return tuple((before, after) for before, after in pairs)
    return tuple((pad, pad) for pad in site.reader.wholes(value, "padding", rank, 0))


def _window_source(given: Arguments, site: Site, rank: int) -> Shape:
    """The shape [channels, ...] that a kernel slides over: the source's, or as stated."""
    stated = given.get("shape")
    shape = site.source
    if stated is not None:
        shape = site.reader.wholes(stated, "shape", rank, 1)
    if len(shape) != rank or prod(shape) != prod(site.source):
        raise site.reader.shape(
            f"{given.call.function} does not fit its source",
            f"{prod(site.source)} cells of shape {shape_text(site.source)}",
            f"channels and {rank - 1} dimensions",
            given.position,
        )
    return shape


def _windows(given: Arguments, site: Site, weight: ast.Value) -> Pool:
    value = given.need("kernel")
    rank = len(value.items) if isinstance(value, ast.Array) else len(site.source) - 1
    kernel = site.reader.wholes(value, "kernel", rank, 1)
    site.reader.take(prod(kernel) * _WINDOW_BYTES, "the window of a pool", value.position)
    stride = given.get("stride")
    return Pool(
        np.asarray(site.reader.number(weight)),
        _window_source(given, site, rank + 1),
        kernel,
        kernel if stride is None else site.reader.wholes(stride, "stride", rank, 1),
        site.reader.wholes(given.get("padding") or _ZERO, "padding", rank, 0),
    )
