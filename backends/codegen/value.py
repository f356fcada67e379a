"""Values under lowering, and the bounds that follow from bounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product

from somac.backends.codegen.code import Operand
from somac.ir.fixed import Format, Rounding

__all__ = ["Bounded", "constant", "decided", "image", "rounded", "wrapped"]


@dataclass(frozen=True, slots=True)
class Bounded:
    """An operand with proven bounds; `truth` if it is a truth value (0 or 1)."""

    operand: Operand
    low: int
    high: int
    truth: bool = False

    @property
    def known(self) -> int | None:
        """The value, if the bounds leave only one."""
        return self.low if self.low == self.high else None


def constant(value: int, *, truth: bool = False) -> Bounded:
    """A value known before anything runs."""
    return Bounded(value, value, value, truth)


def image(function: Callable[[int, int], int], a: Bounded, b: Bounded) -> tuple[int, int]:
    """Bounds of a function that is monotone in each argument: those of its corners."""
    corners = [function(x, y) for x, y in product((a.low, a.high), (b.low, b.high))]
    return min(corners), max(corners)


def rounded(value: int, shift: int, rounding: Rounding) -> int:
    """``value / 2**shift`` rounded, `shift` > 0: monotone in `value`."""
    floor, rest = divmod(value, 1 << shift)
    half = 1 << (shift - 1)
    match rounding:
        case Rounding.TRN:
            return floor
        case Rounding.TRN_ZERO:
            return floor + (value < 0 and rest != 0)
        case Rounding.RND:
            return floor + (rest >= half)
        case Rounding.RND_CONV:
            return floor + (rest > half or (rest == half and floor % 2 == 1))


def wrapped(value: int, format: Format) -> int:
    """The low bits of `value`, read in `format`."""
    return (value - format.minimum) % (1 << format.width) + format.minimum


def decided(operation: str, a: Bounded, b: Bounded) -> bool | None:
    """The outcome of a comparison, where the bounds allow only one."""
    below, above = a.high < b.low, a.low > b.high
    apart = below or above
    same = a.operand == b.operand or (a.known is not None and a.known == b.known)
    outcomes: Mapping[str, tuple[bool, bool]] = {
        "lt": (below, same or a.low >= b.high),
        "le": (same or a.high <= b.low, above),
        "gt": (above, same or a.high <= b.low),
        "ge": (same or a.low >= b.high, below),
        "eq": (same, apart),
        "ne": (apart, same),
    }
    yes, no = outcomes[operation]
    return True if yes else False if no else None
