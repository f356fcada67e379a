"""From what a package registers to a plug-in that can be used, or what is wrong with it."""

from __future__ import annotations

import contextlib
import importlib
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, cast

from somac.compiler.plugins.groups import BACKENDS, PLACERS, Group, Info, Made
from somac.compiler.plugins.registered import OURS, Plugin, registered, rivals
from somac.ir.errors import Diagnostic, Place, SomacError
from somac.ir.suggest import did_you_mean

if TYPE_CHECKING:
    from somac.backends.api import Backend, BackendInfo
    from somac.ir.placement import Placer

__all__ = [
    "Opened",
    "at_fault",
    "described",
    "find_backend",
    "find_placer",
    "infos",
    "opened",
    "speaks",
    "usable",
]

_SHOWN = 300
_MACHINERY = (__file__, str(Path(importlib.__file__).parent), "<frozen ")


@dataclass(frozen=True, slots=True, eq=False)
class Opened(Generic[Info, Made]):
    """A plug-in as far as it could be opened.

    Parameters
    ----------
    plugin
        What is registered.
    info
        What it says of itself, if that can be understood.
    made
        Ready to use; None if there is any problem.
    problems
        What is wrong with it, everything that could be found out.
    """

    plugin: Plugin
    info: Info | None = None
    made: Made | None = None
    problems: tuple[Diagnostic, ...] = ()


def find_backend(name: str) -> Backend:
    """The backend of that name, ready to use.

    Raises
    ------
    SomacError
        E0901 if none is registered under the name; E0902, E0912 to E0916 and E0933 with everything
        that is wrong with it.
    """
    return _found(BACKENDS, name)


def find_placer(name: str) -> Placer:
    """The placer of that name, ready to use.

    Raises
    ------
    SomacError
        E0925 if none is registered under the name; E0902 and E0912 to E0916 with everything that
        is wrong with it.
    """
    return _found(PLACERS, name)


def _found(group: Group[Info, Made], name: str) -> Made:
    alike, _ = opened(group, name)
    state = next((s for s in alike if s.plugin.package == OURS), alike[0])
    if state.made is None:
        raise SomacError.of(state.problems)
    return state.made


def opened(
    group: Group[Info, Made], name: str | None = None
) -> tuple[tuple[Opened[Info, Made], ...], tuple[Diagnostic, ...]]:
    """Every plug-in of a group, or those of one name, imported and made; and what was unreadable.

    Raises
    ------
    SomacError
        E0901, E0925 if none is registered under `name`.
    """
    plugins, unreadable = registered(group)
    chosen = [p for p in plugins if name in (None, p.name)]
    if name is not None and not chosen:
        raise _unknown(group, name, plugins, unreadable)
    return tuple(_opened(group, p, plugins) for p in chosen), unreadable


def described(group: Group[Info, Made]) -> tuple[Opened[Info, Made], ...]:
    """What every plug-in of a group says of itself, none of them made: `Opened.made` is None."""
    plugins, _ = registered(group)
    return tuple(_loaded(group, plugin, plugins)[0] for plugin in plugins)


def _unknown(
    group: Group[Any, Any],
    name: str,
    plugins: Sequence[Plugin],
    unreadable: Sequence[Diagnostic],
) -> SomacError:
    """For a name that none of the plug-ins has, with what could not be read."""
    names = [p.name for p in plugins]
    missing = Diagnostic(
        group.absent,
        f"there is no {group.noun} {name!r}",
        have=", ".join(dict.fromkeys(names)) or "none",
        need=name,
        hint=did_you_mean(name, names, listed=0)
        or f"install the package that brings it, or {group.instead}",
    )
    return SomacError.of([missing, *unreadable])


def usable(name: str) -> bool:
    """Whether there is a backend of that name without problems."""
    try:
        find_backend(name)
    except SomacError:
        return False
    return True


def speaks(theirs: tuple[int, int], ours: tuple[int, int]) -> bool:
    """Whether somac with one version of an interface runs a plug-in made for another.

    Before 1.0 any minor version may change anything, so that it must be the same one; from then
    on minor versions only add what a plug-in need not have.
    """
    if theirs[0] != ours[0]:
        return False
    return theirs[1] == ours[1] if ours[0] == 0 else theirs[1] <= ours[1]


