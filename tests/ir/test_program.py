"""Bundles on disk: whole or not at all, and believed only if every hash is right."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from somac.ir import program as module
from somac.ir.errors import SomacError
from somac.ir.program import MANIFEST, Program, read_program, write_program

BUNDLE = Program(
    "manycore", "small", {"images/0.bin": b"\x00\x01", "network.json": b"{}\n", "empty": b""}
)


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def fails(code: str, action: Callable[[], Any]) -> str:
    with pytest.raises(SomacError) as caught:
        action()
    assert {d.code for d in caught.value.diagnostics} == {code}
    assert caught.value.exit_code == 2
    assert caught.value.diagnostics[0].place.file is not None
    return str(caught.value)


@pytest.fixture
def written(tmp_path: Path) -> Path:
    write_program(BUNDLE, tmp_path / "out")
    return tmp_path / "out"


def test_what_is_written_reads_back(written: Path) -> None:
    again = read_program(written)
    assert (again.backend, again.target, dict(again.files)) == (
        BUNDLE.backend,
        BUNDLE.target,
        dict(BUNDLE.files),
    )
    assert again.digest() == BUNDLE.digest()
    assert sorted(files(written)) == sorted([*BUNDLE.files, MANIFEST])
    assert [path.name for path in written.parent.iterdir()] == ["out"]


def test_folders_above_are_made(tmp_path: Path) -> None:
    write_program(BUNDLE, tmp_path / "a" / "b" / "out")
    assert read_program(tmp_path / "a" / "b" / "out").digest() == BUNDLE.digest()


def test_the_same_bundle_is_the_same_bytes(tmp_path: Path) -> None:
    backwards = Program("manycore", "small", dict(reversed(list(BUNDLE.files.items()))))
    assert backwards.digest() == BUNDLE.digest()
    write_program(BUNDLE, tmp_path / "a")
    write_program(backwards, tmp_path / "b")
    assert files(tmp_path / "a") == files(tmp_path / "b")


def test_backend_target_names_and_contents_are_in_the_digest() -> None:
    others = [
        Program("other", "small", BUNDLE.files),
        Program("manycore", "other", BUNDLE.files),
        Program("manycore", "small", {**BUNDLE.files, "empty": b"x"}),
        Program("manycore", "small", {**BUNDLE.files, "more": b""}),
    ]
    assert len({BUNDLE.digest(), *(other.digest() for other in others)}) == 5


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/etc/passwd",
        "../up",
        "a/../b",
        "a//b",
        "a/",
        ".hidden",
        "a/.hidden",
        "a b",
        "ä",
        "a\\b",
        "a\n",
        MANIFEST,
        f"{MANIFEST}/x",
    ],
)
def test_names_that_leave_the_bundle_or_hide_in_it(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be the name of a file"):
        Program("manycore", "small", {name: b""})


def test_a_file_cannot_be_a_folder_too() -> None:
    with pytest.raises(ValueError, match="'a' cannot be the name of a file"):
        Program("manycore", "small", {"a/b": b"", "a": b""})


def test_json() -> None:
    assert BUNDLE.json("network.json") == {}
    assert "no file x.json" in fails("E0703", lambda: BUNDLE.json("x.json"))
    assert "not JSON" in fails("E0704", lambda: BUNDLE.json("images/0.bin"))
    deep = Program("manycore", "small", {"deep.json": b"[" * 100_000})
    assert "not JSON" in fails("E0704", lambda: deep.json("deep.json"))


# E0701


def test_e0701_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    fails("E0701", lambda: write_program(BUNDLE, tmp_path / "file" / "out"))
    fails("E0701", lambda: write_program(BUNDLE, tmp_path / ("long" * 100)))
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_e0701_the_disk_is_full(
    tmp_path: Path, written: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files(written)

    def full(self: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    other = Program("manycore", "small", {"a": b"1"})
    message = fails("E0701", lambda: write_program(other, written, overwrite=True))
    assert "No space left on device" in message
    assert files(written) == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_the_old_bundle_comes_back_if_the_new_one_cannot_take_its_place(
    tmp_path: Path, written: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files(written)
    rename = Path.rename

    def interrupted(self: Path, target: Path) -> Path:
        if (self / "a").exists():
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", interrupted)
    other = Program("manycore", "small", {"a": b"1"})
    with pytest.raises(KeyboardInterrupt):
        write_program(other, written, overwrite=True)
    assert files(written) == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


WRITER = """
import sys, time
from pathlib import Path
from somac.ir.program import Program, write_program
write = Path.write_bytes
def slow(self, content):
    print(self, flush=True)
    time.sleep(0.2)
    return write(self, content)
