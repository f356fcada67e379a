"""What learns: rules, constants, traces, and every synapse with what it holds at first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.codegen.rule import UPDATES, parse_rule
from somac.backends.manycore.pe import rule_source
from somac.backends.manycore.verify.blocks import Block
from somac.backends.manycore.verify.description import Core, Description
from somac.backends.manycore.verify.plastic import Plastic
from somac.ir.connectivity import synapses
from somac.ir.errors import Diagnostic, Place
from somac.ir.integer import IntegerNetwork, IntegerProjection
from somac.ir.plasticity import WEIGHT, IntegerPlasticity
from somac.ir.program import Program

__all__ = ["check_learning"]

Integers = NDArray[np.int64]

_PLACE = Place(file="experiment.json")
_SHOWN = 3


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """A block of a projection, its core, and the cells of the model that are there."""

    core: Core
    block: Block
    plastic: Plastic
    cells: Integers


def check_learning(
    program: Program, network: IntegerNetwork, description: Description
) -> Iterator[Diagnostic]:
    """E0802 to E0805, E0811 and E0813: rules, and what every plastic block holds."""
    data = description.data
    plans = data["projections"]
    meant = [
        {"name": p.name, "source": p.source, "target": p.target}
        for p in network.projections
        if p.plasticity is not None
    ]
    found = [{k: plan.get(k) for k in ("name", "source", "target")} for plan in plans]
    if found != meant:
        yield Diagnostic(
            "E0811",
            "projections: the description differs from the network",
            _PLACE,
            have=str(found)[:200],
            need=str(meant)[:200],
        )
        return
    yield from _check_sources(program, data["rules"])
    there = [
        [number, n]
        for number, core in enumerate(description.cores)
        for n, block in enumerate(core.image.blocks)
        if block.plastic is not None
    ]
    listed = [list(pair) for plan in plans for pair in plan["blocks"]]
    if sorted(listed) != there:
        yield Diagnostic("E0811", "projections: other blocks than the cores have", _PLACE)
        return
    learning = [p for p in network.projections if p.plasticity is not None]
    for plan, projection in zip(plans, learning, strict=True):
        parts = [_part(description, core, number) for core, number in plan["blocks"]]
        yield from _check_rule(
            program, data["rules"][plan["rule"]], projection, plan["rule"], parts
        )
        yield from _check_synapses(network, description, projection, parts)


def _part(description: Description, number: int, block: int) -> _Part:
    core = description.cores[number]
    own = core.image.blocks[block]
    (piece,) = (b for b in description.blocks if b.core == number)
    assert own.plastic is not None
    return _Part(core, own, own.plastic, piece.cells)


def _check_sources(program: Program, rules: Sequence[Mapping[str, Any]]) -> Iterator[Diagnostic]:
    """E0813: the C of every rule is what its datapaths give."""
    for rule in rules:
        source = rule["source"]
        try:
            texts = {
                name: None if rule[name] is None else program.files[rule[name]].decode()
                for name in UPDATES
            }
            meant = rule_source(parse_rule(texts, tuple(rule["post"]), rule["weight"]))
        except (KeyError, ValueError):
            # no rule of any network: E0802 says so
            continue
        if program.files.get(source) != meant.encode():
            yield Diagnostic("E0813", "not what the rule's datapaths give", Place(file=source))


def _check_rule(
    program: Program,
    rule: Mapping[str, Any],
    projection: IntegerProjection,
    number: int,
    parts: Sequence[_Part],
) -> Iterator[Diagnostic]:
    """E0802 and E0803: the rule, its constants, and what it reads of the target."""
    learns = projection.plasticity
    assert learns is not None
    for update in UPDATES:
        name = rule.get(update)
        text = program.files.get(name, b"").decode(errors="replace") if name else ""
        path = learns.datapaths.get(update)
        meant = path.text() if path is not None else ""
        if update == "on_pre" and path is None:
            meant = _delivery(learns)
        if text != meant:
            place = Place(file=name or "experiment.json")
            yield Diagnostic("E0802", f"not {update} of projection {projection.name}", place)
            return
    if rule.get("weight") != str(learns.weight):
        yield Diagnostic(
            "E0802", f"projection {projection.name}: weights of another format", _PLACE
        )
        return
    read = [name for name in sorted(learns.post) if _is_read(learns, name)]
    if rule["post"] != read:
        yield Diagnostic("E0802", f"projection {projection.name}: reads other states", _PLACE)
        return
    names = _names(learns, tuple(read))
    for part in parts:
        place = Place(file=part.core.image.file)
        if part.plastic.rule != number:
            yield Diagnostic("E0802", f"not the rule of projection {projection.name}", place)
            continue
        yield from _check_values(projection, learns, names, part)


def _delivery(learns: IntegerPlasticity) -> str:
    """The datapath that delivers the weight, where a rule has no `on_pre`."""
    read = f"%0 = state {WEIGHT} : {learns.weight}"
    return f"datapath deliver\n{read}\nnext {WEIGHT} %0\nsend value %0\n"


def _names(learns: IntegerPlasticity, post: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Names of constants, traces and states in the order of their first use."""
    constants: list[str] = []
    for path in learns.datapaths.values():
        constants += [name for name in path.names("param") if name in learns.parameters]
    return {
        "parameters": tuple(dict.fromkeys(constants)),
        "traces": learns.traces,
        "states": learns.synapse,
        "post": post,
    }


