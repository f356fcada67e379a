"""What packages register as plug-ins, read from their metadata: nothing is imported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import Distribution, EntryPoint, distributions, entry_points
from traceback import walk_tb
from typing import Any

from somac.compiler.plugins.groups import GROUPS, Group
from somac.ir.errors import Diagnostic

__all__ = ["OURS", "Plugin", "installed", "passed_through", "registered", "rivals"]

OURS = "somac"
"""The package whose plug-ins keep their names, whoever else takes them."""


@dataclass(frozen=True, slots=True)
class Plugin:
    """A plug-in as its package registers it.

    Parameters
    ----------
    noun
        What it is: that of its group.
    name
        What users and targets call it.
    point
        What to import.
    package, version
        Who brings it; None where the metadata do not say.
    """

    noun: str
    name: str
    point: EntryPoint
    package: str | None = None
    version: str | None = None

    @property
    def origin(self) -> str:
        """The package with its version, for people."""
        known = " ".join(part for part in (self.package, self.version) if part)
        return known or "a package without a name"


def registered(group: Group[Any, Any]) -> tuple[tuple[Plugin, ...], tuple[Diagnostic, ...]]:
    """Every plug-in of a group by name, and E0918 for packages that do not say what they bring."""
    unreadable: tuple[Diagnostic, ...] = ()
    try:
        points: Iterable[EntryPoint] = entry_points(group=group.name)
    except Exception:  # noqa: BLE001 - one damaged package must not hide all others
        points, unreadable = _one_by_one(group)
    plugins = (Plugin(group.noun, p.name, p, *_origin(p)) for p in points)
    return tuple(sorted(plugins, key=lambda p: (p.name, p.origin))), unreadable


def installed(group: Group[Any, Any]) -> dict[str, Plugin]:
    """Plug-ins of a group by the name under which they are found."""
    plugins, _ = registered(group)
    return {p.name: p for p in sorted(plugins, key=lambda p: p.package == OURS)}


def rivals(plugins: Iterable[Plugin]) -> frozenset[Plugin]:
    """Those that cannot be found, because another has their name.

    A plug-in of somac keeps its name; of others nothing says which is meant.
    """
    given = tuple(plugins)
    names = Counter(p.name for p in given)
    ours = {p.name for p in given if p.package == OURS}
    return frozenset(
        p for p in given if names[p.name] > 1 and not (p.package == OURS and p.name in ours)
    )


def passed_through(error: BaseException) -> Plugin | None:
    """The plug-in of another package to blame for an exception.

    It is the one whose answer was wrong, or the last one through whose code the exception came.
    """
    plugins = [plugin for group in GROUPS for plugin in registered(group)[0]]
    wrong = getattr(error, "plugin", None)
    theirs = {p.point.value.partition(":")[0].partition(".")[0]: p for p in plugins}
    modules = (str(frame.f_globals.get("__name__")) for frame, _ in walk_tb(error.__traceback__))
    found = (theirs.get(module.partition(".")[0]) for module in modules)
    named = (p for p in plugins if p.name == wrong)
    return next((p for p in (*named, *reversed([*found])) if p and p.package != OURS), None)


def _one_by_one(
    group: Group[Any, Any],
) -> tuple[list[EntryPoint], tuple[Diagnostic, ...]]:
    """What `entry_points` gives, of the packages whose lists can be read."""
    points: dict[str | None, list[EntryPoint]] = {}
    unreadable = []
    for found in distributions():
        package, _ = _named(found)
        try:
            listed = list(found.entry_points.select(group=group.name))
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it
            unreadable.append(
                Diagnostic(
                    "E0918",
                    f"what the package {package or 'without a name'} brings cannot be read: "
                    f"{type(error).__name__}: {error}",
                    need="entry_points.txt with sections and lines of the form NAME = MODULE",
                    hint=f"reinstall or remove it; its {group.noun}s are not found",
                )
            )
            continue
        # the first of a name on the path is what imports find
        points.setdefault(package, listed)
    return [p for listed in points.values() for p in listed], tuple(unreadable)


def _origin(point: EntryPoint) -> tuple[str | None, str | None]:
    return (None, None) if point.dist is None else _named(point.dist)


def _named(found: Distribution) -> tuple[str | None, str | None]:
    try:
        return found.metadata["Name"], found.metadata["Version"]
    except Exception:  # noqa: BLE001 - metadata are missing or damaged
        return None, None
