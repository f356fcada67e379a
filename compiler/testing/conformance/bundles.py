"""Bundles: written and read, without the network, with files that are missing or damaged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from somac.backends.api import Emulation
from somac.compiler.pipeline import CompiledInteger
from somac.compiler.record.mapping import MAPPING
from somac.compiler.record.numbers import NUMBERS
from somac.compiler.record.target import TARGET
from somac.compiler.testing.conformance.agree import same_run
from somac.compiler.testing.conformance.subject import Subject, coded, recorded
from somac.compiler.testing.zoo import stimulus
from somac.ir.errors import Severity, SomacError
from somac.ir.program import MANIFEST, Program, read_program, write_program
from somac.ir.serial import GOLDEN

__all__ = ["check_alone", "check_damage", "check_round_trip"]

_OTHERS = (f"{GOLDEN}/", "report.json", MAPPING, NUMBERS, TARGET)
"""What is in a bundle for people and checkers: no hardware loads it."""


def check_round_trip(subject: Subject, made: CompiledInteger, folder: Path) -> None:
    """A bundle that was written and read is the same, runs the same, and nothing else is there."""
    place = folder / "bundle"
    write_program(made.program, place)
    back = read_program(place)
    assert back.digest() == made.program.digest(), "a bundle is not what was written"
    assert (back.backend, back.target) == (subject.target.backend, subject.target.name), (
        f"the program says it is of {back.backend} and {back.target}, "
        f"not of {subject.target.backend} and {subject.target.name}"
    )
    there = {p.relative_to(place).as_posix() for p in place.rglob("*") if p.is_file()}
    assert there == {MANIFEST, *made.program.files}
    assert [p.name for p in folder.iterdir()] == ["bundle"]
    difference = same_run(_run(subject, back, made), _run(subject, made.program, made))
    assert difference is None, f"a bundle that was read runs differently: {difference}"


def check_alone(subject: Subject, made: CompiledInteger) -> None:
    """The emulator needs neither the network that lies beside the files nor what people read."""
    files = {
        name: content
        for name, content in made.program.files.items()
        if not name.startswith(_OTHERS)
    }
    alone = Program(made.program.backend, made.program.target, files)
    try:
        run = _run(subject, alone, made)
    except SomacError as error:
        raise AssertionError(
            "the emulator does not run without the network in the bundle, or what is there for "
            f"people: it must read what the hardware loads, and nothing else:\n{error}"
        ) from error
    difference = same_run(run, _run(subject, made.program, made))
    assert difference is None, f"without the network in the bundle the bits change: {difference}"


def check_damage(subject: Subject, made: CompiledInteger) -> None:
    """A damaged bundle is refused by the emulator or found by `verify`, and never a traceback.

    Whatever becomes of the bits must not go unseen: if the emulator runs a damaged bundle and
    computes something else, `verify` says what is wrong with it.
    """
    whole = _run(subject, made.program, made)
    noticed = 0
    for damage in _damaged(made.program):
        with coded(f"emulating a bundle with {damage.what}"):
            try:
                run = _run(subject, damage.program, made)
                difference = same_run(run, whole)
            except SomacError:
                noticed += 1
                continue
        if difference is not None:
            noticed += 1
            _check_found(subject, damage, made, difference)
    assert noticed, (
        "the emulator computes the same whatever is missing from the bundle: it does not read it"
    )


@dataclass(frozen=True, slots=True)
class _Damage:
    what: str
    program: Program


def _check_found(subject: Subject, damage: _Damage, made: CompiledInteger, difference: str) -> None:
    with coded(f"verifying a bundle with {damage.what}"):
        try:
            found = tuple(subject.backend.verify(damage.program, made.golden))
        except SomacError:
            return
    assert any(d.severity is Severity.ERROR for d in found), (
        f"a bundle with {damage.what} computes other bits ({difference}), and verify finds nothing"
    )


def _damaged(program: Program) -> Iterator[_Damage]:
    """Each file that the backend wrote: gone, empty, cut, with a bit changed here and there."""
    for name in sorted(program.files):
        if name.startswith(_OTHERS):
            continue
        content = program.files[name]
        rest = {n: c for n, c in program.files.items() if n != name}
        yield _Damage(f"{name} missing", replace(program, files=rest))
        changed = [("empty", b""), ("cut in half", content[: len(content) // 2])]
        for at in sorted({0, len(content) // 3, len(content) // 2, len(content) - 1}):
            if 0 <= at < len(content):
                flipped = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
                changed.append((f"bit 0 of byte {at} changed", flipped))
        for what, other in changed:
            if other != content:
                yield _Damage(f"{name} {what}", replace(program, files={**rest, name: other}))


def _run(subject: Subject, program: Program, made: CompiledInteger) -> Emulation:
    return subject.backend.emulator(program).run(stimulus(made.golden), **recorded(made.golden))
