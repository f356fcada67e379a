"""What a target cannot do, whatever kind of hardware it is."""

from __future__ import annotations

from collections.abc import Iterator

from somac.ir.datapath import Datapath
from somac.ir.errors import Diagnostic, Place, SomacError
from somac.ir.integer import IntegerProjection
from somac.ir.target import Capabilities

__all__ = ["datapath_problems", "no_devices", "weight_problems"]


def no_devices(backend: str) -> SomacError:
    """E0846, for imperfections that digital hardware does not have."""
    return SomacError(
        "E0846",
        f"the backend {backend} has no devices that differ: its hardware is digital",
        hint="choose a crossbar, or leave the options about devices out",
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
