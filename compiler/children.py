"""Processes of Python that see what this one sees."""

from __future__ import annotations

import os
import sys

__all__ = ["environment"]


def environment(**others: str) -> dict[str, str]:
    """That of this process, but for `others`; where this one finds packages, the other does."""
    path = os.pathsep.join(filter(None, sys.path))
    return {**os.environ, "PYTHONPATH": path, **others}
