"""Our placers pass the tests that placers of other packages must pass."""

from __future__ import annotations

from somac.compiler.testing.placers import PlacerConformance


class TestCpsat(PlacerConformance):
    placer = "cpsat"
    examples = 10


class TestSearch(PlacerConformance):
    placer = "search"
    examples = 10


class TestGreedy(PlacerConformance):
    placer = "greedy"
