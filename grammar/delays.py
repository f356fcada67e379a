"""Delays of the text to ticks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.grammar import ast
from somac.grammar.arguments import bind
from somac.grammar.draw import Purpose, Stream
from somac.grammar.values import Reader, shape_text

__all__ = ["Clock"]

_LONGEST = 2**31 - 1
_TICKS = ("tick", "ticks")
# what is left of a quotient of two decimals after rounding
_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class Clock:
    """Counts time in ticks of `dt` seconds."""

    reader: Reader
    dt: float

    def ticks(self, value: ast.Quantity) -> int:
        """``3 ticks``, or a time that is a multiple of dt."""
        if value.unit in _TICKS:
            return self.reader.whole(_plain(value), "a delay", 0, _LONGEST)
        if value.unit is None:
            raise self.reader.problems.error(
                "E0211",
                "a delay needs a unit",
                value.position,
                have=f"{value.value:g}",
                need="ticks, or a time such as ms",
            )
        ratio = self.reader.number(value, "s") / self.dt
        nearest = round(min(max(ratio, -1.0), float(_LONGEST)))
        if nearest < 0 or abs(ratio - nearest) > _TOLERANCE:
            raise self.reader.problems.error(
                "E0220",
                f"a delay of {value.value:g} {value.unit} is not a whole number of ticks",
                value.position,
                have=f"{ratio:g} ticks of {self.dt:g} s",
                need=f"a whole number from 0 to {_LONGEST}",
            )
        return nearest

    def synapses(self, value: ast.Value, count: int, seed: ast.Value | None) -> NDArray[np.int64]:
        """Delays of synapses, int64 (count,): in ticks unless they have a unit of time.

        ``uniform(low, high)`` draws whole numbers of ticks, both ends included.
        """
        match value:
            case ast.Quantity():
                return np.full(count, self._one(value), np.int64)
            case ast.Call("uniform"):
                given = bind(value, ("low", "high", "seed"), self.reader.problems)
                low, high = self._one(given.need("low")), self._one(given.need("high"))
                if low > high:
                    raise self.reader.kind(value, "delays from a low end to a high one")
                number = self.reader.seed(given.get("seed") or seed, value.position)
                return Stream.of(number, Purpose.DELAY).integers(low, high, count)
            case ast.Array() | ast.Call("load"):
                return self._array(value, count)
            case _:
                raise self.reader.kind(value, "delays: a number, an array, or uniform(low, high)")

    def _one(self, value: ast.Value) -> int:
        if isinstance(value, ast.Quantity) and value.unit is not None:
            return self.ticks(value)
        return self.reader.whole(value, "a delay", 0, _LONGEST)

    def _array(self, value: ast.Array | ast.Call, count: int) -> NDArray[np.int64]:
        given = self.reader.array(value, "s" if value.unit else "1")
        ratio = given / self.dt if value.unit else given
        if ratio.shape != (count,):
            raise self.reader.shape(
                "there is not one delay for each synapse",
                f"shape {shape_text(ratio.shape)}",
                f"shape {shape_text((count,))}",
                value.position,
            )
        ticks = np.rint(ratio)
        within = (ticks >= 0) & (ticks <= _LONGEST) & (np.abs(ratio - ticks) <= _TOLERANCE)
        if not within.all():
            first = float(ratio[~within][0])
            raise self.reader.problems.error(
                "E0220",
                "a delay is not a whole number of ticks",
                value.position,
                have=f"{first:g} ticks",
                need=f"a whole number from 0 to {_LONGEST}",
            )
        return ticks.astype(np.int64)


def _plain(value: ast.Quantity) -> ast.Quantity:
    return ast.Quantity(value.value, position=value.position)
