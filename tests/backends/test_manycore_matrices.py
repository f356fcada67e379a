"""Projections as matrices on the MAC array: when, how exactly, and what the checks find."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from somac.backends.api import Guidance
from somac.backends.manycore.backend import ManycoreBackend
from somac.backends.manycore.cost.reading import read_cost_data
from somac.backends.manycore.cost.work import work
from somac.backends.manycore.emulator.run import EngineName, ManycoreEmulator
from somac.backends.manycore.events import cycles_of_each, total
from somac.backends.manycore.forms import Choice, Form
from somac.backends.manycore.machines.bundle import read_bundle
from somac.backends.manycore.machines.cortex_m4 import cortex_cores
from somac.backends.manycore.machines.host import host_cores
from somac.backends.manycore.options import UseOfArrays
from somac.backends.manycore.resources import measure
from somac.ir.connectivity import Connectivity, Convolution, Dense, OneToOne, Sparse
from somac.ir.datapath import Datapath, Instruction
from somac.ir.errors import SomacError
from somac.ir.fixed import BOOL, Format
from somac.ir.integer import IntegerInput, IntegerNetwork, IntegerPopulation, IntegerProjection
from somac.ir.mapping import Mapping
from somac.ir.network import Output
from somac.ir.program import Program
from somac.ir.simulate import golden
from somac.ir.target import Target

STRICT = ("-O0", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-fsanitize=undefined",
          "-fno-sanitize-recover=undefined")  # fmt: skip
ENGINES: tuple[EngineName, ...] = ("plain", "fast")
COUNT, NUMBER = Format(8, 8, False), Format(8, 8)

KIND, PORT, CELLS, SLOTS, ARRIVALS, WEIGHTS, COLUMNS, SIGNED, PASS, SCRATCH = range(10)


def sums(connectivity: Connectivity, format: Format, delay: int = 2) -> IntegerNetwork:
    """Cells that send what arrives at them."""
    kind = "spike" if format == BOOL else "value" if format.signed else "count"
    relay = Datapath("relay", (Instruction("input", Format(32, 32), name="x"),), {}, 0, "value")
    return IntegerNetwork(
        "sums",
        1.0,
        (IntegerInput("in", (connectivity.source_size,), kind, format),),
        (IntegerPopulation("p", (connectivity.target_size,), relay, {}, {}, start=delay),),
        (IntegerProjection("w", "in", "p", "x", connectivity, delay),),
        (Output("out", "p"),),
    )


def dense(target: int, source: int, seed: int = 0, most: int = 127) -> Dense:
    rng = np.random.default_rng(seed)
    return Dense(rng.integers(-most, most + 1, (target, source)).astype(np.int32))


def scattered(target: int, source: int, density: float) -> Sparse:
    rng = np.random.default_rng(1)
    ends = np.nonzero(rng.random((source, target)) < density)
    weight = rng.integers(1, 99, len(ends[0])).astype(np.int32)
    return Sparse.from_coordinates(*ends, weight, None, (source, target))


def images(program: Program) -> list[str]:
    return [core["image"] for core in program.json("experiment.json")["cores"]]


def block_at(program: Program, image: str) -> int:
    """Address of the first block of an image."""
    assert int.from_bytes(program.files[image][96:100], "little") > 0
    return int.from_bytes(program.files[image][100:104], "little")


def block_words(program: Program, image: str) -> tuple[int, ...]:
    return struct.unpack_from("<16I", program.files[image], block_at(program, image))


def with_bytes(program: Program, image: str, address: int, content: bytes) -> Program:
    changed = bytearray(program.files[image])
    changed[address : address + len(content)] = content
    return replace(program, files={**program.files, image: bytes(changed)})


def with_word(program: Program, word: int, value: int) -> Program:
    """The program with a word of the first block of its first image replaced."""
    image = images(program)[0]
    at = block_at(program, image) + 4 * word
    return with_bytes(program, image, at, struct.pack("<I", value))


def codes(program: Program, network: IntegerNetwork) -> set[str]:
    return {d.code for d in ManycoreBackend().verify(program, network)}


@pytest.fixture(scope="module")
def network() -> IntegerNetwork:
    return sums(dense(20, 30), NUMBER)


@pytest.fixture(scope="module")
def program(
    network: IntegerNetwork,
    make_target: Callable[..., Target],
    plain_program: Callable[..., Program],
) -> Program:
    return plain_program(network, make_target(array=True), arrays="always")


# exact


@pytest.mark.parametrize(
    ("format", "value", "cells"),
    [
        # the most that one pass can hold, and one cell more
        *((COUNT, 255, cells) for cells in (1, 258, 259, 260, 777)),
        *((NUMBER, -128, cells) for cells in (515, 516, 517)),
        (BOOL, 1, 3000),
    ],
)
def test_sums_at_the_limit_of_an_accumulator(
    c_compiler: None, make_target: Callable[..., Target], plain_program: Callable[..., Program],
    format: Format, value: int, cells: int,
) -> None:  # fmt: skip
    """Every cell sends its utmost through the largest and the least weight."""
    weights = np.full((18, cells), 127, np.int32)
    weights[::2] = -127
    weights[3, ::2] = -127
    network = sums(Dense(weights), format)
    program = plain_program(network, make_target(array=True, memory=1 << 18), arrays="always")
    assert codes(program, network) == set()
    passes = -(-cells // block_words(program, images(program)[0])[PASS])
    assert passes == -(-cells * abs(value) * 127 // ((1 << 23) - 1))
    inputs = {"in": np.full((1, 3, cells), value)}
    inputs["in"][0, 1, ::3] = 0
    expected = golden(network, inputs).signals["out"]
    assert abs(expected).max() == cells * abs(value) * 127
    for engine in ENGINES:
        seen = ManycoreEmulator(program, engine=engine).run(inputs)
        np.testing.assert_array_equal(seen.outputs["out"], expected)
        assert seen.counts["mac_passes"] == 3 * passes
        assert seen.counts["mac_products"] == 3 * 32 * cells
        assert seen.per_core["words"].tolist() == [0]
    with host_cores(program, STRICT) as machine:
        np.testing.assert_array_equal(machine.run(inputs).outputs["out"], expected)


@given(data=st.data())
@settings(max_examples=25)
def test_checker_and_forms_of_random_networks(
    data: st.DataObject,
    make_target: Callable[..., Target],
    plain_program: Callable[..., Program],
    random_networks: Callable[[int], st.SearchStrategy[IntegerNetwork]],
    uses_of_arrays: st.SearchStrategy[UseOfArrays],
) -> None:
    network = data.draw(random_networks(9))
    arrays, largest = data.draw(uses_of_arrays), data.draw(st.sampled_from([3, 100]))
    target = make_target(chips=(3, 2), max_delay=9, array=True)
    program = plain_program(network, target, arrays=arrays, largest=largest, spread=True)
    assert codes(program, network) == set()
    report = program.json("report.json")
    matrices = [p["projection"] for p in report["projections"] if p["form"] != "rows"]
    assert arrays != "never" or not matrices
    populations = {p.target for p in network.projections if p.name in matrices}
    for core in report["cores"]:
        assert core["slice"].split("[")[0] in populations or not core["blocks"]


def test_on_a_cortex_m4(arm_tools: None, network: IntegerNetwork, program: Program) -> None:
    rng = np.random.default_rng(4)
    inputs = {"in": rng.integers(-128, 128, (2, 5, 30))}
    with cortex_cores(program) as machine:
        seen = machine.run(inputs).outputs["out"]
    np.testing.assert_array_equal(seen, golden(network, inputs).signals["out"])


def test_what_arrives_when_nothing_updates_is_lost(
    c_compiler: None, make_target: Callable[..., Target], plain_program: Callable[..., Program]
) -> None:
    """More packets than updates: the last ones come after the last step."""
    network = replace(sums(dense(20, 30), COUNT), period=3)
    program = plain_program(network, make_target(array=True), arrays="always")
    inputs = {"in": np.random.default_rng(2).integers(0, 256, (2, 6, 30))}
    expected = golden(network, inputs).signals["out"]
    with host_cores(program, STRICT) as machine:
        np.testing.assert_array_equal(machine.run(inputs).outputs["out"], expected)


# chosen


@pytest.mark.parametrize(
    ("connectivity", "format", "reason"),
    [
        (dense(5, 8, most=128), BOOL, "weights up to 128 do not fit 8 bits"),
        (dense(5, 8), Format(9, 9, False), "signals of 0 to 511 do not fit 8 bits"),
        (dense(5, 8), Format(9, 9), "signals of -256 to 255 do not fit 8 bits"),
        (OneToOne(np.int32(1), 4, np.array([0, 1, 0, 0])), BOOL, "it has 2 delays"),
        (Dense(np.zeros((3, 4), np.int32)), BOOL, "it has no synapses"),
        (
            Sparse(np.array([0, 2]), np.array([1, 1]), np.array([3, 4], np.int32), None, 2),
            BOOL,
            "two synapses join the same cells",
        ),
    ],
)
def test_what_cannot_be_a_matrix(
    make_target: Callable[..., Target], connectivity: Connectivity, format: Format, reason: str
) -> None:
    network = sums(connectivity, format)
    for arrays in ("auto", "always"):
        model = measure(network, make_target(array=True), Guidance(options={"mac": arrays}))
        (choice,) = model.choices.values()
        assert (choice.form, choice.reason) == ("rows", reason)


@pytest.mark.parametrize(
    ("density", "rate", "form"),
    [(1.0, 0.05, "matrix"), (1.0, 0.001, "rows"), (0.01, 0.05, "rows"), (0.01, 1.0, "matrix")],
)
def test_cycles_choose(
    make_target: Callable[..., Target], density: float, rate: float, form: str
) -> None:
    network = sums(scattered(64, 64, density), BOOL)
    target = make_target(array=True)
    (choice,) = measure(network, target, Guidance({"in": rate})).choices.values()
    assert choice.form == form
    assert choice.reason == "takes fewest cycles"
    # 16 products a cycle, by cell and by column what the core does, 50 cycles for a signal
    heard = (
        64
        if density == 1
        else len(np.unique(np.nonzero(np.diff(network.projections[0].connectivity.indptr))))
    )
    assert choice.cycles["matrix"] == pytest.approx(
        10 + heard * (64 / 16 + 4 + 50 * rate) + 64 * 4, rel=0.5
    )
    (never,) = measure(
        network, target, Guidance({"in": rate}, options={"mac": "never"})
    ).choices.values()
    assert (never.form, never.reason) == ("rows", "arrays are not wanted")
    (bare,) = measure(network, make_target(), Guidance({"in": rate})).choices.values()
    assert (bare.form, bare.reason) == ("rows", "cores have no array that is known")


IMAGES = Convolution(
    np.random.default_rng(5).integers(1, 8, (5, 2, 3, 3)).astype(np.int32),
    (2, 6, 6), (1, 1), ((1, 1), (1, 1)), (1, 1), 1,
)  # fmt: skip


@pytest.mark.parametrize(
    ("connectivity", "form"),
    [
        (dense(64, 30, most=7), "rows"),
        (dense(64, 30), "rows"),
        (dense(20, 30), "matrix"),
        (IMAGES, "rows"),
        (IMAGES, "kernel"),
    ],
)
def test_the_choice_and_the_cost_model_have_the_same_numbers(
    make_target: Callable[..., Target],
    plain_program: Callable[..., Program],
    connectivity: Connectivity,
    form: Form,
) -> None:
    """On one core, all of whose sources send: but for the search of a packet's entry."""
    network, rate, target = sums(connectivity, BOOL), 0.25, make_target(array=True)
    arrays: UseOfArrays = "never" if form == "rows" else "always"
    (choice,) = measure(network, target, Guidance({"in": rate})).choices.values()
    program = plain_program(network, target, arrays=arrays)
    chosen = [p["form"] for p in program.json("report.json")["projections"]]
    assert chosen == ([] if form == "rows" else [form])
    data = read_cost_data(program)
    assert data is not None
    rates = {"in": np.full(connectivity.source_size, rate)}
    done = work(read_bundle(program), data, {"some": rates})["some"]
    events = {kind: float(n.sum()) for kind, n in done.events.items()}
    apart = ("ticks", "updates", "cleared", "sent", "probes")
    some = {kind: n for kind, n in events.items() if n and kind not in apart}
    prices = cycles_of_each(target.figures, some)
    assert prices is not None
    assert choice.cycles[form] == pytest.approx(total(some, prices))


