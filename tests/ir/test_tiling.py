"""Projections on blocks of cells: by hand, and by naive Python integers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from somac.ir.connectivity import Chain, Connectivity, Convolution, Dense, OneToOne, Pool, Sparse
from somac.ir.datapath import Datapath, Instruction
from somac.ir.digest import digest_of
from somac.ir.errors import SomacError
from somac.ir.fixed import Format, Rounding
from somac.ir.integer import IntegerInput, IntegerNetwork, IntegerPopulation, IntegerProjection
from somac.ir.network import Output
from somac.ir.product import ProductCast
from somac.ir.serial import integer_from_files, integer_to_files
from somac.ir.simulate import golden
from somac.ir.tiling import Block, Converters, Tiling, column_sums, converted, tiling_problem

WIDE = Format(60, 60)
SENT = Format(3, 3, False)
PLAIN = Converters(1, 3, "bipolar", 2, 2, "differential", -127, 127)


def block(
    weights: Any, sources: Any = None, targets: Any = None, steps: Any = None, delay: int = 0
) -> Block:
    """Cells that are used once, the first sources and targets in order, unless it is said."""
    kept = np.array(weights, np.int32)
    rows, columns = kept.shape
    return Block(
        kept,
        np.array([range(rows)] if sources is None else sources, np.int32),
        np.array([range(columns)] if targets is None else targets, np.int32),
        delay,
        np.array(steps or [1, 1], np.int64),
    )


def added(tiling: Tiling, signals: Any, targets: int = 8) -> list[list[int]]:
    """What blocks of delay 0 add for each row of signals."""
    anything = Dense(np.zeros((targets, np.shape(signals)[1]), np.int32))
    ((_, operator),) = tiling.by_delay(anything)
    found: list[list[int]] = operator(np.array(signals, np.int64)).tolist()
    return found


def network(
    wiring: Connectivity, tiling: Tiling | None, sent: Format = SENT, **more: Any
) -> IntegerNetwork:
    """One projection to a port that hands its sum on."""
    port = Instruction("input", WIDE, name="x")
    relay = Datapath("relay", (port,), {}, 0, "value")
    return IntegerNetwork(
        "n",
        1.0,
        (IntegerInput("in", (wiring.source_size,), "value", sent),),
        (IntegerPopulation("p", (wiring.target_size,), relay, {}, {}),),
        (IntegerProjection("w", "in", "p", "x", wiring, tiling=tiling, **more),),
        (Output("out", "p"),),
    )


# --- by hand ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("total", "step", "code"),
    [
        (4, 10, 0),
        (5, 10, 1),
        (-5, 10, -1),
        (-4, 10, 0),
        (14, 10, 1),
        (15, 10, 2),
        (-15, 10, -2),
        (1, 3, 0),
        (2, 3, 1),
        (-2, 3, -1),
        (4, 3, 1),
        (5, 3, 2),
        (7, 1, 7),
        (8, 1, 7),
        (-9, 1, -8),
        (0, 4, 0),
    ],
)
def test_codes_are_the_nearest_halves_away_from_zero_then_clipped(
    total: int, step: int, code: int
) -> None:
    converters = replace(PLAIN, low=-8, high=7)
    assert converters.convert(np.array([total]), np.array([step])).tolist() == [code]


def test_each_pulse_and_plane_is_rounded_by_itself() -> None:
    # 7 = 3 + 4 * 1 in cells of two bits; a signal of 3 is two pulses of 1, and a third of 0
    tiling = Tiling.of(PLAIN, [block([[7]], steps=[2, 1])])
    # pulses: 3 -> 2 * 2 (half away), 1 -> 1 * 4: 8 each, times 1 + 2
    assert added(tiling, [[3], [-3], [0]], 1) == [[24], [-24], [0]]
    assert added(Tiling.of(PLAIN, [block([[7]])]), [[3], [-3]], 1) == [[21], [-21]]


def test_pairs_are_subtracted_before_conversion_and_separate_cells_after() -> None:
    weights = [[3], [-2]]
    pair = Tiling.of(PLAIN, [block(weights, steps=[2, 2])])
    # 3 - 2 = 1 -> 1 * 2
    assert added(pair, [[1, 1]], 1) == [[2]]
    separate = replace(PLAIN, polarity="separate")
    apart = Tiling.of(separate, [block(weights, steps=[2, 2, 2, 2])])
    # 3 -> 2 * 2, 2 -> 1 * 2
    assert added(apart, [[1, 1]], 1) == [[2]]
    assert added(apart, [[1, 0], [0, 1], [0, -1]], 1) == [[4], [-2], [2]]


def test_an_offset_is_taken_off_exactly() -> None:
    offset = Converters(1, 2, "none", 2, 1, "offset", 0, 255)
    tiling = Tiling.of(offset, [block([[1], [-2]], steps=[2])])
    # codes 3 and 0, offset 2: for 1, 3 -> 2 * 2 - 2; for 2, the same in the second pulse
    assert added(tiling, [[1, 0], [2, 0], [0, 1], [3, 3]], 1) == [[2], [4], [-2], [0]]


def test_phases_are_pulses_of_their_own() -> None:
    phases = replace(PLAIN, signs="phases")
    tiling = Tiling.of(phases, [block([[1], [1]], steps=[2, 1])])
    # 1 and -1 meet in no pulse: 1 -> 1 * 2, and the same again with the other sign
    assert added(tiling, [[1, -1], [1, 0], [0, -1], [1, 1]], 1) == [[0], [2], [-2], [2]]
    assert added(Tiling.of(PLAIN, [block([[1], [1]], steps=[2, 1])]), [[1, -1]], 1) == [[0]]


@pytest.mark.parametrize("step", [1 << 20, 1 << 23, (1 << 23) + 1, 1 << 40, 1 << 53])
def test_steps_of_any_size(step: int) -> None:
    wide = Converters(6, 8, "phases", 15, 2, "differential", -(1 << 31), 1 << 31)
    tiling = Tiling.of(wide, [block([[(1 << 30) - 1], [-7], [40000]], steps=[step, 3])])
    signals = [[(1 << 48) - 1, -(1 << 47) - 5, 77], [-3, 1 << 40, 9999], [63, 63, 63]]
    # sums are what they are modulo 2**64, and ports are not wider
    meant = [(naive(tiling, one, 1)[0] + (1 << 63)) % (1 << 64) - (1 << 63) for one in signals]
    assert added(tiling, signals, 1) == [[one] for one in meant]


def test_rows_and_columns_that_no_use_takes() -> None:
    kernel = block([[1, 3], [2, 0]], [[0, 1], [1, -1], [2, 0]], [[0, 1], [2, -1], [0, 2]])
    made = added(Tiling.of(PLAIN, [kernel]), [[1, 0, 0], [0, 1, 0], [0, 0, 1]], 3)
    assert made == [[1 + 2, 3, 0], [2, 0, 1], [1, 0, 3]]


def test_no_use_is_no_block_and_no_block_adds_nothing() -> None:
    empty = Tiling.of(PLAIN, [])
    assert list(empty.by_delay(Dense(np.zeros((2, 2), np.int32)))) == []
    nothing = Sparse(np.zeros(3, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int32), None, 2)
    made = network(nothing, empty)
    assert golden(made, {"in": np.ones((1, 2, 2), np.int64)}).signals["out"].tolist() == [
        [[0, 0], [0, 0]]
    ]


def test_blocks_have_delays() -> None:
    weight = np.array([5, 7], np.int32)
    wiring = Sparse(np.array([0, 1, 2]), np.array([0, 0]), weight, np.array([0, 2]), 1)
    blocks = [block([[5]], [[0]]), block([[7]], [[1]], delay=2)]
    made = network(wiring, Tiling.of(PLAIN, blocks), delay=1)
    given_signals = np.array([[[1, 1], [0, 0], [2, 3], [0, 0], [0, 0], [0, 0]]])
    out = golden(made, {"in": given_signals}).signals["out"][0, :, 0]
    assert out.tolist() == [0, 5, 0, 10 + 7, 0, 21]


# --- against naive integers ---------------------------------------------------------------------


def digits(value: int, bits: int, count: int) -> list[int]:
    sign, rest = (-1 if value < 0 else 1), abs(value)
    found = []
    for _ in range(count):
        found.append(sign * (rest % 2**bits))
        rest //= 2**bits
    assert rest == 0
    return found


def pulses_of(c: Converters, r: int) -> list[tuple[int, int]]:
    """(pulse, factor) of a signal, in order."""
    factors = [2 ** (c.pulse_bits * b) for b in range(c.pulses)]
    if c.signs != "phases":
        return list(zip(digits(r, c.pulse_bits, c.pulses), factors, strict=True))
    up = digits(max(r, 0), c.pulse_bits, c.pulses)
    down = digits(max(-r, 0), c.pulse_bits, c.pulses)
    return [
        *zip(up, factors, strict=True),
        *((x, -f) for x, f in zip(down, factors, strict=True)),
    ]


def planes_of(c: Converters, w: int) -> list[tuple[int, int]]:
    """(cell, factor) of a weight, in order of the planes."""
    factors = [2 ** (c.cell_bits * k) for k in range(c.slices)]
    if c.polarity == "offset":
        code = w + 2 ** (c.cell_bits * c.slices - 1)
        return list(zip(digits(code, c.cell_bits, c.slices), factors, strict=True))
    found = list(zip(digits(w, c.cell_bits, c.slices), factors, strict=True))
    if c.polarity == "differential":
        return found
    return [pair for m, g in found for pair in ((max(m, 0), g), (max(-m, 0), -g))]


def naive(tiling: Tiling, signals: list[int], size: int) -> list[int]:
    """3.11 of `docs/reference/semantics.md`, word for word, in Python's integers."""
    c = tiling.converters
    out = [0] * size
    for b in tiling.blocks:
        rows, columns = b.weights.shape
        for use in range(b.uses):
            driven = [signals[s] if s >= 0 else 0 for s in b.sources[use].tolist()]
            for column in range(columns):
                target = int(b.targets[use, column])
                if target < 0:
                    continue
                weights = [int(b.weights[row, column]) for row in range(rows)]
                pulses = [pulses_of(c, r) for r in driven]
                planes = [planes_of(c, w) for w in weights]
                for firing in range(len(pulses[0])):
                    for plane in range(len(planes[0])):
                        total = sum(
                            x[firing][0] * m[plane][0] for x, m in zip(pulses, planes, strict=True)
                        )
                        step = int(b.steps[plane])
                        code = (2 * abs(total) + step) // (2 * step) * (-1 if total < 0 else 1)
                        code = max(c.low, min(c.high, code))
                        out[target] += pulses[0][firing][1] * planes[0][plane][1] * step * code
                if c.polarity == "offset":
                    out[target] -= 2 ** (c.cell_bits * c.slices - 1) * sum(driven)
    return out


