"""The command line as such: help, streams, JSON, exit codes, bugs, signals."""

from __future__ import annotations

import contextlib
import fcntl
import io
import json
import os
import pty
import re
import resource
import shlex
import signal
import struct
import subprocess
import sys
import termios
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
from click.testing import CliRunner, Result

from somac.compiler.cli.app import COMMANDS, cli
from somac.compiler.cli.command import Outcome, as_command
from somac.compiler.cli.commands.compile import STAGES
from somac.compiler.cli.console import Console
from somac.compiler.cli.render.diagnostics import diagnostic_text
from somac.compiler.cli.terminal import coloured, moves
from somac.ir.codes import CODES
from somac.ir.errors import Diagnostic, Place, Severity, SomacError

Somac = Callable[..., Result]
HEAVY = {
    "numpy", "ortools", "h5py", "scipy", "networkx", "nir", "pydantic", "numba", "rich", "lark",
}  # fmt: skip


def process(*arguments: str, **settings: Any) -> subprocess.CompletedProcess[str]:
    """The installed command, in a process of its own."""
    return subprocess.run(
        [Path(sys.executable).with_name("somac"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        **settings,
    )


def loaded_by(code: str) -> set[str]:
    """Packages that are imported after some code has run."""
    program = f"import sys\n{code}\nprint('\\n'.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return {name.partition(".")[0] for name in done.stdout.split()}


# help


def test_help_lists_every_command_in_order(somac: Somac) -> None:
    for arguments in (("--help",), ("-h",)):
        text = somac(*arguments).stdout
        places = [text.index(f"\n  {name} ") for name in COMMANDS]
        assert places == sorted(places)
        assert "Exit codes" in text
    assert "compile" in CliRunner().invoke(cli, []).output


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(somac: Somac, name: str) -> None:
    text = somac(name, "--help").stdout
    assert text.splitlines()[2].strip() == COMMANDS[name]
    for option in ("--json", "--quiet", "--verbose"):
        assert option in text
    module = import_module(f"somac.compiler.cli.commands.{name.replace('-', '_')}")
    assert module.__doc__ == f"`somac {name}`."


@pytest.mark.parametrize("name", COMMANDS)
def test_examples_of_the_help_are_commands(somac: Somac, name: str) -> None:
    """They are parsed as they would be typed; nothing is run."""
    text = somac(name, "--help").stdout
    _, found, examples = text.partition("Example")
    assert found, f"as_command({name!r}, examples=...) says how it is typed"
    lines = [shlex.split(line.partition(" > ")[0]) for line in examples.splitlines()[1:]]
    assert lines
    with click.Context(cli) as context:
        command = cli.get_command(context, name)
        assert command is not None
        for program, called, *arguments in lines:
            assert (program, called) == ("somac", name)
            command.make_context(name, arguments, parent=context)


def test_every_option_has_help() -> None:
    with click.Context(cli) as context:
        for name in COMMANDS:
            command = cli.get_command(context, name)
            assert command is not None
            for parameter in command.params:
                if isinstance(parameter, click.Option):
                    assert parameter.help, f"{name} {parameter.name}"


def test_stages_are_those_of_the_pipeline() -> None:
    from somac.compiler.pipeline import PASSES

    assert ("load", *PASSES) == STAGES


def test_help_is_quick_and_imports_nothing_heavy() -> None:
    seconds = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert process("--help").returncode == 0
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        # processor time: other work of the machine does not count
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(seconds) < 0.3
    for arguments in (["--help"], ["--version"], *([name, "--help"] for name in COMMANDS)):
        code = f"""
from somac.compiler.cli.app import cli
try:
    cli.main({arguments!r})
except SystemExit:
    pass
"""
        assert not loaded_by(code) & HEAVY, arguments


def test_explain_imports_nothing_heavy() -> None:
    code = """
from somac.compiler.cli.app import cli
try:
    cli.main(["explain", "E0101"])
except SystemExit:
    pass
"""
    assert not loaded_by(code) & HEAVY


def test_what_runs_a_bundle_imports_no_pass() -> None:
    program = "import sys, somac.compiler.api; print('\\n'.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = done.stdout.split()
    assert not [
        m for m in loaded if m.startswith(("somac.compiler.mapping", "somac.compiler.passes"))
    ]


def test_version(somac: Somac) -> None:
    from somac import __version__

    assert somac("--version").stdout == f"somac {__version__}\n"


# usage


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("complie",), "did you mean 'compile'?"),
        (("zzz",), "No such command 'zzz'; known: backends, cache, check, check-model, "),
        (("--no-such-option",), "No such option"),
        (("compile",), "Missing argument 'MODEL'"),
        (("compile", "x.nir"), "Missing option '-o'"),
        (("compile", "x.nir", "-o", "y", "--dt", "0"), "--dt"),
        (("compile", "x.nir", "-o", "y", "--fit", "nan"), "--fit"),
        (("compile", "x.nir", "-o", "y", "--latency-us", "inf"), "--latency-us"),
        (("compile", "x.nir", "-o", "y", "--latency-us", "nan"), "--latency-us"),
        (("compile", "x.nir", "-o", "y", "--prune", "nan"), "--prune"),
        (("compile", "x.nir", "-o", "y", "--dt", "nan"), "--dt"),
        (("compile", "x.nir", "-o", "y", "--bits", "1"), "--bits"),
        (("compile", "x.nir", "-o", "y", "--dump-after", "parse"), "--dump-after"),
        (("run", "x"), "Missing option '--input'"),
        (("run", "x", "--input", "y", "--samples", "0"), "--samples"),
        (("compare", "a.npz"), "Give one of B"),
        (("compare", "a.npz", "b.npz", "--bits", "8"), "Give one of B"),
        (("compare", "a.nir", "--profiles", "norse", "--input", "x.npz"), "two names"),
        (("explain", "E0101", "-q", "-v"), "--quiet and --verbose"),
    ],
)
def test_wrong_usage(arguments: tuple[str, ...], message: str) -> None:
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 2
    assert message in done.stderr
    assert done.stdout == ""


