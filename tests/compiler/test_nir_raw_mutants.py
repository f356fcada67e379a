"""The raw reader on mutated files: an answer or a coded error, in bounded time and memory.

Most mutants are read by forks of this process, which run the same code under the same limits: a
fresh interpreter per mutant would spend all its time importing h5py.
"""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from somac.compiler.nir.limits import Limits
from somac.compiler.nir.raw import RawFile
from somac.compiler.nir.reader import read_raw
from somac.ir.errors import SomacError

SECONDS = 5.0
BYTES = 10**9
SETTINGS = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
}


def sound_file(**options: Any) -> bytes:
    """A small model with every kind of thing the reader knows."""
    memory = io.BytesIO()
    with h5py.File(memory, "w", **options) as file:
        file["version"] = "1.0.8"
        file["node/type"] = "NIRGraph"
        file["node/edges"] = [["in", "fc"], ["fc", "lif"], ["lif", "sub"]]
        nodes = file["node"].create_group("nodes")
        for name, kind in (("in", "Input"), ("fc", "Affine"), ("lif", "LIF"), ("sub", "NIRGraph")):
            nodes.create_group(name)["type"] = kind
        nodes["in/shape"] = [3]
        nodes["fc"].create_dataset(
            "weight", data=np.arange(48.0).reshape(6, 8), chunks=(3, 4), compression="gzip",
            shuffle=True, fletcher32=True,
        )  # fmt: skip
        nodes["fc/bias"] = np.zeros(6, "f4")
        nodes["fc/padding"] = "same"
        nodes["lif/tau"] = np.float32(0.1)
        nodes["lif/metadata/reset"] = "subtract"
        nodes["lif/metadata/flag"] = True
        nodes["sub/edges"] = [["a", "b"]]
        nodes["sub/nodes/a/type"] = "Scale"
        nodes["sub/nodes/a/scale"] = np.ones(6)
    return memory.getvalue()


FILES = (
    sound_file(),
    sound_file(track_order=True),
    sound_file(libver="latest"),
)

# numbers that lengths, counts and addresses like least
NUMBERS = [0, 1, 0x7F, 0x80, 0xFF, 0xFFFF, 2**31 - 1, 2**32 - 1, 2**63 - 1, 2**64 - 1]


class Mutant(bytes):
    """A file, which is told by its size: 87 kB of text would hide why a test failed."""

    def __repr__(self) -> str:
        return f"<{len(self)} bytes>"


@st.composite
def mutants(draw: st.DrawFn) -> Mutant:
    """A sound file with a few places changed."""
    data = bytearray(draw(st.sampled_from(FILES)))
    occupied = [i for i in range(len(data)) if data[i]]
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.sampled_from(occupied))
        match draw(st.integers(0, 19)):
            case 0 | 1 | 2 | 3 | 4 | 5:
                data[at] ^= 1 << draw(st.integers(0, 7))
            case 6 | 7 | 8 | 9:
                data[at] = draw(st.integers(0, 255))
            case 10 | 11 | 12 | 13 | 14:
                width = draw(st.sampled_from([1, 2, 4, 8]))
                number = draw(st.sampled_from(NUMBERS)) % 256**width
                data[at : at + width] = number.to_bytes(width, "little")
            case 15 | 16 | 17:
                width, source = draw(st.sampled_from([8, 64])), draw(st.sampled_from(occupied))
                data[at : at + width] = data[source : source + width]
            case 18:
                data[at : at + draw(st.integers(1, 64))] = b""
            case _:
                data[at:at] = bytes(draw(st.integers(1, 64)))
    return Mutant(data)


def read(path: Path, mutant: bytes, limits: Limits | None = None) -> RawFile | SomacError:
    """Read a mutant: only these two results are right."""
    path.write_bytes(mutant)
    started = time.perf_counter()
    result: RawFile | SomacError
    try:
        result = read_raw(path, limits)
    except SomacError as error:
        result = error
    assert time.perf_counter() - started < SECONDS
    assert isinstance(result, RawFile) or result.exit_code == 2
    return result


def test_sound_files_are_read(tmp_path: Path, forks: list[int]) -> None:
    for data in FILES:
        result = read(tmp_path / "model.nir", data)
        assert isinstance(result, RawFile)
        assert sorted(result.graph.nodes) == ["fc", "in", "lif", "sub"]
    assert len(forks) == len(FILES)


@settings(max_examples=200, **SETTINGS)  # type: ignore[arg-type]
@given(mutant=mutants())
def test_mutants(tmp_path: Path, forks: list[int], mutant: bytes) -> None:
    # one mutant in a hundred hangs the HDF5 library: here they get a shorter life
    read(tmp_path / "mutant.nir", mutant, Limits(wall_seconds=1.0))
    assert max(forks, default=0) < BYTES


@settings(max_examples=10, **SETTINGS)  # type: ignore[arg-type]
@given(mutant=mutants())
def test_mutants_in_fresh_processes(tmp_path: Path, mutant: bytes) -> None:
    read(tmp_path / "mutant.nir", mutant)


@pytest.mark.long
@settings(max_examples=2000, **SETTINGS)  # type: ignore[arg-type]
@given(mutant=mutants())
def test_2000_mutants(tmp_path: Path, forks: list[int], mutant: bytes) -> None:
    read(tmp_path / "mutant.nir", mutant)
    assert max(forks, default=0) < BYTES
