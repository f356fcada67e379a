"""Plastic projections put together from the blocks of their cores.

A source cell is kept once, however many cores hear it: its traces are the same on all of them.
Only a cell whose packets do not come to a core that listens for them stands apart there, where
nothing ever arrives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.backends.codegen.rule import RuleProgram
from somac.backends.manycore.emulator.cells import Cells
from somac.backends.manycore.emulator.files import Files
from somac.backends.manycore.emulator.plastic import PlasticBlock
from somac.backends.manycore.emulator.reading import FILE, ProjectionPlan
from somac.ir.errors import Place, SomacError

__all__ = ["PlasticPart", "join_parts"]

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class PlasticPart:
    """A plastic projection, its synapses in rows of its source cells.

    Parameters
    ----------
    name
        Of the projection.
    rule, group, port
        Its rule, the group of its target, and the number of the port it adds to.
    arrivals
        The accumulator in which what its cell 0 sent arrives; those of the others follow.
    delay
        Ticks.
    source
        int64 (cells,): number of each source cell as a source, -1 where nothing arrives.
    begin
        int64 (cells + 1,): synapses ``begin[c]`` to ``begin[c + 1]`` are those of cell c.
    target
        int64 (synapses,): cell of the group.
    core
        int64 (synapses,): core that holds each.
    traces, states
        Initial values: int64 (cells,) and (synapses,) each.
    parameters
        int64 0-d each.
    post
        Per name of a target's state in the rule, the state of the group's datapath.
    order
        int64 (synapses,): the synapses in the order of the model, by source and then target.
    cells_per_core
        int64 (cores,): source cells that each core keeps traces of.
    """

    name: str
    rule: RuleProgram
    group: int
    port: int
    arrivals: int
    delay: int
    source: Integers
    begin: Integers
    target: Integers
    core: Integers
    traces: Mapping[str, Integers]
    states: Mapping[str, Integers]
    parameters: Mapping[str, Integers]
    post: Mapping[str, str]
    order: Integers
    cells_per_core: Integers

    @property
    def cells(self) -> int:
        """Source cells."""
        return len(self.source)

    @property
    def synapses(self) -> int:
        """How many there are."""
        return len(self.target)

    @property
    def by_target(self) -> Integers:
        """int64 (synapses,): the synapses by their target."""
        return np.argsort(self.target, kind="stable")

    @property
    def cell(self) -> Integers:
        """int64 (synapses,): the source cell of each."""
        return np.repeat(np.arange(self.cells), np.diff(self.begin))


@dataclass(frozen=True, slots=True, eq=False)
class _Piece:
    """A block and its core.

    `sender` is the number of each cell as a source, -1 for none; `heard` the same, and -1 also
    where packets of the source do not come to the core.
    """

    core: int
    block: PlasticBlock
    port: int
    delay: int
    sender: Integers
    heard: Integers


def join_parts(
    files: Files,
    cells: Cells,
    keys: Integers,
    comes: Callable[[int], NDArray[np.bool_]],
    first: int,
    width: int,
) -> tuple[PlasticPart, ...]:
    """The plastic projections of a program, in the order of the groups that they end at.

    Parameters
    ----------
    keys
        int64 (sources,): the key that each source sends, -1 for none.
    comes
        Per core, whether the packets of each source come to it, bool (sources,).
    first, width
        Accumulators from `first` on are free for arrivals; a part takes whole `width`.

    Raises
    ------
    SomacError
        E0710 if blocks are not where the description says, or differ where they must not.
    """
    order = np.argsort(keys, kind="stable")
    known = keys[order]
    parts = []
    # without synapses there is nothing to put together
    plans = [plan for plan in files.experiment.projections if plan.blocks]
    for plan in sorted(plans, key=lambda plan: cells.cores[plan.blocks[0][0]].group):
        pieces = []
        for core, number in plan.blocks:
            found = files.memories[core].blocks[number]
            block = files.memories[core].plastic[number]
            at = np.minimum(np.searchsorted(known, found.key), len(known) - 1)
            sender = np.where((known[at] == found.key) & (found.key >= 0), order[at], -1)
            reached = (sender >= 0) & comes(core)[sender]
            pieces.append(
                _Piece(core, block, found.port, found.delay, sender, np.where(reached, sender, -1))
            )
        part = _joined(files, cells, plan, pieces, first)
        first += -(-part.cells // width) * width
        parts.append(part)
    return tuple(parts)


def _joined(
    files: Files, cells: Cells, plan: ProjectionPlan, pieces: Sequence[_Piece], first: int
) -> PlasticPart:
    _check_alike(files, plan, pieces)
    rule = files.rules[plan.rule]
    group = cells.cores[pieces[0].core].group
    # a cell nothing comes from has a number of its own
    count = int(cells.edges[-1])
    number, owner = [], []
    for piece in pieces:
        own = np.where(piece.heard >= 0, piece.heard, count + np.arange(len(piece.heard)))
        count += len(piece.heard)
        number.append(own)
        owner.append(np.repeat(np.arange(len(own)), np.diff(piece.block.begin)))
    unique, where = np.unique(np.concatenate(number), return_inverse=True)
    ends = np.cumsum([0, *(len(own) for own in number)])
    cell = np.concatenate([where[e + o] for e, o in zip(ends[:-1], owner, strict=True)])
    target = np.concatenate([cells.cores[p.core].cells[p.block.target] for p in pieces])
    core = np.concatenate([np.full(len(p.block.target), p.core) for p in pieces])
    row = np.lexsort((target, cell))
    traces = {}
    for n, name in enumerate(rule.traces):
        given = np.concatenate([p.block.traces[n] for p in pieces])
        values = np.zeros(len(unique), dtype=np.int64)
        values[where] = given
        _need(plan, bool((values[where] == given).all()), "cores differ in the traces of a cell")
        traces[name] = values
    own_states = files.datapaths[files.memories[pieces[0].core].program].names("state")
    sender = np.concatenate([p.sender[o] for p, o in zip(pieces, owner, strict=True)])[row]
    model = _model_cells(files, cells)
    return PlasticPart(
        plan.name,
        rule,
        group,
        pieces[0].port,
        first,
        pieces[0].delay,
        np.where(unique < cells.edges[-1], unique, -1),
        np.append(0, np.cumsum(np.bincount(cell, minlength=len(unique)))),
        target[row],
        core[row],
        traces,
        {
            name: np.concatenate([p.block.states[n] for p in pieces])[row]
            for n, name in enumerate(rule.states)
        },
        dict(zip(rule.parameters, pieces[0].block.parameters, strict=True)),
        {name: own_states[n] for name, n in zip(rule.post, pieces[0].block.post, strict=True)},
        np.lexsort((model[int(cells.edges[group]) + target[row]], model[sender])),
        np.bincount(
            [p.core for p in pieces],
            [len(p.sender) for p in pieces],
            minlength=len(files.memories),
        ).astype(np.int64),
    )


def _model_cells(files: Files, cells: Cells) -> Integers:
    """Per source, its number in its population or input."""
    model = np.zeros(int(cells.edges[-1]), dtype=np.int64)
    for population in files.experiment.populations:
        for span in population.spans:
            model[cells.sources(span.core)] = population.cells[span.start : span.stop]
    inputs = cells.edges[len(cells.groups) : -1].tolist()
    for first, given in zip(inputs, files.experiment.inputs, strict=True):
        model[first : first + given.size] = np.arange(given.size)
    return model


def _check_alike(files: Files, plan: ProjectionPlan, pieces: Sequence[_Piece]) -> None:
    """One rule, port, delay, target and set of constants; and every cell somebody's."""
    rule = files.rules[plan.rule]
    targets = {
        number
        for number, population in enumerate(files.experiment.populations)
        for span in population.spans
        if span.core in {piece.core for piece in pieces}
    }
    first = pieces[0]
    for problem, sound in (
        ("it ends at several populations", len(targets) == 1),
        ("a block has another rule", all(p.block.rule == plan.rule for p in pieces)),
        ("its cores differ in port", len({p.port for p in pieces}) == 1),
        ("its cores differ in delay", len({p.delay for p in pieces}) == 1),
        ("a core is named twice", len({p.core for p in pieces}) == len(pieces)),
        ("its cores differ in what they read", len({p.block.post for p in pieces}) == 1),
        (
            "its cores differ in constants",
            all(p.block.parameters == first.block.parameters for p in pieces),
        ),
        (
            "a synapse leads from a key that nobody sends",
            all((p.sender[np.diff(p.block.begin) > 0] >= 0).all() for p in pieces),
        ),
    ):
        _need(plan, sound, problem)
    own = files.datapaths[files.memories[first.core].program]
    for number, name in zip(first.block.post, rule.post, strict=True):
        state = own.names("state")[number]
        sound = own.format_of("state", state) == rule.format_of(name)
        _need(plan, sound, f"{name} has another format than {state} of the target")


def _need(plan: ProjectionPlan, condition: bool, problem: str) -> None:
    if not condition:
        raise SomacError(
            "E0710", f"projection {plan.name}: {problem}", place=Place(file=FILE, node=plan.name)
        )
