"""Whether an object has the interface of `somac.backends.api.Backend`, found out without a call."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from somac.backends.api import Backend, BackendInfo, BuildStep

__all__ = ["Fault", "faults", "methods", "said_by_type", "signature_text"]


@dataclass(frozen=True, slots=True)
class Fault:
    """A member of the interface that an object has not: what it has instead, and what it needs."""

    have: str
    need: str


def methods() -> Mapping[str, inspect.Signature]:
    """The methods of a backend as they stand there, without ``self``."""
    return {
        name: _without_self(inspect.signature(member))
        for name, member in vars(Backend).items()
        if inspect.isfunction(member) and not name.startswith("_")
    }


def faults(made: object, info: BackendInfo) -> Iterator[Fault]:
    """Everything that an object lacks to be the backend that `info` describes."""
    yield from _attribute(made, "info", f"{info!r}, its INFO", lambda found: found == info)
    known = get_args(BuildStep)
    need = f"a tuple of {', '.join(known)}, or an empty one"
    yield from _attribute(
        made,
        "steps",
        need,
        lambda found: isinstance(found, tuple | list) and all(step in known for step in found),
    )
    for name, wanted in methods().items():
        yield from _method(made, name, wanted)


def _attribute(made: object, name: str, need: str, right: Callable[[Any], bool]) -> Iterator[Fault]:
    try:
        found = getattr(made, name)
        if right(found):
            return
        have = f"{name} is {said_by_type(found)}"
    except AttributeError:
        have = f"no {name}"
    except Exception as error:  # noqa: BLE001 - properties are code of somebody else
        have = f"{name} raises {type(error).__name__}"
    yield Fault(have, f"{name}: {need}")


def _method(made: object, name: str, wanted: inspect.Signature) -> Iterator[Fault]:
    need = f"{name}{signature_text(wanted)}"
    try:
        found = getattr(made, name)
    except AttributeError:
        yield Fault(f"no {name}", need)
        return
    except Exception as error:  # noqa: BLE001 - properties are code of somebody else
        yield Fault(f"{name} raises {type(error).__name__}", need)
        return
    if not callable(found):
        yield Fault(f"{name} is {said_by_type(found)}", need)
        return
    try:
        theirs = inspect.signature(found)
    except (TypeError, ValueError):  # of compiled code nobody knows
        return
    if not all(_takes(theirs, wanted, required) for required in (True, False)):
        yield Fault(f"{name}{signature_text(theirs)}", need)


def _takes(theirs: inspect.Signature, wanted: inspect.Signature, required: bool) -> bool:
    """Whether a call with all arguments of the interface, or with those it requires, is taken."""
    given = [
        p
        for p in wanted.parameters.values()
        if not required or p.default is inspect.Parameter.empty
    ]
    named = {p.name: None for p in given if p.kind is inspect.Parameter.KEYWORD_ONLY}
    try:
        theirs.bind(*[None] * (len(given) - len(named)), **named)
    except TypeError:
        return False
    return True


def _without_self(signature: inspect.Signature) -> inspect.Signature:
    _, *others = signature.parameters.values()
    return signature.replace(parameters=others)


def signature_text(signature: inspect.Signature) -> str:
    """The parameters without their types."""
    plain = [p.replace(annotation=inspect.Parameter.empty) for p in signature.parameters.values()]
    return str(inspect.Signature(plain))


def said_by_type(found: object) -> str:
    """A value by its type: what it prints is code of somebody else."""
    return "None" if found is None else f"of type {type(found).__name__}"
