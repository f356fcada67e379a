"""A placer for somac: slices along a curve that fills the machine."""

from somac.ir.placement import Placer, PlacerInfo

INFO = PlacerInfo("hilbert", "slices along a Hilbert curve, by traffic", api_version=(1, 0))


def create() -> Placer:
    from hilbert_placer.curve import place

    return place
