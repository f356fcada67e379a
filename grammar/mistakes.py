"""What to say of a syntax error: common mistakes by name, the rest by what was expected."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lark import Token

from somac.grammar.ast import Position
from somac.grammar.layout import open_bracket
from somac.grammar.problems import Problems
from somac.ir.errors import SomacError
from somac.ir.suggest import nearest

__all__ = ["Stumble", "diagnose"]

_LAYOUT = ("_INDENT", "_DEDENT")
_OPERATORS = frozenset({"AND", "OR", "PLUS", "MINUS", "TIMES", "POWER", "COMPARE"})
_CLASSES = {
    "$END": "the end of the text",
    "AND": '"and"',
    "COMPARE": "a comparison",
    "DECLARED_UNIT": "a unit",
    "DERIVATIVE": "dx/dt",
    "INTEGER": "a whole number",
    "KIND": "spikes, counts or values",
    "MINUS": '"-"',
    "NAME": "a name",
    "NUMBER": "a number",
    "OR": '"or"',
    "PLUS": '"+"',
    "POWER": '"**"',
    "STRING": "a text in quotes",
    "TIMES": '"*"',
    "UNIT": "a unit",
    "WORD": "a name",
    "_DEDENT": "the end of the block",
    "_INDENT": "an indented line",
    "_NL": "the end of the line",
}
_BLOCK = re.compile(r"\s*(network|neuron|rule|profile|on \w+|every step|pre|post)\b")


@dataclass(frozen=True, slots=True)
class Stumble:
    """Where the parser stopped: the token it could not use and what it would have taken.

    `literals` are the fixed words and signs among the terminals of the grammar.
    """

    text: str
    token: Token
    expected: frozenset[str]
    literals: Mapping[str, str]

    @property
    def position(self) -> Position:
        """Where the token is; for a change of indentation, where its line begins."""
        if self.at_end:
            lines = self.text.rstrip().split("\n")
            return Position(len(lines), len(lines[-1]) + 1)
        if self.token.type in _LAYOUT:
            return Position(self.token.end_line or 1, self.token.end_column or 1)
        return Position(self.token.line or 1, self.token.column or 1)

    @property
    def at_end(self) -> bool:
        """Whether the text ends where more was wanted."""
        kind = self.token.type
        return kind == "$END" or (kind == "_DEDENT" and (self.token.end_pos or 0) >= len(self.text))

    @property
    def line(self) -> str:
        """The line of the token."""
        return self.text.split("\n")[self.position.line - 1]

    @property
    def before(self) -> str:
        """The line up to the token."""
        return self.line[: self.position.column - 1]

    @property
    def bracket(self) -> Position | None:
        """The innermost bracket that is open at the token."""
        end = self.token.start_pos
        return open_bracket(self.text, len(self.text) if end is None else end)

    def wants(self, literal: str) -> bool:
        """Whether a fixed word or sign was expected."""
        return any(self.literals.get(name) == literal for name in self.expected)


@dataclass(frozen=True, slots=True)
class _Mistake:
    """A mistake with a name: how to recognise it and what to say."""

    made: Callable[[Stumble], bool]
    message: str
    hint: str
    code: str = "E0201"


_MISTAKES = (
    _Mistake(
        lambda s: s.token.type == "_INDENT",
        "this line is indented, and nothing above it opens a block",
        "blocks follow a line that ends with a colon, and the biases of a population",
        "E0202",
    ),
    _Mistake(
        lambda s: "_INDENT" in s.expected,
        "an indented block is missing",
        "indent what belongs to the line above, by four spaces",
        "E0202",
    ),
    _Mistake(
        lambda s: str(s.token).startswith('"') and s.token.type != "STRING",
        "a text in quotes does not end on its line",
        'close it with ", and write \\" for a quote inside',
    ),
    _Mistake(
        lambda s: str(s.token) == "'",
        "texts stand in double quotes",
        'write "..."',
    ),
    _Mistake(
        lambda s: s.token.type == "_NL" and s.wants(":") and bool(_BLOCK.match(s.line)),
        "the colon at the end of the line is missing",
        "a line that opens a block ends with a colon",
    ),
    _Mistake(
        lambda s: s.wants("[") and bool(re.match(r"\s*(input|population)\b", s.line)),
        "the shape is missing",
        "write the number of cells after the name, such as pixels[64] or pixels[2, 34, 34]",
    ),
    _Mistake(
        lambda s: bool(re.match(r"\s*d\w+\s*/\s*dt\s*$", s.before)) and s.wants("="),
        "a derivative is written without spaces",
        "write dv/dt = ...",
    ),
    _Mistake(
        lambda s: bool(re.match(r"\s*d\w+$", s.before.rstrip())) and str(s.token) == "/",
        "a derivative is written without spaces, over dt",
        "write dv/dt = ...",
    ),
    _Mistake(
        lambda s: str(s.token) == "=" and "COMPARE" in s.expected,
        "equality is written ==",
        "write a == b",
    ),
    _Mistake(
        lambda s: "COMPARE" in s.expected and bool(re.search(r"[\d.]\s*$", s.before))
        and bool(re.match(r"[A-Za-zµμΩ]", str(s.token))),
        "numbers in equations have no unit",
        "make it a parameter of the neuron with a unit and a default, such as e_rev [V] = -70 mV",
    ),
    _Mistake(
        lambda s: "COMPARE" not in s.expected and bool(re.search(r"[<>=]=?[^<>=]+$", s.before))
        and str(s.token) in ("<", "<=", ">", ">=", "==", "!="),
        "comparisons do not chain",
        "write a < b and b < c",
    ),
    _Mistake(
        lambda s: str(s.token) in ("^", "&", "!", "%"),
        "there is no such operator",
        "operators: + - * / // ** == != < <= > >= and or not",
    ),
)  # fmt: skip


def diagnose(stumble: Stumble, problems: Problems) -> SomacError:
    """The error to raise."""
    bracket = stumble.bracket
    if stumble.at_end and bracket is not None:
        return problems.error(
            "E0201", "this bracket is not closed", bracket, need=_expected(stumble)
        )
    for mistake in _MISTAKES:
        if mistake.made(stumble):
            return problems.error(
                mistake.code, mistake.message, stumble.position, hint=mistake.hint
            )
    return problems.error(
        "E0201",
        f"{_got(stumble)} cannot stand here",
        stumble.position,
        need=_expected(stumble),
        hint=_spelling(stumble) or _unclosed(stumble),
    )


def _got(stumble: Stumble) -> str:
    kind = stumble.token.type
    if kind in _LAYOUT or kind in ("$END", "_NL"):
        return _CLASSES[kind]
    return f'"{str(stumble.token).splitlines()[0]}"' if str(stumble.token) else "this"


def _expected(stumble: Stumble) -> str:
    names = set(stumble.expected)
    described = []
    if len(names & _OPERATORS) > 2:
        names -= _OPERATORS
        described.append("an operator")
    described += [
        _CLASSES.get(n) or f'"{stumble.literals[n]}"' for n in names if _known(stumble, n)
    ]
    return ", ".join(sorted(set(described)))


def _known(stumble: Stumble, name: str) -> bool:
    return name in _CLASSES or name in stumble.literals


def _spelling(stumble: Stumble) -> str | None:
    """A keyword that the token, or the first word of its line, is nearly."""
    words = [str(stumble.token)]
    first = re.match(r"\s*([A-Za-z_]+)", stumble.before)
    keywords = [word for word in stumble.literals.values() if word.isalpha()]
    wanted = [stumble.literals[n] for n in stumble.expected if n in stumble.literals]
    if first and first.group(1) not in keywords:
        words.append(first.group(1))
        wanted += keywords
    for word in words:
        near = nearest(word, wanted)
        if near and near[0] != word:
            return f"did you mean {near[0]!r}?"
    return None


def _unclosed(stumble: Stumble) -> str | None:
    bracket = stumble.bracket
    if bracket is None or bracket.line == stumble.position.line:
        return None
    return f"the bracket opened in line {bracket.line}, column {bracket.column} is not closed"
