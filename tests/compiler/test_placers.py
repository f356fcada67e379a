"""Placers of other packages: found, used, and refused one by one without harm to the others."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from somac.compiler.cli.app import cli
from somac.compiler.mapping import placed
from somac.compiler.mapping.effort import Effort
from somac.compiler.mapping.placed import late, place
from somac.compiler.mapping.solve import SolveOptions
from somac.compiler.pipeline import CompileOptions, compile_network
from somac.compiler.plugins import PLACERS, find_placer, installed
from somac.compiler.testing import placers as kit
from somac.compiler.testing.placements import chain, machine, problem
from somac.compiler.testing.placers import PlacerConformance
from somac.ir.codes import CODES
from somac.ir.digest import digest_of
from somac.ir.errors import Diagnostic, SomacError
from somac.ir.placement import (
    API_VERSION,
    Placement,
    PlacementProblem,
    PlaceOptions,
)

Somac = Callable[..., Result]
Install = Callable[..., None]

INFO = f"""
import numpy as np
from somac.ir.placement import Placement, PlacerInfo
INFO = PlacerInfo("mine", "My placer", {API_VERSION})
"""
WORKS = f"""{INFO}
def create():
    return place

def place(problem, options):
    cores = np.full(problem.slices, -1)
    for part, core in problem.pins.items():
        cores[part] = core
    free = np.setdiff1d(np.flatnonzero(problem.free), cores)
    left = np.flatnonzero(cores < 0)
    cores[left] = free[: len(left)]
    return Placement(cores)
