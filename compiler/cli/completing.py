"""What may stand in the place of a word that is not finished: quick, and silent about problems.

Nothing heavy is imported: a shell waits for the answer. So names of targets, profiles and
populations are picked out of the text of their files, which who runs the command reads properly.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import click
from click.shell_completion import CompletionItem

__all__ = [
    "BUNDLE",
    "MODEL",
    "RECORDING",
    "TEXT",
    "Files",
    "backends",
    "codes",
    "known_profiles",
    "known_targets",
    "learning",
    "pictures",
    "placers",
    "populations",
    "profiles",
    "targets",
]

_Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem[str]]]

_MAX_BYTES = 20_000_000
"""Size of a file beyond which it is not read to complete a word."""


class Files(click.Path):
    """A path as it was written, completed to files with these endings and to folders.

    Whether it is there is found out by whoever opens it.
    """

    def __init__(self, *endings: str) -> None:
        super().__init__(path_type=Path)
        self.endings = endings

    def shell_complete(
        self, _: click.Context, __: click.Parameter, incomplete: str
    ) -> list[CompletionItem[str]]:
        """Items of type ``folder`` and ``file``."""
        return list(_paths(incomplete, self.endings))


MODEL = Files(".nir", ".snn")
RECORDING = Files(".npz")
BUNDLE = Files()
TEXT = Files(".snn")


def _paths(incomplete: str, endings: tuple[str, ...]) -> Iterator[CompletionItem[str]]:
    folder, slash, begin = incomplete.rpartition("/")
    try:
        entries = sorted(os.scandir(Path(folder + slash).expanduser()), key=lambda e: e.name)
    except (OSError, RuntimeError, ValueError):
        return
    for entry in entries:
        hidden = entry.name.startswith(".") and not begin.startswith(".")
        # what shells read is lines
        if hidden or not entry.name.startswith(begin) or not entry.name.isprintable():
            continue
        if entry.is_dir():
            yield CompletionItem(folder + slash + entry.name, type="folder")
        elif entry.name.lower().endswith(endings):
            yield CompletionItem(folder + slash + entry.name, type="file")


def _from(known: Callable[[click.Context], Iterable[tuple[str, str]]]) -> _Complete:
    """Completes to the names that are known in a context, with what is said of each."""

    def complete(
        ctx: click.Context, _: click.Parameter, incomplete: str
    ) -> list[CompletionItem[str]]:
        return [
            CompletionItem(name, help=said)
            for name, said in known(ctx)
            if name.lower().startswith(incomplete.lower())
        ]

    return complete


def known_targets(own: Path | None = None) -> Iterator[tuple[str, str]]:
    """Names and titles of the targets that come with somac, and of those in the user's file."""
    import somac

    for path in (Path(str(somac.__file__)).with_name("targets.yaml"), own):
        text = "" if path is None else _text(path)
        within = re.search(r"^targets:\s*\n((?:[ #].*\n|\s*\n)*)", text, re.MULTILINE)
        if within:
            entry = r"^  ([\w.-]+):\s*(?:#.*)?\n(?:    title: +(.*))?"
            yield from re.findall(entry, within[1], re.MULTILINE)


def known_profiles() -> Iterator[tuple[str, str]]:
    """Names of the profiles of the library."""
    import somac.grammar

    library = _text(Path(str(somac.grammar.__file__)).with_name("library.snn"))
    for name in re.findall(r"^profile ([\w-]+):", library, re.MULTILINE):
        yield name, ""


def _known_plugins(group: str) -> Iterator[tuple[str, str]]:
    """Names that packages register; their modules, which know what they are, are not imported."""
    from importlib.metadata import entry_points

    try:
        names = {point.name for point in entry_points(group=group)}
    except Exception:  # noqa: BLE001 - the list of some package is damaged
        return
    for name in sorted(names):
        yield name, ""


def _known_codes() -> Iterator[tuple[str, str]]:
    from somac.ir.codes import CODES

    for name, code in CODES.items():
        yield name, code.title


def _known_pictures() -> Iterator[tuple[str, str]]:
    """Files of the pictures of a report, by their names."""
    from somac.compiler.report.figures.gallery import PICTURES

    for picture in PICTURES:
        yield f"{picture.name}.svg", picture.caption


def _known_populations(ctx: click.Context) -> Iterator[tuple[str, str]]:
    for population in _golden(ctx).get("populations", ()):
        yield population["name"], ""


def _known_learning(ctx: click.Context) -> Iterator[tuple[str, str]]:
    for projection in _golden(ctx).get("projections", ()):
        if projection["plasticity"] is not None:
            yield projection["name"], ""


def _golden(ctx: click.Context) -> dict[str, list[dict[str, str]]]:
    """The golden network of the bundle that is named before, as it is written; empty if none is."""
    # an option that lacks its value ends the parsing before arguments get their names
    bundle = ctx.params.get("bundle") or next(iter(ctx.args), None)
    text = "" if bundle is None else _text(Path(bundle) / "golden" / "network.json")
    try:
        value = json.loads(text)["value"]
    except (ValueError, LookupError, TypeError):
        return {}
    return value if isinstance(value, dict) else {}


def _text(path: Path) -> str:
    """What is in a file; nothing if it cannot be read or is large."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            return ""
        return path.read_text(encoding="utf-8", errors="replace")
    except (OSError, ValueError):
        return ""


targets = _from(lambda ctx: known_targets(ctx.params.get("targets")))
profiles = _from(lambda _: known_profiles())
backends = _from(lambda _: _known_plugins("somac.backends"))
placers = _from(lambda _: _known_plugins("somac.placers"))
pictures = _from(lambda _: _known_pictures())
codes = _from(lambda _: _known_codes())
populations = _from(_known_populations)
learning = _from(_known_learning)
