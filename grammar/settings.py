"""The settings of a network block: time step, profile, integrator, reset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from somac.grammar import ast
from somac.grammar.library import Library, Profile, check_choice
from somac.grammar.problems import Problems
from somac.grammar.values import Reader

__all__ = ["DEFAULT_PROFILE", "Choices", "Settings", "read_settings"]

DEFAULT_PROFILE = "nir-euler"

_NONE = "none"


@dataclass(frozen=True, slots=True)
class Choices:
    """What takes the place of a setting of the text; None leaves it as it is.

    Parameters
    ----------
    dt
        Length of a tick in seconds.
    profile, integrator, reset
        Names, or ``none``.
    device_seed
        Which device random devices are of whose seed the text leaves open.
    """

    dt: float | None = None
    profile: str | None = None
    integrator: str | None = None
    reset: str | None = None
    device_seed: int | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings that hold.

    `semantics` is what the `Network` records of them, and what the text adds; `device_seed` is
    that of random devices that state none.
    """

    name: str
    dt: float
    profile: Profile | None
    integrator: str | None
    reset: str | None
    semantics: Mapping[str, str] = field(default_factory=dict)
    device_seed: int = 0


def read_settings(
    network: ast.NetworkDef, library: Library, reader: Reader, choices: Choices
) -> Settings:
    """Read the block of a network.

    Raises
    ------
    SomacError
        E0401 without a time step, E0206 and E0225 for names that are not known.
    """
    problems = Problems(reader.problems.source)
    lines: dict[str, ast.Setting] = {}
    remarks: dict[str, str] = {}
    for line in network.settings:
        key = line.name if line.name is not None else line.key
        if (line.name is not None and key in remarks) or (line.name is None and key in lines):
            problems.add("E0207", f"{key} is set twice", line.position)
        elif line.name is not None:
            remarks[line.name] = str(line.value)
        else:
            lines[line.key] = line
    dt = 1.0
    with problems.collected():
        dt = _time_step(network, lines.get("dt"), reader, choices.dt)
    chosen = {
        key: getattr(choices, key) or (str(lines[key].value) if key in lines else None)
        for key in ("profile", "integrator", "reset")
    }
    profile = None
    name = chosen["profile"] or DEFAULT_PROFILE
    if name != _NONE:
        place = lines["profile"].position if "profile" in lines else network.position
        with problems.collected(), problems.at(place):
            profile = library.profile(name)
    for key in ("integrator", "reset"):
        if chosen[key] not in (None, _NONE):
            place = lines[key].position if key in lines else network.position
            check_choice(ast.Setting(key, str(chosen[key]), position=place), problems)
    problems.check()
    integrator = chosen["integrator"] or (profile.integrator if profile else None)
    integrator = None if integrator == _NONE else integrator
    reset = None if chosen["reset"] == _NONE else chosen["reset"]
    recorded = {
        "profile": profile.name if profile else None,
        "integrator": integrator,
        "reset": reset,
    }
    semantics = {key: value for key, value in recorded.items() if value is not None}
    return Settings(
        network.name,
        dt,
        profile,
        integrator,
        reset,
        semantics | remarks,
        choices.device_seed or 0,
    )


def _time_step(
    network: ast.NetworkDef, line: ast.Setting | None, reader: Reader, chosen: float | None
) -> float:
    dt, place = chosen, network.position
    if dt is None and line is not None and not isinstance(line.value, str):
        dt, place = reader.number(line.value, "s"), line.position
    if dt is None:
        raise reader.problems.error(
            "E0401",
            f"network {network.name} has no time step",
            place,
            hint="add a line such as `dt 1 ms` to its block",
        )
    if not 0.0 < dt < float("inf"):
        raise reader.problems.error(
            "E0401", f"the time step is {dt:g} s", place, need="a positive number of seconds"
        )
    return dt
