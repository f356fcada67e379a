"""The parameters of a raw node, checked: each problem is put down, and reading goes on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.compiler.nir.raw import RawNode
from somac.compiler.nir.report import Report
from somac.compiler.nir.shape import Shape, shape_text

__all__ = ["Fields", "Real"]

Real = NDArray[np.float64]

_MAX_DIMENSIONS = 32
"""Of a signal: as many as arrays have."""


@dataclass(slots=True)
class Fields:
    """Reads the parameters of one node.

    A method that finds something wrong puts it down and returns a value of the right type, so
    that the rest of the node is looked at too; `sound` then is False.
    """

    name: str
    node: RawNode
    report: Report
    sound: bool = True
    used: set[str] = field(default_factory=set)

    def has(self, name: str) -> bool:
        """Whether the file has the parameter."""
        return name in self.node.parameters

    def real(self, name: str, default: float | None = None, *, exact: bool = False) -> Real:
        """A parameter as float64, in its shape; `default` (0-d) where the file has none.

        `exact` asks for a note where the file holds integers.
        """
        array = self._array(name, default)
        if array is None:
            return np.zeros(()) if default is None else np.asarray(default, dtype=np.float64)
        if array.dtype.kind not in "biuf":
            self.refuse("E0142", name, "is no number", have=f"dtype {array.dtype}")
            return np.zeros(())
        if exact and array.dtype.kind != "f":
            self.report.note(
                "E0168", f"{self.name}: {name} is stored as {array.dtype}", self.node.path
            )
        return array.astype(np.float64)

    def whole(
        self, name: str, count: int, default: int | None = None, least: int = 1
    ) -> tuple[int, ...]:
        """A parameter of `count` whole numbers of at least `least`; one number counts for all."""
        return _spread(self.sequence(name, default, least), count, self, name)

    def sequence(self, name: str, default: int | None = None, least: int = 1) -> tuple[int, ...]:
        """A parameter of whole numbers of at least `least`: a scalar or a vector."""
        array = self._array(name, None if default is None else float(default))
        if array is None:
            return (least if default is None else default,)
        if (
            array.dtype.kind not in "biuf"
            or array.ndim > 1
            or array.size > _MAX_DIMENSIONS
            or (array != np.trunc(array)).any()
        ):
            self.refuse(
                "E0142",
                name,
                "is not one whole number or a row of them",
                have=f"dtype {array.dtype}, shape {shape_text(array.shape)}",
                need=f"at most {_MAX_DIMENSIONS} whole numbers",
            )
            return (least,)
        values = tuple(int(v) for v in array.reshape(-1))
        if not values or min(values) < least:
            self.refuse("E0143", name, f"is {list(values)}", need=f"numbers of at least {least}")
            return (least,)
        return values

    def shape(self, name: str) -> Shape | None:
        """A shape, or None where the file does not know it.

        That is where it has none, an empty one, or zeros, which some exporters write.
        """
        self.used.add(name)
        array = self.node.parameters.get(name)
        if array is None or array.size == 0:
            return None
        values = self.sequence(name, least=0)
        return values if min(values) > 0 else None

    def text(self, name: str) -> str | None:
        """A parameter that is text, or None where it is not."""
        array = self.node.parameters.get(name)
        if array is None or array.dtype.kind != "U" or array.ndim:
            return None
        self.used.add(name)
        return str(array)

    def refuse(
        self, code: str, name: str, problem: str, have: str | None = None, need: str | None = None
    ) -> None:
        """Put down a problem with a parameter."""
        self.sound = False
        self.report.refuse(
            code, f"{self.name}: {name} {problem}", self.node.path, have=have, need=need
        )

    def warn_unused(self) -> None:
        """Warn of parameters that nobody asked for."""
        unused = [name for name in self.node.parameters if name not in self.used]
        if unused:
            self.report.warn(
                "E0169",
                f"{self.name}: a node of type {self.node.type} has no {', '.join(unused)}",
                self.node.path,
            )

    def _array(self, name: str, default: float | None) -> NDArray[Any] | None:
        self.used.add(name)
        array = self.node.parameters.get(name)
        if array is not None:
            return array
        if default is None:
            self.refuse("E0141", name, f"is missing: a {self.node.type} node needs it")
        else:
            self.report.note(
                "E0160", f"{self.name}: {name} is missing, {default:g} taken", self.node.path
            )
        return None


def _spread(values: Shape, count: int, fields: Fields, name: str) -> tuple[int, ...]:
    if len(values) == 1:
        return values * count
    if len(values) != count:
        fields.refuse("E0142", name, f"has {len(values)} entries", need=f"one, or {count} entries")
        return values[:1] * count
    return values
