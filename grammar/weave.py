"""Rules and the neurons they teach: what a rule keeps for a target cell becomes its state."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from somac.grammar.rules import POST, SPIKE, RuleModel
from somac.ir.expr import Binary, Call, Expr, Lookup, Name, TableFunction, Unary, names, substitute
from somac.ir.network import Population
from somac.ir.neuron import Assign, NeuronModel, Parameter, State
from somac.ir.plasticity import PRE, WEIGHT, LearningRule, Plasticity

__all__ = ["Weaver", "post_name"]

_Key = tuple[str, str, tuple[tuple[str, float], ...]]


def post_name(state: str, taken: Container[str]) -> str:
    """What a rule calls a state of its target."""
    name = f"post_{state}"
    while name in taken:
        name += "_"
    return name


@dataclass(slots=True)
class Weaver:
    """The populations of a network, as they become while projections learn.

    Parameters
    ----------
    populations
        By name; their neurons get states as rules need them.
    rules
        The rules so far, by the names they have in the network.
    woven
        Per target, rule and the values of its parameters: what its states are called there.
        Projections that agree in these share them.
    """

    populations: dict[str, Population]
    rules: dict[str, LearningRule] = field(default_factory=dict)
    woven: dict[_Key, Mapping[str, str]] = field(default_factory=dict)

    def unknown(self, rule: RuleModel, target: str) -> list[str]:
        """States that the rule reads and the target's neuron does not have."""
        states = {s.name for s in self.populations[target].model.states}
        bodies = (rule.kept_body, rule.on_pre, rule.on_post, rule.each_step)
        return sorted(_read(bodies) - states)

    def plasticity(self, rule: RuleModel, values: Mapping[str, float], target: str) -> Plasticity:
        """The rule, with values for its parameters, for projections to `target`.

        The target has every state that the rule reads.
        """
        kept = self._kept(rule, values, target)
        declared = {p.name for p in rule.parameters} | {"dt", PRE, WEIGHT}
        declared |= {s.name for s in (*rule.traces, *rule.synapse)}
        bodies = (rule.on_pre, rule.on_post, rule.each_step)
        declared |= {a.name for body in (rule.trace_body, *bodies) for a in body}
        used = {n for body in bodies for a in body for n in names(a.value)}
        read = {state: POST + state for state in _read(bodies)}
        read |= {new: old for old, new in kept.items() if old in used}
        called: dict[str, str] = {}
        for state in sorted(read):
            called[state] = post_name(state, declared)
            declared.add(called[state])
        renamed = {read[state]: Name(name) for state, name in called.items()}
        on_pre, on_post, each_step = (
            tuple(replace(a, value=substitute(a.value, renamed)) for a in body) for body in bodies
        )
        made = LearningRule(
            rule.name,
            rule.parameters,
            rule.traces,
            rule.trace_body,
            rule.synapse,
            on_pre,
            on_post,
            each_step,
            rule.deliver,
            tuple(called.values()),
            rule.doc,
        )
        made = replace(made, name=_free(rule.name, made, self.rules))
        self.rules[made.name] = made
        numbers = {n: np.asarray(v) for n, v in values.items()}
        return Plasticity(made, numbers, {name: state for state, name in called.items()})

    def _kept(self, rule: RuleModel, values: Mapping[str, float], target: str) -> Mapping[str, str]:
        """The names of what the rule keeps, as states of the target's neuron."""
        used = {n for a in rule.kept_body for n in names(a.value)}
        used |= {n for s in rule.kept for n in names(s.initial)}
        parameters = [p for p in rule.parameters if p.name in used]
        key = (target, rule.name, tuple((p.name, values[p.name]) for p in parameters))
        if not rule.kept or key in self.woven:
            return self.woven.get(key, {})
        population = self.populations[target]
        model, fresh = _extended(population.model, rule, parameters)
        name = f"{population.model.name}_{rule.name}"
        others = {p.model.name: p.model for p in self.populations.values()}
        model = replace(model, name=_free(name, model, others))
        given = {fresh[p.name]: np.asarray(values[p.name]) for p in parameters}
        self.populations[target] = replace(
            population, model=model, parameters={**population.parameters, **given}
        )
        self.woven[key] = {s.name: fresh[s.name] for s in rule.kept}
        return self.woven[key]


def _read(bodies: Iterable[Iterable[Assign]]) -> set[str]:
    """The states of the target's own model that bodies read."""
    used = {n for body in bodies for a in body for n in names(a.value)}
    return {n.removeprefix(POST) for n in used if n.startswith(POST)}


def _free(
    name: str,
    value: LearningRule | NeuronModel,
    taken: Mapping[str, LearningRule] | Mapping[str, NeuronModel],
) -> str:
    """The name, with a number behind it where another value has it already."""
    free, number = name, 2
    while free in taken and taken[free] != replace(value, name=free):
        free = f"{name}_{number}"
        number += 1
    return free


def _extended(
    model: NeuronModel, rule: RuleModel, parameters: Iterable[Parameter]
) -> tuple[NeuronModel, Mapping[str, str]]:
    """The neuron with what the rule keeps, and what its names have become there."""
    taken = {p.name for p in model.parameters} | {s.name for s in model.states}
    taken |= {*model.inputs, *model.locals, *(t.name for t in model.tables), "dt"}
    fresh: dict[str, str] = {}

    def free(name: str) -> str:
        base = found = f"{rule.name}_{name}"
        number = 2
        while found in taken:
            found = f"{base}_{number}"
            number += 1
        taken.add(found)
        return found

    own = [p.name for p in parameters] + [s.name for s in rule.kept]
    for name in dict.fromkeys([*own, *(a.name for a in rule.kept_body)]):
        fresh[name] = free(name)
    becomes: dict[str, Expr] = {old: Name(new) for old, new in fresh.items()}
    becomes[SPIKE] = Name(model.output.name)
    becomes |= {POST + s.name: Name(s.name) for s in model.states}
    same = {t.name: t for t in model.tables}

    def moved(expr: Expr) -> Expr:
        return _with_tables(substitute(expr, becomes), same, free)

    extended = replace(
        model,
        parameters=(
            *model.parameters,
            *(replace(p, name=fresh[p.name]) for p in parameters),
        ),
        states=(*model.states, *(State(fresh[s.name], moved(s.initial)) for s in rule.kept)),
        body=(*model.body, *(Assign(fresh[a.name], moved(a.value)) for a in rule.kept_body)),
    )
    return extended, fresh


def _with_tables(expr: Expr, same: dict[str, TableFunction], free: Callable[[str], str]) -> Expr:
    """The expression with its tables under names that no other table has."""

    def of(inner: Expr) -> Expr:
        return _with_tables(inner, same, free)

    match expr:
        case Unary(operator, operand):
            return Unary(operator, of(operand))
        case Binary(operator, left, right):
            return Binary(operator, of(left), of(right))
        case Call(function, arguments):
            return Call(function, tuple(map(of, arguments)))
        case Lookup(table, argument):
            moved = next((t for t in same.values() if replace(t, name=table.name) == table), None)
            if moved is None:
                moved = replace(table, name=free(table.name))
                same[moved.name] = moved
            return Lookup(moved, of(argument))
        case _:
            return expr