def _opened(
    group: Group[Info, Made], plugin: Plugin, plugins: Sequence[Plugin]
) -> Opened[Info, Made]:
    """A plug-in, imported and made; `plugins` are all of its group that are registered."""
    state, module = _loaded(group, plugin, plugins)
    if state.problems or state.info is None:
        return state
    info = state.info
    try:
        made = module.create()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - code of somebody else
        problem = Diagnostic(
            "E0915",
            f"{plugin.noun} {plugin.name} does not start: {_said(error)}",
            place=_place(error, plugin),
            hint=_mend(plugin, error),
        )
        return Opened(plugin, info, problems=(problem,))
    wrong = tuple(group.faults(made, info))
    if not wrong:
        return Opened(plugin, info, cast(Made, made))
    problem = _faulty(
        "E0916",
        f"what create() of {plugin.noun} {plugin.name} returns, a {type(made).__name__}, "
        f"is no {plugin.noun}",
        plugin,
        [(f.have, f.need) for f in wrong],
        f"see {group.made}, or {_remove(plugin)}",
    )
    return Opened(plugin, info, problems=(problem,))


def infos() -> tuple[BackendInfo, ...]:
    """What backends say of themselves, those of somac first; of none that is known to be broken."""
    found = sorted(described(BACKENDS), key=lambda s: (s.plugin.package != OURS, s.plugin.name))
    return tuple(s.info for s in found if s.info is not None and not s.problems)


def _loaded(
    group: Group[Info, Made], plugin: Plugin, plugins: Sequence[Plugin]
) -> tuple[Opened[Info, Made], Any]:
    """A plug-in as it describes itself, and its module."""
    if plugin in rivals(plugins):
        return Opened(plugin, problems=(_rival(plugin, plugins),)), None
    state, module = _sound(group, plugin)
    if state.info is None or state.problems or plugin.package == OURS:
        return state, module
    others: dict[str, Info] = {}
    for other in set(plugins) - rivals(plugins) - {plugin}:
        theirs, _ = _sound(group, other)
        if theirs.info is not None and not theirs.problems:
            others[other.name] = theirs.info
    wrong = list(group.clashes(state.info, dict(sorted(others.items()))))
    if wrong:
        message = f"options of {plugin.noun} {plugin.name} cannot be beside others"
        hint = f"rename them, or {_remove(plugin)}"
        problem = _faulty("E0933", message, plugin, wrong, hint)
        return Opened(plugin, state.info, problems=(problem,)), module
    return state, module


def _sound(group: Group[Info, Made], plugin: Plugin) -> tuple[Opened[Info, Made], Any]:
    """The same, whatever others there are."""
    module, problem = _imported(plugin)
    if problem is not None:
        return Opened(plugin, problems=(problem,)), module
    info, problems = _described(group, plugin, module)
    if info is None:
        return Opened(plugin, problems=problems), module
    if not speaks(info.api_version, group.version):
        # what it lacks besides is no news: it belongs to another interface
        other = _other_version(plugin, info.api_version, group.version)
        return Opened(plugin, info, problems=(other,)), module
    return Opened(plugin, info, problems=problems), module


def at_fault(plugin: Plugin, what: str, error: BaseException) -> Diagnostic:
    """E0917 for a plug-in that could be opened, and what it does instead of its work."""
    return Diagnostic(
        "E0917",
        f"{plugin.noun} {plugin.name} {what}: {_said(error)}",
        place=Place(node=plugin.point.value),
        hint=f"tell the authors of {plugin.origin}",
    )


def _said(error: BaseException) -> str:
    """What an exception of a plug-in says, shortened; printing it may fail, too."""
    name = type(error).__name__
    try:
        text = " ".join(str(error).split())
    except Exception:  # noqa: BLE001 - code of somebody else
        return name
    return f"{name}: {text[:_SHOWN]}" if text else name


def _imported(plugin: Plugin) -> tuple[Any, Diagnostic | None]:
    point = plugin.point
    if not point.pattern.match(point.value):
        return None, Diagnostic(
            "E0902",
            f"{plugin.noun} {plugin.name} is registered as what is no module",
            place=Place(node=plugin.origin),
            have=point.value,
            need="MODULE, e.g. my_package.mychip",
            hint=_mend(plugin),
        )
    try:
        # what a module prints is no part of the result of a command
        with contextlib.redirect_stdout(sys.stderr):
            return point.load(), None
    except (Exception, SystemExit) as error:  # noqa: BLE001 - code of somebody else
        return None, Diagnostic(
            "E0902",
            f"{plugin.noun} {plugin.name} cannot be imported: {_said(error)}",
            place=_place(error, plugin),
            hint=_mend(plugin, error),
        )


