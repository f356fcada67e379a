"""What a projection is to arrays, or why it cannot be on any."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from somac.backends.crossbar.choice.bounds import sum_bounds
from somac.backends.crossbar.choice.converters import (
    conversions,
    converter_problems,
    converters_for,
    magnitude_bits,
    weight_range,
)
from somac.backends.crossbar.choice.forms import Form, fan_in, form_of, is_pooling
from somac.ir.errors import Diagnostic, Place
from somac.ir.fixed import Format
from somac.ir.integer import IntegerProjection
from somac.ir.target import Array
from somac.ir.tiling import Converters

__all__ = ["Choice", "choose"]

MOST_SYNAPSES = 1 << 26
"""Of a projection on arrays: each is looked at one by one."""


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """The matrices of a projection that goes to arrays, and its converters."""

    forms: tuple[Form, ...]
    converters: Converters


def choose(
    p: IntegerProjection, sent: Format, array: Array
) -> Choice | tuple[Diagnostic, ...] | None:
    """What goes to arrays; None for what adders of the periphery do.

    Those are cells one to one and pools, targets of one synapse, and whatever takes no more
    additions than the codes of converters do: synapses of a target times bits of a signal, against
    conversions. Cells that nobody programmed are on arrays always. Diagnostics say why arrays
    cannot do what belongs there.
    """
    if p.device is None and is_pooling(p.connectivity):
        return None
    ways = fan_in(p.connectivity)
    if ways.sum() > MOST_SYNAPSES:
        problem = f"projection {p.name} has too many synapses to cut"
        have, need = f"{MOST_SYNAPSES} synapses", f"{ways.sum():.0f} synapses"
        return (Diagnostic("E0673", problem, Place(node=p.name), have=have, need=need),)
    try:
        forms = form_of(p.connectivity, found=p.device is not None)
    except ValueError as error:
        return (Diagnostic("E0673", f"projection {p.name}: {error}", Place(node=p.name)),)
    weights = weight_range(forms)
    mean = ways.sum() / max(1, int((ways > 0).sum()))
    few = mean <= 1 or mean * magnitude_bits(sent) <= conversions(array, weights, sent)
    if few and p.device is None:
        return None
    problems = tuple(converter_problems(p.name, array, weights, sent))
    if problems:
        return problems
    converters = converters_for(array, weights, sent)
    return tuple(_negative(p.name, sent, converters, weights)) or Choice(forms, converters)


def _negative(
    name: str, sent: Format, converters: Converters, weights: tuple[int, int]
) -> Iterator[Diagnostic]:
    """Sums that can be negative, for converters without codes for them."""
    low, _ = sum_bounds(converters, np.array([weights], np.int32), sent)
    if converters.low == 0 and (low < 0).any():
        yield Diagnostic(
            "E0669",
            f"projection {name} has sums of columns that can be negative",
            Place(node=name),
            have=f"codes from {converters.low}, {converters.polarity} cells",
            need="codes below 0",
            hint="choose a target with signed converters, or separate cells and phases",
        )
