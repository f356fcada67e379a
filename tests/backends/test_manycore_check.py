"""What a target cannot do is said before any work; legalising changes no signal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from backend_calls import problems

from somac.backends.api import API_VERSION, Guidance
from somac.backends.manycore import INFO, create
from somac.backends.manycore.backend import ManycoreBackend
from somac.ir.connectivity import Dense
from somac.ir.datapath import Datapath, Instruction
from somac.ir.errors import Severity
from somac.ir.fixed import BOOL, Format, Rounding
from somac.ir.integer import IntegerInput, IntegerNetwork, IntegerPopulation, IntegerProjection
from somac.ir.network import Output
from somac.ir.product import ProductCast
from somac.ir.program import Program
from somac.ir.simulate import golden
from somac.ir.target import Target, WordLayout

WIDE = Format(32, 32)


def relay(output: Format, kind: Any) -> Datapath:
    """Sends what arrives, brought into a format."""
    port = Instruction("input", WIDE, name="x")
    return Datapath("relay", (port, Instruction("cast", output, (0,))), {}, 1, kind)


def network(
    datapath: Datapath,
    weight: int = 1,
    delay: int = 1,
    source: Format = BOOL,
    sources: int = 1,
    product: ProductCast | None = None,
) -> IntegerNetwork:
    """An input and one population."""
    kind = "spike" if source == BOOL else "value"
    weights = np.full((2, sources), weight, np.int32)
    return IntegerNetwork(
        "n",
        1.0,
        (IntegerInput("in", (sources,), kind, source),),
        (IntegerPopulation("p", (2,), datapath, {}, {}),),
        (IntegerProjection("w", "in", "p", "x", Dense(weights), delay, product=product),),
        (Output("out", "p"),),
    )


VALUE = relay(Format(16, 16), "value")


def test_nothing_is_wrong(make_target: Callable[..., Target]) -> None:
    assert problems(create(), network(VALUE), make_target()) == ()


@pytest.mark.parametrize(
    ("made", "capabilities", "code", "have", "need"),
    [
        (network(VALUE), {"operations": frozenset({"add"})}, "E0652", "add", "cast"),
        (network(VALUE), {"word_bits": 31}, "E0652", "31 bits", "32 bits"),
        (network(VALUE), {"outputs": frozenset({"spike"})}, "E0653", "spike", "value"),
        (
            network(relay(Format(32, 32, False), "count")),
            {},
            "E0653",
            "32 bits, signed",
            "0 to 4294967295",
        ),
        (
            network(VALUE, product=ProductCast(10, Rounding.RND)),
            {},
            "E0652",
            "sums of exact products",
            "products >>10 RND",
        ),
        (network(VALUE, delay=0), {}, "E0651", "1 to 64 ticks", "0 to 0 ticks"),
        (network(VALUE, delay=65), {}, "E0651", "1 to 64 ticks", "65 to 65 ticks"),
        (network(VALUE, weight=-70000), {}, "E0650", "17 bits", "18 bits, sign included"),
        (
            network(VALUE, weight=65535, source=Format(17, 17)),
            {},
            "E0503",
            "-2147483648 to 2147483647",
            "-4294901760 to 4294836225",
        ),
    ],
)
def test_what_a_target_cannot_do(
    make_target: Callable[..., Target],
    made: IntegerNetwork,
    capabilities: dict[str, Any],
    code: str,
    have: str,
    need: str,
) -> None:
    (found,) = problems(create(), made, make_target(**capabilities))
    assert (found.code, found.have, found.need) == (code, have, need)
    assert found.entry.exit_code == 3
    assert found.place.node in {"p", "w"}


def test_sums_are_bounded_over_all_projections(make_target: Callable[..., Target]) -> None:
    many = network(VALUE, weight=65535, sources=32769)
    assert [d.code for d in problems(create(), many, make_target())] == ["E0503"]
    fewer = network(VALUE, weight=65535, sources=32768)
    assert problems(create(), fewer, make_target()) == ()


def test_everything_is_reported_at_once(make_target: Callable[..., Target]) -> None:
    target = make_target(outputs=frozenset({"count"}), operations=frozenset())
    found = problems(create(), network(VALUE, weight=70000, delay=99), target)
    assert [d.code for d in found] == ["E0653", "E0652", "E0653", "E0651", "E0650"]


@pytest.mark.parametrize("fields", [(15, 0, 0, 1), (4, 4, 1, 8)])
def test_words_of_another_form(make_target: Callable[..., Target], fields: tuple[int, ...]) -> None:
    (found,) = problems(create(), network(VALUE), make_target(layouts=(WordLayout("w", *fields),)))
    assert (found.code, found.entry.exit_code) == ("E0657", 2)


def test_more_ports_than_an_entry_can_name(make_target: Callable[..., Target]) -> None:
    ports = tuple(Instruction("input", WIDE, name=f"x{n}" if n else "x") for n in range(257))
    many = Datapath("many", ports, {}, 0, "value")
    (found,) = problems(create(), network(many), make_target())
    assert (found.code, found.have, found.need) == ("E0652", "256 ports", "257 ports")


def test_an_input_of_another_kind(make_target: Callable[..., Target]) -> None:
    target = make_target(outputs=frozenset({"value"}))
    (found,) = problems(create(), network(VALUE), target)
    assert (found.code, found.message) == ("E0653", "input in sends spikes")


def loop(delays: tuple[int, ...]) -> IntegerNetwork:
    """An input into a ring of integrators."""
    count = len(delays)
    state = Format(16, 16)
    datapath = Datapath(
        "leak",
        (
            Instruction("input", WIDE, name="x"),
            Instruction("state", state, name="y"),
            Instruction("add", state, (0, 1)),
        ),
        {"y": 2},
        2,
        "value",
    )
    one = Dense(np.array([[1]], np.int32))
    names = [f"p{n}" for n in range(count)]
    return IntegerNetwork(
        "loop",
        1.0,
        (IntegerInput("in", (1,), "value", Format(4, 4)),),
        tuple(IntegerPopulation(n, (1,), datapath, {}, {"y": np.int64(1)}) for n in names),
        (
            IntegerProjection("in", "in", "p0", "x", one, 0),
            *(
                IntegerProjection(f"w{n}", names[n], names[(n + 1) % count], "x", one, delay)
                for n, delay in enumerate(delays)
            ),
        ),
        tuple(Output(n, n) for n in names),
    )


@pytest.mark.parametrize(("delays", "period"), [((0, 0, 3), 1), ((0, 1), 2), ((0, 0, 1), 3)])
def test_legalising_changes_no_signal(
    make_target: Callable[..., Target],
    plain_program: Callable[..., Program],
    delays: tuple[int, ...],
    period: int,
) -> None:
    model, target = loop(delays), make_target()
    legal = create().legalise(model, target, Guidance())
    assert legal.network.period == period
    assert {d.code for d in legal.notes} == {"E0660"}
    assert all(d.severity is Severity.NOTE for d in legal.notes)
    assert problems(create(), legal.network, target) == ()
    inputs = {"in": np.arange(-8, 8).reshape(1, 16, 1)}
    program = plain_program(legal.network, target)
    assert create().verify(program, legal.network) == ()
    seen = create().emulator(program).run(inputs)
    meant = golden(model, inputs)
    for name in seen.outputs:
        np.testing.assert_array_equal(seen.outputs[name], meant.signals[name])


def test_extra_delay_is_a_warning(make_target: Callable[..., Target]) -> None:
    legal = create().legalise(loop((0, 1)), make_target(), Guidance(allow_extra_delay=True))
    assert legal.network.period == 1
    (warning,) = (d for d in legal.notes if d.code == "E0661")
    assert warning.severity is Severity.WARNING
    assert "1 ticks longer" in warning.message


def test_a_legal_network_stays_as_it_is(
    example: IntegerNetwork, make_target: Callable[..., Target]
) -> None:
    legal = create().legalise(example, make_target(), Guidance())
    assert legal.network.digest() == example.digest()
    assert legal.notes == ()


def test_info() -> None:
    assert INFO.name == "manycore"
    assert INFO.api_version == API_VERSION
    assert isinstance(create(), ManycoreBackend)