def _described(
    group: Group[Info, Any], plugin: Plugin, module: Any
) -> tuple[Info | None, tuple[Diagnostic, ...]]:
    """INFO of a module, and what is wrong with it and with ``create``."""
    info: Any = getattr(module, "INFO", None)
    lacks: list[tuple[str, str]] = []
    readable = isinstance(info, group.info) and _is_version(info.api_version)
    if not isinstance(info, group.info):
        have = "no INFO" if info is None else f"INFO of type {type(info).__name__}"
        lacks.append((have, f"INFO = {group.info.__module__}.{group.info.__name__}(...)"))
    else:
        if not readable:
            lacks.append((f"api_version={info.api_version!r}", f"api_version={group.version}"))
        if info.name != plugin.name:
            lacks.append((f"name={info.name!r}", f"name={plugin.name!r}, as it is registered"))
        title: Any = info.title
        if not isinstance(title, str) or not title:
            lacks.append((f"title={title!r}", "a title, in a few words"))
        if readable and speaks(info.api_version, group.version):
            lacks += group.declares(info)
    if not callable(getattr(module, "create", None)):
        lacks.append(("no function create", f"create() -> {group.made.rpartition('.')[2]}"))
    message = f"{plugin.noun} {plugin.name} does not say what it is"
    problem = _faulty("E0912", message, plugin, lacks, f"mend its module, or {_remove(plugin)}")
    return info if readable else None, (problem,) if lacks else ()


def _faulty(
    code: str, message: str, plugin: Plugin, wrong: Sequence[tuple[str, str]], hint: str
) -> Diagnostic:
    """Everything that is wrong with a plug-in in one diagnostic: have and need of each."""
    return Diagnostic(
        code,
        message,
        place=Place(node=plugin.point.value),
        have="; ".join(have for have, _ in wrong),
        need="; ".join(need for _, need in wrong),
        hint=hint,
    )


def _is_version(found: object) -> bool:
    return (
        isinstance(found, tuple)
        and len(found) == 2
        and all(isinstance(part, int) and part >= 0 for part in found)
    )


def _other_version(plugin: Plugin, theirs: tuple[int, int], ours: tuple[int, int]) -> Diagnostic:
    major, minor = ours
    older = theirs < ours
    return Diagnostic(
        "E0913",
        f"{plugin.noun} {plugin.name} was made for another version of somac",
        place=Place(node=plugin.point.value),
        have=f"interface {theirs[0]}.{theirs[1]}",
        need=f"interface {major}.{minor}"
        if major == 0
        else f"interface {major}.0 to {major}.{minor}",
        hint=f"upgrade {_package(plugin)}" if older else "upgrade somac",
    )


def _rival(plugin: Plugin, plugins: Sequence[Plugin]) -> Diagnostic:
    alike = [p for p in plugins if p.name == plugin.name]
    kept = next((p for p in alike if p.package == OURS), None)
    return Diagnostic(
        "E0914",
        f"{len(alike)} packages bring a {plugin.noun} {plugin.name}"
        + (", and somac's own keeps the name" if kept else ""),
        place=Place(node=plugin.point.value),
        have=", ".join(f"{p.origin} ({p.point.value})" for p in alike),
        need="one",
        hint=_remove(plugin) if kept else "remove all of these packages but one",
    )


def _place(error: BaseException, plugin: Plugin) -> Place:
    """The line that an exception comes from, if the plug-in was reached at all."""
    if isinstance(error, SyntaxError) and error.filename:
        return Place(file=error.filename, line=error.lineno)
    frames = _frames(error.__traceback__)
    if not frames:
        return Place(node=plugin.point.value)
    file, line = frames[-1]
    return Place(file=file, line=line)


def _frames(trace: TracebackType | None) -> list[tuple[str, int | None]]:
    return [
        (frame.filename, frame.lineno)
        for frame in traceback.extract_tb(trace)
        if not frame.filename.startswith(_MACHINERY)
    ]


def _mend(plugin: Plugin, error: BaseException | None = None) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name:
        needed = error.name.partition(".")[0]
        if needed != plugin.point.module.partition(".")[0]:
            return f"install {needed}, which it needs, or {_remove(plugin)}"
    return f"reinstall or {_remove(plugin)}"


def _remove(plugin: Plugin) -> str:
    return f"remove {_package(plugin)}"


def _package(plugin: Plugin) -> str:
    return f"the package {plugin.package}" if plugin.package else "its package"
