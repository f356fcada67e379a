"""What images, description and rules say of plastic blocks: it must be one story."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from somac.backends.codegen.rule import RuleProgram
from somac.backends.manycore.emulator.decode import CoreMemory
from somac.backends.manycore.emulator.plastic import PlasticBlock
from somac.backends.manycore.emulator.reading import FILE, Experiment
from somac.ir.errors import Place, SomacError

__all__ = ["check_learning"]


def check_learning(
    experiment: Experiment, memories: Sequence[CoreMemory], rules: Sequence[RuleProgram]
) -> None:
    """Every plastic block is of one projection, and holds what its rule needs.

    Raises
    ------
    SomacError
        E0710 or E0711.
    """
    listed = [block for plan in experiment.projections for block in plan.blocks]
    there = [(core, number) for core, memory in enumerate(memories) for number in memory.plastic]
    if sorted(listed) != sorted(there):
        problem = "projections: their blocks are not those of the cores, each once"
        raise SomacError("E0710", problem, place=Place(file=FILE))
    for plan, memory in zip(experiment.cores, memories, strict=True):
        for block in memory.plastic.values():
            if block.rule >= len(rules):
                problem = f"a block has rule {block.rule} of {len(rules)}"
                raise SomacError("E0711", problem, place=Place(file=plan.image))
            _check_block(plan.image, block, rules[block.rule])


def _check_block(name: str, block: PlasticBlock, rule: RuleProgram) -> None:
    """Kernels rely on formats: what is stored must keep to them."""
    have = tuple(map(len, (block.parameters, block.traces, block.states, block.post)))
    need = tuple(map(len, (rule.parameters, rule.traces, rule.states, rule.post)))
    if have != need:
        problem = "a plastic block has other parameters, traces or states than its rule"
        raise SomacError("E0711", problem, place=Place(file=name))
    if "on_post" in rule.updates and not block.listed:
        problem = "a plastic block has no list of synapses by target"
        raise SomacError("E0711", problem, place=Place(file=name))
    stored: Mapping[str, NDArray[np.int64]] = {
        **dict(zip(rule.parameters, block.parameters, strict=True)),
        **dict(zip(rule.traces, block.traces, strict=True)),
        **dict(zip(rule.states, block.states, strict=True)),
    }
    for label, values in stored.items():
        format = rule.format_of(label)
        low, high = values.min(initial=format.minimum), values.max(initial=format.minimum)
        if not format.minimum <= low <= high <= format.maximum:
            raise SomacError("E0711", f"{label} is not within {format}", place=Place(file=name))
