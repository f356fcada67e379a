"""What every placer must do."""

from somac.compiler.testing.placers import PlacerConformance


class TestHilbert(PlacerConformance):
    placer = "hilbert"
