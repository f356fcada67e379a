"""What backends declare besides their name: options, steps, targets and codes, and what clashes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from somac.backends.api import BackendInfo, Code, Option, Step

__all__ = ["OWN_FLAGS", "clashes", "faults_of", "flags_of"]

OWN_FLAGS = frozenset(
    {
        "allow-extra-delay",
        "baseline",
        "bits",
        "budget",
        "cache",
        "calibrate",
        "coefficient-bits",
        "color",
        "compare",
        "device-seed",
        "dt",
        "dump-after",
        "dump-to",
        "effort",
        "force",
        "github",
        "help",
        "input-kind",
        "integrator",
        "json",
        "junit",
        "learning-bits",
        "markdown",
        "no-cache",
        "no-color",
        "no-repair",
        "output",
        "placer",
        "profile",
        "prune",
        "prune-lanes",
        "quiet",
        "repair",
        "reset",
        "sarif",
        "seed",
        "state-bits",
        "target",
        "targets",
        "time-limit",
        "trust",
        "update-baseline",
        "verbose",
    }
)
"""Options that commands have which take those of backends, too."""

_T = TypeVar("_T")
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_FILE = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")


def flags_of(info: BackendInfo) -> Mapping[str, str]:
    """Options of the command line that a backend asks for, and the type of each."""
    return {s.name: "step" for s in info.steps} | {o.name: o.type for o in info.options}


def faults_of(info: BackendInfo) -> Iterator[tuple[str, str]]:
    """What is wrong with what a backend declares: what there is, and what should be there."""
    yield from _all(info, "steps", Step)
    yield from _all(info, "options", Option)
    yield from _all(info, "codes", Code)
    steps, options = _those(info.steps, Step), _those(info.options, Option)
    codes = _those(info.codes, Code)
    names: list[Any] = [*(step.name for step in steps), *(option.name for option in options)]
    for name in names:
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            yield f"an option or step {name!r}", "names of small letters, digits and -"
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        yield f"several options or steps {name!r}", "names of their own"
    for step in steps:
        unknown = [name for name in step.includes if name not in {s.name for s in steps}]
        if unknown:
            yield f"step {step.name} includes {', '.join(unknown)}", "names of other steps"
    for option in options:
        problem = option.problem()
        if problem is not None:
            yield problem, "an option that can be chosen"
    prefix = str(info.name).upper()
    for code in codes:
        if code.backend != prefix:
            yield f"code {code}", f"codes {prefix}-E0001 and so on"
    if len(set(codes)) < len(codes):
        yield "codes that are there twice", "codes of their own"
    targets: Any = info.targets
    if targets is not None and not (isinstance(targets, str) and _FILE.fullmatch(targets)):
        yield f"targets={targets!r}", "the name of a file beside the module"


def clashes(info: BackendInfo, others: Mapping[str, BackendInfo]) -> Iterator[tuple[str, str]]:
    """Options that cannot be beside those of somac and other backends, and why.

    Parameters
    ----------
    others
        By name of the backend.
    """
    for name, kind in flags_of(info).items():
        if name in OWN_FLAGS:
            yield f"--{name} ({kind})", f"another name: somac has --{name} itself"
        for other, theirs in others.items():
            wanted = flags_of(theirs).get(name, kind)
            if wanted != kind:
                yield f"--{name} ({kind})", f"--{name} ({wanted}), as {other} has it"


def _all(info: BackendInfo, name: str, kind: type) -> Iterator[tuple[str, str]]:
    found: Any = getattr(info, name)
    if not isinstance(found, tuple) or not all(isinstance(one, kind) for one in found):
        yield f"{name} of type {type(found).__name__}", f"{name}: a tuple of {kind.__name__}s"


def _those(found: Any, kind: type[_T]) -> tuple[_T, ...]:
    return tuple(one for one in found if isinstance(one, kind)) if isinstance(found, tuple) else ()
