"""The experiment description as the emulator reads it: every field checked before it is used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from somac.backends.codegen.rule import UPDATES
from somac.ir.datapath import SEMANTICS
from somac.ir.errors import Place, SomacError
from somac.ir.fixed import Format
from somac.ir.neuron import SignalKind
from somac.ir.program import Program

__all__ = [
    "FILE",
    "ChipPlan",
    "CorePlan",
    "Experiment",
    "InputPlan",
    "KeyRange",
    "PopulationPlan",
    "ProjectionPlan",
    "RulePlan",
    "Span",
    "read_experiment",
]

FILE = "experiment.json"
FORMAT = 2

MAX_CELLS = 1 << 26
"""Cells of one input or population beyond which a description is not believed."""

_MAX_TICKS = 1 << 31
_MAX_KEY = (1 << 32) - 1


@dataclass(frozen=True, slots=True)
class ChipPlan:
    """Where each link of a chip leads (None: nowhere), and the file of its routing table."""

    links: tuple[int | None, ...]
    table: str | None


@dataclass(frozen=True, slots=True)
class CorePlan:
    """A core that is loaded: where it is, its image, and the number of its program."""

    chip: int
    core: int
    image: str
    program: int


@dataclass(frozen=True, slots=True)
class KeyRange:
    """Channels `start` to `stop` of an input are sent with keys from `key` on."""

    start: int
    stop: int
    key: int


@dataclass(frozen=True, slots=True)
class InputPlan:
    """An input: its size, the range of its raw values, and its keys."""

    name: str
    size: int
    kind: SignalKind
    low: int
    high: int
    keys: tuple[KeyRange, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """Cells `start` to `stop` of a population are those of a core, by its number."""

    start: int
    stop: int
    core: int


@dataclass(frozen=True, slots=True, eq=False)
class PopulationPlan:
    """A population: its shape, and which cores hold it.

    `cells` is int64 (size,), the cell of the model in each place that spans count.
    """

    name: str
    shape: tuple[int, ...]
    spans: tuple[Span, ...]
    cells: NDArray[np.int64]

    @property
    def size(self) -> int:
        """Number of cells."""
        return prod(self.shape)


@dataclass(frozen=True, slots=True)
class RulePlan:
    """A learning rule: files of its updates by name, None for those that there are not."""

    updates: Mapping[str, str | None]
    post: tuple[str, ...]
    weight: str


@dataclass(frozen=True, slots=True)
class ProjectionPlan:
    """A plastic projection: the number of its rule, and its blocks as core and number there."""

    name: str
    rule: int
    blocks: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Experiment:
    """All of it; `outputs` are pairs of a name and its source."""

    period: int
    host_chip: int
    chips: tuple[ChipPlan, ...]
    programs: tuple[str, ...]
    cores: tuple[CorePlan, ...]
    inputs: tuple[InputPlan, ...]
    populations: tuple[PopulationPlan, ...]
    outputs: tuple[tuple[str, str], ...]
    rules: tuple[RulePlan, ...]
    projections: tuple[ProjectionPlan, ...]


def read_experiment(program: Program) -> Experiment:
    """Read ``experiment.json``.

    Raises
    ------
    SomacError
        E0703 if the file is missing, E0704 if it is not JSON, E0705 if it is of another
        version, E0710 if a field is not what it must be.
    """
    root = _Fields(program.json(FILE), "")
    for field, known in (("format", FORMAT), ("semantics", SEMANTICS)):
        version = root.integer(field, 0, _MAX_TICKS)
        if version != known:
            raise SomacError(
                "E0705",
                f"the experiment description has {field} {version}",
                place=Place(file=FILE),
                have=f"{field} {version}",
                need=f"{field} {known}",
                hint="compile the model again with this version of somac",
            )
    chips = root.items("chips")
    programs = tuple(root.text(index, "programs") for index in range(root.length("programs")))
    cores = root.items("cores")
    experiment = Experiment(
        root.integer("period", 1, _MAX_TICKS),
        root.integer("host_chip", 0, len(chips) - 1),
        tuple(_chip(c, len(chips)) for c in chips),
        programs,
        tuple(_core(c, len(chips), len(programs)) for c in cores),
        tuple(_input(i) for i in root.items("inputs")),
        tuple(_population(p, len(cores)) for p in root.items("populations")),
        tuple((o.text("name"), o.text("source")) for o in root.items("outputs")),
        tuple(_rule(r) for r in root.items("rules")),
        tuple(_projection(p, len(cores), root.length("rules")) for p in root.items("projections")),
    )
    _check_names(experiment)
    return experiment


def _chip(c: _Fields, chips: int) -> ChipPlan:
    links = tuple(c.integer_or_none(n, 0, chips - 1, "links") for n in range(c.length("links")))
    return ChipPlan(links, c.text_or_none("table"))


def _core(c: _Fields, chips: int, programs: int) -> CorePlan:
    return CorePlan(
        c.integer("chip", 0, chips - 1),
        c.integer("core", 0, 1 << 16),
        c.text("image"),
        c.integer("program", 0, programs - 1),
    )


def _input(i: _Fields) -> InputPlan:
    size = prod(i.shape())
    try:
        format = Format.parse(i.text("format"))
    except ValueError as error:
        raise i.wrong("format", str(error)) from None
    spikes = i.kind() == "spike"
    keys = []
    for part in i.items("slices"):
        start, stop = part.range(size)
        keys.append(KeyRange(start, stop, part.integer("key", 0, _MAX_KEY - (stop - start) + 1)))
    low, high = (0, 1) if spikes else (format.minimum, format.maximum)
    return InputPlan(i.text("name"), size, i.kind(), low, high, tuple(keys))


def _population(p: _Fields, cores: int) -> PopulationPlan:
    shape = p.shape()
    size = prod(shape)
    spans = [Span(*s.range(size), s.integer("core", 0, cores - 1)) for s in p.items("slices")]
    edges = [0, *(s.stop for s in spans)]
    if [s.start for s in spans] != edges[:-1] or edges[-1] != size:
        raise p.wrong("slices", f"they are not the {size} cells of the population, in order")
    return PopulationPlan(p.text("name"), shape, tuple(spans), p.order(size))


def _rule(r: _Fields) -> RulePlan:
    return RulePlan(
        {name: r.text_or_none(name) for name in UPDATES},
        tuple(r.text(n, "post") for n in range(r.length("post"))),
        r.text("weight"),
    )


def _projection(p: _Fields, cores: int, rules: int) -> ProjectionPlan:
    blocks = tuple(p.pair(n, "blocks", cores - 1) for n in range(p.length("blocks")))
    return ProjectionPlan(p.text("name"), p.integer("rule", 0, rules - 1), blocks)


def _check_names(experiment: Experiment) -> None:
    names = [i.name for i in experiment.inputs] + [p.name for p in experiment.populations]
    used = [s.core for p in experiment.populations for s in p.spans]
    places = [(c.chip, c.core) for c in experiment.cores]
    sources = {source for _, source in experiment.outputs}
    learning = [p.name for p in experiment.projections]
    for problem, wrong in (
        ("a name is used twice", len(set(names)) < len(names)),
        ("an output has an unknown source", not sources <= set(names)),
        ("two outputs have one name", len(dict(experiment.outputs)) < len(experiment.outputs)),
        ("a core belongs to no population, or to two", sorted(used) != [*range(len(places))]),
        ("two projections have one name", len(set(learning)) < len(learning)),
        ("a core is loaded twice", len(set(places)) < len(places)),
    ):
        if wrong:
            raise SomacError("E0710", problem, place=Place(file=FILE))


class _Fields:
    """A JSON object whose fields are asked for by name and type; anything else is E0710."""

    def __init__(self, value: Any, path: str) -> None:
        self.path = path
        if not isinstance(value, dict):
            raise self.wrong("", "not an object")
        self.value: dict[str, Any] = value

    def wrong(self, field: str | int, problem: str) -> SomacError:
        where = f"{self.path}.{field}".strip(".") or "the file"
        return SomacError("E0710", f"{where}: {problem}", place=Place(file=FILE, node=where))

    def _get(self, field: str | int, within: str | None) -> Any:
        if within is not None:
            return self._list(within)[int(field)]
        if field not in self.value:
            raise self.wrong(field, "missing")
        return self.value[str(field)]

    def _list(self, field: str) -> list[Any]:
        value = self._get(field, None)
        if not isinstance(value, list):
            raise self.wrong(field, "not a list")
        return value

    def length(self, field: str) -> int:
        return len(self._list(field))

    def items(self, field: str) -> list[_Fields]:
        items = enumerate(self._list(field))
        return [_Fields(item, f"{self.path}.{field}[{n}]".strip(".")) for n, item in items]

    def integer(self, field: str | int, low: int, high: int, within: str | None = None) -> int:
        value = self._get(field, within)
        if type(value) is not int or not low <= value <= high:
            raise self.wrong(field, f"{value!r} is not an integer from {low} to {high}")
        return value

    def integer_or_none(self, field: str | int, low: int, high: int, within: str) -> int | None:
        value = self._get(field, within)
        return None if value is None else self.integer(field, low, high, within)

    def text(self, field: str | int, within: str | None = None) -> str:
        value = self._get(field, within)
        if not isinstance(value, str):
            raise self.wrong(field, "not text")
        return value

    def text_or_none(self, field: str) -> str | None:
        return None if self._get(field, None) is None else self.text(field)

    def pair(self, number: int, within: str, most: int) -> tuple[int, int]:
        value = self._list(within)[number]
        sound = isinstance(value, list) and [type(v) for v in value] == [int, int]
        if not sound or not (0 <= value[0] <= most and 0 <= value[1] < 1 << 16):
            raise self.wrong(within, f"{value!r} is not the number of a core and of a block")
        return value[0], value[1]

    def kind(self) -> SignalKind:
        kinds: Sequence[SignalKind] = get_args(SignalKind)
        for kind in kinds:
            if self.text("kind") == kind:
                return kind
        raise self.wrong("kind", f"not one of {', '.join(kinds)}")

    def shape(self) -> tuple[int, ...]:
        shape = [self.integer(n, 1, MAX_CELLS, "shape") for n in range(self.length("shape"))]
        if not shape or prod(shape) > MAX_CELLS:
            raise self.wrong("shape", f"not 1 to {MAX_CELLS} cells")
        return tuple(shape)

    def order(self, size: int) -> NDArray[np.int64]:
        if self._get("order", None) is None:
            return np.arange(size)
        listed = self._list("order")
        if not all(type(cell) is int for cell in listed) or sorted(listed) != [*range(size)]:
            raise self.wrong("order", f"not each of the {size} cells once")
        return np.array(listed, dtype=np.int64)

    def range(self, size: int) -> tuple[int, int]:
        start = self.integer("start", 0, size - 1)
        return start, self.integer("stop", start + 1, size)
