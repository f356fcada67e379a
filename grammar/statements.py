"""Lines that compute: equations that stand together are stepped, assignments follow in order."""

from __future__ import annotations

from dataclasses import dataclass, field

from somac.grammar.ast import Formula, Position
from somac.grammar.integrators import INTEGRATORS, Equation, NotSolvableError, System
from somac.grammar.scope import Scope
from somac.grammar.units import SECOND
from somac.ir.expr import Call, Expr, Name
from somac.ir.neuron import Assign

__all__ = ["Statements"]


@dataclass(slots=True)
class Statements:
    """The statements of a block on their way to assignments.

    Parameters
    ----------
    scope
        What is defined; assignments define locals.
    integrator
        A key of `INTEGRATORS`, or None where there is none.
    constants
        Names of the parameters, and ``dt``.
    taken
        Every name that the text or an integrator uses.
    waiting
        The equations that stand together above the present line.
    """

    scope: Scope
    integrator: str | None
    constants: frozenset[str]
    taken: set[str]
    waiting: list[tuple[Equation, Position]] = field(default_factory=list)
    body: list[Assign] = field(default_factory=list)

    def equation(self, name: str, value: Formula, position: Position, *, free: bool = True) -> None:
        """A line ``dx/dt = ...``; unless `free`, its state cannot change here."""
        checked = self.scope.check(value)
        dimension = self.scope.dimensions.get(name)
        if checked.dimension is not None:
            self.scope.agree(f"d{name}/dt", checked.dimension * SECOND, dimension, position)
        if free and name in self.scope.values:
            self.waiting.append((Equation(name, checked.expr), position))

    def integrate(self) -> None:
        """Step the equations that stand together above this line."""
        waiting, self.waiting = self.waiting, []
        if not waiting:
            return
        equations = [equation for equation, _ in waiting]
        if self.integrator is None:
            self.scope.problems.add(
                "E0215",
                f"d{equations[0].state}/dt needs an integrator",
                waiting[0][1],
                hint=f"add a line `integrator euler_sequential`; known: {', '.join(INTEGRATORS)}",
            )
            return
        try:
            steps = INTEGRATORS[self.integrator](System(equations, self.constants, self.taken))
            self.body += steps
            self.taken.update(step.name for step in steps)
        except NotSolvableError as error:
            self.scope.problems.add(
                "E0214",
                f"the integrator {self.integrator} cannot step this: {error}",
                next(position for equation, position in waiting if equation == error.equation),
                hint="use euler_sequential, or write the discrete update yourself",
            )

    def assign(
        self,
        name: str,
        value: Formula,
        position: Position,
        condition: Expr | None = None,
        *,
        free: bool = True,
    ) -> None:
        """A line ``x = ...``, for where `condition` holds; unless `free`, x cannot change."""
        checked = self.scope.check(value)
        if not (self.scope.is_assignable(name, position) and free):
            return
        if name in self.scope.values:
            need = self.scope.dimensions[name]
            self.scope.agree(name, checked.dimension, need, value.position)
        else:
            self.scope.define(name, checked.dimension)
        expr = checked.expr
        if condition is not None:
            expr = Call("select", (condition, expr, Name(name)))
        self.body.append(Assign(name, expr))
