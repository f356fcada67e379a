"""Options of commands that backends ask for: what they can choose, and what they can build."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import click

if TYPE_CHECKING:
    from somac.backends.api import BackendInfo, Option, Step, Value

__all__ = ["Chosen", "Flag", "FlagsOf", "chosen_of", "flags_of", "without"]

FlagsOf = Literal["options", "steps"]
"""What a command takes of backends."""

_METAVARS = {"integer": "N", "number": "X"}


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the user chose of backends: options by name, and the step to take with the program."""

    options: Mapping[str, Value] = field(default_factory=dict)
    step: str | None = None


class Flag(click.Option):
    """An option of the command line that backends ask for; `steps` where it is one to build."""

    def __init__(self, flag: str, steps: Sequence[Step] = (), **settings: Any) -> None:
        super().__init__([f"backend_{flag.replace('-', '_')}", f"--{flag}"], **settings)
        self.flag = flag
        self.steps = tuple(steps)


def flags_of(infos: Iterable[BackendInfo], wanted: Sequence[FlagsOf]) -> tuple[Flag, ...]:
    """The options of the command line for these backends, each once, in their order.

    Backends that share one mean the same type of value; what each means stands in its help.
    """
    given = tuple(infos)
    options: dict[str, list[tuple[str, Option]]] = {}
    steps: dict[str, list[tuple[str, Step]]] = {}
    for info in given:
        if "options" in wanted:
            for option in info.options:
                options.setdefault(option.name, []).append((info.name, option))
        if "steps" in wanted:
            for step in info.steps:
                steps.setdefault(step.name, []).append((info.name, step))
    return (
        *(_option(name, found) for name, found in options.items()),
        *(_step(name, found) for name, found in steps.items()),
    )


def chosen_of(flags: Iterable[Flag], given: Mapping[str, Any]) -> Chosen:
    """What was chosen, by the names of parameters of the command.

    Raises
    ------
    click.UsageError
        If several steps are asked for, of which none takes the others as well.
    """
    options = {}
    asked = []
    for flag in flags:
        value = given.get(flag.name or "")
        if value is None or value is False:
            continue
        if flag.steps:
            asked.append(flag)
        else:
            options[flag.flag] = value
    return Chosen(options, _one(asked))


def without(flags: Iterable[Flag], given: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of the command itself."""
    theirs = {flag.name for flag in flags}
    return {name: value for name, value in given.items() if name not in theirs}


def _one(asked: Sequence[Flag]) -> str | None:
    """Of the steps that are asked for that which takes all the others as well."""
    names = {flag.flag for flag in asked}
    for flag in asked:
        if any(names <= {step.name, *step.includes} for step in flag.steps):
            return flag.flag
    if names:
        shown = " and ".join(f"--{flag.flag}" for flag in asked)
        raise click.UsageError(f"{shown} are steps of which one is taken.")
    return None


def _option(name: str, found: Sequence[tuple[str, Option]]) -> Flag:
    first = found[0][1]
    helps = ((backend, _told(option)) for backend, option in found)
    settings: dict[str, Any] = {"help": _help(helps)}
    match first.type:
        case "flag":
            settings["is_flag"] = True
        case "choice":
            words = dict.fromkeys(word for _, option in found for word in option.choices)
            settings["type"] = click.Choice(list(words))
        case kind:
            settings["type"] = click.INT if kind == "integer" else click.FLOAT
            settings["metavar"] = _METAVARS[kind]
    return Flag(name, **settings)


def _step(name: str, found: Sequence[tuple[str, Step]]) -> Flag:
    steps = [step for _, step in found]
    return Flag(name, steps, is_flag=True, help=_help((b, step.help) for b, step in found))


def _told(option: Option) -> str:
    default = "" if option.default is None else f" [default: {option.default}]"
    return f"{option.help}{default}"


def _help(helps: Iterable[tuple[str, str]]) -> str:
    """What each backend means, with its name; the same words once."""
    by_text: dict[str, list[str]] = {}
    for backend, text in helps:
        by_text.setdefault(text, []).append(backend)
    return " ".join(f"{', '.join(names)}: {text}" for text, names in by_text.items())