# explain


def test_explain(somac: Somac) -> None:
    for given in ("E0101", "e0101", "[E0101]"):
        assert somac("explain", given).stdout.startswith("E0101: file not found\n")
    for code in CODES:
        assert code in somac("explain", code).stdout
    assert "note or a warning it stops nothing" in somac("explain", "E0665").stdout
    wrong = somac("explain", "E0110x", exit_code=2)
    assert wrong.stdout == ""
    assert "error[E0907]: there is no diagnostic code 'E0110x'" in wrong.stderr
    assert "did you mean E0110" in wrong.stderr


def test_numbers_that_are_none_are_called_so(somac: Somac) -> None:
    said = somac("compile", "x.nir", "-o", "x", "--bits", "few", exit_code=2).stderr
    assert "'few' is not a valid whole number." in said
    assert "INTEGER" not in somac("compile", "--help").stdout


def test_explain_as_json(somac: Somac) -> None:
    document = json.loads(somac("explain", "E0101", "--json").stdout)
    assert list(document) == ["somac", "command", "exit_code", "diagnostics", "result"]
    assert (document["command"], document["exit_code"]) == ("explain", 0)
    assert document["result"]["id"] == "E0101"
    document = json.loads(somac("explain", "nothing", "--json", exit_code=2).stdout)
    assert (document["exit_code"], document["result"]) == (2, None)
    (told,) = document["diagnostics"]
    assert told["code"] == "E0907"
    assert list(told) == [
        "code", "title", "severity", "message", "file", "line", "column", "node", "have", "need",
        "hint",
    ]  # fmt: skip


