"""What is known of a compiled model without running it, so that it can be kept beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from somac.compiler.checks.measures import Home, Measure, homes_of, measures_of

if TYPE_CHECKING:
    from somac.compiler.pipeline import Compiled

__all__ = ["KNOWN", "Known", "known_of"]

KNOWN = "known.json"
"""Its name among the accounts of a compile."""


@dataclass(frozen=True, slots=True)
class Known:
    """Measures by name, and homes by population."""

    measures: Mapping[str, Measure]
    homes: Mapping[str, Home]


def known_of(compiled: Compiled) -> Known:
    """What the mapping, the account and the costs say."""
    return Known(measures_of(compiled), homes_of(compiled))
