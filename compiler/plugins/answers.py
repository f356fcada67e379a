"""What backends answer, held against the interface: a wrong answer is their bug, not ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar, get_args

from somac.backends.api import Backend, Costs, ResourceModel
from somac.ir.errors import Diagnostic
from somac.ir.program import Program
from somac.ir.target import Status, Target

__all__ = ["WrongAnswerError", "costs_of", "diagnostics_of", "emitted_of", "expect", "resources_of"]

_T = TypeVar("_T")


class WrongAnswerError(TypeError):
    """A method of a backend gave what the interface does not know."""

    def __init__(self, backend: Backend, method: str, have: str, need: str) -> None:
        super().__init__(f"{method}() gives {have}, not {need}")
        self.plugin = backend.info.name
        """Who is to blame, by its name."""


def expect(backend: Backend, method: str, answer: object, kind: type[_T]) -> _T:
    """The answer, which is of that type."""
    if not isinstance(answer, kind):
        raise WrongAnswerError(backend, method, _what(answer), f"a {kind.__name__}")
    return answer


def diagnostics_of(backend: Backend, method: str, answer: object) -> tuple[Diagnostic, ...]:
    """Diagnostics, whatever they come in."""
    if not isinstance(answer, Iterable):
        raise WrongAnswerError(
            backend, method, _what(answer), "diagnostics: () where nothing is wrong"
        )
    return tuple(expect(backend, f"each of {method}", found, Diagnostic) for found in answer)


def emitted_of(backend: Backend, method: str, answer: object) -> Program:
    """A program whose files are bytes."""
    program = expect(backend, method, answer, Program)
    for name, content in program.files.items():
        if not isinstance(content, bytes):
            raise WrongAnswerError(backend, method, f"{_what(content)} as the file {name}", "bytes")
    return program


def costs_of(backend: Backend, answer: object) -> Mapping[str, Costs]:
    """Costs by case, each amount with a status that there is."""
    statuses = get_args(Status)
    if not isinstance(answer, Mapping):
        raise WrongAnswerError(backend, "costs", _what(answer), "costs by case")
    for case, costs in answer.items():
        amounts = expect(backend, f"{case} of costs", costs, Costs).amounts
        for name, amount in amounts.items():
            if amount.status not in statuses:
                said = f"{name} of status {amount.status!r}"
                raise WrongAnswerError(backend, "costs", said, f"one of {', '.join(statuses)}")
    return answer


def resources_of(backend: Backend, answer: object, target: Target) -> ResourceModel:
    """A model of resources whose demands name what cores of the target have."""
    if not callable(getattr(answer, "demand", None)):
        raise WrongAnswerError(backend, "resources", _what(answer), "an object with demand()")
    return _Checked(backend, answer, target)  # type: ignore[arg-type]


class _Checked:
    """A model of resources, each answer of which is looked at."""

    def __init__(self, backend: Backend, model: ResourceModel, target: Target) -> None:
        self._backend, self._model, self._target = backend, model, target

    def demand(self, population: str, start: int, stop: int, /) -> Mapping[str, int]:
        """That of the model."""
        found = self._model.demand(population, start, stop)
        known = self._target.resources
        strange = sorted(found.keys() - known.keys())
        if strange:
            need = f"resources of {self._target.name}: {', '.join(known)}"
            raise WrongAnswerError(self._backend, "demand", ", ".join(strange), need)
        return found


def _what(answer: object) -> str:
    return "None" if answer is None else f"a {type(answer).__name__}"
