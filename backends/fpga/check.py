"""What engines of a part can do, and what else is wrong with what is asked of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from somac.backends.api import Capabilities, Guidance
from somac.backends.fpga.options import CHANNELS, CIRCUIT, LANES, QUEUE, circuit_choice
from somac.ir.errors import Diagnostic
from somac.ir.target import Target

__all__ = ["capabilities", "check_options"]

_MOST_CELLS = (1 << 16) - 1
"""Cells of an input or a population: words and groups are counted in 16 bits."""

_MOST_PORTS = 64


def capabilities(target: Target) -> Capabilities:
    """What engines can do."""
    return replace(Capabilities.of(target), products=True, cells=_MOST_CELLS, ports=_MOST_PORTS)


def check_options(guidance: Guidance) -> Iterator[Diagnostic]:
    """Options of a circuit that is not the one that is wanted."""
    wanted = circuit_choice(guidance).name
    given = [o for o in (LANES, CHANNELS, QUEUE) if o.of(guidance.options) is not None]
    if wanted != "sparse" and given:
        names = [f"--{o.name}" for o in given]
        yield Diagnostic(
            "E0932",
            f"{' and '.join(names)}: only a sparse engine has that",
            have=f"--{CIRCUIT.name} {wanted}",
            need=f"--{CIRCUIT.name} sparse",
        )
