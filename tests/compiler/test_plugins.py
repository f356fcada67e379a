"""Backends of other packages: found, used, and refused one by one without harm to the others."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import entry_points
from inspect import signature
from pathlib import Path

import pytest
from benches import bench
from click.testing import CliRunner, Result
from plugin_cases import INFO, TARGETS, WORKS

from somac.backends.api import API_VERSION, Backend, BackendInfo, DeviceChoice, Emulation, Guidance
from somac.compiler.advice import advised
from somac.compiler.cli.app import cli
from somac.compiler.cli.crash import reported
from somac.compiler.load import load_model
from somac.compiler.plugins import BACKENDS, find_backend, installed, registered, usable
from somac.compiler.plugins.answers import WrongAnswerError, diagnostics_of, expect
from somac.compiler.plugins.interface import faults, methods
from somac.compiler.plugins.ready import speaks
from somac.compiler.targets import find_target
from somac.ir.codes import CODES
from somac.ir.errors import SomacError

Somac = Callable[..., Result]
Install = Callable[..., None]

MAJOR, MINOR = API_VERSION
BROKEN = {
    "no such module": (None, "E0902", "reinstall or remove the package mychip-plugin"),
    "another package is absent": ("import absent_of_all", "E0902", "install absent_of_all"),
    "no Python": ("def create(:\n", "E0902", "SyntaxError"),
    "raises when imported": ("print('x')\n1 / 0", "E0902", "mychip_module.py:2"),
    "exits when imported": ("import sys\nsys.exit('bye')", "E0902", "SystemExit: bye"),
    "cannot say what is wrong": (
        "class Bad(Exception):\n    def __str__(self): raise ValueError\nraise Bad",
        "E0902",
        "cannot be imported: Bad",
    ),
    "no INFO, no create": ("", "E0912", "have: no INFO; no function create"),
    "INFO of another type": (
        "INFO = 'mychip'\ndef create(): pass",
        "E0912",
        "have: INFO of type str\n",
    ),
    "INFO of another name": (WORKS.replace('"mychip"', '"yours"'), "E0912", "name='yours'"),
    "no title": (WORKS.replace('"My chip"', "None"), "E0912", "have: title=None\n"),
    "no version": (WORKS.replace(str(API_VERSION), "'1.0'"), "E0912", "api_version='1.0'"),
    "older": (
        WORKS.replace(str(API_VERSION), "(0, 1)"),
        "E0913",
        "upgrade the package mychip-plugin",
    ),
    "newer": (WORKS.replace(str(API_VERSION), "(99, 0)"), "E0913", "help: upgrade somac"),
    "does not start": (f"{INFO}def create():\n    return {{}}['x']", "E0915", "KeyError: 'x'"),
    "exits when started": (f"{INFO}def create():\n    raise SystemExit", "E0915", "SystemExit"),
    "needs a package to start": (
        f"{INFO}def create():\n    import absent_of_all",
        "E0915",
        "install absent_of_all",
    ),
    "nothing made": (
        f"{INFO}def create(): pass",
        "E0916",
        "have: None\n  need: an instance of a subclass of somac.backends.api.Backend\n",
    ),
    "a class": (
        WORKS.replace("MyChip()", "MyChip"),
        "E0916",
        "have: of type ABCMeta\n",
    ),
    "not whole": (
        f"{INFO}from somac.backends.api import Backend\n"
        "def create(): return type('Mine', (Backend,), {'info': INFO})()",
        "E0915",
        "abstract class Mine",
    ),
    "other arguments": (
        WORKS.replace("info = INFO", "info = INFO\n        def check(self, network): return ()"),
        "E0916",
        "have: check(network)\n  need: check(network, target, guidance)\n",
    ),
    "no function": (
        WORKS.replace("info = INFO", "info = INFO\n        emit = 3"),
        "E0916",
        "have: emit is of type int\n",
    ),
    "raises when looked at": (
        WORKS.replace("info = INFO", "info = INFO\n        emit = property(lambda self: 1 / 0)"),
        "E0916",
        "have: emit raises ZeroDivisionError\n",
    ),
    "steps that are none": (
        WORKS.replace("steps=OTHER.steps", "steps=['bake']"),
        "E0912",
        "have: steps of type list\n  need: steps: a tuple of Steps\n",
    ),
    "steps of unknown ones": (
        WORKS.replace("steps=OTHER.steps", "steps=(Step('bake', 'Bake.', ('cool',)),)"),
        "E0912",
        "have: step bake includes cool\n",
    ),
    "options that nobody can choose": (
        WORKS.replace(
            "options=OTHER.options",
            "options=(Option('A_b', '', 'flag'), Option('c', '', 'choice'), "
            "Option('d', '', 'integer', default=3, maximum=2), Option('e', '', 'text'))",
        ),
        "E0912",
        "have: an option or step 'A_b'; option 'c' has choices if, and only if, it is a choice; "
        "option 'd' does not take its default 3; option 'e' has no type that is known\n",
    ),
    "codes of others": (
        WORKS.replace("MYCHIP-E0001", "OTHER-E0001"),
        "E0912",
        "have: code OTHER-E0001\n  need: codes MYCHIP-E0001 and so on\n",
    ),
    "codes of somac": (WORKS.replace("MYCHIP-E0001", "E0101"), "E0912", "have: code E0101\n"),
    "targets that are somewhere else": (
        WORKS.replace("codes=CODES", "targets='../targets.yaml'"),
        "E0912",
        "need: the name of a file beside the module\n",
    ),
    "an option of somac": (
        WORKS.replace("options=OTHER.options", "options=(Option('target', '', 'flag'),)"),
        "E0933",
        "have: --target (flag)\n  need: another name: somac has --target itself\n",
    ),
    "an option that others have as another type": (
        WORKS.replace("options=OTHER.options", "options=(Option('lanes', '', 'flag'),)"),
        "E0933",
        "have: --lanes (flag)\n  need: --lanes (integer), as fpga has it\n",
    ),
    "no info of its own": (
        WORKS.replace("        info = INFO", "        pass"),
        "E0916",
        "need: info: BackendInfo(name='mychip'",
    ),
}


def compiles(somac: Somac, plugin_model: Path, target: str, exit_code: int = 0) -> Result:
    """A compile that reads the targets of the plug-in, whether it uses them or not."""
    out, own = plugin_model.parent / f"out-{target}", plugin_model.parent / "mine.yaml"
    command = ("compile", plugin_model, "-o", out, "--target", target, "--targets", own)
    return somac(*command, exit_code=exit_code)


def test_ours_are_found_and_whole() -> None:
    assert set(installed(BACKENDS)) >= {"crossbar", "fpga", "manycore"}
    assert all(usable(name) for name in ("crossbar", "fpga", "manycore"))
    assert not usable("abacus")


def test_a_backend_of_another_package_works(
    somac: Somac, install: Install, plugin_model: Path
) -> None:
    install(WORKS)
    compiles(somac, plugin_model, "mine")
    assert "0 mismatching spikes" in somac("verify", plugin_model.parent / "out-mine").stdout
    own = plugin_model.parent / "mine.yaml"
    (row,) = json.loads(somac("backends", "doctor", "mychip", "--json", "--targets", own).stdout)[
        "result"
    ]
    assert row["package"] == "mychip-plugin"
    assert row["version"] == "1.5"
    assert row["title"] == "My chip"
    assert row["api_version"] == f"{MAJOR}.{MINOR}"
    assert row["targets"] == ["mine"]
    assert [step["name"] for step in row["steps"]] == ["elf", "count"]
    assert [machine["name"] for machine in row["machines"]] == ["host-c", "cortex-m4"]
    assert row["problems"] == []


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_backend_is_refused_and_no_other(
    somac: Somac, install: Install, plugin_model: Path, fault: str
) -> None:
    source, code, told = BROKEN[fault]
    install(source)
    own = plugin_model.parent / "mine.yaml"
    doctor = somac("backends", "doctor", "mychip", "--targets", own, exit_code=1)
    used = compiles(somac, plugin_model, "mine", exit_code=2)
    for done in (doctor, used):
        assert f"error[{code}]: " in done.stderr
        assert told in done.stderr
        assert "  help: " in done.stderr
    assert f"broken: 1 problem ({code})" in doctor.stdout
    listed = somac("backends", "--json")
    assert f"warning[{code}]" in listed.stderr
    rows = {row["name"]: row for row in json.loads(listed.stdout)["result"]}
    assert [problem["code"] for problem in rows["mychip"]["problems"]] == [code]
    assert all(row["problems"] == [] for name, row in rows.items() if name != "mychip")
    assert f"broken: {code}" in somac("backends").stdout
    somac("targets", "--targets", own)
    compiles(somac, plugin_model, "spinnaker2")


def test_a_reference_that_is_none(somac: Somac, install: Install, plugin_model: Path) -> None:
    install(None, module="my chip!")
    for done in (
        somac("backends", "doctor", "mychip", exit_code=1),
        compiles(somac, plugin_model, "mine", exit_code=2),
    ):
        assert "error[E0902]: backend mychip is registered as what is no module" in done.stderr
        assert "have: my chip!" in done.stderr
    compiles(somac, plugin_model, "spinnaker2")


def test_two_packages_of_one_name(somac: Somac, install: Install, plugin_model: Path) -> None:
    install(WORKS)
    install(WORKS, package="other-plugin", module="other_module")
    for done in (
        somac("backends", "doctor", "mychip", exit_code=1),
        compiles(somac, plugin_model, "mine", exit_code=2),
    ):
        assert "error[E0914]: 2 packages bring a backend mychip" in done.stderr
        assert "have: mychip-plugin 1.5 (mychip_module), other-plugin 1.5 (other_module)" in (
            done.stderr
        )
    assert not {"mychip_module", "other_module"} & set(sys.modules)
    compiles(somac, plugin_model, "spinnaker2")


def test_nobody_takes_a_name_of_ours(somac: Somac, install: Install, plugin_model: Path) -> None:
    install("raise SystemError", name="manycore")
    done = somac("backends", "doctor", "manycore", exit_code=1)
    assert "error[E0914]" in done.stderr
    assert "and somac's own keeps the name" in done.stderr
    assert "help: remove the package mychip-plugin" in done.stderr
    assert done.stdout.count("broken: 1 problem (E0914)") == 1
    assert done.stdout.count("host-c") == 1
    compiles(somac, plugin_model, "spinnaker2")


def test_a_damaged_list_of_plug_ins(somac: Somac, install: Install, plugin_model: Path) -> None:
    install(WORKS, lists="[somac.backends]\nmychip\n")
    for done in (
        somac("backends", "doctor", exit_code=1),
        compiles(somac, plugin_model, "mine", exit_code=2),
    ):
        assert "error[E0918]: what the package mychip-plugin brings cannot be read" in done.stderr
    assert "error[E0901]: there is no backend 'mychip'" in done.stderr
    assert "warning[E0918]" in somac("backends").stderr
    compiles(somac, plugin_model, "spinnaker2")


def test_a_damaged_list_in_a_fresh_process(install: Install, plugin_model: Path) -> None:
    install(WORKS, lists="[somac.backends]\nmychip\n")
    for command in (["targets"], ["compile", plugin_model, "-o", plugin_model.parent / "out"]):
        done = subprocess.run(
            [Path(sys.executable).with_name("somac"), *command],
            env={"PYTHONPATH": str(plugin_model.parent / "site")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr


def test_libraries_that_stop_at_a_damaged_list(install: Install) -> None:
    install(WORKS, lists="[somac.backends]\nmychip\n")
    with pytest.raises(TypeError) as stopped:
        entry_points()
    assert [d.code for d in reported(stopped.value).diagnostics] == ["E0918"]


def test_metadata_without_a_name(somac: Somac, install: Install, tmp_path: Path) -> None:
    install(WORKS)
    (tmp_path / "site" / "mychip_plugin-1.5.dist-info" / "METADATA").unlink()
    importlib.invalidate_caches()
    assert "?" in somac("backends", "doctor", "mychip").stdout


@pytest.mark.parametrize(
    ("member", "told"),
    [
        ("def machines(self): return 1 / 0", "machines(): ZeroDivisionError"),
        ("def machines(self): return None", "machines(): TypeError"),
        ("def machines(self): return ['vm']", "machines(): TypeError: a str is no Machine"),
        ("def missing(self, step, target): raise OSError", "missing('elf', mine): OSError"),
        ("def missing(self, step, target): return ['gcc']", "a str is no Diagnostic"),
        ("def capabilities(self, target): return 1 / 0", "capabilities(mine): ZeroDivisionError"),
        ("def capabilities(self, target): return {}", "a dict is no Capabilities"),
    ],
)
def test_a_backend_that_answers_no_question(
    somac: Somac, install: Install, plugin_model: Path, member: str, told: str
) -> None:
    install(WORKS.replace("info = INFO", f"info = INFO\n        {member}"))
    own = plugin_model.parent / "mine.yaml"
    done = somac("backends", "doctor", "mychip", "--targets", own, exit_code=1)
    assert "error[E0917]: backend mychip gives no sensible answer to" in done.stderr
    assert told in done.stderr
    assert "help: tell the authors of mychip-plugin 1.5" in done.stderr


@pytest.mark.parametrize("answer", ["1 / 0", "[1]", "[('rows', 'bad')]"])
def test_arrays_of_a_backend_that_cannot_judge_them(
    somac: Somac, install: Install, plugin_model: Path, answer: str
) -> None:
    member = f"info = INFO\n        def wrong_figures(self, array): return {answer}"
    install(WORKS.replace("info = INFO", member))
    own = plugin_model.parent / "mine.yaml"
    own.write_text(TARGETS.replace("chip: spinnaker2", "chip: neurram"))
    assert "mine" in somac("targets", "--targets", own).stdout
    done = somac("backends", "doctor", "mychip", "--targets", own, exit_code=1)
    assert "no sensible answer to wrong_figures() of mine: " in done.stderr
    compiles(somac, plugin_model, "spinnaker2")


@pytest.mark.parametrize(
    ("machines", "told"),
    [
        ("[vm('E9999', ())]", "the unknown 'E9999'"),
        ("[vm('E0854', ()), vm('E0854', ())]", "machines of one name: vm, vm"),
        ("[vm('E0854', 3)]", "missing() of the machine vm: TypeError"),
    ],
)
def test_machines_that_make_no_sense(
    somac: Somac, install: Install, machines: str, told: str
) -> None:
    member = f"""info = INFO
        def machines(self):
            from somac.backends.api import Machine
            def vm(code, lacks): return Machine("vm", "VM", code, lambda: lacks, None)
            return {machines}
