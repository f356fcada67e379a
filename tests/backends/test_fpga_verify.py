"""The checker of FPGA bundles: clean bundles are clean, and every damage is found and named.

Mutants are drawn with a seed of their own, so that every run has the same.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from math import gcd
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import somac
from somac.backends.fpga import create
from somac.backends.fpga.emit import emit
from somac.backends.fpga.folding import EngineFold, Folding, fold
from somac.backends.fpga.levels import levels
from somac.backends.fpga.verify import verify
from somac.backends.fpga.verify.source import differences, read
from somac.backends.fpga.verify.stages import counted_latency
from somac.compiler.passes.quantise import quantise
from somac.compiler.testing.networks import Case, cases
from somac.ir.arrange import arranged
from somac.ir.connectivity import Dense
from somac.ir.errors import Diagnostic
from somac.ir.fixed import Format, Rounding
from somac.ir.integer import IntegerInput, IntegerNetwork, IntegerProjection
from somac.ir.mapping import Mapping, Proof, Slice
from somac.ir.network import Output
from somac.ir.product import ProductCast
from somac.ir.program import Program
from somac.ir.target import Target

Emit = Callable[..., Program]
DESIGN = "design.json"


def mapped(network: IntegerNetwork, target: Target, largest: int, order: Any) -> Mapping:
    slices = [Slice(i.name, 0, i.size, None) for i in network.inputs]
    core = 0
    for p in network.populations:
        for start in range(0, p.size, largest):
            slices.append(Slice(p.name, start, min(start + largest, p.size), core))
            core += 1
    proof = Proof(0, 0, "optimal", "none")
    return Mapping(network.digest(), target.digest(), tuple(slices), (), proof, {}, order=order)


def shared_engines(
    network: IntegerNetwork, mapping: Mapping, lanes: int, updaters: int, together: int
) -> Folding:
    """Slices in the order of their levels, several on an engine, whose lanes may take turns."""
    level = levels(network)
    parts = sorted(
        (s for s in mapping.slices if s.core is not None), key=lambda s: level[s.population]
    )
    engines = []
    for at in range(0, len(parts), together):
        some = tuple(parts[at : at + together])
        most = min(lanes, max(s.size for s in some))
        engines.append(EngineFold(most, some, updaters=gcd(most, updaters)))
    return Folding(tuple(engines), fold(network, mapping).inputs)


@pytest.fixture(scope="module")
def emitted(make_target: Callable[..., Target]) -> Emit:
    target = make_target()

    def program(
        network: IntegerNetwork, largest: int = 1 << 30, order: Any = None, shared: Any = None
    ) -> Program:
        given = arranged(network, order or {})
        mapping = mapped(given, target, largest, order or {})
        folding = (
            fold(given, mapping) if shared is None else shared_engines(given, mapping, *shared)
        )
        return emit(given, mapping, target, folding)

    return program


def in_steps(network: IntegerNetwork) -> IntegerNetwork:
    """The same without the skew of retiming: everything begins with tick 0."""
    assert network.period == 1
    return replace(
        network,
        populations=tuple(replace(p, start=0) for p in network.populations),
        projections=tuple(
            replace(p, delay=p.delay + network.start(p.source) - network.start(p.target))
            for p in network.projections
        ),
    )


@pytest.fixture(scope="module")
def mixed(example: IntegerNetwork) -> IntegerNetwork:
    """Spikes, counts and values; dense and sparse rows, a ring of delays, two ports."""
    return in_steps(example)


@pytest.fixture(scope="module")
def rounding(example: IntegerNetwork) -> IntegerNetwork:
    """Values that are read whole, products that are rounded, in two ways."""
    rng = np.random.default_rng(3)
    population = replace(example.population("value"), start=0)

    def dense(cells: int) -> Dense:
        return Dense(rng.integers(-90, 91, (6, cells)).astype(np.int32))

    return IntegerNetwork(
        "rounding",
        1e-3,
        (IntegerInput("x", (21,), "value", Format(6, 6)),),
        (population,),
        (
            IntegerProjection(
                "w", "x", "value", "x", dense(21), 0, None, ProductCast(3, Rounding.RND_CONV)
            ),
            IntegerProjection("again", "value", "value", "x", dense(6), 1),
        ),
        (Output("out", "value"), Output("echo", "x")),
    )


@pytest.fixture(scope="module")
def bundles(
    emitted: Emit, mixed: IntegerNetwork, rounding: IntegerNetwork
) -> list[tuple[IntegerNetwork, Program]]:
    """Two kinds of engine, and the first with sections that share engines."""
    return [
        (mixed, emitted(mixed)),
        (rounding, emitted(rounding)),
        (mixed, emitted(mixed, largest=9, shared=(4, 2, 3))),
    ]


def found(program: Program, network: IntegerNetwork) -> list[Diagnostic]:
    return list(verify(program, network))


def codes(program: Program, network: IntegerNetwork) -> set[str]:
    everything = found(program, network)
    assert all(d.entry.exit_code == 1 for d in everything)
    return {d.code for d in everything}


def with_file(program: Program, name: str, content: bytes) -> Program:
    return Program(program.backend, program.target, {**program.files, name: content})


def described(program: Program, change: Callable[[Any], Any]) -> Program:
    """The program with its design changed."""
    data = json.loads(program.files[DESIGN])
    change(data)
    return with_file(program, DESIGN, json.dumps(data).encode())


# --- nothing is wrong --------------------------------------------------------------------------


def test_clean_bundles(bundles: list[tuple[IntegerNetwork, Program]]) -> None:
    for network, program in bundles:
        assert found(program, network) == []
        assert list(create().verify(program, network)) == []


def test_kinds_of_engines(bundles: list[tuple[IntegerNetwork, Program]]) -> None:
    """What damage is done to has every kind of rows, a ring, memories of every kind."""
    engines = [e for _, p in bundles for e in json.loads(p.files[DESIGN])["engines"]]
    kinds = {link["kind"] for e in engines for link in e["links"]}
    assert kinds == {"dense", "sparse", "whole"}
    assert any(e["ring"] > 1 for e in engines)
    assert any(len(e["sections"]) > 1 for e in engines)
    assert any(len(e["casts"]) > 1 for e in engines)
    assert any(e["updaters"] < e["lanes"] for e in engines)
    memories = {kind for e in engines for s in e["sections"] for kind in s["memories"]}
    assert memories == {"initial", "parameters"}


@pytest.mark.parametrize("name", ["digits", "digits_rows"])
def test_digits(repository: Path, emitted: Emit, name: str) -> None:
    (model,) = sorted((repository / "examples" / name).glob("*.nir")) or [None]
    if model is None:
        (model,) = sorted((repository / "examples" / name).glob("*.snn"))
    network = quantise(somac.load(model)).network
    assert found(emitted(network), network) == []


def test_braille(shared: Path, emitted: Emit) -> None:
    network = quantise(somac.load(shared / "nir" / "braille_noDelay_bias_zero.nir")).network
    assert found(emitted(network), network) == []


@settings(max_examples=25)
@given(cases(), st.integers(1, 6), st.integers(1, 6), st.integers(1, 3), st.randoms())
def test_random_networks(
    emitted: Emit, case: Case, largest: int, lanes: int, together: int, chance: Any
) -> None:
    network = quantise(case.network).network
    order = {
        p.name: np.array(chance.sample(range(p.size), p.size), np.int64)
        for p in network.populations
        if chance.random() < 0.5
    }
    assert found(emitted(network), network) == []
    program = emitted(network, largest, order, shared=(lanes, chance.randint(1, 3), together))
    assert found(program, network) == []


@settings(max_examples=25)
@given(st.data())
def test_random_integers(emitted: Emit, random_networks: Any, data: st.DataObject) -> None:
    """Wide formats, counts and values, two ports, products that are rounded."""
    network = data.draw(random_networks(4))
    assume(network.period == 1)
    network = in_steps(network)
    projections = []
    for p in network.projections:
        shift = data.draw(st.integers(0, 5))
        cast = ProductCast(shift, data.draw(st.sampled_from(list(Rounding)))) if shift else None
        projections.append(replace(p, product=cast))
    network = replace(network, projections=tuple(projections))
    assert found(emitted(network), network) == []


def test_names_of_any_kind(emitted: Emit, mixed: IntegerNetwork) -> None:
    """Words of SystemVerilog, names that others are made of, and none of ASCII letters."""
    names = {
        "spikes": "module",
        "counts": "counts from 9",
        "lif": "x",
        "cuba": "x_engine",
        "value": "ﬂäche // 2",
        "w0": "a\nendmodule",
    }

    def named(name: str) -> str:
        return names.get(name, name)

    network = replace(
        mixed,
        name="sim",
        inputs=tuple(replace(i, name=named(i.name)) for i in mixed.inputs),
        populations=tuple(replace(p, name=named(p.name)) for p in mixed.populations),
        projections=tuple(
            replace(p, name=named(p.name), source=named(p.source), target=named(p.target))
            for p in mixed.projections
        ),
        outputs=tuple(replace(o, name="X", source=named(o.source)) for o in mixed.outputs[:1]),
    )
    assert found(emitted(network), network) == []
    assert found(emitted(network, largest=9, shared=(4, 2, 3)), network) == []


def test_a_million_synapses(emitted: Emit, rounding: IntegerNetwork) -> None:
    rng = np.random.default_rng(5)
    weights = rng.integers(-90, 91, (1000, 1000)).astype(np.int32)
    network = replace(
        rounding,
        inputs=(replace(rounding.inputs[0], shape=(1000,)),),
        populations=(replace(rounding.populations[0], shape=(1000,)),),
        projections=(replace(rounding.projections[0], connectivity=Dense(weights)),),
    )
    program = emitted(network)
    assert found(program, network) == []
    weights[700, 300] += 1
    changed = replace(network.projections[0], connectivity=Dense(weights))
    assert codes(program, replace(network, projections=(changed,))) == {"E0804", "E0805"}


# --- the network is another one ----------------------------------------------------------------


def changed_population(network: IntegerNetwork, name: str, **fields: Any) -> IntegerNetwork:
    populations = tuple(replace(p, **fields) if p.name == name else p for p in network.populations)
    return replace(network, populations=populations)


def changed_projection(network: IntegerNetwork, name: str, **fields: Any) -> IntegerNetwork:
    projections = tuple(replace(p, **fields) if p.name == name else p for p in network.projections)
    return replace(network, projections=projections)


def one_bias(n: IntegerNetwork) -> IntegerNetwork:
    bias = n.population("lif").parameters["bias"].copy()
    bias[-1] += 1
    return changed_population(n, "lif", parameters={**n.population("lif").parameters, "bias": bias})


def another_threshold(n: IntegerNetwork) -> IntegerNetwork:
    parameters = {**n.population("lif").parameters, "threshold": np.int64(41)}
    return changed_population(n, "lif", parameters=parameters)


def one_initial_state(n: IntegerNetwork) -> IntegerNetwork:
    start = n.population("lif").initial["v"].copy()
    start[7] -= 1
    return changed_population(n, "lif", initial={**n.population("lif").initial, "v": start})


def another_datapath(n: IntegerNetwork) -> IntegerNetwork:
    return changed_population(n, "lif", datapath=replace(n.population("lif").datapath, name="x"))


def another_delay(n: IntegerNetwork) -> IntegerNetwork:
    return changed_projection(n, "w1", delay=n.projections[1].delay + 1)


def another_port(n: IntegerNetwork) -> IntegerNetwork:
    return changed_projection(n, "w2", port="inhibition")


def a_product(n: IntegerNetwork) -> IntegerNetwork:
    return changed_projection(n, "w2", product=ProductCast(1))


def one_weight(n: IntegerNetwork) -> IntegerNetwork:
    weights = n.projections[0].connectivity.weights.copy()
    weights[5] += 1
    return changed_projection(
        n, "w0", connectivity=n.projections[0].connectivity.with_weights(weights)
    )


def one_synapse_less(n: IntegerNetwork) -> IntegerNetwork:
    weights = n.projections[1].connectivity.weights.copy()
    weights[tuple(np.argwhere(weights)[0])] = 0
    return changed_projection(n, "w1", connectivity=Dense(weights))


def stronger(n: IntegerNetwork) -> IntegerNetwork:
    weights = n.projections[1].connectivity.weights * np.int32(1 << 20)
    return changed_projection(n, "w1", connectivity=Dense(weights))


def another_input(n: IntegerNetwork) -> IntegerNetwork:
    return replace(n, inputs=(n.inputs[0], replace(n.inputs[1], name="others")),
                   projections=tuple(
                       replace(p, source="others") if p.source == "counts" else p
                       for p in n.projections))  # fmt: skip


def another_output(n: IntegerNetwork) -> IntegerNetwork:
    return replace(n, outputs=(*n.outputs, Output("more", "cuba")))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (one_bias, {"E0803"}),
        (another_threshold, {"E0803"}),
        (one_initial_state, {"E0803"}),
        (another_datapath, {"E0802"}),
        (another_delay, {"E0804", "E0805"}),
        (another_port, {"E0804", "E0805"}),
        (a_product, {"E0804", "E0805"}),
        (one_weight, {"E0804", "E0805"}),
        (one_synapse_less, {"E0805"}),
        (stronger, {"E0804", "E0805", "E0815"}),
        (another_input, {"E0811"}),
        (another_output, {"E0811"}),
    ],
)
def test_another_network(
    bundles: list[tuple[IntegerNetwork, Program]],
    change: Callable[[IntegerNetwork], IntegerNetwork],
    expected: set[str],
) -> None:
    network, program = bundles[0]
    # widths and updates that follow from what was changed may be others too
    have = codes(program, change(network))
    assert expected <= have <= expected | {"E0805", "E0815", "E0819"}


# --- damage of one kind each -------------------------------------------------------------------


def first(data: Any, kind: str) -> Any:
    """The first engine with a link of a kind."""
    return next(e for e in data["engines"] if any(k["kind"] == kind for k in e["links"]))


def graded(data: Any) -> Any:
    """The first engine that reads values."""
    return next(e for e in data["engines"] if e["graded"])


def swap(items: list[Any], one: int, other: int) -> None:
    items[one], items[other] = items[other], items[one]


def twice(data: Any) -> None:
    order = data["engines"][0]["sections"][0]["order"]
    order[3] = order[4]


def without_a_link(data: Any) -> None:
    engine = data["engines"][0]
    engine["links"].pop()
    engine["sections"][-1]["links"][1] -= 1


def too_few_slots(data: Any) -> None:
    link = data["engines"][0]["links"][0]
    link["slots"] = link["delay"]


def in_a_circle(data: Any) -> None:
    for engine in data["engines"]:
        for link in engine["links"]:
            link["delay"] = 0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda d: d.update(format=2), "E0812"),
        (lambda d: d.update(semantics=99), "E0812"),
        (lambda d: d.pop("engines"), "E0812"),
        (lambda d: d.update(name="a b"), "E0812"),
        (lambda d: d["engines"].append(d["engines"][0]), "E0812"),
        (lambda d: d["engines"][0]["links"][0].update(source="nobody"), "E0812"),
        (twice, "E0812"),
        (too_few_slots, "E0812"),
        (lambda d: d["engines"].pop(), "E0812"),
        (lambda d: d["engines"][0]["sections"][0].update(start=1), "E0801"),
        (lambda d: d["engines"][0]["sections"][0].update(population="cuba"), "E0812"),
        (lambda d: d["inputs"][0].update(high=2), "E0811"),
        (lambda d: d["outputs"].pop(), "E0811"),
        (lambda d: d["outputs"][0].update(delay=1), "E0811"),
        (lambda d: d["sim"].update(probe_bits=7), "E0811"),
        (without_a_link, "E0812"),
        (lambda d: d["engines"][0]["links"][0].update(delay=2, slots=9), "E0804"),
        (lambda d: d["engines"][0]["links"][0]["projections"].pop(), "E0804"),
        (lambda d: d["engines"][0]["links"][0].update(projections=["w9"]), "E0805"),
        (lambda d: d["engines"][0].update(sum_bits=3), "E0815"),
        (lambda d: d["inputs"][1].update(bits=2), "E0815"),
        (lambda d: first(d, "sparse").update(delay_bits=1), "E0812"),
        (lambda d: graded(d).update(value_bits=1), "E0815"),
        (lambda d: graded(d).update(graded=False), "E0815"),
        (lambda d: d["engines"][0].update(address_bits=2), "E0812"),
        (in_a_circle, "E0816"),
        (lambda d: d["engines"][0].update(drain=1), "E0817"),
        (lambda d: d["engines"][0].update(clear=1), "E0817"),
        (lambda d: d["engines"][0]["sections"][0].update(flight=3), "E0817"),
        (lambda d: d["engines"][0]["sections"][0].update(flight=30), "E0817"),
        (lambda d: d["engines"][0]["links"][0].update(slots=77), "E0818"),
        (lambda d: d["engines"][0]["sections"][0]["states"][0].update(bits=19), "E0811"),
        (lambda d: d["engines"][1]["sections"][0]["states"][0].update(bits=3), "E0815"),
        (lambda d: d["engines"][1]["sections"][0]["parameters"].update(decay=1), "E0803"),
        (lambda d: d["engines"][1]["sections"][0]["states"][0].update(initial=4), "E0803"),
        (lambda d: d.update(stage_ns=2.0), "E0819"),
    ],
)
def test_a_changed_design(
    bundles: list[tuple[IntegerNetwork, Program]], change: Callable[[Any], Any], code: str
) -> None:
    network, program = bundles[0]
    assert code in codes(described(program, change), network)


def test_a_missing_file(bundles: list[tuple[IntegerNetwork, Program]]) -> None:
    for network, program in bundles:
        for name in program.files:
            # a test bench is for people: what it expects is compared when it runs
            if name.startswith("tb/"):
                continue
            rest = {n: c for n, c in program.files.items() if n != name}
            problems = found(Program(program.backend, program.target, rest), network)
            assert any(d.place.file == name for d in problems), name


def test_a_file_too_many(bundles: list[tuple[IntegerNetwork, Program]]) -> None:
    network, program = bundles[0]
    for name in ("rtl/more.sv", "mem/more.mem"):
        assert codes(with_file(program, name, b""), network) == {"E0818"}


def test_edited_modules(bundles: list[tuple[IntegerNetwork, Program]]) -> None:
    network, program = bundles[0]
    for name in ("rtl/lane.sv", "rtl/lif_update.sv", "rtl/multiplier.sv"):
        edited = program.files[name].replace(b";", b"; // edited", 1)
        assert codes(with_file(program, name, edited), network) == {"E0819"}
    hidden = b"// synthesis translate_off\n" + program.files["rtl/sim.sv"]
    assert codes(with_file(program, "rtl/sim.sv", hidden), network) == {"E0818"}


def test_an_update_for_other_sums(bundles: list[tuple[IntegerNetwork, Program]]) -> None:
    """An update states what it takes: that must be all that can arrive."""
    network, program = bundles[0]
    name = "rtl/lif_update.sv"
    text = program.files[name].decode()
    edited = re.sub(r"(// input i_in: )(-?\d+) \.\. (-?\d+)", r"\g<1>-1 .. 1", text)
    assert edited != text
    assert "E0815" in codes(with_file(program, name, edited.encode()), network)


def test_rows_in_another_order(bundles: list[tuple[IntegerNetwork, Program]]) -> None:
    network, program = bundles[0]
    for name in (n for n in program.files if n.endswith(("_dense.mem", "_pointers.mem"))):
        lines = program.files[name].splitlines(keepends=True)
        other = next(n for n, line in enumerate(lines) if line != lines[0])
        swap(lines, 0, other)
        assert codes(with_file(program, name, b"".join(lines)), network) & {"E0804", "E0812"}


@pytest.mark.parametrize(
    "damage",
    [
        lambda c: b"",
        lambda c: c[:-1],
        lambda c: c + b"\n",
        lambda c: c.upper() if c.upper() != c else c[1:],
        lambda c: b"x" + c[1:],
        lambda c: b" " + c[1:],
        lambda c: c[1:],
        lambda c: c.replace(b"\n", b" "),
        lambda c: b"\xff" + c[1:],
    ],
)
def test_damaged_images(
    bundles: list[tuple[IntegerNetwork, Program]], damage: Callable[[bytes], bytes]
) -> None:
    for network, program in bundles:
        for name in (n for n in program.files if n.startswith("mem/")):
            spoilt = with_file(program, name, damage(program.files[name]))
            (problem,) = {d.code for d in found(spoilt, network)}
            assert problem == "E0812"


def test_sections_that_wait_for_each_other(emitted: Emit, mixed: IntegerNetwork) -> None:
    """On one engine, what sends comes before what hears it in the same step."""
    direct = replace(
        mixed,
        projections=tuple(
            replace(p, delay=0) if p.name in {"w2", "w4"} else p for p in mixed.projections
        ),
    )
    assert found(emitted(direct, shared=(4, 2, 3)), direct) == []

    def backwards(data: Any) -> None:
        (engine,) = (e for e in data["engines"] if len(e["sections"]) == 3)
        links = [engine["links"][slice(*s["links"])] for s in engine["sections"]]
        swap(engine["sections"], 0, 1)
        swap(links, 0, 1)
        engine["links"] = [link for some in links for link in some]
        at = 0
        for section, some in zip(engine["sections"], links, strict=True):
            section["links"] = [at, at + len(some)]
            at += len(some)

    assert "E0816" in codes(described(emitted(direct, shared=(4, 2, 3)), backwards), direct)


def one_bit(network: IntegerNetwork) -> IntegerNetwork:
    """Spikes, and values of one bit, to one population."""
    values = replace(network.inputs[0], name="signs", format=Format(1, 1))
    weights = Dense(np.full((6, 1), 40, np.int32))
    projection = replace(network.projections[0], connectivity=weights, product=None)
    return replace(
        network,
        inputs=(
            replace(values, shape=(1,)),
            IntegerInput("spikes", (1,), "spike", Format(1, 1, False)),
        ),
        projections=(
            replace(projection, name="a", source="signs"),
            replace(projection, name="b", source="spikes"),
        ),
        outputs=network.outputs[:1],
    )


def test_spikes_beside_values_of_one_bit(emitted: Emit, rounding: IntegerNetwork) -> None:
    """Values from -1 to 0 take a bit, the spikes beside them two: else a spike counts -1."""
    network = one_bit(rounding)
    program = emitted(network)
    assert found(program, network) == []

    def narrow(data: Any) -> None:
        assert data["engines"][0]["value_bits"] == 2
        data["engines"][0]["value_bits"] = 1

    assert "E0815" in codes(described(program, narrow), network)


def test_products_of_spikes_that_are_rounded(emitted: Emit, rounding: IntegerNetwork) -> None:
    """Only engines for values round."""
    network = one_bit(rounding)
    (_, spikes) = network.projections
    network = replace(
        network,
        inputs=network.inputs[1:],
        projections=(replace(spikes, product=ProductCast(2, Rounding.RND)),),
    )
    program = emitted(network)
    assert found(program, network) == []

    def exact(data: Any) -> None:
        assert data["engines"][0]["graded"]
        data["engines"][0].update(graded=False, drain=2)

    assert {"E0804", "E0805", "E0815"} <= codes(described(program, exact), network)


# --- mutants -----------------------------------------------------------------------------------


def image_parts(program: Program, name: str) -> Any:
    """The engine that has an image of sparse rows or of pointers, None for other images."""
    for engine in json.loads(program.files[DESIGN])["engines"]:
        for kind, file in engine["memories"].items():
            if f"mem/{file}" == name and kind != "dense":
                return kind, engine
    return None, None


def without_meaning(program: Program, name: str, line: str, bit: int) -> bool:
    """Whether nothing reads a bit: places and delays of entries of weight 0, which fill rows up,
    and where a row of no words begins."""
    kind, engine = image_parts(program, name)
    word = int(line, 16)
    if kind == "sparse":
        weight = engine["weight_bits"]
        each = weight + engine["index_bits"] + engine["delay_bits"]
        entry = word >> (bit // each * each)
        return bit % each >= weight and entry % (1 << weight) == 0
    if kind == "pointers":
        address = engine["address_bits"]
        return bit >= address and word % (1 << address) == 0
    return False


def test_mutants_of_images(bundles: list[tuple[IntegerNetwork, Program]]) -> None:
    """A bit of an image is another: found, unless nothing reads it."""
    rng = random.Random(1)
    unread = 0
    for network, program in bundles:
        images = sorted(n for n in program.files if n.startswith("mem/"))
        for _ in range(100):
            name = rng.choice(images)
            lines = program.files[name].decode().splitlines()
            at = rng.randrange(len(lines))
            bit = rng.randrange(4 * len(lines[at]))
            word = int(lines[at], 16) ^ 1 << bit
            before = lines[at]
            lines[at] = f"{word:0{len(before)}x}"
            mutant = with_file(program, name, "".join(f"{x}\n" for x in lines).encode())
            if not codes(mutant, network):
                assert without_meaning(program, name, before, bit), (name, at, bit)
                unread += 1
    assert unread < 100


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Paths of everything in some JSON."""
    if isinstance(value, dict | list):
        keys = value if isinstance(value, dict) else range(len(value))
        for key in keys:
            yield from leaves(value[key], (*path, key))
    if path:
        yield path


