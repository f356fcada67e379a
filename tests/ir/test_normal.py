"""Normal integers: moments, distribution, and a table that no machine rounds otherwise."""

from __future__ import annotations

from decimal import Decimal, localcontext
from statistics import NormalDist

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from somac.ir.digest import digest_of
from somac.ir.normal import PARTS, UNIT, normals, quantiles
from somac.ir.philox import philox

WORDS = 1 << 32
SAMPLES = 1_000_000


def nodes() -> list[int]:
    """m of every entry of the table."""
    octaves = (range(PARTS << n, 2 * PARTS << n, 1 << n) for n in range(24))
    return [*range(PARTS), *(m for octave in octaves for m in octave), 1 << 31]


def strata() -> tuple[NDArray[np.uint32], NDArray[np.float64]]:
    """Words evenly over every piece, all where there are few, and how many each stands for."""
    starts = np.array(nodes()[:-1])[:, None]
    widths = np.diff(nodes())[:, None]
    count = np.minimum(widths, 256)
    n = np.arange(256)[None]
    inside = np.where(n < count, widths * (2 * n + 1) // (2 * count), 0)
    words, weights = np.broadcast_arrays(starts + inside, np.where(n < count, widths / count, 0))
    return words.astype(np.uint32), weights


def test_the_table_is_the_same_everywhere() -> None:
    assert digest_of(quantiles())[:16] == "bd469ff09ef23c5c"


def test_no_entry_is_near_where_it_would_be_rounded_otherwise() -> None:
    exact = np.array([-NormalDist().inv_cdf(min((m + 0.5) / WORDS, 0.5)) for m in nodes()]) / UNIT
    np.testing.assert_array_equal(np.rint(exact), quantiles())
    # in units of the table: 5e-11 standard deviations, where libraries differ by 1e-15
    assert np.abs(exact - np.floor(exact) - 0.5).min() > 5e-5


def above(z: Decimal) -> Decimal:
    """1 - Phi(z) by the series of Phi, in the decimals of the context."""
    term = total = z
    n = 0
    while abs(term) > Decimal("1e-55"):
        n += 1
        term *= z * z / (2 * n + 1)
        total += term
    root = (2 * Decimal("3.14159265358979323846264338327950288419716939937510582097494459")).sqrt()
    return Decimal("0.5") - total * (-z * z / 2).exp() / root


@pytest.mark.parametrize("entry", [0, 1, 77, 127, 128, 500, 1111, 2048, 3000, 3199, 3200])
def test_entries_are_quantiles_to_fifty_digits(entry: int) -> None:
    """Half a unit to either side of an entry is on either side of its probability."""
    with localcontext() as context:
        context.prec = 60
        m = nodes()[entry]
        probability = min(Decimal(2 * m + 1) / (2 * WORDS), Decimal("0.5"))
        unit = Decimal(UNIT)
        z = int(quantiles()[entry]) * unit
        assert above(z + unit / 2) < probability < above(z - unit / 2)


def test_moments_of_all_words() -> None:
    """The figures of the module's docstring."""
    words, weights = strata()
    assert weights.sum() == pytest.approx(1 << 31)
    z = normals(words) * UNIT
    np.testing.assert_array_equal(normals(words | np.uint32(1 << 31)), -normals(words))
    variance = (z**2 * weights).sum() / weights.sum()
    kurtosis = (z**4 * weights).sum() / weights.sum() / variance**2
    assert variance - 1 == pytest.approx(2.45e-6, abs=1e-8)
    assert kurtosis - 3 == pytest.approx(-5.4e-6, abs=1e-7)
    assert z.max() == pytest.approx(6.338, abs=1e-3)


def test_largest_error_of_the_distribution() -> None:
    words, _ = strata()
    z = normals(words) * UNIT
    probability = (words + 0.5) / WORDS
    assert np.abs(stats.norm.sf(z) - probability).max() < 1.4e-6
    assert np.abs(z - stats.norm.isf(probability)).max() < 4.4e-6


def test_larger_words_are_no_larger_numbers() -> None:
    """Quantiles fall: within pieces, from one to the next, and from octave to octave."""
    words = np.unique(strata()[0])
    assert (np.diff(normals(words)) <= 0).all()


def test_a_million_draws() -> None:
    counters = np.zeros((SAMPLES // 4, 4), np.int64)
    counters[:, 0] = np.arange(SAMPLES // 4)
    z = normals(philox(counters, (2026, 1)).ravel()) * UNIT
    # standard errors of the estimates, times 4
    assert abs(z.mean()) < 4 / SAMPLES**0.5
    assert abs(z.var() - 1) < 4 * (2 / SAMPLES) ** 0.5
    assert abs(stats.kurtosis(z)) < 4 * (24 / SAMPLES) ** 0.5
    assert stats.kstest(z, "norm").pvalue > 0.01
    # independent within the words of a counter and along the counter
    rows = z.reshape(-1, 4)
    assert np.abs(np.corrcoef(rows.T) - np.eye(4)).max() < 4 / len(rows) ** 0.5
    assert abs(np.corrcoef(z[:-1], z[1:])[0, 1]) < 4 / SAMPLES**0.5
