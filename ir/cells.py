"""The cells of a population in a simulation: in floating point, and in integers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from somac.ir import datapath
from somac.ir.expr import Precision
from somac.ir.fixed import Format, fit_overflow
from somac.ir.integer import IntegerPopulation
from somac.ir.network import Population

__all__ = ["Cells", "IntegerCells", "RealCells"]

Array = NDArray[Any]


class Cells(Protocol):
    """What the loop needs of a population."""

    name: str
    size: int
    start: int
    ports: tuple[str, ...]
    state: dict[str, Array]

    def update(self, ports: Mapping[str, Array]) -> Array:
        """One tick: what arrived, (samples, cells) per port, to the signal; sets `state`."""
        ...


@dataclass(slots=True)
class RealCells:
    """A population of a `Network` in floating point."""

    population: Population
    precision: Precision
    constants: Mapping[str, Array]
    bias: Mapping[str, Array]
    state: dict[str, Array]
    start: int = 0
    name: str = field(init=False)
    size: int = field(init=False)
    ports: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.name, self.size = self.population.name, self.population.size
        self.ports = self.population.model.inputs

    @classmethod
    def of(cls, p: Population, dt: float, precision: Precision) -> RealCells:
        """With its initial states."""
        constants = {
            name: np.asarray(value, dtype=precision)
            for name, value in {**p.parameters, "dt": np.asarray(dt)}.items()
        }
        bias = {port: np.asarray(value, dtype=precision) for port, value in p.bias.items()}
        return cls(p, precision, constants, bias, dict(p.model.initial(constants, precision)))

    def update(self, ports: Mapping[str, Array]) -> Array:
        """One tick."""
        arrived = {
            port: total + self.bias[port] if port in self.bias else total
            for port, total in ports.items()
        }
        values = {**self.constants, **arrived, **self.state}
        after, signal = self.population.model.step(values, self.precision)
        self.state = {name: np.asarray(after[name], self.precision) for name in self.state}
        return np.asarray(signal, self.precision)


@dataclass(slots=True)
class IntegerCells:
    """A population of an `IntegerNetwork`, by the interpreter of datapaths."""

    population: IntegerPopulation
    formats: Mapping[str, Format]
    state: dict[str, Array]
    name: str = field(init=False)
    size: int = field(init=False)
    start: int = field(init=False)
    ports: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        p = self.population
        self.name, self.size, self.start, self.ports = p.name, p.size, p.start, tuple(self.formats)

    @classmethod
    def of(cls, p: IntegerPopulation) -> IntegerCells:
        """With its initial states."""
        ports = p.datapath.names("input")
        formats = {port: p.datapath.format_of("input", port) for port in ports}
        return cls(p, formats, dict(p.initial))

    def update(self, ports: Mapping[str, Array]) -> Array:
        """One tick."""
        arrived = {
            port: fit_overflow(total.astype(np.int64), self.formats[port])
            for port, total in ports.items()
        }
        result = datapath.run(
            self.population.datapath, arrived, self.state, self.population.parameters
        )
        self.state = dict(result.state)
        return result.output