def mutated(data: Any, path: tuple[Any, ...], rng: random.Random) -> None:
    """Change, remove or repeat what is at a path."""
    *above, key = path
    for step in above:
        data = data[step]
    value = data[key]
    kind = rng.randrange(4)
    if kind == 0 and isinstance(data, list):
        data.insert(key, value)
    elif kind == 1:
        del data[key]
    elif isinstance(value, bool):
        data[key] = not value
    elif isinstance(value, int):
        data[key] = value + rng.choice((-1, 1, 2, 1 << 20, 1 << 40))
    elif isinstance(value, str):
        data[key] = value + "x" if kind == 2 else value[:-1]
    elif isinstance(value, float):
        data[key] = -value
    elif isinstance(value, list) and len(value) > 1 and kind == 2:
        value.reverse()
    else:
        data[key] = 1 if value is None else None


def test_mutants_of_the_design(bundles: list[tuple[IntegerNetwork, Program]]) -> None:
    """Whatever in design.json is another, is found."""
    rng = random.Random(2)
    for network, program in bundles:
        before = json.loads(program.files[DESIGN])
        # the long orders of cells are one field each
        paths = [p for p in leaves(before) if "order" not in p[:-1] or rng.random() < 0.02]
        for path in rng.sample(paths, min(len(paths), 250)):
            data = json.loads(program.files[DESIGN])
            mutated(data, path, rng)
            if data == before:
                continue
            mutant = with_file(program, DESIGN, json.dumps(data).encode())
            assert codes(mutant, network), path


