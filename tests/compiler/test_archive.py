"""Archives of arrays and files that are written whole: what is refused, what is left behind."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest

from somac.compiler import archive
from somac.compiler.archive import read_arrays, write_arrays
from somac.compiler.files import replaced
from somac.compiler.inputs import read_recording, shaped_inputs
from somac.ir.errors import SomacError
from somac.ir.network import Input


def refused(path: Path) -> str:
    with pytest.raises(SomacError) as caught:
        read_arrays(path)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "E0905"
    assert diagnostic.place.file == str(path)
    return str(diagnostic)


def test_round_trip_and_stable_bytes(tmp_path: Path) -> None:
    arrays = {
        "x": np.arange(6, dtype=np.uint8).reshape(1, 2, 3),
        "sub.graph/lif": np.array([0.5, np.nan]),
        "file": np.zeros((0, 3), bool),
        "scalar": np.asarray(3),
    }
    write_arrays(tmp_path / "a.npz", arrays)
    write_arrays(tmp_path / "made" / "for" / "it" / "b.npz", arrays)
    found = read_arrays(tmp_path / "a.npz")
    assert list(found) == list(arrays)
    for name in ("x", "sub.graph/lif", "file"):
        np.testing.assert_array_equal(found[name], arrays[name])
        assert found[name].dtype == arrays[name].dtype
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "made/for/it/b.npz").read_bytes()
    with np.load(tmp_path / "a.npz") as plain:
        np.testing.assert_array_equal(plain["x"], arrays["x"])


def test_files_that_are_no_archives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.npz"
    assert "No such file" in refused(path)
    assert "is no regular file" in refused(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    assert "is no regular file" in refused(tmp_path / "pipe")
    path.write_bytes(b"")
    refused(path)
    path.write_text("text")
    assert "pickle" not in refused(path)
    assert "need: what numpy.savez writes" in refused(path)
    np.save(tmp_path / "array.npy", np.zeros(3))
    assert "is no .npz archive" in refused(tmp_path / "array.npy")
    np.savez(path, x=np.array([{"a": 1}], dtype=object))
    assert "pickle" in refused(path)
    np.savez(path, x=np.array(["text"]))
    assert "does not hold numbers" in refused(path)
    write_arrays(path, {"x": np.zeros(1000)})
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    refused(path)
    path.write_bytes(whole[:80] + b"\xff" * 20 + whole[100:])
    refused(path)
    path.write_bytes(whole)
    monkeypatch.setattr(archive, "_BUDGET", 1000)
    assert "too large" in refused(path)


def test_an_array_that_promises_too_much(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f8", "fortran_order": False, "shape": (10**12,)}
    )
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("x.npy", header.getvalue() + b"\0" * 80)
    refused(path)


def test_a_member_that_is_no_array(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("notes.txt", "text")
    assert "does not hold numbers" in refused(path)


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"

    def fail() -> None:
        with replaced(path) as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert list(tmp_path.iterdir()) == []
    with replaced(path) as file:
        file.write(b"one")
    path.chmod(0o640)
    with pytest.raises(KeyboardInterrupt):
        fail()
    assert path.read_bytes() == b"one"
    link = tmp_path / "link.txt"
    link.symlink_to(path)
    with replaced(link) as file:
        file.write(b"two")
    assert link.is_symlink()
    assert path.read_bytes() == b"two"
    assert path.stat().st_mode & 0o777 == 0o640
    assert sorted(p.name for p in tmp_path.iterdir()) == ["link.txt", "out.txt"]


@pytest.mark.parametrize("name", ["file/x", "folder", "pipe", "a\0b", "loop"])
def test_places_that_cannot_be_written(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("text")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(SomacError, match=r"E0906.*cannot be written"), replaced(tmp_path / name):
        pass
    assert sorted(tmp_path.iterdir()) == before


# recordings


def recording(tmp_path: Path, **arrays: object) -> Path:
    path = tmp_path / "data.npz"
    np.savez(path, **arrays)  # type: ignore[arg-type]
    return path


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"y": np.zeros((1, 2, 3))}, "has no array for in"),
        ({"in": np.zeros((2, 3))}, "is not a recording"),
        ({"in": np.zeros((2, 3, 4), complex)}, "is not a recording"),
        ({"in": np.zeros((2, 3, 4)), "label": [1, 2, 3]}, "differ in samples"),
        ({"in": np.zeros((2, 3, 4)), "label": ["a", "b"]}, "are no classes"),
        ({"in": np.zeros((2, 3, 4)), "label": [np.nan, 1]}, "are no classes"),
    ],
)
def test_recordings_that_are_none(tmp_path: Path, arrays: dict[str, object], message: str) -> None:
    with pytest.raises(SomacError, match=f"E0903.*{message}"):
        read_recording(recording(tmp_path, **arrays), ["in"])


def test_recordings(tmp_path: Path) -> None:
    x = np.arange(24).reshape(2, 3, 2, 2)
    for name in ("in", "x"):
        found = read_recording(recording(tmp_path, **{name: x}, label=[[1], [2]]), ["in"])
        np.testing.assert_array_equal(found.inputs["in"], x)
        np.testing.assert_array_equal(found.labels, [1, 2])
    assert read_recording(recording(tmp_path, x=x), ["x"]).labels is None
    with pytest.raises(SomacError, match=r"E0903.*a, b"):
        read_recording(recording(tmp_path, x=x), ["a", "b"])


def test_inputs_must_fit_the_model() -> None:
    value, spike = Input("v", (2,), "value"), Input("s", (2,), "spike")
    ones = np.ones((3, 4, 2))
    assert set(shaped_inputs({"v": ones, "s": ones}, [value, spike])) == {"v", "s"}
    for given, message in (
        ({"v": ones}, "differ: s"),
        ({"v": ones, "s": ones, "t": ones}, "differ: t"),
        ({"v": ones, "s": ones[:, :, :1]}, "channels"),
        ({"v": ones, "s": 2 * ones}, "no spikes"),
        ({"v": np.nan * ones, "s": ones}, "not finite"),
        ({"v": ones, "s": ones[:, :3]}, "differ in samples or steps"),
        ({"v": ones[:2], "s": ones}, "differ in samples or steps"),
    ):
        with pytest.raises(SomacError, match=f"E0903.*{message}"):
            shaped_inputs(given, [value, spike])
