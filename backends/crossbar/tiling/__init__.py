"""Projections on arrays: from a network in integers to one whose sums converters round.

What goes to arrays and as what matrices (`choice`, `forms`), how these are cut (`cuts`), which
steps converters have (`steps`), and ports that hold the rounded sums (`ports`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from somac.backends.api import Guidance, Legal, refusals
from somac.backends.crossbar.check import capabilities, check_network
from somac.backends.crossbar.choice import Choice, choose
from somac.backends.crossbar.options import is_digital
from somac.backends.crossbar.tiling.cuts import cut
from somac.backends.crossbar.tiling.notes import adders, arrays, rounding
from somac.backends.crossbar.tiling.ports import errors_at_targets, widened
from somac.backends.crossbar.tiling.seen import fidelity, signals_of
from somac.backends.crossbar.tiling.steps import choose_steps
from somac.ir.errors import Diagnostic, Severity, SomacError
from somac.ir.fixed import Format
from somac.ir.integer import IntegerNetwork, IntegerPopulation, IntegerProjection
from somac.ir.target import Array, Target
from somac.ir.tiling import Block, Converters, Tiling

__all__ = ["legalise"]

Raw = NDArray[np.int64]

_PLAIN = Guidance()


def legalise(network: IntegerNetwork, target: Target, guidance: Guidance = _PLAIN) -> Legal:
    """Tile every projection that is worth an array.

    Where `guidance` wants no arrays, these are those that nobody programs: all else is digital.

    Where converters have codes for every sum that there can be, all signals stay the same. Where
    they do not, steps are proven never to clip, or chosen by the samples of `guidance`; the notes
    say what is rounded and clipped.

    Raises
    ------
    SomacError
        Everything that the target cannot do; E0672 if no port holds the rounded sums.
    """
    problems = (*refusals(network, capabilities(target)), *check_network(network, target))
    found = [d for d in problems if d.severity is Severity.ERROR]
    if found:
        raise SomacError.of(found)
    array = target.array
    assert array is not None, "checked above"
    blocks: dict[str, list[Block]] = {}
    tilings: dict[str, Tiling] = {}
    digital = is_digital(guidance)
    for p in network.projections:
        kept = p.tiling is not None or (digital and p.device is None)
        choice = None if kept else choose(p, network.sent(p.source), array)
        if isinstance(choice, Choice):
            blocks[p.name] = _blocks(choice, array)
            tilings[p.name] = _tiling(choice.converters, blocks[p.name], network.sent(p.source))
    coarse = [
        p for p in network.projections if p.name in tilings and (tilings[p.name].steps > 1).any()
    ]
    seen: dict[str, Raw] = {}
    if coarse and guidance.samples:
        seen = signals_of(network, guidance.samples, {p.source for p in coarse})
        for p in coarse:
            tilings[p.name] = _tiling(
                tilings[p.name].converters, blocks[p.name], network.sent(p.source), seen[p.source]
            )
    legal = _with(network, tilings, [p.name for p in coarse])
    notes = [*_notes(network, tilings), *_warnings(network, tilings, coarse, seen)]
    return Legal(legal, tuple(notes))


def _blocks(choice: Choice, array: Array) -> list[Block]:
    """Blocks that fit the array, with steps of 1."""
    most = array.columns // choice.converters.cells
    one = np.ones(choice.converters.planes, np.int64)
    return [
        Block(
            k.weights.astype(np.int32),
            k.sources.astype(np.int32),
            k.targets.astype(np.int32),
            k.delay,
            one,
        )
        for form in choice.forms
        for k in cut(form, array.rows, most)
    ]


def _tiling(
    converters: Converters, blocks: list[Block], sent: Format, signals: Raw | None = None
) -> Tiling:
    chosen = [replace(b, steps=choose_steps(converters, b, sent, signals)) for b in blocks]
    return Tiling.of(converters, chosen)


def _with(
    network: IntegerNetwork, tilings: Mapping[str, Tiling], coarse: Collection[str]
) -> IntegerNetwork:
    """The network with tilings, and ports that hold what they add."""
    errors = {
        p.name: errors_at_targets(
            tilings[p.name], network.sent(p.source), p.connectivity.target_size
        )
        for p in network.projections
        if p.name in coarse
    }
    populations = [
        widened(network, q, [p for p in network.projections if p.target == q.name], errors)
        for q in network.populations
    ]
    problems = [q for q in populations if isinstance(q, Diagnostic)]
    if problems:
        raise SomacError.of(problems)
    return replace(
        network,
        populations=tuple(q for q in populations if isinstance(q, IntegerPopulation)),
        projections=tuple(
            replace(p, tiling=tilings[p.name]) if p.name in tilings else p
            for p in network.projections
        ),
    )


def _notes(network: IntegerNetwork, tilings: Mapping[str, Tiling]) -> Iterator[Diagnostic]:
    yield from (arrays(name, tiling) for name, tiling in tilings.items())
    digital = [p.name for p in network.projections if p.name not in tilings and p.tiling is None]
    if digital:
        yield adders(digital)


def _warnings(
    network: IntegerNetwork,
    tilings: Mapping[str, Tiling],
    coarse: Sequence[IntegerProjection],
    seen: Mapping[str, Raw],
) -> Iterator[Diagnostic]:
    for p in coarse:
        tiling = tilings[p.name]
        found = fidelity(p, tiling, seen[p.source]) if p.source in seen else None
        yield rounding(p.name, tiling, network.sent(p.source), found)
