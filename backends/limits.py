"""What a target cannot do, whatever kind of hardware it is."""

from __future__ import annotations

from collections.abc import Iterator

from somac.ir.datapath import Datapath
from somac.ir.errors import Diagnostic, Place
from somac.ir.integer import IntegerNetwork, IntegerPopulation, IntegerProjection
from somac.ir.target import Capabilities

__all__ = [
    "datapath_problems",
    "learning_problems",
    "output_problems",
    "product_problems",
    "retimed_problems",
    "weight_problems",
]


def retimed_problems(network: IntegerNetwork) -> Iterator[Diagnostic]:
    """A network whose populations do not all update in every tick."""
    if network.period > 1 or any(p.start for p in network.populations):
        yield Diagnostic(
            "E0662",
            "the network was retimed for other hardware",
            Place(node=network.name),
            hint="compile the network that it was made from",
        )


def output_problems(p: IntegerPopulation, can: Capabilities) -> Iterator[Diagnostic]:
    """Signals of a kind that cores do not send."""
    if p.datapath.output_kind not in can.outputs:
        yield Diagnostic(
            "E0653",
            f"population {p.name} sends {p.datapath.output_kind}s",
            Place(node=p.name),
            have=", ".join(sorted(can.outputs)),
            need=p.datapath.output_kind,
        )


def learning_problems(p: IntegerProjection) -> Iterator[Diagnostic]:
    """A rule, where weights stay what they are."""
    if p.plasticity is not None:
        yield Diagnostic(
            "E0662",
            f"projection {p.name} learns",
            Place(node=p.name),
            hint="compile for a many-core target, or without the rule",
        )


def product_problems(p: IntegerProjection, have: str) -> Iterator[Diagnostic]:
    """Products that are converted one by one, where all that there is are sums: `have`."""
    if p.product is not None:
        yield Diagnostic(
            "E0652",
            f"projection {p.name} converts each product before it is added",
            Place(node=p.name),
            have=have,
            need=f"products {p.product}",
            hint="an accumulator with as many fraction bits as a product needs no conversion",
        )


def datapath_problems(
    what: str, place: Place, path: Datapath, can: Capabilities
) -> Iterator[Diagnostic]:
    """Operations and words that cores do not have."""
    missing = sorted(path.operations - can.operations)
    if missing:
        yield Diagnostic(
            "E0652",
            f"{what}: {path.name} needs {', '.join(missing)}",
            place,
            have=", ".join(sorted(can.operations)),
            need=", ".join(missing),
        )
    if path.word_bits > can.word_bits:
        yield Diagnostic(
            "E0652",
            f"{what}: {path.name} computes with words that are too wide",
            place,
            have=f"{can.word_bits} bits",
            need=f"{path.word_bits} bits",
            hint="quantise states or coefficients to fewer bits",
        )


def weight_problems(p: IntegerProjection, can: Capabilities) -> Iterator[Diagnostic]:
    """Weights that are wider than the target takes, and converters that it does not have."""
    if p.tiling is not None:
        yield Diagnostic(
            "E0652",
            f"projection {p.name} is on blocks of cells, whose sums converters round",
            Place(node=p.name),
            have="sums of exact products",
            need=str(p.tiling),
            hint="compile the model itself, or choose a crossbar",
        )
    weights = p.connectivity.weights
    if weights.size:
        bits = max(int(weights.max()), -int(weights.min()), 0).bit_length() + 1
        if bits > can.weight_bits:
            yield Diagnostic(
                "E0650",
                f"projection {p.name} has weights from {weights.min()} to {weights.max()}",
                Place(node=p.name),
                have=f"{can.weight_bits} bits",
                need=f"{bits} bits, sign included",
                hint="quantise to fewer bits with --bits",
            )
