"""Code blocks of Markdown pages: what they are, and what comes of running them in order.

A block runs if it is of ``sh``, ``console`` or ``python``. Of ``sh`` every command must succeed;
in ``console`` lines with ``$`` are commands, and what stands below each is what it says. A block of
``output`` is what the one before it prints. There, ``...`` stands for anything: in a line, or as a
line for any number of lines. A block of any language whose first line is a comment with the name of
a file is that file. A comment of HTML right before a block can say three things of it: ``not run:``
and why, ``long:`` and why, or ``needs:`` and the programs or Python modules that it needs.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

__all__ = ["Block", "Page", "blocks_of", "runs"]

RUNS = ("sh", "console", "python")
_FENCE = re.compile(
    r"^(?P<indent> *)(?P<fence>`{3,})(?P<language>\S*)[^\n`]*\n"
    r"(?P<text>.*?)^(?P=indent)(?P=fence)$",
    re.MULTILINE | re.DOTALL,
)
_MARK = re.compile(r"<!-- (not run|long|needs): ((?:(?!-->).)*) -->\s*\Z", re.DOTALL)
_FILE = re.compile(r"\A(?:#|//) ([\w./-]+\.\w+)\n")
_WIDTH = "100"


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language, the line it begins in, its text, and the marks before it."""

    language: str
    line: int
    text: str
    marks: tuple[tuple[str, str], ...] = ()

    @property
    def file(self) -> str | None:
        """The file that it is, if it is one."""
        named = _FILE.match(self.text)
        return named[1] if named else None

    def mark(self, kind: str) -> str | None:
        """What a mark of this kind says, None if there is none."""
        return dict(self.marks).get(kind)


def blocks_of(text: str) -> list[Block]:
    """The fenced blocks of a page, in order; directives are none."""
    found = []
    for match in _FENCE.finditer(text):
        marks, before = [], text[: match.start()]
        while mark := _MARK.search(before):
            marks.append((mark[1], " ".join(mark[2].split())))
            before = before[: mark.start()]
        if not match["language"].startswith("{"):
            line = text.count("\n", 0, match.start()) + 1
            inside = textwrap.dedent(match["text"])
            found.append(Block(match["language"], line, inside, tuple(marks)))
    return found


def runs(block: Block) -> bool:
    """Whether it is run, or written as a file."""
    return block.mark("not run") is None and (block.language in RUNS or block.file is not None)


@dataclass(frozen=True, slots=True)
class Page:
    """A page whose blocks run in a folder.

    Parameters
    ----------
    name
        For messages.
    blocks
        In order.
    folder
        Where they run.
    whole
        Run what is long too, and all samples of devices.
    """

    name: str
    blocks: Sequence[Block]
    folder: Path
    whole: bool

    def run(self) -> None:
        """Run them, one after another; AssertionError that names the block."""
        names: dict[str, object] = {"__name__": "__main__"}
        said: str | None = None
        for block in self.blocks:
            where = f"{self.name}:{block.line}"
            if block.language == "output":
                assert said is not None, f"{where}: nothing was run before this output"
                _compare(said, block.text, where)
                continue
            said = None
            if not runs(block) or (block.mark("long") is not None and not self.whole):
                continue
            if block.file is not None:
                path = self.folder / block.file
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(block.text, encoding="utf-8")
            elif block.language == "sh":
                said = self._shell(block, where)
            elif block.language == "console":
                for command, output in _sessions(block.text, where):
                    self._session(command, output, where)
            else:
                said = _python(block, names, where)

    def _shell(self, block: Block, where: str) -> str:
        text = block.text if self.whole else _shortened(block.text)
        done = self._started(text, subprocess.PIPE, "-e", "-o", "pipefail")
        assert done.returncode == 0, f"{where}: exit code {done.returncode}\n{done.stderr}"
        return done.stdout

    def _session(self, command: str, output: str, where: str) -> None:
        done = self._started(command, subprocess.STDOUT)
        assert output or done.returncode == 0, f"{where}: {command}\n{done.stdout}"
        _compare(done.stdout, output, f"{where}: {command}")

    def _started(self, script: str, errors: int, *options: str) -> subprocess.CompletedProcess[str]:
        beside = Path(sys.executable).parent
        environment = {
            **os.environ,
            "PATH": f"{beside}{os.pathsep}{os.environ['PATH']}",
            "COLUMNS": _WIDTH,
            "NO_COLOR": "1",
        }
        return subprocess.run(
            ["bash", *options, "-c", script],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            check=False,
        )


def _shortened(script: str) -> str:
    """Trials of devices on few samples and devices: no page shows what they say there."""
    for trial, less in (
        (r"somac devices ", " --samples 4 --devices 1"),
        (r"somac run .* --device ", " --samples 4"),
    ):
        script = re.sub(rf"^({trial}[^#\n]*?)( *#.*)?$", rf"\1{less}", script, flags=re.MULTILINE)
    return script


def _sessions(text: str, where: str) -> Iterator[tuple[str, str]]:
    """The commands of a console, each with what it says."""
    head, *parts = re.split(r"^\$ ", text, flags=re.MULTILINE)
    assert head == "", f"{where}: a console begins with a command"
    for part in parts:
        lines = part.split("\n")
        count = 1
        while lines[count - 1].endswith("\\"):
            count += 1
        yield "\n".join(lines[:count]), "\n".join(lines[count:])


def _python(block: Block, names: dict[str, object], where: str) -> str:
    printed = StringIO()
    with redirect_stdout(printed):
        exec(compile("\n" * block.line + block.text, where.rpartition(":")[0], "exec"), names)
    return printed.getvalue()


def _compare(said: str, shown: str, where: str) -> None:
    """Hold what was said against what is shown, blanks at ends of lines apart."""
    wanted = [line.rstrip() for line in shown.rstrip().splitlines()]
    have = "".join(f"{line.rstrip()}\n" for line in said.rstrip().splitlines())
    pattern = "".join(
        r"(?:.*\n)*?" if line.strip() == "..." else _line(line) + r"\n" for line in wanted
    )
    assert re.fullmatch(pattern, have), f"{where}: the page shows\n{shown}\nbut it says\n{said}"


def _line(line: str) -> str:
    return ".*".join(re.escape(part) for part in line.split("..."))
