"""The page on the language tells the truth."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from somac.grammar.generate import GENERATORS
from somac.grammar.integrators import INTEGRATORS
from somac.grammar.library import library
from somac.grammar.lower import network_of
from somac.grammar.printer import format_text
from somac.ir.expr import FUNCTIONS


@pytest.fixture
def page(repository: Path) -> str:
    return (repository / "docs" / "reference" / "language.md").read_text(encoding="utf-8")


def blocks(page: str) -> list[str]:
    return re.findall(r"^```snn\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def test_examples_are_sound_and_canonical(page: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "digits.npz", w2=np.ones((10, 128)))
    found = blocks(page)
    assert len(found) == 7
    for block in found:
        assert format_text(block) == block
        head = "" if "network" in block else "network n:\n    dt 1 ms\n"
        use = "\npopulation p[1]: count_up(step = 1)\n" if "count_up" in block else ""
        if "rule depressing" in block:
            use = (
                "\ninput x[2]: spikes\npopulation p[2]: IF(r = 1, v_threshold = 1, v_reset = 0)\n"
                "projection x -> p: one_to_one() learns depressing(tau = 1 s, use = 0.5)\n"
            )
        network_of(head + block + use, "language.md", tmp_path)


def test_every_name_is_on_the_page(page: str) -> None:
    for name in (
        *GENERATORS,
        *INTEGRATORS,
        *library().profiles,
        *library().rules,
        *FUNCTIONS,
    ):
        assert re.search(rf"\b{name}\b", page), name


def test_arguments_of_generators_are_those_of_the_page(page: str) -> None:
    for name, generator in GENERATORS.items():
        assert f"| `{name}({', '.join(generator.arguments)})` |" in page
