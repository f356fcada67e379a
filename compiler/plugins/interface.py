"""Whether an object is a backend, or a placer, by its interface: found out without a call."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from somac.backends.api import Backend, BackendInfo

__all__ = ["Fault", "faults", "methods", "placer_faults"]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that an interface has and an object has not: what it has instead, and needs."""

    have: str
    need: str


def methods() -> Mapping[str, inspect.Signature]:
    """The methods of a backend as they stand there, without ``self``: what is given by position."""
    return {
        name: _without_self(inspect.signature(member))
        for name, member in vars(Backend).items()
        if inspect.isfunction(member) and not name.startswith("_")
    }


def faults(made: object, info: BackendInfo) -> Iterator[Fault]:
    """Everything that an object lacks to be the backend that `info` describes."""
    if not isinstance(made, Backend):
        yield Fault(_said_by_type(made), "an instance of a subclass of somac.backends.api.Backend")
        return
    yield from _info(made, info)
    for name, wanted in methods().items():
        yield from _method(made, name, wanted)


def placer_faults(made: object) -> Iterator[Fault]:
    """What an object lacks to be called as a placer is."""
    need = "a function of (problem, options)"
    if not callable(made):
        yield Fault(_said_by_type(made), need)
        return
    theirs = _misfit(made, 2)
    if theirs is not None:
        yield Fault(f"a function of {_signature_text(theirs)}", need)


def _info(made: Backend, info: BackendInfo) -> Iterator[Fault]:
    try:
        found = made.info
    except AttributeError:
        yield Fault("no info", f"info: {info!r}, its INFO")
        return
    except Exception as error:  # noqa: BLE001 - properties are code of somebody else
        yield Fault(f"info raises {type(error).__name__}", f"info: {info!r}, its INFO")
        return
    if found != info:
        yield Fault(f"info is {_said_by_type(found)}", f"info: {info!r}, its INFO")


def _method(made: object, name: str, wanted: inspect.Signature) -> Iterator[Fault]:
    need = f"{name}{_signature_text(wanted)}"
    try:
        found = getattr(made, name)
    except Exception as error:  # noqa: BLE001 - properties are code of somebody else
        yield Fault(f"{name} raises {type(error).__name__}", need)
        return
    if not callable(found):
        yield Fault(f"{name} is {_said_by_type(found)}", need)
        return
    theirs = _misfit(found, len(wanted.parameters))
    if theirs is not None:
        yield Fault(f"{name}{_signature_text(theirs)}", need)


def _misfit(called: Callable[..., object], arguments: int) -> inspect.Signature | None:
    """The parameters of what cannot be called with so many arguments by position, else None."""
    try:
        theirs = inspect.signature(called)
    except (TypeError, ValueError):  # of compiled code nobody knows
        return None
    try:
        theirs.bind(*[None] * arguments)
    except TypeError:
        return theirs
    return None


def _without_self(signature: inspect.Signature) -> inspect.Signature:
    _, *others = signature.parameters.values()
    return signature.replace(parameters=others)


def _signature_text(signature: inspect.Signature) -> str:
    """The parameters without their types, and without the mark of those given by position."""
    plain = [p.replace(annotation=inspect.Parameter.empty) for p in signature.parameters.values()]
    return str(inspect.Signature(plain)).replace(", /", "")


def _said_by_type(found: object) -> str:
    """A value by its type: what it prints is code of somebody else."""
    return "None" if found is None else f"of type {type(found).__name__}"
