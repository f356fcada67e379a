"""`somac check`, end to end."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from click.testing import Result
from ruamel.yaml import YAML

from somac.compiler.checks.kinds import KINDS

Somac = Callable[..., Result]
SOMAC = Path(sys.executable).with_name("somac")

TEXT = """\
network small:
    dt 1 ms
    profile nir-euler

input x[3]: spikes
population hidden[{cells}]: nir_lif(tau = 5 ms, r = 1, v_leak = 0, v_threshold = 0.13, v_reset = 0)
population out[2]: nir_lif(tau = 5 ms, r = 1, v_leak = 0, v_threshold = 0.13, v_reset = 0)
projection x -> hidden: dense(uniform(-0.2, 1), seed = 1)
projection hidden -> out: dense(uniform(-1, 1), seed = 2)
output out
"""
RUNS = "accuracy_percent: {min: 0}, accuracy_drop_percent: {max: 100}, values_differ: {max: 0}"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to be in, with a model, recordings and a budget that it keeps."""
    monkeypatch.chdir(tmp_path)
    write_model(tmp_path, 4)
    x = (np.random.default_rng(1).random((6, 20, 3)) < 0.5).astype(np.uint8)
    np.savez(tmp_path / "data.npz", x=x, label=np.arange(6) % 2)
    np.savez(tmp_path / "plain.npz", x=x)
    write_budget(tmp_path, "cores: {max: 2, regress: 0%}")
    return tmp_path


def write_model(folder: Path, cells: int, name: str = "small.snn") -> None:
    (folder / name).write_text(TEXT.format(cells=cells))


def write_budget(folder: Path, limits: str, more: str = "") -> None:
    (folder / "somac-budget.yaml").write_text(f"budgets:\n  - {more}limits: {{{limits}}}\n")


def result_of(done: Result) -> Any:
    return json.loads(done.stdout)["result"]


def test_a_budget_that_is_kept(somac: Somac, place: Path) -> None:
    done = somac("check", "small.snn")
    assert done.stdout.splitlines() == [
        "small.snn on spinnaker2: 1 limit kept, 1 without a baseline",
        "measure  have         need  baseline",
        "cores       2         <= 2            ok",
        "cores       2  no baseline            not checked",
    ]
    assert "warning[E0888]: cores of small.snn on spinnaker2 has nothing to be" in done.stderr
    assert sorted(p.name for p in place.iterdir() if p.is_file()) == [
        "data.npz",
        "plain.npz",
        "small.snn",
        "somac-budget.yaml",
    ]


def test_a_broken_budget(somac: Somac, place: Path) -> None:
    write_budget(place, "cores: {max: 1}")
    done = somac("check", "small.snn", exit_code=1)
    assert done.stdout.startswith("small.snn on spinnaker2: 1 limit of 1 broken\n")
    assert "error[E0889]: cores of small.snn on spinnaker2 is over its limit" in done.stderr
    assert "somac-budget.yaml:2:14" in done.stderr
    assert "have: 2\n  need: at most 1\n" in done.stderr


def test_a_model_that_grows_past_its_baseline(somac: Somac, place: Path) -> None:
    write_budget(place, "bundle_bytes: {regress: 0%}, cores: {regress: 0%}")
    given = ("check", "small.snn", "--baseline", "base.json")
    assert somac(*given, exit_code=2).stderr.count("E0887") == 2
    somac(*given, "--update-baseline")
    first = (place / "base.json").read_bytes()
    somac(*given)
    write_model(place, 600)
    done = somac(*given, exit_code=1)
    assert "since the baseline: hidden has 600 cells, not 4, grew from 1 core to 3" in done.stderr
    assert "; the baseline has 2\n" in done.stderr
    assert (place / "base.json").read_bytes() == first
    done = somac(*given, "--update-baseline")
    assert "accepted" in done.stdout
    somac(*given)
    write_model(place, 4)
    assert "hidden has 4 cells, not 600, shrank" in somac(*given, "--update-baseline").stdout
    assert (place / "base.json").read_bytes() == first


