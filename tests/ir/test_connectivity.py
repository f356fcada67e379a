"""Every kind of connectivity against the matrix it stands for."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from math import prod
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from somac.ir import connectivity as wiring
from somac.ir.connectivity import (
    AllToAll,
    Arithmetic,
    Chain,
    Connectivity,
    Convolution,
    Dense,
    OneToOne,
    Pool,
    Rows,
    Sparse,
    interval,
    reach,
)

Array = NDArray[Any]
sizes = st.integers(1, 5)
small = st.integers(-9, 9)


def arrays(
    shape: tuple[int, ...], elements: st.SearchStrategy[int] = small, dtype: Any = np.int32
) -> st.SearchStrategy[Array]:
    return hnp.arrays(dtype, shape, elements=elements)


@st.composite
def dense(draw: st.DrawFn, source: int | None = None) -> Dense:
    shape = draw(sizes), source or draw(sizes)
    return Dense(draw(arrays(shape)))


@st.composite
def sparse(draw: st.DrawFn, source: int | None = None) -> Sparse:
    source = source or draw(sizes)
    target = draw(sizes)
    ends = sorted(draw(st.lists(st.integers(0, 8), min_size=source, max_size=source)))
    count = ends[-1]
    return Sparse(
        np.array([0, *ends]),
        draw(arrays((count,), st.integers(0, target - 1), np.int64)),
        draw(arrays((count,))),
        draw(st.none() | arrays((count,), st.integers(0, 3), np.int64)),
        target,
    )


@st.composite
def one_to_one(draw: st.DrawFn, size: int | None = None, shared: bool = False) -> OneToOne:
    size = size or draw(sizes)
    shape = draw(st.sampled_from([(), () if shared else (size,)]))
    delay = draw(st.none() | arrays((size,), st.integers(0, 3), np.int64))
    return OneToOne(draw(arrays(shape)), size, delay)


@st.composite
def all_to_all(draw: st.DrawFn, source: int | None = None) -> AllToAll:
    return AllToAll(draw(arrays(())), source or draw(sizes), draw(sizes))


def extents(draw: st.DrawFn, rank: int, most: int, cells: int) -> tuple[int, ...]:
    """Sizes of so many axes, each at most `most`, whose product is at most `cells`."""
    found: list[int] = []
    for _ in range(rank):
        found.append(draw(st.integers(1, max(1, min(most, cells)))))
        cells //= found[-1]
    return tuple(found)


@st.composite
def convolution(draw: st.DrawFn, cells: int = 1000) -> Convolution:
    """Of at most so many source cells; padded, where the kernel would not fit otherwise."""
    rank = draw(st.integers(1, 3))
    groups, ins = extents(draw, 2, 3, cells)
    outs = draw(st.integers(1, 2))
    few = st.integers(1, 3) if rank < 3 else st.integers(1, 2)
    per_axis = lambda what: draw(st.tuples(*[what] * rank))  # noqa: E731
    spatial = extents(draw, rank, 6 if rank < 3 else 2, cells // (groups * ins))
    kernel, stride, dilation = per_axis(few), per_axis(few), per_axis(few)
    padding = tuple(
        (before + max(0, d * (k - 1) + 1 - size - before - after), after)
        for size, k, d, (before, after) in zip(
            spatial,
            kernel,
            dilation,
            per_axis(st.tuples(st.integers(0, 2), st.integers(0, 2))),
            strict=True,
        )
    )
    weight = draw(arrays((groups * outs, ins, *kernel)))
    return Convolution(weight, (groups * ins, *spatial), stride, padding, dilation, groups)


@st.composite
def pool(draw: st.DrawFn, cells: int = 1000) -> Pool:
    """Of at most so many source cells; padded, where the window would not fit otherwise."""
    rank = draw(st.integers(1, 2))
    per_axis = lambda what: draw(st.tuples(*[what] * rank))  # noqa: E731
    (channels,) = extents(draw, 1, 3, cells)
    spatial, kernel = extents(draw, rank, 6, cells // channels), per_axis(st.integers(1, 3))
    padding = tuple(
        pad + max(0, -(-(k - size - 2 * pad) // 2))
        for size, k, pad in zip(spatial, kernel, per_axis(st.integers(0, 2)), strict=True)
    )
    shape = (channels, *spatial)
    return Pool(draw(arrays(())), shape, kernel, per_axis(st.integers(1, 3)), padding)


@st.composite
def chains(draw: st.DrawFn, cells: int = 1000) -> Chain:
    """A map with weights of its own, and plumbing before and behind it."""
    first: list[Connectivity] = [draw(pool(cells) | one_to_one(shared=True))]
    size = first[0].target_size
    middle = draw(dense(size) | sparse(size) | one_to_one(size))
    last = draw(one_to_one(middle.target_size, shared=True) | all_to_all(middle.target_size))
    parts = draw(st.sampled_from([(*first, middle), (middle, last), (*first, middle, last)]))
    return Chain(parts)


KINDS: dict[str, st.SearchStrategy[Any]] = {
    "Dense": dense(),
    "Sparse": sparse(),
    "OneToOne": one_to_one(),
    "AllToAll": all_to_all(),
    "Convolution": convolution(),
    "Pool": pool(),
    "Chain": chains(),
}
FEW = 6
SMALL = KINDS | {"Convolution": convolution(FEW), "Pool": pool(FEW), "Chain": chains(FEW)}
"""With so few source cells, as a rule, that all ends of what they send can be tried."""

kinds = pytest.mark.parametrize("kind", KINDS)


def matrices(rows: Rows, targets: int) -> dict[int, Array]:
    """Per delay, the (source, target) matrix of the rows."""
    found: dict[int, Array] = {}
    for source in range(len(rows.indptr) - 1):
        for at in range(rows.indptr[source], rows.indptr[source + 1]):
            zeros = np.zeros((len(rows.indptr) - 1, targets), np.int64)
            matrix = found.setdefault(int(rows.delay[at]), zeros)
            matrix[source, rows.target[at]] += rows.weight[at]
    return found


def whole(connectivity: Connectivity) -> dict[int, Array]:
    return matrices(connectivity.rows(0, connectivity.source_size), connectivity.target_size)


@kinds
@settings(max_examples=40)
@given(data=st.data())
def test_operators_are_the_matrix_of_the_rows(kind: str, data: st.DataObject) -> None:
    connectivity = data.draw(KINDS[kind])
    x = data.draw(arrays((2, 3, connectivity.source_size), st.integers(-99, 99), np.int64))
    expected = whole(connectivity)
    arithmetic: Arithmetic
    for arithmetic in (np.float64, np.int64, np.float32):
        operators = dict(connectivity.by_delay(arithmetic))
        assert tuple(operators) == connectivity.delays
        assert expected.keys() <= operators.keys()
        for delay, operator in operators.items():
            y = operator(x.astype(arithmetic))
            assert y.dtype == arithmetic
            matrix = expected.get(delay, np.zeros((x.shape[-1], y.shape[-1]), np.int64))
            np.testing.assert_array_equal(y, x @ matrix)


@kinds
@settings(max_examples=25)
@given(data=st.data())
def test_rows_of_a_range_are_those_rows(kind: str, data: st.DataObject) -> None:
    connectivity = data.draw(KINDS[kind])
    start, stop = sorted(data.draw(st.tuples(*[st.integers(0, connectivity.source_size)] * 2)))
    rows = connectivity.rows(start, stop)
    assert len(rows.indptr) == stop - start + 1
    assert rows.indptr[0] == 0
    assert rows.indptr[-1] == len(rows.target) == len(rows.weight) == len(rows.delay)
    assert rows.weight.dtype == connectivity.weights.dtype
    assert rows.indptr.dtype == rows.target.dtype == rows.delay.dtype == np.int64
    assert (rows.weight != 0).all()
    for row in range(stop - start):
        assert (np.diff(rows.target[rows.indptr[row] : rows.indptr[row + 1]]) >= 0).all()
    part, all_rows = matrices(rows, connectivity.target_size), whole(connectivity)
    zeros = np.zeros((stop - start, connectivity.target_size), np.int64)
    for delay in part.keys() | all_rows.keys():
        expected = all_rows[delay][start:stop] if delay in all_rows else zeros
        np.testing.assert_array_equal(part.get(delay, zeros), expected)


@kinds
@settings(max_examples=25)
@given(data=st.data())
def test_weights_can_be_put_back_and_scaled(kind: str, data: st.DataObject) -> None:
    connectivity = data.draw(KINDS[kind])
    before = whole(connectivity)
    again = connectivity.with_weights(connectivity.weights)
    doubled = connectivity.with_weights(2 * connectivity.weights)
    for delay, matrix in before.items():
        np.testing.assert_array_equal(whole(again)[delay], matrix)
        np.testing.assert_array_equal(whole(doubled)[delay], 2 * matrix)
    channel = connectivity.target_channel()
    if channel is not None:
        weights = connectivity.weights
        factor = data.draw(arrays((len(weights),), st.integers(1, 9)))
        scaled = connectivity.with_weights(weights * factor.reshape(-1, *[1] * (weights.ndim - 1)))
        for delay, matrix in before.items():
            np.testing.assert_array_equal(whole(scaled)[delay], matrix * factor[channel])


@kinds
@settings(max_examples=25)
@given(data=st.data())
def test_interval_and_reach_against_all_corners(kind: str, data: st.DataObject) -> None:
    connectivity = data.draw(SMALL[kind])
    assume(connectivity.source_size <= FEW)
    ends = data.draw(arrays((2, connectivity.source_size), st.integers(-9, 9), np.int64))
    low, high = np.sort(ends, axis=0)
    corners = np.array(list(product((0, 1), repeat=connectivity.source_size)))
    zero = np.zeros((connectivity.source_size, connectivity.target_size), np.int64)
    matrix = sum(whole(connectivity).values(), zero)
    sums = np.where(corners, high, low) @ matrix
    least, most = interval(connectivity, low.astype(np.float64), high.astype(np.float64))
    pairs = {
        (source, int(target))
        for source in range(connectivity.source_size)
        for target in connectivity.rows(source, source + 1).target
    }
    synapses = len(connectivity.rows(0, connectivity.source_size).target)
    if kind == "Chain" or len(pairs) < synapses:
        assert (least <= sums.min(axis=0)).all()
        assert (most >= sums.max(axis=0)).all()
    else:
        np.testing.assert_array_equal(least, sums.min(axis=0))
        np.testing.assert_array_equal(most, sums.max(axis=0))
    top = int(np.abs(ends).max())
    assert reach(connectivity, float(top)) >= top * np.abs(matrix).sum(axis=0).max()


@kinds
@settings(max_examples=15)
@given(data=st.data())
def test_int64_is_exact_modulo_the_word(kind: str, data: st.DataObject) -> None:
    connectivity = data.draw(KINDS[kind])
    some = data.draw(
        arrays((connectivity.source_size,), st.integers(-(2**63), 2**63 - 1), np.int64)
    )
    expected = {
        delay: [sum(int(w) * int(v) for w, v in zip(row, some, strict=True)) for row in matrix.T]
        for delay, matrix in whole(connectivity).items()
    }
    with np.errstate(over="ignore"):
        found = {delay: operator(some) for delay, operator in connectivity.by_delay(np.int64)}
    for delay, sums in expected.items():
        assert [(int(a) - b) % 2**64 for a, b in zip(found[delay], sums, strict=True)] == [0] * len(
            sums
        )


def test_real_weights_are_not_cut_off_to_integers() -> None:
    half = np.full((2, 2), 0.5)
    for connectivity in (Dense(half), OneToOne(half[0], 2), AllToAll(half[0, 0], 2, 2)):
        with pytest.raises(TypeError, match="Cannot cast"):
            list(connectivity.by_delay(np.int64))


def convolved(c: Convolution, x: Array) -> Array:
    """By the definition, one sum at a time."""
    grid = x.reshape(c.input_shape)
    out = np.zeros(c.output_shape, np.int64)
    per_group_out = c.weight.shape[0] // c.groups
    for o, *place in np.ndindex(*c.output_shape):
        for i, *k in np.ndindex(*c.weight.shape[1:]):
            cell = [
                p * s + kk * d - pad[0]
                for p, s, kk, d, pad in zip(place, c.stride, k, c.dilation, c.padding, strict=True)
            ]
            if all(0 <= a < size for a, size in zip(cell, c.input_shape[1:], strict=True)):
                channel = o // per_group_out * c.weight.shape[1] + i
                out[(o, *place)] += c.weight[(o, i, *k)] * grid[(channel, *cell)]
    return out.ravel()


def pooled(p: Pool, x: Array) -> Array:
    """By the definition, one sum at a time."""
    grid = x.reshape(p.input_shape)
    out = np.zeros(p.output_shape, np.int64)
    for channel, *place in np.ndindex(*p.output_shape):
        for k in np.ndindex(*p.kernel):
            cell = [
                at * s + kk - pad
                for at, s, kk, pad in zip(place, p.stride, k, p.padding, strict=True)
            ]
            if all(0 <= a < size for a, size in zip(cell, p.input_shape[1:], strict=True)):
                out[(channel, *place)] += p.weight * grid[(channel, *cell)]
    return out.ravel()


@pytest.mark.parametrize(("kind", "definition"), [("Convolution", convolved), ("Pool", pooled)])
@settings(max_examples=60)
@given(data=st.data())
def test_sliding_windows_by_definition(
    kind: str, definition: Callable[[Any, Array], Array], data: st.DataObject
) -> None:
    connectivity = data.draw(KINDS[kind])
    x = data.draw(arrays((connectivity.source_size,), st.integers(-99, 99), np.int64))
    ((_, operator),) = connectivity.by_delay()
    np.testing.assert_array_equal(operator(x.astype(np.float64)), definition(connectivity, x))
    assert connectivity.target_size == prod(connectivity.output_shape)


@pytest.mark.parametrize(
    ("shape", "kernel", "stride", "padding", "dilation", "out"),
    [
        ((2, 34, 34), (5, 5), (1, 1), ((2, 2), (2, 2)), (1, 1), (34, 34)),
        ((2, 34, 20), (3, 5), (2, 3), ((1, 1), (0, 0)), (1, 1), (17, 6)),
        ((2, 12, 12), (3, 3), (1, 1), ((0, 0), (0, 0)), (2, 2), (8, 8)),
        ((2, 4, 4), (2, 2), (1, 1), ((0, 1), (0, 1)), (1, 1), (4, 4)),
        ((2, 100), (7,), (4,), ((3, 3),), (1,), (25,)),
    ],
)
def test_shapes_of_convolutions(
    shape: tuple[int, ...],
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[tuple[int, int], ...],
    dilation: tuple[int, ...],
    out: tuple[int, ...],
) -> None:
    weight = np.ones((3, shape[0], *kernel))
    assert Convolution(weight, shape, stride, padding, dilation).output_shape == (3, *out)


def test_ways_over_several_cells_are_one_synapse() -> None:
    chain = Chain(
        (
            OneToOne(np.ones((), np.int32), 2, np.array([0, 1])),
            Dense(np.array([[3, 4], [5, 6]], np.int32)),
            AllToAll(np.ones((), np.int32), 2, 1),
        )
    )
    rows = chain.rows(0, 2)
    assert (rows.weight.tolist(), rows.delay.tolist()) == ([8, 10], [0, 1])
    assert chain.delays == (0, 1)


def test_a_chain_whose_weights_add_up_beyond_their_type() -> None:
    big = np.full((2, 1), 2**31 - 1, np.int32)
    chain = Chain((Dense(big), AllToAll(np.ones((), np.int32), 2, 1)))
    with pytest.raises(ValueError, match="add up beyond int32"):
        chain.rows(0, 1)
    ((_, operator),) = chain.by_delay()
    np.testing.assert_array_equal(operator(np.ones(1)), [2**32 - 2])
    with pytest.raises(ValueError, match="times 2 are beyond int32"):
        Chain((Dense(big), AllToAll(np.array(2, np.int32), 2, 1)))


def test_the_channel_of_a_chain() -> None:
    own = Dense(np.ones((2, 3)))
    one = OneToOne(np.ones(()), 2)
    channel = Chain((own, one)).target_channel()
    assert channel is not None
    np.testing.assert_array_equal(channel, [0, 1])
    assert Chain((own, AllToAll(np.ones(()), 2, 2))).target_channel() is None


def test_synapses_may_be_in_any_order_and_twice() -> None:
    ones = np.ones(4)
    source, target = np.array([1, 0, 1, 1]), np.array([2, 1, 0, 2])
    connectivity = Sparse.from_coordinates(source, target, ones, None, (2, 3))
    assert connectivity.delay is None
    np.testing.assert_array_equal(connectivity.target, [1, 0, 2, 2])
    np.testing.assert_array_equal(whole(connectivity)[0], [[0, 1, 0], [1, 0, 2]])
    unsorted = Sparse(np.array([0, 1, 4]), np.array([1, 2, 0, 2]), ones, None, 3)
    np.testing.assert_array_equal(unsorted.rows(0, 2).target, connectivity.target)
    with pytest.raises(ValueError, match=r"a source is not in 0\.\.1"):
        Sparse.from_coordinates(source + 1, target, ones, None, (2, 3))


def test_no_synapses_at_all() -> None:
    nothing = np.zeros(0, np.int64)
    connectivity = Sparse(np.array([0, 0]), nothing, np.zeros(0), None, 4)
    assert connectivity.delays == ()
    assert list(connectivity.by_delay()) == []
    assert reach(connectivity, 5.0) == 0.0


def test_arrays_cannot_be_changed() -> None:
    given_weights = np.ones((2, 2))
    connectivity = Dense(given_weights)
    given_weights[:] = 7.0
    np.testing.assert_array_equal(connectivity.weight, 1.0)
    with pytest.raises(ValueError, match="read-only"):
        connectivity.weight[0, 0] = 2.0


def test_text() -> None:
    line = wiring.text(Dense(np.eye(2)))
    assert line.startswith("Dense 2->2 ")
    assert len(line) == len("Dense 2->2 ") + 16


ONE, SQUARE = np.ones(()), (1, 4, 4)
NO_PAD = ((0, 0), (0, 0))
KERNEL = np.ones((1, 1, 2, 2))
UNITS = (1, 1)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Dense(np.ones(3)), "a matrix is needed"),
        (lambda: Dense(np.array([["a"]])), "weights are real numbers"),
        (lambda: Dense(np.array([[True]])), "weights are real numbers"),
        (lambda: Sparse(np.array([1, 1]), np.zeros(1), np.ones(1), None, 1), "does not count|int"),
        (lambda: Sparse(np.array([0, 2]), np.array([0]), np.ones(1), None, 1), "does not count"),
        (lambda: Sparse(np.array([0, 1, 0, 1]), np.array([0]), np.ones(1), None, 1), "not count"),
        (lambda: Sparse(np.array([], int), np.array([], int), np.ones(0), None, 1), "not count"),
        (lambda: Sparse(np.array([0, 1]), np.array([1]), np.ones(1), None, 1), r"not in 0\.\.0"),
        (lambda: Sparse(np.array([0, 1]), np.array([-1]), np.ones(1), None, 1), r"not in 0\.\.0"),
        (lambda: Sparse(np.array([0, 1]), np.array([0]), np.ones(2), None, 1), "weights of shape"),
        (
            lambda: Sparse(np.array([0, 1]), np.array([0]), np.ones(1), np.array([-1]), 1),
            "a delay of -1 ticks",
        ),
        (
            lambda: Sparse(np.array([0, 1]), np.array([0]), np.ones(1), np.array([1, 2]), 1),
            "delays of shape",
        ),
        (lambda: OneToOne(np.ones(2), 3), "3 cells, weights of shape"),
        (lambda: OneToOne(ONE, 3, np.zeros(2, np.int64)), "delays of shape"),
        (lambda: OneToOne(ONE, 1, np.array([-2])), "a delay of -2 ticks"),
        (lambda: AllToAll(np.ones(1), 1, 1), "one weight"),
        (lambda: Convolution(np.ones((1, 1, 2)), SQUARE, UNITS, NO_PAD, UNITS), "weights of shape"),
        (lambda: Convolution(KERNEL, (1, 0, 4), UNITS, NO_PAD, UNITS), "weights of shape"),
        (lambda: Convolution(KERNEL[:, :, :0], SQUARE, UNITS, NO_PAD, UNITS), "weights of shape"),
        (lambda: Convolution(KERNEL, SQUARE, (1,), NO_PAD, UNITS), "need 2 entries"),
        (lambda: Convolution(KERNEL, SQUARE, (0, 1), NO_PAD, UNITS), "at least 1"),
        (lambda: Convolution(KERNEL, SQUARE, UNITS, ((0, -1), (0, 0)), UNITS), "at least 0"),
        (lambda: Convolution(KERNEL, SQUARE, UNITS, ((0,), (0,)), UNITS), "before and after"),
        (lambda: Convolution(KERNEL, (2, 4, 4), UNITS, NO_PAD, UNITS), "2 channels in"),
        (lambda: Convolution(KERNEL, (2, 4, 4), UNITS, NO_PAD, UNITS, 2), "2 channels in"),
        (lambda: Convolution(KERNEL, (1, 1, 4), UNITS, NO_PAD, UNITS), "does not fit the input"),
        (lambda: Pool(np.ones(1), SQUARE, UNITS, UNITS, (0, 0)), "one weight"),
        (lambda: Pool(ONE, (1,), (), (), ()), r"is not \(channels"),
        (lambda: Pool(ONE, SQUARE, (1,), UNITS, (0, 0)), "need 2 entries"),
        (lambda: Pool(ONE, SQUARE, (0, 1), UNITS, (0, 0)), "at least 1"),
        (lambda: Pool(ONE, SQUARE, (5, 1), UNITS, (0, 0)), "does not fit the input"),
        (lambda: Chain(()), "at least one part"),
        (lambda: Chain((OneToOne(ONE, 2), OneToOne(ONE, 3))), "2 cells meet 3"),
        (lambda: Chain((Dense(np.eye(2)), Dense(np.eye(2)))), "at most one part"),
    ],
)
def test_what_is_no_connectivity(build: Callable[[], Connectivity], message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        build()


@pytest.mark.parametrize("largest", [3, 1 << 20, 1 << 40])
@pytest.mark.parametrize("count", [0, 1, 2, 300])
def test_rows_are_in_order_by_source_then_target_then_delay(count: int, largest: int) -> None:
    rng = np.random.default_rng(count)
    source, target = rng.integers(0, 5, count), rng.integers(0, largest, count)
    delay, weight = rng.integers(0, largest, count), np.arange(1, count + 1)
    rows = Rows.of_synapses(source, target, weight, delay, 5)
    order = np.lexsort((delay, target, source))
    np.testing.assert_array_equal(rows.weight, weight[order])
    np.testing.assert_array_equal(rows.target, target[order])
    np.testing.assert_array_equal(rows.delay, delay[order])
