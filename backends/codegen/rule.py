"""A learning rule as programs hold it: its datapaths, and what their names stand for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from somac.ir.datapath import Datapath, Instruction, parse
from somac.ir.fixed import Format
from somac.ir.plasticity import PRE, WEIGHT, IntegerPlasticity

__all__ = ["UPDATES", "RuleProgram", "parse_rule", "program_of"]

UPDATES = ("trace", "on_pre", "on_post", "each_step")
"""The datapaths of a rule, in the order in which they run."""


@dataclass(frozen=True, slots=True, eq=False)
class RuleProgram:
    """A rule.

    Parameters
    ----------
    updates
        Those that there are by name, `on_pre` among them.
    post
        Names that stand for states of the target.
    weight
        Format of ``w``.

    Raises
    ------
    ValueError
        If they are not a rule in the sense of section 4 of `docs/reference/semantics.md`.
    """

    updates: Mapping[str, Datapath]
    post: tuple[str, ...]
    weight: Format

    def __post_init__(self) -> None:
        if "on_pre" not in self.updates or not self.updates.keys() <= set(UPDATES):
            raise ValueError("a rule has an on_pre, and a trace, on_post and each_step at most")
        ordered = {name: self.updates[name] for name in UPDATES if name in self.updates}
        object.__setattr__(self, "updates", ordered)
        names = [*self.traces, *self.states, *self.post, PRE]
        if len(set(names)) < len(names):
            raise ValueError("two things of a rule have one name")
        formats: dict[tuple[str, str], Format] = {("", WEIGHT): self.weight}
        for update, path in self.updates.items():
            inputs = {PRE} if update == "trace" else set()
            if not set(path.names("input")) <= inputs:
                raise ValueError(f"{update} has other inputs than a rule")
            for opcode in ("state", "param"):
                for name in path.names(opcode):
                    given = path.format_of(opcode, name)
                    place = update if name == PRE else ""
                    if formats.setdefault((place, name), given) != given:
                        raise ValueError(f"{name} has two formats")
        if PRE in self.parameters:
            raise ValueError(f"{PRE} is read where nothing arrives")
        sent = self.updates["on_pre"]
        format = sent.instructions[sent.output].format
        if not -(1 << 31) <= format.minimum <= format.maximum < 1 << 31:
            raise ValueError(f"what is delivered has more than 32 bits: {format}")

    @property
    def traces(self) -> tuple[str, ...]:
        """States of a source cell."""
        return self.updates["trace"].names("state") if "trace" in self.updates else ()

    @property
    def states(self) -> tuple[str, ...]:
        """States of a synapse, the weight first."""
        found = [WEIGHT]
        for name in self.synaptic:
            found += self.updates[name].names("state")
        return tuple(dict.fromkeys(found))

    @property
    def synaptic(self) -> tuple[str, ...]:
        """The updates of a synapse that there are."""
        return tuple(name for name in self.updates if name != "trace")

    @property
    def parameters(self) -> tuple[str, ...]:
        """Constants, in the order of their first use."""
        known = {*self.traces, *self.post}
        return tuple(
            dict.fromkeys(
                name
                for update, path in self.updates.items()
                for name in path.names("param")
                if name not in known and (name, update) != (PRE, "on_pre")
            )
        )

    def format_of(self, name: str) -> Format:
        """The format of a state, trace, constant, or state of the target; KeyError if none."""
        if name == WEIGHT:
            return self.weight
        for path in self.updates.values():
            for opcode in ("state", "param"):
                if name in path.names(opcode):
                    return path.format_of(opcode, name)
        raise KeyError(f"there is no {name}")


def parse_rule(texts: Mapping[str, str | None], post: tuple[str, ...], weight: str) -> RuleProgram:
    """The rule of which these are the texts, by the names of updates; ValueError if it is none.

    `weight` is the text of the format of ``w``.
    """
    updates = {name: parse(text) for name, text in texts.items() if text is not None}
    return RuleProgram(updates, post, Format.parse(weight))


def program_of(plasticity: IntegerPlasticity) -> RuleProgram:
    """The rule of a projection; without an `on_pre` it is one that delivers the weight."""
    # by their texts, which are all that is written of them
    updates = {name: parse(path.text()) for name, path in plasticity.datapaths.items()}
    if "on_pre" not in updates:
        weight = Instruction("state", plasticity.weight, name=WEIGHT)
        updates["on_pre"] = Datapath("deliver", (weight,), {WEIGHT: 0}, 0, "value")
    read = {name for path in updates.values() for name in path.names("param")}
    post = tuple(name for name in sorted(plasticity.post) if name in read)
    return RuleProgram(updates, post, plasticity.weight)