def test_models_that_are_not_given_stay_in_the_baseline(somac: Somac, place: Path) -> None:
    write_model(place, 5, "other.snn")
    update = ("--baseline", "base.json", "--update-baseline")
    somac("check", "small.snn", *update)
    somac("check", "other.snn", *update)
    models = json.loads((place / "base.json").read_text())["models"]
    assert [*models] == ["other.snn", "small.snn"]
    assert models["other.snn"]["spinnaker2"]["populations"]["hidden"]["cells"] == 5


def test_one_bad_model_does_not_keep_others_from_being_checked(somac: Somac, place: Path) -> None:
    (place / "bad.snn").write_text("network bad:\n    dt 0 ms\n")
    write_budget(place, "cores: {max: 1}")
    done = somac("check", "bad.snn", "small.snn", "missing.nir", "--json", exit_code=2)
    found = result_of(done)
    assert [(one["model"], one["exit_code"]) for one in found] == [
        ("bad.snn", 2),
        ("small.snn", 1),
        ("missing.nir", 2),
    ]


def test_measures_of_runs(somac: Somac, place: Path) -> None:
    write_budget(place, RUNS, "data: data.npz\n    samples: 4\n    calibrate: data.npz\n    ")
    (one,) = result_of(somac("check", "small.snn", "--json"))
    assert [v["measure"] for v in one["verdicts"]] == [n for n, k in KINDS.items() if k.of_run]
    assert one["measures"]["values_differ"]["value"] == 0
    assert one["measures"]["accuracy_percent"]["value"] in {0, 25, 50, 75, 100}
    assert {*KINDS} <= one["measures"].keys()


@pytest.mark.parametrize("more", ["", "data: plain.npz\n    "])
def test_measures_of_runs_need_data(somac: Somac, place: Path, more: str) -> None:
    write_budget(place, "accuracy_percent: {min: 0}", more)
    done = somac("check", "small.snn", exit_code=2)
    assert "error[E0886]: accuracy_percent is that of a run" in done.stderr


@pytest.mark.parametrize(
    ("target", "limits"),
    [
        ("ulx3s-85f", "expected.interval_us: {max: 1e6}, cores: {max: 2}"),
        ("neurram", "expected.speed_ratio: {min: 0}, hops: {min: 0}, link_load: {min: 0}"),
    ],
)
def test_other_classes_of_hardware(somac: Somac, place: Path, target: str, limits: str) -> None:
    write_budget(place, limits)
    somac("check", "small.snn", "--target", target)
    write_budget(place, "memory_per_core_bytes: {max: 1}")
    done = somac("check", "small.snn", "--target", target, exit_code=2)
    assert "the target says nothing of memory_per_core_bytes" in done.stderr


