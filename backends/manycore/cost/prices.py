"""What events of a core cost that its generated code makes: neuron updates, and learning."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from somac.backends.codegen.rule import RuleProgram
from somac.backends.manycore.cost.blocks import PLASTIC, read_blocks
from somac.backends.manycore.cost.kinds import KINDS
from somac.backends.manycore.cost.operations import operations
from somac.backends.manycore.cost.reading import CostData, Counted
from somac.backends.manycore.events import instructions
from somac.backends.manycore.machines.bundle import Bundle
from somac.ir.datapath import Datapath, parse

__all__ = ["Prices", "prices_of"]

Numbers = NDArray[np.float64]
Prices = tuple[dict[str, Numbers], dict[str, tuple[str, ...]]]
"""Per kind of event, instructions float64 (cores,), and names of the figures that made them."""

_OPERATION = "operation_{}_instructions"
_REACH = "plastic_synapse_instructions"
"""To reach a synapse or a trace, besides the operations of the rule."""


def prices_of(bundle: Bundle, data: CostData, counted: Mapping[int, Counted]) -> Prices:
    """The prices of all kinds on all cores; 0 where a figure is missing."""
    cores = len(bundle.cores)
    prices = {k.name: np.full(cores, _value(data, k.price)) for k in KINDS if k.price}
    named: dict[str, tuple[str, ...]] = {k.name: (k.price,) for k in KINDS if k.price}
    prices["updates"], named["updates"] = _updates(bundle, data, counted)
    rules = list(bundle.learning.rules.values())
    for kind in (k for k in KINDS if k.update):
        generated, names = _learning(bundle, data, rules, kind.update)
        prices[kind.name] = generated + _value(data, _REACH)
        named[kind.name] = (*names, _REACH)
    return prices, named


def _updates(
    bundle: Bundle, data: CostData, counted: Mapping[int, Counted]
) -> tuple[Numbers, tuple[str, ...]]:
    """Of a neuron update."""
    datapaths = [parse(text) for text in bundle.programs.values()]
    known: dict[tuple[int, tuple[bool, ...]], Counter[str]] = {}
    found = np.zeros(len(bundle.cores))
    for number, core in enumerate(bundle.cores):
        if number in counted:
            found[number] = _measured(data, counted[number])
            continue
        spreads = tuple(column.each for column in core.parameters)
        if (core.program, spreads) not in known:
            known[core.program, spreads] = operations(datapaths[core.program], spreads)
        found[number] = _priced(data, known[core.program, spreads])
    return found, _names(known.values())


def _measured(data: CostData, counted: Counted) -> float:
    """What was counted, less what ticks and packets take, which count apart."""
    apart = counted.updates * _value(data, "tick_instructions")
    apart += counted.sent * _value(data, "send_instructions")
    return max(0.0, counted.instructions - apart) / max(1, counted.updates * counted.neurons)


def _learning(
    bundle: Bundle, data: CostData, rules: Sequence[RuleProgram], update: str
) -> tuple[Numbers, tuple[str, ...]]:
    """Of an update by a rule; of a core with several, their mean over synapses."""
    found = np.zeros(len(bundle.cores))
    kinds = [_of_rule(rule, update) for rule in rules]
    for number, core in enumerate(bundle.cores):
        blocks = [b for b in read_blocks(core.image) if b.kind == PLASTIC]
        own = [(b.words[1], kinds[b.words[0]]) for b in blocks if kinds[b.words[0]]]
        synapses = sum(count for count, _ in own)
        if synapses:
            found[number] = sum(n * _priced(data, k) for n, k in own) / synapses
    return found, _names(kinds)


def _of_rule(rule: RuleProgram, update: str) -> Counter[str]:
    """Operations of a datapath: traces and states of the target are read for each synapse."""
    path: Datapath | None = rule.updates.get(update)
    if path is None:
        return Counter()
    each = {*rule.traces, *rule.post, "pre"}
    return operations(path, [name in each for name in path.names("param")])


def _priced(data: CostData, kinds: Counter[str]) -> float:
    return sum(count * _value(data, _OPERATION.format(kind)) for kind, count in kinds.items())


def _names(counters: Iterable[Counter[str]]) -> tuple[str, ...]:
    """Figures of the operations that there are."""
    present = [kind for counter in counters for kind, count in counter.items() if count]
    return tuple(_OPERATION.format(kind) for kind in dict.fromkeys(present))


def _value(data: CostData, name: str) -> float:
    """A price in instructions; 0 where there is none, since what is made with it is left out."""
    return instructions(data.figures, name) or 0.0
