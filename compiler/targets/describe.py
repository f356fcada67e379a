"""From the text of a description to `Target` values, with every mistake at its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import BaseModel, ValidationError

from somac.compiler.targets.described import Described, statements
from somac.compiler.targets.explain import explain
from somac.compiler.targets.hardware import Hardware, hardware_of, odd_form
from somac.compiler.targets.schema import (
    Array,
    Chip,
    Description,
    Engine,
    Family,
    Part,
    TargetEntry,
)
from somac.compiler.targets.tree import Path, parse_yaml
from somac.compiler.targets.units import FIGURES_OF_CELLS, UNITS, unit_of
from somac.ir.datapath import OPCODES
from somac.ir.errors import Diagnostic, SomacError
from somac.ir.suggest import did_you_mean
from somac.ir.target import Figure, Target

__all__ = ["build_targets", "read_description"]


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
    """The targets of a description; what it names and lacks comes from `shipped`.

    Raises
    ------
    SomacError
        E0306 to E0309.
    """
    sources = {**shipped.description.sources, **described.description.sources}
    wrong = list(_undeclared(described, sources))
    targets: dict[str, Target] = {}
    for name, entry in described.description.targets.items():
        odd = list(odd_form(entry, ("targets", name), described.tree))
        wrong += odd
        if odd:
            continue
        try:
            hardware = hardware_of(name, entry, (described, shipped))
        except SomacError as error:
            wrong += error.diagnostics
            continue
        if not wrong:
            targets[name] = _target(name, entry, hardware, sources)
    if wrong:
        raise SomacError.of(dict.fromkeys(wrong))
    return targets


def _target(
    name: str, entry: TargetEntry, hardware: Hardware, sources: Mapping[str, str]
) -> Target:
    return Target(
        name=name,
        title=entry.title,
        backend=entry.backend,
        topology=hardware.topology,
        resources=hardware.resources,
        router_entries=hardware.router_entries,
        capabilities=hardware.capabilities,
        layouts=hardware.layouts,
        figures={
            ".".join(path).removeprefix("figures."): Figure(
                value=float(number.value),
                unit=unit_of(path[-1]) or path[-1],
                status=number.status,
                source=sources[number.source],
            )
            for model in (*hardware.stated, entry)
            for path, number in statements(model)
            if isinstance(number.value, (int, float)) and not isinstance(number.value, bool)
        },
        part=hardware.part,
        array=hardware.array,
    )


def _undeclared(described: Described, sources: Mapping[str, str]) -> Iterator[Diagnostic]:
    """Sources, operations and units that do not exist."""
    tree = described.tree
    tables = ("arrays", "chips", "engines", "families", "parts", "targets")
    entries: list[tuple[Path, BaseModel]] = [
        ((table, name), entry)
        for table in tables
        for name, entry in getattr(described.description, table).items()
    ]
    for root, entry in entries:
        for path, statement in statements(entry):
            if statement.source not in sources:
                yield Diagnostic(
                    "E0308",
                    f"there is no source called {statement.source!r}",
                    tree.place((*root, *path, "source")),
                    hint=did_you_mean(statement.source, sources)
                    or "name it with its citation in the table `sources`",
                )
    for root, entry in entries:
        for index, layout in enumerate(entry.layouts if isinstance(entry, Chip) else ()):
            if layout.source not in sources:
                yield Diagnostic(
                    "E0308",
                    f"there is no source called {layout.source!r}",
                    tree.place((*root, "layouts", index, "source")),
                    hint=did_you_mean(layout.source, sources),
                )
        can = entry.capabilities if isinstance(entry, (Chip, Engine)) else None
        for index, operation in enumerate(can.operations.value if can else ()):
            if operation not in OPCODES:
                where: Path = (*root, "capabilities", "operations", "value", index)
                yield Diagnostic(
                    "E0308",
                    f"{operation!r} is not an operation of a datapath",
                    tree.place(where),
                    hint=did_you_mean(operation, OPCODES) or f"known: {', '.join(OPCODES)}",
                )
        stated = (Array, Chip, Family, Part, TargetEntry)
        for key in entry.figures if isinstance(entry, stated) else ():
            if unit_of(key) is None:
                yield Diagnostic(
                    "E0307",
                    f"the key {key!r} does not end in a unit",
                    tree.place((*root, "figures", key), key=True),
                    need="one of " + ", ".join(f"_{unit}" for unit in sorted(UNITS)),
                    hint=_figure_of_cells(key) if isinstance(entry, Array) else None,
                )


def _figure_of_cells(key: str) -> str | None:
    return did_you_mean(key, FIGURES_OF_CELLS, listed=0)