def test_all_reports_at_once(somac: Somac, place: Path) -> None:
    write_budget(place, "cores: {max: 1}")
    reports = ("--junit", "out/a.xml", "--sarif", "out/a.sarif", "--markdown", "out/a.md")
    done = somac("check", "small.snn", *reports, "--github", exit_code=1)
    assert done.stdout.startswith("::error file=somac-budget.yaml,line=2,col=14,title=")
    suite = ET.parse(place / "out" / "a.xml").find("testsuite")
    assert suite is not None
    assert suite.get("failures") == "1"
    (run,) = json.loads((place / "out" / "a.sarif").read_text())["runs"]
    assert [r["ruleId"] for r in run["results"]] == ["E0889"]
    assert "**not in budget**" in (place / "out" / "a.md").read_text()
    done = somac("check", "small.snn", "--github", "--json", exit_code=1)
    assert result_of(done)[0]["exit_code"] == 1
    assert "\n::error file=" in done.stderr


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("stage", ["somac: read", "somac: run"])
def test_ctrl_c_leaves_nothing(place: Path, stage: str) -> None:
    np.savez(place / "long.npz", x=np.ones((2000, 500, 3), np.uint8), label=np.zeros(2000))
    write_budget(place, RUNS, "data: long.npz\n    ")
    (place / "scratch").mkdir()
    before = sorted(place.rglob("*"))
    given = ["check", "small.snn", "--junit", "a.xml", "--baseline", "b.json", "--update-baseline"]
    with subprocess.Popen(
        [SOMAC, *given],
        cwd=place,
        env={**os.environ, "TMPDIR": str(place / "scratch")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stderr is not None
        assert running.stdout is not None
        for line in running.stderr:
            if line.startswith(stage):
                running.send_signal(signal.SIGINT)
                break
        said, shown = running.stderr.read(), running.stdout.read()
    assert running.returncode == 130
    assert said.splitlines()[-1] == "somac: interrupted; nothing was left half-written"
    assert "Traceback" not in said
    assert shown == ""
    assert sorted(place.rglob("*")) == before


def test_several_targets(somac: Somac, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOMAC_CACHE_SIZE", "100M")
    monkeypatch.setenv("SOMAC_CACHE_DIR", str(place / "cache"))
    entry = "  - {{model: {}, target: {}, limits: {{cores: {{max: 2, regress: 0%}}}}}}\n"
    write_model(place, 5, "other.snn")
    (place / "somac-budget.yaml").write_text(
        "budgets:\n"
        + "".join(
            entry.format(*given)
            for given in [("small.snn", "'*'"), ("other.snn", "neurram"), ("gone.snn", "'*'")]
        )
    )
    given = ("check", "small.snn", "other.snn", "gone.snn", "--baseline", "base.json")
    both = ("--target", "spinnaker2", "--target", "neurram")
    done = somac(*given, *both, "--update-baseline", exit_code=2)
    assert "warning[E0880]: the budget is for gone.snn" in done.stderr
    assert "somac: wrote base.json" in done.stderr
    found = re.findall(r"^(.*): (.*)$", done.stdout, re.MULTILINE)
    assert found == [
        ("small.snn on spinnaker2", "1 limit kept"),
        ("small.snn on neurram", "1 limit kept"),
        ("other.snn on neurram", "1 limit kept"),
        ("gone.snn on spinnaker2", "nothing was checked"),
        ("gone.snn on neurram", "nothing was checked"),
    ]
    done = somac(*given[:2], *given[4:], *both, "-v")
    assert done.stderr.count("taken from the cache") == 2
    # one target of several is compiled as if it were the only one
    somac("compile", "small.snn", "--target", "neurram", "-o", "out", "-v", "--force")
    assert "taken from the cache" in somac("check", "small.snn", "--target", "neurram", "-v").stderr


def test_options_of_backends_are_for_the_targets_that_have_them(somac: Somac, place: Path) -> None:
    given = ("check", "small.snn", "--target", "spinnaker2", "--target", "ulx3s-85f")
    write_budget(place, "cores: {max: 2}")
    plain = result_of(somac(*given, "--json"))
    chosen = result_of(somac(*given, "--fit", "1", "--mac", "always", "--json", exit_code=3))
    assert [one["exit_code"] for one in chosen] == [0, 3]
    assert plain[0]["measures"] != chosen[0]["measures"]
    done = somac(*given[:4], "--fit", "1", exit_code=2)
    assert "error[E0931]: the backend manycore has no option --fit" in done.stderr


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (("--budget", "typo.yaml"), "E0883"),
        (("--budget", "none.yaml"), "E0881"),
        (("--budget", "target.yaml"), "E0884"),
        (("--baseline", "none.json"), "E0887"),
        (("--target", "spinaker2"), "E0310"),
    ],
)
def test_reports_say_why_nothing_was_checked(
    somac: Somac, place: Path, more: tuple[str, str], code: str
) -> None:
    (place / "typo.yaml").write_text("budgets:\n  - limits: {coers: {max: 1}}\n")
    (place / "target.yaml").write_text(
        "budgets:\n  - {target: spinaker2, limits: {cores: {max: 1}}}\n"
        "  - limits: {cores: {max: 9}}\n"
    )
    reports = ("--junit", "out/a.xml", "--sarif", "out/a.sarif", "--markdown", "out/a.md")
    done = somac("check", "small.snn", *reports, "--github", *more, exit_code=2)
    assert done.stderr.count(f"error[{code}]") == 1
    assert done.stdout.startswith("::error file=")
    assert f"title=somac {code}%3A" in done.stdout
    error = ET.parse(place / "out" / "a.xml").find("testsuite/testcase/error")
    assert error is not None
    assert error.get("type") == code
    (run,) = json.loads((place / "out" / "a.sarif").read_text())["runs"]
    assert [r["ruleId"] for r in run["results"]] == [code]
    assert f"\n- {code}: " in (place / "out" / "a.md").read_text()
    # neither hides the other
    done = somac("check", "small.snn", "--junit", place, *more, exit_code=2)
    assert f"error[{code}]" in done.stderr
    assert "error[E0906]" in done.stderr


def test_a_pattern_that_fits_no_model(somac: Somac, place: Path) -> None:
    write_budget(place, "cores: {max: 1}", "model: small.snn\n    ")
    done = somac("check", "nets/*.snn", exit_code=2)
    assert "error[E0101]: nets/*.snn does not exist" in done.stderr
    assert "help: no file fits the pattern" in done.stderr


@pytest.mark.parametrize("key", ["data", "calibrate"])
def test_recordings_that_are_not_there_say_who_names_them(
    somac: Somac, place: Path, key: str
) -> None:
    write_budget(place, RUNS, f"{key}: none.npz\n    ")
    done = somac("check", "small.snn", exit_code=2)
    assert "none.npz cannot be read" in done.stderr
    assert "the budget names it: somac-budget.yaml:2:" in done.stderr


def test_reports_that_cannot_be_written(somac: Somac, place: Path) -> None:
    assert "E0906" in somac("check", "small.snn", "--junit", place, exit_code=2).stderr


def test_a_baseline_to_update_has_a_file(somac: Somac, place: Path) -> None:
    done = somac("check", "small.snn", "--update-baseline", exit_code=2)
    assert "--baseline FILE" in done.stderr


def test_a_model_without_a_budget(somac: Somac, place: Path) -> None:
    write_budget(place, "cores: {max: 1}", "model: other.snn\n    ")
    assert "error[E0885]" in somac("check", "small.snn", exit_code=2).stderr


def test_a_budget_that_is_not_there(somac: Somac, place: Path) -> None:
    done = somac("check", "small.snn", "--budget", "none.yaml", exit_code=2)
    assert "error[E0881]" in done.stderr
    assert "--budget FILE" in done.stderr


# what the page shows, run as it says


def blocks(repository: Path, language: str) -> list[str]:
    page = (repository / "docs" / "reference" / "checks.md").read_text(encoding="utf-8")
    return [part.split("```")[0] for part in page.split(f"```{language}\n")[1:]]


def shell(script: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run by bash as GitHub and GitLab do, with the somac of the tests."""
    path = os.pathsep.join([str(folder / "bin"), str(SOMAC.parent), os.environ["PATH"]])
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=folder,
        env={**os.environ, "PATH": path, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_budget_of_the_page_is_that_of_the_examples(repository: Path, tmp_path: Path) -> None:
    (text,) = blocks(repository, "yaml")
    examples = repository / "examples"
    assert text == (examples / "somac-budget.yaml").read_text(encoding="utf-8")
    mine = tmp_path / "examples"
    mine.mkdir()
    (mine / "digits").symlink_to(examples / "digits")
    (mine / "somac-budget.yaml").write_text(text.replace("max: 4", "max: 1"))
    (tmp_path / "baseline.json").write_text(
        (examples / "baseline.json").read_text().replace('"digits/', '"examples/digits/')
    )
    update, check = blocks(repository, "sh")[0].splitlines()
    done = shell(check, tmp_path)
    assert done.returncode == 1
    assert "::error file=examples/somac-budget.yaml,line=7,col=7," in done.stdout
    assert "E0888" not in done.stderr
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        "check.sarif",
        "check.xml",
        "summary.md",
    ]
    # a limit that is broken is broken, whatever the baseline has
    assert shell(update, tmp_path).returncode == 1


def test_the_action_installs_checks_and_writes_everything(repository: Path, place: Path) -> None:
    action = YAML(typ="safe").load(repository / "action.yml")
    _, install, step = action["runs"]["steps"]
    inputs = {name: i.get("default", "") for name, i in action["inputs"].items()}
    assert step["env"] == {n.upper(): f"${{{{ inputs.{n} }}}}" for n in inputs}
    write_model(place, 5, "other.snn")
    stand_in(place, "python")
    done = shell(install["run"], place, GITHUB_ACTION_PATH=str(repository))
    assert done.stdout.splitlines() == ["-m", "pip", "install", str(repository)], done.stderr
    (place / "bin" / "python").unlink()

    def run(**given: str) -> subprocess.CompletedProcess[str]:
        variables = {n.upper(): value for n, value in {**inputs, **given}.items()}
        return shell(step["run"], place, GITHUB_STEP_SUMMARY=str(place / "summary.md"), **variables)

    done = run(models="*.snn")
    assert done.returncode == 0, done.stderr
    assert "::warning file=somac-budget.yaml," in done.stdout
    assert "2 of 2 in budget" in (place / "summary.md").read_text()
    assert ET.parse(place / "somac-check.xml").getroot().get("tests") == "4"
    assert (place / "somac-check.sarif").exists()
    write_budget(place, "cores: {max: 1}")
    assert run(models="small.snn", target="spinnaker2 neurram", options="--bits 4").returncode == 1
    assert "small.snn on neurram: " in (place / "summary.md").read_text()
    assert run(models="small.snn; touch evil").returncode != 0
    assert run(models="small.snn", target="; touch evil", options="; touch evil").returncode != 0
    assert not (place / "evil").exists()
    assert run(models="small.snn", baseline="none.json").returncode == 2
    assert run(models="small.snn").returncode == 1


def stand_in(folder: Path, name: str) -> None:
    """A program of that name, which says what it was asked: nothing is installed by a test."""
    path = folder / "bin" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    path.chmod(0o755)


def test_the_job_of_gitlab_checks_and_leaves_its_report(
    somac: Somac, repository: Path, place: Path
) -> None:
    (job,) = YAML(typ="safe").load(blocks(repository, "yml")[1]).values()
    (place / "models").mkdir()
    write_model(place / "models", 4)
    somac("check", "models/small.snn", "--baseline", "baseline.json", "--update-baseline")
    stand_in(place, "pip")
    # the job of the page has NIR files; here they are texts
    script = "\n".join(job["script"]).replace("*.nir", "*.snn")
    done = shell(script, place, SOMAC="somac.whl")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("install\nsomac.whl\nmodels/small.snn on spinnaker2: 2 limits")
    report = place / job["artifacts"]["reports"]["junit"]
    assert ET.parse(report).getroot().get("failures") == "0"


def test_hooks_run_on_the_files_they_are_for(repository: Path, place: Path) -> None:
    hooks = {h["id"]: h for h in YAML(typ="safe").load(repository / ".pre-commit-hooks.yaml")}
    assert {*hooks} == {"somac-check", "somac-fmt"}
    for hook in hooks.values():
        assert {"id", "name", "language", "files"} <= hook.keys()
        assert re.search(hook["files"], "models/small.snn")
        assert not re.search(hook["files"], "somac-budget.yaml")
    check, fmt = (f"{hooks[name]['entry']} small.snn" for name in ("somac-check", "somac-fmt"))
    assert shell(check, place).returncode == 0
    before = (place / "small.snn").read_text()
    (place / "small.snn").write_text(before.replace("    dt 1 ms", "    dt  1 ms"))
    assert shell(fmt, place).returncode == 0
    assert (place / "small.snn").read_text() == before
    write_budget(place, "cores: {max: 1}")
    done = shell(check, place)
    assert done.returncode == 1
    assert "error[E0889]" in done.stderr
    (repo,) = YAML(typ="safe").load(blocks(repository, "yml")[2])["repos"]
    of_page = {hook.pop("id"): hook for hook in repo["hooks"]}
    assert of_page.keys() == hooks.keys()
    update_hook = shell(
        f"{check} {' '.join(of_page['somac-check']['args'])} --update-baseline", place
    )
    assert "small.snn on ulx3s-85f: 1 limit of 1 broken" in update_hook.stdout
