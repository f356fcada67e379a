"""Networks to files and back: digests equal, and nothing malformed is believed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from somac.ir import npy, serial
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
from somac.ir.datapath import SEMANTICS, Datapath, Instruction, Table
from somac.ir.errors import SomacError
from somac.ir.expr import Binary, Call, Expr, Lookup, Name, Number, TableFunction, Unary
from somac.ir.fixed import BOOL, Format, Overflow, Rounding
from somac.ir.integer import IntegerInput, IntegerNetwork, IntegerPopulation, IntegerProjection
from somac.ir.network import Input, Network, Output, Population, Projection
from somac.ir.neuron import Assign, Emission, NeuronModel, Parameter, State
from somac.ir.program import Program
from somac.ir.serial import (
    integer_from_files,
    integer_to_files,
    network_from_files,
    network_to_files,
)

MAIN = "golden/network.json"
sizes = st.integers(1, 3)
reals = st.floats(-1e6, 1e6)


@st.composite
def wirings(draw: st.DrawFn, dtype: Any) -> Connectivity:
    """Every kind, with weights of `dtype`."""

    def weights(*shape: int) -> NDArray[Any]:
        return draw(hnp.arrays(dtype, shape, elements=st.integers(-99, 99)))

    def delays(count: int) -> NDArray[np.int64] | None:
        return draw(st.none() | hnp.arrays(np.int64, count, elements=st.integers(0, 5)))

    source, target = draw(sizes), draw(sizes)
    match draw(st.sampled_from(["dense", "sparse", "one", "all", "convolution", "pool", "chain"])):
        case "sparse":
            counts = draw(st.lists(st.integers(0, 3), min_size=source, max_size=source))
            count = sum(counts)
            cells = hnp.arrays(np.int64, count, elements=st.integers(0, target - 1))
            indptr = np.cumsum([0, *counts])
            return Sparse(indptr, draw(cells), weights(count), delays(count), target)
        case "one":
            return OneToOne(
                weights(*draw(st.sampled_from([(), (source,)]))), source, delays(source)
            )
        case "all":
            return AllToAll(weights(), source, target)
        case "convolution":
            shape = (2 * source, 4, 3)
            return Convolution(
                weights(2 * target, source, 2, 3), shape, (1, 2), ((0, 1), (2, 0)), (1, 1), 2
            )
        case "pool":
            return Pool(weights(), (source, 4, 3), (2, 2), (2, 1), (0, 1))
        case "chain":
            first = OneToOne(np.ones((), dtype), source, delays(source))
            return Chain((first, Dense(weights(target, source))))
        case _:
            return Dense(weights(target, source))


def _larger(smaller: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    table = TableFunction("ramp", (0.0, 0.25, 1.0), -1.0, 2.0)
    return st.one_of(
        st.builds(Unary, st.sampled_from(["-", "not"]), smaller),
        st.builds(Binary, st.sampled_from(["+", "**", "<=", "and"]), smaller, smaller),
        st.builds(Call, st.just("clamp"), st.tuples(smaller, smaller, smaller)),
        st.builds(Lookup, st.just(table), smaller),
    )


expressions = st.recursive(
    st.builds(Number, reals) | st.builds(Name, st.sampled_from(["v", "i", "tau", "dt"])),
    _larger,
    max_leaves=6,
)


@st.composite
def networks(draw: st.DrawFn) -> Network:
    inputs, populations, projections = [], [], []
    for number in range(draw(sizes)):
        connectivity = draw(wirings(np.float64))
        model = NeuronModel(
            f"m{number}",
            (Parameter("tau", draw(st.none() | reals), draw(st.sampled_from(["", "s"]))),),
            ("i",),
            (State("v", Number(draw(reals))),),
            (Assign("v", draw(expressions)),),
            Emission(draw(st.sampled_from(["spike", "count", "value"])), "v"),
            draw(st.text(max_size=8)),
        )
        size = connectivity.target_size
        shapes = st.sampled_from([(), (size,)])
        values = draw(hnp.arrays(np.float64, shapes, elements=reals))
        bias = {"i": values} if draw(st.booleans()) else {}
        inputs.append(Input(f"x{number}", (connectivity.source_size,)))
        populations.append(Population(f"p {number}", (size,), model, {"tau": values}, bias))
        projections.append(
            Projection(f"e/{number}", f"x{number}", f"p {number}", "i", connectivity, number)
        )
    semantics = draw(st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=2))
    outputs = tuple(Output(f"y{p.name}", p.name) for p in populations)
    name, dt = draw(st.text(max_size=5)), draw(st.floats(1e-9, 10.0))
    try:
        return Network(
            name, dt, tuple(inputs), tuple(populations), tuple(projections), outputs, semantics
        )
    except SomacError:
        # an equation of constants that is infinite, such as 0 ** -1
        reject()


STATE = Format(16, 4, True, Rounding.RND_CONV, Overflow.SAT)


@st.composite
def integer_networks(draw: st.DrawFn) -> IntegerNetwork:
    inputs, populations, projections = [], [], []
    for number in range(draw(sizes)):
        connectivity = draw(wirings(np.int32))
        raws = st.integers(STATE.minimum, STATE.maximum)
        table = Table(draw(raws), draw(hnp.arrays(np.int64, draw(sizes), elements=raws)))
        path = Datapath(
            f"d{number}",
            (
                Instruction("input", Format(20, 20), name="i"),
                Instruction("state", STATE, name="v"),
                Instruction("param", STATE, name="tau"),
                Instruction("const", STATE, raw=draw(raws)),
                Instruction("table", STATE, (0,), "t"),
                Instruction("add", STATE, (3, 4), "sum"),
                Instruction("ge", BOOL, (1, 2)),
            ),
            {"v": 5},
            6,
            "spike",
            {"t": table},
        )
        size = connectivity.target_size
        shapes = st.sampled_from([(), (size,)])
        values = draw(hnp.arrays(np.int64, shapes, elements=raws))
        scale = draw(hnp.arrays(np.float64, shapes, elements=reals))
        boundary = IntegerInput(
            f"x{number}", (connectivity.source_size,), "value", Format(9, 9), 2.0**-number
        )
        inputs.append(boundary)
        population = IntegerPopulation(
            f"p {number}", (size,), path, {"tau": values}, {"v": values}, {"v": scale}
        )
        populations.append(population)
        projections.append(
            IntegerProjection(
                f"e{number}", f"x{number}", population.name, "i", connectivity, number
            )
        )
    outputs = tuple(Output(f"y{p.name}", p.name) for p in populations)
    return IntegerNetwork(
        "n",
        draw(st.floats(1e-9, 10.0)),
        tuple(inputs),
        tuple(populations),
        tuple(projections),
        outputs,
        origin=draw(st.text("0123456789abcdef", max_size=8)),
    )


@settings(max_examples=25)
@given(networks())
def test_a_network_reads_back(network: Network) -> None:
    files = network_to_files(network, "a/b")
    again = network_from_files(files, "a/b")
    assert again.digest() == network.digest()
    assert again.text() == network.text()
    assert network_to_files(again, "a/b") == files


@settings(max_examples=25)
@given(integer_networks())
def test_an_integer_network_reads_back(network: IntegerNetwork) -> None:
    files = integer_to_files(network, "golden")
    again = integer_from_files(files, "golden")
    assert again.digest() == network.digest()
    assert again.text() == network.text()
    assert integer_to_files(again, "golden") == files
    # a bundle can hold them
    assert Program("b", "t", files).files == files


PATH = Datapath(
    "d",
    (
        Instruction("input", Format(8, 8), name="i"),
        Instruction("state", Format(8, 8), name="v"),
        Instruction("add", Format(8, 8), (0, 1)),
    ),
    {"v": 2},
    2,
    "value",
)
NETWORK = IntegerNetwork(
    "n",
    1e-3,
    (IntegerInput("x", (2,), "spike", BOOL),),
    (IntegerPopulation("p", (3,), PATH, {}, {"v": np.arange(3)}, {"v": np.asarray(0.5)}),),
    (IntegerProjection("x_p", "x", "p", "i", Dense(np.arange(6, dtype=np.int32).reshape(3, 2))),),
    (Output("y", "p"),),
)
FILES = integer_to_files(NETWORK, "golden")
INITIAL = "golden/populations.0.initial.v.npy"
WEIGHT = "golden/projections.0.connectivity.weight.npy"


def test_names_of_the_files_say_what_is_in_them() -> None:
    assert sorted(FILES) == [MAIN, INITIAL, WEIGHT]
    np.testing.assert_array_equal(npy.decode(FILES[WEIGHT]), [[0, 1], [2, 3], [4, 5]])
    head = json.loads(FILES[MAIN])
    assert (head["type"], head["format"], head["semantics"]) == ("IntegerNetwork", 1, SEMANTICS)
    scale = head["value"]["populations"][0]["scales"]["v"]
    assert scale == {"float64": 0.5}
    assert head["value"]["projections"][0]["connectivity"]["kind"] == "Dense"


def refused(files: dict[str, bytes], code: str = "E0704") -> SomacError:
    with pytest.raises(SomacError) as caught:
        integer_from_files(files, "golden")
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == code
    assert caught.value.exit_code == 2
    return caught.value


@pytest.mark.parametrize("name", [MAIN, INITIAL, WEIGHT])
def test_a_missing_file(name: str) -> None:
    files = {n: c for n, c in FILES.items() if n != name}
    assert refused(files).diagnostics[0].place.file == MAIN


def edited(*path: str | int, to: Any) -> dict[str, bytes]:
    head = json.loads(FILES[MAIN])
    inner = head
    for step in path[:-1]:
        inner = inner[step]
    if to is KeyError:
        del inner[path[-1]]
    else:
        inner[path[-1]] = to
    return {**FILES, MAIN: json.dumps(head).encode()}


POPULATION = ("value", "populations", 0)
PROJECTION = ("value", "projections", 0)
FIRST = (*POPULATION, "datapath", "instructions", 0)


@pytest.mark.parametrize(
    ("path", "to", "message"),
    [
        (("type",), "Network", "it holds no IntegerNetwork"),
        (("value",), KeyError, "it holds no IntegerNetwork"),
        (("value",), [], "not a JSON object"),
        (("value", "dt"), KeyError, "'dt' is missing"),
        (("value", "colour"), 1, "'colour' is missing, or no field"),
        (("value", "dt"), "1", "is not of type float"),
        (("value", "dt"), 1, "is not of type float"),
        (("value", "dt"), True, "is not of type float"),
        (("value", "dt"), -1.0, "a time step of -1.0 s"),
        (("value", "name"), None, "is not of type str"),
        (("value", "period"), 1.0, "is not of type int"),
        (("value", "period"), 2**70, "is out of range"),
        (("value", "period"), 0, "a period of 0 ticks"),
        (("value", "populations"), {}, "not a JSON array"),
        ((*POPULATION, "shape"), [-3], "no cells"),
        ((*POPULATION, "shape"), [3, "1"], "is not of type int"),
        ((*POPULATION, "scales"), [], "not a JSON object"),
        ((*POPULATION, "scales", "v"), {"float64": "x"}, "is not of type float"),
        ((*POPULATION, "scales", "v"), {"int64": 1}, "no array of type float64"),
        ((*POPULATION, "scales", "v"), {"npy": "populations.0.initial.v.npy"}, "of type int64"),
        ((*POPULATION, "scales", "v"), {}, "not an array"),
        ((*POPULATION, "initial", "v"), {"npy": 3}, "no array of type int64"),
        ((*POPULATION, "initial", "v"), {"npy": "../x.npy"}, "no array of type int64"),
        ((*POPULATION, "initial", "v"), {"int64": 2**63}, "is out of range"),
        ((*POPULATION, "initial", "v"), {"int64": 200}, "is not within fixed<8,8>"),
        ((*POPULATION, "datapath", "output_kind"), "burst", "is not one of spike, count, value"),
        ((*POPULATION, "datapath", "output_kind"), ["spike"], "is not one of spike"),
        ((*POPULATION, "datapath", "output"), 77, "%77, which is not there"),
        ((*FIRST, "opcode"), "jump", "no such operation"),
        ((*FIRST, "format", "rounding"), "UP", "is not one of TRN, RND"),
        ((*FIRST, "format", "width"), 64, "width"),
        ((*FIRST, "arguments"), 0, "not a JSON array"),
        ((*PROJECTION, "connectivity", "kind"), "Quantum", "'Quantum' is not one of AllToAll"),
        ((*PROJECTION, "connectivity", "kind"), KeyError, "None is not one of AllToAll"),
        ((*PROJECTION, "connectivity", "kind"), ["Dense"], "is not one of AllToAll"),
        ((*PROJECTION, "connectivity", "weight"), {"int32": 2**40}, "2|range|large"),
        ((*PROJECTION, "connectivity", "weight"), {"int32": 3}, "a matrix is needed"),
        ((*PROJECTION, "source"), "z", "z -> p"),
    ],
)
def test_text_that_is_no_network(path: tuple[str | int, ...], to: Any, message: str) -> None:
    error = refused(edited(*path, to=to))
    assert error.diagnostics[0].place.file in (MAIN, INITIAL)
    assert any(part in str(error) for part in message.split("|"))


@pytest.mark.parametrize("name", ["format", "semantics"])
def test_another_version(name: str) -> None:
    for version in (0, 99):
        assert f"have: {name} {version}" in str(refused(edited(name, to=version), "E0705"))
    for version in ("1", None, True, KeyError):
        assert refused(edited(name, to=version)).diagnostics[0].place.node == name


@pytest.mark.parametrize(
    "content", [b"", b"\xff", b"{", b"[]", b"[" * 100_000, b'{"a": NaN}', b"1" * 5000]
)
def test_bytes_that_are_no_json_object(content: bytes) -> None:
    refused({**FILES, MAIN: content})


def test_numbers_that_are_not_finite() -> None:
    text = FILES[MAIN].replace(b'"dt": 0.001', b'"dt": NaN')
    assert "is out of range" in str(refused({**FILES, MAIN: text}))
    text = FILES[MAIN].replace(b'"dt": 0.001', b'"dt": 1e999')
    assert "is out of range" in str(refused({**FILES, MAIN: text}))


def test_a_chain_of_chains_without_end() -> None:
    inner = json.loads(FILES[MAIN])["value"]["projections"][0]["connectivity"]
    text = json.dumps(inner)
    for _ in range(400):
        text = f'{{"kind": "Chain", "parts": [{text}]}}'
    whole = FILES[MAIN].decode()
    written = json.dumps(json.loads(whole)).replace(json.dumps(inner, sort_keys=True), text)
    assert written.count("Chain") == 400
    error = refused({**FILES, MAIN: written.encode()})
    assert "nested too deeply" in str(error) or "not JSON" in str(error)


def test_a_population_of_more_cells_than_anything_holds() -> None:
    head = json.loads(FILES[MAIN])
    population = head["value"]["populations"][0]
    population["shape"] = [1 << 40]
    population["initial"]["v"] = {"int64": 0}
    head["value"]["projections"] = []
    message = str(refused({**FILES, MAIN: json.dumps(head).encode()}))
    assert f"p has {1 << 40} cells" in message


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a .npy file"),
        (b"\x93NUMPY\x02\x00" + FILES[WEIGHT][8:], "version 1.0"),
        (FILES[WEIGHT][:60], "not a header"),
        (FILES[WEIGHT][:-1], "23 bytes for an array of shape (3, 2)"),
        (FILES[WEIGHT] + b"\0", "25 bytes"),
        (FILES[WEIGHT].replace(b"(3, 2)", b"(9, 9)"), "24 bytes for an array of shape (9, 9)"),
        (FILES[WEIGHT].replace(b"(3, 2), }          ", b"(1000000000000000, 2), }"), "not a|bytes"),
        (FILES[WEIGHT].replace(b"False", b"True "), "not a header"),
        (FILES[WEIGHT].replace(b"<i4", b">i4"), "not a header"),
        (FILES[WEIGHT].replace(b"<i4", b"|O8"), "not a header"),
        (FILES[WEIGHT].replace(b"<i4", b"<f4"), "not a header"),
        (FILES[WEIGHT].replace(b"(3, 2)", b"(3,-2)"), "not a header"),
        (FILES[INITIAL], "a matrix is needed"),
    ],
)
def test_arrays_that_are_not_as_they_must_be(content: bytes, message: str) -> None:
    error = refused({**FILES, WEIGHT: content})
    assert any(part in str(error) for part in message.split("|"))
    if content != FILES[INITIAL]:
        assert error.diagnostics[0].place.file == WEIGHT


@settings(max_examples=150)
@given(st.sampled_from(sorted(FILES)), st.data())
def test_damaged_bytes_never_give_anything_but_a_coded_error(
    name: str, data: st.DataObject
) -> None:
    content = bytearray(FILES[name])
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(0, len(content))) :]
    assume(bytes(content) != FILES[name])
    codes = set()
    try:
        integer_from_files({**FILES, name: bytes(content)}, "golden")
    except SomacError as error:
        codes = {diagnostic.code for diagnostic in error.diagnostics}
    assert codes <= {"E0704", "E0705"}


@given(
    hnp.arrays(
        st.sampled_from([np.dtype(name) for name in npy.DTYPES]),
        hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=3),
    )
)
def test_npy_files_are_those_of_numpy(array: NDArray[Any]) -> None:
    from io import BytesIO

    written = npy.encode(array)
    file = BytesIO()
    np.save(file, array)
    assert written == file.getvalue()
    again = npy.decode(written)
    assert again.dtype == array.dtype
    assert not again.flags.writeable
    np.testing.assert_array_equal(again, array)
    assert npy.encode(np.array(array, order="F").astype(array.dtype.newbyteorder())) == written


@pytest.mark.parametrize("dtype", ["float32", "int8", "object", "complex128", "<U3"])
def test_npy_files_of_other_types_are_not_written(dtype: str) -> None:
    with pytest.raises(ValueError, match="is not written"):
        npy.encode(np.zeros(2, dtype))


def test_truth_values_are_0_and_1() -> None:
    content = npy.encode(np.array([True, False]))
    with pytest.raises(ValueError, match="neither 0 nor 1"):
        npy.decode(content[:-1] + b"\x02")


def test_what_no_field_declares_is_not_written() -> None:
    class Stranger(Dense):
        pass

    odd = Stranger(np.ones((3, 2), np.int32))
    projection = replace(NETWORK.projections[0], connectivity=odd)
    with pytest.raises(TypeError, match=r"projections\.0\.connectivity: a Stranger cannot"):
        integer_to_files(replace(NETWORK, projections=(projection,)), "golden")


def test_the_limit_of_cells_leaves_room() -> None:
    assert serial._MAX_CELLS > 10**7