@st.composite
def any_converters(draw: st.DrawFn, exact: bool = False) -> Converters:
    cell_bits = draw(st.integers(1, 4))
    slices = draw(st.integers(1, min(8, 31 // cell_bits)))
    bits = 40 if exact else draw(st.integers(4, 14))
    signed = exact or draw(st.booleans())
    high = 2 ** (bits - 1) - 1 if signed else 2**bits - 1
    return Converters(
        draw(st.integers(1, 4)),
        draw(st.integers(1, 8)),
        draw(st.sampled_from(("none", "bipolar", "phases"))),
        cell_bits,
        slices,
        draw(st.sampled_from(("differential", "separate", "offset"))),
        -high if signed else 0,
        high,
    )


SOURCES, TARGETS = 5, 4


@st.composite
def any_tilings(draw: st.DrawFn, exact: bool = False) -> Tiling:
    converters = draw(any_converters(exact))
    low, high = converters.weights

    def ints(least: int, most: int, *shape: int) -> Any:
        size = int(np.prod(shape))
        values = draw(st.lists(st.integers(least, most), min_size=size, max_size=size))
        return np.array(values, np.int64).reshape(shape)

    blocks = []
    for _ in range(draw(st.integers(1, 3))):
        rows, columns, uses = (draw(st.integers(1, most)) for most in (4, 3, 3))
        blocks.append(
            Block(
                ints(low, high, rows, columns).astype(np.int32),
                ints(-1, SOURCES - 1, uses, rows).astype(np.int32),
                ints(-1, TARGETS - 1, uses, columns).astype(np.int32),
                0,
                ints(1, 1 if exact else draw(st.sampled_from((1, 4, 9))), converters.planes),
            )
        )
    return Tiling.of(converters, blocks)


@given(any_tilings(), st.data())
def test_sums_are_those_of_naive_integers(tiling: Tiling, data: st.DataObject) -> None:
    low, high = tiling.converters.signals
    vector = st.lists(st.integers(low, high), min_size=SOURCES, max_size=SOURCES)
    signals = data.draw(st.lists(vector, min_size=1, max_size=3))
    meant = [naive(tiling, one, TARGETS) for one in signals]
    assert added(tiling, signals, TARGETS) == meant


def covered(tiling: Tiling) -> Sparse:
    """The synapses that blocks have, one by one."""
    found: dict[tuple[int, int], int] = {}
    for b in tiling.blocks:
        for sources, targets in zip(b.sources.tolist(), b.targets.tolist(), strict=True):
            for row, source in enumerate(sources):
                for column, target in enumerate(targets):
                    if source >= 0 and target >= 0:
                        pair = source, target
                        found[pair] = found.get(pair, 0) + int(b.weights[row, column])
    source, target = np.array([*found], np.int64).reshape(-1, 2).T
    weight = np.array([*found.values()], np.int64).astype(np.int32)
    return Sparse.from_coordinates(source, target, weight, None, (SOURCES, TARGETS))


def sent_by(converters: Converters) -> Format:
    """The widest format that pulses carry."""
    bits = converters.pulse_bits * converters.pulses
    return Format(bits, bits, False) if converters.signs == "none" else Format(bits, bits)


@given(any_tilings(exact=True), st.data())
def test_without_rounding_nothing_changes(tiling: Tiling, data: st.DataObject) -> None:
    sent = sent_by(tiling.converters)
    size = st.lists(st.integers(sent.minimum, sent.maximum), min_size=SOURCES, max_size=SOURCES)
    inputs = {"in": np.array(data.draw(st.lists(size, min_size=1, max_size=3)))[None]}
    wiring = covered(tiling)
    seen = golden(network(wiring, tiling, sent), inputs).signals["out"]
    meant = golden(network(wiring, None, sent), inputs).signals["out"]
    np.testing.assert_array_equal(seen, meant)


@given(any_tilings(), st.data())
def test_codes_add_up_to_sums(tiling: Tiling, data: st.DataObject) -> None:
    low, high = tiling.converters.signals
    vector = st.lists(st.integers(low, high), min_size=SOURCES, max_size=SOURCES)
    signals = np.array(data.draw(st.lists(vector, min_size=1, max_size=3)), np.int64)
    c = tiling.converters
    for b in tiling.blocks:
        sums, codes = column_sums(c, b, signals), converted(c, b, signals)
        shape = (len(c.pulse_factors), len(signals), b.uses, c.planes, b.weights.shape[1])
        assert sums.shape == codes.shape == shape
        np.testing.assert_array_equal(codes, c.convert(sums, b.steps[:, None]))
        # without converters the planes and pulses are the products
        weighed = (sums * c.plane_factors[:, None]).sum(axis=3)
        whole = np.tensordot(c.pulse_factors, weighed, axes=1)
        driven = np.where(b.sources < 0, 0, signals[:, b.sources])
        whole -= c.offset * driven.sum(axis=-1, keepdims=True)
        np.testing.assert_array_equal(whole, driven @ b.weights.astype(np.int64))


@given(any_tilings(), st.data())
def test_samples_are_independent(tiling: Tiling, data: st.DataObject) -> None:
    low, high = tiling.converters.signals
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    signals = rng.integers(low, high, (17, SOURCES), endpoint=True)
    assert added(tiling, signals, TARGETS) == [
        added(tiling, one[None], TARGETS)[0] for one in signals
    ]


def test_long_runs_are_cut_without_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    tiling = Tiling.of(
        replace(PLAIN, low=-9, high=9),
        [
            block(
                rng.integers(-15, 16, (6, 4)),
                rng.integers(-1, 9, (5, 6)),
                steps=[2, 3],
                targets=rng.integers(-1, 8, (5, 4)),
            )
        ],
    )
    signals = rng.integers(-7, 8, (33, 9))
    meant = added(tiling, signals)
    monkeypatch.setattr("somac.ir.tiling.sums._BLOCK", 1)
    assert added(tiling, signals) == meant


# --- what belongs together ----------------------------------------------------------------------


def kernel() -> tuple[Convolution, Block]:
    """A convolution in one dimension, and its kernel with a use per place."""
    weight = np.array([[[1, -2, 3]], [[0, 4, -5]]], np.int32)
    wiring = Convolution(weight, (1, 4), (1,), ((1, 1),), (1,))
    places = np.arange(4)
    sources = places[:, None] + np.arange(-1, 2)
    sources[sources > 3] = -1
    return wiring, block(weight[:, 0].T, sources, np.stack((places, 4 + places), axis=1))


def test_a_tiled_network_through_files() -> None:
    wiring, cells = kernel()
    made = network(wiring, Tiling.of(PLAIN, [cells]))
    again = integer_from_files(integer_to_files(made, "golden"), "golden")
    assert again.digest() == made.digest()
    tiling = again.projections[0].tiling
    assert tiling is not None
    assert digest_of(tiling) == digest_of(made.projections[0].tiling)
    assert len(tiling) == 1


def test_digest_and_text_tell_tilings_apart() -> None:
    wiring, cells = kernel()
    made = [
        network(wiring, tiling)
        for tiling in (
            None,
            Tiling.of(PLAIN, [cells]),
            Tiling.of(PLAIN, [replace(cells, steps=np.array([1, 2]))]),
            Tiling.of(replace(PLAIN, high=63), [cells]),
        )
    ]
    assert len({n.digest() for n in made}) == len(made)
    line = next(line for line in made[1].text().splitlines() if line.startswith("projection"))
    assert line.endswith(" tiling 1 block of 3x1 bipolar pulses, 2x2 differential cells, -127..127")
    assert "tiling" not in made[0].text()


def test_arrays_of_a_tiling_cannot_be_written() -> None:
    tiling = Tiling.of(PLAIN, [kernel()[1]])
    for name in ("rows", "columns", "uses", "delay", "weights", "sources", "targets", "steps"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(tiling, name)[...] = 0
    (again,) = tiling.blocks
    np.testing.assert_array_equal(again.weights, kernel()[1].weights)
    np.testing.assert_array_equal(again.sources, kernel()[1].sources)
    assert again.uses == 4


def test_chains_and_pools_have_tilings_as_well() -> None:
    pool = Pool(np.int32(3), (1, 4), (2,), (2,), (0,))
    pooled = block([[3], [3]], [[0, 1], [2, 3]], [[0], [1]])
    made = network(pool, Tiling.of(PLAIN, [pooled]))
    chain = Chain((pool, Dense(np.array([[1, -2]], np.int32))))
    rest = block([[3], [-6]], [[0, 2], [1, 3]], [[0], [0]])
    both = network(chain, Tiling.of(PLAIN, [rest]))
    inputs = {"in": np.array([[[1, 2, 3, 4]]])}
    assert golden(made, inputs).signals["out"].tolist() == [[[9, 21]]]
    assert golden(both, inputs).signals["out"].tolist() == [[[9 - 42]]]


@pytest.mark.parametrize(
    ("changed", "sent", "problem"),
    [
        ({}, Format(5, 5), "it is sent -16 to 15, and pulses carry -7 to 7"),
        ({}, Format(4, 4), "it is sent -8 to 7, and pulses carry -7 to 7"),
        ({"signs": "none"}, Format(2, 2), "it is sent -2 to 1, and pulses carry 0 to 7"),
        ({"slices": 1}, Format(3, 3), "its blocks weigh -5 to 4, cells -3 to 3"),
        (
            {"polarity": "offset", "cell_bits": 3, "slices": 1},
            Format(3, 3),
            "its blocks weigh -5 to 4, cells -4 to 3",
        ),
    ],
)
def test_signals_and_weights_beyond_converters(
    changed: dict[str, Any], sent: Format, problem: str
) -> None:
    wiring, cells = kernel()
    converters = replace(PLAIN, **changed)
    tiling = Tiling.of(converters, [replace(cells, steps=np.ones(converters.planes, np.int64))])
    assert tiling_problem(tiling, wiring, sent) == problem
    with pytest.raises(SomacError, match="E0501"):
        network(wiring, tiling, sent)


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"sources": np.full((4, 3), 4)}, "sources of its blocks are not within 4 cells"),
        ({"sources": np.full((4, 3), -2)}, "sources of its blocks are not within 4 cells"),
        ({"targets": np.full((4, 2), 8)}, "targets of its blocks are not within 8 cells"),
        ({"targets": np.full((4, 2), -2)}, "targets of its blocks are not within 8 cells"),
        ({"targets": np.full((4, 2), -1)}, "its blocks do not have every synapse once"),
        ({"weights": np.ones((3, 2), np.int32)}, "its blocks do not have every synapse once"),
        ({"delay": 1}, "its blocks do not have every synapse once"),
    ],
)
def test_blocks_that_are_not_the_projection(changed: dict[str, Any], problem: str) -> None:
    wiring, cells = kernel()
    tiling = Tiling.of(PLAIN, [replace(cells, **changed)])
    assert tiling_problem(tiling, wiring, SENT) == problem
    assert tiling_problem(Tiling.of(PLAIN, [cells]), wiring, SENT) is None


