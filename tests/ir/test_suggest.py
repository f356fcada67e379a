"""Did you mean ...?"""

from __future__ import annotations

import pytest

from somac.ir.suggest import did_you_mean


@pytest.mark.parametrize(
    ("word", "known", "said"),
    [
        ("tua", ("tau", "r"), "did you mean 'tau'?"),
        # what it begins is nearer than what has as many letters
        ("lif1", ("lif2", "lif1.lif"), "did you mean 'lif1.lif'?"),
        ("spinnaker", ("spinnaker2-48", "spinnaker2"), "did you mean 'spinnaker2'?"),
        # too short to say what it is the beginning of
        ("x", ("xcku060", "tau"), "known: tau, xcku060"),
        ("nothing", (), None),
    ],
)
def test_the_nearest_name_is_meant(word: str, known: tuple[str, ...], said: str | None) -> None:
    assert did_you_mean(word, known) == said