def test_mutants_of_the_shells(bundles: list[tuple[IntegerNetwork, Program]]) -> None:
    """A number or a name in a generated module is another: found."""
    rng = random.Random(3)
    for network, program in bundles:
        written = sorted(
            n
            for n, c in program.files.items()
            if n.startswith("rtl/") and c.startswith(b"// Generated by")
        )
        for _ in range(80):
            name = rng.choice(written)
            text = program.files[name].decode()
            words = list(re.finditer(r"\w+", re.sub(SILENT, blank, text)))
            word = rng.choice(words)
            new = str(int(word[0]) + 1) if word[0].isdecimal() else word[0] + "1"
            edited = text[: word.start()] + new + text[word.end() :]
            assert "E0818" in codes(with_file(program, name, edited.encode()), network), new


SILENT = r"//.*|/\*.*\*/|wire \w+ = &\{1'b0, .*"
"""Comments, and wires that say what is not read."""


def blank(comment: re.Match[str]) -> str:
    return " " * len(comment[0])


def test_mutants_of_any_file(bundles: list[tuple[IntegerNetwork, Program]]) -> None:
    """Bytes of anything are others: nothing fails but by a diagnostic."""
    rng = random.Random(4)
    for network, program in bundles:
        for _ in range(100):
            name = rng.choice(sorted(program.files))
            content = bytearray(program.files[name])
            for _ in range(rng.randint(1, 4)):
                content[rng.randrange(len(content))] = rng.randrange(256)
            cut = bytes(content[: rng.choice((len(content), rng.randrange(len(content) + 1)))])
            codes(with_file(program, name, cut), network)