"""


def giving(answer: str) -> str:
    """A placer that works, but for what it gives."""
    return WORKS.replace("return Placement(cores)", answer)


BROKEN = {
    "no such module": (None, "E0902", "reinstall or remove the package mine-plugin"),
    "another package is absent": ("import absent_of_all", "E0902", "install absent_of_all"),
    "raises when imported": ("1 / 0", "E0902", "mychip_placer.py:1"),
    "no INFO, no create": ("", "E0912", "need: INFO = somac.ir.placement.PlacerInfo(...); create"),
    "INFO of a backend": (
        "from somac.backends.api import BackendInfo\nINFO = BackendInfo('mine', 'M', (1, 0))",
        "E0912",
        "have: INFO of type BackendInfo; no function create",
    ),
    "INFO of another name": (WORKS.replace('"mine"', '"yours"'), "E0912", "name='yours'"),
    "older": (WORKS.replace(str(API_VERSION), "(0, 9)"), "E0913", "upgrade the package mine-pl"),
    "newer": (WORKS.replace(str(API_VERSION), "(1, 99)"), "E0913", "need: interface 1.0 to 1.0"),
    "does not start": (f"{INFO}def create():\n    return {{}}['x']", "E0915", "KeyError: 'x'"),
    "nothing made": (f"{INFO}def create(): pass", "E0916", "have: None\n"),
    "other arguments": (
        WORKS.replace("(problem, options)", "(problem)"),
        "E0916",
        "have: a function of (problem)\n  need: a function of (problem, options)",
    ),
}

ILLEGAL = {
    "cores alone": (giving("return cores"), "E0926", "need: somac.ir.placement.Placement(cores)"),
    "nothing": (giving("pass"), "E0926", "have: None\n"),
    "a list": (giving("return Placement(cores.tolist())"), "E0926", "have: cores: a list\n"),
    "floats": (giving("return Placement(cores * 1.0)"), "E0926", "a ndarray of float64"),
    "too few": (giving("return Placement(cores[1:])"), "E0926", "need: cores of shape (3,), one"),
    "everything odd": (
        giving("return Placement(cores, -1, 3, 'no')"),
        "E0926",
        "have: bound -1; solver: a int; interrupted: a str\n",
    ),
    "no core": (giving("return Placement(cores + 1000)"), "E0927", "have: slice 0 on 1002, slice"),
    "a dead core": (
        giving("return Placement(np.where(cores == 2, cores, [2, 1, 3]))"),
        "E0927",
        "have: slice 1 on chip(0,0) core 1\n  need: one of the 3 usable cores",
    ),
    "a full core": (
        giving("return Placement(cores.clip(2, 2))"),
        "E0927",
        "mine puts 3 slices on cores that are full\n"
        "  have: slice 0 on chip(0,0) core 2, slice 1 on chip(0,0) core 2, slice 2 on",
    ),
    "a pin ignored": (
        giving("return Placement(cores[::-1])"),
        "E0927",
        "puts 1 slice elsewhere than it is pinned\n  have: slice 0 on chip(0,0) core 3\n"
        "  need: slice 0 on chip(0,0) core 2",
    ),
    "a bound that is none": (giving("return Placement(cores, 10**9)"), "E0928", "1,000,000,000"),
    "raises": (giving("return 1 / 0"), "E0917", "fails to place three slices: ZeroDivisionError"),
    "exits": (giving("raise SystemExit(0)"), "E0917", "RuntimeError: placer mine exits"),
    "writes to the problem": (giving("problem.nets.rate[:] = 0"), "E0917", "read-only"),
}


@pytest.fixture
def mine(install: Install) -> Callable[..., None]:
    """Install a package with the placer `mine`."""

    def installed(source: str | None, **others: str) -> None:
        given = {"package": "mine-plugin", "name": "mine", "module": "mychip_placer", **others}
        install(source, group="somac.placers", **given)

    return installed


@pytest.fixture
def task(tmp_path: Path, repository: Path) -> Path:
    """The mapping problem of the documentation."""
    page = (repository / "docs" / "reference" / "mapping-problem.md").read_text()
    found = re.search(r"```json\n(.*?)```", page, re.DOTALL)
    assert found
    path = tmp_path / "task.json"
    path.write_text(found.group(1))
    return path


def test_ours_are_registered() -> None:
    assert set(installed(PLACERS)) >= {"cpsat", "greedy", "search"}


def test_a_placer_of_another_package_works(somac: Somac, mine: Install, task: Path) -> None:
    mine(WORKS)
    (row,) = json.loads(somac("placers", "doctor", "mine", "--json").stdout)["result"]
    assert (row["package"], row["version"], row["title"]) == ("mine-plugin", "1.5", "My placer")
    assert (row["api_version"], row["problems"]) == ("1.0", [])
    done = json.loads(somac("map", task, "--placer", "mine", "--json").stdout)["result"]
    ours = json.loads(somac("map", task, "--json").stdout)["result"]
    assert (done["solver"], done["findings"]) == ("mine", 0)
    # the same lower bound, and a gap of its own
    assert done["bound"] <= ours["cost"] <= done["cost"]
    assert done["gap"] == (done["cost"] - done["bound"]) / done["cost"]


def test_it_is_chosen_from_python(mine: Install, repository: Path) -> None:
    from somac.compiler.load import load_model
    from somac.compiler.targets import find_target

    mine(WORKS)
    network = load_model(repository / "examples" / "digits" / "digits.nir").network
    options = CompileOptions(map=Effort(0, placer="mine").options())
    compiled = compile_network(network, find_target("spinnaker2"), options)
    assert compiled.mapping.proof.solver == "mine"
    assert 0 < compiled.mapping.proof.bound <= compiled.mapping.proof.cost


def test_what_another_placer_placed_is_not_taken_from_the_cache(
    somac: Somac, mine: Install, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOMAC_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("SOMAC_CACHE_SIZE", "10M")
    model = repository / "examples" / "digits" / "digits.nir"

    def by(placer: str) -> tuple[str, bool]:
        out = ("-o", tmp_path / "out", "--force", "--placer", placer)
        done = somac("compile", model, *out, "--effort", "0")
        found = re.search(r"\((?:feasible|optimal) by (\S+)\)", done.stdout)
        assert found
        return found[1], "somac: map" not in done.stderr

    mine(WORKS)
    assert [by(name) for name in ("greedy", "mine", "greedy", "mine")] == [
        ("greedy", False),
        ("mine", False),
        ("greedy", True),
        ("mine", True),
    ]


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_placer_is_refused_and_no_other(
    somac: Somac, mine: Install, task: Path, fault: str
) -> None:
    source, code, told = BROKEN[fault]
    mine(source)
    doctor = somac("placers", "doctor", "mine", exit_code=1)
    used = somac("map", task, "--placer", "mine", exit_code=2)
    for done in (doctor, used):
        assert f"error[{code}]: " in done.stderr
        assert told in done.stderr
        assert "  help: " in done.stderr
    assert f"broken: 1 problem ({code})" in doctor.stdout
    listed = somac("placers")
    assert f"warning[{code}]" in listed.stderr
    assert f"broken: {code}" in listed.stdout
    somac("map", task)


@pytest.mark.parametrize("fault", ILLEGAL)
def test_what_a_placer_may_not_give(somac: Somac, mine: Install, fault: str) -> None:
    source, code, told = ILLEGAL[fault]
    mine(source)
    done = somac("placers", "doctor", "mine", exit_code=1)
    assert f"error[{code}]: " in done.stderr
    assert told in done.stderr
    assert "tell the authors of" in done.stderr
    somac("placers", "doctor", "greedy")


@pytest.mark.parametrize("command", ["compile", "check", "map"])
def test_no_command_takes_an_illegal_placement(
    somac: Somac, mine: Install, task: Path, repository: Path, tmp_path: Path, command: str
) -> None:
    mine(giving("return Placement(cores * 0)"))
    (tmp_path / "budget.yaml").write_text("budgets:\n  - limits: {cores: {max: 100}}\n")
    model = repository / "examples" / "digits" / "digits.nir"
    rest: dict[str, tuple[Any, ...]] = {
        "compile": (model, "-o", tmp_path / "out"),
        "check": (model, "--budget", tmp_path / "budget.yaml"),
        "map": (task,),
    }
    done = somac(command, *rest[command], "--placer", "mine", exit_code=2)
    assert "error[E0927]: placer mine puts" in done.stderr + done.stdout
    assert not (tmp_path / "out").exists()


def test_bugs_of_a_placer_are_its_own(
    mine: Install, task: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    mine(giving("return 1 / 0"))
    done = CliRunner().invoke(cli, ["map", str(task), "--placer", "mine"])
    assert done.exit_code == 70
    assert "error[E0994]: this is a bug of the placer mine, not of your input" in done.stderr
    assert "please report it to the authors of mine-plugin 1.5 and attach" in done.stderr


def test_two_packages_of_one_name(somac: Somac, mine: Install, task: Path) -> None:
    mine(WORKS)
    mine(WORKS, package="other-plugin", module="other_module")
    done = somac("map", task, "--placer", "mine", exit_code=2)
    assert "error[E0914]: 2 packages bring a placer mine" in done.stderr


def test_nobody_takes_a_name_of_ours(somac: Somac, mine: Install, task: Path) -> None:
    mine("raise SystemError", name="cpsat")
    done = somac("placers", "doctor", "cpsat", exit_code=1)
    assert "error[E0914]" in done.stderr
    assert "and somac's own keeps the name" in done.stderr
    somac("map", task)


def test_a_damaged_list_of_placers(somac: Somac, mine: Install, task: Path) -> None:
    mine(WORKS, lists="[somac.placers]\nmine\n")
    done = somac("placers", "doctor", exit_code=1)
    assert "error[E0918]" in done.stderr
    assert "its placers are not found" in done.stderr
    somac("map", task)


def test_no_such_placer(somac: Somac, task: Path, tmp_path: Path, repository: Path) -> None:
    model = repository / "examples" / "digits" / "digits.nir"
    for command in (
        ("placers", "doctor", "cpsta"),
        ("map", task, "--placer", "cpsta"),
        ("compile", model, "-o", tmp_path / "out", "--placer", "cpsta"),
    ):
        done = somac(*command, exit_code=2)
        assert "error[E0925]: there is no placer 'cpsta'" in done.stderr
        assert "did you mean 'cpsat'?" in done.stderr


def in_order(given: PlacementProblem, _: PlaceOptions) -> Placement:
    """Pins aside, the first cores."""
    free = np.setdiff1d(np.flatnonzero(given.free), [*given.pins.values()])
    cores = np.full(given.slices, -1, dtype=np.int64)
    for part, core in given.pins.items():
        cores[part] = core
    left = np.flatnonzero(cores < 0)
    cores[left] = free[: len(left)]
    return Placement(cores)


def test_a_placer_that_ignores_its_limit_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [late(s, 1.0) for s in (1.0, 6.9, 7.1)] == [False, False, True]
    assert not late(1e9, None)
    given = problem(machine(["##", "@#"]), 3, [(0, [1, 2], 10)])
    told: list[Diagnostic] = []
    monkeypatch.setattr(placed, "GRACE", -1.0)
    place(given, PlaceOptions(time_limit=0.0), in_order, "mine", told.append)
    assert [d.code for d in told] == ["E0929"]
    assert (told[0].severity.value, told[0].need) == ("warning", "0.0 s")
    told.clear()
    place(given, PlaceOptions(), in_order, "mine", told.append)
    assert told == []


def test_the_user_hears_of_a_placer_that_is_late(
    somac: Somac, task: Path, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placed, "GRACE", -1.0)
    monkeypatch.setattr(placed, "OVERTIME", 0.0)
    done = somac("map", task, "--time-limit", "0.5")
    assert "warning[E0929]: placer cpsat ignored the time limit" in done.stderr
    model = repository / "examples" / "digits" / "digits.nir"
    done = somac("compile", model, "-o", tmp_path / "out", "--time-limit", "0.5")
    assert "warning[E0929]" in done.stderr


def test_options_are_values() -> None:
    """Nothing in them but what has a digest, so that results can be kept by it."""
    assert digest_of(SolveOptions(placer="mine")) != digest_of(SolveOptions())
    assert digest_of(Effort(placer="mine").options()) == digest_of(Effort(placer="mine").options())


def test_a_claimed_bound_counts() -> None:
    given = problem(machine(["##", "@#"]), 2, [(0, [1], 10)])
    claimed = place(given, PlaceOptions(), lambda p, _: Placement(np.array([0, 1]), 10), "mine")
    assert (claimed.cost, claimed.bound, claimed.status) == (10, 10, "optimal")
    free = place(given, PlaceOptions(), lambda p, _: Placement(np.array([0, 3]), solver="x"), "m")
    assert (free.cost, free.bound, free.status, free.solver) == (20, 10, "feasible", "x")


# the kit finds what single answers do not show


def conformance(monkeypatch: pytest.MonkeyPatch, placer: Any) -> PlacerConformance:
    monkeypatch.setattr(kit, "find_placer", lambda _: placer)

    class TestIt(PlacerConformance):
        placer = "mine"
        examples = 10
        time_limit = 0.1

    return TestIt()


def test_the_kit_finds_what_is_not_the_same_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def chance(given: PlacementProblem, _: PlaceOptions) -> Placement:
        free = np.random.default_rng().permutation(np.flatnonzero(given.free))
        cores = in_order(given, _).cores.copy()
        loose = [part for part in range(given.slices) if part not in given.pins]
        left = free[~np.isin(free, [*given.pins.values()])]
        cores[loose] = left[: len(loose)]
        return Placement(cores)

    with pytest.raises(AssertionError):
        conformance(monkeypatch, chance).test_the_same_again()


def test_the_kit_finds_what_is_worse_than_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    def far(given: PlacementProblem, options: PlaceOptions) -> Placement:
        """Those that talk most are as far apart as they can be: ends of the row in turn."""
        followed = {
            int(s): int(t) for s, t in zip(given.nets.source, given.nets.target, strict=True)
        }
        first = next(s for s in followed if s not in followed.values())
        order = [first]
        while order[-1] in followed:
            order.append(followed[order[-1]])
        ends = np.arange(given.slices).reshape(2, -1)
        ends[1] = ends[1][::-1]
        cores = np.empty(given.slices, dtype=np.int64)
        cores[order] = ends.T.reshape(-1)
        return Placement(cores)

    with pytest.raises(AssertionError):
        conformance(monkeypatch, far).test_no_worse_than_chance(1)


def test_the_kit_finds_what_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placed, "GRACE", -1.0)
    with pytest.raises(AssertionError):
        conformance(monkeypatch, in_order).test_time_limits_are_minded(0.0)


def test_the_kit_finds_bounds_that_do_not_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    def boasting(given: PlacementProblem, options: PlaceOptions) -> Placement:
        """Proves its own placement best, whatever it is."""
        found = in_order(given, options)
        cost = place(given, PlaceOptions(prove=False), in_order, "mine").cost
        return Placement(found.cores, cost)

    with pytest.raises(AssertionError):
        conformance(monkeypatch, boasting).test_bounds_hold()


def test_the_kit_finds_what_it_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    def unpinning(given: PlacementProblem, options: PlaceOptions) -> Placement:
        found = in_order(given, options)
        given.pins.clear()  # type: ignore[attr-defined]
        return found

    with pytest.raises((AssertionError, AttributeError)):
        conformance(monkeypatch, unpinning).test_problems_are_left_alone()


def test_the_kit_is_the_same_for_all() -> None:
    with pytest.raises(TypeError, match="overrides test_all_pinned"):
        type("TestMine", (PlacerConformance,), {"test_all_pinned": lambda self: None})


def test_the_page_is_complete(repository: Path) -> None:
    """The reference has the version, all fields of problem, options and answer, and refusals."""
    text = (repository / "docs" / "reference" / "placers.md").read_text(encoding="utf-8")
    assert f"version {API_VERSION[0]}.{API_VERSION[1]} " in text
    for kind in (PlacementProblem, PlaceOptions, Placement):
        assert [f.name for f in fields(kind) if f"`{f.name}`" not in text] == []
    codes = [code for code in CODES if "E0912" <= code <= "E0918" or "E0925" <= code <= "E0929"]
    assert [code for code in ("E0902", "E0994", *codes) if f"| `{code}` |" not in text] == []


def test_pieces_are_found_before_a_placer_is_asked() -> None:
    apart = machine(["@"], 1, ((0, 1),), dead_links=[((0, 0), (1, 0))])
    with pytest.raises(SomacError, match="E0604"):
        place(problem(apart, 2, [(0, [1], 1)]), PlaceOptions(), lambda p, _: 1 / 0, "mine")  # type: ignore[arg-type]


def test_ours_are_as_good_as_their_word() -> None:
    given = chain(4)
    for name in ("cpsat", "search", "greedy"):
        placer = find_placer(name)
        options = PlaceOptions(work=0.1)
        assert place(given, options, placer, name).cost == placer(given, options).cost  # type: ignore[attr-defined]