def test_every_command_has_a_document(
    somac: Somac, compiled_text: Callable[[str], Path], tmp_path: Path
) -> None:
    """The fixture holds each against its schema, those of errors too."""
    bundle = compiled_text("""\
network small:
    dt 1 ms

input x[3]: spikes
population two[2]: LIF(tau = 5 ms, r = 1, v_leak = 0, v_threshold = 0.1, v_reset = 0)
projection x -> two: dense(uniform(0, 1), seed = 2)
output two
""")
    model = bundle.parent / "small.snn"
    np.savez(tmp_path / "x.npz", x=np.ones((1, 4, 3), np.uint8))
    (tmp_path / "budget.yaml").write_text("budgets:\n  - limits: {cores: {max: 9}}\n")
    data = ("--input", tmp_path / "x.npz")
    given: dict[str, tuple[object, ...]] = {
        "compile": (model, "-o", tmp_path / "out"),
        "run": (bundle, *data),
        "verify": (bundle, *data),
        "check": (model, "--budget", tmp_path / "budget.yaml"),
        "check-model": (model,),
        "compare": (model, bundle, *data),
        "diff": (bundle, bundle),
        "report": (bundle, "-o", tmp_path / "report.html"),
        "inspect": (model,),
        "explain": ("E0101",),
        "fmt": (model,),
        "completion": ("bash",),
    }
    for name in COMMANDS:
        arguments = given.get(name, ())
        needs_more = name in {"devices", "map"}
        wrong = ("no", *data) if name == "devices" else ("no",) if needs_more else arguments
        done = somac(name, *wrong, "--json", exit_code=2 if needs_more else 0)
        assert json.loads(done.stdout)["command"] == name


# a command made for the tests


def invoke(work: Callable[[Console], Outcome], *arguments: str) -> Result:
    """A command that does `work`."""

    @as_command("trial")
    def trial(console: Console) -> Outcome:
        """Try."""
        return work(console)

    return CliRunner().invoke(trial, arguments, catch_exceptions=False)


def told(*severities: Severity) -> list[Diagnostic]:
    return [Diagnostic("E0186", f"number {i}", severity=s) for i, s in enumerate(severities)]


def test_streams() -> None:
    def work(console: Console) -> Outcome:
        with console.progress() as report:
            report("first")
            report("first", 1, 2)
            report("second")
        console.tell(told(Severity.NOTE, Severity.WARNING))
        return Outcome({"answer": 42}, "42\n", exit_code=1)

    done = invoke(work)
    assert (done.exit_code, done.stdout) == (1, "42\n")
    assert done.stderr == (
        "somac: first\nsomac: second\nnote[E0186]: number 0\nwarning[E0186]: number 1\n"
    )
    done = invoke(work, "-q")
    assert (done.exit_code, done.stdout, done.stderr) == (1, "42\n", "")
    done = invoke(work, "-v")
    assert "somac: first: 0." in done.stderr
    assert "  = NIR does not say which edges" in done.stderr
    assert " s in all" in done.stderr
    document = json.loads(invoke(work, "--json").stdout)
    assert document["result"] == {"answer": 42}
    assert document["exit_code"] == 1
    assert [d["severity"] for d in document["diagnostics"]] == ["note", "warning"]


def test_many_notes_of_a_kind_are_counted() -> None:
    def work(console: Console) -> Outcome:
        console.tell(told(*[Severity.NOTE] * 4))
        console.tell(told(*[Severity.NOTE] * 4))
        return Outcome(None, "")

    assert invoke(work).stderr.count("note[") == 5
    assert "somac: and 3 more of E0186 (-v shows them)" in invoke(work).stderr
    assert invoke(work, "-v").stderr.count("note[") == 8
    assert len(json.loads(invoke(work, "--json").stdout)["diagnostics"]) == 8


def test_errors_are_shown_even_if_quiet() -> None:
    def work(console: Console) -> Outcome:
        raise SomacError.of(
            [Diagnostic("E0401", "one"), Diagnostic("E0503", "two"), Diagnostic("E0401", "three")]
        )

    done = invoke(work, "-q")
    assert (done.exit_code, done.stdout) == (3, "")
    assert done.stderr == (
        "error[E0401]: one\nerror[E0503]: two\nerror[E0401]: three\n"
        "somac: run `somac explain E0401` (or E0503) for more\n"
    )


class Stream(io.StringIO):
    """One that may be a terminal."""

    def __init__(self, terminal: bool) -> None:
        super().__init__()
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


