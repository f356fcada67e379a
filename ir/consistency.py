"""What `Network` and `IntegerNetwork` check alike: names, shapes, loops."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from somac.ir.errors import Diagnostic, Place
from somac.ir.graph import Edge, zero_delay_cycle

__all__ = ["Named", "Sending", "loops", "names", "not_finite", "shape", "unknown"]


class Named(Protocol):
    """Whatever has a name."""

    @property
    def name(self) -> str:
        """The name."""
        ...


class Sending(Named, Protocol):
    """An output: a name for what a source sends."""

    @property
    def source(self) -> str:
        """Name of an input or population."""
        ...


def names(
    inputs: Sequence[Named],
    populations: Sequence[Named],
    projections: Sequence[Named],
    outputs: Sequence[Sending],
) -> Iterator[Diagnostic]:
    """Every name that is used twice, and every output that sends what is not there."""
    cells = [*(i.name for i in inputs), *(p.name for p in populations)]
    yield from _twice("input or population", cells)
    yield from _twice("projection", [p.name for p in projections])
    yield from _twice("output", [o.name for o in outputs])
    for output in outputs:
        if output.source not in cells:
            yield unknown(f"output {output.name}", output.source)
        elif output.name in cells and output.name != output.source:
            # what is recorded is found by name
            yield Diagnostic(
                "E0402",
                f"output {output.name!r} sends what {output.source!r} does, "
                f"but {output.name!r} is another part of the network",
                Place(node=output.name),
                hint="give the output a name of its own, or that of its source",
            )


def _twice(kind: str, names: Iterable[str]) -> Iterator[Diagnostic]:
    for name, count in Counter(names).items():
        if count > 1:
            yield Diagnostic(
                "E0402",
                f"{count} of one name: {kind} {name!r}",
                Place(node=name),
                hint="give each its own name",
            )


def unknown(what: str, name: str, kind: str = "input or population") -> Diagnostic:
    """`what` refers to a name that is not there."""
    return Diagnostic("E0403", f"{what}: there is no {kind} {name!r}", Place(node=name))


def not_finite(what: str, value: NDArray[Any], place: Place) -> Diagnostic:
    """A diagnostic of an array that is not finite everywhere."""
    bad = ~np.isfinite(value)
    first = tuple(int(i) for i in np.argwhere(bad)[0])
    return Diagnostic(
        "E0406",
        f"{what}: {int(bad.sum())} values are not finite numbers, the first at {first}",
        place,
        hint="the training may have diverged: look at the weights before exporting",
    )


def shape(kind: str, name: str, shape: tuple[int, ...]) -> Iterator[Diagnostic]:
    """A diagnostic if there are no cells."""
    if not shape or min(shape) < 1:
        yield Diagnostic(
            "E0404",
            f"{kind} {name} has no cells",
            Place(node=name),
            have=f"shape {shape}",
            need="one dimension or more, none of them 0",
        )


def loops(edges: Sequence[Edge]) -> Iterator[Diagnostic]:
    """A diagnostic if there is a loop without delay: nothing could be computed first."""
    cycle = zero_delay_cycle(edges)
    if cycle:
        yield Diagnostic(
            "E0407",
            f"a loop without delay: {' -> '.join(cycle)}",
            Place(node=cycle[0]),
            have="0 ticks around the loop",
            need="at least 1",
            hint="give one of its projections a delay",
        )
