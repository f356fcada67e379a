"""What a bundle is, and what its backend says of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from somac.backends.api import Table
from somac.ir.target import Status

__all__ = ["Fact", "Missing", "Summary"]


@dataclass(frozen=True, slots=True)
class Fact:
    """A line for people: what, how much, and how well that is known.

    `value` is text where it is no number. `unit` is empty for plain numbers. `status` and `source`
    are empty for what was counted, not taken from hardware; `source` is a citation, or names the
    figures of the target that it was computed from.
    """

    label: str
    value: str | int | float
    unit: str = ""
    status: Status | Literal[""] = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Missing:
    """A section (name of the field of `Report`) that could be there: why it is not, what helps."""

    section: str
    why: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """What the bundle is.

    Parameters
    ----------
    model, target, title, backend, digest
        Names of the model and the target, the title of the target, name of the backend, digest of
        the bundle as hexadecimal text.
    rows
        The few figures to begin with.
    figures
        Every figure of the target that somac knows, with unit, status and citation; empty in
        bundles that do not say.
    remarks
        What the backend says in sentences: what about, and the sentence.
    tables
        What the backend tells in tables.
    """

    model: str
    target: str
    title: str
    backend: str
    digest: str
    rows: tuple[Fact, ...] = ()
    figures: tuple[Fact, ...] = ()
    remarks: tuple[tuple[str, str], ...] = ()
    tables: tuple[Table, ...] = ()