@pytest.mark.parametrize(
    ("terminal", "wish", "environment", "expected"),
    [
        (True, None, {}, True),
        (False, None, {}, False),
        (True, None, {"TERM": "dumb"}, False),
        (True, None, {"NO_COLOR": "1"}, False),
        (True, None, {"NO_COLOR": ""}, True),
        (False, None, {"FORCE_COLOR": "1"}, True),
        (False, None, {"FORCE_COLOR": ""}, False),
        (True, None, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (True, None, {"CI": "true"}, True),
        (False, True, {"NO_COLOR": "1", "TERM": "dumb"}, True),
        (True, False, {"FORCE_COLOR": "1"}, False),
    ],
)
def test_when_there_are_colours(
    terminal: bool, wish: bool | None, environment: dict[str, str], expected: bool
) -> None:
    assert coloured(Stream(terminal), wish, environment) is expected


@pytest.mark.parametrize(
    ("terminal", "environment", "expected"),
    [
        (True, {}, True),
        (False, {"FORCE_COLOR": "1"}, False),
        (True, {"TERM": "dumb"}, False),
        (True, {"CI": "true"}, False),
        (True, {"CI": "false"}, True),
        (True, {"NO_COLOR": "1"}, True),
    ],
)
def test_when_progress_moves(terminal: bool, environment: dict[str, str], expected: bool) -> None:
    assert moves(Stream(terminal), environment) is expected


def test_colours_are_those_of_the_parts_of_a_diagnostic() -> None:
    place = Place("m.snn", 12, 3, source="a | have: b\x1b[31m")
    told = Diagnostic("E0401", "what: why", place, have="1", need="2", hint="try 2")
    plain = diagnostic_text(told)
    coloured = diagnostic_text(told, colour=True)
    assert click.unstyle(coloured) == plain
    assert coloured.splitlines() == [
        "\x1b[31m\x1b[1merror[E0401]\x1b[0m: what: why",
        "\x1b[34m  -->\x1b[0m m.snn:12:3",
        "\x1b[34m    |\x1b[0m",
        "\x1b[34m 12 |\x1b[0m a | have: b\\x1b[31m",
        "\x1b[34m    |\x1b[0m   \x1b[31m\x1b[1m^\x1b[0m",
        "\x1b[1m  have:\x1b[0m 1",
        "\x1b[1m  need:\x1b[0m 2",
        "\x1b[1m  help:\x1b[0m try 2",
    ]


def test_colours_as_wished() -> None:
    def work(console: Console) -> Outcome:
        console.tell(told(Severity.WARNING))
        return Outcome(None, "")

    assert "\x1b[33m" in invoke(work, "--color").stderr
    for arguments in ((), ("--no-color",)):
        assert "\x1b" not in invoke(work, *arguments).stderr


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (ZeroDivisionError("division by zero"), "E0991", "ZeroDivisionError: division by zero"),
        (KeyError(), "E0991", "KeyError"),
        (MemoryError(), "E0992", "memory"),
        (RecursionError("maximum recursion depth"), "E0993", "nested"),
    ],
)
def test_bugs_are_reported(
    error: Exception, code: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def work(console: Console) -> Outcome:
        raise error

    done = invoke(work, "--json")
    assert done.exit_code == 70
    assert f"error[{code}]" in done.stderr
    assert text in done.stderr
    assert "Traceback" not in done.output
    assert json.loads(done.stdout)["diagnostics"][0]["code"] == code
    (report,) = tmp_path.iterdir()
    assert str(report) in done.stderr
    content = report.read_text()
    for part in ("Traceback", type(error).__name__, "python: 3.", "somac: ", "numpy: ", "command:"):
        assert part in content


def test_a_bug_that_cannot_be_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))

    def work(console: Console) -> Outcome:
        raise ValueError("odd")

    done = invoke(work)
    assert done.exit_code == 70
    assert "no report could be written (No such file or directory)" in done.stderr


def test_interrupt_in_a_command() -> None:
    def work(console: Console) -> Outcome:
        with console.progress() as report:
            report("long work")
            raise KeyboardInterrupt

    done = invoke(work)
    assert done.exit_code == 130
    assert done.stderr == "somac: long work\nsomac: interrupted; nothing was left half-written\n"


# the real process


