"""Targets that backends of other packages bring, each with its package; broken ones stop nobody."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING

from somac.compiler.plugins import BACKENDS, Plugin, described
from somac.ir.errors import Diagnostic, Place, SomacError
from somac.ir.target import Target

if TYPE_CHECKING:
    from somac.compiler.targets.described import Described

__all__ = ["Brought", "broken", "brought"]


@dataclass(frozen=True, slots=True)
class Brought:
    """The targets of a plug-in that can be used, and what is wrong with the others."""

    plugin: Plugin
    targets: Mapping[str, Target]
    problems: tuple[Diagnostic, ...] = ()


def brought(shipped: Described, most_bytes: int) -> tuple[Brought, ...]:
    """The targets of every plug-in that brings any.

    Those of broken plug-ins are not there, and nothing is said of them here.

    Parameters
    ----------
    shipped
        The description that comes with somac: its names are taken, its chips and parts may be
        used.
    most_bytes
        A file that is larger is refused unread.
    """
    found = [
        _of(state.plugin, state.info.targets, shipped, most_bytes)
        for state in described(BACKENDS)
        if state.info is not None and not state.problems and state.info.targets is not None
    ]
    names = [name for one in found for name in one.targets]
    twice = {name for name in names if names.count(name) > 1}
    return tuple(_without(one, twice) for one in found)


def broken() -> Mapping[str, tuple[Diagnostic, ...]]:
    """Why plug-ins are broken whose targets are therefore not known, by their names."""
    return {s.plugin.name: s.problems for s in described(BACKENDS) if s.problems}


def _of(plugin: Plugin, file: str, shipped: Described, most_bytes: int) -> Brought:
    from somac.compiler.targets.describe import build_targets, read_description

    try:
        place = _folder(plugin).joinpath(file)
        content = place.read_bytes()
        if len(content) > most_bytes:
            raise ValueError(f"more than {most_bytes} bytes")
        text = content.decode("utf-8-sig")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return Brought(plugin, {}, (_unusable(plugin, f"{file} cannot be read: {reason}"),))
    try:
        targets = build_targets(read_description(text, str(place)), shipped)
    except SomacError as error:
        return Brought(plugin, {}, error.diagnostics)
    wrong = dict(_wrong(plugin, targets, shipped))
    kept = {name: target for name, target in targets.items() if name not in wrong}
    return Brought(plugin, kept, tuple(wrong.values()))


def _wrong(
    plugin: Plugin, targets: Mapping[str, Target], shipped: Described
) -> Iterator[tuple[str, Diagnostic]]:
    for name, target in targets.items():
        if name in shipped.description.targets:
            yield name, _unusable(plugin, f"somac has a target {name} itself")
        elif target.backend != plugin.name:
            yield name, _unusable(plugin, f"target {name} is for the backend {target.backend}")


def _without(one: Brought, twice: set[str]) -> Brought:
    lost = [name for name in one.targets if name in twice]
    return Brought(
        one.plugin,
        {name: target for name, target in one.targets.items() if name not in twice},
        (
            *one.problems,
            *(_unusable(one.plugin, f"another backend brings a target {n}, too") for n in lost),
        ),
    )


def _unusable(plugin: Plugin, why: str) -> Diagnostic:
    return Diagnostic(
        "E0934",
        f"targets of backend {plugin.name} cannot be used: {why}",
        place=Place(node=plugin.point.value),
        need=f"a file of targets for {plugin.name}, with names of their own",
        hint=f"tell the authors of {plugin.origin}",
    )


def _folder(plugin: Plugin) -> Traversable:
    """Where the module of a plug-in is that has been imported."""
    module = sys.modules[plugin.point.module]
    package = module.__name__ if hasattr(module, "__path__") else module.__package__
    if package:
        return files(package)
    if module.__file__ is None:
        raise OSError("its module is in no file")
    return Path(module.__file__).parent
