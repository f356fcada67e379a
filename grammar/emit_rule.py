"""A `LearningRule` as a rule of the text; what it keeps in its target is in the neuron already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from somac.grammar import ast
from somac.grammar.emit_model import check_parameters, parameter_text, table_text
from somac.grammar.emit_value import handy, unwritable
from somac.grammar.rules import POST, SPIKE, WORDS, fresh_deliver
from somac.grammar.weave import post_name
from somac.grammar.words import is_identifier
from somac.ir.expr import FUNCTIONS, ZERO, Expr, Name, names, substitute
from somac.ir.neuron import Assign, State
from somac.ir.plasticity import PRE, WEIGHT, LearningRule, Plasticity

__all__ = ["learns_text", "rule_text"]

_BLOCKS: Mapping[str, Literal["on pre", "on post", "every step"]] = {
    "on_pre": "on pre",
    "on_post": "on post",
    "each_step": "every step",
}


def learns_text(plasticity: Plasticity) -> ast.Call:
    """What stands behind ``learns``."""
    arguments = tuple(
        ast.Argument(p.name, handy(float(plasticity.parameters[p.name]), p.unit or None))
        for p in plasticity.rule.parameters
    )
    return ast.Call(plasticity.rule.name, arguments)


def rule_text(uses: Sequence[Plasticity], layout: ast.Layout = ast.PLAIN) -> ast.RuleDef:
    """The definition of a rule that lowers to that of `uses`, which have one rule.

    Raises
    ------
    SomacError
        E0226 for what the language cannot write.
    """
    rule, post = uses[0].rule, uses[0].post
    _check(rule, post)
    if any(p.post != post for p in uses):
        raise unwritable("it reads other states of one target than of another", rule.name)
    parameters = tuple(map(parameter_text, rule.parameters))
    lines = tuple(_lines(rule, {n: Name(POST + state) for n, state in post.items()}))
    # a block has a line at least: a rule that does nothing has a text of nothing
    written = rule.doc or not lines
    docs = tuple(ast.Doc(line) for line in rule.doc.split("\n")) if written else ()
    return ast.RuleDef(rule.name, parameters, docs, lines, layout=layout)


def _lines(rule: LearningRule, post: Mapping[str, Expr]) -> Iterator[ast.RuleLine]:
    yield from map(table_text, rule.tables)
    yield from map(_state, rule.synapse)
    traces: tuple[ast.TraceLine, ...] = (
        *map(_state, rule.traces),
        *(_assign(a, {}) for a in rule.trace_body),
    )
    if traces:
        yield ast.Traces("pre", traces)
    for body, when in _BLOCKS.items():
        lines = tuple(
            ast.Deliver(ast.Formula(substitute(a.value, post)))
            if when == "on pre" and a.name == rule.deliver != WEIGHT
            else _assign(a, post)
            for a in rule.bodies[body]
        )
        if lines:
            yield ast.Learning(when, lines)


def _state(state: State) -> ast.StateDef:
    return ast.StateDef(
        state.name, None, None if state.initial == ZERO else ast.Formula(state.initial)
    )


def _assign(assign: Assign, post: Mapping[str, Expr]) -> ast.Assignment:
    return ast.Assignment(assign.name, ast.Formula(substitute(assign.value, post)))


def _check(rule: LearningRule, post: Mapping[str, str]) -> None:
    """E0226 unless reading the text gives every name back."""
    check_parameters(rule.name, rule.parameters)
    if not is_identifier(rule.name):
        raise unwritable("its name is not made of letters, digits and _", rule.name)
    own = [p.name for p in rule.parameters] + [s.name for s in (*rule.traces, *rule.synapse)]
    assigned = [a.name for body in rule.bodies.values() for a in body]
    for name in (*own, *(t.name for t in rule.tables), *assigned):
        if not is_identifier(name) or name in WORDS or name in FUNCTIONS:
            raise unwritable(f"{name!r} cannot be a name in a rule", rule.name)
    declared = {*own, "dt", PRE, WEIGHT}
    plain = [name for name in assigned if name != rule.deliver or rule.deliver == WEIGHT]
    if rule.deliver != WEIGHT:
        taken = {*declared, SPIKE, *(t.name for t in rule.tables), *plain}
        read = {n for body in rule.bodies.values() for a in body for n in names(a.value)}
        once = assigned.count(rule.deliver) == 1 and rule.deliver not in read
        if not once or rule.deliver != fresh_deliver(taken):
            raise unwritable(f"{rule.deliver} is what it sends and more", rule.name)
    taken = {*declared, *assigned}
    for name, state in sorted(post.items(), key=lambda pair: pair[1]):
        if name != post_name(state, taken):
            raise unwritable(f"it calls state {state} of its target {name}", rule.name)
        taken.add(name)
