"""What is where on the chips, what it takes of them, and what goes between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from somac.compiler.report.sections.summary import Fact

__all__ = ["Chip", "Core", "Link", "Placement", "Resource", "Share", "Traffic", "Utilisation"]

Integers = NDArray[np.int64]
Reals = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Share:
    """Cells `start` to `stop` (exclusive) of a population, by their places on the chip."""

    population: str
    start: int
    stop: int

    @property
    def size(self) -> int:
        """Number of cells."""
        return self.stop - self.start


@dataclass(frozen=True, slots=True)
class Core:
    """A core, or an engine of a programmable part.

    Parameters
    ----------
    index
        Number in the topology of the target.
    name
        For people, e.g. ``chip(0,0) core 17``.
    chip
        Index into `Placement.chips`.
    x, y
        Column and row in the grid of its chip, from 0, y upwards; no two cores share a place.
    shares
        What it holds; nothing on a core that is free.
    needs
        What that takes of each resource, by name; capacities are in `Placement.resources`.
    usable
        False where it is reserved or dead.
    """

    index: int
    name: str
    chip: int
    x: int
    y: int
    shares: tuple[Share, ...] = ()
    needs: Mapping[str, int] = field(default_factory=dict)
    usable: bool = True


@dataclass(frozen=True, slots=True)
class Chip:
    """A chip with its grid of cores.

    Parameters
    ----------
    name
        E.g. ``chip(0,0)``.
    x, y
        Its place on the board, y upwards.
    columns, rows
        Of its grid.
    cores, used
        Usable cores, and those that hold something.
    cells
        How many cells of each population it holds.
    """

    name: str
    x: int
    y: int
    columns: int
    rows: int
    cores: int
    used: int
    cells: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Link:
    """What goes from one place to another.

    Parameters
    ----------
    source, target
        Chip (index), x and y in its grid, as real numbers: nodes may lie between cores.
    load
        Expected packets per tick.
    crosses
        Whether it leads from chip to chip.
    """

    source: tuple[int, float, float]
    target: tuple[int, float, float]
    load: float
    crosses: bool


@dataclass(frozen=True, slots=True)
class Resource:
    """What cores have, by name: how much of it each, and its unit."""

    name: str
    capacity: int
    unit: str


@dataclass(frozen=True, slots=True)
class Placement:
    """What is where.

    Parameters
    ----------
    place
        What holds cells: ``core`` or ``engine``.
    populations
        Names, in the order of the model.
    resources
        Of a core.
    chips
        All that there are.
    cores
        All cores of chips that hold something, ascending; those of others are left out.
    links
        Links that carry something, both directions apart.
    inside, between
        Packets that a link inside a chip, and between chips, takes in a tick, where the target says
        so.
    """

    place: str
    populations: tuple[str, ...]
    resources: tuple[Resource, ...]
    chips: tuple[Chip, ...]
    cores: tuple[Core, ...]
    links: tuple[Link, ...] = ()
    inside: Fact | None = None
    between: Fact | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Utilisation:
    """What cores in use take of what they have.

    Parameters
    ----------
    labels
        Names of the cores in use, ascending by index.
    chips
        int64 (cores,): index of the chip of each.
    resources
        What they have.
    need
        int64 (cores, resources).
    """

    labels: tuple[str, ...]
    chips: Integers
    resources: tuple[Resource, ...]
    need: Integers

    @property
    def share(self) -> Reals:
        """float64 (cores, resources): need over capacity, 0 where a core has none of it."""
        have = np.array([r.capacity for r in self.resources], np.float64)
        return np.divide(self.need, have, out=np.zeros(self.need.shape), where=have > 0)


@dataclass(frozen=True, slots=True, eq=False)
class Traffic:
    """Expected packets per tick between the host and cores, or nodes or chips for many cores.

    Parameters
    ----------
    level
        ``core``, ``engine``, ``node`` (cores at one router) or ``chip``.
    labels
        Of rows and columns; the first is ``host``.
    packets
        float64 (labels, labels): from row to column. A packet to several counts at each.
    """

    level: str
    labels: tuple[str, ...]
    packets: Reals
