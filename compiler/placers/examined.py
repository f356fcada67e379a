"""Which placers there are, which are broken, and whether they can place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from somac.compiler.mapping.jit import interpreted
from somac.compiler.mapping.placed import place
from somac.compiler.plugins import PLACERS, Plugin, opened
from somac.compiler.plugins.ready import at_fault
from somac.compiler.targets.topology import BoardPlan, ChipPlan, topology_of
from somac.ir.errors import Diagnostic, SomacError
from somac.ir.placement import HOST, Nets, PlacementProblem, PlaceOptions, Placer, PlacerInfo

__all__ = ["PlacerHealth", "examined_placers"]


@dataclass(frozen=True, slots=True)
class PlacerHealth:
    """A placer that is registered, and how it is."""

    plugin: Plugin
    info: PlacerInfo | None
    problems: tuple[Diagnostic, ...]


def examined_placers(
    name: str | None = None, *, trial: bool
) -> tuple[tuple[PlacerHealth, ...], tuple[Diagnostic, ...]]:
    """How every registered placer is, or those of one name; and what could not be read.

    Parameters
    ----------
    trial
        Whether each is to place a few slices.

    Raises
    ------
    SomacError
        E0925 if none is registered under `name`.
    """
    states, unreadable = opened(PLACERS, name)
    found = []
    for state in states:
        problems = state.problems
        if trial and state.made is not None:
            problems = tuple(_tried(state.plugin, state.made))
        found.append(PlacerHealth(state.plugin, state.info, problems))
    return tuple(found), unreadable


def _tried(plugin: Plugin, placer: Placer) -> Iterator[Diagnostic]:
    """What goes wrong where a placer has three slices to place, one of them pinned."""
    try:
        with interpreted(True):
            place(_few(), PlaceOptions(work=0.01, prove=False), placer, plugin.name)
    except SomacError as error:
        yield from error.diagnostics
    except Exception as error:  # noqa: BLE001 - code of somebody else
        yield at_fault(plugin, "fails to place three slices", error)


def _few() -> PlacementProblem:
    """A chip of four cores, the second of which is dead."""
    chip = ChipPlan(("##", "@#"), (0, 0), 1, None, (), 1)
    topology = topology_of(chip, BoardPlan(((0, 0),), 1, (0, 0), dead_cores=((0, 0, 1),)))
    nets = Nets.of([(HOST, [0, 1], 500), (0, [1, 2], 1000), (1, [2], 200)])
    return PlacementProblem(topology, 3, nets, pins={0: 2})
