"""The kinds of plug-ins there are, each as a value: another kind is another value here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, cast

from somac.compiler.plugins.declared import clashes, faults_of

if TYPE_CHECKING:
    from somac.backends.api import Backend, BackendInfo
    from somac.compiler.plugins.interface import Fault
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
    """A kind of plug-in; its interface is imported when it is asked for.

    Parameters
    ----------
    name
        The entry-point group.
    noun
        What one of them is called.
    home
        The module of the interface.
    says, gives
        Names there of the type of ``INFO``, and of what ``create()`` gives.
    absent
        The code of a name that nobody registers.
    instead
        What users do then, besides installing something.
    faults
        What an object lacks to be what ``INFO`` describes.
    declares
        What is wrong with what ``INFO`` says besides: what there is, and what should be there.
    clashes
        What of it cannot be beside others, given theirs by name.
    """

    name: str
    noun: str
    home: str
    says: str
    gives: str
    absent: str
    instead: str
    faults: Callable[[object, Info], Iterable[Fault]]
    declares: Callable[[Info], Iterable[tuple[str, str]]] = lambda _: ()
    clashes: Callable[[Info, Mapping[str, Info]], Iterable[tuple[str, str]]] = lambda _, __: ()

    @property
    def info(self) -> type[Info]:
        """The type of ``INFO``."""
        return cast("type[Info]", getattr(import_module(self.home), self.says))

    @property
    def version(self) -> tuple[int, int]:
        """Of the interface."""
        return cast("tuple[int, int]", import_module(self.home).API_VERSION)

    @property
    def made(self) -> str:
        """What ``create()`` gives, as it is called in docs."""
        return f"{self.home}.{self.gives}"


def _backend_faults(made: object, info: BackendInfo) -> Iterable[Fault]:
    """What an object lacks to be a backend."""
    from somac.compiler.plugins.interface import faults

    return faults(made, info)


def _placer_faults(made: object, _: PlacerInfo) -> Iterable[Fault]:
    """What an object lacks to be called as a placer is."""
    from somac.compiler.plugins.interface import placer_faults

    return placer_faults(made)


BACKENDS: Group[BackendInfo, Backend] = Group(
    name="somac.backends",
    noun="backend",
    home="somac.backends.api",
    says="BackendInfo",
    gives="Backend",
    absent="E0901",
    instead="choose another target",
    faults=_backend_faults,
    declares=faults_of,
    clashes=clashes,
)

PLACERS: Group[PlacerInfo, Placer] = Group(
    name="somac.placers",
    noun="placer",
    home="somac.ir.placement",
    says="PlacerInfo",
    gives="Placer",
    absent="E0925",
    instead="choose another one with --placer",
    faults=_placer_faults,
)

GROUPS: tuple[Group[Any, Any], ...] = (BACKENDS, PLACERS)
