"""Which networks of the zoo a backend is tested with."""

from __future__ import annotations

from collections.abc import Mapping

from somac.compiler.pipeline import Compiled
from somac.compiler.testing.conformance.subject import Subject
from somac.compiler.testing.zoo import NAMES, animal

__all__ = ["diverse", "taken"]

_DIVERSE = ("delays", "learning", "readout", "recurrent")
"""Networks that the slower tests look at, as far as they are accepted."""


def taken(subject: Subject) -> Mapping[str, Compiled]:
    """Those that the backend accepts, compiled; AssertionError if there is none."""
    outcomes = {name: subject.compile(animal(name)) for name in NAMES}
    found = {name: made for name, made in outcomes.items() if isinstance(made, Compiled)}
    told = "\n".join(f"{name}:\n{outcome}" for name, outcome in outcomes.items())
    assert found, f"every network of the zoo is refused:\n{told}"
    return found


def diverse(found: Mapping[str, Compiled]) -> tuple[Compiled, ...]:
    """A few of them that differ in what they need."""
    chosen = [made for name, made in found.items() if name in _DIVERSE]
    return tuple(chosen or list(found.values())[:1])
