"""Products that are converted before they are added: by hand, and by naive Python integers."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from somac.ir.connectivity import Chain, Connectivity, Convolution, Dense, OneToOne, Sparse
from somac.ir.datapath import Datapath, Instruction
from somac.ir.digest import digest_of
from somac.ir.errors import SomacError
from somac.ir.fixed import Format, Rounding
from somac.ir.integer import IntegerInput, IntegerNetwork, IntegerPopulation, IntegerProjection
from somac.ir.network import Output
from somac.ir.plasticity import IntegerPlasticity
from somac.ir.product import ProductCast
from somac.ir.serial import integer_from_files, integer_to_files
from somac.ir.simulate import golden

SENT = Format(16, 6)
SUM = Format(12, 6)
ROUND: dict[Rounding, Any] = {
    Rounding.TRN: floor,
    Rounding.TRN_ZERO: lambda y: floor(y) if y >= 0 else ceil(y),
    Rounding.RND: lambda y: floor(y + Fraction(1, 2)),
    Rounding.RND_CONV: round,
}


def network(
    wiring: Connectivity, *products: ProductCast | None, sent: Format = SENT, **more: Any
) -> IntegerNetwork:
    """A projection per product, all of them to one port that hands its sum on."""
    port = Instruction("input", SUM, name="x")
    relay = Datapath("relay", (port,), {}, 0, "value")
    return IntegerNetwork(
        "n",
        1.0,
        (IntegerInput("in", (wiring.source_size,), "value", sent),),
        (IntegerPopulation("p", (wiring.target_size,), relay, {}, {}),),
        tuple(
            IntegerProjection(f"w{number}", "in", "p", "x", wiring, product=product, **more)
            for number, product in enumerate(products)
        ),
        (Output("out", "p"),),
    )


def dense(*weights: list[int]) -> Dense:
    return Dense(np.array(weights, np.int32))


def sums(made: IntegerNetwork, *signals: list[int]) -> list[list[int]]:
    """What the population sends in each step."""
    found: list[list[int]] = golden(made, {"in": np.array([signals])}).signals["out"][0].tolist()
    return found


@pytest.mark.parametrize(
    ("rounding", "meant"),
    [
        # 3 * 3 / 4 = 2.25, 3 * -2 / 4 = -1.5, 3 * 2 / 4 = 1.5
        (Rounding.TRN, 2 - 2 + 1),
        (Rounding.TRN_ZERO, 2 - 1 + 1),
        (Rounding.RND, 2 - 1 + 2),
        (Rounding.RND_CONV, 2 - 2 + 2),
    ],
)
def test_each_product_is_rounded_by_itself(rounding: Rounding, meant: int) -> None:
    made = network(dense([3, -2, 2]), ProductCast(2, rounding))
    assert sums(made, [3, 3, 3]) == [[meant]]


def test_a_port_adds_what_was_converted_and_what_was_not() -> None:
    made = network(dense([3, 5]), ProductCast(2), None, ProductCast(1, Rounding.RND))
    # 15 and 5: 3 + 1, 20, 8 + 3
    assert sums(made, [5, 1], [0, 0]) == [[4 + 20 + 11], [0]]


def test_products_keep_their_high_bits_until_the_sum_wraps() -> None:
    big = 1 << 14
    made = network(dense([big, -big, 5]), ProductCast(1))
    assert sums(made, [big, big, 2], [big, 0, 2]) == [[5], [5]]
    assert sums(made, [0, 0, 819], [0, 0, 820]) == [[2047], [2050 - 4096]]


@st.composite
def wirings(draw: st.DrawFn) -> Connectivity:
    def weights(*shape: int) -> Any:
        values = draw(
            st.lists(
                st.integers(-(1 << 31), (1 << 31) - 1),
                min_size=int(np.prod(shape)),
                max_size=int(np.prod(shape)),
            )
        )
        return np.array(values, np.int32).reshape(shape)

    match draw(st.sampled_from(("dense", "sparse", "one", "convolution"))):
        case "dense":
            return Dense(weights(draw(st.integers(1, 4)), draw(st.integers(1, 4))))
        case "one":
            return OneToOne(weights(3), 3)
        case "convolution":
            return Convolution(weights(2, 1, 3), (1, 5), (1,), ((1, 1),), (1,))
        case _:
            size = draw(st.integers(0, 9))
            ends = st.lists(st.integers(0, 3), min_size=size, max_size=size)
            delays = st.lists(st.integers(0, 2), min_size=size, max_size=size)
            source, target, delay = (np.array(draw(s), np.int64) for s in (ends, ends, delays))
            return Sparse.from_coordinates(source, target, weights(size), delay, (4, 4))


@given(
    wirings(),
    st.builds(ProductCast, st.integers(1, 63), st.sampled_from(Rounding)),
    st.integers(0, 1 << 30),
)
def test_golden_sums_are_those_of_python(
    wiring: Connectivity, product: ProductCast, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    signal = rng.integers(SENT.minimum, SENT.maximum + 1, (2, 4, wiring.source_size))
    found = golden(network(wiring, product), {"in": signal}).signals["out"]
    rows = wiring.rows(0, wiring.source_size)
    meant = np.zeros(found.shape, dtype=object)
    for cell in range(wiring.source_size):
        for at in range(int(rows.indptr[cell]), int(rows.indptr[cell + 1])):
            for sample, step in np.ndindex(2, 4):
                then = step - int(rows.delay[at])
                if then >= 0:
                    y = int(rows.weight[at]) * int(signal[sample, then, cell])
                    rounded = ROUND[product.rounding](Fraction(y, 1 << product.shift))
                    meant[sample, step, rows.target[at]] += rounded
    half = 1 << (SUM.width - 1)
    meant = (meant + half) % (2 * half) - half
    np.testing.assert_array_equal(found, meant.astype(np.int64))


def test_more_samples_than_a_block_holds() -> None:
    rng = np.random.default_rng(1)
    weights = rng.integers(-99, 99, (60, 200)).astype(np.int32)
    signal = rng.integers(SENT.minimum, SENT.maximum + 1, (10, 1, 200))
    found = golden(network(Dense(weights), ProductCast(3)), {"in": signal}).signals["out"][:, 0]
    exact = ((signal * weights) >> 3).sum(-1)
    np.testing.assert_array_equal(found, (exact + 2048) % 4096 - 2048)


def test_dumps_files_and_digests_tell_conversions_apart() -> None:
    made = [
        network(dense([1]), product)
        for product in (None, ProductCast(2), ProductCast(3), ProductCast(2, Rounding.RND))
    ]
    assert len({digest_of(one) for one in made}) == len(made)
    assert "product" not in made[0].text()
    assert " product >>2 TRN\n" in made[1].text()
    for one in made:
        read = integer_from_files(integer_to_files(one, "g"), "g")
        assert read.digest() == one.digest()


@pytest.mark.parametrize("shift", [0, -1, 64])
def test_shifts_that_are_none(shift: int) -> None:
    with pytest.raises(ValueError, match="shifted by 1 to 63 bits"):
        ProductCast(shift)


def test_a_file_with_such_a_shift_is_refused() -> None:
    files = integer_to_files(network(dense([1]), ProductCast(2)), "g")
    main = files["g/network.json"].replace(b'"shift": 2', b'"shift": 64')
    with pytest.raises(SomacError, match="shifted by 1 to 63 bits, not 64") as caught:
        integer_from_files({**files, "g/network.json": main}, "g")
    assert caught.value.diagnostics[0].code == "E0704"


@pytest.mark.parametrize(
    ("wiring", "more", "problem"),
    [
        (Chain((dense([1]), OneToOne(np.ones((), np.int32), 1))), {}, "no one product per synapse"),
        (dense([1 << 30]), {"sent": Format(40, 40)}, "products take 71 bits, more than 63"),
        (
            dense([1]),
            {"plasticity": IntegerPlasticity("r", None, None, None, None, {}, {}, {}, SENT)},
            "what is learnt is delivered exactly",
        ),
    ],
)
def test_projections_without_products_to_convert(
    wiring: Connectivity, more: dict[str, Any], problem: str
) -> None:
    with pytest.raises(SomacError, match=problem) as caught:
        network(wiring, ProductCast(1), **more)
    assert [d.code for d in caught.value.diagnostics] == ["E0501"]


def test_the_widest_products_are_allowed() -> None:
    made = network(dense([(1 << 31) - 1]), ProductCast(31), sent=Format(32, 32))
    most = ((1 << 31) - 1) * ((1 << 31) - 1) >> 31
    assert sums(made, [(1 << 31) - 1]) == [[(most + 2048) % 4096 - 2048]]
