"""The learning rules of a network as programs: one for all projections with the same updates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from somac.backends.codegen.rule import UPDATES, RuleProgram, program_of
from somac.backends.manycore.emit.names import plain, unused
from somac.backends.manycore.pe.rule_source import rule_source
from somac.ir.integer import IntegerNetwork
from somac.ir.plasticity import IntegerPlasticity

__all__ = ["Rule", "Rules", "collect_rules"]


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """The rule of a projection: number and program, and the values it is given there."""

    number: int
    program: RuleProgram
    plasticity: IntegerPlasticity


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """What is written of rules.

    Parameters
    ----------
    described
        For the description of the experiment, in the order of their numbers.
    files
        Texts by name.
    by_projection
        The rule of each plastic projection.
    """

    described: tuple[Mapping[str, Any], ...]
    files: Mapping[str, str]
    by_projection: Mapping[str, Rule]


def collect_rules(network: IntegerNetwork) -> Rules:
    """Every rule once, in the order of the projections."""
    described: list[dict[str, Any]] = []
    files: dict[str, str] = {}
    known: dict[tuple[str, ...], int] = {}
    rules: dict[str, Rule] = {}
    for projection in network.projections:
        if projection.plasticity is None:
            continue
        program = program_of(projection.plasticity)
        texts = {name: path.text() for name, path in program.updates.items()}
        key = (*(texts.get(name, "") for name in UPDATES), str(program.weight), *program.post)
        if key not in known:
            known[key] = len(described)
            stem = unused(f"rules/{plain(projection.plasticity.name)}", files, ".c")
            names = {name: f"{stem}.{name}.datapath" for name in texts}
            files |= {names[name]: text for name, text in texts.items()}
            files[f"{stem}.c"] = rule_source(program)
            described.append(
                {
                    "source": f"{stem}.c",
                    "post": list(program.post),
                    "weight": str(program.weight),
                    **{name: names.get(name) for name in UPDATES},
                }
            )
        rules[projection.name] = Rule(known[key], program, projection.plasticity)
    return Rules(tuple(described), files, rules)
