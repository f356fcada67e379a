"""Find and read target descriptions.

A description refers to sources, chips and parts by name; a user's file may use those of the file
that comes with somac, so that a board of a known chip or part is a few lines.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from somac.compiler.targets.brought import broken, brought
from somac.compiler.targets.text import text_of
from somac.ir.errors import Diagnostic, Severity, SomacError
from somac.ir.suggest import did_you_mean
from somac.ir.target import Target

if TYPE_CHECKING:
    from somac.compiler.targets.described import Described

__all__ = ["MAX_FILE_BYTES", "Known", "Origin", "find_target", "known_targets", "load_targets"]

MAX_FILE_BYTES = 1 << 18
"""A description larger than this is refused unread; the shipped one is a tenth of it."""

SHIPPED = "targets.yaml"


def load_targets(path: Path | None = None) -> Mapping[str, Target]:
    """The targets of a description file, by name, in its order.

    Parameters
    ----------
    path
        The file; None for the one that comes with somac.

    Raises
    ------
    SomacError
        E0301 to E0309, every mistake of the file at once where that is possible.
    """
    return _targets(path, _shipped())


def find_target(name: str, extra_file: Path | None = None) -> Target:
    """The target called `name`: of the user's file, the shipped one, or that of a backend.

    Raises
    ------
    SomacError
        E0310 with the nearest names if there is none, and what is wrong with backends and the
        targets that they bring; E0301 to E0309 for mistakes in the user's file.
    """
    shipped = _shipped()
    own = {} if extra_file is None else _targets(extra_file, shipped)
    if name in own:
        return own[name]
    ours = _targets(None, shipped)
    if name in ours:
        return ours[name]
    # backends of others are looked at only where nothing else has the name
    theirs = brought(shipped, MAX_FILE_BYTES)
    for one in theirs:
        if name in one.targets:
            return one.targets[name]
    known = {*own, *ours, *(other for one in theirs for other in one.targets)}
    # it may be one of a backend that is broken, whose targets nobody knows
    hidden = broken()
    wrong = [replace(d, severity=Severity.WARNING) for found in hidden.values() for d in found]
    raise _unknown(name, known, hidden, [*(d for one in theirs for d in one.problems), *wrong])


@dataclass(frozen=True, slots=True)
class Origin:
    """A target, and who describes it: a package with its version, or a file; None for somac."""

    target: Target
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """All targets, and what is wrong with those that are not there, by the backend that brings
    them."""

    targets: tuple[Origin, ...]
    problems: Mapping[str, tuple[Diagnostic, ...]]


def known_targets(extra_file: Path | None = None) -> Known:
    """The targets of somac, of backends and of the user, those in the place of others of a name.

    Raises
    ------
    SomacError
        E0301 to E0309 for mistakes in the user's file.
    """
    shipped = _shipped()
    found = {name: Origin(target) for name, target in _targets(None, shipped).items()}
    theirs = brought(shipped, MAX_FILE_BYTES)
    for one in theirs:
        found |= {name: Origin(t, one.plugin.origin) for name, t in one.targets.items()}
    if extra_file is not None:
        own = _targets(extra_file, shipped)
        found |= {name: Origin(target, str(extra_file)) for name, target in own.items()}
    problems = {one.plugin.name: one.problems for one in theirs if one.problems}
    return Known(tuple(found.values()), problems)


def _targets(path: Path | None, shipped: Described) -> Mapping[str, Target]:
    """Those of a file, or of the description that comes with somac, which is read once."""
    from somac.compiler.targets.describe import build_targets

    return build_targets(shipped if path is None else _described(path), shipped)


def _unknown(
    name: str, known: Iterable[str], hidden: Collection[str], besides: Iterable[Diagnostic]
) -> SomacError:
    names = sorted(known)
    other = "give your own descriptions with --targets FILE"
    if hidden:
        other += f"; those of broken backends are not known: somac backends doctor {min(hidden)}"
    unknown = Diagnostic(
        "E0310",
        f"there is no target called {name!r}",
        have=", ".join(names),
        hint=did_you_mean(name, names, listed=0) or other,
    )
    return SomacError.of([unknown, *besides])


def _shipped() -> Described:
    from importlib.resources import files

    from somac.compiler.targets.describe import read_description

    text = files("somac").joinpath(SHIPPED).read_text(encoding="utf-8")
    return read_description(text, SHIPPED)


def _described(path: Path) -> Described:
    from somac.compiler.targets.describe import read_description

    text = text_of(
        path, MAX_FILE_BYTES, "E0301", what="the description", kind="a target description"
    )
    return read_description(text, str(path))
