"""What backends declare: options and steps of the command line, targets, codes of their own."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from plugin_cases import TARGETS, WORKS

from somac.backends.api import BackendInfo, Code, Option, Step
from somac.compiler.cache.entry import Entry, entry_bytes, entry_from
from somac.compiler.cli.app import cli
from somac.compiler.cli.command import _Command
from somac.compiler.cli.flags import Flag, chosen_of, flags_of
from somac.compiler.plugins import infos
from somac.compiler.plugins.declared import OWN_FLAGS, clashes
from somac.ir.errors import Diagnostic, Severity, SomacError
from somac.ir.program import Program

Somac = Callable[..., Result]
Install = Callable[..., None]

OWN = """
    options=(
        *OTHER.options,
        Option("shade", "How blue.", "choice", choices=("light", "dark"), default="light"),
        Option("layers", "Of paint.", "integer", minimum=1, maximum=9),
        Option("gloss", "Shiny.", "flag"),
    )
"""
PAINTED = (
    WORKS.replace("options=OTHER.options", OWN.strip()).replace(
        "info = INFO",
        '''info = INFO
        def check(self, network, target, guidance, /):
            from somac.ir.errors import Diagnostic, Severity
            told = sorted(guidance.options.items())
            yield Diagnostic(CODES[0], f"told {told}", severity=Severity.WARNING)
''',
    )
)  # fmt: skip
BROUGHT = WORKS.replace("codes=CODES", "codes=CODES, targets='targets.yaml'")


def compiled(somac: Somac, model: Path, *options: object, **expected: int) -> Result:
    own = model.parent / "mine.yaml"
    command = ("compile", model, "-o", model.parent / "out", "--target", "mine", "--targets", own)
    return somac(*command, *options, **expected)


def test_options_of_a_backend_are_options_of_the_command(
    somac: Somac, install: Install, plugin_model: Path
) -> None:
    install(PAINTED)
    done = compiled(somac, plugin_model, "--layers", "3", "--gloss")
    told = "[('gloss', True), ('layers', 3), ('mac', 'auto'), ('shade', 'light')]"
    assert f"warning[MYCHIP-E0001]: told {told}" in done.stderr
    shown = " ".join(somac("compile", "--help").stdout.split())
    assert "Options of backends:" in shown
    assert "--shade [light|dark] mychip: How blue. [default: light]" in shown
    assert "--layers N mychip: Of paint." in shown
    assert "--mac [auto|never|always] crossbar: Projections on arrays" in shown
    assert "manycore, mychip: Projections as matrices" in shown
    assert "--shade" in somac("check", "--help").stdout
    assert "--elf" not in somac("check-model", "--help").stdout


@pytest.mark.parametrize(
    ("option", "code", "have", "need"),
    [
        (("--layers", "0"), "E0932", "0", "a whole number from 1 to 9"),
        (("--circuit", "sparse"), "E0931", "--mac, --shade, --layers, --gloss", "--circuit"),
    ],
)
def test_what_a_backend_does_not_take(
    somac: Somac,
    install: Install,
    plugin_model: Path,
    option: tuple[str, str],
    code: str,
    have: str,
    need: str,
) -> None:
    install(PAINTED)
    done = compiled(somac, plugin_model, *option, exit_code=2)
    assert f"error[{code}]: " in done.stderr
    assert f"  have: {have}\n  need: {need}\n" in done.stderr
    assert not (plugin_model.parent / "out").exists()


def test_broken_backends_leave_the_help_whole(somac: Somac, install: Install) -> None:
    install("1 / 0")
    assert "--circuit" in somac("compile", "--help").stdout


def test_codes_of_a_backend(somac: Somac, install: Install) -> None:
    install(WORKS)
    assert somac("explain", "mychip-e0001").stdout.startswith("MYCHIP-E0001: too blue\n")
    shown = json.loads(somac("explain", "[MYCHIP-E0001]", "--json").stdout)["result"]
    assert shown["explanation"] == "The chip is not blue."
    assert shown["exit_code"] == 3
    assert "MYCHIP-E0001" in somac("explain", "MYCHIP-E0009", exit_code=2).stderr


def test_what_a_backend_can_do_is_data(somac: Somac, install: Install, plugin_model: Path) -> None:
    install(PAINTED)
    own = plugin_model.parent / "mine.yaml"
    shown = somac("backends", "doctor", "mychip", "--targets", own, "--json").stdout
    (row,) = json.loads(shown)["result"]
    assert row["capabilities"]["mine"]["learning"] is True
    assert row["capabilities"]["mine"]["delays"] == [1, 127]
    assert "dense" in row["capabilities"]["mine"]["projections"]
    assert [o["name"] for o in row["options"]] == ["mac", "shade", "layers", "gloss"]
    assert row["options"][2]["values"] == "a whole number from 1 to 9"
    assert row["codes"] == ["MYCHIP-E0001"]


def test_codes_of_a_backend_are_kept_in_the_cache() -> None:
    own = Code("MYCHIP-E0001", "too blue", "It is.", exit_code=3)
    note = Diagnostic(own, "blue", severity=Severity.WARNING)
    entry = Entry(Program("mychip", "mine", {}), ((note,),))
    found = entry_from(entry_bytes(entry, "0" * 64), "0" * 64)
    assert found is not None
    assert found.notes == ((note,),)
    assert found.notes[0][0].entry.title == "too blue"


def test_targets_of_a_backend(somac: Somac, install: Install, plugin_model: Path) -> None:
    install(BROUGHT, targets_yaml=TARGETS)
    assert re.search(r"mine +mychip +mychip-plugin 1\.5 ", somac("targets").stdout)
    rows = {r["name"]: r for r in json.loads(somac("targets", "--json").stdout)["result"]}
    assert rows["mine"]["origin"] == "mychip-plugin 1.5"
    assert rows["spinnaker2"]["origin"] is None
    assert "A chip of my own" in somac("targets", "mine").stdout
    somac("compile", plugin_model, "-o", plugin_model.parent / "out", "--target", "mine")
    (row,) = json.loads(somac("backends", "doctor", "mychip", "--json").stdout)["result"]
    assert row["targets"] == ["mine"]
    own = plugin_model.parent / "mine.yaml"
    listed = somac("targets", "--targets", own).stdout
    assert re.search(r"mine +mychip +/.*mine\.yaml ", listed)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "targets.yaml cannot be read: No such file"),
        ("targets: 3\n", "error[E030"),
        (TARGETS.replace("backend: mychip", "backend: fpga"), "target mine is for the backend"),
        (TARGETS.replace("  mine:", "  spinnaker2:"), "somac has a target spinnaker2 itself"),
        ("#" * (1 << 19), "more than 262144 bytes"),
    ],
)
def test_targets_that_cannot_be_used(
    somac: Somac, install: Install, plugin_model: Path, text: str | None, told: str
) -> None:
    install(BROUGHT, **({} if text is None else {"targets_yaml": text}))
    doctor = somac("backends", "doctor", "mychip", exit_code=1)
    assert told in doctor.stderr
    warned = somac("targets")
    assert told.replace("error[", "warning[") in warned.stderr
    assert "spinnaker2-48" in warned.stdout
    unknown = ("compile", plugin_model, "-o", plugin_model.parent / "out", "--target", "mine")
    assert told in somac(*unknown, exit_code=2).stderr
    somac("compile", plugin_model, "-o", plugin_model.parent / "ours")


def test_two_backends_bring_one_target(somac: Somac, install: Install) -> None:
    install(BROUGHT, targets_yaml=TARGETS)
    other = BROUGHT.replace("mychip", "other").replace("MYCHIP", "OTHER")
    other = other.replace("'targets.yaml'", "'others.yaml'")
    install(
        other,
        package="other-plugin",
        name="other",
        module="other_module",
        others_yaml=TARGETS.replace("mychip", "other"),
    )
    done = somac("targets")
    assert done.stderr.count("another backend brings a target mine, too") == 2
    assert "mine" not in done.stdout


def test_the_names_that_somac_has_itself() -> None:
    found: set[str] = set()
    for name in ("compile", "check", "check-model"):
        command = cli.get_command(cli.make_context("somac", [name]), name)
        assert isinstance(command, _Command)
        context = command.make_context(name, [], resilient_parsing=True)
        params = [p for p in command.get_params(context) if not isinstance(p, Flag)]
        for p in params:
            found |= {o[2:] for o in (*p.opts, *p.secondary_opts) if o.startswith("--")}
    assert found == OWN_FLAGS


def test_ours_do_not_clash() -> None:
    ours = {info.name: info for info in infos() if info.name in {"manycore", "fpga", "crossbar"}}
    for name, info in ours.items():
        others = {n: other for n, other in ours.items() if n != name}
        assert list(clashes(info, others)) == []


def test_of_steps_that_are_asked_for_one_is_taken() -> None:
    steps = (Step("elf", "a"), Step("count", "b", includes=("elf",)), Step("synth", "c"))
    flags = flags_of([BackendInfo("x", "x", (1, 0), steps=steps)], ("steps",))

    def asked(*names: str) -> str | None:
        return chosen_of(flags, {f"backend_{name}": True for name in names}).step

    assert asked() is None
    assert asked("elf") == "elf"
    assert asked("count", "elf") == "count"
    with pytest.raises(Exception, match="--elf and --synth are steps of which one is taken"):
        asked("elf", "synth")


@pytest.mark.parametrize(
    ("option", "taken", "refused"),
    [
        (Option("a", "", "flag"), [True, False], [1, "yes", None]),
        (Option("a", "", "integer", minimum=0), [0, 7], [-1, True, 1.0, "1"]),
        (Option("a", "", "number", maximum=1), [0.5, -3, 1], [1.5, float("nan"), True, "1"]),
        (Option("a", "", "choice", choices=("b",)), ["b"], ["c", 1, True]),
    ],
)
def test_values_that_an_option_takes(option: Option, taken: list[Any], refused: list[Any]) -> None:
    assert [value for value in taken if not option.takes(value)] == []
    assert [value for value in refused if option.takes(value)] == []
    assert option.problem() is None
    info = BackendInfo("x", "x", (1, 0), options=(option,))
    for value in taken:
        assert info.chosen({"a": value}) == {"a": value}
        assert option.of({"a": value}) == value
    with pytest.raises(SomacError) as caught:
        info.chosen({"a": refused[0], "b": 3})
    assert {d.code for d in caught.value.diagnostics} == {"E0931", "E0932"}


def test_a_code_of_ones_own() -> None:
    own = Code("MYCHIP-E0001", "too blue", "It is.", exit_code=3)
    error = SomacError(own, "blue")
    assert error.exit_code == 3
    assert error.diagnostics[0].entry is own
    assert (own.id, own.backend, Code("E0101", "a", "b").backend) == (
        "MYCHIP-E0001",
        "MYCHIP",
        None,
    )
    with pytest.raises(KeyError, match="given as Code"):
        Diagnostic("MYCHIP-E0001", "text is not enough")
    for wrong in ("MYCHIP", "mychip-E0001", "E101", "-E0101"):
        with pytest.raises(ValueError, match="no diagnostic code"):
            Code(wrong, "a", "b")
    with pytest.raises(AttributeError):
        own.title = "other"
