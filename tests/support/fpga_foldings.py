"""Programs of the FPGA backend for tests: populations cut and folded at will."""

from __future__ import annotations

from collections.abc import Mapping as Names
from dataclasses import replace
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from somac.backends.fpga.emit import emit
from somac.backends.fpga.folding import EngineFold, Folding, fold
from somac.backends.fpga.levels import levels
from somac.compiler.targets import find_target
from somac.ir.arrange import arranged
from somac.ir.fixed import Rounding
from somac.ir.integer import IntegerNetwork
from somac.ir.mapping import Mapping, Proof, Slice
from somac.ir.product import ProductCast
from somac.ir.program import Program

__all__ = ["cut", "folded", "folds", "in_one_phase", "rounded_products"]

TARGET = find_target("spinnaker2")
"""Engines know nothing of it."""


def mapping_of(network: IntegerNetwork, cuts: Names[str, list[int]], order: Any = None) -> Mapping:
    """Populations cut at some places; each slice on a core of its own."""
    slices = [Slice(i.name, 0, i.size, None) for i in network.inputs]
    for p in network.populations:
        edges = sorted({0, p.size, *cuts.get(p.name, [])})
        for start, stop in pairwise(edges):
            slices.append(Slice(p.name, start, stop, len(slices)))
    proof = Proof(0, 0, "optimal", "tests")
    digests = network.digest(), TARGET.digest()
    return Mapping(*digests, tuple(slices), (), proof, {}, order=order or {})


def folded(
    network: IntegerNetwork,
    folding: Folding | None = None,
    cuts: Names[str, list[int]] | None = None,
    order: Any = None,
) -> Program:
    """The program of a network: folded as the backend does, or by hand."""
    given = arranged(network, order or {})
    mapping = mapping_of(given, cuts or {}, order)
    return emit(given, mapping, TARGET, folding or fold(given, mapping))


def cut(draw: Any, network: IntegerNetwork) -> dict[str, list[int]]:
    """Where populations are cut."""
    return {p.name: draw(st.lists(st.integers(0, p.size), max_size=2)) for p in network.populations}


def folds(
    draw: Any, network: IntegerNetwork, cuts: Names[str, list[int]], *, whole: bool = False
) -> Folding:
    """Slices on few engines, of few lanes each; inputs of any width."""
    level = levels(network)
    slices = [part for part in mapping_of(network, cuts).slices if part.core is not None]
    count = draw(st.integers(1, len(slices)))
    chosen = [draw(st.integers(0, count - 1)) for _ in slices]
    engines = []
    for number in range(count):
        own = [part for part, engine in zip(slices, chosen, strict=True) if engine == number]
        if own:
            # what is read in the same step comes first
            own.sort(key=lambda part: level[part.population])
            updaters, turns = draw(st.integers(1, 4)), draw(st.integers(1, 2))
            lanes = turns * updaters
            engines.append(EngineFold(lanes, tuple(own), updaters=updaters, whole=whole))
    widths = {i.name: draw(st.integers(1, i.size)) for i in network.inputs}
    return Folding(tuple(engines), widths)


def in_one_phase(network: IntegerNetwork) -> IntegerNetwork:
    """A network for many cores as it is for an FPGA: every population updates in every step."""
    populations = tuple(replace(p, start=0) for p in network.populations)
    return replace(network, populations=populations, period=1)


def rounded_products(draw: Any, network: IntegerNetwork) -> IntegerNetwork:
    """With products that are rounded, in some of the projections that have any."""

    def product() -> ProductCast | None:
        if draw(st.booleans()):
            return None
        return ProductCast(draw(st.integers(1, 12)), draw(st.sampled_from(Rounding)))

    projections = tuple(replace(p, product=product()) for p in network.projections)
    return replace(network, projections=projections)
