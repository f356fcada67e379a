"""What a simulated design did, put together as the network's populations and outputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.backends.api import Emulation
from somac.backends.fpga.description import Description, Section
from somac.backends.fpga.machines.streams import bits_of, sent_in, values_of
from somac.backends.fpga.simulators.design import Beats, Records
from somac.ir.errors import Diagnostic, Place, SomacError

__all__ = ["emulation"]

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class _Updates:
    """int64 (samples, steps, cells): what a section sent, and each of its states."""

    section: Section
    sent: Integers
    states: Mapping[str, Integers]


def emulation(
    description: Description,
    records: Records,
    inputs: Mapping[str, Integers],
    record: Sequence[str],
    record_states: Sequence[str],
) -> Emulation:
    """Signals, states and cycles of all steps.

    Parameters
    ----------
    records
        All beats and probe words of all steps.
    inputs
        Per network input (samples, steps, channels): what the design was given.

    Raises
    ------
    SomacError
        E0855 if what left a stream is not what its source had sent.
    """
    d = description
    steps = next(iter(inputs.values())).shape[1]
    sections = [s for e in d.engines for s in e.sections]
    updates = [
        _updates(section, beats, steps)
        for section, beats in zip(sections, records.probes, strict=True)
    ]
    sent = {i.id: inputs[i.name] for i in d.inputs} | {u.section.id: u.sent for u in updates}
    problems = list(_wrong_streams(d, records, sent, steps))
    if problems:
        raise SomacError.of(problems)
    names = {s.population for s in sections}
    signals = dict(inputs) | {
        name: _cells((u.section, u.sent) for u in updates if u.section.population == name)
        for name in sorted(names)
    }
    source = {i.id: i.name for i in d.inputs} | {s.id: s.population for s in sections}
    states = {
        name: {
            state.name: _cells(
                (u.section, u.states[state.name]) for u in updates if u.section.population == name
            )
            for state in next(s for s in sections if s.population == name).states
        }
        for name in record_states
    }
    return Emulation(
        {o.output: signals[source[o.source]] for o in d.outputs},
        {name: signals[name] for name in record},
        states,
        {"cycles": int(records.cycles.sum())},
        sent={name: (value != 0).sum(axis=(0, 1)) for name, value in signals.items()},
        cycles=_cycles(d, records, steps),
    )


def _updates(section: Section, beats: Beats, steps: int) -> _Updates:
    """What a probe shows: a word per update, the states of its cells and then what each sends."""
    bits, cells = bits_of(beats.data), section.width
    state_bits, sent_bits = sum(s.bits for s in section.states), max(1, section.bits)
    end = cells * state_bits
    shape = (len(bits), steps, section.words * cells)
    kept = bits[:, :, :end].reshape(*shape, state_bits)[:, :, : section.cells]
    sent = bits[:, :, end : end + cells * sent_bits].reshape(*shape, sent_bits)
    states, at = {}, 0
    for state in section.states:
        states[state.name] = values_of(kept[..., at : at + state.bits])
        at += state.bits
    signed = section.bits > 0
    return _Updates(section, values_of(sent[:, :, : section.cells], signed=signed), states)


def _wrong_streams(
    d: Description, records: Records, sent: Mapping[str, Integers], steps: int
) -> Iterable[Diagnostic]:
    """Output streams with other cells than their sources, or with a step that ends elsewhere."""
    senders = {s.id: s for s in d.senders()}
    for output, beats in zip(d.outputs, records.outputs, strict=True):
        sender = senders[output.source]
        left = sent_in(bits_of(beats.data), sender, steps)
        ends = beats.last.reshape(-1, steps, sender.words)
        wrong = (left != sent[output.source]).any(axis=2)
        wrong |= (ends != (np.arange(sender.words) == sender.words - 1)).any(axis=2)
        if wrong.any():
            sample, step = np.argwhere(wrong)[0].tolist()
            yield Diagnostic(
                "E0855",
                f"stream {output.stream} is not what {output.source} sent, first at step {step} "
                f"of sample {sample}",
                Place(node=output.output),
                have=f"{int(wrong.sum())} steps of {wrong.size} with other cells or another end",
            )


def _cells(parts: Iterable[tuple[Section, Integers]]) -> Integers:
    """Values (samples, steps, cells) of a population in the order of the model."""
    listed = list(parts)
    order = np.concatenate([np.asarray(section.order, np.int64) for section, _ in listed])
    found = np.concatenate([values for _, values in listed], axis=2)
    cells = np.empty_like(found)
    cells[:, :, order] = found
    return cells


def _cycles(d: Description, records: Records, steps: int) -> dict[str, Integers]:
    """Per input when its beats are taken, per section when its words are done, per stream out."""
    seen = {i.id: cycles for i, cycles in zip(d.inputs, records.accepted, strict=True)}
    sections = (s for e in d.engines for s in e.sections)
    seen |= {s.id: beats.cycles for s, beats in zip(sections, records.probes, strict=True)}
    seen |= {o.stream: beats.cycles for o, beats in zip(d.outputs, records.outputs, strict=True)}
    return {name: cycles.reshape(len(cycles), steps, -1) for name, cycles in seen.items()}
