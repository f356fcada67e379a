"""``learns ...`` behind a projection: its rule with values, woven into the target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from somac.grammar import ast
from somac.grammar.arguments import bind
from somac.grammar.library import Library
from somac.grammar.rules import RuleModel
from somac.grammar.values import Reader
from somac.grammar.weave import Weaver
from somac.ir.network import Population, Projection
from somac.ir.suggest import did_you_mean

__all__ = ["Taught"]


class Taught:
    """The populations of a text while its projections are given their rules, one by one."""

    def __init__(
        self,
        reader: Reader,
        library: Library,
        integrator: str | None,
        populations: Sequence[Population],
    ) -> None:
        self._reader, self._library, self._integrator = reader, library, integrator
        self._weaver = Weaver({p.name: p for p in populations})
        self._rules: dict[str, RuleModel] = {}

    @property
    def populations(self) -> tuple[Population, ...]:
        """As they are now, in their order."""
        return tuple(self._weaver.populations.values())

    def learning(self, item: ast.ProjectionDef, projection: Projection) -> Projection:
        """The projection with the rule that its line names, if it names one.

        Raises
        ------
        SomacError
            What is wrong with the rule or its values, with its place.
        """
        if item.learns is None:
            return projection
        call, problems = item.learns, self._reader.problems
        if call.function not in self._rules:
            with problems.at(call.position):
                rule = self._library.rule(call.function, self._integrator)
            self._rules[call.function] = rule
        rule = self._rules[call.function]
        values = self._values(call, rule)
        for state in self._weaver.unknown(rule, projection.target):
            model = self._weaver.populations[projection.target].model
            states = [s.name for s in model.states]
            raise problems.error(
                "E0206",
                f"{rule.name} reads post.{state}, and {model.name} has no state {state}",
                call.position,
                hint=did_you_mean(state, states),
            )
        return replace(
            projection, plasticity=self._weaver.plasticity(rule, values, projection.target)
        )

    def _values(self, call: ast.Call, rule: RuleModel) -> dict[str, float]:
        problems = self._reader.problems
        for argument in call.arguments:
            if argument.name is None:
                raise problems.error(
                    "E0209",
                    f"{call.function}: parameters are given by name",
                    argument.position,
                    need=", ".join(p.name for p in rule.parameters) or "none",
                )
        given = bind(call, [p.name for p in rule.parameters], problems)
        values = {}
        for parameter in rule.parameters:
            value = given.get(parameter.name)
            if value is not None:
                values[parameter.name] = self._reader.number(value, parameter.unit or None)
            elif parameter.default is not None:
                values[parameter.name] = parameter.default
            else:
                given.need(parameter.name)
        return values
