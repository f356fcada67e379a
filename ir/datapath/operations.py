"""The operations of datapaths: their names, their arguments and how wide they compute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from somac.ir.fixed import Format

__all__ = ["OPCODES", "SEMANTICS", "SOURCES", "TRUTH", "computed_bits", "exact_format"]

SEMANTICS = 4
"""Version of `docs/reference/semantics.md` that is implemented here; a changed bit counts it up."""

SOURCES = frozenset({"const", "input", "param", "state"})
"""Instructions that read a value; they have no arguments."""

OPCODES: Mapping[str, int] = {
    "add": 2,
    "sub": 2,
    "mul": 2,
    "floordiv": 2,
    "eq": 2,
    "ne": 2,
    "lt": 2,
    "le": 2,
    "gt": 2,
    "ge": 2,
    "and": 2,
    "or": 2,
    "not": 1,
    "select": 3,
    "min": 2,
    "max": 2,
    "cast": 1,
    "table": 1,
}
"""Operations and how many arguments each has."""

TRUTH = frozenset({"eq", "ne", "lt", "le", "gt", "ge", "and", "or", "not"})
"""Operations whose result is a truth value."""


def exact_format(opcode: str, formats: Sequence[Format]) -> tuple[int, int] | None:
    """Signed width and fraction bits that hold every exact result of an operation.

    For a comparison, those of the operands it compares. None where nothing is computed that
    would need converting: sources, ``and``, ``or``, ``not`` and ``table``.
    """
    if not formats or opcode in ("and", "or", "not", "table"):
        return None
    if opcode == "select":
        formats = formats[1:]
    widths = [f.width + (not f.signed) for f in formats]
    if opcode == "mul":
        return sum(widths), formats[0].fraction + formats[1].fraction
    fraction = max(f.fraction for f in formats)
    aligned = max(w + fraction - f.fraction for w, f in zip(widths, formats, strict=True))
    if opcode == "floordiv":
        return aligned, 0
    return aligned + (opcode in ("add", "sub")), fraction


def computed_bits(opcode: str, formats: Sequence[Format], result: Format) -> int:
    """Bits of the widest two's complement value that computing `result` takes.

    That is its own, or the exact result before it is rounded, at the finer of the two binary
    points; an implementation whose words are as wide never overflows before the conversion.
    """
    own = result.width + (not result.signed)
    exact = exact_format(opcode, formats)
    if exact is None:
        return own
    width, fraction = exact
    shift = 0 if opcode in TRUTH else max(0, result.fraction - fraction)
    return max(own, width + shift)
