"""What every placer must do."""

from somac.testing import PlacerConformance


class TestHilbert(PlacerConformance):
    placer = "hilbert"
