"""Mapping problems as JSON: `docs/reference/mapping-problem.md` describes the form."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.problem.model import Constraints, Machine, MappingProblem
from somac.ir.errors import Diagnostic, Place, SomacError
from somac.ir.files import read_whole
from somac.ir.placement import Nets, integer_rate
from somac.ir.suggest import did_you_mean

if TYPE_CHECKING:
    from pydantic import ValidationError

    from somac.compiler.mapping.problem.schema import MachineText, ProblemText

__all__ = ["read_problem"]

MAX_BYTES = 1 << 30
"""Of a file; the values of a larger one would not fit a usual machine's memory."""

_SHOWN = 20
"""Mistakes that are reported at once."""


def read_problem(path: Path, targets: Path | None = None) -> MappingProblem:
    """Read a problem.

    Parameters
    ----------
    path
        The file.
    targets
        A file of target descriptions of the user's own.

    Raises
    ------
    SomacError
        E0101 to E0103 if the file cannot be read, E0611 if its form is wrong, E0610 if it
        contradicts itself, E03xx if its machine is a target that is not known.
    """
    file = str(path)
    content = read_whole(path, MAX_BYTES, kind="a mapping problem", too_large="E0611")
    _require_json(content, file)
    text = _form(content, file)
    try:
        return _problem(text, targets)
    except SomacError as error:
        # what is wrong with the targets has a file already
        raise error.placed(lambda p: p if p.file else replace(p, file=file)) from None


def _require_json(content: bytes, file: str) -> None:
    """SomacError E0611 for what is no JSON in UTF-8, or has a key twice: a schema sees neither."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise _malformed(file, f"the key {twice!r} is there twice")
        return found

    try:
        json.loads(content.decode("utf-8"), object_pairs_hook=unique)
    except UnicodeDecodeError:
        raise _malformed(file, "this is no text in UTF-8") from None
    except json.JSONDecodeError as error:
        place = Place(file=file, line=error.lineno, column=error.colno)
        raise SomacError("E0611", f"this is no JSON: {error.msg}", place=place) from None
    except (RecursionError, ValueError) as error:
        raise _malformed(file, f"this is no JSON that can be read: {error}") from None


def _form(content: bytes, file: str) -> ProblemText:
    from pydantic import ValidationError

    from somac.compiler.mapping.problem.schema import ProblemText

    try:
        # tuples of a schema are lists of JSON: strictness is about numbers and text
        return ProblemText.model_validate_json(content)
    except ValidationError as error:
        raise SomacError.of(_mistakes(error, file)) from None


def _mistakes(error: ValidationError, file: str) -> Iterator[Diagnostic]:
    for item in error.errors(include_url=False)[:_SHOWN]:
        where = ".".join(str(part) for part in item["loc"])
        place, hint = Place(file, node=where), None
        if item["type"] == "extra_forbidden":
            hint = did_you_mean(str(item["loc"][-1]), _keys(item["loc"][:-1]))
        yield Diagnostic("E0611", f"{where or 'the file'}: {item['msg']}", place, hint=hint)


def _keys(path: Sequence[int | str]) -> list[str]:
    """The keys that the part of the form at `path` may have."""
    from somac.compiler.mapping.problem.schema import ProblemText

    model: Any = ProblemText
    for part in path:
        known = {f.alias or name: f.annotation for name, f in model.model_fields.items()}
        model = known.get(str(part))
        if not hasattr(model, "model_fields"):
            return []
    return [field.alias or name for name, field in model.model_fields.items()]


def _problem(text: ProblemText, targets: Path | None) -> MappingProblem:
    machine = _machine(text.machine, targets)
    cores = _CoreNumbers(machine)
    resources = tuple(text.slices.demand)
    wishes = text.constraints
    return MappingProblem(
        name=text.name,
        machine=machine,
        resources=resources,
        demand=_demand(text, resources),
        nets=_nets(text),
        keys=_amounts(text.nets.keys, len(text.nets.source), "nets.keys"),
        sharing=text.slices.sharing,
        objective=text.objective,
        constraints=Constraints(
            together=wishes.together,
            apart=wishes.apart,
            pins={part: cores.number(core, "constraints.pins") for part, core in wishes.pins},
            reserved=tuple(cores.number(core, "constraints.reserved") for core in wishes.reserved),
        ),
    )


def _machine(text: MachineText, targets: Path | None) -> Machine:
    from somac.compiler.targets import find_target
    from somac.compiler.targets.topology import BoardPlan, ChipPlan, PlanError, topology_of

    if text.target is not None:
        extra = sorted(text.model_fields_set - {"target"})
        if extra:
            raise SomacError(
                "E0611",
                f"machine names target {text.target!r} and states {extra[0]} too",
                place=Place(node=f"machine.{extra[0]}"),
                hint="a target has all of its machine; describe a changed one with --targets FILE",
            )
        return Machine.of_target(find_target(text.target, targets))
    try:
        topology = topology_of(
            ChipPlan(
                rows=text.plan,
                origin=(0, 0),
                node_cores=text.node_cores,
                core_order=list(_in_order(text.plan)),
                reserved=(),
                hops=text.mesh_hops,
            ),
            BoardPlan(
                rows=text.rows,
                hops=text.link_hops,
                host_chip=text.host_chip,
                dead_cores=text.dead_cores,
                wrapped=text.wrapped,
                dead_links=text.dead_links,
                dead_ways=text.dead_ways,
            ),
        )
    except PlanError as error:
        raise SomacError(
            "E0611", str(error), place=Place(node=f"machine.{error.path[-1]}")
        ) from None
    return Machine("the machine", topology, text.capacity, text.router_entries)


def _in_order(plan: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Nodes with cores, row by row from the lowest."""
    for y, row in enumerate(reversed(plan)):
        for x, letter in enumerate(row):
            if letter in "#@":
                yield x, y


