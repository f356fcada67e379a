"""From the text of a description to `Target` values, with every mistake at its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ValidationError

from somac.compiler.targets.explain import explain
from somac.compiler.targets.schema import Chip, Description, Statement, TargetEntry
from somac.compiler.targets.topology import BoardPlan, ChipPlan, PlanError, topology_of
from somac.compiler.targets.tree import Path, Tree, parse_yaml
from somac.compiler.targets.units import UNITS, unit_of
from somac.ir.datapath import OPCODES
from somac.ir.errors import Diagnostic, SomacError
from somac.ir.suggest import did_you_mean
from somac.ir.target import Capabilities, Figure, Target, WordLayout

__all__ = ["Described", "build_targets", "read_description"]


@dataclass(frozen=True, slots=True)
class Described:
    """A description whose form is right, and where its parts stand."""

    tree: Tree
    description: Description


def read_description(text: str, file: str) -> Described:
    """Check the form of a description.

    Raises
    ------
    SomacError
        E0302 to E0307.
    """
    tree = parse_yaml(text, file)
    try:
        return Described(tree, Description.model_validate(tree.data))
    except ValidationError as error:
        raise SomacError.of(explain(error, tree, Description)) from None


def build_targets(described: Described, shipped: Described) -> Mapping[str, Target]:
    """The targets of a description; chips and sources it lacks come from `shipped`.

    Raises
    ------
    SomacError
        E0307 to E0309.
    """
    sources = {**shipped.description.sources, **described.description.sources}
    wrong = list(_undeclared(described, sources))
    targets: dict[str, Target] = {}
    for name, entry in described.description.targets.items():
        home, chip = _chip_of(entry.chip, described, shipped)
        if chip is None:
            wrong.append(
                Diagnostic(
                    "E0308",
                    f"target {name!r} is made of the chip {entry.chip!r}, which nobody describes",
                    described.tree.place(("targets", name, "chip")),
                    hint=did_you_mean(
                        entry.chip,
                        (*described.description.chips, *shipped.description.chips),
                    ),
                )
            )
            continue
        if wrong:
            continue
        try:
            targets[name] = _target(name, entry, chip, sources)
        except PlanError as error:
            on_board = error.path[0] == "board"
            tree = described.tree if on_board else home.tree
            where: Path = ("targets", name) if on_board else ("chips", entry.chip)
            wrong.append(Diagnostic("E0309", str(error), tree.place((*where, *error.path))))
    if wrong:
        raise SomacError.of(dict.fromkeys(wrong))
    return targets


def _chip_of(name: str, described: Described, shipped: Described) -> tuple[Described, Chip | None]:
    own = described.description.chips.get(name)
    if own is not None:
        return described, own
    return shipped, shipped.description.chips.get(name)


def _target(name: str, entry: TargetEntry, chip: Chip, sources: Mapping[str, str]) -> Target:
    can = chip.capabilities
    board = entry.board
    topology = topology_of(
        ChipPlan(
            rows=chip.plan.value,
            origin=chip.origin.value,
            node_cores=chip.node_cores.value,
            core_order=chip.core_order.value,
            reserved=chip.reserved_cores.value,
            hops=chip.mesh_hops.value,
        ),
        BoardPlan(
            rows=board.rows.value,
            hops=board.link_hops.value,
            host_chip=board.host_chip.value,
            dead_cores=board.dead_cores.value if board.dead_cores else (),
        ),
    )
    if can.min_delay_ticks.value > can.max_delay_ticks.value:
        raise PlanError(
            ("capabilities", "max_delay_ticks"), "the longest delay is below the shortest"
        )
    return Target(
        name=name,
        title=entry.title,
        backend=entry.backend,
        topology=topology,
        resources={key: count.value for key, count in chip.resources.items()},
        router_entries=chip.router_entries.value,
        capabilities=Capabilities(
            operations=frozenset(can.operations.value),
            outputs=frozenset(can.outputs.value),
            min_delay=can.min_delay_ticks.value,
            max_delay=can.max_delay_ticks.value,
            word_bits=can.word_bits.value,
            accumulator_bits=can.accumulator_bits.value,
            weight_bits=can.weight_bits.value,
        ),
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
        figures={
            ".".join(path).removeprefix("figures."): Figure(
                value=float(number.value),
                unit=unit_of(path[-1]) or path[-1],
                status=number.status,
                source=sources[number.source],
            )
            for part in (chip, entry)
            for path, number in _statements(part)
            if isinstance(number.value, (int, float))
        },
    )


def _undeclared(described: Described, sources: Mapping[str, str]) -> Iterator[Diagnostic]:
    """Sources, operations and units that do not exist."""
    tree = described.tree
    parts: list[tuple[Path, BaseModel]] = [
        *((("chips", name), chip) for name, chip in described.description.chips.items()),
        *((("targets", name), entry) for name, entry in described.description.targets.items()),
    ]
    for root, part in parts:
        for path, statement in _statements(part):
            if statement.source not in sources:
                yield Diagnostic(
                    "E0308",
                    f"there is no source called {statement.source!r}",
                    tree.place((*root, *path, "source")),
                    hint=did_you_mean(statement.source, sources)
                    or "name it with its citation in the table `sources`",
                )
    for name, chip in described.description.chips.items():
        for index, layout in enumerate(chip.layouts):
            if layout.source not in sources:
                yield Diagnostic(
                    "E0308",
                    f"there is no source called {layout.source!r}",
                    tree.place(("chips", name, "layouts", index, "source")),
                    hint=did_you_mean(layout.source, sources),
                )
        operations = chip.capabilities.operations.value
        for index, operation in enumerate(operations):
            if operation not in OPCODES:
                where: Path = ("chips", name, "capabilities", "operations", "value", index)
                yield Diagnostic(
                    "E0308",
                    f"{operation!r} is not an operation of a datapath",
                    tree.place(where),
                    hint=did_you_mean(operation, OPCODES) or f"known: {', '.join(OPCODES)}",
                )
    for root, part in parts:
        for key in part.figures if isinstance(part, (Chip, TargetEntry)) else ():
            if unit_of(key) is None:
                yield Diagnostic(
                    "E0307",
                    f"the key {key!r} does not end in a unit",
                    tree.place((*root, "figures", key), key=True),
                    need="one of " + ", ".join(f"_{unit}" for unit in sorted(UNITS)),
                )


def _statements(
    part: object, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Statement[object]]]:
    """Every statement inside a model, with its path."""
    if isinstance(part, Statement):
        yield path, part
    elif isinstance(part, BaseModel):
        for key in type(part).model_fields:
            yield from _statements(getattr(part, key), (*path, key))
    elif isinstance(part, dict):
        for key, item in part.items():
            yield from _statements(item, (*path, key))
