"""The summary of a compile, for people."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import TYPE_CHECKING

from somac.compiler.cli.render.account import account_pairs, remarks_text
from somac.compiler.cli.render.costs import cases_text
from somac.compiler.cli.render.layout import count, fields, number, percent, table

if TYPE_CHECKING:
    from somac.compiler.cli.views.compiled import (
        CompiledView,
        LearningView,
        PopulationView,
        PortView,
        PrunedView,
        StateView,
    )

__all__ = ["compiled_text"]

_PRUNED = ("projection", "weights", "kept", "density", "lanes", "balance")
_LEARNING = ("projection", "synapses", "learns", "state", "format", "headroom")
_HEADER = ("neuron", "weights", "state", "format", "headroom")


def compiled_text(view: CompiledView) -> str:
    """Cores, populations, costs, then placement, memory, tables, time, folder, remarks."""
    head = (
        f"{view.model or 'network'} for {view.target}: {view.cores_used:,} of "
        f"{count(view.cores_usable, view.place)}\n"
    )
    rows = [row for p in view.populations for row in _rows(p)]
    learning = [row for p in view.learning for row in _learning(p)]
    learnt = f"\n{table(_LEARNING, learning, right=(1,))}" if learning else ""
    pruned = [_pruned(p) for p in view.pruned]
    thinned = f"\n{table(_PRUNED, pruned, right=(1, 2, 3, 4, 5))}" if pruned else ""
    facts = [*account_pairs(view.account), ("time", _time(view)), ("written", _written(view))]
    remarks = remarks_text(view.account)
    populations = table(("population", "cells", f"{view.place}s", *_HEADER), rows, right=(1, 2))
    costs = _costs(view)
    costs = f"\n{costs}" if costs else ""
    return f"{head}\n{populations}{learnt}{thinned}{costs}\n{fields(facts)}{remarks}"


def _costs(view: CompiledView) -> str:
    text = cases_text(view.costs)
    if text and not view.calibrated:
        text += "(expected: a rate that is assumed; --calibrate takes it from data)\n"
    return text


def _rows(p: PopulationView) -> Iterator[tuple[str, ...]]:
    """A row per state or port, whichever has more; the population is named in the first."""
    lead = (p.name, f"{p.cells:,}", f"{p.cores:,}", p.neuron)
    pairs = list(zip_longest(p.ports, p.states)) or [(None, None)]
    for index, (port, state) in enumerate(pairs):
        yield (*(lead if index == 0 else ("",) * 4), _weights(port, p), *_state(state))


def _learning(p: LearningView) -> Iterator[tuple[str, ...]]:
    """A row per weight, trace and state of a synapse."""
    for index, state in enumerate(p.states):
        lead = (p.projection, f"{p.synapses:,}", p.rule) if index == 0 else ("",) * 3
        yield (*lead, *_state(state))


def _pruned(p: PrunedView) -> tuple[str, ...]:
    shares = percent(p.density), f"{p.lanes:,}", percent(p.balance)
    return p.projection, f"{p.weights:,}", f"{p.kept:,}", *shares


def _weights(port: PortView | None, p: PopulationView) -> str:
    if port is None:
        return ""
    named = f"{port.name}: " if len(p.ports) > 1 else ""
    if port.weight_bits == 0:
        return f"{named}none"
    steps = "steps to" if port.per_cell else "step"
    return f"{named}{port.weight_bits} bit, {steps} {number(port.step)}"


def _state(state: StateView | None) -> tuple[str, str, str]:
    if state is None:
        return "", "", ""
    width = ",".join(state.format.split(",")[:2]).rstrip(">") + ">"
    kind = "proven" if state.proven else "saturates" if state.seen is None else "seen"
    return state.name, width, f"{state.headroom_bits:.1f} bit, {kind}"


def _time(view: CompiledView) -> str:
    late = sorted(set(view.latency.values()))
    span = " to ".join(str(t) for t in dict.fromkeys((late[0], late[-1]))) if late else "0"
    per_step = f"{count(view.period, 'tick')} per step"
    delay = f"outputs {span} tick{'' if span == '1' else 's'} after their inputs"
    return f"{per_step}, {delay}; a step is {number(view.dt)} s of the model"


def _written(view: CompiledView) -> str:
    size = f"{count(view.files, 'file')}, {view.bytes:,} bytes"
    return f"{view.folder}: {size}, digest {view.digest[:16]}"
