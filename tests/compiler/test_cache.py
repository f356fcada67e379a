"""The cache of compiled models: keys, entries, the folder."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
from cache_cases import KEY, OTHER, TEXT, entry, same
from hypothesis import given
from hypothesis import strategies as st

import somac
from somac.compiler.cache import Entry, Store, chosen_store, taken_or_made, toolchain
from somac.compiler.cache.account import account_bytes, account_from
from somac.compiler.cache.entry import entry_bytes, entry_from
from somac.compiler.cache.inputs import model_digest
from somac.compiler.cache.key import key_of_call, key_of_command
from somac.compiler.cache.place import DEFAULT_BYTES, cache_bytes, cache_folder, parse_bytes
from somac.compiler.checks import Home, Known, Measure
from somac.compiler.cli.caching import counted
from somac.compiler.cli.commands.check import command as check_command
from somac.compiler.cli.commands.compile import command as compile_command
from somac.compiler.mapping.effort import Effort
from somac.compiler.mapping.solve import SolveOptions
from somac.compiler.passes.prune import PruneOptions
from somac.compiler.passes.quantise import QuantiseOptions
from somac.compiler.pipeline import CompileOptions
from somac.ir.errors import Diagnostic, SomacError
from somac.ir.placement import PlaceOptions

MIB = 1 << 20


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.snn"
    path.write_text(TEXT.format(cells=2) + '# projection x -> out: dense("w.npy", "in/v.npz")\n')
    return path


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "cache" / "compiled", MIB)


def parameters(command: click.Command) -> dict[str, click.Parameter]:
    return {p.name: p for p in command.params if p.name}


def values(parameter: click.Parameter) -> tuple[Any, Any]:
    """Two values that the command line may give for it."""
    match parameter.type:
        case click.Choice(choices=choices):
            return choices[0], choices[1]
        case click.types.BoolParamType():
            return False, True
        case click.types.IntParamType() | click.types.FloatParamType():
            return 1, 2
        case _:
            return "a", "b"


# keys


@pytest.mark.parametrize("command", [compile_command, check_command], ids=["compile", "check"])
def test_every_option_counts_but_those_that_change_nothing(
    command: click.Command, model: Path
) -> None:
    left_out = {
        "compile": {"model", "output", "force", "calibrate", "dump_after", "dump_to"},
        "check": {"models", "budget", "baseline", "update_baseline", "junit", "sarif"}
        | {"markdown", "github"},
    }[str(command.name)] | {"targets", "time_limit", "cache", "json", "quiet", "verbose", "colour"}
    found = parameters(command)
    plain = dict.fromkeys(found)
    assert set(plain) - set(counted(plain)) == left_out
    for name in counted(plain):
        keys = {
            key_of_command(model, {}, counted(plain | {name: value}))
            for value in (None, *values(found[name]))
        }
        assert len(keys) == 3, name


def test_compile_and_check_share_keys() -> None:
    one, two = (counted(parameters(c)) for c in (compile_command, check_command))
    assert set(one) == set(two)
    usual = {n: p.get_default(click.Context(compile_command)) for n, p in one.items()}
    # checks are of several targets, and what they compile is of one of them
    assert {**usual, "target": (usual["target"],)} == {
        n: p.get_default(click.Context(check_command)) for n, p in two.items()
    }


OPTIONS = st.dictionaries(
    st.sampled_from("abc"),
    st.none() | st.booleans() | st.integers(0, 2) | st.floats(0, 2) | st.text("01", max_size=2),
)


@given(OPTIONS, OPTIONS)
def test_options_have_one_key_exactly_if_they_are_equal(
    tmp_path_factory: pytest.TempPathFactory, a: Mapping[str, Any], b: Mapping[str, Any]
) -> None:
    model = tmp_path_factory.getbasetemp() / "any.nir"
    model.write_bytes(b"x")
    # 1, 1.0 and True are equal to Python, and are different to a reader of options
    equal = repr(sorted(a.items())) == repr(sorted(b.items()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("somac.compiler.cache.key.toolchain", lambda: ("as ever",))
        assert (key_of_command(model, {}, a) == key_of_command(model, {}, b)) == equal


CHANGES: tuple[CompileOptions, ...] = (
    CompileOptions(prune=PruneOptions(0.5)),
    CompileOptions(quantise=QuantiseOptions(weight_bits=4)),
    CompileOptions(quantise=QuantiseOptions(learning_bits=12)),
    CompileOptions(allow_extra_delay=True),
    CompileOptions(options={"mac": "never"}),
    CompileOptions(options={"mac": "always"}),
    CompileOptions(options={"fit": 50}),
    CompileOptions(map=Effort(1).options()),
    CompileOptions(map=Effort(2, 1).options()),
    CompileOptions(map=SolveOptions(place=PlaceOptions(prove=False))),
    CompileOptions(map=SolveOptions(placer="other")),
)


def test_options_of_python_count_and_listeners_do_not() -> None:
    keys = {key_of_call(1, None, o.content()) for o in (CompileOptions(), *CHANGES)}
    assert len(keys) == 1 + len(CHANGES)
    assert None not in keys
    heard = Effort(2).options(lambda _: None, lambda _: None)
    assert CompileOptions(map=heard).content() == CompileOptions(map=Effort(2).options()).content()


def test_what_is_timed_or_built_by_tools_is_not_kept() -> None:
    assert CompileOptions(map=Effort(time_limit=1.0).options()).content() is None
    assert CompileOptions(build="elf").content() is None


def test_what_has_no_canonical_bytes_has_no_key() -> None:
    assert key_of_call(1, None, object()) is None
    assert key_of_call(1, Path("missing"), 2) is None
    assert key_of_call(Path("missing.nir"), None) is None


def test_files_count_by_content_and_name(model: Path, tmp_path: Path) -> None:
    def key(**files: Path | None) -> str | None:
        return key_of_command(model, files, {})

    data, targets = tmp_path / "data.npz", tmp_path / "targets.yaml"
    data.write_bytes(b"1")
    targets.write_bytes(b"1")
    keys = [key(), key(calibrate=data), key(targets=targets), key(calibrate=data, targets=targets)]
    data.write_bytes(b"2")
    keys.append(key(calibrate=data))
    assert len(set(keys)) == len(keys)
    assert key(calibrate=None) == keys[0]
    # who reads it says why it cannot be read
    assert key(calibrate=tmp_path / "missing") is None
    assert key(calibrate=tmp_path) is None


def test_models_count_by_content_by_name_and_by_what_they_load(model: Path) -> None:
    def digest() -> object:
        return model_digest(model)

    seen = [digest()]
    for path, content in (("w.npy", "1"), ("w.npy", "2"), ("in/v.npz", "1")):
        file = model.parent / path
        file.parent.mkdir(exist_ok=True)
        file.write_text(content)
        seen.append(digest())
    (model.parent / "x").write_text("not named")
    assert digest() == seen[-1]
    model.write_text(model.read_text() + "\n")
    seen.append(digest())
    seen.append(model_digest(model.rename(model.with_name("other.snn"))))
    assert len(set(seen)) == len(seen)


@given(st.binary(max_size=40), st.integers(0), st.integers(1, 255))
def test_every_byte_of_a_model_counts(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, where: int, change: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "bytes.nir"
    path.write_bytes(content)
    before = model_digest(path)
    changed = bytearray(content or b"\0")
    changed[where % len(changed)] ^= change
    path.write_bytes(changed)
    assert model_digest(path) != before


@pytest.mark.parametrize("text", [b'dense("a\\x2enpy")', b"\xff", b'"' * 20_000 + b'a"b' * 20_000])
def test_texts_that_are_not_understood_are_not_kept(text: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.snn"
    path.write_bytes(text + b"".join(b'"%d"' % n for n in range(11_000 if text[0] == 34 else 0)))
    assert model_digest(path) is None


def test_nothing_waits_for_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "model.nir")
    assert model_digest(tmp_path / "model.nir") is None


def test_code_libraries_and_python_count(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen = [toolchain.toolchain()]
    real = toolchain.version
    for name in toolchain.LIBRARIES:
        with monkeypatch.context() as patch:
            patch.setattr(toolchain, "version", lambda n, x=name: "0" if n == x else real(n))
            seen.append(toolchain.toolchain())
    with monkeypatch.context() as patch:
        patch.setattr(toolchain, "__version__", "9")
        seen.append(toolchain.toolchain())
    with monkeypatch.context() as patch:
        patch.setattr(toolchain.platform, "machine", lambda: "other")
        seen.append(toolchain.toolchain())
    with monkeypatch.context() as patch:
        patch.setattr(toolchain, "sources_digest", lambda _: "other")
        seen.append(toolchain.toolchain())
    assert None not in seen
    assert len(set(seen)) == len(seen)
    assert toolchain.toolchain() == seen[0]


def test_plug_ins_count_by_their_sources(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    package = tmp_path / "tinychip_of_tests"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('never imported')\n")
    metadata = tmp_path / "tinychip-1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: tinychip\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text("[somac.any]\ntiny = tinychip_of_tests\n")
    seen = [toolchain.toolchain()]
    monkeypatch.syspath_prepend(str(tmp_path))
    seen.append(toolchain.toolchain())
    (package / "targets.yaml").write_text("of its own")
    seen.append(toolchain.toolchain())
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: tinychip\nVersion: 2\n")
    seen.append(toolchain.toolchain())
    assert None not in seen
    assert len(set(seen)) == 4
    (metadata / "entry_points.txt").write_text("[somac.any]\ntiny\n")
    assert toolchain.toolchain() is None
    assert key_of_call(1, None) is None


def test_sources_count_by_name_and_content(tmp_path: Path) -> None:
    root = tmp_path / "package"
    (root / "a").mkdir(parents=True)
    (root / "a" / "x.py").write_text("1")
    seen = [toolchain.sources_digest(root)]
    (root / "a" / "x.py").rename(root / "a" / "y.py")
    seen.append(toolchain.sources_digest(root))
    (root / "a" / "y.py").write_text("2")
    seen.append(toolchain.sources_digest(root))
    (tmp_path / "link").mkdir()
    (tmp_path / "link" / "z.sv").write_text("3")
    (root / "b").symlink_to(tmp_path / "link")
    seen.append(toolchain.sources_digest(root))
    (root / "__pycache__").mkdir()
    (root / "__pycache__" / "x.pyc").write_text("")
    assert toolchain.sources_digest(root) == seen[-1]
    assert len(set(seen)) == len(seen)


# entries


def test_entries_come_back() -> None:
    content = entry_bytes(entry(), KEY)
    again = entry_from(content, KEY)
    assert again is not None
    assert same(again, entry())
    assert entry_bytes(again, KEY) == content


@given(st.data())
def test_no_damaged_entry_is_believed(data: st.DataObject) -> None:
    content = entry_bytes(entry(), KEY)
    kind = data.draw(st.sampled_from(["flip", "cut", "grow", "key", "any"]))
    where = data.draw(st.integers(0, len(content) - 1))
    changed = {
        "flip": content[:where]
        + bytes([content[where] ^ data.draw(st.integers(1, 255))])
        + content[where + 1 :],
        "cut": content[:where],
        "grow": content + data.draw(st.binary(min_size=1, max_size=9)),
        "any": data.draw(st.binary(max_size=99)),
        "key": content,
    }[kind]
    assert entry_from(changed, OTHER if kind == "key" else KEY) is None


def test_accounts_come_back_as_they_were() -> None:
    known = Known(
        {"a": Measure(3, "x"), "b": Measure(3.0, more=True), "c": Measure(float("inf"))},
        {"p": Home(2, (0, 5))},
    )
    again = account_from(Known, account_bytes(known))
    assert again == known
    assert isinstance(again.measures["a"].value, int)
    assert isinstance(again.measures["b"].value, float)
    with pytest.raises(ValueError, match="validation error"):
        account_from(Known, b"{}")


# the folder


def test_entries_are_kept_for_this_user_alone(store: Store) -> None:
    assert store.get(KEY).entry is None
    assert store.put(KEY, entry()) == ()
    found = store.get(KEY)
    assert found.entry is not None
    assert found.notes == ()
    assert same(found.entry, entry())
    assert store.folder.stat().st_mode & 0o777 == 0o700
    assert [k.path.stat().st_mode & 0o777 for k in store.entries()] == [0o600]
    assert store.get(OTHER).entry is None


def test_a_damaged_entry_is_told_of_and_removed(store: Store) -> None:
    store.put(KEY, entry())
    (kept,) = store.entries()
    kept.path.write_bytes(kept.path.read_bytes()[:-1])
    found = store.get(KEY)
    assert found.entry is None
    assert [(n.code, n.place.file) for n in found.notes] == [("E0943", str(kept.path))]
    assert store.entries() == ()


def test_an_entry_of_another_key_is_not_believed(store: Store) -> None:
    store.put(KEY, entry())
    (kept,) = store.entries()
    kept.path.rename(store.folder / f"{OTHER}.entry")
    assert [n.code for n in store.get(OTHER).notes] == ["E0943"]


def test_a_link_is_not_followed(store: Store, tmp_path: Path) -> None:
    store.put(KEY, entry())
    (kept,) = store.entries()
    kept.path.rename(tmp_path / "elsewhere")
    kept.path.symlink_to(tmp_path / "elsewhere")
    assert [n.code for n in store.get(KEY).notes] == ["E0943"]
    assert (tmp_path / "elsewhere").exists()


def test_what_was_not_used_for_longest_goes_first(store: Store) -> None:
    keys = [f"{n:064x}" for n in range(4)]
    size = len(entry_bytes(entry(0, 1000), keys[0]))
    small = replace(store, limit=3 * size + size // 2)
    for n, key in enumerate(keys[:3]):
        small.put(key, entry(n, 1000))
        os.utime(small.folder / f"{key}.entry", (n, n))
    assert small.get(keys[0]).entry is not None
    small.put(keys[3], entry(3, 1000))
    assert [small.get(key).entry is None for key in keys] == [False, True, False, False]
    assert sum(k.bytes for k in small.entries()) <= small.limit
    assert len(small.prune(0)) == 3
    assert small.entries() == ()


def test_what_is_larger_than_the_cache_is_not_kept(store: Store) -> None:
    small = replace(store, limit=10)
    assert small.put(KEY, entry()) == ()
    assert small.entries() == ()


def test_what_killed_processes_left_goes_when_it_is_old(store: Store) -> None:
    store.put(KEY, entry())
    old, new, other = (store.folder / n for n in (".new-old", ".new-young", "a file of the user's"))
    for path in (old, new, other):
        path.write_text("half")
    os.utime(old, (1, 1))
    store.prune()
    assert (old.exists(), new.exists()) == (False, True)
    assert len(store.clear()) == 1
    assert sorted(store.folder.iterdir()) == [other]


def test_a_folder_that_everybody_may_write_is_not_believed(store: Store) -> None:
    store.put(KEY, entry())
    store.folder.chmod(0o777)
    found = store.get(KEY)
    assert found.entry is None
    assert [n.code for n in found.notes] == ["E0942"]
    assert store.put(OTHER, entry()) == ()
    assert len(store.entries()) == 1


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), OSError(30, "Read-only")]
)
def test_a_folder_that_cannot_be_written_is_told_of(
    store: Store, error: OSError, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise error

    store.folder.mkdir(parents=True)
    monkeypatch.setattr("os.replace", refuse)
    (note,) = store.put(KEY, entry())
    assert note.code == "E0942"
    assert str(error.strerror) in note.message
    assert list(store.folder.iterdir()) == []


def test_a_file_in_place_of_the_folder_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("")
    store = Store(tmp_path / "cache" / "compiled", MIB)
    assert [n.code for n in store.get(KEY).notes] == ["E0942"]
    assert [n.code for n in store.put(KEY, entry())] == ["E0942"]
    assert store.entries() == ()


# where it is, and how large


def test_the_environment_says_where(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert cache_folder({"SOMAC_CACHE_DIR": "/a", "XDG_CACHE_HOME": "/b"}) == Path("/a/compiled")
    assert cache_folder({"XDG_CACHE_HOME": "/b"}) == Path("/b/somac/compiled")
    monkeypatch.setenv("HOME", str(tmp_path))
    for chosen in ({}, {"XDG_CACHE_HOME": "relative"}, {"SOMAC_CACHE_DIR": ""}):
        assert cache_folder(chosen) == tmp_path / ".cache" / "somac" / "compiled"


def test_without_a_home_there_is_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless(_: Path) -> Path:
        raise RuntimeError("Could not determine home directory.")

    for name in ("SOMAC_CACHE_DIR", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "expanduser", homeless)
    told: list[Diagnostic] = []
    made, taken_from = taken_or_made(lambda: KEY, entry, told.extend)
    assert same(made, entry())
    assert taken_from is None
    assert [d.code for d in told] == ["E0942"]


@pytest.mark.parametrize(
    ("text", "bytes_"),
    [
        ("0", 0),
        ("17", 17),
        ("2k", 2048),
        ("1.5 MiB", 3 << 19),
        ("1G", 1 << 30),
        ("2TB", 2 << 40),
        *((wrong, None) for wrong in ("", "-1", "1X", "G", "1e9", "nan", "１")),
    ],
)
def test_sizes(text: str, bytes_: int | None) -> None:
    assert parse_bytes(text) == bytes_


def test_a_wrong_size_is_an_error() -> None:
    assert cache_bytes({}) == DEFAULT_BYTES
    with pytest.raises(SomacError) as caught:
        cache_bytes({"SOMAC_CACHE_SIZE": "much"})
    assert [(d.code, d.have) for d in caught.value.diagnostics] == [("E0941", "'much'")]
    assert caught.value.exit_code == 2


# use


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache for this test alone, which is on."""
    monkeypatch.setenv("SOMAC_CACHE_DIR", str(tmp_path / "own"))
    monkeypatch.setenv("SOMAC_CACHE_SIZE", "1M")
    return tmp_path / "own" / "compiled"