def test_a_reader_that_goes_away() -> None:
    command = [Path(sys.executable).with_name("somac"), "targets", "spinnaker2"]
    somac = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert somac.stdout is not None
    somac.stdout.close()
    _, stderr = somac.communicate(timeout=60)
    assert (somac.returncode, stderr) == (141, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk() -> None:
    with Path("/dev/full").open("w") as full:
        command = [Path(sys.executable).with_name("somac"), "explain", "E0101"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == (
        "error[E0906]: standard output cannot be written: No space left on device\n"
    )


def test_names_that_are_no_text(tmp_path: Path) -> None:
    name = os.fsdecode(os.fsencode(tmp_path) + b"/\xff\x1b[31m.nir")
    for environment in ({"PYTHONUTF8": "1"}, {"PYTHONIOENCODING": "ascii"}):
        done = process("inspect", name, env={**os.environ, **environment})
        assert done.returncode == 2
        assert "error[E0101]" in done.stderr
        assert "\x1b" not in done.stderr
        assert "Traceback" not in done.stderr


WRITING = """
import signal, sys, time
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup may run the tests
from pathlib import Path
from somac.compiler.cli import app
from somac.compiler.files import replaced
def work(*arguments, **options):
    with replaced(Path(sys.argv[1])) as file:
        file.write(b"half")
        try:
            print("writing", flush=True)
            time.sleep(60)
        finally:
            print("leaving", flush=True)
            time.sleep(0.3)
app.cli.main = work
app.main()
"""


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_signals_clean_up(tmp_path: Path, name: str) -> None:
    """They end the work through every `finally`, and Ctrl-C that is pressed twice does too."""
    number = signal.Signals[name]
    somac = subprocess.Popen(
        [sys.executable, "-c", WRITING, str(tmp_path / "out")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert somac.stdout is not None
    assert somac.stdout.readline() == "writing\n"
    somac.send_signal(number)
    assert somac.stdout.readline() == "leaving\n"
    if number is signal.SIGINT:
        somac.send_signal(number)
    _, said = somac.communicate(timeout=60)
    assert somac.returncode == 128 + number
    assert said == ("somac: interrupted\n" if number is signal.SIGINT else "")
    assert list(tmp_path.iterdir()) == []


def test_signals_that_are_turned_off_stay_off(tmp_path: Path) -> None:
    """As by nohup, and by shells for what runs in the background."""
    program = """
import signal
from somac.compiler.cli.signals import heed_signals
for number in (signal.SIGHUP, signal.SIGINT):
    signal.signal(number, signal.SIG_IGN)
heed_signals()
print([signal.getsignal(n) is signal.SIG_IGN for n in (signal.SIGHUP, signal.SIGINT)])
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[True, True]\n"


@pytest.mark.parametrize(
    ("raised", "code", "says"),
    [
        ("KeyboardInterrupt()", 130, ""),
        ("click.Abort()", 130, ""),
        ("click.UsageError('no such thing')", 2, "Error: no such thing\n"),
        ("ValueError('odd')", 70, "this is a bug of somac, not of your input (ValueError: odd)"),
    ],
)
def test_what_happens_outside_of_commands(
    tmp_path: Path, raised: str, code: int, says: str
) -> None:
    program = f"""
import click
from somac.compiler.cli import app
def work(*arguments, **options):
    raise {raised}
app.cli.main = work
app.main()
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert (done.returncode, done.stdout) == (code, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr


@dataclass(frozen=True)
class Sent:
    """What a terminal was sent, and how the command ended."""

    text: str
    code: int

    @property
    def left(self) -> str:
        """What stands on it in the end: of lines that were taken back, nothing."""
        return re.sub(r"[^\n]*\n(\x1b\[\?25h)?\r\x1b\[1A\x1b\[2K", "", self.text)


def on_terminal(
    *arguments: object, interrupt: str | None = None, columns: int = 80, **environment: str
) -> Sent:
    """Run on a terminal of its own; press Ctrl-C when it has shown `interrupt`."""
    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    unset = {"NO_COLOR": "", "FORCE_COLOR": "", "CI": "", "TERM": "xterm-256color"}
    # a shell that runs tests in the background has them ignore Ctrl-C
    program = (
        "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); "
        "os.login_tty(0); os.execv(sys.argv[1], sys.argv[1:])"
    )
    command = [sys.executable, "-c", program, *map(str, arguments)]
    # tests that run side by side are told a width by who runs them
    inherited = {n: v for n, v in os.environ.items() if n not in ("COLUMNS", "LINES")}
    running = subprocess.Popen(
        command,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env={**inherited, **unset, **environment},
    )
    os.close(terminal)
    sent = b""
    with contextlib.suppress(OSError):  # the end of a terminal
        while block := os.read(controller, 1024):
            sent += block
            if interrupt is not None and interrupt.encode() in sent:
                os.write(controller, b"\x03")
                interrupt = None
    os.close(controller)
    return Sent(sent.decode().replace("\r\n", "\n"), running.wait(timeout=60))


SOMAC = Path(sys.executable).with_name("somac")
COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-9]")


def test_on_a_terminal(nir_file: Callable[..., Path]) -> None:
    """Progress that moves and is gone, and colours unless NO_COLOR says otherwise."""
    path = nir_file(lambda file: file.pop("node/nodes/fc/weight"))
    given = SOMAC, "inspect", path
    sent = on_terminal(*given)
    assert sent.code == 2
    assert "read model.nir" in sent.text
    assert "read model.nir" not in sent.left
    assert "somac: read" not in sent.text
    assert "\x1b[31m\x1b[1merror[E0141]\x1b[0m: " in sent.left
    assert sent.text.count("\x1b[?25h") == sent.text.count("\x1b[?25l") == 1
    for plain in (on_terminal(*given, NO_COLOR="1"), on_terminal(*given, "--no-color")):
        assert "read model.nir" in plain.text
        assert "error[E0141]: " in plain.left
        assert not COLOUR.search(plain.text)
    for lines in (on_terminal(*given, TERM="dumb"), on_terminal(*given, "--no-color", CI="true")):
        assert "somac: read model.nir\n" in lines.text
        assert "\x1b" not in lines.text
    piped = process("inspect", str(path), env={**os.environ, "TERM": "xterm-256color"})
    assert "\x1b" not in piped.stderr


TRIAL = """
import time
from somac.compiler.cli.command import Outcome, as_command

@as_command("trial")
def trial(console):
    "Try."
    with console.progress() as report:
        report("emulate", 1, 7, "a note that is longer than a line of the terminal " + "x" * 60)
        time.sleep({seconds})
        report("[red]\\x1b[31mdone", 7, 7)
    return Outcome(None, "42")

trial.main()
"""


@pytest.mark.parametrize("columns", [20, 40, 80, 200])
def test_progress_is_one_line_that_goes(columns: int) -> None:
    sent = on_terminal(sys.executable, "-c", TRIAL.format(seconds=0.3), columns=columns)
    assert sent.left.endswith("42\n")
    assert click.unstyle(sent.left).replace("\x1b[?25l", "").strip() == "42"
    # a terminal that is narrower than a line would show it as two
    shown = re.split(r"[\r\n]", click.unstyle(sent.text))
    assert max(map(len, shown)) <= columns - 3 + len("\x1b[?25l")
    assert "\x1b[31mdone" not in sent.text
    assert sent.code == 0


def test_ctrl_c_leaves_a_clean_terminal() -> None:
    sent = on_terminal(sys.executable, "-c", TRIAL.format(seconds=60), interrupt="emulate")
    assert sent.code == 130
    said = "somac: interrupted; nothing was left half-written\n"
    assert click.unstyle(sent.left).replace("\x1b[?25l", "") == said
    assert sent.text.count("\x1b[?25h") == 1


def test_ctrl_c_while_progress_begins_leaves_a_clean_terminal_too() -> None:
    program = """
import rich.live
start = rich.live.Live.start
def interrupted(self, **given):
    start(self, **given)
    raise KeyboardInterrupt
rich.live.Live.start = interrupted
"""
    sent = on_terminal(sys.executable, "-c", program + TRIAL.format(seconds=0))
    assert sent.code == 130
    assert sent.text.rindex("\x1b[?25h") > sent.text.rindex("\x1b[?25l")
    assert "emulate" not in sent.text
    assert sent.left.endswith("somac: interrupted; nothing was left half-written\n")


def test_results_fit_the_terminal() -> None:
    for arguments in (["targets"], ["targets", "neurram"], ["explain", "E0666"], ["backends"]):
        sent = on_terminal(SOMAC, *arguments, columns=80)
        assert sent.code == 0
        assert max(map(len, sent.left.splitlines())) <= 80
        assert Counter(sent.left.split()) == Counter(process(*arguments).stdout.split())