class _CoreNumbers:
    """Core numbers of a topology by the chip's position and the hardware's number."""

    def __init__(self, machine: Machine) -> None:
        topology = machine.topology
        self._first: dict[tuple[int, int], int] = {}
        chip_of_core = topology.node_chip[topology.core_node]
        for chip, (x, y) in enumerate(topology.chip_position.tolist()):
            self._first[x, y] = int(np.searchsorted(chip_of_core, chip))
        self._count = np.bincount(chip_of_core, minlength=topology.chips)
        self._chip = {place: chip for chip, place in enumerate(self._first)}

    def number(self, core: tuple[int, int, int], where: str) -> int:
        x, y, local = core
        if (x, y) not in self._first or local >= self._count[self._chip[x, y]]:
            raise SomacError(
                "E0610",
                f"the machine has no core {local} on a chip at ({x}, {y})",
                place=Place(node=where),
            )
        return self._first[x, y] + local


def _demand(text: ProblemText, resources: Sequence[str]) -> NDArray[np.int64]:
    demand = np.zeros((text.slices.count, len(resources)), dtype=np.int64)
    for column, name in enumerate(resources):
        demand[:, column] = _amounts(
            text.slices.demand[name], text.slices.count, f"slices.demand.{name}"
        )
    return demand


def _amounts(stated: int | tuple[int, ...], count: int, where: str) -> NDArray[np.int64]:
    """`count` amounts, stated one by one or once for all."""
    if not isinstance(stated, int) and len(stated) != count:
        raise SomacError(
            "E0610",
            f"{where} is of another length than what it belongs to",
            place=Place(node=where),
            have=f"{len(stated)} amounts",
            need=f"one, or {count}",
        )
    return np.broadcast_to(np.asarray(stated, dtype=np.int64), (count,)).copy()


def _nets(text: ProblemText) -> Nets:
    nets = text.nets
    count = len(nets.source)
    rate = [nets.rate] * count if isinstance(nets.rate, float) else nets.rate
    for name, given in (("rate", rate), ("targets", nets.targets)):
        if len(given) != count:
            raise SomacError(
                "E0610",
                f"nets have {count} sources and {len(given)} entries of {name}",
                place=Place(node=f"nets.{name}"),
            )
    return Nets.of(zip(nets.source, nets.targets, map(integer_rate, rate), strict=True))


def _malformed(file: str, message: str) -> SomacError:
    return SomacError("E0611", message, place=Place(file=file))
