"""The conformance tests catch backends that are wrong in one way each, and no sound one."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module, invalidate_caches
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from somac import CompileOptions, QuantiseOptions
from somac.compiler import conform
from somac.compiler.conform import chosen
from somac.compiler.passes.quantise import quantise
from somac.compiler.targets import load_targets
from somac.compiler.testing import zoo
from somac.compiler.testing.conformance.chosen import diverse, taken
from somac.ir.errors import SomacError
from somac.ir.simulate import golden
from somac.testing import BackendConformance, Subject

Somac = Callable[..., Any]

SAMPLE = Path(__file__).resolve().parents[1] / "sample_plugin" / "src"

# the test that catches each, and what it says
CAUGHT = {
    "offbyonebit": ("test_every_bit_is_golden", "is not golden"),
    "lostspike": ("test_every_bit_is_golden", "is not golden"),
    "narrowoutputs": ("test_every_bit_is_golden", "is int32, not int64"),
    "readsthenetwork": ("test_the_emulator_reads_files_alone", "does not run without the network"),
    "readsthereport": ("test_the_emulator_reads_files_alone", "does not run without the network"),
    "remembers": ("test_fresh_processes_agree", "compile the network first"),
    "keepsstate": ("test_a_run_leaves_nothing_behind", "the second run of an emulator"),
    "mixessamples": ("test_samples_are_independent", "samples 0 to 1 alone"),
    "spoilsinputs": ("test_a_run_leaves_nothing_behind", "inputs that are read-only"),
    "datesitsfiles": ("test_the_same_model_gives_the_same_bytes", "the second time: ['made.txt']"),
    "orderofsets": ("test_fresh_processes_agree", "PYTHONHASHSEED"),
    "writesoutside": ("test_fresh_processes_agree", "log.txt"),
    "prints": ("test_fresh_processes_agree", "printed where results stand"),
    "declarestoomuch": ("test_what_is_declared_is_accepted", "learning is compiled, and not"),
    "refuseswhatitdeclares": ("test_what_is_declared_is_accepted", "a loop: declared"),
    "shortensdelays": ("test_what_is_not_declared_is_refused", "a delay of 16 ticks: not declared"),
    "onefaultatatime": ("test_everything_is_refused_at_once", "All faults of a network"),
    "stumbles": ("test_every_bit_is_golden", "compiling counts for stumbles raised IndexError"),
    "refuseseverything": ("test_demand_grows_with_cells", "every network of the zoo is refused"),
    "takeslessformore": ("test_demand_grows_with_cells", "is less than demand("),
    "countsnosynapse": ("test_demand_grows_with_cells", "takes synapses, of which a core has 1024"),
    "understates": ("test_every_bit_is_golden", "resources are understated"),
    "wrongname": ("test_bundles_are_written_and_read", "it is of wrongname and hugechip"),
    "trustsfiles": ("test_damage_does_not_go_unseen", "chip.json missing raised KeyError"),
    "verifiesnothing": ("test_damage_does_not_go_unseen", "and verify finds nothing"),
    "takesanyinput": (
        "test_inputs_that_do_not_fit",
        "the emulator takes a value that is too large",
    ),
    "recordsanything": ("test_recording_changes_nothing", "the emulator takes record="),
    "needssteps": ("test_no_samples_and_no_steps", "ZeroDivisionError"),
}

HEAVY = {
    "heavy": ("import scipy", "importing heavy_chip imports numpy, scipy"),
    "loud": ("print('hello')", "importing loud_chip prints"),
    "slow": ("import time\nwhile time.process_time() < 0.4: pass", "s of processor time"),
}
INFO = """
from somac.backends.api import BackendInfo

INFO = BackendInfo("{name}", "light, it should be", api_version=(1, 0))

def create():
    from tinychip.backend import Tinychip

    class Chip(Tinychip):
        info = INFO

    return Chip()
