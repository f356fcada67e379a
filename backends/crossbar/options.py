"""What the user may choose of the crossbar backend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from somac.backends.api import Option

if TYPE_CHECKING:
    from somac.backends.api import Guidance

__all__ = ["FIT", "MAC", "is_digital", "share_of"]

MAC = Option(
    "mac",
    "Projections on arrays of memory cells: never leaves only those there whose cells nobody "
    "programs.",
    "choice",
    choices=("auto", "never"),
    default="auto",
)

FIT = Option(
    "fit",
    "Percent of the cores that may be used, to be as fast as that allows. [default: cores in use "
    "anyway]",
    "number",
    minimum=1,
    maximum=100,
)


def is_digital(guidance: Guidance) -> bool:
    """Whether projections whose cells somebody would program are beside the arrays."""
    return MAC.of(guidance.options) == "never"


def share_of(guidance: Guidance) -> float:
    """Of the cores that may be used, 0 to 1."""
    chosen = FIT.of(guidance.options)
    return 0.0 if chosen is None else float(chosen) / 100
