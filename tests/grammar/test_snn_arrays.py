"""Arrays that a text loads: none of their sizes is believed, nothing outside is read."""

from __future__ import annotations

import io
import os
import struct
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from somac.grammar.arrays import Budget, Folder, Limits
from somac.ir.errors import SomacError


def folder(path: Path | None, limit: int = 2**20) -> Folder:
    return Folder(path, Budget(Limits(bytes=limit)))


def npy(array: np.ndarray[Any, Any]) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def header(text: str, data: bytes = b"", version: bytes = b"\x01\x00") -> bytes:
    width = "<H" if version[0] == 1 else "<I"
    return b"\x93NUMPY" + version + struct.pack(width, len(text)) + text.encode() + data


def refused(path: Path, file: str, key: str | None = None, limit: int = 2**20) -> str:
    with pytest.raises(SomacError) as caught:
        folder(path, limit).load(file, key)
    return str(caught.value)


DTYPES = ["?", "i1", "u1", "<i2", ">i4", "<u8", ">i8", "<f2", ">f4", "<f8"]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (0,), (2, 0)])
def test_numbers_of_every_kind(tmp_path: Path, dtype: str, shape: tuple[int, ...]) -> None:
    array = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype)
    np.save(tmp_path / "w.npy", array)
    loaded = folder(tmp_path).load("w.npy", None)
    np.testing.assert_array_equal(loaded, array)
    assert (loaded.dtype, loaded.shape) == (np.float64, shape)


def test_fortran_order_and_subfolders(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    array = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    np.save(tmp_path / "sub" / "w.npy", array)
    np.testing.assert_array_equal(folder(tmp_path).load("sub/w.npy", None), array)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_archives(tmp_path: Path, save: Any) -> None:
    save(tmp_path / "w.npz", a=np.arange(3), b=np.eye(2))
    np.testing.assert_array_equal(folder(tmp_path).load("w.npz", "b"), np.eye(2))
    assert "a, b" in refused(tmp_path, "w.npz")
    assert "no array c" in refused(tmp_path, "w.npz", "c")
    save(tmp_path / "one.npz", a=np.arange(3))
    np.testing.assert_array_equal(folder(tmp_path).load("one.npz", None), np.arange(3))
    assert "E0222" in refused(tmp_path, "one.npy", "a")


@pytest.mark.parametrize(
    "file", ["/etc/hosts", "../w.npy", "a/../../w.npy", "C:w.npy", "a\\w.npy", "", "."]
)
def test_paths_that_lead_out(tmp_path: Path, file: str) -> None:
    np.save(tmp_path / "w.npy", np.ones(1))
    inner = tmp_path / "inner"
    inner.mkdir()
    assert "E022" in refused(inner, file)


def test_links_that_lead_out(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    np.save(tmp_path / "w.npy", np.ones(1))
    np.save(inner / "v.npy", np.ones(1))
    (inner / "out.npy").symlink_to(tmp_path / "w.npy")
    (inner / "up").symlink_to(tmp_path)
    (inner / "in.npy").symlink_to(inner / "v.npy")
    (inner / "loop.npy").symlink_to(inner / "loop.npy")
    assert "E0221" in refused(inner, "out.npy")
    assert "E0221" in refused(inner, "up/w.npy")
    assert "E0222" in refused(inner, "loop.npy")
    assert folder(inner).load("in.npy", None).shape == (1,)


def test_what_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "w.npy").mkdir()
    os.mkfifo(tmp_path / "pipe.npy")
    for file in ("w.npy", "pipe.npy", "none.npy", "nul\0.npy"):
        assert "E0222" in refused(tmp_path, file)


def test_a_text_without_a_folder_loads_nothing() -> None:
    with pytest.raises(SomacError, match="E0221"):
        folder(None).load("w.npy", None)


DAMAGED = {
    "pickle": npy(np.array([1.0]))[:10] + b"x" * 118,
    "objects": header("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}\n", b"\0" * 8),
    "complex": npy(np.ones(1, complex)),
    "text": npy(np.array(["a"])),
    "record": npy(np.zeros(1, [("a", "<f8")])),
    "short": npy(np.ones(4))[:-1],
    "long": npy(np.ones(4)) + b"\0",
    "declared": header("{'descr': '<f8', 'fortran_order': False, 'shape': (10**12,)}", b"\0" * 8),
    "enormous": header(
        f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({10**12},)}}", b"\0" * 8
    ),
    "negative": header("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}"),
    "true": header("{'descr': '<f8', 'fortran_order': False, 'shape': (True,)}", b"\0" * 8),
    "many": header(f"{{'descr': '<f8', 'fortran_order': False, 'shape': {(1,) * 40}}}", b"\0" * 8),
    "extra": header("{'descr': '<f8', 'fortran_order': False, 'shape': (), 'x': 1}", b"\0" * 8),
    "nested": header("(" * 9000),
    "call": header("__import__('os').abort()"),
    "version": header("", version=b"\x09\x00"),
    "header": b"\x93NUMPY\x02\x00\xff\xff\xff\x7f",
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_files(tmp_path: Path, name: str) -> None:
    (tmp_path / "w.npy").write_bytes(DAMAGED[name])
    assert "E0222" in refused(tmp_path, "w.npy")
    with zipfile.ZipFile(tmp_path / "w.npz", "w") as archive:
        archive.writestr("a.npy", DAMAGED[name])
    assert "E0222" in refused(tmp_path, "w.npz", "a")


def test_archives_of_other_programs(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "w.npz", "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("a.npy", npy(np.ones(3)))
    assert "packed" in refused(tmp_path, "w.npz", "a")
    with zipfile.ZipFile(tmp_path / "n.npz", "w") as archive:
        archive.writestr("readme.txt", "none")
    assert "no arrays" in refused(tmp_path, "n.npz", "a")


def test_size_is_counted_before_it_is_taken(tmp_path: Path) -> None:
    zeros = np.zeros(2**24)
    np.savez_compressed(tmp_path / "w.npz", w=zeros)
    assert (tmp_path / "w.npz").stat().st_size < 2**18
    assert "E0223" in refused(tmp_path, "w.npz", "w", limit=2**26)
    np.save(tmp_path / "v.npy", np.zeros(8))
    small = folder(tmp_path, limit=300)
    small.load("v.npy", None)
    small.load("v.npy", None)
    with pytest.raises(SomacError, match="E0223"):
        small.load("v.npy", None)


@settings(max_examples=150)
@given(st.data())
def test_damage_never_gives_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp()
    stream = io.BytesIO()
    np.savez_compressed(stream, w=np.arange(40.0), v=np.ones((2, 2), np.int8))
    content = bytearray(stream.getvalue() if data.draw(st.booleans()) else npy(np.arange(40.0)))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    del content[data.draw(st.integers(1, len(content))) :]
    for file in ("damaged.npz", "damaged.npy"):
        (path / file).write_bytes(content)
        with suppress(SomacError):
            folder(path).load(file, "w" if file.endswith("z") else None)
