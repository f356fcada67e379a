"""The house: what is installed is what is in the folders, and importing it costs nothing."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import tarfile
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest

import somac

FOLDERS = ("ir", "grammar", "backends", "compiler")


def run(*arguments: str, cwd: Path, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run this interpreter without the working directory on its path, or with `path` before all."""
    environment = {} if path is None else {"PYTHONPATH": str(path)}
    return subprocess.run(
        [sys.executable, "-P", *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def build(target: str, source: Path, output: Path) -> Path:
    done = run("-m", "hatchling", "build", "-t", target, "-d", str(output), cwd=source)
    assert done.returncode == 0, done.stderr
    (built,) = output.iterdir()
    return built


@pytest.fixture(scope="module")
def wheel(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", repository, tmp_path_factory.mktemp("wheel"))


def test_wheel_holds_every_file_of_the_folders(repository: Path, wheel: Path) -> None:
    expected = {
        "somac/__init__.py",
        "somac/py.typed",
        "somac/targets.yaml",
        "somac/testing.py",
    } | {
        f"somac/{path.relative_to(repository).as_posix()}"
        for folder in FOLDERS
        for path in (repository / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {name for name in names if ".dist-info/" not in name} == expected
    assert {"somac/grammar/network.lark", "somac/grammar/library.snn"} <= expected


def test_wheel_from_the_sdist_is_the_same_bytes(
    repository: Path, wheel: Path, tmp_path: Path
) -> None:
    sdist = build("sdist", repository, tmp_path / "sdist")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    unpacked = tmp_path / sdist.name.removesuffix(".tar.gz")
    again = build("wheel", unpacked, tmp_path / "wheel")
    assert again.name == wheel.name
    assert again.read_bytes() == wheel.read_bytes()


def test_every_module_of_the_wheel_imports(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    program = """
import importlib, pkgutil, somac
print(somac.__file__)
for module in pkgutil.walk_packages(somac.__path__, "somac."):
    if not module.name.endswith(".__main__"):
        importlib.import_module(module.name)
for name in somac.__all__:
    getattr(somac, name)
"""
    done = run("-W", "error", "-c", program, cwd=tmp_path, path=tmp_path)
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()) == tmp_path / "somac" / "__init__.py"


def test_entry_points_load() -> None:
    points = distribution("somac").entry_points
    assert {(point.group, point.name) for point in points} >= {
        ("console_scripts", "somac"),
        ("somac.backends", "manycore"),
    }
    for point in points:
        point.load()


def test_import_somac_costs_nothing(tmp_path: Path) -> None:
    """Under 50 ms of processor time, and nothing but the standard library is loaded."""
    program = """
import json, sys, time
before, start = set(sys.modules), time.process_time()
import somac
cost = time.process_time() - start
print(json.dumps([cost, sorted(set(sys.modules) - before)]))
"""
    costs = []
    for _ in range(3):
        done = run("-c", program, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        cost, loaded = json.loads(done.stdout)
        strangers = {name.split(".")[0] for name in loaded} - sys.stdlib_module_names
        assert strangers == {"somac"}
        costs.append(cost)
    assert min(costs) < 0.05


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_refuses_to_be_imported_by_itself(repository: Path, folder: str) -> None:
    spec = importlib.util.spec_from_file_location(folder, repository / folder / "__init__.py")
    assert spec is not None
    assert spec.loader is not None
    with pytest.raises(ImportError, match=f"^import somac.{folder}, not {folder}$"):
        spec.loader.exec_module(importlib.util.module_from_spec(spec))


@pytest.mark.parametrize("module", ["ir", "ir.errors", "compiler.passes"])
def test_a_script_in_the_checkout_cannot_import_a_folder(repository: Path, module: str) -> None:
    done = run("-c", f"import {module}", cwd=repository, path=repository)
    package = module.partition(".")[0]
    assert done.returncode == 1
    assert done.stderr.endswith(f"ImportError: import somac.{package}, not {package}\n")


def test_unknown_name_of_the_package_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'somac' has no attribute 'complie'"):
        somac.complie  # noqa: B018