# --- stages of updates -------------------------------------------------------------------------

PIPELINE = """
module update (input logic clk, input logic signed [20:0] a, input logic signed [7:0] b,
    output logic signed [30:0] next_v, output logic sent);
multiplier #(.A(21), .B(8), .P(28)) part (.clk(clk), .a(a), .b(b), .product(p));
delay_line #(.WIDTH(8), .CYCLES(2)) from_1_to_3 (.clk(clk), .in({b}), .out({b_s3}));
wire signed [29:0] c = 30'(p) + 30'(b_s3);
logic signed [29:0] c_s4;
always_ff @(posedge clk) begin
    c_s4 <= c;
end
always_ff @(posedge clk) begin
    next_v <= 31'(c_s4) + 31'sd1;
    sent <= c_s4 > 30'sd0;
end
endmodule
"""


def test_stages_are_counted() -> None:
    """Two in the multiplier, of two limbs by one, and two registers."""
    assert counted_latency(PIPELINE) == 4


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (".CYCLES(2)", ".CYCLES(3)"),
        (".A(21)", ".A(40)"),
        (".A(21)", ".A(12)"),
        ("sent <= c_s4", "sent <= c"),
        ("30'(b_s3)", "30'(b)"),
        ("= 30'(p)", "= 30'(c_s4)"),
        ("multiplier", "ram"),
        ("a(a)", "a(unknown)"),
    ],
)
def test_stages_that_do_not_fit(old: str, new: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        counted_latency(PIPELINE.replace(old, new))


# --- the reader of modules ---------------------------------------------------------------------

MODULE = (
    "module m (input logic clk, rst); wire [3:0] a = b + 8'h0f; "
    "r #(.W(4)) x (.clk, .d(a)); endmodule"
)


def test_layout_does_not_matter() -> None:
    spread = "// m\nmodule m (\n  input  logic clk,\n rst);\nr #(\n.W(4)) x (.clk(clk), .d(a));\n"
    spread += "wire[3:0]a=b+8'hF; /* a */ endmodule\n"
    assert list(differences(read(spread), read(MODULE))) == []


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("module m", "module n", "the name"),
        ("clk, rst", "rst, clk", "its ports"),
        ("clk, rst", "clk", "its ports"),
        ("8'h0f", "8'h0e", "a statement"),
        ("8'h0f", "9'h0f", "a statement"),
        (".W(4)", ".W(5)", "parameter W"),
        (".d(a)", ".d(b)", "port d"),
        (".clk, ", "", "port clk"),
        ("r #", "q #", "the instance x"),
        (" x (", " y (", "the instance x"),
        ("endmodule", "assign c = 1; endmodule", "a statement"),
    ],
)
def test_what_differs(old: str, new: str, where: str) -> None:
    places = [place for place, _, _ in differences(read(MODULE.replace(old, new)), read(MODULE))]
    assert any(place.startswith(where) for place in places)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "module",
        "module m (",
        "module m (a);",
        "module m (a); r x (.a(b)); r x (.a(b)); endmodule",
        "module m (a); r x (.a(b), .a(c)); endmodule",
        "module m (a); r x (.a(b), c); endmodule",
        "module m (a); r x (.a(b)) y; endmodule",
        "module m (a); r x (.a b); endmodule",
    ],
)
def test_no_module(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read(text)
