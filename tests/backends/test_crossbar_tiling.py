"""Networks on arrays: the same signals where converters have codes enough, and said where not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from crossbar_cases import chip
from crossbar_wires import one_projection, wirings
from hypothesis import given, settings
from hypothesis import strategies as st

from somac.backends.api import Guidance
from somac.backends.crossbar.choice.bounds import sum_bounds
from somac.backends.crossbar.choice.forms import form_of
from somac.backends.crossbar.tiling import legalise
from somac.backends.crossbar.tiling.cuts import cut
from somac.backends.crossbar.tiling.seen import clipped_by_column, fidelity, signals_of
from somac.backends.crossbar.tiling.steps import choose_steps
from somac.compiler.inputs import raw_inputs
from somac.compiler.load import load_model
from somac.compiler.passes.quantise import quantise
from somac.compiler.stimuli import random_stimuli
from somac.compiler.testing.networks import Case, cases
from somac.ir.connectivity import (
    AllToAll,
    Chain,
    Connectivity,
    Convolution,
    Dense,
    OneToOne,
    Pool,
    Sparse,
)
from somac.ir.datapath import Datapath, Instruction
from somac.ir.errors import Severity, SomacError
from somac.ir.fixed import BOOL, Format, Overflow
from somac.ir.integer import IntegerNetwork, IntegerPopulation
from somac.ir.random_device import RandomDevice, ReadBack
from somac.ir.simulate import golden
from somac.ir.target import Target
from somac.ir.tiling import Block, Converters, Tiling, column_sums, tiling_problem

MODELS = (
    "braille_noDelay_bias_zero",
    "braille_noDelay_bias_zero_subgraph",
    "cnn_sinabs",
    "l2mu_braille7",
    "lif_norse",
    "lif_rockpool",
    "older/braille__047410e9",
    "older/braille__82d89d42",
    "older/braille_flattened__19004303",
    "older/braille_noDelay_bias_zero_subgraph__24057376",
    "older/braille_v2__50b2fc28",
    "older/braille_v2a__64a0b954",
    "older/braille_zero_subgraph__c5db44fe",
    "older/lif_norse__2b0feb3d",
    "older/lif_norse__ce5f8e1c",
    "older/scnn_mnist__232ebad8",
    "older/scnn_mnist__e5ac8325",
    "older/two_lif_neurons__b23438d4",
)
# of these, shapes do not fit (E0145), whatever they are compiled for
NO_NETWORKS = ("older/braille__c381ba29", "older/scnn_mnist__ac9b3878")

WIDE = {"adc_bits": 30, "max_pulses": 16, "max_slices": 8}


def tilings(network: IntegerNetwork) -> dict[str, Tiling]:
    return {p.name: p.tiling for p in network.projections if p.tiling is not None}


def same(network: IntegerNetwork, legal: IntegerNetwork, inputs: dict[str, Any]) -> None:
    """Every signal of every population is the same."""
    names = [p.name for p in network.populations]
    meant, seen = (golden(n, inputs, record=names).signals for n in (network, legal))
    for name in names:
        np.testing.assert_array_equal(seen[name], meant[name])


def test_every_model_is_looked_at(shared: Path) -> None:
    folder = shared / "nir"
    found = {str(p.relative_to(folder).with_suffix("")) for p in folder.rglob("*.nir")}
    assert found == {*MODELS, *NO_NETWORKS}


@pytest.mark.parametrize("size", [128, 512])
@pytest.mark.parametrize("model", MODELS)
def test_models_on_arrays_send_the_same(shared: Path, model: str, size: int) -> None:
    network = quantise(load_model(shared / "nir" / f"{model}.nir").network).network
    legal = legalise(network, chip(rows=size, columns=size, cell_bits=4, adc_bits=16))
    assert {d.severity for d in legal.notes} == {Severity.NOTE}
    found = tilings(legal.network)
    assert bool(found) == ("lif_" not in model)
    for tiling in found.values():
        assert (tiling.steps == 1).all()
        assert tiling.rows.max() <= size
        assert tiling.columns.max() * tiling.converters.cells <= size
    stimuli = random_stimuli(network.inputs, 3, 12, seed=5)
    same(network, legal.network, raw_inputs(stimuli, network.inputs))


def any_array(draw: st.DrawFn, bits: int, **more: Any) -> dict[str, Any]:
    """An array of 1 to 8 cells a weight and 1 to 8 pulses a signal, or more where need be."""
    polarity = draw(st.sampled_from(("differential", "separate", "offset")))
    return {
        "rows": draw(st.integers(1, 12)),
        "columns": draw(st.sampled_from((16, 24, 64))),
        "cell_bits": draw(st.integers(1 if bits < 9 else 3, 8)),
        "max_slices": 12,
        "polarity": polarity,
        "pulse_bits": draw(st.integers(1, 8)),
        "max_pulses": 48,
        "signs": draw(st.sampled_from(("bipolar", "phases"))),
    } | more


@given(wirings(), st.data())
def test_blocks_have_every_synapse_once(wiring: Connectivity, data: st.DataObject) -> None:
    rows, columns = data.draw(st.integers(1, 12)), data.draw(st.integers(1, 9))
    blocks = [
        Block(k.weights.astype(np.int32), k.sources, k.targets, k.delay, np.ones(1, np.int64))
        for form in form_of(wiring)
        for k in cut(form, rows, columns)
    ]
    wide = Converters(1, 1, "none", 20, 1, "differential", -1, 1)
    tiling = Tiling.of(wide, blocks)
    assert tiling_problem(tiling, wiring, BOOL) is None
    for b in blocks:
        assert b.weights.shape[0] <= rows
        assert b.weights.shape[1] <= columns
        # nothing that is not there takes cells or time
        assert (b.weights != 0).any(axis=0).all()
        assert (b.weights != 0).any(axis=1).all()
        assert (b.sources >= 0).any(axis=1).all()


@given(wirings(), st.data())
def test_one_projection_sends_the_same(wiring: Connectivity, data: st.DataObject) -> None:
    sent = data.draw(st.sampled_from((BOOL, Format(4, 4), Format(7, 7, False), Format(1, 1))))
    network = one_projection(wiring, sent)
    # synapses of one way add up to more bits than each has
    array = any_array(data.draw, 16, adc_bits=30, adc_signed=True)
    legal = legalise(network, chip(**array)).network
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    signals = rng.integers(sent.minimum, sent.maximum, (2, 5, wiring.source_size), endpoint=True)
    same(network, legal, {"in": signals})


@settings(max_examples=60)
@given(cases(max_populations=4, max_cells=24), st.data())
def test_random_networks_send_the_same(case: Case, data: st.DataObject) -> None:
    network = quantise(case.network).network
    array = any_array(data.draw, 16, adc_bits=30, adc_signed=True)
    legal = legalise(network, chip(**array)).network
    same(network, legal, raw_inputs(case.inputs, network.inputs))


@settings(max_examples=40)
@given(cases(max_populations=3, max_cells=24), st.data())
def test_random_networks_with_few_codes(case: Case, data: st.DataObject) -> None:
    """Whatever converters have, blocks are right, and without samples nothing is clipped."""
    network = quantise(case.network).network
    array = any_array(data.draw, 16, adc_bits=data.draw(st.integers(4, 14)), adc_signed=True)
    inputs = raw_inputs(case.inputs, network.inputs)
    names = {p.source for p in network.projections}
    for samples in ({}, inputs):
        legal = legalise(network, chip(**array), Guidance(samples=samples))
        seen = golden(legal.network, inputs, record=names).signals
        warned = {d.place.node for d in legal.notes if d.code == "E0665"}
        for p in legal.network.projections:
            if p.tiling is None:
                continue
            assert (p.name in warned) or (p.tiling.steps == 1).all()
            flat = seen[p.source].reshape(-1, seen[p.source].shape[-1])
            assert samples or fidelity(p, p.tiling, flat).clipped == 0


# --- what goes to arrays, and as what ------------------------------------------------------------


def of(made: Any) -> Tiling | None:
    (p,) = made.network.projections
    found: Tiling | None = p.tiling
    return found


@pytest.mark.parametrize(
    ("wiring", "tiled"),
    [
        (OneToOne(np.full(9, 3, np.int32), 9), False),
        (Pool(np.int32(1), (1, 8, 8), (8, 8), (8, 8), (0, 0)), False),
        (
            Chain((Pool(np.int32(1), (1, 4, 4), (2, 2), (2, 2), (0, 0)), OneToOne(np.int32(2), 4))),
            False,
        ),
        # codes of two cells are two additions
        (Dense(np.full((5, 2), 15, np.int32)), False),
        (Dense(np.full((5, 3), 15, np.int32)), True),
        (Dense(np.full((5, 3), 3, np.int32)), True),
        (Dense(np.zeros((5, 3), np.int32)), False),
        (AllToAll(np.int32(7), 5, 5), True),
    ],
)
def test_adders_do_what_is_no_more_work_than_codes(wiring: Connectivity, tiled: bool) -> None:
    made = legalise(one_projection(wiring, BOOL), chip())
    assert (of(made) is not None) == tiled
    assert [d.code for d in made.notes] == ["E0666"]
    assert ("exactly: w" in made.notes[0].message) == (not tiled)


def test_signals_of_several_bits_are_more_additions() -> None:
    # 8 bits of two signals, one addition each, against 8 pulses of two codes; against one of 8 bits
    wiring = Dense(np.full((5, 2), 15, np.int32))
    made = one_projection(wiring, Format(8, 8, False))
    assert of(legalise(made, chip())) is None
    assert of(legalise(made, chip(pulse_bits=8))) is not None
    # one synapse is no sum
    single = one_projection(Dense(np.full((5, 1), 15, np.int32)), Format(8, 8, False))
    assert of(legalise(single, chip(pulse_bits=8))) is None


def dense(targets: int, sources: int, seed: int = 0) -> Dense:
    rng = np.random.default_rng(seed)
    weights = rng.integers(1, 128, (targets, sources)) * rng.choice((-1, 1), (targets, sources))
    return Dense(weights.astype(np.int32))


def test_converters_are_as_few_as_need_be() -> None:
    wiring = dense(8, 20)
    for sent, array, text in (
        (BOOL, {"cell_bits": 4}, "1x1 unsigned pulses, 2x4 differential cells, -127..127"),
        (Format(8, 8, False), {}, "8x1 unsigned pulses, 4x2 differential cells, -127..127"),
        (Format(8, 8), {"pulse_bits": 3}, "3x3 bipolar pulses, 4x2 differential cells, -127..127"),
        (Format(9, 9), {"pulse_bits": 8}, "2x5 bipolar pulses, 4x2 differential cells, -127..127"),
        (
            Format(4, 4),
            {"signs": "phases", "polarity": "offset", "cell_bits": 7, "adc_signed": False},
            "4x1 two-phase pulses, 2x4 offset cells, 0..255",
        ),
        (
            BOOL,
            {"polarity": "separate", "cell_bits": 5, "adc_signed": False},
            "1x1 unsigned pulses, 2x4 separate cells, 0..255",
        ),
    ):
        found = of(legalise(one_projection(wiring, sent), chip(rows=32, columns=64, **array)))
        assert found is not None
        assert str(found.converters) == text


def test_matrices_are_cut_into_few_equal_blocks() -> None:
    made = legalise(one_projection(dense(100, 300), BOOL), chip(rows=128, columns=128, cell_bits=4))
    tiling = of(made)
    assert tiling is not None
    assert tiling.rows.tolist() == [100] * 12
    assert tiling.columns.tolist() == [25] * 12
    assert made.notes[0].message == (
        "projection w: 12 blocks of 1x1 unsigned pulses, 2x4 differential cells, -127..127, "
        "120,000 cells, used 12 times in a step"
    )
    uneven = of(legalise(one_projection(dense(10, 131), BOOL), chip(rows=128, columns=128)))
    assert uneven is not None
    assert sorted(uneven.rows.tolist()) == [65, 66]


def test_columns_that_share_sources_share_blocks() -> None:
    rng = np.random.default_rng(4)
    groups, size = 9, 8
    matrix = np.kron(np.eye(groups, dtype=np.int32), np.full((size, size), 5, np.int32))
    matrix = matrix[rng.permutation(groups * size)][:, rng.permutation(groups * size)]
    source, target = np.nonzero(matrix)
    wiring = Sparse.from_coordinates(source, target, matrix[source, target], None, matrix.shape)
    (form,) = form_of(wiring)
    blocks = list(cut(form, size, size))
    assert [b.weights.shape for b in blocks] == [(size, size)] * groups
    assert all((b.weights == 5).all() for b in blocks)
    # twice the room, half the blocks
    assert len(list(cut(form, 2 * size, 2 * size))) == -(-groups // 2)


def test_columns_with_more_sources_than_rows() -> None:
    rng = np.random.default_rng(4)
    here = rng.random((400, 50)) < 0.1
    source, target = np.nonzero(here)
    weight = np.full(len(source), 3, np.int32)
    wiring = Sparse.from_coordinates(source, target, weight, None, (400, 50))
    (form,) = form_of(wiring)
    blocks = list(cut(form, 16, 8))
    assert max(b.weights.shape[0] for b in blocks) == 16
    assert sum(int((b.weights != 0).sum()) for b in blocks) == len(source)


def test_kernels_are_kept_once() -> None:
    wiring = Convolution(
        np.full((4, 2, 3, 3), 7, np.int32), (2, 9, 9), (1, 1), ((1, 1),) * 2, (1, 1)
    )
    tiling = of(legalise(one_projection(wiring, BOOL), chip(rows=32, columns=32)))
    assert tiling is not None
    assert (tiling.rows.tolist(), tiling.columns.tolist(), tiling.uses.tolist()) == (
        [18],
        [4],
        [81],
    )
    # a pool before it is further uses of the same cells
    pool = Pool(np.int32(1), (2, 18, 18), (2, 2), (2, 2), (0, 0))
    behind = of(legalise(one_projection(Chain((pool, wiring)), BOOL), chip(rows=32, columns=32)))
    assert behind is not None
    np.testing.assert_array_equal(behind.weights, tiling.weights)
    assert behind.uses.tolist() == [4 * 81]


def test_groups_are_kernels_of_their_own() -> None:
    weight = np.arange(1, 3 * 9 * 2 + 1, dtype=np.int32).reshape(6, 1, 3, 3)
    wiring = Convolution(weight, (3, 5, 5), (2, 2), ((1, 1),) * 2, (1, 1), 3)
    tiling = of(legalise(one_projection(wiring, BOOL), chip()))
    assert tiling is not None
    assert (tiling.rows.tolist(), tiling.columns.tolist()) == ([9] * 3, [2] * 3)
    assert tiling.uses.tolist() == [9] * 3


def test_delays_have_blocks_of_their_own() -> None:
    rng = np.random.default_rng(1)
    source, target = np.divmod(np.arange(64), 8)
    delay = rng.integers(0, 3, 64)
    wiring = Sparse.from_coordinates(source, target, np.full(64, 3, np.int32), delay, (8, 8))
    network = one_projection(wiring, BOOL)
    legal = legalise(network, chip()).network
    (tiling,) = tilings(legal).values()
    assert set(tiling.delay.tolist()) == {0, 1, 2}
    same(network, legal, {"in": rng.integers(0, 2, (2, 9, 8))})


def test_a_chain_that_is_no_kernel_is_multiplied_out() -> None:
    first = OneToOne(np.int32(2), 6, np.array([0, 1, 0, 1, 2, 0]))
    chain = Chain((first, dense(5, 6)))
    network = one_projection(chain, BOOL)
    legal = legalise(network, chip()).network
    (tiling,) = tilings(legal).values()
    assert set(tiling.delay.tolist()) == {0, 1, 2}
    same(network, legal, {"in": np.random.default_rng(1).integers(0, 2, (2, 9, 6))})


def test_cells_that_nobody_programmed_are_all_on_arrays() -> None:
    device = RandomDevice(0.0, 1.0, 1.0, 3)
    weights = np.rint(device.weights("w", 6, 7)).astype(np.int32)
    weights[2] = 0
    read = ReadBack(device, np.array(1.0))
    tiling = of(legalise(one_projection(Dense(weights), BOOL, device=read), chip()))
    assert tiling is not None
    assert (tiling.rows.tolist(), tiling.columns.tolist()) == ([7], [6])
    single = one_projection(Dense(weights[:, :1]), BOOL, device=read)
    assert of(legalise(single, chip())) is not None


# --- steps ---------------------------------------------------------------------------------------


def block(weights: Any, planes: int) -> Block:
    kept = np.array(weights, np.int32)
    rows, columns = (np.arange(n, dtype=np.int32)[None] for n in kept.shape)
    return Block(kept, rows, columns, 0, np.ones(planes, np.int64))


@given(st.data())
def test_bounds_are_reached_and_steps_proven(data: st.DataObject) -> None:
    draw = data.draw
    converters = Converters(
        draw(st.integers(1, 3)),
        draw(st.integers(1, 3)),
        draw(st.sampled_from(("none", "bipolar", "phases"))),
        draw(st.integers(1, 3)),
        draw(st.integers(1, 2)),
        draw(st.sampled_from(("differential", "separate", "offset"))),
        -draw(st.integers(1, 9)),
        draw(st.integers(1, 9)),
    )
    bits = converters.pulse_bits * converters.pulses
    sent = Format(bits, bits, converters.signs != "none")
    low, high = converters.weights
    values = st.lists(st.integers(low, high), min_size=3, max_size=3)
    cells = block(draw(st.lists(values, min_size=1, max_size=3)), converters.planes)
    # the least and the largest signal, and none, at every row
    ends = [sent.minimum, 0, sent.maximum]
    grid = np.meshgrid(*[ends] * len(cells.weights), indexing="ij")
    signals = np.stack(grid, axis=-1).reshape(-1, len(cells.weights))
    sums = column_sums(converters, cells, signals)
    least, most = sum_bounds(converters, cells.weights, sent)
    seen = sums.min(axis=(0, 1, 2)), sums.max(axis=(0, 1, 2))
    assert (least <= seen[0]).all()
    assert (seen[1] <= most).all()
    if converters.signs == "none":
        np.testing.assert_array_equal(seen, (least, most))
    # nothing is clipped, and steps less by one could not be sure of it
    steps = choose_steps(converters, cells, sent, None)[:, None]
    free = replace(converters, low=-(1 << 40), high=1 << 40)
    np.testing.assert_array_equal(free.convert(sums, steps), converters.convert(sums, steps))
    fewer = steps - 1
    beyond = (most > fewer * converters.high) | (least < fewer * converters.low)
    assert (beyond.any(axis=1) | (fewer[:, 0] == 0)).all()


@given(st.integers(0, 10**6), st.integers(1, 40))
def test_steps_are_nearest_to_what_samples_give(seed: int, high: int) -> None:
    rng = np.random.default_rng(seed)
    converters = Converters(1, 2, "bipolar", 4, 1, "differential", -high, high)
    cells = block(rng.integers(-15, 16, (9, 4)), 1)
    signals = rng.integers(-3, 4, (30, 9)) * (rng.random((30, 9)) < 0.3)
    sent = Format(3, 3)
    sums = column_sums(converters, cells, signals)
    (worst,) = choose_steps(converters, cells, sent, None)
    (chosen,) = choose_steps(converters, cells, sent, signals)

    def error(step: int) -> int:
        off = converters.convert(sums, np.array(step)) * step - sums
        # what the second pulse counts, squared
        return int((off**2).sum(axis=(1, 2, 3, 4)) @ [1, 4])

    least = min(error(step) for step in range(1, int(worst) + 1))
    assert 1 <= chosen <= worst
    # of a hundred, all are candidates
    assert error(int(chosen)) == least or worst > 128


def test_of_many_steps_one_near_the_best_is_found() -> None:
    rng = np.random.default_rng(8)
    converters = Converters(6, 1, "none", 8, 1, "differential", -31, 31)
    cells = block(rng.integers(-255, 256, (60, 4)), 1)
    signals = rng.integers(0, 64, (900, 60)) * (rng.random((900, 60)) < 0.2)
    sums = column_sums(converters, cells, signals)
    (worst,) = choose_steps(converters, cells, Format(6, 6, False), None)
    (chosen,) = choose_steps(converters, cells, Format(6, 6, False), signals)

    def error(step: int) -> int:
        return int(((converters.convert(sums, np.array(step)) * step - sums) ** 2).sum())

    assert worst > 5000
    assert error(int(chosen)) <= 1.02 * min(error(step) for step in range(1, int(worst) + 1, 7))
    assert error(int(chosen)) < error(int(worst)) / 10


def test_samples_without_signals_say_nothing() -> None:
    converters = Converters(1, 1, "none", 4, 1, "differential", -3, 3)
    cells = block(np.full((9, 2), 15), 1)
    assert choose_steps(converters, cells, BOOL, None).tolist() == [45]
    assert choose_steps(converters, cells, BOOL, np.zeros((0, 9), np.int64)).tolist() == [45]
    assert choose_steps(converters, cells, BOOL, np.zeros((4, 9), np.int64)).tolist() == [45]


def coarse(samples: Any = None) -> Any:
    network = one_projection(dense(6, 40), BOOL)
    guidance = Guidance() if samples is None else Guidance(samples={"in": samples})
    return legalise(network, chip(rows=64, cell_bits=4, adc_bits=5), guidance)


def test_few_codes_are_a_warning() -> None:
    legal = coarse()
    (warning,) = (d for d in legal.notes if d.severity is Severity.WARNING)
    assert (warning.code, warning.have) == ("E0665", "codes -15 to 15")
    assert warning.need == "9 bits"
    assert "with which none can be clipped" in warning.message
    (tiling,) = tilings(legal.network).values()
    assert (tiling.steps > 1).any()


def test_samples_make_steps_finer_and_say_what_is_clipped() -> None:
    rng = np.random.default_rng(2)
    samples = (rng.random((4, 25, 40)) < 0.2).astype(np.int64)
    legal, blind = coarse(samples), coarse()
    (p,), (before,) = legal.network.projections, blind.network.projections
    assert p.tiling is not None
    assert before.tiling is not None
    assert (p.tiling.steps <= before.tiling.steps).all()
    flat = samples.reshape(-1, 40)
    near, far = fidelity(p, p.tiling, flat), fidelity(before, before.tiling, flat)
    assert near.error < far.error
    assert far.clipped == far.worst == 0
    (warning,) = (d for d in legal.notes if d.severity is Severity.WARNING)
    assert f"{100 * near.clipped:.3g} % of conversions clipped" in warning.message
    assert f"{100 * near.error:.3g} % relative RMS error" in warning.message


@pytest.mark.parametrize(
    ("most", "vectors"), [(1 << 20, 24), (46 * 6 * 2, 12), (46 * 5, 5), (1, 1)]
)
def test_no_more_is_recorded_than_there_is_memory_for(
    monkeypatch: pytest.MonkeyPatch, most: int, vectors: int
) -> None:
    monkeypatch.setattr("somac.backends.crossbar.tiling.seen._RECORDED", most)
    network = one_projection(dense(6, 40), BOOL)
    found = signals_of(network, {"in": np.ones((4, 6, 40), np.int64)}, {"in"})
    assert found["in"].shape == (vectors, 40)


def test_fidelity_by_hand() -> None:
    network = one_projection(Dense(np.array([[9, 9, 1], [1, 1, 1]], np.int32)), BOOL)
    (p,) = network.projections
    converters = Converters(1, 1, "none", 4, 1, "differential", -10, 10)
    tiling = Tiling.of(converters, [block(p.connectivity.weights.T, 1)])
    signals = np.array([[1, 1, 0], [0, 0, 1], [1, 0, 1], [1, 1, 1]])
    # sums 18, 1, 10, 19 and 2, 1, 2, 3: two of the first column are clipped
    found = fidelity(p, tiling, signals)
    assert (found.clipped, found.worst) == (0.25, 0.5)
    total = 18**2 + 1 + 10**2 + 19**2 + 4 + 1 + 4 + 9
    assert found.error == pytest.approx(np.sqrt((8**2 + 9**2) / total))


# --- ports ---------------------------------------------------------------------------------------


def test_a_port_that_exact_sums_cannot_wrap_is_one_that_rounded_sums_cannot() -> None:
    # 7 * 15 = 105 of at most 127; steps of 35 make 3 codes of it, rounding of each column
    wiring = Dense(np.full((2, 7), 15, np.int32))
    network = one_projection(wiring, BOOL, Format(8, 8))
    target = chip(rows=2, cell_bits=4, adc_bits=2)
    legal = legalise(network, target).network
    path = legal.populations[0].datapath
    wide = path.format_of("input", "x")
    assert wide.width > 8
    assert [i.opcode for i in path.instructions] == ["input", "cast"]
    assert path.instructions[1].format == Format(8, 8, overflow=Overflow.SAT)
    (tiling,) = tilings(legal).values()
    every = np.array(np.meshgrid(*[(0, 1)] * 7)).reshape(7, -1).T[None]
    ((_, operator),) = tiling.by_delay(wiring)
    sums = operator(every[0])
    assert wide.minimum <= sums.min()
    assert sums.max() <= wide.maximum
    seen = golden(legal, {"in": every}).signals["out"][0]
    np.testing.assert_array_equal(seen, np.clip(sums, -128, 127))


def test_a_port_that_wraps_is_left_to_wrap() -> None:
    wiring = Dense(np.full((2, 7), 15, np.int32))
    network = one_projection(wiring, BOOL, Format(6, 6))
    legal = legalise(network, chip(rows=2, cell_bits=4, adc_bits=2)).network
    assert legal.populations == network.populations


def test_an_exact_port_is_left_as_it_is() -> None:
    wiring = Dense(np.full((2, 7), 15, np.int32))
    network = one_projection(wiring, BOOL, Format(8, 8))
    legal = legalise(network, chip(cell_bits=4)).network
    assert legal.populations == network.populations


def test_a_state_that_is_the_port_keeps_its_format() -> None:
    wiring = Dense(np.full((2, 7), 15, np.int32))
    narrow = Format(8, 8)
    kept = Datapath(
        "kept",
        (
            Instruction("input", narrow, name="x"),
            Instruction("state", narrow, name="v"),
            Instruction("input", narrow, name="x"),
        ),
        {"v": 0},
        1,
        "value",
    )
    base = one_projection(wiring, BOOL, narrow)
    p = IntegerPopulation("p", (2,), kept, {}, {"v": np.int64(0)})
    network = replace(base, populations=(p,))
    legal = legalise(network, chip(rows=2, cell_bits=4, adc_bits=2)).network
    path = legal.populations[0].datapath
    assert [i.opcode for i in path.instructions] == [
        "input",
        "cast",
        "cast",
        "state",
        "input",
        "cast",
    ]
    inputs = {"in": np.ones((1, 3, 7), np.int64)}
    assert golden(legal, inputs).signals["out"][0, :, 0].tolist() == [0, 105, 105]


def test_rounded_sums_that_no_port_holds() -> None:
    weights = np.full((2, 50), (1 << 27) - 1, np.int32)
    network = one_projection(Dense(weights), Format(29, 29, False), Format(63, 63))
    target = chip(
        rows=2, cell_bits=1, max_slices=27, columns=64, pulse_bits=1, max_pulses=29, adc_bits=2
    )
    wide = replace(target.capabilities, accumulator_bits=64)
    target = replace(target, capabilities=wide)
    with pytest.raises(SomacError) as caught:
        legalise(network, target)
    (found,) = caught.value.diagnostics
    assert (found.code, found.have) == ("E0672", "63 bits")


def test_a_tiled_network_stays_as_it_is() -> None:
    target = chip(rows=32)
    legal = legalise(one_projection(dense(5, 9), BOOL), target)
    again = legalise(legal.network, target)
    assert again.network.digest() == legal.network.digest()
    assert again.notes == ()


def test_the_same_network_gives_the_same_blocks() -> None:
    rng = np.random.default_rng(4)
    source, target = np.nonzero(rng.random((60, 50)) < 0.1)
    weight = rng.integers(1, 99, len(source)).astype(np.int32)
    network = one_projection(Sparse.from_coordinates(source, target, weight, None, (60, 50)), BOOL)
    samples = {"in": rng.integers(0, 2, (3, 4, 60))}
    made: list[Target] = [chip(adc_bits=4), chip(adc_bits=4)]
    first, second = (legalise(network, t, Guidance(samples=samples)) for t in made)
    assert first.network.digest() == second.network.digest()


def test_shares_that_are_clipped_are_told_by_column() -> None:
    how = Converters(1, 1, "none", 2, 1, "differential", -1, 1)
    weights = np.array([[3, 1, -2]], np.int32)
    block = Block(weights, np.array([[0]]), np.array([[0, 1, 2]]), 0, np.ones(1, np.int64))
    signals = np.array([[1], [1], [0], [1]])
    (shares,) = clipped_by_column(Tiling.of(how, [block]), signals)
    np.testing.assert_array_equal(shares, [0.75, 0.0, 0.75])