def silent(told: object) -> None:
    assert list(told) == []  # type: ignore[call-overload]


def test_made_once_and_taken_afterwards(own_cache: Path) -> None:
    assert taken_or_made(lambda: KEY, entry, silent)[1] is None
    taken, folder = taken_or_made(lambda: KEY, lambda: entry(1), silent)
    assert same(taken, entry())
    assert folder == own_cache


def test_nothing_is_kept_without_a_key_or_room(
    own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken_or_made(lambda: None, entry, silent)
    monkeypatch.setenv("SOMAC_CACHE_SIZE", "0")
    taken_or_made(lambda: KEY, entry, silent)
    assert not own_cache.exists()


def test_what_was_made_while_its_inputs_changed_is_not_kept(own_cache: Path) -> None:
    keys = iter([KEY, OTHER])
    taken_or_made(lambda: next(keys), entry, silent)
    store = chosen_store()
    assert isinstance(store, Store)
    assert store.entries() == ()


def test_what_was_cut_short_is_not_kept(own_cache: Path) -> None:
    def cut() -> Entry:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        taken_or_made(lambda: KEY, cut, silent)
    assert not own_cache.exists()


def test_from_python(own_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "model.snn"
    path.write_text(TEXT.format(cells=2))
    data = {"x": np.ones((2, 5, 3))}
    calls: tuple[tuple[Any, dict[str, Any]], ...] = (
        (path, {}),
        (somac.load(path), {}),
        (path, {"target": "neurram"}),
        (path, {"options": CompileOptions(map=Effort(0).options())}),
        (path, {"calibrate": data}),
        (path, {"calibrate": {"x": np.zeros((2, 5, 3))}}),
    )
    cold = [somac.compile(model, cache=True, **more).digest() for model, more in calls]
    store = chosen_store()
    assert isinstance(store, Store)
    assert len(store.entries()) == len(calls)
    for model, more in ((path, {"options": CompileOptions(map=Effort(0, 0, 9.0).options())}),):
        somac.compile(model, cache=True, **more)
    somac.compile(path, options=CompileOptions(allow_extra_delay=True))
    assert len(store.entries()) == len(calls)
    monkeypatch.setattr("somac.compiler.pipeline.compile_network", None)
    assert [somac.compile(m, cache=True, **more).digest() for m, more in calls] == cold


# side by side


def _hammer(folder: Path, seed: int) -> None:
    """Take and keep, again and again, in a cache that has room for few."""
    store = Store(folder, 40_000)
    for n in range(seed, seed + 1_000_000):
        which = n % 7
        key = f"{which:064x}"
        found = store.get(key)
        assert not found.notes, found.notes
        assert found.entry is None or same(found.entry, entry(which, 4000))
        if found.entry is None or n % 3 == 0:
            assert store.put(key, entry(which, 4000)) == ()


def test_processes_side_by_side_that_are_killed(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    folder, random = tmp_path / "compiled", np.random.default_rng(0)
    running = [context.Process(target=_hammer, args=(folder, n)) for n in range(6)]
    for process in running:
        process.start()
    for n in range(20):
        time.sleep(0.03 * float(random.random()))
        which = int(random.integers(len(running)))
        assert running[which].is_alive(), "it found what it should not"
        os.kill(running[which].pid or 0, signal.SIGKILL)
        running[which].join()
        running[which] = context.Process(target=_hammer, args=(folder, n))
        running[which].start()
    for process in running:
        assert process.is_alive(), "it found what it should not"
        process.kill()
        process.join()
    store = Store(folder, 40_000)
    for kept in store.entries():
        which = int(kept.path.stem, 16)
        found = entry_from(kept.path.read_bytes(), kept.path.stem)
        assert found is not None
        assert same(found, entry(which, 4000))
    store.prune()
    assert sum(kept.bytes for kept in store.entries()) <= store.limit
