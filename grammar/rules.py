"""A learning rule of the text: names resolved, units checked, equations stepped.

What a rule keeps for each target cell, its block ``post:``, becomes a part of the target's neuron:
`somac.grammar.weave` does that, where it is known which neuron that is.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

from somac.grammar import ast
from somac.grammar.declarations import declare_parameters, declare_states, declare_tables
from somac.grammar.problems import Problems, Source
from somac.grammar.scope import Scope
from somac.grammar.statements import Statements
from somac.grammar.units import NUMBER
from somac.grammar.words import RESERVED
from somac.ir.expr import names
from somac.ir.neuron import Assign, Parameter, State
from somac.ir.plasticity import PRE, WEIGHT
from somac.ir.suggest import did_you_mean

__all__ = ["POST", "SPIKE", "WORDS", "RuleModel", "fresh_deliver", "rule_model"]

POST = "post."
"""How the name of a state of the target begins."""

SPIKE = "spike"
"""What the target sends, in the block ``post:``."""

WORDS = RESERVED | {"post", PRE}
"""What cannot name a quantity of a rule."""


@dataclass(frozen=True, slots=True)
class RuleModel:
    """A rule whose part in the target is not woven into it yet.

    Parameters
    ----------
    name, parameters, traces, trace_body, synapse, on_pre, on_post, each_step, deliver, doc
        As in `somac.ir.plasticity.LearningRule`. Bodies of synapses read the states `kept` by
        their names, and states of the target's own model by names that begin with ``post.``.
    kept
        States that the rule keeps for each target cell.
    kept_body
        Runs after the target's update; reads ``spike``, and states of its model as above.
    """

    name: str
    parameters: tuple[Parameter, ...]
    traces: tuple[State, ...]
    trace_body: tuple[Assign, ...]
    kept: tuple[State, ...]
    kept_body: tuple[Assign, ...]
    synapse: tuple[State, ...]
    on_pre: tuple[Assign, ...]
    on_post: tuple[Assign, ...]
    each_step: tuple[Assign, ...]
    deliver: str
    doc: str


def rule_model(definition: ast.RuleDef, source: Source, integrator: str | None) -> RuleModel:
    """The discrete form of a rule.

    Parameters
    ----------
    definition
        The rule; `source` is the text it is from.
    integrator
        A key of `somac.grammar.integrators.INTEGRATORS`, or None where there is none.

    Raises
    ------
    SomacError
        Everything that is wrong with the rule (E0206 to E0218, E0227).
    """
    return _Rule(definition, Scope(Problems(source), words=WORDS), integrator).model()


def fresh_deliver(taken: Container[str]) -> str:
    """What the local value of ``send`` is called."""
    name = "sent"
    while name in taken:
        name += "_"
    return name


class _Rule:
    """A rule on its way to a `RuleModel`."""

    def __init__(self, definition: ast.RuleDef, scope: Scope, integrator: str | None) -> None:
        self.definition, self.scope, self.integrator = definition, scope, integrator
        self.blocks = self._blocks()
        self.deliver = WEIGHT
        scope.define(WEIGHT, None)
        self.parameters = declare_parameters(definition.parameters, scope)
        self.constants = frozenset(scope.values) - {WEIGHT}
        declare_tables(definition.lines, scope)
        self.synapse, self.traces, self.kept = (
            declare_states(lines, scope, set(self.constants))
            for lines in (definition.lines, self._lines("pre"), self._lines("post"))
        )
        # all that has a name, and so is no local value
        self.declared = set(scope.values) | {PRE, SPIKE}
        scope.dimensions[PRE] = scope.dimensions[SPIKE] = NUMBER
        self.taken = {*self.declared, *scope.tables, *self._assigned()}

    def _blocks(self) -> dict[str, ast.Traces | ast.Learning]:
        """The blocks by their heads, each of which stands once."""
        blocks: dict[str, ast.Traces | ast.Learning] = {}
        for line in self.definition.lines:
            if isinstance(line, ast.Traces | ast.Learning):
                head = line.end if isinstance(line, ast.Traces) else line.when
                if head in blocks:
                    message = f"the block `{head}:` stands twice in {self.definition.name}"
                    self.scope.problems.add("E0207", message, line.position)
                blocks.setdefault(head, line)
        return blocks

    def _lines(self, head: str) -> Sequence[ast.TraceLine | ast.Deliver]:
        return self.blocks[head].lines if head in self.blocks else ()

    def _assigned(self) -> Iterator[str]:
        for block in self.blocks.values():
            yield from (line.name for line in block.lines if isinstance(line, ast.Assignment))

    def model(self) -> RuleModel:
        traces, kept = ({s.name for s in some} for some in (self.traces, self.kept))
        synapse = {WEIGHT, *(s.name for s in self.synapse)}
        read = {*self.constants, *traces, *kept, *synapse}
        bodies = {
            "pre": self._body("pre", {*self.constants, *traces, PRE}, traces),
            "post": self._body("post", {*self.constants, *kept, SPIKE}, kept),
            "on pre": self._body("on pre", {*read, PRE}, synapse),
            "on post": self._body("on post", read, synapse),
            "every step": self._body("every step", read, synapse),
        }
        self.scope.problems.check()
        return RuleModel(
            self.definition.name,
            tuple(self.parameters),
            tuple(self.traces),
            bodies["pre"],
            tuple(self.kept),
            bodies["post"],
            tuple(self.synapse),
            bodies["on pre"],
            bodies["on post"],
            bodies["every step"],
            self.deliver,
            "\n".join(doc.text for doc in self.definition.docs),
        )

    def _body(self, head: str, values: set[str], sets: set[str]) -> tuple[Assign, ...]:
        """The lines of a block that reads `values` and sets some of them."""
        lines = self._lines(head)
        target = set() if head == "pre" else set(_target_states(lines))
        scope = self.scope.within(values | target, self.declared - sets)
        statements = Statements(scope, self.integrator, self.constants, self.taken)
        for line in lines:
            if scope.problems.full:
                break
            match line:
                case ast.Derivative(name, value):
                    if self._runs_in_every_step(head, line):
                        statements.equation(name, value, line.position)
                    continue
                case _:
                    statements.integrate()
            match line:
                case ast.Assignment(name, value):
                    statements.assign(name, value, line.position)
                case ast.Deliver(value):
                    self._send(head, value, line.position, statements)
                case _:
                    pass  # declared already
        statements.integrate()
        return tuple(statements.body)

    def _runs_in_every_step(self, head: str, line: ast.Derivative) -> bool:
        """Whether an equation can stand in a block; if not, that is noted."""
        problems = self.scope.problems
        if head in ("on pre", "on post"):
            problems.add(
                "E0227",
                f"d{line.name}/dt cannot stand in the block `{head}:`, which does not run in "
                "every step",
                line.position,
                hint="write it in the block `every step:`",
            )
            return False
        if head == "every step" and line.name not in {WEIGHT, *(s.name for s in self.synapse)}:
            known = [WEIGHT, *(s.name for s in self.synapse)]
            problems.add(
                "E0206",
                f"{line.name} is no state of the synapse",
                line.position,
                hint=did_you_mean(line.name, known) or f"write `state {line.name}` first",
            )
            return False
        return True

    def _send(
        self, head: str, value: ast.Formula, position: ast.Position, statements: Statements
    ) -> None:
        """A line ``send ...``: a local value of the block that is delivered."""
        problems = statements.scope.problems
        if head != "on pre":
            problems.add(
                "E0227",
                f"a synapse sends nothing in the block `{head}:`",
                position,
                hint="it sends where a signal arrives, in the block `on pre:`",
            )
            return
        if self.deliver != WEIGHT:
            problems.add("E0212", f"rule {self.definition.name} sends a second thing", position)
            return
        self.deliver = fresh_deliver(self.taken)
        self.taken.add(self.deliver)
        checked = statements.scope.check(value)
        statements.body.append(Assign(self.deliver, checked.expr))


def _target_states(lines: Sequence[ast.TraceLine | ast.Deliver]) -> Iterator[str]:
    """Names of states of the target's model in a block."""
    for line in lines:
        if isinstance(line, ast.Assignment | ast.Derivative | ast.Deliver):
            yield from (name for name in names(line.value.expr) if name.startswith(POST))
