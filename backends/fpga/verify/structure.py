"""What engines and buffers are to each other: places, tokens, and numbers that follow from them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterator

from somac.backends.fpga.description import FILE, Description, Engine, Sender, SimPorts
from somac.ir.errors import Diagnostic, Place

__all__ = ["check_names", "check_structure", "drain_cycles", "engine_ports", "widest_word"]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}")

# tables of an engine have so many bits for a number; see engine.sv
_LIMITS = {"words": 16, "rows": 16, "updates": 16, "index": 16, "links": 16, "port": 8, "casts": 8}


def check_structure(design: Description) -> Iterator[Diagnostic]:
    """E0801, E0809, E0816 and E0817."""
    senders = {s.id: s for s in design.senders()}
    for engine in design.engines:
        yield from _accumulators(engine)
        yield from _limits(engine, senders)
        for what, have, need in (
            ("drain", engine.drain, drain_cycles(engine, senders)),
            ("clear", engine.clear, _clear(engine)),
        ):
            if have != need:
                yield Diagnostic(
                    "E0817",
                    f"{engine.name}: {what} is not what follows from its structure",
                    Place(file=FILE, node=engine.name),
                    have=f"{have} cycles",
                    need=f"{need} cycles",
                )
    yield from _circles(design)
    need_ports = _sim_ports(design)
    if design.sim != need_ports:
        yield Diagnostic(
            "E0811",
            "other ports of the module for simulators",
            Place(file=FILE),
            have=str(design.sim),
            need=str(need_ports),
        )


def check_names(design: Description) -> Iterator[Diagnostic]:
    """E0812: names that cannot be those of modules and signals, or that two have."""
    modules = [design.name, *(e.name for e in design.engines)]
    signals = [s.id for s in design.senders()] + [o.stream for o in design.outputs]
    for names in (modules, signals):
        for name, count in Counter(names).items():
            if not _NAME.fullmatch(name) or count > 1:
                problem = f"{count} have one name" if count > 1 else "no name in SystemVerilog"
                yield Diagnostic("E0812", f"{name[:80]!r}: {problem}", Place(file=FILE))


def widest_word(e: Engine, senders: dict[str, Sender]) -> int:
    """Cells of the widest word that an engine reads."""
    return max((senders[link.source].width for link in e.links), default=1)


def engine_ports(e: Engine) -> int:
    """Banks of accumulators."""
    return max(1, *(len(s.ports) for s in e.sections))


def drain_cycles(e: Engine, senders: dict[str, Sender]) -> int:
    """Cycles from the issue of a row until its accumulator is read, as `engine.sv` counts them.

    Two for the memory; of values, one for the multiplier, one more where any product is
    rounded, and one for each level of the tree of adders.
    """
    if not e.graded:
        return 2
    rounds = len(e.casts) > 1 or e.casts[0].shift > 0
    levels = (widest_word(e, senders) - 1).bit_length() if e.whole else 0
    return 2 + (2 if rounds else 1) + levels


def _clear(e: Engine) -> int:
    """A cycle per accumulator of a bank, and one until the last is written."""
    cells = sum(s.groups for s in e.sections)
    accumulators = e.ring << e.index_bits if e.ring > 1 else cells
    return max(accumulators, *(s.words for s in e.sections)) + 1


def _accumulators(e: Engine) -> Iterator[Diagnostic]:
    """E0801: two sections with one accumulator, or one that is not there."""
    at, ends = 0, sum(s.groups for s in e.sections)
    for section in sorted(e.sections, key=lambda s: s.index):
        if section.index < at or section.index + section.groups > ends:
            yield Diagnostic(
                "E0801",
                f"{section.id}: accumulators that another section has, or that are not there",
                Place(file=FILE, node=e.name),
                have=f"{section.groups} from {section.index}",
                need=f"from {at} to {ends}",
            )
        at = section.index + section.groups
    # as many as the largest section has, and up to a multiple of the updaters
    cells = max(s.cells for s in e.sections)
    most = -(-cells // e.updaters) * e.updaters
    if e.lanes > most or e.updaters > cells:
        yield Diagnostic(
            "E0801",
            f"{e.name}: lanes or updaters that never have a cell",
            Place(file=FILE, node=e.name),
            have=f"{e.lanes} lanes, {e.updaters} updaters",
            need=f"at most {most} and {cells}",
        )
    for section in e.sections:
        need = -(-section.cells // e.lanes)
        if section.groups != need:
            yield Diagnostic(
                "E0801",
                f"{section.id}: more groups than its cells fill",
                Place(file=FILE, node=e.name),
                have=f"{section.groups} groups",
                need=f"{need} groups",
            )


def _limits(e: Engine, senders: dict[str, Sender]) -> Iterator[Diagnostic]:
    """E0809: numbers that the tables of the hand-written modules cannot hold."""
    found = {
        "words": max((senders[link.source].words for link in e.links), default=0),
        "rows": max((link.ports * link.groups for link in e.links), default=0),
        "updates": max(s.words for s in e.sections),
        "index": max(s.index for s in e.sections),
        "links": len(e.links),
        "port": max((link.port for link in e.links), default=0),
        "casts": len(e.casts),
    }
    for what, have in found.items():
        if have >= 1 << _LIMITS[what]:
            yield Diagnostic(
                "E0809",
                f"{e.name}: {what} beyond what its tables can hold",
                Place(file=FILE, node=e.name),
                have=f"less than {1 << _LIMITS[what]}",
                need=str(have),
            )


def _circles(design: Description) -> Iterator[Diagnostic]:
    """E0816: parts of a step that wait for each other, without a token between them.

    A marked graph lives if every circle in it has a token. Its nodes are the sending of every
    input and section, the reading of every link, and the streams of outputs. A reader waits for
    what sends, which is `delay` tokens ahead; what sends waits for room, of which `slots - delay`
    are there at first; an engine reads the links of its sections in order, updates, and begins
    again with one token.
    """
    follow: dict[Hashable, list[Hashable]] = {}
    for number, engine in enumerate(design.engines):
        before: Hashable = None
        for section in engine.sections:
            own: list[Hashable] = [(number, at) for at in range(*section.links)]
            for node in (*own, section.id):
                if before is not None:
                    follow.setdefault(before, []).append(node)
                before = node
        for at, link in enumerate(engine.links):
            if not link.delay:
                follow.setdefault(link.source, []).append((number, at))
            if link.slots <= link.delay:
                follow.setdefault((number, at), []).append(link.source)
    waiting: dict[Hashable, int] = {}
    for node, after in follow.items():
        waiting.setdefault(node, 0)
        for other in after:
            waiting[other] = waiting.get(other, 0) + 1
    ready = [node for node, count in waiting.items() if not count]
    while ready:
        node = ready.pop()
        for other in follow.get(node, ()):
            waiting[other] -= 1
            if not waiting[other]:
                ready.append(other)
    stuck = sorted(str(node) for node, count in waiting.items() if count and isinstance(node, str))
    if any(waiting.values()):
        yield Diagnostic(
            "E0816",
            f"sections wait for each other in a circle: {', '.join(stuck[:8])}",
            Place(file=FILE),
            have="a circle without a token",
            need="a delay of at least one step in every circle",
        )


def _sim_ports(design: Description) -> SimPorts:
    beats = {s.id: -(-s.width * max(1, s.bits) // 8) * 8 for s in design.senders()}
    probes = [
        s.width * (sum(state.bits for state in s.states) + max(1, s.bits))
        for e in design.engines
        for s in e.sections
    ]
    return SimPorts(
        inputs=len(design.inputs),
        input_bits=max(beats[i.id] for i in design.inputs),
        outputs=len(design.outputs),
        output_bits=max(beats[o.source] for o in design.outputs),
        probes=len(probes),
        probe_bits=max(probes),
    )
