"""The process that reads a NIR file: its limits, its ends, and what it is not given."""

from __future__ import annotations

import re
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import h5py
import numpy as np
import pytest

from somac.compiler.nir import reader, sandbox
from somac.compiler.nir.limits import Limits
from somac.compiler.nir.reader import read_raw
from somac.ir.errors import Diagnostic, SomacError

NirFile = Callable[..., Path]
Refusal = Callable[..., Diagnostic]
Entry = Callable[[str], None]

PACKED = "/node/nodes/fc/packed"


@pytest.fixture(autouse=True)
def _every_process_ends(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No process outlives its call, whatever the call comes to."""
    started: list[Any] = []
    start = sandbox.start

    def note(entry: str) -> sandbox.Process:
        started.append(start(entry))
        return cast(sandbox.Process, started[-1])

    monkeypatch.setattr(sandbox, "start", note)
    yield
    assert all(process.returncode is not None for process in started)


@pytest.fixture
def entry(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Entry:
    """Let the reading process run other code."""

    def install(code: str) -> None:
        (tmp_path / "hostile.py").write_text(code)
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.setattr(reader, "_CHILD", "hostile:main")

    return install


def test_time_limit(nir_file: NirFile, entry: Entry, refusal: Refusal) -> None:
    entry("def main():\n    while True: pass")
    start = time.perf_counter()
    refusal(nir_file(), "E0124", limits=Limits(wall_seconds=0.5))
    assert time.perf_counter() - start < 5


def test_time_limit_while_it_does_not_listen(
    nir_file: NirFile, entry: Entry, refusal: Refusal
) -> None:
    entry("import time\ndef main(): time.sleep(60)")
    path = nir_file(lambda f: f.create_dataset(PACKED, data=np.zeros(10**5)))
    refusal(path, "E0124", limits=Limits(wall_seconds=0.5))


def test_crash(nir_file: NirFile, entry: Entry, refusal: Refusal) -> None:
    path = nir_file()
    entry("import os, signal\ndef main(): os.kill(os.getpid(), signal.SIGSEGV)")
    assert refusal(path, "E0126").have == "ended by SIGSEGV"


def test_death_with_a_last_word(nir_file: NirFile, entry: Entry, refusal: Refusal) -> None:
    path = nir_file()
    entry("def main(): raise RuntimeError('at the end')")
    assert refusal(path, "E0126").have == "ended with status 1: RuntimeError: at the end"


@pytest.mark.parametrize(
    "said",
    [
        b"garbage garbage",
        b"H" + (2**60).to_bytes(8, "little"),
        b"H" + (4).to_bytes(8, "little") + b"nope",
        b"H" + (2).to_bytes(8, "little") + b"{}",
        b"E" + (2).to_bytes(8, "little") + b"[]",
        b"E" + (4).to_bytes(8, "little") + b"[{}]",
    ],
)
def test_answer_that_is_broken(
    nir_file: NirFile, entry: Entry, said: bytes, refusal: Refusal
) -> None:
    path = nir_file()
    entry(
        f"import sys\ndef main():\n    sys.stdin.buffer.read(); sys.stdout.buffer.write({said!r})"
    )
    assert "broken" in str(refusal(path, "E0126").have)


@pytest.mark.parametrize("shape", ["[1000000000000]", "[-1]", "[1.5]", "[true]", "[268435456]"])
def test_answer_that_promises_too_much(
    nir_file: NirFile, entry: Entry, shape: str, refusal: Refusal
) -> None:
    header = (
        f'{{"version":null,"notes":[],"arrays":[["/node/x","<f8",{shape}]],'
        '"root":{"type":"NIRGraph","parameters":{},"metadata":{},'
        '"graph":{"nodes":{},"edges":[]}}}'
    ).encode()
    said = b"H" + len(header).to_bytes(8, "little") + header
    path = nir_file()
    entry(
        f"import sys\ndef main():\n    sys.stdin.buffer.read(); sys.stdout.buffer.write({said!r})"
    )
    assert "broken" in str(refusal(path, "E0126").have)


def test_process_that_cannot_start(nir_file: NirFile, monkeypatch: pytest.MonkeyPatch) -> None:
    path = nir_file()
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with pytest.raises(SomacError) as caught:
        read_raw(path)
    assert caught.value.diagnostics[0].code == "E0127"
    assert caught.value.exit_code == 70


def test_h5py_that_is_broken(nir_file: NirFile, entry: Entry) -> None:
    path = nir_file()
    entry(
        "import sys\nfrom somac.compiler.nir import child\n"
        "def main():\n    sys.modules['h5py'] = None\n    child.main()"
    )
    with pytest.raises(SomacError) as caught:
        read_raw(path)
    assert caught.value.diagnostics[0].code == "E0127"


def test_bug_of_ours(nir_file: NirFile, entry: Entry) -> None:
    path = nir_file()
    entry(
        "from somac.compiler.nir import child\n"
        "def fail(*args): raise ZeroDivisionError('why')\n"
        "def main():\n    child._answer = fail\n    child.main()"
    )
    with pytest.raises(SomacError) as caught:
        read_raw(path)
    assert caught.value.diagnostics[0].code == "E0128"
    assert caught.value.exit_code == 70


def test_chunk_that_unpacks_to_more_than_it_says(nir_file: NirFile, refusal: Refusal) -> None:
    packer = zlib.compressobj(9)
    start = packer.compress(b"\0") + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(bytes(2**24)) + packer.flush(zlib.Z_FULL_FLUSH)
    bomb = start + 48 * block  # a flushed block stands for itself: 768 MiB, past the grant

    def change(file: h5py.File) -> None:
        packed = file.create_dataset(PACKED, (1000,), "f8", chunks=(1000,), compression="gzip")
        packed.id.write_direct_chunk((0,), bomb)

    path = nir_file(change)
    started = time.perf_counter()
    refusal(path, "E0107", PACKED)
    assert time.perf_counter() - started < 5


def test_loop_inside_the_hdf5_library(nir_file: NirFile, refusal: Refusal) -> None:
    path = nir_file()
    content = bytearray(path.read_bytes())
    # the first object of the heap of strings: its size and its header's, 16, come to zero,
    # so the library never gets past it (HDF5 2.0.0)
    size = content.index(b"GCOL") + 16 + 8
    content[size : size + 8] = (2**64 - 16).to_bytes(8, "little")
    path.write_bytes(content)
    started = time.perf_counter()
    refusal(path, "E0124")
    assert time.perf_counter() - started < 5


def test_interrupt(nir_file: NirFile, monkeypatch: pytest.MonkeyPatch) -> None:
    path = nir_file()

    def interrupt(*args: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(reader.answer, "receive", interrupt)
    with pytest.raises(KeyboardInterrupt):
        read_raw(path)


def test_memory_limit(nir_file: NirFile, refusal: Refusal) -> None:
    path = nir_file(lambda f: f.create_dataset(PACKED, data=np.zeros(10**7), compression="gzip"))
    refusal(path, "E0125", limits=Limits(memory_bytes=2**25))


def test_confined_process_has_no_files_and_no_memory(
    nir_file: NirFile, entry: Entry, tmp_path: Path, refusal: Refusal
) -> None:
    path = nir_file()
    secret = tmp_path / "secret"
    secret.write_text("secret")
    entry(
        "import os, sys\nfrom somac.compiler.nir import child\n"
        "def main():\n"
        "    child._confine(2**26)\n"
        "    said = []\n"
        f"    for what in (lambda: open({str(secret)!r}), lambda: bytearray(2**27), os.pipe,\n"
        f"                 lambda: os.open({str(tmp_path / 'new')!r}, os.O_CREAT | os.O_WRONLY)):\n"
        "        try: what(); said.append('done')\n"
        "        except (OSError, MemoryError) as error: said.append(type(error).__name__)\n"
        "    sys.exit(' '.join(said))"
    )
    have = str(refusal(path, "E0126").have)
    assert have == "ended with status 1: OSError MemoryError OSError OSError"
    assert not (tmp_path / "new").exists()


def test_process_inherits_little(
    nir_file: NirFile, entry: Entry, monkeypatch: pytest.MonkeyPatch, refusal: Refusal
) -> None:
    path = nir_file()
    monkeypatch.setenv("SECRET", "secret")
    monkeypatch.setenv("HDF5_PLUGIN_PATH", "/tmp")
    entry(
        "import os, sys\n"
        'def main(): sys.exit(f"{sorted(os.environ)} {sys.flags.isolated} '
        "{sorted(os.listdir('/proc/self/fd'))[:-1]}\")"
    )
    have = str(refusal(path, "E0126").have)
    assert not re.search("SECRET|PLUGIN_PATH|PYTHON", have)
    assert have.endswith("1 ['0', '1', '2']")
