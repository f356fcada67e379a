"""Facts of rows: what rows say, and found out once however many foldings ask."""

from __future__ import annotations

from typing import Any

import numpy as np

from somac.backends.fpga.emit.rowfacts import RowFacts
from somac.backends.fpga.rows import duplicates, sparse_words
from somac.ir.connectivity import Dense


class Counted:
    """A connectivity that knows how often its rows were made."""

    def __init__(self, connectivity: Any) -> None:
        self.connectivity, self.made = connectivity, 0

    def rows(self, start: int, stop: int) -> Any:
        self.made += 1
        return self.connectivity.rows(start, stop)


def test_facts_are_those_of_the_rows_and_found_once() -> None:
    weight = np.random.default_rng(3).integers(-9, 10, (12, 7)) * (np.eye(12, 7) == 0)
    dense = Dense(weight.astype(np.int32))
    counted: Any = Counted(dense)
    facts, ends = RowFacts(), ((2, 6), (1, 9))
    for _ in range(2):
        for lanes in (1, 3, 8):
            assert facts.words(counted, *ends, lanes) == sparse_words(dense, *ends, lanes)
        assert facts.duplicates(counted, *ends) is duplicates(dense, *ends) is False
        part = weight[1:9, 2:6]
        assert facts.span(counted, *ends) == (min(0, part.min()), max(0, part.max()))
        assert facts.reaches(counted, *ends)
        assert not facts.reaches(counted, (0, 1), (0, 1))
    assert counted.made == 3 + 1 + 1 + 1 + 1
