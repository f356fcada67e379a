"""The one way in which kernels run: compiled, or as the Python that they are where that is quicker.

Compiling takes seconds on a machine that has not done it before, and loading what was compiled
takes half a second. A problem of a few dozen slices is solved in less by the interpreter, from
the same source and with the same result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property, update_wrapper
from types import FunctionType
from typing import Any, Generic, ParamSpec, TypeVar

__all__ = ["Kernel", "interpreted", "njit"]

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")

_interpreted: ContextVar[bool] = ContextVar("interpreted", default=False)


class Kernel(Generic[_Arguments, _Result]):
    """A function that Numba can compile. It calls other kernels by their global names."""

    def __init__(self, function: Callable[_Arguments, _Result]) -> None:
        self._function = function
        update_wrapper(self, function)

    def __call__(self, *args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Result:
        """Run it, compiled unless in a block of `interpreted`."""
        if _interpreted.get():
            return self._function(*args, **kwargs)
        return self.compiled(*args, **kwargs)

    @cached_property
    def compiled(self) -> Callable[_Arguments, _Result]:
        """Machine code for the types of the first call, kept beside the source.

        Neither threads nor relaxed floating point: a kernel gives the same result on every run.
        """
        import numba

        python: Any = self._function
        # Numba looks names up in the globals of a function: there it must find machine code
        scope = {
            name: value.compiled if isinstance(value, Kernel) and value is not self else value
            for name, value in python.__globals__.items()
            if name in python.__code__.co_names
        }
        scope["__name__"] = python.__module__
        linked = FunctionType(python.__code__, scope, python.__name__, python.__defaults__)
        linked.__module__, linked.__qualname__ = python.__module__, python.__qualname__
        result: Callable[_Arguments, _Result]
        try:
            result = numba.njit(cache=True)(linked)
        except RuntimeError:
            # no folder in which machine code could be kept may be written
            result = numba.njit(linked)
        return result


def njit(function: Callable[_Arguments, _Result]) -> Kernel[_Arguments, _Result]:
    """Make a function a kernel."""
    return Kernel(function)


@contextmanager
def interpreted(small: bool) -> Iterator[None]:
    """Run the kernels in the block as Python, if what they do is small."""
    token = _interpreted.set(small)
    try:
        yield
    finally:
        _interpreted.reset(token)
