"""What a backend says of itself before any of it is imported: light data."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from somac.ir.codes import Code
from somac.ir.errors import Diagnostic, SomacError
from somac.ir.suggest import did_you_mean

__all__ = ["BackendInfo", "Option", "OptionType", "Step", "Value"]

Value = str | int | float | bool
"""What an option may be."""

OptionType = Literal["choice", "integer", "number", "flag"]


@dataclass(frozen=True, slots=True)
class Step:
    """Something that `Backend.build` makes of a program, after it is written.

    Parameters
    ----------
    name
        What the user calls it: ``--NAME`` of the command line asks for it.
    help
        A sentence for the user.
    includes
        Names of the steps that it does as well: asked for together they are one.
    """

    name: str
    help: str
    includes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Option:
    """Something that the user may choose of a backend: ``--NAME`` of the command line.

    Parameters
    ----------
    name
        Small letters, digits and ``-``. Backends may share a name if they share the type.
    help
        A sentence for the user.
    type
        ``choice`` of some words, ``integer``, ``number`` (finite), or ``flag``: there or not.
    choices
        The words.
    default
        What is chosen where nobody chooses; None leaves it to the backend. Flags are False.
    minimum, maximum
        Of integers and numbers, both inclusive.
    """

    name: str
    help: str
    type: OptionType
    choices: tuple[str, ...] = ()
    default: Value | None = None
    minimum: float | None = None
    maximum: float | None = None

    def of(self, options: Mapping[str, Value]) -> Value | None:
        """What was chosen, or the default."""
        return options.get(self.name, False if self.type == "flag" else self.default)

    def takes(self, value: object) -> bool:
        """Whether the option may be that."""
        if self.type == "choice":
            return value in self.choices
        if isinstance(value, bool) or self.type == "flag":
            return isinstance(value, bool) and self.type == "flag"
        if not isinstance(value, int if self.type == "integer" else int | float):
            return False
        low, high = self.minimum, self.maximum
        assert isinstance(value, int | float)
        return math.isfinite(value) and (
            (low is None or low <= value) and (high is None or value <= high)
        )

    @property
    def values(self) -> str:
        """What it may be, in words."""
        if self.type == "choice":
            return " or ".join(self.choices)
        if self.type == "flag":
            return "yes or no"
        what = "a whole number" if self.type == "integer" else "a number"
        ends = [
            f"{word} {end:g}"
            for word, end in (("from", self.minimum), ("to", self.maximum))
            if end is not None
        ]
        return " ".join([what, *ends])

    def problem(self) -> str | None:
        """Why this declares no option; None if it does."""
        if self.type not in get_args(OptionType):
            return f"option {self.name!r} has no type that is known"
        if (self.type == "choice") != bool(self.choices):
            return f"option {self.name!r} has choices if, and only if, it is a choice"
        if self.default is not None and not self.takes(self.default):
            return f"option {self.name!r} does not take its default {self.default!r}"
        return None


@dataclass(frozen=True, slots=True)
class BackendInfo:
    """What is known of a backend without importing it whole.

    Parameters
    ----------
    name
        That of the entry point, and of ``backend:`` in descriptions of targets.
    title
        What it is, in a few words.
    api_version
        Major and minor version of the interface that it was made for.
    steps
        What `Backend.build` can make; none if programs are whole as they are written.
    options
        What the user may choose of it; `Guidance.options` has what was chosen.
    targets
        Name of a YAML file beside the module of ``INFO``: the targets that it brings.
    codes
        Diagnostics of its own: their codes are ``NAME-E0001`` with the name in capitals.
    """

    name: str
    title: str
    api_version: tuple[int, int]
    steps: tuple[Step, ...] = ()
    options: tuple[Option, ...] = ()
    targets: str | None = None
    codes: tuple[Code, ...] = ()

    def chosen(self, given: Mapping[str, object] | None = None) -> Mapping[str, Value]:
        """What `Guidance.options` has where the user gave that: checked, with the defaults.

        Raises
        ------
        SomacError
            E0931 for options that the backend does not have, E0932 for values that they do not
            take: all of them at once.
        """
        given = given or {}
        problems = [*self._unknown(given)]
        found: dict[str, Value] = {}
        for option in self.options:
            value = given.get(option.name)
            if value is not None and not option.takes(value):
                problems.append(
                    Diagnostic(
                        "E0932",
                        f"--{option.name} does not take that",
                        have=str(value),
                        need=option.values,
                    )
                )
            plain = option.of({}) if value is None else value
            if isinstance(plain, Value):
                found[option.name] = plain
        if problems:
            raise SomacError.of(problems)
        return found

    def _unknown(self, given: Iterable[str]) -> Iterable[Diagnostic]:
        known = [option.name for option in self.options]
        for name in given:
            if name not in known:
                yield Diagnostic(
                    "E0931",
                    f"the backend {self.name} has no option --{name}",
                    have=", ".join(f"--{other}" for other in known) or "no options of its own",
                    need=f"--{name}",
                    hint=did_you_mean(name, known, listed=0)
                    or "leave the option out, or choose a target of another backend",
                )
