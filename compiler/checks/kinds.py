"""The measures that every budget may name, and which way is worse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["KINDS", "MORE_IS_BETTER", "Kind"]


@dataclass(frozen=True, slots=True)
class Kind:
    """What is measured.

    Parameters
    ----------
    title, unit
        In words; the unit of a plain number is empty.
    more
        Whether more of it is better.
    of_run
        Whether it is that of a run, which is done only for those who ask.
    """

    title: str
    unit: str = ""
    more: bool = False
    of_run: bool = False


KINDS: Mapping[str, Kind] = {
    "cores": Kind("cores, engines or arrays in use"),
    "utilisation_percent": Kind("share of the usable ones that is in use", "%"),
    "memory_per_core_bytes": Kind("memory of the fullest core", "bytes"),
    "memory_per_core_percent": Kind("the same, as a share of its memory", "%"),
    "hops": Kind("cost of the placement: hops by expected traffic"),
    "gap_percent": Kind("how far that cost may be from the best", "%"),
    "link_load": Kind("expected packets of a tick on the busiest link"),
    "table_entries": Kind("entries of the longest routing table"),
    "latency_ticks": Kind("ticks from the inputs of a step to its last output", "ticks"),
    "bundle_bytes": Kind("size of the bundle", "bytes"),
    "accuracy_percent": Kind("samples that are their label", "%", more=True, of_run=True),
    "accuracy_drop_percent": Kind(
        "accuracy of the float model without that of the emulated one", "%", of_run=True
    ),
    "values_differ": Kind(
        "signals, states and weights that differ from the golden model", of_run=True
    ),
}
"""By name. Amounts of the cost model come besides, as ``CASE.AMOUNT``."""

MORE_IS_BETTER = frozenset({"1", "steps/s"})
"""Units of amounts of which more is better: times as fast, and steps a second."""
