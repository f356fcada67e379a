"""Partition: every neuron once, every slice fits, as few slices as there can be."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from somac.compiler.mapping.partition import Cut, partition, require_cores
from somac.ir.errors import SomacError

CAPACITY = {"neurons": 8, "bytes": 100}


class Costs:
    """Bytes per neuron, and a part of each slice that is always there."""

    def __init__(self, costs: Mapping[str, list[int]], fixed: int = 0) -> None:
        self.sums = {name: np.concatenate([[0], np.cumsum(each)]) for name, each in costs.items()}
        self.sizes = {name: len(each) for name, each in costs.items()}
        self.fixed = fixed
        self.calls = 0

    def __call__(self, population: str, start: int, stop: int) -> dict[str, int]:
        self.calls += 1
        total = self.sums[population]
        return {"neurons": stop - start, "bytes": self.fixed + int(total[stop] - total[start])}


def fits(cut: tuple[int, int], costs: Costs) -> bool:
    need = costs("p", *cut)
    return all(need[name] <= CAPACITY[name] for name in CAPACITY)


def fewest(costs: Costs, grain: int) -> int:
    """The least number of slices, by dynamic programming over all places to cut."""
    size = costs.sizes["p"]
    ends = [*range(grain, size, grain), size]
    best = {0: 0}
    for stop in ends:
        options = [best[start] + 1 for start in best if fits((start, stop), costs)]
        if options:
            best[stop] = min(options)
    return best[size]


@given(
    costs=st.lists(st.integers(0, 30), min_size=1, max_size=40),
    fixed=st.integers(0, 40),
    grain=st.integers(1, 2),
)
def test_every_neuron_once_in_the_fewest_slices(costs: list[int], fixed: int, grain: int) -> None:
    demand = Costs({"p": costs}, fixed)
    cuts = partition({"p": len(costs)}, demand, CAPACITY, {"p": grain})
    assert [cut.start for cut in cuts] == [0, *(cut.stop for cut in cuts[:-1])]
    assert cuts[-1].stop == len(costs)
    assert all(cut.start < cut.stop and cut.start % grain == 0 for cut in cuts)
    for cut in cuts:
        assert cut.demand == demand("p", cut.start, cut.stop)
        assert fits((cut.start, cut.stop), demand)
    assert len(cuts) == fewest(demand, grain)


def test_equal_neurons_give_equal_slices() -> None:
    cuts = partition({"p": 20}, Costs({"p": [1] * 20}), CAPACITY)
    assert [cut.size for cut in cuts] == [6, 7, 7]
    cuts = partition({"p": 20}, Costs({"p": [1] * 20}), CAPACITY, {"p": 4})
    assert [cut.size for cut in cuts] == [4, 8, 8]


def test_unequal_neurons_give_cores_that_are_about_as_full() -> None:
    costs = [40, 40, *[4] * 15]
    cuts = partition({"p": len(costs)}, Costs({"p": costs}), CAPACITY)
    assert len(cuts) == 3
    fill = [cut.demand["bytes"] for cut in cuts]
    neurons = [cut.demand["neurons"] for cut in cuts]
    assert max(fill) <= 92
    assert max(neurons) <= 8


def test_populations_keep_their_order_and_empty_ones_take_nothing() -> None:
    demand = Costs({"b": [1] * 9, "none": [], "a": [1]})
    cuts = partition({"b": 9, "none": 0, "a": 1}, demand, CAPACITY)
    assert [(c.population, c.start, c.stop) for c in cuts] == [
        ("b", 0, 4),
        ("b", 4, 9),
        ("a", 0, 1),
    ]


def test_a_million_neurons_take_few_questions() -> None:
    demand = Costs({"p": [1] * 1_000_000})
    cuts = partition({"p": 1_000_000}, demand, {"neurons": 256, "bytes": 1 << 20})
    assert len(cuts) == -(-1_000_000 // 256)
    assert demand.calls < 12 * len(cuts)


def test_one_neuron_too_large() -> None:
    demand = Costs({"conv1": [1, 1, 150, 1]})
    with pytest.raises(SomacError, match="neuron 2 of population 'conv1'") as caught:
        partition({"conv1": 4}, demand, CAPACITY)
    found = caught.value.diagnostics[0]
    assert (found.code, found.have, found.need) == (
        "E0601",
        "100 bytes on a core",
        "150 bytes",
    )
    assert caught.value.exit_code == 3


def test_one_grain_too_large() -> None:
    with pytest.raises(SomacError, match="neurons 9 to 17 of population 'p'"):
        partition(
            {"p": 18}, Costs({"p": [5] * 9 + [20] * 9}), {"neurons": 9, "bytes": 100}, {"p": 9}
        )


def test_more_slices_than_cores() -> None:
    demand = Costs({"small": [1] * 8, "large": [1] * 64, "other": [50] * 4})
    cuts = partition(demand.sizes, demand, CAPACITY)
    host = Cut("input", 0, 1000, {}, on_host=True)
    require_cores([host, *cuts], len(cuts), "tiny", CAPACITY)
    with pytest.raises(SomacError) as caught:
        require_cores([host, *cuts], 5, "tiny", CAPACITY)
    found = caught.value.diagnostics[0]
    assert found.code == "E0602"
    assert "target 'tiny'" in found.message
    assert "population 'large' alone is cut into 8 slices" in found.message
    assert "8 neurons" in found.message
    assert found.have == "5 usable cores"
    assert found.need == "11 cores (8 for 'large', 2 for 'other', 1 for 'small')"
