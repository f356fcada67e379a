"""What the user may choose of the many-core backend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

from somac.backends.api import Option

if TYPE_CHECKING:
    from somac.backends.api import Guidance

__all__ = ["MAC", "UseOfArrays", "use_of_arrays"]

MAC = Option(
    "mac",
    "Projections as matrices on the MAC arrays of cores: where cheaper, nowhere, or wherever they "
    "can be.",
    "choice",
    choices=("auto", "never", "always"),
    default="auto",
)

UseOfArrays = Literal["auto", "never", "always"]


def use_of_arrays(guidance: Guidance) -> UseOfArrays:
    """Whether projections are matrices on the MAC arrays of cores."""
    return cast(UseOfArrays, MAC.of(guidance.options))