Path.write_bytes = slow
files = {f"part{n}.bin": b"x" * 1000 for n in range(50)}
write_program(Program("manycore", "small", files), Path(sys.argv[1]))
"""


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_killed_in_the_middle_nothing_is_in_the_place(tmp_path: Path, number: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", WRITER, str(tmp_path / "out")],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.readline()
        process.send_signal(number)
        process.wait(20)
    assert not (tmp_path / "out").exists()
    left = [path.name for path in tmp_path.iterdir()]
    # what a killed process leaves beside the place is hidden, and no bundle
    assert left == [] if number == signal.SIGINT else all(n.startswith(".out.") for n in left)
    write_program(BUNDLE, tmp_path / "out")
    assert read_program(tmp_path / "out").digest() == BUNDLE.digest()


# E0702


def test_e0702_an_existing_bundle_is_replaced_only_on_request(written: Path) -> None:
    other = Program("manycore", "small", {"a": b"1"})
    assert "--force" in fails("E0702", lambda: write_program(other, written))
    assert read_program(written).digest() == BUNDLE.digest()
    write_program(other, written, overwrite=True)
    assert sorted(files(written)) == ["a", MANIFEST]
    assert [path.name for path in written.parent.iterdir()] == ["out"]


@pytest.mark.parametrize("overwrite", [False, True])
def test_e0702_what_is_no_bundle_is_never_replaced(tmp_path: Path, overwrite: bool) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "cat.jpg").write_bytes(b"cat")
    (tmp_path / "file").write_bytes(b"file")
    (tmp_path / "link").symlink_to(folder)
    (tmp_path / "nowhere").symlink_to(tmp_path / "absent")
    for name in ("photos", "file", "link", "nowhere"):
        fails("E0702", partial(write_program, BUNDLE, tmp_path / name, overwrite=overwrite))
    (folder / MANIFEST).write_text('{"name": "a web page has one too"}')
    fails("E0702", lambda: write_program(BUNDLE, folder, overwrite=overwrite))
    assert (folder / "cat.jpg").read_bytes() == b"cat"
    assert not (tmp_path / "absent").exists()


@pytest.mark.parametrize("stranger", ["notes.txt", "images/notes.txt", "linked"])
def test_e0702_a_bundle_with_other_things_in_it_is_not_replaced(
    written: Path, stranger: str
) -> None:
    if stranger == "linked":
        (written / stranger).symlink_to(written.parent)
    else:
        (written / stranger).write_text("mine")
    message = fails("E0702", lambda: write_program(BUNDLE, written, overwrite=True))
    assert f"holds {stranger}, which is no part of the bundle" in message
    assert (written / stranger).exists()


def test_a_bundle_that_lost_a_file_is_replaced(written: Path) -> None:
    (written / "network.json").unlink()
    write_program(BUNDLE, written, overwrite=True)
    assert read_program(written).digest() == BUNDLE.digest()


# E0703, E0704, E0705


def test_e0703_not_a_bundle(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "empty").mkdir()
    (tmp_path / "folder" / MANIFEST).mkdir(parents=True)
    for name, what, place in (
        ("absent", "there is no such folder", "absent"),
        ("file", "it is a file", "file"),
        ("empty", f"it has no {MANIFEST} that can be read", f"empty/{MANIFEST}"),
        ("folder", f"it has no {MANIFEST} that can be read", f"folder/{MANIFEST}"),
    ):
        said = fails("E0703", partial(read_program, tmp_path / name))
        assert f"not a bundle: {what}" in said
        assert f"--> {tmp_path / place}\n" in said


def test_a_pipe_in_place_of_the_manifest_does_not_hang(written: Path) -> None:
    (written / MANIFEST).unlink()
    os.mkfifo(written / MANIFEST)
    fails("E0703", lambda: read_program(written))


@pytest.mark.parametrize("name", sorted(BUNDLE.files))
def test_e0704_a_file_is_not_what_the_manifest_says(written: Path, name: str) -> None:
    path = written / name
    content = path.read_bytes()
    for damaged in (content + b"x", b"y" + content[1:], content[:-1]):
        if damaged != content:
            path.write_bytes(damaged)
            assert f"{name} is missing or not" in fails("E0704", lambda: read_program(written))
    path.unlink()
    fails("E0704", lambda: read_program(written))
    path.mkdir()
    fails("E0704", lambda: read_program(written))


def test_e0704_names_every_damaged_file(written: Path) -> None:
    for name in BUNDLE.files:
        (written / name).write_bytes(b"other")
    message = fails("E0704", lambda: read_program(written))
    assert all(name in message for name in BUNDLE.files)


def test_e0704_links_are_not_followed(tmp_path: Path, written: Path) -> None:
    outside = tmp_path / "outside"
    shutil.copytree(written, outside)
    (written / "network.json").unlink()
    (written / "network.json").symlink_to(outside / "network.json")
    fails("E0704", lambda: read_program(written))
    (written / "network.json").unlink()
    shutil.copy(outside / "network.json", written)
    assert read_program(written).digest() == BUNDLE.digest()
    shutil.rmtree(written / "images")
    (written / "images").symlink_to(outside / "images")
    fails("E0704", lambda: read_program(written))


def test_a_bundle_is_read_through_a_link_to_it(tmp_path: Path, written: Path) -> None:
    (tmp_path / "link").symlink_to(written)
    assert read_program(tmp_path / "link").digest() == BUNDLE.digest()


def edited(written: Path, edit: Callable[[dict[str, Any]], Any]) -> None:
    manifest = json.loads((written / MANIFEST).read_bytes())
    replaced = edit(manifest)
    (written / MANIFEST).write_text(json.dumps(manifest if replaced is None else replaced))


ENTRY = {"bytes": 0, "blake2b": "00"}


@pytest.mark.parametrize(
    "edit",
    [
        lambda m: [],
        lambda m: m.pop("files"),
        lambda m: m.update(files=[]),
        lambda m: m.update(backend=1),
        lambda m: m.update(target=None),
        lambda m: m.pop("digest"),
        lambda m: m.update(digest="0" * 64),
        lambda m: m.update(backend="other"),
        lambda m: m["files"].pop("empty"),
        lambda m: m["files"].update({"../../etc/passwd": ENTRY}),
        lambda m: m["files"].update({"/etc/passwd": ENTRY}),
        lambda m: m["files"].update({MANIFEST: ENTRY}),
        lambda m: m["files"].update({"empty": 3}),
        lambda m: m["files"].update({"empty": {"bytes": -1, "blake2b": "00"}}),
        lambda m: m["files"].update({"empty": {"bytes": 1e400, "blake2b": "00"}}),
        lambda m: m["files"].update({"empty": {"bytes": "0", "blake2b": "00"}}),
        lambda m: m["files"].update({"empty": {"bytes": 10**30, "blake2b": "00"}}),
    ],
)
def test_e0704_manifests_that_are_none(
    written: Path, edit: Callable[[dict[str, Any]], Any]
) -> None:
    def kept(manifest: dict[str, Any]) -> Any:
        result = edit(manifest)
        return result if result == [] and isinstance(result, list) else None

    edited(written, kept)
    fails("E0704", lambda: read_program(written))


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"{", b"[" * 100_000, b"null", b'{"a": 1}'])
def test_e0704_bytes_that_are_no_manifest(written: Path, content: bytes) -> None:
    (written / MANIFEST).write_bytes(content)
    fails("E0704", lambda: read_program(written))


def test_a_large_sparse_file_is_not_read(written: Path) -> None:
    with (written / "empty").open("r+b") as file:
        file.truncate(1 << 40)
    edited(written, lambda m: m["files"]["empty"].update(bytes=1 << 40))
    start = time.monotonic()
    assert "larger than" in fails("E0704", lambda: read_program(written))
    assert time.monotonic() - start < 5


def test_a_manifest_has_a_limit(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MAX_MANIFEST_BYTES", 10)
    fails("E0703", lambda: read_program(written))


def test_e0705_a_bundle_of_another_version(written: Path) -> None:
    edited(written, lambda m: m.update(format=2))
    message = fails("E0705", lambda: read_program(written))
    assert "have: format 2" in message
    assert "need: format 1" in message
    assert "not a bundle of this version" in fails(
        "E0702", lambda: write_program(BUNDLE, written, overwrite=True)
    )
