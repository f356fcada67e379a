"""Named integrators: equations dx/dt = f to assignments of one step of length dt.

The integrator is part of the meaning of a network: a NIR file or an equation alone does not
determine the spikes. Each takes a run of equations that stand together in the text.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from somac.grammar.algebra import (
    MINUS_ONE,
    ONE,
    NotLinearError,
    add,
    divide,
    linear,
    multiply,
    subtract,
)
from somac.ir.expr import ZERO, Binary, Call, Expr, Name, names, text
from somac.ir.neuron import Assign

__all__ = ["INTEGRATORS", "Equation", "Integrator", "NotSolvableError", "System"]

_DT = Name("dt")


@dataclass(frozen=True, slots=True)
class Equation:
    """``dx/dt = rate``."""

    state: str
    rate: Expr


@dataclass(frozen=True, slots=True)
class System:
    """Equations that stand together, what is constant in them, and all names in use."""

    equations: Sequence[Equation]
    constants: Collection[str]
    taken: Collection[str]


class NotSolvableError(ValueError):
    """An equation that an integrator cannot step; says why."""

    def __init__(self, equation: Equation, reason: str) -> None:
        self.equation = equation
        super().__init__(reason)


Integrator = Callable[[System], list[Assign]]
"""Equations to assignments, to be run in order."""


def euler_sequential(system: System) -> list[Assign]:
    """Forward Euler, one after the other: ``x' = x + dt f``, later equations see x'."""
    return [Assign(e.state, _euler(e)) for e in system.equations]


def euler_simultaneous(system: System) -> list[Assign]:
    """Forward Euler with the values at the start of the step: no equation sees another's x'."""
    rates: list[Assign] = []
    steps: list[Assign] = []
    for index, equation in enumerate(system.equations):
        changed = {e.state for e in system.equations[:index]}
        rate = equation.rate
        if changed & set(names(rate)):
            name = _fresh(f"rate_{equation.state}", {*system.taken, *(a.name for a in rates)})
            rates.append(Assign(name, rate))
            rate = Name(name)
        steps.append(Assign(equation.state, _euler(Equation(equation.state, rate))))
    return rates + steps


def exponential(system: System) -> list[Assign]:
    """The exact solution over the step of dx/dt = a + b x, one equation after the other.

    ``x' = exp(b dt) x + (exp(b dt) - 1) a / b`` with a held over the step; where b is 0, this
    is ``x' = x + dt a`` (Rotter and Diesmann 1999, doi:10.1007/s004220050570).

    Raises
    ------
    NotSolvableError
        If an equation is not linear in its own state, or b is not made of parameters.
    """
    return [Assign(e.state, _exponential(e, system.constants)) for e in system.equations]


INTEGRATORS: Mapping[str, Integrator] = {
    "euler_sequential": euler_sequential,
    "euler_simultaneous": euler_simultaneous,
    "exponential": exponential,
}


def _euler(equation: Equation) -> Expr:
    return add(Name(equation.state), multiply(_DT, equation.rate))


def _exponential(equation: Equation, constants: Collection[str]) -> Expr:
    x = equation.state
    # (c + k x) / d needs no division by the coefficient -1 / d: a / b is c / k
    match equation.rate:
        case Binary("/", numerator, denominator) if set(names(denominator)) <= {*constants}:
            pass
        case _:
            numerator, denominator = equation.rate, ONE
    try:
        form = linear(numerator, x)
    except NotLinearError:
        raise NotSolvableError(equation, f"{text(equation.rate)} is not linear in {x}") from None
    varying = sorted(set(names(form.coefficient)) - {*constants})
    if varying:
        raise NotSolvableError(
            equation, f"the factor of {x} changes with {', '.join(varying)}, which is no parameter"
        )
    if form.coefficient == ZERO:
        return _euler(equation)
    decay = Call("exp", (divide(multiply(form.coefficient, _DT), denominator),))
    gain = divide(subtract(decay, ONE), form.coefficient)
    if form.coefficient == MINUS_ONE:
        gain = subtract(ONE, decay)
    return add(multiply(decay, Name(x)), multiply(gain, form.constant))


def _fresh(name: str, taken: Collection[str]) -> str:
    while name in taken:
        name += "_"
    return name