def test_matrices_do_not_take_more_cores(make_target: Callable[..., Target]) -> None:
    """A tenth of all synapses: 2 bytes each, or ten bytes each in a matrix."""
    network = sums(scattered(200, 200, 0.1), BOOL)
    small, large = (make_target(array=True, memory=memory) for memory in (20_000, 80_000))
    busy = Guidance({"in": 0.2})
    (roomy,) = measure(network, large, busy).choices.values()
    assert roomy.form == "matrix"
    (limited,) = measure(network, small, busy).choices.values()
    assert (limited.form, limited.reason) == ("rows", "the array would take more cores")
    assert limited.cycles["matrix"] < limited.cycles["rows"]
    (forced,) = measure(network, small, Guidance(options={"mac": "always"})).choices.values()
    assert forced.form == "matrix"
    tiny, wide = make_target(array=True, memory=5_000), sums(dense(20, 400), BOOL)
    (impossible,) = measure(wide, tiny, Guidance(options={"mac": "always"})).choices.values()
    assert (impossible.form, impossible.reason) == ("rows", "the array would take more than a core")


def test_of_several_matrices_those_stay_that_save_most(make_target: Callable[..., Target]) -> None:
    first = sums(scattered(100, 100, 0.1), BOOL)
    other = IntegerProjection("v", "in", "p", "x", scattered(100, 100, 0.2), 2)
    network = replace(first, projections=(*first.projections, other))
    model = measure(network, make_target(array=True, memory=22_000), Guidance({"in": 0.5}))
    assert {name: (c.form, c.reason) for name, c in model.choices.items()} == {
        "w": ("rows", "the array would take more cores"),
        "v": ("matrix", "takes fewest cycles"),
    }


