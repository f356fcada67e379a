"""What a target's entry names: a chip on a board, or a part on its kit with the engines in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from pydantic import BaseModel

from somac.compiler.plugins import find_backend
from somac.compiler.targets import schema
from somac.compiler.targets.arrays import array_of
from somac.compiler.targets.described import Described, Found, look_up
from somac.compiler.targets.parts import device_of, sites_of
from somac.compiler.targets.ports import WIRES
from somac.compiler.targets.topology import BoardPlan, ChipPlan, PlanError, topology_of
from somac.compiler.targets.tree import Path, Tree
from somac.compiler.targets.units import unit_of
from somac.ir.errors import Diagnostic, SomacError
from somac.ir.target import Array, Capabilities, Part, Topology, WordLayout

__all__ = ["Hardware", "hardware_of", "odd_form"]

T = TypeVar("T")

_FORMS = (("chip", "board"), ("part", "kit"))


@dataclass(frozen=True, slots=True)
class Hardware:
    """What a target is made of; `stated` are the models that its figures come from."""

    topology: Topology
    resources: dict[str, int]
    router_entries: int
    capabilities: Capabilities
    stated: tuple[BaseModel, ...]
    layouts: tuple[WordLayout, ...] = ()
    part: Part | None = None
    array: Array | None = None


def odd_form(entry: schema.TargetEntry, where: Path, tree: Tree) -> Iterator[Diagnostic]:
    """E0306 and E0309 for an entry that is neither a chip on a board nor a part on a kit."""
    given = {key for form in _FORMS for key in form if getattr(entry, key) is not None}
    name = ".".join(map(str, where))
    begun = [form for form in _FORMS if given & set(form)]
    if not begun:
        yield Diagnostic(
            "E0306",
            f"{name} lacks the key 'chip' or the key 'part'",
            tree.place(where, key=True),
            need="chip and board, or part and kit",
        )
    elif len(begun) > 1:
        keys = sorted(given)
        yield Diagnostic(
            "E0309",
            f"{name} is made of a chip and of a part",
            tree.place((*where, "part" if "part" in given else "kit"), key=True),
            have=", ".join(keys),
            need="chip and board, or part and kit",
        )
    else:
        for key in begun[0]:
            if key not in given:
                yield Diagnostic(
                    "E0306", f"{name} lacks the key {key!r}", tree.place(where, key=True)
                )


def hardware_of(name: str, entry: schema.TargetEntry, files: Sequence[Described]) -> Hardware:
    """What the entry of the first of the files names.

    Raises
    ------
    SomacError
        E0308 for what nobody describes, E0309 for what contradicts itself.
    """
    if entry.chip is not None and entry.board is not None:
        return _of_chip(name, entry.backend, entry.chip, entry.board, files)
    if entry.part is not None and entry.kit is not None:
        return _of_part(name, entry.part, entry.kit, files)
    raise ValueError("an entry is a chip on a board or a part on a kit")


def _of_chip(
    name: str, backend: str, kind: str, board: schema.Board, files: Sequence[Described]
) -> Hardware:
    own = files[0].tree
    what = f"target {name!r} is made of the chip"
    found = look_up(schema.Chip, "chips", kind, files, (own, ("targets", name, "chip"), what))
    chip = found.item
    topology = _planned(
        lambda: topology_of(
            ChipPlan(
                rows=chip.plan.value,
                origin=chip.origin.value,
                node_cores=chip.node_cores.value,
                core_order=chip.core_order.value if chip.core_order else None,
                reserved=chip.reserved_cores.value,
                hops=chip.mesh_hops.value,
            ),
            BoardPlan(
                rows=board.rows.value,
                hops=board.link_hops.value,
                host_chip=board.host_chip.value,
                dead_cores=board.dead_cores.value if board.dead_cores else (),
            ),
        ),
        found,
        # what a board says of itself stands in the entry of the target
        (own, ("targets", name)),
    )
    cells = None if chip.array is None else _cells(kind, chip.array, found, files)
    array = None if cells is None else _array(cells, files, backend)
    return Hardware(
        topology=topology,
        resources=_of_core(array) | {key: count.value for key, count in chip.resources.items()},
        router_entries=chip.router_entries.value if chip.router_entries else WIRES,
        capabilities=_capabilities(chip.capabilities, found),
        stated=(chip,) if cells is None else (chip, cells.item),
        layouts=tuple(
            WordLayout(
                layout.name,
                layout.weight_bits,
                layout.delay_bits,
                layout.type_bits,
                layout.target_bits,
            )
            for layout in chip.layouts
        ),
        array=array,
    )


def _cells(
    chip: str, name: str, found: Found[schema.Chip], files: Sequence[Described]
) -> Found[schema.Array]:
    what = f"each core of the chip {chip!r} has the array"
    asked = (found.tree, (*found.root, "array"), what)
    return look_up(schema.Array, "arrays", name, files, asked)


def _array(found: Found[schema.Array], files: Sequence[Described], backend: str) -> Array:
    array = _planned(lambda: array_of(found.item), found, (files[0].tree, ()))
    # those that come with somac are tested
    if found.tree is not files[-1].tree:
        wrong = [
            replace(problem, place=found.tree.place((*found.root, *_stated(array, figure))))
            for figure, problem in _wrong_figures(array, backend)
            # what has no unit is told already
            if figure not in array.figures or unit_of(figure)
        ]
        if wrong:
            raise SomacError.of(sorted(wrong, key=lambda d: d.place.line or 0))
    return array


def _wrong_figures(array: Array, backend: str) -> tuple[tuple[str, Diagnostic], ...]:
    """What the backend finds; nothing from one that is broken, which is told where it is used."""
    try:
        return tuple(
            (name, replace(found)) for name, found in find_backend(backend).wrong_figures(array)
        )
    except Exception:  # noqa: BLE001 - code of somebody else; other targets of the file go on
        return ()


def _stated(array: Array, figure: str) -> Path:
    return ("figures", figure) if figure in array.figures else (figure,)


def _of_part(name: str, kind: str, kit: schema.Kit, files: Sequence[Described]) -> Hardware:
    own = files[0].tree
    what = f"target {name!r} is made of the part"
    found = look_up(schema.Part, "parts", kind, files, (own, ("targets", name, "part"), what))
    part = found.item
    engine = look_up(
        schema.Engine,
        "engines",
        part.engine,
        files,
        (found.tree, (*found.root, "engine"), f"part {kind!r} is filled with the engines"),
    )
    family = look_up(
        schema.Family,
        "families",
        part.family.value,
        files,
        (found.tree, (*found.root, "family", "value"), f"part {kind!r} belongs to the family"),
    )
    return Hardware(
        topology=sites_of(engine.item.engines.value),
        resources={key: count.value for key, count in engine.item.resources.items()},
        router_entries=WIRES,
        capabilities=_capabilities(engine.item.capabilities, engine),
        stated=(part, engine.item, family.item),
        part=_planned(lambda: device_of(part, family.item, kit), found, (own, ("targets", name))),
    )


def _of_core(array: Array | None) -> dict[str, int]:
    """What a core has with its array: cells."""
    return {} if array is None else {"cells": array.rows * array.columns}


def _capabilities(
    can: schema.Capabilities, found: Found[schema.Chip] | Found[schema.Engine]
) -> Capabilities:
    if can.min_delay_ticks.value > can.max_delay_ticks.value:
        place = found.tree.place((*found.root, "capabilities", "max_delay_ticks"))
        message = "the longest delay is below the shortest"
        raise SomacError.of([Diagnostic("E0309", message, place)])
    return Capabilities(
        operations=frozenset(can.operations.value),
        outputs=frozenset(can.outputs.value),
        min_delay=can.min_delay_ticks.value,
        max_delay=can.max_delay_ticks.value,
        word_bits=can.word_bits.value,
        accumulator_bits=can.accumulator_bits.value,
        weight_bits=can.weight_bits.value,
    )


def _planned(
    make: Callable[[], T],
    found: Found[schema.Chip] | Found[schema.Part] | Found[schema.Array],
    entry: tuple[Tree, Path],
) -> T:
    """What `make` makes; its PlanError as E0309 at the place that it names."""
    try:
        return make()
    except PlanError as error:
        tree, where = entry if error.path[0] == "board" else (found.tree, found.root)
        place = tree.place((*where, *error.path))
        raise SomacError.of([Diagnostic("E0309", str(error), place)]) from None
