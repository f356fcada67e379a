"""Reads the text form of a datapath."""

from __future__ import annotations

import re

import numpy as np

from somac.ir.datapath.value import Datapath, Instruction, Table
from somac.ir.fixed import Format
from somac.ir.neuron import SignalKind

__all__ = ["parse"]

_NUMBER = re.compile(r"-?[0-9]{1,20}")
_VALUE = re.compile(r"%([0-9]{1,9})")


def parse(text: str) -> Datapath:
    """The datapath that prints as `text`; ValueError names the line that is wrong."""
    name = ""
    instructions: list[Instruction] = []
    tables: dict[str, Table] = {}
    next_state: dict[str, int] = {}
    sent: tuple[SignalKind, int] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        try:
            match line.split():
                case ["datapath", word] if not name:
                    name = word
                case ["table", table, first, *entries] if table not in tables:
                    values = np.array([_integer(entry) for entry in entries], dtype=np.int64)
                    tables[table] = Table(_integer(first.removesuffix(":")), values)
                case [target, "=", opcode, *words] if target == f"%{len(instructions)}":
                    instructions.append(_instruction(opcode, words))
                case ["next", state, value] if state not in next_state:
                    next_state[state] = _index(value)
                case ["send", ("spike" | "count" | "value") as kind, value] if sent is None:
                    sent = kind, _index(value)
                case _:
                    raise ValueError("not a line of a datapath, or not in its place")
        except (ValueError, OverflowError) as problem:
            raise ValueError(f"line {number}: {line!r}: {problem}") from None
    if sent is None or not name:
        raise ValueError("no 'datapath' line or no 'send' line")
    return Datapath(name, tuple(instructions), next_state, sent[1], sent[0], tables)


def _instruction(opcode: str, words: list[str]) -> Instruction:
    if len(words) < 2 or words[-2] != ":":
        raise ValueError("no format")
    format = Format.parse(words[-1])
    words = words[:-2]
    if opcode == "const" and not words:
        raise ValueError("no value")
    raw = _integer(words.pop(0)) if opcode == "const" else 0
    arguments = []
    while words and words[0].startswith("%"):
        arguments.append(_index(words.pop(0)))
    name = words.pop(0) if words else ""
    if words:
        raise ValueError(f"{words[0]!r} is too much")
    return Instruction(opcode, format, tuple(arguments), name, raw)


def _integer(word: str) -> int:
    if _NUMBER.fullmatch(word) is None:
        raise ValueError(f"{word!r} is not an integer")
    return int(word)


def _index(word: str) -> int:
    found = _VALUE.fullmatch(word)
    if found is None:
        raise ValueError(f"{word!r} is not a value such as %3")
    return int(found[1])