def test_the_array_is_used_where_rows_take_too_many_cores(
    make_target: Callable[..., Target],
) -> None:
    """At such a rate rows would take fewer cycles."""
    network, quiet = sums(dense(100, 200), BOOL), Guidance({"in": 0.0001})

    def chosen(cores: int, memory: int) -> Choice:
        target = make_target(array=True, memory=memory, cores=cores)
        (choice,) = measure(network, target, quiet).choices.values()
        return choice

    ample, narrow, small = chosen(3, 35_000), chosen(2, 35_000), chosen(2, 3_000)
    assert (ample.form, ample.reason) == ("rows", "takes fewest cycles")
    assert (narrow.form, narrow.reason) == ("matrix", "takes fewer cores")
    assert narrow.cycles["matrix"] > narrow.cycles["rows"]
    # not even a neuron of a matrix fits there
    assert small.form == "rows"


def test_dense_matrices_are_smaller_than_rows(
    make_target: Callable[..., Target], plain_mapping: Callable[..., Mapping]
) -> None:
    network, target = sums(dense(64, 200), BOOL), make_target(array=True)
    sizes = {}
    for arrays in ("never", "auto"):
        guidance = Guidance(options={"mac": arrays})
        mapping = plain_mapping(network, target, arrays=arrays)
        report = ManycoreBackend().emit(network, mapping, target, guidance).json("report.json")
        sizes[arrays] = report["total"]["bytes"]
        assert report["total"]["synapses"] == np.count_nonzero(
            network.projections[0].connectivity.weights
        )
        # to the byte but for padding, and entries for the other slices of 64 channels of an input
        assert 0 <= mapping.demand[1]["bytes"] - sizes[arrays] <= 8 + 3 * (28 + 2)
    assert sizes["auto"] < 0.65 * sizes["never"]