"""


@pytest.fixture(scope="module")
def targets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """All of them registered as a package would, and a file of targets for each."""
    site = tmp_path_factory.mktemp("broken")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(SAMPLE)
        patch.syspath_prepend(site)
        lists = [f"{name} = broken_tinychip:{name}" for name in CAUGHT]
        lists += ["slowwithoutturbo = broken_tinychip:slowwithoutturbo"]
        lists += [f"{name} = {name}_chip" for name in HEAVY]
        about = site / "broken_chips-1.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text("Metadata-Version: 2.1\nName: broken-chips\nVersion: 1.0\n")
        (about / "entry_points.txt").write_text("\n".join(["[somac.backends]", *lists]) + "\n")
        for name, (line, _) in HEAVY.items():
            (site / f"{name}_chip.py").write_text(line + INFO.format(name=name))
        invalidate_caches()
        for name in (*CAUGHT, *HEAVY, "slowwithoutturbo"):
            (site / f"{name}.yaml").write_text(_described(name))
        yield site
    invalidate_caches()


def _described(name: str) -> str:
    """The targets of Tinychip for another backend; the memory of one is counted in bytes."""
    text = (
        (SAMPLE / "tinychip" / "targets.yaml")
        .read_text()
        .replace("backend: tinychip", f"backend: {name}")
    )
    chips, title, target = text.rpartition("  tinychip:\n")
    if name == "understates":
        chips = chips.replace("synapses: {value: 1024", "bytes: {value: 24576")
    return f"{chips}{title.replace('tinychip', name)}{target}"


def ask(test: str, subject: Subject, folder: Path) -> None:
    """What a test of the kit does, for every network of the zoo."""
    folder.mkdir(exist_ok=True)
    asked = getattr(BackendConformance(), test)
    given: dict[str, Any] = {"subject": subject, "tmp_path": folder}
    wanted = inspect.signature(asked).parameters.keys()
    if {"some", "compiled"} & wanted:
        given["compiled"] = taken(subject)
        given["some"] = diverse(given["compiled"])
    given["record_property"] = lambda name, value: None
    for name in zoo.NAMES if "name" in wanted else ("",):
        asked(**{key: value for key, value in (given | {"name": name}).items() if key in wanted})


@pytest.mark.parametrize("name", CAUGHT)
def test_each_is_caught(
    targets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    test, told = CAUGHT[name]
    # one of them writes where it is
    monkeypatch.chdir(tmp_path)
    subject = Subject.of(name, targets / f"{name}.yaml")
    with pytest.raises((AssertionError, SomacError), match=re.escape(told)):
        ask(test, subject, tmp_path / "work")


@pytest.mark.parametrize("name", HEAVY)
def test_what_is_heavy_to_list_is_caught(targets: Path, tmp_path: Path, name: str) -> None:
    subject = Subject.of(name, targets / f"{name}.yaml")
    with pytest.raises(AssertionError, match=HEAVY[name][1]):
        ask("test_listing_it_is_cheap", subject, tmp_path)


@pytest.mark.usefixtures("targets")
def test_all_that_are_broken_are_tried() -> None:
    assert {*CAUGHT, "slowwithoutturbo"} == import_module("broken_tinychip").BROKEN.keys()
    assert len(CAUGHT) >= 12


def test_tests_of_the_kit_are_not_overridden() -> None:
    with pytest.raises(TypeError, match="Weaker overrides test_no_neurons of BackendConformance"):
        type("Weaker", (BackendConformance,), {"test_no_neurons": lambda self: None})
    type("Stronger", (BackendConformance,), {"test_of_my_own": lambda self: None})


def test_a_class_without_a_target_says_so(tmp_path: Path) -> None:
    text = "from somac.testing import BackendConformance\nclass TestX(BackendConformance): pass\n"
    (tmp_path / "test_x.py").write_text(text)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "-k", "whole", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert 'TestX names no target: target = "..."' in done.stdout


@pytest.mark.parametrize("absent", ["pytest", "hypothesis"])
def test_what_is_missing_is_named(absent: str) -> None:
    program = f"""
import importlib.util, sys
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == {absent!r} else found(name, *rest)
import somac.testing
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert f"ImportError: somac.testing needs {absent}: pip install {absent}" in done.stderr


@pytest.mark.parametrize("name", zoo.NAMES)
def test_networks_of_the_zoo_do_something(somac: Somac, name: str) -> None:
    """They are canonical texts, and every population that hears anything sends something."""
    somac("fmt", "--check", zoo.FOLDER / f"{name}.snn")
    network = quantise(zoo.animal(name)).network
    names = [p.name for p in network.populations]
    signals = golden(network, zoo.stimulus(network), record=names).signals
    assert [n for n in names if not np.asarray(signals[n]).any()] == []


