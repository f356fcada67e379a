"""The kinds of plug-ins there are, each as a value: another kind is another value here."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from somac.backends.api import API_VERSION as BACKENDS_VERSION
from somac.backends.api import Backend, BackendInfo
from somac.compiler.plugins.interface import Fault, faults, said_by_type, signature_text
from somac.ir.placement import API_VERSION as PLACERS_VERSION
from somac.ir.placement import Placer, PlacerInfo

__all__ = ["BACKENDS", "GROUPS", "PLACERS", "Group", "Info", "Made", "SomeInfo"]


class SomeInfo(Protocol):
    """What modules of every kind of plug-in say of themselves."""

    @property
    def name(self) -> str:
        """That of the entry point."""

    @property
    def title(self) -> str:
        """What it is, in a few words."""

    @property
    def api_version(self) -> tuple[int, int]:
        """Of the interface that it was made for."""


Info = TypeVar("Info", bound=SomeInfo)
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True, eq=False)
class Group(Generic[Info, Made]):
    """A kind of plug-in.

    Parameters
    ----------
    name
        The entry-point group.
    noun
        What one of them is called.
    info
        The type of ``INFO``.
    version
        Of the interface.
    made
        What ``create()`` gives, as it is called in docs.
    absent
        The code of a name that nobody registers.
    instead
        What users do then, besides installing something.
    faults
        What an object lacks to be what ``INFO`` describes.
    """

    name: str
    noun: str
    info: type[Info]
    version: tuple[int, int]
    made: str
    absent: str
    instead: str
    faults: Callable[[object, Info], Iterable[Fault]]


def _placer_faults(made: object, _: PlacerInfo) -> Iterator[Fault]:
    """What an object lacks to be called as a placer is."""
    need = "a function of (problem, options)"
    if not callable(made):
        yield Fault(said_by_type(made), need)
        return
    try:
        theirs = inspect.signature(made)
    except (TypeError, ValueError):  # of compiled code nobody knows
        return
    try:
        theirs.bind(None, None)
    except TypeError:
        yield Fault(f"a function of {signature_text(theirs)}", need)


BACKENDS: Group[BackendInfo, Backend] = Group(
    name="somac.backends",
    noun="backend",
    info=BackendInfo,
    version=BACKENDS_VERSION,
    made="somac.backends.api.Backend",
    absent="E0901",
    instead="choose another target",
    faults=faults,
)

PLACERS: Group[PlacerInfo, Placer] = Group(
    name="somac.placers",
    noun="placer",
    info=PlacerInfo,
    version=PLACERS_VERSION,
    made="somac.ir.placement.Placer",
    absent="E0925",
    instead="choose another one with --placer",
    faults=_placer_faults,
)

GROUPS: tuple[Group[Any, Any], ...] = (BACKENDS, PLACERS)