# checked


@pytest.mark.parametrize(
    ("word", "value", "code"),
    [
        (PASS, 0, "E0812"),
        (SIGNED, 0, "E0814"),
        (SIGNED, 2, "E0812"),
        (KIND, 9, "E0812"),
        (PORT, 1, "E0812"),
        (CELLS, 29, "E0812"),
        (CELLS, 31, "E0812"),
        (SLOTS, 8, "E0812"),
        (SLOTS, 3, "E0812"),
        (SLOTS, 2, "E0812"),
        (ARRIVALS, 0, "E0812"),
        (WEIGHTS, 0, "E0812"),
        (COLUMNS, 16, "E0812"),
        (COLUMNS, 48, "E0812"),
        (SCRATCH, 0, "E0812"),
        (SCRATCH + 1, 1, "E0812"),
        (15, 1, "E0812"),
    ],
)
def test_a_damaged_block_is_found(
    network: IntegerNetwork, program: Program, word: int, value: int, code: str
) -> None:
    assert codes(program, network) == set()
    assert codes(with_word(program, word, value), network) == {code}


@pytest.mark.parametrize(
    ("word", "value", "problem"),
    [
        (PASS, 0, "a pass without cells"),
        (KIND, 9, "unknown kind 9"),
        (PORT, 1, "unknown port"),
        (CELLS, 29, "a cell that is not there"),
        (CELLS, 1 << 31, "more than the file holds"),
        (SLOTS, 3, "no power of two"),
        (SLOTS, 2, "not in the arrival ring"),
        (SLOTS, 1 << 30, "too large"),
        (WEIGHTS, 1 << 31, "are absent"),
        (COLUMNS, 16, "fewer columns than neurons"),
        (COLUMNS, 1 << 20, "are absent"),
    ],
)
def test_the_emulator_refuses_a_damaged_block(
    program: Program, word: int, value: int, problem: str
) -> None:
    with pytest.raises(SomacError, match=f"E0711.*{problem}"):
        ManycoreBackend().emulator(with_word(program, word, value))