def test_a_backend_that_updates_in_the_order_of_the_network_is_caught() -> None:
    """What is heard without a delay and stands later would be heard a step late: other bits."""
    network = quantise(zoo.animal("order")).network
    rank = {p.name: n for n, p in enumerate(network.populations)}
    late = tuple(
        replace(p, delay=p.delay + (rank.get(p.source, -1) > rank[p.target]))
        for p in network.projections
    )
    given = zoo.stimulus(network)
    right = golden(network, given).signals["last"]
    wrong = golden(replace(network, projections=late), given).signals["last"]
    assert (right != wrong).any()


def test_integers_are_no_wider_than_declared_whatever_is_chosen() -> None:
    options = CompileOptions(quantise=QuantiseOptions(24), options={"mac": "never"})
    subject = Subject.of("spinnaker2", options=options)
    assert subject.options.options == {"mac": "never"}
    assert subject.options.quantise.weight_bits == subject.can.weight_bits == 16


def test_an_option_may_take_away_what_a_target_can(
    targets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    name, asked = "slowwithoutturbo", "test_what_is_declared_is_accepted"
    file = targets / f"{name}.yaml"
    ask(asked, Subject.of(name, file), tmp_path)
    ask(asked, Subject.of(name, file, CompileOptions(options={"turbo": True})), tmp_path)


def test_the_command_says_what_is_wrong(somac: Somac, targets: Path) -> None:
    name = "verifiesnothing"
    file = targets / f"{name}.yaml"
    done = somac("backends", "conform", name, "--targets", file, "--examples", 1, exit_code=1)
    assert f"backend {name}, target {name}\n" in done.stdout
    lines = done.stdout.splitlines()
    failed = [line for line in lines if line.startswith("FAILED")]
    # it is found in a module that imports everything
    assert [line.split()[1] for line in failed] == ["Importing", "Files"]
    told = lines[lines.index("test_damage_does_not_go_unseen:") + 1]
    assert told.startswith("  AssertionError: a bundle with ")
    assert lines[-1].startswith("2 tests failed, ")


def test_a_target_of_another_backend(somac: Somac) -> None:
    done = somac("backends", "conform", "fpga", "--target", "spinnaker2", exit_code=2)
    assert "error[E0951]: target spinnaker2 is not one of the backend fpga" in done.stderr
    assert "need: one of " in done.stderr
    somac("backends", "conform", "fpga", "--target", "ulx3s", exit_code=2)


def test_a_backend_without_a_target(somac: Somac, targets: Path) -> None:
    done = somac("backends", "conform", "prints", exit_code=2)
    assert "error[E0951]: backend prints has no target to be tested with" in done.stderr


def test_the_smallest_target_is_taken() -> None:
    known = load_targets().values()
    assert chosen([*known], "manycore").name == "spinnaker2"


@pytest.mark.parametrize("missing", ["pytest", "hypothesis"])
def test_the_command_needs_pytest(
    somac: Somac, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setattr(conform, "find_spec", lambda name: None if name == missing else name)
    done = somac("backends", "conform", "fpga", exit_code=2)
    assert f"error[E0951]: the conformance tests need {missing}" in done.stderr
    assert f"help: pip install {missing}" in done.stderr


def test_tests_that_do_not_run(somac: Somac, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conform, "_TESTS", "no Python")
    done = somac("backends", "conform", "fpga", exit_code=2)
    assert "error[E0951]: the conformance tests did not run to their end" in done.stderr
    assert "have: exit code 2 of pytest: " in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("conform",), "needs the NAME"),
        (("list", "--target", "x"), "--target is for"),
        (("doctor", "--mac", "never"), "Options of backends are for"),
        (("conform", "fpga", "--mac", "never"), "the backend fpga has no option --mac"),
    ],
)
def test_arguments_of_the_command(somac: Somac, arguments: tuple[str, ...], told: str) -> None:
    assert told in somac("backends", *arguments, exit_code=2).stderr
