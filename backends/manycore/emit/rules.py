"""The learning rules of a network as programs: one for all projections with the same updates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from somac.backends.codegen.rule import UPDATES, RuleProgram
from somac.backends.manycore.emit.names import plain, unused
from somac.backends.manycore.pe.rule_source import rule_source
from somac.ir.datapath import Datapath, Instruction
from somac.ir.integer import IntegerNetwork
from somac.ir.plasticity import WEIGHT, IntegerPlasticity

__all__ = ["Rules", "collect_rules"]


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """What is written of rules.

    Parameters
    ----------
    programs
        In the order of their numbers.
    described
        For the description of the experiment, in the same order.
    files
        Texts by name.
    numbers
        Per plastic projection, the number of its rule.
    """

    programs: tuple[RuleProgram, ...]
    described: tuple[Mapping[str, Any], ...]
    files: Mapping[str, str]
    numbers: Mapping[str, int]

    def of(self) -> dict[str, tuple[int, RuleProgram]]:
        """Number and program per plastic projection."""
        return {name: (n, self.programs[n]) for name, n in self.numbers.items()}


def collect_rules(network: IntegerNetwork) -> Rules:
    """Every rule once, in the order of the projections."""
    programs: list[RuleProgram] = []
    described: list[dict[str, Any]] = []
    files: dict[str, str] = {}
    known: dict[tuple[str, ...], int] = {}
    numbers: dict[str, int] = {}
    for projection in network.projections:
        if projection.plasticity is None:
            continue
        program = _program(projection.plasticity)
        texts = {name: path.text() for name, path in program.updates.items()}
        key = (*(texts.get(name, "") for name in UPDATES), str(program.weight), *program.post)
        if key not in known:
            known[key] = len(programs)
            stem = unused(f"rules/{plain(projection.plasticity.name)}", files, ".c")
            names = {name: f"{stem}.{name}.datapath" for name in texts}
            files |= {names[name]: text for name, text in texts.items()}
            files[f"{stem}.c"] = rule_source(program)
            programs.append(program)
            described.append(
                {
                    "source": f"{stem}.c",
                    "post": list(program.post),
                    "weight": str(program.weight),
                    **{name: names.get(name) for name in UPDATES},
                }
            )
        numbers[projection.name] = known[key]
    return Rules(tuple(programs), tuple(described), files, numbers)


def _program(plasticity: IntegerPlasticity) -> RuleProgram:
    updates = dict(plasticity.datapaths)
    updates.setdefault("on_pre", _deliver(plasticity))
    read = {name for path in updates.values() for name in path.names("param")}
    post = tuple(name for name in sorted(plasticity.post) if name in read)
    return RuleProgram(updates, post, plasticity.weight)


def _deliver(plasticity: IntegerPlasticity) -> Datapath:
    """Delivers the weight and leaves it as it is."""
    weight = Instruction("state", plasticity.weight, name=WEIGHT)
    return Datapath("deliver", (weight,), {WEIGHT: 0}, 0, "value")