"""
    install(WORKS.replace("info = INFO", member))
    done = somac("backends", "doctor", "mychip", exit_code=1)
    assert "error[E0917]" in done.stderr
    assert told in done.stderr


def test_what_is_missing_says_for_which_targets(
    somac: Somac, install: Install, plugin_model: Path
) -> None:
    member = """info = INFO
        def missing(self, step, target):
            from somac.ir.errors import Diagnostic
            every = Diagnostic("E0840", "no tool", hint="install tool")
            some = Diagnostic("E0840", "no fuse", hint="buy one")
            return [every, some] if target.name == "mine" else [every]
"""
    install(WORKS.replace("info = INFO", member))
    second = TARGETS[TARGETS.index("  mine:") :].replace("mine", "second")
    own = plugin_model.parent / "mine.yaml"
    own.write_text(TARGETS + second)
    done = somac("backends", "doctor", "mychip", "--targets", own)
    assert "no tool; install tool\n" in done.stdout
    assert "no fuse, for mine; buy one\n" in done.stdout
    assert "elf*" in somac("backends", "--targets", own).stdout


def test_bugs_of_a_backend_are_its_own(
    install: Install, plugin_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    install(WORKS.replace("info = INFO", "info = INFO\n        def check(self, *_): return 1 / 0"))
    own = str(tmp_path / "mine.yaml")
    command = ["compile", str(plugin_model), "-o", str(tmp_path / "out"), "--target", "mine"]
    done = CliRunner().invoke(cli, [*command, "--targets", own])
    assert done.exit_code == 70
    assert "error[E0994]: this is a bug of the backend mychip, not of your input" in done.stderr
    assert "(ZeroDivisionError: division by zero)" in done.stderr
    assert "please report it to the authors of mychip-plugin 1.5 and attach" in done.stderr
    (report,) = tmp_path.glob("somac-bug-*")
    assert "mychip-plugin: 1.5\n" in report.read_text()


ANSWERS = {
    "no diagnostics": ("check", "return None", "check() gives None, not diagnostics: () where"),
    "no diagnostic": ("check", "return ['bad']", "each of check() gives a str, not a Diagnostic"),
    "no network": ("legalise", "return given[0]", "legalise() gives a IntegerNetwork, not a Legal"),
    "no resources": ("resources", "return {}", "resources() gives a dict, not an object with dem"),
    "another resource": (
        "resources",
        "return type('M', (), {'demand': lambda *_: {'byte': 1}})()",
        "demand() gives byte, not resources of mine: neurons, ",
    ),
    "no program": ("emit", "return {}", "emit() gives a dict, not a Program"),
    "text in a file": (
        "emit",
        "from somac.ir.program import Program; return Program('mychip', 'mine', {'a': 'b'})",
        "emit() gives a str as the file a, not bytes",
    ),
    "no costs": ("costs", "return 3", "costs() gives a int, not costs by case"),
    "costs of a number": ("costs", "return {'quiet': 3}", "quiet of costs() gives a int, not a Co"),
    "another status": (
        "costs",
        "from somac.backends.api import Amount, Costs\n"
        "            return {'quiet': Costs({'time': Amount(1, 's', 'guessed')})}",
        "costs() gives time of status 'guessed', not one of measured, published, derived, assumed",
    ),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_wrong_answers_of_a_backend_are_its_own(
    install: Install,
    plugin_model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    case: str,
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    method, body, told = ANSWERS[case]
    names = ", ".join(signature(getattr(Backend, method)).parameters)
    given = names.removesuffix(", /")
    own = f"info = INFO\n        def {method}({given}, /):\n            given = {given},\n"
    install(WORKS.replace("info = INFO", f"{own}            given = given[1:]\n            {body}"))
    targets = str(tmp_path / "mine.yaml")
    command = ["compile", str(plugin_model), "-o", str(tmp_path / "out"), "--target", "mine"]
    done = CliRunner().invoke(cli, [*command, "--no-cache", "--targets", targets])
    assert "error[E0994]: this is a bug of the backend mychip, not of your input" in done.stderr
    assert told in done.stderr
    assert done.exit_code == 70


def test_wrong_findings_of_a_checker_are_its_own(install: Install, tmp_path: Path) -> None:
    install(WORKS)
    backend = find_backend("mychip")
    for answer, told in ((None, "verify() gives None"), ((3,), "each of verify() gives a int")):
        with pytest.raises(WrongAnswerError, match=re.escape(told)):
            diagnostics_of(backend, "verify", answer)
    with pytest.raises(WrongAnswerError, match=r"run\(\) gives a dict, not a Emulation"):
        expect(backend, "run", {}, Emulation)


def test_a_target_that_is_not_there_may_be_one_of_a_broken_backend(
    somac: Somac, install: Install
) -> None:
    install("import absent_of_all")
    done = somac("targets", "mychip-16", exit_code=2)
    assert "error[E0310]: there is no target called 'mychip-16'" in done.stderr
    assert "warning[E0902]: backend mychip cannot be imported" in done.stderr
    assert "help: install absent_of_all" in done.stderr
    quiet = somac("targets", "mychip-16", "-q", exit_code=2)
    assert "those of broken backends are not known: somac backends doctor mychip" in quiet.stderr


def test_what_a_plug_in_prints_is_no_result(somac: Somac, install: Install) -> None:
    install(f"print('hello')\n{WORKS}")
    done = somac("backends", "--json")
    assert "mychip" in {row["name"] for row in json.loads(done.stdout)["result"]}
    assert "hello" in done.stderr


def test_no_such_backend(somac: Somac) -> None:
    done = somac("backends", "doctor", "fgpa", exit_code=2)
    assert "error[E0901]: there is no backend 'fgpa'" in done.stderr
    assert "did you mean 'fpga'?" in done.stderr


def test_advice_leaves_broken_backends_out(install: Install, plugin_model: Path) -> None:
    install("1 / 0")
    network = load_model(plugin_model).network
    whole, part = find_target("spinnaker2-48"), find_target("spinnaker2")
    error = SomacError("E0601", "no room")
    broken = replace(whole, backend="mychip")
    assert "none of the 0 other" in str(advised(error, network, part, [part, broken]))
    assert "would do is spinnaker2-48" in str(advised(error, network, part, [broken, whole]))


def test_other_commands_import_no_plug_in(install: Install, tmp_path: Path) -> None:
    install("raise SystemError")
    for command in (["--help"], ["targets"], ["explain", "E0902"]):
        done = subprocess.run(
            [Path(sys.executable).with_name("somac"), *command],
            env={"PYTHONPATH": str(tmp_path / "site")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("theirs", "ours", "runs"),
    [
        ((0, 4), (0, 4), True),
        ((0, 3), (0, 4), False),
        ((0, 5), (0, 4), False),
        ((1, 0), (0, 4), False),
        ((1, 0), (1, 2), True),
        ((1, 3), (1, 2), False),
        ((0, 4), (1, 0), False),
    ],
)
def test_versions(theirs: tuple[int, int], ours: tuple[int, int], runs: bool) -> None:
    assert speaks(theirs, ours) is runs


def test_the_page_is_complete(repository: Path) -> None:
    """Every method with its parameters, the version, and every refusal."""
    text = (repository / "docs" / "reference" / "backends.md").read_text(encoding="utf-8")
    assert bench("capabilities").table() in text
    rows = {
        name: [part.strip() for part in parameters.split(",") if part.strip()]
        for name, parameters in re.findall(r"^\| `(\w+)\(([^)]*)\)` \|", text, re.MULTILINE)
    }
    assert {name: [p for p in found if p != "*"] for name, found in rows.items()} == {
        name: list(signature.parameters) for name, signature in methods().items()
    }
    assert f"This page is of version {MAJOR}.{MINOR} " in text
    assert f"api_version=({MAJOR}, {MINOR})" in text
    refusals = [code for code in CODES if code == "E0902" or "E0912" <= code <= "E0918"]
    refusals += ["E0933", "E0934", "E0994"]
    assert [code for code in refusals if f"| `{code}` |" not in text] == []


def test_everything_is_listed_at_once() -> None:
    from somac.backends.manycore import INFO, create

    assert list(faults(create(), INFO)) == []


def test_what_a_backend_may_leave_out() -> None:
    """The defaults answer for hardware that needs nothing of the kind."""

    class Least(Backend):
        info = BackendInfo("least", "the least", API_VERSION)
        capabilities = resources = emit = emulator = verify = None

    least, nothing = Least(), None
    assert list(least.check(nothing, nothing, Guidance())) == []
    assert least.legalise(nothing, nothing, Guidance()).notes == ()
    assert least.parts(nothing, nothing, Guidance()) is None
    assert [*least.missing("elf", nothing), *least.machines(), *least.effects(nothing)] == []
    assert [
        *least.wrong_figures(nothing),
        *least.pictures(nothing),
        *least.costs(nothing, {}),
    ] == []
    with pytest.raises(SomacError, match="E0845"):
        least.build(nothing, "elf", nothing)
    with pytest.raises(SomacError, match="E0846"):
        least.device(nothing, DeviceChoice())


def test_registered_is_in_order_of_names() -> None:
    plugins, unreadable = registered(BACKENDS)
    assert unreadable == ()
    assert [p.name for p in plugins] == sorted(p.name for p in plugins)
    with pytest.raises(SomacError, match="E0901"):
        find_backend("abacus")
