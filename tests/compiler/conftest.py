"""NIR files, their refusals, reading processes without their start, and the command line."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import import_module, invalidate_caches
from itertools import pairwise
from pathlib import Path
from typing import IO, Any

import h5py
import numpy as np
import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator
from plugin_cases import MODEL, TARGETS

from somac.compiler.cli.app import cli
from somac.compiler.nir import sandbox
from somac.compiler.nir.limits import Limits
from somac.compiler.nir.load import Loaded, from_raw
from somac.compiler.nir.options import NirOptions
from somac.compiler.nir.raw import RawFile, RawGraph, RawNode
from somac.compiler.nir.reader import read_raw
from somac.ir.errors import Diagnostic, SomacError


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Put a package with a plug-in on the path: its module, and metadata as installers write.

    What else is given stands beside the module: ``targets_yaml`` as ``targets.yaml``.
    """
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(site)

    def installed(
        source: str | None,
        *,
        package: str = "mychip-plugin",
        name: str = "mychip",
        module: str = "mychip_module",
        group: str = "somac.backends",
        lists: str | None = None,
        **beside: str,
    ) -> None:
        folder = site / f"{package.replace('-', '_')}-1.5.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.5\n")
        listed = f"[{group}]\n{name} = {module}\n" if lists is None else lists
        (folder / "entry_points.txt").write_text(listed)
        for file, text in beside.items():
            (site / file.replace("_yaml", ".yaml")).write_text(text)
        if source is not None:
            (site / f"{module}.py").write_text(source)
        invalidate_caches()

    before = set(sys.modules)
    yield installed
    for name in set(sys.modules) - before:
        if name.startswith(("mychip_", "other_")):
            del sys.modules[name]
    invalidate_caches()


