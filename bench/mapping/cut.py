"""Neurons that hear the same sources on one core, against populations cut in the model's order.

    python -m bench.mapping.cut

The N-MNIST network of the shared data on one chip, every cell taken to send alike: packets per
tick times the cores that they reach, and the cost of a placement, times hops to each of these.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import somac
from bench.data import SHARED
from bench.mapping.table import markdown
from somac.backends.api import Guidance
from somac.compiler.mapping.effort import Effort
from somac.compiler.mapping.mapper import map_slices
from somac.compiler.passes.arrange import arranged_layout, contiguous_layout
from somac.compiler.passes.map import mapping_request
from somac.compiler.passes.quantise import quantise
from somac.compiler.plugins import find_backend
from somac.compiler.targets import find_target

MODEL, PROFILE, TARGET = "cnn_sinabs.nir", "sinabs", "spinnaker2"


def rows() -> list[dict[str, object]]:
    """In the order of the model, and as a compile has it."""
    target, options = find_target(TARGET), Effort().options()
    backend = find_backend(target.backend)
    network = quantise(somac.load(SHARED / "nir" / MODEL, profile=PROFILE)).network
    legal = backend.legalise(network, target, Guidance()).network
    plain = contiguous_layout(legal, target.resources, backend.resources(legal, target, Guidance()))
    begin = time.process_time()
    other = arranged_layout(
        plain,
        target.resources,
        lambda given: backend.resources(given, target, Guidance()),
        {},
        options.partition,
    )
    seconds = time.process_time() - begin
    table: list[dict[str, object]] = []
    for name, layout, cpu in (("order of the model", plain, 0.0), ("by sources", other, seconds)):
        request = mapping_request(layout, {})
        proof = map_slices(request, target, options).proof
        table.append(
            {
                "model": MODEL,
                "cut": name,
                "cores": len(layout.cuts),
                "deliveries per tick": f"{sum(n.rate * len(n.targets) for n in request.nets):,.0f}",
                "cost": f"{proof.cost:,}",
                "bound": f"{proof.bound:,}",
                "CPU s": f"{cpu:.1f}",
            }
        )
    return table


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    if arguments:
        raise SystemExit(f"unknown: {' '.join(arguments)}")
    rows()
    print(markdown(rows()))


if __name__ == "__main__":
    main()