def _check_values(
    projection: IntegerProjection,
    learns: IntegerPlasticity,
    names: Mapping[str, tuple[str, ...]],
    part: _Part,
) -> Iterator[Diagnostic]:
    place, plastic = Place(file=part.core.image.file), part.plastic
    held: tuple[Sequence[object], ...] = (
        *(plastic.parameters, plastic.traces),
        *(plastic.states, plastic.post),
    )
    have = tuple(len(values) for values in held)
    if have != tuple(len(some) for some in names.values()):
        yield Diagnostic("E0803", f"projection {projection.name}: other numbers of values", place)
        return
    widths = dict(zip(names["traces"], plastic.trace_widths, strict=True))
    widths |= dict(zip(names["states"], plastic.state_widths, strict=True))
    for name, width in widths.items():
        format = learns.format_of(name)
        bits = max(format.maximum.bit_length(), (-format.minimum - 1).bit_length()) + 1
        if width != next(w for w in (1, 2, 4, 8) if bits <= 8 * w):
            yield Diagnostic("E0803", f"{name} of {projection.name} in {width} bytes", place)
    for name, value in zip(names["parameters"], plastic.parameters, strict=True):
        if value != int(learns.parameters[name]):
            yield _other("parameter", name, projection, place, value, learns.parameters[name])
    for name, values in zip(names["traces"], plastic.traces, strict=True):
        wrong = values[values != learns.initial[name]]
        if len(wrong):
            yield _other("trace", name, projection, place, wrong[0], learns.initial[name])
    if plastic.posts != (learns.on_post is not None):
        yield Diagnostic("E0803", f"projection {projection.name}: synapses by target", place)


def _other(
    what: str,
    name: str,
    projection: IntegerProjection,
    place: Place,
    have: object,
    need: object,
) -> Diagnostic:
    text = f"{what} {name} of projection {projection.name}"
    return Diagnostic("E0803", text, place, have=str(have), need=str(need))


def _check_synapses(
    network: IntegerNetwork,
    description: Description,
    projection: IntegerProjection,
    parts: Sequence[_Part],
) -> Iterator[Diagnostic]:
    """E0803 to E0805: every synapse once, between its cells, with its delay and what it holds."""
    learns = projection.plasticity
    assert learns is not None
    target = network.population(projection.target)
    every = synapses(projection.connectivity)
    held = [
        every.weight.astype(np.int64)
        if name == WEIGHT
        else np.full(len(every.target), int(learns.initial[name]))
        for name in learns.synapse
    ]
    port = target.datapath.names("input").index(projection.port)
    how = [np.full(len(every.target), port), every.delay + projection.delay]
    meant = np.stack([every.source, every.target, *how, *held], axis=1)
    cell_of = _cells_by_key(description, projection.source)
    rows = [np.zeros((0, meant.shape[1]), dtype=np.int64)]
    states = target.datapath.names("state")
    for part in parts:
        plastic = part.plastic
        if len(plastic.states) != len(learns.synapse):
            return  # E0803 says so
        keys = part.block.keys[plastic.cell].tolist()
        source = np.array([cell_of.get(key, -1) for key in keys], dtype=np.int64)
        ends = np.full(len(source), part.block.port), np.full(len(source), part.block.delay)
        rows.append(np.stack([source, part.cells[plastic.target], *ends, *plastic.states], axis=1))
        read = [states[n] if n < len(states) else "" for n in plastic.post]
        wanted = [learns.post[n] for n in sorted(learns.post) if _is_read(learns, n)]
        if read != wanted:
            place = Place(file=part.core.image.file)
            yield _other("states read", "post", projection, place, read, wanted)
    found = np.concatenate(rows)
    for code, these, those, what in (
        ("E0804", meant, found, "missing"),
        ("E0805", found, meant, "too many"),
    ):
        rest = _difference(these, those)
        if len(rest):
            shown = "; ".join(
                f"{projection.source}[{row[0]}] -> {projection.target}[{row[1]}].{row[2]} delay "
                f"{row[3]} with {', '.join(map(str, row[4:]))}"
                for row in rest[:_SHOWN].tolist()
            )
            yield Diagnostic(
                code,
                f"projection {projection.name}: {len(rest)} synapses {what}: {shown}",
                Place(node=projection.name),
                have=f"{len(found)} synapses",
                need=f"{len(meant)} synapses",
            )


def _is_read(learns: IntegerPlasticity, name: str) -> bool:
    return any(name in path.names("param") for path in learns.datapaths.values())


def _cells_by_key(description: Description, source: str) -> dict[int, int]:
    """The cell of an input or population that sends each key."""
    found: dict[int, int] = {}
    for block in description.blocks:
        if block.source == source and block.key is not None:
            found |= {block.key + n: cell for n, cell in enumerate(block.cells.tolist())}
    return found


def _difference(these: Integers, those: Integers) -> Integers:
    """Rows of `these` that `those` has fewer of, each as often as they are missing."""
    if these.shape == those.shape:
        order = [np.lexsort(rows.T[::-1]) for rows in (these, those)]
        if (these[order[0]] == those[order[1]]).all():
            return these[:0]
    both, where, counts = np.unique(
        np.concatenate([these, those]), axis=0, return_inverse=True, return_counts=True
    )
    inverse = where.reshape(-1)
    first = np.bincount(inverse[: len(these)], minlength=len(both))
    return np.asarray(np.repeat(both, np.maximum(2 * first - counts, 0), axis=0))