def test_more_ways_than_there_are_numbers() -> None:
    wiring = Sparse(np.array([0, 1]), np.array([0]), np.array([5], np.int32), None, 1 << 62)
    tiling = Tiling.of(PLAIN, [block([[5]]), block([[5]], delay=1)])
    found = tiling_problem(tiling, wiring, SENT)
    assert found == "its cells and delays are more than can be numbered"


def test_synapses_twice_are_not_once() -> None:
    wiring, cells = kernel()
    tiling = Tiling.of(PLAIN, [cells, cells])
    found = tiling_problem(tiling, wiring, SENT)
    assert found == "its blocks do not have every synapse once"


def test_a_chain_whose_weights_add_up_too_far() -> None:
    pool = Pool(np.int32(1), (1, 2), (2,), (1,), (1,))
    big = Dense(np.full((1, 3), 1 << 30, np.int32))
    found = tiling_problem(Tiling.of(PLAIN, []), Chain((pool, big)), SENT)
    assert found == "the weights of a chain add up beyond int32"


def test_blocks_do_not_convert_products() -> None:
    wiring, cells = kernel()
    product = ProductCast(1, Rounding.RND)
    with pytest.raises(SomacError, match="neither learns nor converts its products"):
        network(wiring, Tiling.of(PLAIN, [cells]), product=product)


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"pulse_bits": 0}, "one bit or more"),
        ({"pulses": 0}, "one bit or more"),
        ({"cell_bits": 0}, "one bit or more"),
        ({"slices": 0}, "one bit or more"),
        ({"pulse_bits": 7, "pulses": 7}, "7 pulses of 7 bits, more than 48 in all"),
        ({"cell_bits": 4, "slices": 8}, "8 cells of 4 bits, more than 31 in all"),
        ({"low": 1}, "codes from 1 to 127"),
        ({"low": -1, "high": 0}, "codes from -1 to 0"),
    ],
)
def test_converters_that_there_cannot_be(changed: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        replace(PLAIN, **changed)


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"rows": np.array([0])}, "rows of a tiling are not 1 or more for each block"),
        ({"columns": np.array([2, 2])}, "columns of a tiling are not 1 or more for each block"),
        ({"uses": np.array([-4])}, "uses of a tiling are not 1 or more for each block"),
        ({"delay": np.array([-1])}, "delay of a tiling are not 0 or more for each block"),
        ({"weights": np.zeros(5, np.int32)}, "weights of a tiling are not those of its blocks"),
        ({"sources": np.zeros(11, np.int32)}, "sources of a tiling are not those of its blocks"),
        ({"targets": np.zeros(9, np.int32)}, "targets of a tiling are not those of its blocks"),
        ({"targets": np.full(8, 1 << 31)}, "targets of a tiling take more than 32 bits"),
        ({"steps": np.array([[1, 0]])}, "steps of a tiling are not 1 to"),
        ({"steps": np.array([[1, (1 << 53) + 1]])}, "steps of a tiling are not 1 to"),
        ({"steps": np.array([[1]])}, "steps of a tiling are not 1 to"),
        (
            {
                "converters": Converters(24, 2, "none", 28, 1, "offset", 0, 9),
                "steps": np.ones((1, 1), int),
            },
            "which float64 does not hold exactly",
        ),
    ],
)
def test_tilings_that_there_cannot_be(changed: dict[str, Any], problem: str) -> None:
    tiling = Tiling.of(PLAIN, [kernel()[1]])
    with pytest.raises(ValueError, match=problem):
        replace(tiling, **changed)


