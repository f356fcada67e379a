"""Convolutions on the MAC array: which, how exactly, in any order, and what the checks find."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from somac.backends.api import Guidance
from somac.backends.manycore.backend import ManycoreBackend
from somac.backends.manycore.emulator.run import EngineName, ManycoreEmulator
from somac.backends.manycore.geometry import geometry_of
from somac.backends.manycore.machines.cortex_m4 import cortex_cores
from somac.backends.manycore.machines.host import host_cores
from somac.backends.manycore.resources import measure
from somac.ir.arrange import arranged
from somac.ir.connectivity import (
    Arranged,
    Chain,
    Connectivity,
    Convolution,
    Dense,
    OneToOne,
    Pool,
    Sparse,
)
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
FORMATS = (BOOL, Format(8, 8, False), Format(8, 8), Format(3, 3, False))
KERNEL = 3

KIND, CELLS, WEIGHTS, CHANNELS, SIZE, STRIDE, RESULT, PLACES, NEURONS, SIGNED, SCRATCH = (
    *(0, 2),
    *range(5, 14),
)


def relays(source: int, target: int, format: Format, wiring: Connectivity) -> IntegerNetwork:
    """Cells that send the low bits of what arrives, back to themselves too."""
    sent = Instruction("cast", Format(4, 4), (0,))
    relay = Datapath(
        "relay", (Instruction("input", Format(32, 32), name="x"), sent), {}, 1, "value"
    )
    kind = "spike" if format == BOOL else "value" if format.signed else "count"
    ends = np.arange(target), np.arange(target)[::-1]
    weight = np.full(target, 3, np.int32)
    back = Sparse.from_coordinates(*ends, weight, None, (target, target))
    return IntegerNetwork(
        "relays",
        1.0,
        (IntegerInput("in", (source,), kind, format),),
        (IntegerPopulation("p", (target,), relay, {}, {}, start=1),),
        (
            IntegerProjection("w", "in", "p", "x", wiring, 1),
            IntegerProjection("v", "p", "p", "x", back, 2),
        ),
        (Output("out", "p"),),
    )


def convolved(wiring: Connectivity, format: Format = BOOL) -> IntegerNetwork:
    return relays(wiring.source_size, wiring.target_size, format, wiring)


def without_matrices(target: Target) -> Target:
    """The target with an array on which a matrix takes for ever."""
    slow = replace(target.figures["mac_product_cycles"], value=1e6)
    return replace(target, figures={**target.figures, "mac_product_cycles": slow})


@st.composite
def convolutions(draw: Any) -> Connectivity:
    """In one or two dimensions, padded, with strides, weights of 0, of window sums or not."""
    rank = draw(st.integers(1, 2))
    channels, out = draw(st.integers(1, 3)), draw(st.integers(1, 4))
    kernel = [draw(st.integers(1, 3)) for _ in range(rank)]
    stride = tuple(draw(st.integers(1, 2)) for _ in range(rank))
    padding = tuple((draw(st.integers(0, 2)), draw(st.integers(0, 2))) for _ in range(rank))
    size = tuple(draw(st.integers(k, k + 4)) for k in kernel)
    weight = draw(hnp.arrays(np.int32, (out, channels, *kernel), elements=st.integers(-63, 63)))
    convolution = Convolution(weight, (channels, *size), stride, padding, (1,) * rank)
    if draw(st.booleans()):
        return convolution
    window = tuple(draw(st.integers(1, 2)) for _ in range(rank))
    rest = [draw(st.integers(0, w - 1)) for w in window]
    whole = (channels, *(s * w + r for s, w, r in zip(size, window, rest, strict=True)))
    pool = Pool(np.int32(draw(st.sampled_from([1, 2]))), whole, window, window, (0,) * rank)
    return Chain((pool, convolution))


@given(data=st.data())
@settings(max_examples=60)
def test_convolutions_in_any_order(
    data: st.DataObject,
    make_target: Callable[..., Target],
    plain_program: Callable[..., Program],
    random_inputs: Callable[..., dict[str, Any]],
) -> None:
    wiring = data.draw(convolutions())
    network = convolved(wiring, data.draw(st.sampled_from(FORMATS)))
    size = network.populations[0].size
    shuffled = {"p": np.array(data.draw(st.permutations(range(size))))}
    order = data.draw(st.sampled_from([{}, shuffled]))
    largest = data.draw(st.sampled_from([5, 100]))
    target = without_matrices(make_target(array=True, cores=80, memory=1 << 18))
    program = plain_program(network, target, order=order, largest=largest, arrays="always")
    (own, _) = program.json("report.json")["projections"]
    assert own["form"] == "kernel" or "it has no synapses" in own["reason"]
    assert tuple(ManycoreBackend().verify(program, network)) == ()
    inputs = random_inputs(data.draw, network, 2, 4)
    expected = golden(network, inputs).signals["out"]
    for engine in ENGINES:
        seen = ManycoreEmulator(program, engine=engine).run(inputs)
        np.testing.assert_array_equal(seen.outputs["out"], expected)


def large_convolution(stride: int = 1) -> Convolution:
    weight = np.random.default_rng(5).integers(-127, 128, (16, 3, 3, 3)).astype(np.int32)
    return Convolution(weight, (3, 12, 12), (stride, stride), ((1, 1), (1, 1)), (1, 1))


@pytest.fixture(scope="module")
def network() -> IntegerNetwork:
    return convolved(large_convolution(2), Format(8, 8))


@pytest.fixture(scope="module")
def program(
    network: IntegerNetwork,
    make_target: Callable[..., Target],
    plain_program: Callable[..., Program],
) -> Program:
    """Patches of six rows and columns: the cells in an order in which these are slices."""
    cells = np.arange(16 * 36).reshape(16, 2, 3, 2, 3)
    order = {"p": np.moveaxis(cells, (1, 3), (0, 1)).ravel()}
    target = without_matrices(make_target(array=True))
    return plain_program(network, target, order=order, largest=144, arrays="always")


def images(program: Program) -> list[str]:
    return [core["image"] for core in program.json("experiment.json")["cores"]]


def kernel_at(program: Program, image: str) -> int:
    """Address of the block of an image that is a convolution."""
    content = program.files[image]
    count, address = struct.unpack_from("<2I", content, 96)
    (found,) = (
        address + 64 * n
        for n in range(count)
        if struct.unpack_from("<I", content, address + 64 * n) == (KERNEL,)
    )
    return int(found)


def block_words(program: Program) -> tuple[int, ...]:
    image = images(program)[0]
    return struct.unpack_from("<16I", program.files[image], kernel_at(program, image))


def with_bytes(program: Program, address: int, content: bytes) -> Program:
    image = images(program)[0]
    changed = bytearray(program.files[image])
    changed[address : address + len(content)] = content
    return replace(program, files={**program.files, image: bytes(changed)})


def with_word(program: Program, word: int, value: int) -> Program:
    at = kernel_at(program, images(program)[0]) + 4 * word
    return with_bytes(program, at, struct.pack("<I", value))


def test_the_kernel_is_stored_once(network: IntegerNetwork, program: Program) -> None:
    words = block_words(program)
    assert (words[CHANNELS], words[SIZE]) == (3 | 16 << 16, 3 | 3 << 16)
    assert (words[STRIDE], words[RESULT]) == (2 | 2 << 16, 3 | 3 << 16)
    content = program.files[images(program)[0]]
    kernel = np.frombuffer(content, np.int8, 16 * 27, words[WEIGHTS]).reshape(3, 3, 3, 16)
    meant = network.projections[0].connectivity.weights
    np.testing.assert_array_equal(np.moveaxis(kernel, -1, 0), meant)
    # of the patch, 3 x 7 x 7, its edge is padding in this corner
    assert words[CELLS] == 3 * 6 * 6


def test_on_this_machine_and_on_a_cortex_m4(
    arm_tools: None, network: IntegerNetwork, program: Program
) -> None:
    rng = np.random.default_rng(8)
    inputs = {"in": rng.integers(-128, 128, (2, 4, 3 * 144))}
    expected = golden(network, inputs).signals["out"]
    assert tuple(ManycoreBackend().verify(program, network)) == ()
    for opened in (host_cores(program, STRICT), cortex_cores(program)):
        with opened as machine:
            np.testing.assert_array_equal(machine.run(inputs).outputs["out"], expected)
    for engine in ENGINES:
        seen = ManycoreEmulator(program, engine=engine).run(inputs)
        np.testing.assert_array_equal(seen.outputs["out"], expected)
        products = seen.per_core["mac_products"] // (2 * 4)
        assert (products >= 27 * 16 * 9).all()


# chosen


def test_what_is_a_convolution_of_the_array() -> None:
    weight = np.ones((4, 2, 3, 3), np.int32)
    plain = Convolution(weight, (2, 9, 9), (1, 1), ((1, 1), (0, 2)), (1, 1))
    geometry = geometry_of(plain)
    assert geometry is not None
    assert (geometry.input, geometry.output) == ((2, 9, 9), (4, 9, 9))
    assert (geometry.stride, geometry.before) == ((1, 1), (1, 0))
    line = geometry_of(Convolution(weight[:, :, 0], (2, 9), (2,), ((1, 1),), (1,)))
    assert line is not None
    assert (line.input, line.weight.shape, line.stride) == ((2, 1, 9), (4, 2, 1, 3), (1, 2))
    pooled = geometry_of(Chain((Pool(np.int32(3), (2, 19, 18), (2, 2), (2, 2), (0, 0)), plain)))
    assert pooled is not None
    assert (pooled.input, pooled.weight.shape) == ((2, 19, 18), (4, 2, 6, 6))
    assert (pooled.stride, pooled.before) == ((2, 2), (2, 0))
    assert (pooled.weight == 3).all()
    scaled = geometry_of(Chain((plain, OneToOne(np.int32(5), plain.target_size))))
    assert scaled is not None
    assert (scaled.weight == 5).all()


@pytest.mark.parametrize(
    "wiring",
    [
        Dense(np.ones((4, 5), np.int32)),
        Convolution(np.ones((2, 1, 3), np.int32), (1, 9), (1,), ((0, 0),), (2,)),
        Convolution(np.ones((2, 1, 3), np.int32), (2, 9), (1,), ((0, 0),), (1,), groups=2),
        Convolution(
            np.ones((1, 1, 2, 2, 2), np.int32), (1, 3, 3, 3), (1,) * 3, ((0, 0),) * 3, (1,) * 3
        ),
        Convolution(np.ones((1, 1, 2), np.int32), (1, 70_000), (1,), ((0, 0),), (1,)),
        Pool(np.int32(1), (1, 8), (2,), (2,), (0,)),
        Chain((
            Pool(np.int32(1), (1, 9), (3,), (2,), (0,)),
            Convolution(np.ones((1, 1, 2), np.int32), (1, 4), (1,), ((0, 0),), (1,)),
        )),
        Chain((
            Pool(np.int32(1), (1, 8), (2,), (2,), (1,)),
            Convolution(np.ones((1, 1, 2), np.int32), (1, 5), (1,), ((0, 0),), (1,)),
        )),
    ],
)  # fmt: skip
def test_what_is_none(wiring: Connectivity) -> None:
    assert geometry_of(wiring) is None


def test_sums_that_do_not_fit_are_no_convolution(make_target: Callable[..., Target]) -> None:
    weight = np.full((1, 40, 3, 3), 127, np.int32)
    wiring = Convolution(weight, (40, 3, 3), (1, 1), ((0, 0), (0, 0)), (1, 1))
    for format, forms in ((BOOL, {"rows", "matrix", "kernel"}), (FORMATS[1], {"rows", "matrix"})):
        model = measure(convolved(wiring, format), make_target(array=True), Guidance())
        assert set(model.choices["w"].cycles) == forms


def test_an_arranged_convolution_stays_one(
    network: IntegerNetwork, make_target: Callable[..., Target]
) -> None:
    order = {"p": np.random.default_rng(0).permutation(network.populations[0].size)}
    given = arranged(network, order)
    wiring = given.projections[0].connectivity
    assert isinstance(wiring, Arranged)
    again = arranged(given, {"p": np.argsort(order["p"])}).projections[0].connectivity
    assert isinstance(again, Arranged)
    np.testing.assert_array_equal(again.target_cells, np.arange(network.populations[0].size))
    kept, back = (w.rows(0, w.source_size) for w in (network.projections[0].connectivity, again))
    np.testing.assert_array_equal(kept.target, back.target)
    np.testing.assert_array_equal(kept.weight, back.weight)
    assert type(wiring.with_weights(wiring.weights)) is Sparse
    with pytest.raises(ValueError, match="no order of"):
        replace(wiring, source_cells=np.zeros(wiring.source_size, np.int64))


def test_demand_bounds_convolutions(
    network: IntegerNetwork,
    make_target: Callable[..., Target],
    plain_mapping: Callable[..., Mapping],
) -> None:
    target = without_matrices(make_target(array=True, cores=99))
    guidance = Guidance(options={"mac": "always"})
    for largest in (9, 40, 144, 300):
        mapping = plain_mapping(network, target, largest=largest, arrays="always")
        report = ManycoreBackend().emit(network, mapping, target, guidance).json("report.json")
        demands = [mapping.demand[n]["bytes"] for n, s in enumerate(mapping.slices) if s.core]
        for core, demand in zip(report["cores"], demands, strict=True):
            assert core["bytes"] <= demand
    model = ManycoreBackend().resources(network, target, guidance)
    sizes = [model.demand("p", 20, stop)["bytes"] for stop in range(21, 300)]
    assert sizes == sorted(sizes)


# checked


@pytest.mark.parametrize(
    ("word", "value", "codes"),
    [
        (WEIGHTS, 0, {"E0812"}),
        (CHANNELS, 3, {"E0812"}),
        (CHANNELS, 2 | 16 << 16, {"E0812"}),
        (SIZE, 3 | 2 << 16, {"E0812"}),
        (STRIDE, 0, {"E0812"}),
        (STRIDE, 1 | 2 << 16, {"E0812"}),
        (RESULT, 3 | 2 << 16, {"E0812"}),
        (RESULT, 300 | 300 << 16, {"E0812"}),
        (PLACES, 0, {"E0812"}),
        (NEURONS, 0, {"E0812"}),
        (SIGNED, 0, {"E0814"}),
        (SIGNED, 2, {"E0812"}),
        (SCRATCH, 0, {"E0812"}),
        (SCRATCH + 1, 1, {"E0812"}),
        (KIND, 1, {"E0812"}),
    ],
)
def test_a_damaged_convolution_is_found(
    network: IntegerNetwork, program: Program, word: int, value: int, codes: set[str]
) -> None:
    spoilt = with_word(program, word, value)
    assert {d.code for d in ManycoreBackend().verify(spoilt, network)} == codes


def test_every_weight_and_place_counts(network: IntegerNetwork, program: Program) -> None:
    words = block_words(program)
    content = program.files[images(program)[0]]

    def codes(address: int, value: bytes) -> set[str]:
        spoilt = with_bytes(program, address, value)
        return {d.code for d in ManycoreBackend().verify(spoilt, network)}

    for place in (0, 200, 431):
        changed = bytes([content[words[WEIGHTS] + place] ^ 2])
        assert codes(words[WEIGHTS] + place, changed) == {"E0804", "E0805"}
    first, second = (content[words[NEURONS] + 2 * n : words[NEURONS] + 2 * n + 2] for n in (0, 1))
    assert codes(words[NEURONS], second + first) == {"E0804", "E0805"}
    assert codes(words[NEURONS], second) == {"E0812"}
    assert codes(words[NEURONS], b"\xff\xff") == {"E0812"}
    first, second = (content[words[PLACES] + 2 * n : words[PLACES] + 2 * n + 2] for n in (0, 1))
    assert codes(words[PLACES], second + first) == {"E0804", "E0805"}
    assert codes(words[PLACES], second) == {"E0812"}
    assert codes(words[PLACES], b"\xfe\xff") == {"E0812"}
    # a cell that is nowhere has no synapse, and its entry would begin further on
    assert codes(words[PLACES], b"\xff\xff") == {"E0812"}


@pytest.mark.parametrize(
    ("word", "value", "problem"),
    [
        (CHANNELS, 0, "of no size"),
        (WEIGHTS, 1 << 31, "are absent"),
        (PLACES, 1 << 31, "are absent"),
        (NEURONS, 1 << 31, "are absent"),
        (RESULT, 300 | 300 << 16, "a patch is too large"),
        (RESULT, 1 | 1 << 16, "beyond the"),
    ],
)
def test_the_emulator_refuses_a_damaged_convolution(
    program: Program, word: int, value: int, problem: str
) -> None:
    with pytest.raises(SomacError, match=f"E0711.*{problem}"):
        ManycoreBackend().emulator(with_word(program, word, value))


def test_the_emulator_refuses_damaged_places(program: Program) -> None:
    words = block_words(program)
    content = program.files[images(program)[0]]
    other = content[words[PLACES] + 2 : words[PLACES] + 4]
    for value, problem in ((other, "two cells in one place"), (b"\xfe\xff", "beyond the patch")):
        with pytest.raises(SomacError, match=f"E0711.*{problem}"):
            ManycoreBackend().emulator(with_bytes(program, words[PLACES], value))


def test_a_core_does_not_start_with_a_convolution_of_no_size(
    c_compiler: None, program: Program
) -> None:
    inputs = {"in": np.zeros((1, 1, 3 * 144), np.int64)}
    for word, value in ((STRIDE, 1), (RESULT, 300 | 300 << 16)):
        with (
            host_cores(with_word(program, word, value)) as machine,
            pytest.raises(SomacError, match="does not start: error 4"),
        ):
            machine.run(inputs)
