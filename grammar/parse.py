"""Text to `Document`: the first syntax error, or the tree."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from lark import Lark, Token, Tree, UnexpectedCharacters, UnexpectedInput, UnexpectedToken
from lark.exceptions import VisitError
from lark.indenter import DedentError, Indenter
from lark.lexer import PatternStr

from somac.grammar.ast import Document, Position
from somac.grammar.build import build
from somac.grammar.layout import layouts
from somac.grammar.mistakes import Stumble, diagnose
from somac.grammar.problems import Problems, Source
from somac.ir.errors import SomacError

__all__ = ["MAX_CHARACTERS", "parse"]

MAX_CHARACTERS = 1_000_000
"""Longer texts are refused; numbers by the thousand belong into an `.npz` file."""


class _Blocks(Indenter):
    """Blocks by indentation, as in Python."""

    NL_type = "_NL"
    OPEN_PAREN_types = ["LPAR", "LSQB"]  # noqa: RUF012 - as lark declares it
    CLOSE_PAREN_types = ["RPAR", "RSQB"]  # noqa: RUF012
    INDENT_type = "_INDENT"
    DEDENT_type = "_DEDENT"
    tab_len = 8


@cache
def _parser() -> Lark:
    grammar = files("somac.grammar").joinpath("network.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", postlex=_Blocks(), propagate_positions=True)


def _literals() -> dict[str, str]:
    """The terminals of the grammar that are one fixed word or sign."""
    terminals = _parser().terminals
    return {t.name: t.pattern.value for t in terminals if isinstance(t.pattern, PatternStr)}


def parse(text: str, file: str | None = None) -> Document:
    """Parse a `.snn` text.

    Parameters
    ----------
    text
        The text; lines end with ``\\n`` or ``\\r\\n``.
    file
        Its name in messages.

    Raises
    ------
    SomacError
        E0201 a syntax error, E0202 wrong indentation, E0203 not a text of this language,
        E0204 nested too deeply, E0205 a number or text that stands for nothing.
    """
    text = text.replace("\r\n", "\n")
    problems = Problems(Source(file, text))
    if len(text) > MAX_CHARACTERS:
        raise problems.error(
            "E0203",
            "the text is too long",
            Position(1, 1),
            have=f"{len(text)} characters",
            need=f"at most {MAX_CHARACTERS}",
            hint="keep arrays in an .npz file beside the text, and load them",
        )
    if "\0" in text:
        raise problems.error("E0203", "this is not a text: it holds null bytes", Position(1, 1))
    tree = _tree(text, problems)
    try:
        return build(tree, problems, *layouts(text))
    except VisitError as error:
        if isinstance(error.orig_exc, SomacError):
            raise error.orig_exc from None
        raise


def _tree(text: str, problems: Problems) -> Tree[Token]:
    try:
        return _parser().parse(text + "\n")
    except UnexpectedToken as error:
        # what the parser accepts is exact; what the lexer allows is known earlier
        wanted = error.accepts or error.expected
        stumble = Stumble(text, error.token, frozenset(wanted), _literals())
        raise diagnose(stumble, problems) from None
    except UnexpectedCharacters as error:
        token = Token("", error.char, error.pos_in_stream, error.line, error.column)
        stumble = Stumble(text, token, frozenset(error.allowed), _literals())
        raise diagnose(stumble, problems) from None
    except DedentError as error:
        raise problems.error(
            "E0202",
            "this line is indented like no line above it",
            _dedented(text),
            hint="align it with the block it belongs to",
        ) from error
    except UnexpectedInput as error:
        raise problems.error(
            "E0201", "the text cannot be read", Position(error.line, error.column)
        ) from error


def _dedented(text: str) -> Position:
    """The first line whose indentation closes a block that was never opened."""
    open_blocks = [0]
    lines = text.split("\n")
    for position in layouts(text)[0]:
        blank = lines[position.line - 1][: position.column - 1]
        width = blank.count(" ") + _Blocks.tab_len * blank.count("\t")
        closed = False
        while width < open_blocks[-1]:
            open_blocks.pop()
            closed = True
        if width > open_blocks[-1]:
            if closed:
                return position
            open_blocks.append(width)
    return Position(1, 1)
