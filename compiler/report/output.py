"""What a report is written to: a page, pictures by name, a folder of all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from somac.compiler.files import replaced
from somac.compiler.report.data import Report
from somac.compiler.report.figures.canvas import COLUMN, PAGE
from somac.compiler.report.figures.gallery import PICTURES
from somac.compiler.report.page import page_of
from somac.ir.errors import Diagnostic, Place, SomacError
from somac.ir.suggest import did_you_mean

__all__ = ["Columns", "Wanted", "check_destinations", "texts_of", "wanted", "write"]

Columns = Literal[1, 2]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Files that are asked for.

    Parameters
    ----------
    page
        The HTML file; None for none.
    pictures
        Files of pictures, with their names.
    folder
        Where all pictures go that there are; None for none.
    columns
        Of a paper: how wide pictures in files are.
    """

    page: Path | None = None
    pictures: tuple[tuple[Path, str], ...] = ()
    folder: Path | None = None
    columns: Columns = 1

    def files(self) -> Iterator[Path]:
        """All that may be written."""
        if self.page is not None:
            yield self.page
        yield from (path for path, _ in self.pictures)
        if self.folder is not None:
            yield from (self.folder / f"{p.name}.svg" for p in PICTURES)


def wanted(
    page: Path | None, pictures: Sequence[str], folder: Path | None, columns: Columns
) -> Wanted:
    """Files from the words of the command line: ``placement.svg``, or ``placement=figure1.svg``.

    Raises
    ------
    SomacError
        E0962 for names that are none, and files that are no SVG.
    """
    names = [p.name for p in PICTURES]
    found = []
    wrong = []
    for word in pictures:
        name, separator, file = word.partition("=")
        path = Path(file if separator else word)
        name = name if separator else path.stem
        if name not in names:
            hint = did_you_mean(name, names) or f"there are {', '.join(names)}"
            wrong.append(Diagnostic("E0962", f"there is no picture {name!r}", hint=hint))
        elif path.suffix.lower() != ".svg":
            wrong.append(
                Diagnostic(
                    "E0962",
                    f"{path} is no name of an SVG file",
                    hint=f"--svg {name}={path.with_suffix('.svg').name}",
                )
            )
        found.append((path, name))
    if wrong:
        raise SomacError.of(wrong)
    return Wanted(page, tuple(found), folder, columns)


def check_destinations(
    wanted: Wanted, read: Mapping[Path, str], *, overwrite: bool = False
) -> None:
    """Whether everything may be written: to be asked before long work.

    `read` says what the files and folders are that are read; nothing is written to or into them.

    Raises
    ------
    SomacError
        E0908 if a file or folder that is read would change, or two outputs are one file; E0961 for
        files that are there.
    """
    wrong = []
    seen: dict[Path, Path] = {}
    for path in wanted.files():
        real = path.resolve()
        place = Place(file=str(path))
        what = next((w for p, w in read.items() if real.is_relative_to(p.resolve())), None)
        if what is not None:
            hint = "choose another place for it"
            wrong.append(Diagnostic("E0908", f"{path} is {what}", place, hint=hint))
        elif real in seen:
            message = f"{path} would be written twice"
            wrong.append(Diagnostic("E0908", message, place, hint="choose two files"))
        elif (path.exists() or path.is_symlink()) and not overwrite:
            hint = "choose another file, or replace it with --force"
            wrong.append(Diagnostic("E0961", f"{path} exists", place, hint=hint))
        seen[real] = path
    if wrong:
        raise SomacError.of(wrong)


def texts_of(report: Report, wanted: Wanted) -> dict[Path, str]:
    """The content of every file that is asked for.

    Raises
    ------
    SomacError
        E0963 for pictures that this report does not have.
    """
    width = COLUMN if wanted.columns == 1 else PAGE
    drawings = {p.name: draw for p in PICTURES if (draw := p.of(report)) is not None}
    absent = [name for _, name in wanted.pictures if name not in drawings]
    if absent:
        raise SomacError.of(_absent(report, name) for name in dict.fromkeys(absent))
    texts = {} if wanted.page is None else {wanted.page: page_of(report)}
    for path, name in wanted.pictures:
        texts[path] = drawings[name](width).standalone()
    if wanted.folder is not None:
        for name, draw in drawings.items():
            texts[wanted.folder / f"{name}.svg"] = draw(width).standalone()
    return texts


def _absent(report: Report, name: str) -> Diagnostic:
    section = next(p.section for p in PICTURES if p.name == name)
    reasons = [m for m in report.missing if m.section == section]
    why = f": {reasons[-1].why}" if reasons else ": there is nothing of its kind in the bundle"
    hint = next((m.hint for m in reversed(reasons) if m.hint), "leave it out")
    return Diagnostic("E0963", f"the report has no picture {name!r}{why}", hint=hint)


def write(texts: Mapping[Path, str]) -> None:
    """Write all files, each whole; none is there before all of them are; SomacError E0906."""
    with ExitStack() as stack:
        files = [(stack.enter_context(replaced(path)), text) for path, text in texts.items()]
        for file, text in files:
            file.write(text.encode("utf-8", "backslashreplace"))
