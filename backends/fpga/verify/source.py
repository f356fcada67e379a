"""What a generated module says: its ports, statements and instances, whatever its layout.

The generated SystemVerilog is flat: ports, declarations, assignments, clocked blocks, and
instances. Two modules are the same if they have the same ports in the same order and the same
statements and instances; comments, blanks, the order of statements, and wires that only say what
is not read (``&{1'b0, ...}``) do not matter, and numbers are compared by value and width.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

__all__ = ["Instance", "Source", "differences", "read"]

_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_TOKEN = re.compile(
    r'"[^"\n]*"|\d*\'[sS]?[hHbBdD]\s*[0-9a-fA-FxXzZ_?]+|\'[01xXzZ]|[A-Za-z_$][\w$]*|\d+'
    r"|<<<|>>>|<=|>=|==|!=|&&|\|\||\+:|-:|\S"
)
_NUMBER = re.compile(r"(\d*'[sS]?)([hHbBdD])\s*([0-9a-fA-F_]+)")
_BASES = {"h": 16, "b": 2, "d": 10}
_NOTHING = ["=", "&", "{", "1'h0"]
"""What a wire is made of that only says what is not read: it is 0, whatever follows."""
_SHOWN = 3
_LONGEST = 160


@dataclass(frozen=True, slots=True)
class Instance:
    """An instance: of which module, with which parameters, connected to what, as text."""

    module: str
    parameters: Mapping[str, str]
    ports: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Source:
    """A module: its ports in order, its statements with how often they occur, its instances."""

    name: str
    ports: tuple[str, ...]
    statements: Counter[str]
    instances: Mapping[str, Instance]


def read(text: str) -> Source:
    """The one module of a text; ValueError if it is not of the form that is generated."""
    if "translate_off" in text:
        raise ValueError("a comment that hides statements from some tools")
    tokens = [_plain(t) for t in _TOKEN.findall(_COMMENT.sub(" ", text))]
    if tokens[:1] != ["module"] or tokens[2:3] != ["("] or tokens[-1:] != ["endmodule"]:
        raise ValueError("not a module")
    end = _closing(tokens, 2)
    ports = tuple(" ".join(part) for part in _parted(tokens[3:end]))
    statements: Counter[str] = Counter()
    instances: dict[str, Instance] = {}
    for scope, chunk in _chunks(tokens[end + 1 : -1]):
        found = _instance(chunk)
        if found is None and chunk[:1] == ["wire"] and chunk[2:6] == _NOTHING:
            continue
        if found is None:
            statements[" ".join([scope, *chunk])] += 1
            continue
        name, instance = scope + found[0], found[1]
        if name in instances:
            raise ValueError(f"two instances are called {name}")
        instances[name] = instance
    return Source(tokens[1], ports, statements, instances)


def differences(have: Source, need: Source) -> Iterator[tuple[str, str, str]]:
    """What differs: where, and what is there and should be."""
    if have.name != need.name:
        yield "the name of the module", have.name, need.name
    if have.ports != need.ports:
        first = next(
            (pair for pair in zip(have.ports, need.ports, strict=False) if pair[0] != pair[1]),
            (f"{len(have.ports)} ports", f"{len(need.ports)} ports"),
        )
        yield "its ports", *first
    for name in sorted(have.instances.keys() | need.instances.keys()):
        yield from _instances(name, have.instances.get(name), need.instances.get(name))
    more = sorted((have.statements - need.statements).elements())
    missing = sorted((need.statements - have.statements).elements())
    for number in range(min(_SHOWN, max(len(more), len(missing)))):
        there = more[number] if number < len(more) else "nothing"
        meant = missing[number] if number < len(missing) else "nothing"
        yield "a statement", _short(there), _short(meant)


def _instances(
    name: str, have: Instance | None, need: Instance | None
) -> Iterator[tuple[str, str, str]]:
    if have is None or need is None or have.module != need.module:
        there, meant = (i.module if i is not None else "nothing" for i in (have, need))
        yield f"the instance {name}", there, meant
        return
    for what, mine, theirs in (
        ("parameter", have.parameters, need.parameters),
        ("port", have.ports, need.ports),
    ):
        for key in sorted(mine.keys() | theirs.keys()):
            there, meant = mine.get(key, "nothing"), theirs.get(key, "nothing")
            if there != meant:
                yield f"{what} {key} of the instance {name}", _short(there), _short(meant)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST] + " ..."


def _plain(token: str) -> str:
    """A number with a width by its value, every other token as it is."""
    if token[0] not in "0123456789'":
        return token
    number = _NUMBER.fullmatch(token)
    if number is None:
        return str(int(token)) if token.isdecimal() else token
    width, base, digits = number.groups()
    return f"{width}h{int(digits.replace('_', ''), _BASES[base.lower()]):x}"


def _closing(tokens: Sequence[str], at: int) -> int:
    """Where the bracket that opens at `at` is closed."""
    depth = 0
    for index in range(at, len(tokens)):
        depth += (tokens[index] in "([{") - (tokens[index] in ")]}")
        if not depth:
            return index
    raise ValueError("a bracket that is not closed")


def _parted(tokens: Sequence[str]) -> Iterator[list[str]]:
    """Parts between commas that are in no bracket."""
    part: list[str] = []
    depth = 0
    for token in tokens:
        depth += (token in "([{") - (token in ")]}")
        if token == "," and not depth:
            yield part
            part = []
        else:
            part.append(token)
    if part:
        yield part


def _chunks(tokens: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Statements, and what opens and closes blocks, each with the names of the blocks it is in."""
    chunk: list[str] = []
    scopes: list[str] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        at += 1
        if token != ";":
            chunk.append(token)
        if token == "begin" and tokens[at : at + 1] == [":"]:
            chunk += tokens[at : at + 2]
            at += 2
        if token in (";", "begin", "end"):
            yield "".join(f"{scope}." for scope in scopes if scope), chunk
            if token == "begin":
                scopes.append(chunk[-1] if chunk[-2:-1] == [":"] else "")
            elif token == "end":
                scopes[-1:] = []
            chunk = []
    if chunk:
        yield "", chunk


def _instance(chunk: Sequence[str]) -> tuple[str, Instance] | None:
    """Name and instance, if a statement is one."""
    parameters: dict[str, str] = {}
    at = 1
    if chunk[1:3] == ["#", "("]:
        end = _closing(chunk, 2)
        parameters = _named(chunk[3:end])
        at = end + 1
    if len(chunk) < at + 4 or chunk[at + 1 : at + 3] != ["(", "."]:
        return None
    end = _closing(chunk, at + 1)
    if end != len(chunk) - 1:
        raise ValueError(f"text behind the instance {chunk[at]}")
    return chunk[at], Instance(chunk[0], parameters, _named(chunk[at + 2 : end]))


def _named(tokens: Sequence[str]) -> dict[str, str]:
    """``.NAME(value), .NAME`` by name."""
    found: dict[str, str] = {}
    for part in _parted(tokens):
        if len(part) < 2 or part[0] != "." or part[1] in found:
            raise ValueError("a list of connections with one that has no name, or twice")
        if len(part) == 2:
            found[part[1]] = part[1]
        elif part[2] == "(" and part[-1] == ")":
            found[part[1]] = " ".join(part[3:-1])
        else:
            raise ValueError(f"a connection of {part[1]} that is none")
    return found
