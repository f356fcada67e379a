"""The conformance tests of a backend, run by pytest in a process of its own, and what they gave."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import IO
from xml.etree import ElementTree as ET

from somac.backends.api import Value
from somac.compiler.children import environment
from somac.ir.errors import Place, SomacError
from somac.ir.target import Target

__all__ = ["Asked", "Tell", "chosen", "conform"]

Tell = Callable[[str, int, int], None]
"""Is told which test was done, how many were, and of how many."""

_NEEDED = ("pytest", "hypothesis")
_TESTS = """from somac import CompileOptions
from somac.testing import BackendConformance


class TestConformance(BackendConformance):
    target = {target!r}
    targets_file = {targets_file!r}
    examples = {examples}
    options = CompileOptions(options={options!r})
"""
_COLLECTED = re.compile(r"collected (\d+) items?")
_DONE = re.compile(r"::(test_\w+)\S* (?:PASSED|FAILED|ERROR|SKIPPED)")
_TAIL = 2000


@dataclass(frozen=True, slots=True)
class Asked:
    """One test, of one network or of several.

    Parameters
    ----------
    name
        Of the test, ``test_...``.
    title
        What it asks, in a sentence.
    passed, failed
        How many times it did.
    refused
        Networks that the backend refused, each with its codes: that is no failure.
    failures
        What went wrong, a text each.
    seconds
        All of them took.
    """

    name: str
    title: str
    passed: int
    failed: int
    refused: tuple[str, ...]
    failures: tuple[str, ...]
    seconds: float


def chosen(targets: Sequence[Target], backend: str, named: Target | None = None) -> Target:
    """The target that was named, or of those of a backend the one with the fewest places.

    Raises
    ------
    SomacError
        E0951 if the one that was named is of another backend, or none is of this.
    """
    own = [t for t in targets if t.backend == backend]
    if named is not None and named.backend != backend:
        raise SomacError(
            "E0951",
            f"target {named.name} is not one of the backend {backend}",
            place=Place(node=named.name),
            have=f"backend {named.backend}",
            need=f"one of {', '.join(t.name for t in own)}" if own else f"backend {backend}",
        )
    if named is None and not own:
        raise SomacError(
            "E0951",
            f"backend {backend} has no target to be tested with",
            place=Place(node=backend),
            need=f"a target with `backend: {backend}`",
            hint="describe one in a file, and give it with --targets",
        )
    return named or min(own, key=lambda t: (t.places, t.name))


def conform(
    target: str,
    targets_file: Path | None = None,
    examples: int = 25,
    tell: Tell = lambda _, __, ___: None,
    options: Mapping[str, Value] = MappingProxyType({}),
) -> tuple[Asked, ...]:
    """Run all tests of `somac.testing.BackendConformance` on the backend of a target.

    Parameters
    ----------
    target
        Its name.
    targets_file
        Where it is described, if it comes neither with somac nor with a backend.
    examples
        How many random networks are tried.
    tell
        Is told of every test that was done.
    options
        What is chosen of the backend's.

    Raises
    ------
    SomacError
        E0951 if pytest or hypothesis is missing, or pytest itself fails.
    """
    absent = [name for name in _NEEDED if find_spec(name) is None]
    if absent:
        raise SomacError(
            "E0951",
            f"the conformance tests need {' and '.join(absent)}",
            have="not installed",
            need=" and ".join(_NEEDED),
            hint=f"pip install {' '.join(absent)}",
        )
    with tempfile.TemporaryDirectory(prefix="somac-conform-") as scratch:
        folder = Path(scratch)
        file = None if targets_file is None else str(targets_file.resolve())
        text = _TESTS.format(
            target=target, targets_file=file, examples=examples, options=dict(options)
        )
        (folder / "test_conformance.py").write_text(text, encoding="utf-8")
        # settings of the folder in which the user is are for the user's own tests
        (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
        report = folder / "report.xml"
        said, code = _run(folder, report, tell)
        if code not in (0, 1) or not report.is_file():
            raise SomacError(
                "E0951",
                "the conformance tests did not run to their end",
                have=f"exit code {code} of pytest: {said[-_TAIL:].strip()}",
                need="exit code 0 or 1",
            )
        return tuple(_asked(ET.parse(report)))


def _run(folder: Path, report: Path, tell: Tell) -> tuple[str, int]:
    """What pytest printed, and its exit code."""
    command = [sys.executable, "-P", "-m", "pytest", "-v", "-p", "no:cacheprovider"]
    command += [f"--junitxml={report}", "test_conformance.py"]
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment(PYTHONUNBUFFERED="1", PYTEST_ADDOPTS="", NO_COLOR="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            said = "".join(_followed(process.stdout, tell))
        except BaseException:
            process.kill()
            raise
    return said, process.returncode


def _followed(lines: IO[str], tell: Tell) -> Iterator[str]:
    done, total = 0, 0
    for line in lines:
        collected, ended = _COLLECTED.search(line), _DONE.search(line)
        if collected is not None:
            total = int(collected[1])
        if ended is not None:
            done += 1
            tell(ended[1], done, total)
        yield line


def _asked(report: ET.ElementTree[ET.Element]) -> Iterator[Asked]:
    """The tests in their order, those of one name together."""
    from somac.compiler.testing import BackendConformance

    cases: dict[str, list[ET.Element]] = {}
    for case in report.iter("testcase"):
        cases.setdefault(case.get("name", "").partition("[")[0], []).append(case)
    for name, some in cases.items():
        failures = [f for case in some for f in (*case.findall("failure"), *case.findall("error"))]
        yield Asked(
            name,
            (getattr(BackendConformance, name).__doc__ or name).strip().rstrip("."),
            len(some) - len(failures),
            len(failures),
            tuple(_refused(some)),
            tuple(map(_told, failures)),
            sum(float(case.get("time", 0)) for case in some),
        )


def _refused(cases: Sequence[ET.Element]) -> Iterator[str]:
    for case in cases:
        network = case.get("name", "").partition("[")[2].rstrip("]")
        for found in case.iter("property"):
            if found.get("name") == "refused":
                yield f"{network} ({found.get('value')})"


def _told(failure: ET.Element) -> str:
    """The lines of a failure that say what was asserted; pytest marks them."""
    lines = (failure.text or "").splitlines()
    marked = [line[1:].strip() for line in lines if line.startswith("E ")]
    return "\n".join(marked) or failure.get("message", "") or "no message"
