"""The arguments of a call by the names of what they are for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from somac.grammar import ast
from somac.grammar.ast import Position
from somac.grammar.problems import Problems
from somac.ir.suggest import did_you_mean

__all__ = ["Arguments", "bind"]


@dataclass(frozen=True, slots=True)
class Arguments:
    """What a call was given, by name."""

    call: ast.Call
    values: dict[str, ast.Value]
    problems: Problems

    @property
    def position(self) -> Position:
        """Where the call is."""
        return self.call.position

    def get(self, name: str) -> ast.Value | None:
        """The value of an argument, None if it was left out."""
        return self.values.get(name)

    def need(self, name: str) -> ast.Value:
        """The value of an argument that must be there (E0209 if not)."""
        if name not in self.values:
            raise self.problems.error(
                "E0209", f"{self.call.function} needs the argument {name}", self.position
            )
        return self.values[name]


def bind(call: ast.Call, names: Sequence[str], problems: Problems) -> Arguments:
    """Match arguments with names: first those by position, then those by name.

    Raises
    ------
    SomacError
        E0206 for an unknown name, E0207 for one given twice, E0209 for too many arguments or
        one by position behind one by name.
    """
    values: dict[str, ast.Value] = {}
    known = frozenset(names)
    named = False
    for index, argument in enumerate(call.arguments):
        if argument.name is not None:
            name, named = argument.name, True
        elif named or index >= len(names):
            raise problems.error(
                "E0209",
                f"{call.function}: this argument needs a name"
                if named
                else f"{call.function} is given too many arguments",
                argument.position,
                need=", ".join(names) or "none",
            )
        else:
            name = names[index]
        if name not in known:
            raise problems.error(
                "E0206",
                f"{call.function} has no argument {name}",
                argument.position,
                hint=did_you_mean(name, names),
            )
        if name in values:
            raise problems.error(
                "E0207", f"{call.function}: {name} is given twice", argument.position
            )
        values[name] = argument.value
    return Arguments(call, values, problems)
