"""What the description says of the network, literally: names, kinds, formats, scales, time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from somac.ir.datapath import SEMANTICS
from somac.ir.errors import Diagnostic, Place
from somac.ir.integer import IntegerNetwork

__all__ = ["check_boundary"]

_PLACE = Place(file="experiment.json")


def check_boundary(network: IntegerNetwork, data: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """E0810 and E0811."""
    for field, meant in _meant(network).items():
        found = data.get(field)
        if isinstance(meant, list):
            fields = set().union(*meant)
            found = [{k: v for k, v in item.items() if k in fields} for item in found or ()]
        if found != meant:
            yield Diagnostic(
                "E0810" if field == "period" else "E0811",
                f"{field}: the description differs from the network",
                _PLACE,
                have=_shortened(found),
                need=_shortened(meant),
            )
    for population, item in zip(network.populations, data["populations"], strict=False):
        scale = np.asarray(population.scales.get("output", 1.0))
        stated = np.asarray(item.get("scale"))
        cells = (population.size,)
        if stated.dtype.kind not in "if" or stated.shape not in ((), cells):
            equal = False
        else:
            equal = bool((np.broadcast_to(stated, cells) == np.broadcast_to(scale, cells)).all())
        if not equal:
            yield Diagnostic("E0811", f"population {population.name}: another scale", _PLACE)


def _meant(network: IntegerNetwork) -> dict[str, Any]:
    return {
        "format": 2,
        "semantics": SEMANTICS,
        "name": network.name,
        "dt": network.dt,
        "period": network.period,
        "inputs": [
            {
                "name": i.name,
                "shape": [*i.shape],
                "kind": i.kind,
                "format": str(i.format),
                "scale": i.scale,
            }
            for i in network.inputs
        ],
        "populations": [
            {
                "name": p.name,
                "shape": [*p.shape],
                "kind": p.datapath.output_kind,
                "format": str(p.datapath.instructions[p.datapath.output].format),
                "start": p.start,
            }
            for p in network.populations
        ],
        "outputs": [{"name": o.name, "source": o.source} for o in network.outputs],
    }


def _shortened(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 200 else text[:200] + "..."