def test_numbers_of_converters() -> None:
    separate = replace(PLAIN, polarity="separate", signs="phases")
    offset = replace(PLAIN, polarity="offset", signs="none")
    assert [c.planes for c in (PLAIN, separate, offset)] == [2, 4, 2]
    assert [c.cells for c in (PLAIN, separate, offset)] == [4, 4, 2]
    assert [c.offset for c in (PLAIN, separate, offset)] == [0, 0, 8]
    assert [c.weights for c in (PLAIN, separate, offset)] == [(-15, 15), (-15, 15), (-8, 7)]
    assert [c.signals for c in (PLAIN, separate, offset)] == [(-7, 7), (-7, 7), (0, 7)]
    assert separate.pulse_factors.tolist() == [1, 2, 4, -1, -2, -4]
    assert separate.plane_factors.tolist() == [1, -1, 4, -4]


def test_one_to_one_on_cells() -> None:
    wiring = OneToOne(np.array([3, -2], np.int32), 2)
    blocks = [block([[3]], [[0]], [[0]]), block([[-2]], [[1]], [[1]])]
    made = network(wiring, Tiling.of(PLAIN, blocks), SENT)
    assert golden(made, {"in": np.array([[[5, 6]]])}).signals["out"].tolist() == [[[15, -12]]]
