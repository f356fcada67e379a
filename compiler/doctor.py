"""What the backends of this computer can do, what they lack, and which are broken."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any

from somac.backends.api import Backend, BackendInfo, Capabilities, Machine
from somac.compiler.plugins import BACKENDS, Opened, Plugin, opened
from somac.compiler.plugins.ready import at_fault
from somac.ir.codes import CODES, Code
from somac.ir.errors import Diagnostic
from somac.ir.target import Array, Target

__all__ = ["Ability", "Health", "Lack", "examined"]


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that is not on this computer, and the targets for which it is needed.

    No targets are named where it is needed for all.
    """

    problem: Diagnostic
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ability:
    """A step or a machine of a backend, and what this computer lacks for it.

    `usual` says of a machine that ``verify`` may run it unasked.
    """

    name: str
    title: str = ""
    usual: bool = False
    lacks: tuple[Lack, ...] = ()


@dataclass(frozen=True, slots=True)
class Health:
    """A backend that is registered, and how it is.

    `capabilities` are by target.
    """

    plugin: Plugin
    info: BackendInfo | None
    targets: tuple[str, ...]
    steps: tuple[Ability, ...]
    machines: tuple[Ability, ...]
    problems: tuple[Diagnostic, ...]
    capabilities: Mapping[str, Capabilities] = field(default_factory=dict)


def examined(
    targets: Iterable[Target],
    name: str | None = None,
    faulty: Mapping[str, Sequence[Diagnostic]] = MappingProxyType({}),
) -> tuple[tuple[Health, ...], tuple[Diagnostic, ...]]:
    """How every registered backend is, or those of one name; and what could not be read.

    Parameters
    ----------
    targets
        Those that are described: they are listed with their backend, and asked what steps need.
    faulty
        What is wrong with targets that backends bring, by name of the backend.

    Raises
    ------
    SomacError
        E0901 if none is registered under `name`.
    """
    states, unreadable = opened(BACKENDS, name)
    given = tuple(targets)
    return tuple(_health(s, given, faulty.get(s.plugin.name, ())) for s in states), unreadable


def _health(
    state: Opened[BackendInfo, Backend], targets: Sequence[Target], faulty: Sequence[Diagnostic]
) -> Health:
    plugin = state.plugin
    own = tuple(t for t in targets if t.backend == plugin.name)
    steps: tuple[Ability, ...] = ()
    machines: tuple[Ability, ...] = ()
    capabilities: dict[str, Capabilities] = {}
    problems = [*state.problems, *(faulty if not state.problems else ())]
    if state.made is not None:
        steps = tuple(_steps(state.made, own, plugin, problems))
        machines = tuple(_machines(state.made, plugin, problems))
        _ask_figures(state.made, own, plugin, problems)
        capabilities = dict(_capabilities(state.made, own, plugin, problems))
    names = tuple(t.name for t in own)
    return Health(plugin, state.info, names, steps, machines, tuple(problems), capabilities)


def _steps(
    backend: Backend, targets: Sequence[Target], plugin: Plugin, problems: list[Diagnostic]
) -> Iterator[Ability]:
    """Its steps; what a step lacks is asked for every target, and told once."""
    for step in backend.info.steps:
        found: dict[Diagnostic, list[str]] = {}
        for target in targets:
            asked = f"missing({step.name!r}, {target.name})"
            missing = partial(backend.missing, step.name, target)
            for lack in _asked(missing, asked, plugin, problems):
                found.setdefault(lack, []).append(target.name)
        yield Ability(
            step.name,
            step.help.removesuffix("."),
            lacks=tuple(
                Lack(problem, () if len(needed) == len(targets) else tuple(needed))
                for problem, needed in found.items()
            ),
        )


def _machines(backend: Backend, plugin: Plugin, problems: list[Diagnostic]) -> Iterator[Ability]:
    try:
        found = _known(backend.machines())
    except (Exception, SystemExit) as error:  # noqa: BLE001 - code of somebody else
        problems.append(_senseless("machines()", plugin, error))
        return
    for machine in found:
        asked = f"missing() of the machine {machine.name}"
        # one that cannot say what it lacks is listed all the same
        lacks = tuple(map(Lack, _asked(machine.missing, asked, plugin, problems)))
        yield Ability(machine.name, machine.title, machine.usual, lacks)


def _ask_figures(
    backend: Backend, targets: Sequence[Target], plugin: Plugin, problems: list[Diagnostic]
) -> None:
    """Whether it answers about arrays: what it finds is told where their file is read."""
    for target in targets:
        if target.array is not None:
            figures = partial(_figures, backend, target.array)
            _asked(figures, f"wrong_figures() of {target.name}", plugin, problems)


def _capabilities(
    backend: Backend, targets: Sequence[Target], plugin: Plugin, problems: list[Diagnostic]
) -> Iterator[tuple[str, Capabilities]]:
    for target in targets:
        try:
            found: Any = backend.capabilities(target)
            if not isinstance(found, Capabilities):
                raise TypeError(f"a {type(found).__name__} is no Capabilities")
        except (Exception, SystemExit) as error:  # noqa: BLE001 - code of somebody else
            problems.append(_senseless(f"capabilities({target.name})", plugin, error))
            continue
        yield target.name, found


def _figures(backend: Backend, array: Array) -> list[Diagnostic]:
    return [problem for _, problem in backend.wrong_figures(array)]


def _asked(
    missing: Callable[[], Sequence[Diagnostic]],
    asked: str,
    plugin: Plugin,
    problems: list[Diagnostic],
) -> tuple[Diagnostic, ...]:
    """What is missing; nothing, and a problem more, if there is no answer that makes sense."""
    try:
        return _diagnostics(missing())
    except (Exception, SystemExit) as error:  # noqa: BLE001 - code of somebody else
        problems.append(_senseless(asked, plugin, error))
        return ()


def _senseless(asked: str, plugin: Plugin, error: BaseException) -> Diagnostic:
    return at_fault(plugin, f"gives no sensible answer to {asked}", error)


def _diagnostics(answer: Any) -> tuple[Diagnostic, ...]:
    found = tuple(answer)
    for d in found:
        if not isinstance(d, Diagnostic):
            raise TypeError(f"a {type(d).__name__} is no Diagnostic")
    return found


def _known(answer: Any) -> tuple[Machine, ...]:
    """Machines with names of their own and codes that somac has."""
    found = tuple(answer)
    for machine in found:
        if not isinstance(machine, Machine):
            raise TypeError(f"a {type(machine).__name__} is no Machine")
        own = isinstance(machine.differs, Code) and machine.differs.backend is not None
        if not own and machine.differs not in CODES:
            raise ValueError(f"machine {machine.name} differs with the unknown {machine.differs!r}")
    names = [machine.name for machine in found]
    if len(set(names)) < len(names):
        raise ValueError(f"machines of one name: {', '.join(names)}")
    return found
