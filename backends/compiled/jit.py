"""How functions of the fast engine are compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit

__all__ = ["compiled", "inlined", "part"]

_Function = TypeVar("_Function", bound=Callable[..., Any])


def part(function: _Function) -> _Function:
    """A part of compiled code. It makes no arrays, and counts no references to those it has."""
    result: _Function = njit(error_model="numpy", _nrt=False)(function)
    return result


def inlined(function: _Function) -> _Function:
    """A part that is put where it is called: for what takes less time than a call."""
    result: _Function = njit(error_model="numpy", _nrt=False, inline="always")(function)
    return result


def compiled(function: _Function) -> _Function:
    """A function that Python calls: it lets other threads run, and is kept on disk."""
    result: _Function
    try:
        result = njit(nogil=True, cache=True, error_model="numpy")(function)
    except RuntimeError:
        # no folder in which machine code could be kept may be written
        result = njit(nogil=True, error_model="numpy")(function)
    return result
