"""Parts of networks on arrays: who is where, who hears whom, what they take."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from somac.backends.api import Guidance, Parts
from somac.backends.crossbar.emit import emit
from somac.backends.crossbar.packing import COPIES, PACKING, parts_of, utilisation
from somac.backends.crossbar.tiling import legalise
from somac.backends.crossbar.verify import verify
from somac.compiler.mapping.check import Hardware, check_mapping
from somac.compiler.mapping.solve import SolveOptions
from somac.compiler.passes.parts import map_parts
from somac.compiler.passes.quantise import quantise
from somac.compiler.testing.networks import Case, cases
from somac.ir.errors import SomacError
from somac.ir.integer import IntegerNetwork
from somac.ir.placement import PlaceOptions
from somac.ir.target import Target
from tests.support.crossbar_cases import chip, example

QUICK = SolveOptions(place=PlaceOptions(work=0.05, prove=False))


def asked(share: float | None) -> Guidance:
    """That share of the cores may be used, or what the backend makes of no wish."""
    return Guidance(options={} if share is None else {"fit": 100 * share})


def homes(parts: Parts, network: IntegerNetwork) -> dict[str, np.ndarray]:
    """The part of each cell; every cell has one, and none two."""
    found = {p.name: np.full(p.size, -1) for p in network.populations}
    for name, start, stop, part in parts.slices:
        assert (found[name][start:stop] == -1).all()
        found[name][start:stop] = part
    assert all((home >= 0).all() and (home < parts.count).all() for home in found.values())
    return found


def require_right(parts: Parts, network: IntegerNetwork, target: Target) -> None:
    """Everything that parts promise, by other means than those that made them."""
    array = target.array
    assert array is not None
    home = homes(parts, network)
    taken = Counter(part for cells in home.values() for part in cells.tolist())
    assert all(count <= target.resources["neurons"] for count in taken.values())
    assert [d["neurons"] for d in parts.demand] == [taken[part] for part in range(parts.count)]

    tiled = [(p, p.tiling) for p in network.projections if p.tiling is not None]
    rows = parts.plan[COPIES]
    assert rows.tolist() == sorted(rows.tolist(), key=lambda row: row[:2])
    cells = np.zeros((parts.count, array.rows, array.columns), np.int64)
    hear: dict[str, set[tuple[int, int]]] = {}
    sums: Counter[tuple[int, int]] = Counter()
    for number, (p, tiling) in enumerate(tiled):
        for n, block in enumerate(tiling.blocks):
            own = rows[(rows[:, 0] == number) & (rows[:, 1] == n)]
            assert len(own) >= 1
            assert len(own) == 1 or p.device is None
            tall, wide = block.weights.shape[0], block.weights.shape[1] * tiling.converters.cells
            for turn, (_, _, part, row, column) in enumerate(own.tolist()):
                cells[part, row : row + tall, column : column + wide] += 1
                assert row + tall <= array.rows
                assert column + wide <= array.columns
                for use in range(turn, block.uses, len(own)):
                    for source in block.sources[use].tolist():
                        if source >= 0:
                            hear.setdefault(p.source, set()).add((source, part))
                    for to in block.targets[use].tolist():
                        if to >= 0 and home[p.target][to] != part:
                            sums[part, int(home[p.target][to])] += 1
    assert cells.max(initial=0) <= 1
    for p in network.projections:
        if p.tiling is None:
            listed = p.structure.rows(0, p.structure.source_size)
            for source in range(p.structure.source_size):
                for to in listed.target[listed.indptr[source] : listed.indptr[source + 1]].tolist():
                    hear.setdefault(p.source, set()).add((source, int(home[p.target][to])))
    sizes = {part.name: part.size for part in (*network.inputs, *network.populations)}
    told: dict[str, int] = Counter()
    for name, start, stop, rate, hearing in parts.signals:
        assert start == told[name]
        told[name] = stop
        wanted = {part for source, part in hear.get(name, set()) if start <= source < stop}
        assert set(hearing) == wanted
        assert rate > 0
    assert told == sizes
    assert sums == {(sender, to): rate for sender, rate, (to,) in parts.nets}


@pytest.mark.parametrize("neurons", [11, 24, 64, 128])
@pytest.mark.parametrize("share", [None, 0.4, 1.0])
def test_parts_of_an_example(neurons: int, share: float | None) -> None:
    network, target = example(), chip(neurons=neurons)
    guidance = asked(share)
    parts = parts_of(network, target, guidance)
    require_right(parts, network, target)
    mapping = map_parts(network, parts, target, QUICK)
    hardware = Hardware(target.topology, target.resources, target.router_entries)
    on_parts = {n: hearing for n, (_, _, _, _, hearing) in enumerate(parts.signals)}
    assert list(check_mapping(mapping, hardware, {}, on_parts=on_parts)) == []
    assert mapping.plan[COPIES].tolist() == parts.plan[COPIES].tolist()
    assert len(mapping.parts) == parts.count
    assert mapping.proof.bound <= mapping.proof.cost
    for one in mapping.slices:
        assert (one.core is None) == (one.population == "image")
    figures = utilisation(parts, network, target)
    assert figures.arrays == parts.plan[PACKING][0] <= parts.count
    assert figures.firings.max() == figures.busiest >= figures.least_busy
    assert figures.cells.sum() >= sum(
        int((t.rows * t.columns).sum()) * t.converters.cells
        for t in (p.tiling for p in network.projections)
        if t is not None
    )
    assert 0 < figures.share.min() <= figures.share.max() <= 1


@settings(max_examples=15)
@given(
    cases(max_populations=4, max_cells=24),
    st.sampled_from((10, 40)),
    st.sampled_from((30, 64)),
    st.sampled_from((None, 0.3, 1.0)),
)
def test_parts_of_random_networks(case: Case, rows: int, neurons: int, share: float | None) -> None:
    """Cut, packed, placed and written; the checkers of mappings and of bundles find nothing."""
    target = chip(rows=rows, columns=24, cores=(12, 12), neurons=neurons, adc_bits=12)
    network = legalise(quantise(case.network).network, target).network
    parts = parts_of(network, target, asked(share))
    require_right(parts, network, target)
    mapping = map_parts(network, parts, target, QUICK)
    hardware = Hardware(target.topology, target.resources, target.router_entries)
    on_parts = {n: hearing for n, (_, _, _, _, hearing) in enumerate(parts.signals)}
    assert list(check_mapping(mapping, hardware, {}, on_parts=on_parts)) == []
    assert list(verify(emit(network, mapping, target), network)) == []


def test_more_cores_make_the_busiest_array_less_busy() -> None:
    network, target = example(), chip(neurons=128)
    plain = parts_of(network, target)
    fast = parts_of(network, target, Guidance(options={"fit": 100}))
    arrays, least, packed, busiest, _ = plain.plan[PACKING].tolist()
    assert least <= packed == arrays == plain.count
    assert fast.plan[PACKING][0] > arrays
    assert fast.plan[PACKING][3] < busiest


def test_neurons_are_near_their_sums() -> None:
    network, target = example(), chip(neurons=128)
    parts = parts_of(network, target, Guidance(options={"fit": 100}))
    home = homes(parts, network)
    number = [p.name for p in network.projections if p.tiling is not None].index("dense")
    rows = parts.plan[COPIES]
    assert set(home["out"].tolist()) <= {int(r[2]) for r in rows if r[0] >= number}


def test_rates_are_those_of_calibration() -> None:
    network, target = example(), chip(neurons=128)
    parts = parts_of(network, target, Guidance(rates={"image": 0.5}))
    assert sum(rate for name, _, _, rate, _ in parts.signals if name == "image") == 18.0
    hidden = sum(rate for name, _, _, rate, _ in parts.signals if name == "hidden")
    assert hidden == pytest.approx(0.05 * 64)


def test_a_network_without_arrays() -> None:
    network = example()
    plain = replace(
        network, projections=tuple(replace(p, tiling=None) for p in network.projections)
    )
    target = chip(neurons=20)
    parts = parts_of(plain, target)
    require_right(parts, plain, target)
    assert parts.plan[COPIES].shape == (0, 5)
    assert parts.plan[PACKING].tolist() == [0, 0, 0, 0, 0]
    assert utilisation(parts, plain, target).arrays == 0
    assert map_parts(plain, parts, target, QUICK).parts


@pytest.mark.parametrize(("cores", "neurons"), [((1, 2), 128), ((2, 2), 4)])
def test_more_than_the_chip_has(cores: tuple[int, int], neurons: int) -> None:
    network, target = example(), chip(neurons=neurons, cores=cores)
    with pytest.raises(SomacError, match="E0675") as caught:
        parts_of(network, target)
    assert caught.value.exit_code == 3
    found = caught.value.diagnostics[0]
    assert found.have is not None
    assert f"{cores[0] * cores[1]} cores" in found.have
    assert found.need is not None
    assert "at least" in found.need


def test_cores_without_neurons() -> None:
    with pytest.raises(SomacError, match="E0675") as caught:
        parts_of(example(), chip(neurons=0))
    assert "update no neurons" in caught.value.diagnostics[0].message


def test_a_block_of_another_array() -> None:
    with pytest.raises(ValueError, match="a block of conv does not fit"):
        parts_of(example(), chip(rows=4))
