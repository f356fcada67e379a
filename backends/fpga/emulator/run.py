"""The emulator: bits and cycles of a design, from the files of its bundle alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.api import Emulation
from somac.backends.fpga.description import (
    FILE,
    Description,
    Engine,
    Section,
    Sender,
    read_description,
)
from somac.backends.fpga.emulator.cycles import cycles_of
from somac.backends.fpga.emulator.images import field, read_image
from somac.backends.fpga.emulator.plain import PlainSection
from somac.backends.fpga.emulator.timing import Clock, Timing
from somac.backends.fpga.emulator.weights import engine_weights
from somac.ir.datapath import Datapath, parse
from somac.ir.errors import Diagnostic, Place, SomacError
from somac.ir.graph import Edge, update_order
from somac.ir.program import Program

__all__ = ["FpgaEmulator"]

Integers = NDArray[np.int64]


class FpgaEmulator:
    """An emulator of one bundle, whose files it decodes once."""

    def __init__(self, program: Program) -> None:
        """Decode; SomacError E0703 to E0713 if a file is missing or damaged."""
        self.description = read_description(program)
        d = self.description
        self._senders: dict[str, Sender] = {s.id: s for s in d.senders()}
        self._weights = [engine_weights(program, e, self._senders) for e in d.engines]
        self._sections = [(e, s) for e in d.engines for s in e.sections]
        self._datapaths = [_datapath(program, s) for _, s in self._sections]
        self._parameters = [_parameters(program, e, s) for e, s in self._sections]
        self._initial = [_initial(program, e, s) for e, s in self._sections]
        self._order = _order(d)
        self._clock = Clock(d, self._weights, self._order)

    def run(
        self,
        inputs: Mapping[str, NDArray[Any]],
        *,
        record: Sequence[str] = (),
        record_states: Sequence[str] = (),
        record_weights: Sequence[str] = (),
    ) -> Emulation:
        """Emulate, as `somac.backends.api.Emulator` says; SomacError E0715, E0716."""
        emulation, _ = self.timed(inputs, record, record_states)
        return emulation

    def timed(
        self,
        inputs: Mapping[str, NDArray[Any]],
        record: Sequence[str] = (),
        record_states: Sequence[str] = (),
    ) -> tuple[Emulation, Timing]:
        """Emulate, and say when everything happens."""
        d = self.description
        raw = {i.name: np.asarray(inputs[i.name], np.int64) for i in d.inputs}
        samples, steps = next(iter(raw.values())).shape[:2]
        sent: dict[str, Integers] = {i.id: raw[i.name] for i in d.inputs}
        for _, s in self._sections:
            sent[s.id] = np.zeros((samples, steps, s.cells), np.int64)
        states: list[dict[str, Integers]] = [
            {state.name: np.zeros((samples, steps, s.cells), np.int64) for state in s.states}
            if s.population in record_states
            else {}
            for _, s in self._sections
        ]
        parts = self._made(samples)
        for step in range(steps):
            for number in self._order:
                part = parts[number]
                arrived = [
                    sent[link.source][:, step - link.delay] if step >= link.delay else None
                    for link in part.links
                ]
                sent[part.section.id][:, step] = part.step(arrived)
                for name, store in states[number].items():
                    store[:, step] = part.state[name]
        masks = np.concatenate([sent[s.id] != 0 for s in d.senders()], axis=2)
        timing = self._clock.run(masks.view(np.uint8))
        by_name = {i.name: raw[i.name] for i in d.inputs}
        by_name |= self._joined({s.id: sent[s.id] for _, s in self._sections})
        kept = {f"{s.id}": states[n] for n, (_, s) in enumerate(self._sections) if states[n]}
        emulation = Emulation(
            self._outputs(sent),
            {name: by_name[name] for name in record},
            self._joined_states(kept, record_states),
            {"cycles": int(timing.cycles.sum())},
            {},
            {},
            {name: (value != 0).sum(axis=(0, 1)) for name, value in by_name.items()},
            cycles_of(d, timing),
        )
        return emulation, timing

    def _made(self, samples: int) -> list[PlainSection]:
        found = []
        for number, (engine, section) in enumerate(self._sections):
            weights = self._weights[self.description.engines.index(engine)]
            found.append(
                PlainSection(
                    engine,
                    section,
                    weights[slice(*section.links)],
                    self._datapaths[number],
                    self._parameters[number],
                    self._initial[number],
                    samples,
                )
            )
        return found

    def _joined(self, sent: Mapping[str, Integers]) -> dict[str, Integers]:
        """By population, in the order of the model."""
        found: dict[str, Integers] = {}
        sizes: dict[str, int] = {}
        for _, s in self._sections:
            sizes[s.population] = sizes.get(s.population, 0) + s.cells
        for _, s in self._sections:
            if s.id in sent:
                shape = (*sent[s.id].shape[:2], sizes[s.population])
                store = found.setdefault(s.population, np.zeros(shape, np.int64))
                store[:, :, list(s.order)] = sent[s.id]
        return found

    def _joined_states(
        self, kept: Mapping[str, Mapping[str, Integers]], wanted: Sequence[str]
    ) -> dict[str, dict[str, Integers]]:
        found: dict[str, dict[str, Integers]] = {name: {} for name in wanted}
        for _, s in self._sections:
            if s.population not in found:
                continue
            for state in s.states:
                parts = {k: v[state.name] for k, v in kept.items() if state.name in v}
                own = {
                    other.id: parts[other.id]
                    for _, other in self._sections
                    if other.population == s.population
                }
                found[s.population][state.name] = self._joined(own)[s.population]
        return found

    def _outputs(self, sent: Mapping[str, Integers]) -> dict[str, Integers]:
        d = self.description
        names = {i.id: i.name for i in d.inputs} | {s.id: s.population for _, s in self._sections}
        populations = self._joined({s.id: sent[s.id] for _, s in self._sections})
        by_name = {i.name: sent[i.id] for i in d.inputs} | populations
        return {o.output: by_name[names[o.source]] for o in d.outputs}


def _order(d: Description) -> list[int]:
    """Sections, each after what it reads in the same step, and after those before it."""
    names = [s.id for e in d.engines for s in e.sections]
    edges = [
        Edge(link.source, s.id, link.delay)
        for e in d.engines
        for s in e.sections
        for link in e.links[slice(*s.links)]
    ]
    edges += [
        Edge(a.id, b.id, 0)
        for e in d.engines
        for a, b in zip(e.sections, e.sections[1:], strict=False)
    ]
    order = update_order(names, edges)
    if len(order) < len(names):
        raise SomacError(
            "E0710", "sections wait for each other in a circle", place=Place(file=FILE)
        )
    return [names.index(name) for name in order]


def _datapath(program: Program, section: Section) -> Datapath:
    content = program.files.get(section.datapath)
    if content is None:
        raise SomacError("E0703", f"the bundle has no file {section.datapath}")
    try:
        datapath = parse(content.decode())
    except (ValueError, UnicodeDecodeError) as error:
        raise SomacError(
            "E0713", f"not a datapath: {error}", place=Place(file=section.datapath)
        ) from None
    problems = [
        Diagnostic(
            "E0713",
            f"{section.id}: other {what} than in its datapath",
            Place(file=section.datapath),
        )
        for what, have, need in (
            ("ports", section.ports, datapath.names("input")),
            ("states", [s.name for s in section.states], datapath.names("state")),
            ("parameters", list(section.parameters), datapath.names("param")),
        )
        if sorted(have) != sorted(need)
    ]
    if problems:
        raise SomacError.of(problems)
    return datapath


def _parameters(program: Program, engine: Engine, section: Section) -> dict[str, Integers]:
    stored = _fields(program, engine, section, "parameters", section.parameter_bits)
    return {
        name: stored[name] if value is None else np.asarray(value, np.int64)
        for name, value in section.parameters.items()
    }


def _initial(program: Program, engine: Engine, section: Section) -> dict[str, Integers]:
    fields = [(s.name, s.bits) for s in section.states]
    stored = _fields(program, engine, section, "initial", fields)
    return {
        s.name: stored[s.name] if s.initial is None else np.asarray(s.initial, np.int64)
        for s in section.states
    }


def _fields(
    program: Program,
    engine: Engine,
    section: Section,
    memory: str,
    fields: Sequence[tuple[str, int]],
) -> dict[str, Integers]:
    """Values per cell of a memory, by name; nothing without one."""
    file = dict(section.memories).get(memory)  # type: ignore[call-overload]
    if file is None:
        return {}
    each = sum(bits for _, bits in fields)
    words = read_image(program, file, section.words, section.width * each)
    cells = words.reshape(-1, each)[: section.cells]
    found, at = {}, 0
    for name, bits in fields:
        found[name] = field(cells, at, bits)
        at += bits
    return found
