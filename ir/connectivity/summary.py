"""Text of a connectivity for dumps."""

from __future__ import annotations

from somac.ir.connectivity.protocol import Connectivity
from somac.ir.digest import digest_of

__all__ = ["text"]


def text(connectivity: Connectivity) -> str:
    """One line: kind, sizes, and a digest of the arrays."""
    kind = type(connectivity).__name__
    sizes = f"{connectivity.source_size}->{connectivity.target_size}"
    return f"{kind} {sizes} {digest_of(connectivity)[:16]}"
