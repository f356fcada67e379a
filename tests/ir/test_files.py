"""Files of the user's read whole, and every way in which they cannot be."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from somac.ir.errors import Diagnostic, Place, SomacError
from somac.ir.files import read_whole, require_there


def refused(path: Path) -> Diagnostic:
    with pytest.raises(SomacError) as caught:
        read_whole(path, 5, kind="a test", too_large="E0611")
    (found,) = caught.value.diagnostics
    assert found.place == Place(file=str(path))
    return found


def test_as_many_bytes_as_it_may_have(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"\x00\xff\r\n5")
    assert read_whole(path, 5, kind="a test", too_large="E0611") == b"\x00\xff\r\n5"


def test_one_byte_more(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"123456")
    found = refused(path)
    assert (found.code, found.have, found.need) == ("E0611", "6 bytes", "at most 5 bytes")
    assert found.message == f"{path} is too large for a test"


def test_what_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert refused(tmp_path / "none").code == "E0101"
    assert refused(tmp_path / "file" / "none").code == "E0101"


def test_folder_and_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert refused(tmp_path).code == "E0102"
    assert refused(tmp_path / "pipe").code == "E0102"


def test_what_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> os.stat_result:
        raise PermissionError(13, "Permission denied")

    # permissions do not keep root out
    monkeypatch.setattr(Path, "stat", refuse)
    found = refused(tmp_path / "file")
    assert found.code == "E0103"
    assert found.message.endswith("cannot be read: Permission denied")


def test_what_is_only_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require_there(tmp_path)
    with pytest.raises(SomacError, match="E0101"):
        require_there(tmp_path / "none")

    def refuse(*args: Any, **kwargs: Any) -> os.stat_result:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "stat", refuse)
    with pytest.raises(SomacError, match="E0103"):
        require_there(tmp_path / "file")


def test_impossible_path() -> None:
    assert refused(Path("a\0b")).code == "E0103"