@pytest.fixture(scope="session")
def compiled_text(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The bundle that the command line makes of a `.snn` text; nothing may change it."""

    def compiled(text: str) -> Path:
        folder = tmp_path_factory.mktemp("compiled")
        (folder / "small.snn").write_text(text)
        done = CliRunner().invoke(
            cli, ["compile", str(folder / "small.snn"), "-o", str(folder / "out")]
        )
        assert done.exit_code == 0, done.output
        return folder / "out"

    return compiled


READER = "somac.compiler.nir.walk"
"""What a process that reads imports."""


def _resident() -> int:
    """Bytes of memory that this process has now; 0 where the system does not tell."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    except OSError:
        return 0
    return int(pages) * resource.getpagesize()


@pytest.fixture(scope="session")
def start_bytes() -> int:
    """Peak memory of a fresh process that is ready to read; 0 where `_resident` is."""
    if not _resident():
        return 0
    # getrusage would tell the peak of this process, if that is larger
    program = f"import {READER}; print(open('/proc/self/status').read())"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    (peak,) = (line.split()[1] for line in done.stdout.splitlines() if line.startswith("VmHWM:"))
    return int(peak) * 1024


class Fork:
    """A fork of this process instead of a fresh one; stands in for `subprocess.Popen`.

    It runs the same code under the same limits, in a tenth of the time: h5py is imported once.
    Of the memory that it has, `start_bytes` count instead of what this process had before: after
    many other tests that alone is more than a reading process may take.
    """

    def __init__(self, entry: str, peaks: list[int], start_bytes: int) -> None:
        module, function = entry.split(":")
        main = getattr(import_module(module), function)
        import_module(READER)
        self._peaks = peaks
        self._status: int | None = None
        pipes = [os.pipe() for _ in range(3)]
        theirs = (pipes[0][0], pipes[1][1], pipes[2][1])
        self._others = _resident() - start_bytes
        self._pid = os.fork()
        if self._pid == 0:
            try:
                for number, end in enumerate(theirs):
                    os.dup2(end, number)
                os.closerange(3, 256)
                sys.stdin, sys.stdout = os.fdopen(0), os.fdopen(1, "w")
                main()
            finally:
                os._exit(1)
        for end in theirs:
            os.close(end)
        self.stdin: IO[bytes] | None = os.fdopen(pipes[0][1], "wb")
        self.stdout: IO[bytes] | None = os.fdopen(pipes[1][0], "rb")
        self.stderr: IO[bytes] | None = os.fdopen(pipes[2][0], "rb")

    def kill(self) -> None:
        """End it at once."""
        if self._status is None:
            os.kill(self._pid, 9)

    def wait(self) -> int:
        """Wait for its end, and note its peak memory."""
        if self._status is None:
            _, status, usage = os.wait4(self._pid, 0)
            self._status = os.waitstatus_to_exitcode(status)
            self._peaks.append(usage.ru_maxrss * 1024 - self._others)
        return self._status


@pytest.fixture
def forks(monkeypatch: pytest.MonkeyPatch, start_bytes: int) -> list[int]:
    """Read NIR files in forks; gives the peak memory that fresh processes would have, in bytes."""
    peaks: list[int] = []
    monkeypatch.setattr(sandbox, "start", lambda entry: Fork(entry, peaks, start_bytes))
    return peaks


@pytest.fixture
def nir_file(tmp_path: Path) -> Callable[..., Path]:
    """Write a small sound model, changed by `change`."""

    def write(
        change: Callable[[h5py.File], None] | None = None, name: str = "model.nir", **options: Any
    ) -> Path:
        path = tmp_path / name
        with h5py.File(path, "w", **options) as file:
            file["version"] = "1.0.8"
            file["node/type"] = "NIRGraph"
            file["node/edges"] = [["input", "fc"], ["fc", "lif"], ["lif", "output"]]
            for node, kind in (
                ("input", "Input"),
                ("fc", "Affine"),
                ("lif", "LIF"),
                ("output", "Output"),
            ):
                file[f"node/nodes/{node}/type"] = kind
            file["node/nodes/input/shape"] = [3]
            file["node/nodes/output/shape"] = [2]
            file["node/nodes/fc/weight"] = np.arange(6, dtype="f4").reshape(2, 3)
            file["node/nodes/fc/bias"] = np.zeros(2)
            for parameter in ("tau", "r", "v_leak", "v_threshold"):
                file[f"node/nodes/lif/{parameter}"] = np.float32(0.5)
            if change is not None:
                change(file)
        return path

    return write


@pytest.fixture(scope="session")
def load_graph() -> Callable[..., Loaded]:
    """Import a graph that no file holds.

    Nodes are ``name: (type, parameters)`` or ``name: (nodes, edges)``, edges one text:
    ``"a -> b -> c, b -> d"``.
    """

    def node(path: str, content: tuple[Any, Any], metadata: dict[str, Any]) -> RawNode:
        kind, more = content
        if isinstance(kind, str):
            parameters = {name: np.asarray(value) for name, value in more.items()}
            inner = parameters.pop("metadata", np.asarray({})).item()
            return RawNode(path, kind, parameters, inner)
        chains = [[name.strip() for name in chain.split("->")] for chain in more.split(",")]
        graph = RawGraph(
            {name: node(f"{path}/nodes/{name}", value, {}) for name, value in kind.items()},
            tuple(pair for chain in chains for pair in pairwise(chain)),
        )
        return RawNode(path, "NIRGraph", {}, metadata, graph)

    def load(
        nodes: dict[str, Any], edges: str, metadata: dict[str, Any] | None = None, **options: Any
    ) -> Loaded:
        root = node("/node", (nodes, edges), metadata or {})
        return from_raw(RawFile("model.nir", "1.0.8", root, ""), NirOptions(**options))

    return load


@pytest.fixture
def refusals() -> Callable[..., tuple[Diagnostic, ...]]:
    """Why a file is refused; each reason names the file."""

    def reasons(path: Path | str, limits: Limits | None = None) -> tuple[Diagnostic, ...]:
        with pytest.raises(SomacError) as caught:
            read_raw(path, limits)
        assert {d.place.file for d in caught.value.diagnostics} == {str(path)}
        assert caught.value.exit_code == 2
        return caught.value.diagnostics

    return reasons


@pytest.fixture
def refusal(refusals: Callable[..., tuple[Diagnostic, ...]]) -> Callable[..., Diagnostic]:
    """The one reason why a file is refused: its code and where."""

    def reason(
        path: Path | str, code: str, node: str | None = None, limits: Limits | None = None
    ) -> Diagnostic:
        (diagnostic,) = refusals(path, limits)
        assert (diagnostic.code, diagnostic.place.node) == (code, node), diagnostic
        return diagnostic

    return reason


@pytest.fixture(scope="session")
def document(repository: Path) -> Draft202012Validator:
    """The form of what commands print with --json."""
    path = repository / "docs" / "reference" / "document.schema.json"
    return Draft202012Validator(json.loads(path.read_text(encoding="utf-8")))


@pytest.fixture
def somac(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    forks: list[int],
    document: Draft202012Validator,
) -> Callable[..., Result]:
    """Run a command line in this process; a bug of somac fails the test, whatever it expects.

    So does a document of --json that is none.
    """
    reports = tmp_path / "bug-reports"
    reports.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(reports))

    def run(*arguments: object, exit_code: int = 0) -> Result:
        done = CliRunner().invoke(cli, [str(a) for a in arguments], catch_exceptions=False)
        bugs = [path.read_text() for path in reports.glob("somac-bug-*")]
        assert not bugs, bugs[0]
        assert done.exit_code == exit_code, done.output
        assert "Traceback" not in done.output
        if "--json" in arguments:
            document.validate(json.loads(done.stdout))
        return done

    return run


@pytest.fixture
def plugin_model(tmp_path: Path) -> Path:
    (tmp_path / "small.snn").write_text(MODEL)
    (tmp_path / "mine.yaml").write_text(TARGETS)
    return tmp_path / "small.snn"