def test_every_weight_is_held_against_the_network(
    network: IntegerNetwork, program: Program
) -> None:
    image = images(program)[0]
    words = block_words(program, image)
    weights = np.frombuffer(program.files[image], np.int8, 30 * 32, words[WEIGHTS]).copy()
    meant = network.projections[0].connectivity.weights.T
    np.testing.assert_array_equal(weights.reshape(30, 32)[:, :20], meant)
    for place in (0, 19, 29 * 32 + 19):
        changed = weights.copy()
        changed[place] ^= 1
        spoilt = with_bytes(program, image, words[WEIGHTS], changed.tobytes())
        assert codes(spoilt, network) == {"E0804", "E0805"}
    weights[20] = 1
    spoilt = with_bytes(program, image, words[WEIGHTS], weights.tobytes())
    assert codes(spoilt, network) == {"E0812"}


def test_a_pass_that_could_overflow(
    c_compiler: None, make_target: Callable[..., Target], plain_program: Callable[..., Program]
) -> None:
    """The checker finds it in the file, and the model of the array when it happens."""
    network = sums(Dense(np.full((3, 300), 127, np.int32)), COUNT)
    program = plain_program(network, make_target(array=True), arrays="always")
    assert codes(program, network) == set()
    spoilt = with_word(program, PASS, 300)
    assert codes(spoilt, network) == {"E0814"}
    (found,) = ManycoreBackend().verify(spoilt, network)
    assert "adds up to 0 or 9715500" in found.message
    inputs: dict[str, NDArray[Any]] = {"in": np.full((1, 2, 300), 255)}
    with host_cores(spoilt, STRICT) as machine:
        machine.run({"in": inputs["in"] // 2})
        with pytest.raises(SomacError, match=r"E0843.*an accumulator of the MAC array overflows"):
            machine.run(inputs)


@pytest.mark.parametrize(("word", "value"), [(KIND, 0), (KIND, 7), (PORT, 1), (COLUMNS, 16)])
def test_a_core_does_not_start_with_a_block_it_cannot_run(
    c_compiler: None, program: Program, word: int, value: int
) -> None:
    with (
        host_cores(with_word(program, word, value)) as machine,
        pytest.raises(SomacError, match="does not start: error 4"),
    ):
        machine.run({"in": np.zeros((1, 1, 30), np.int64)})
