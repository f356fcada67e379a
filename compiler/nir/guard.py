"""Opening the objects of an untrusted HDF5 file: links, addresses, counts, sizes, refusals.

Runs in the reading process only, which is why h5py is imported at the top. A `Guard` knows
nothing of NIR. It goes on after a refusal, so that a report names everything at once, and
stops at a limit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from h5py import h5, h5d, h5f, h5g, h5l, h5o, h5p

from somac.compiler.nir.admit import Dataset, admit, hdf5
from somac.compiler.nir.limits import Limits
from somac.compiler.nir.text import checked_name, read_texts
from somac.ir.errors import Diagnostic, Place, Severity, SomacError

__all__ = ["Guard", "Member", "Opened", "StopError"]

T = TypeVar("T")

_LINKS: dict[int, str] = {h5l.TYPE_SOFT: "soft link", h5l.TYPE_EXTERNAL: "external link"}
_POINTER = 8
"""Bytes a string costs beside its characters."""


class StopError(Exception):
    """Going on makes no sense; the reason is among the guard's refusals."""


@dataclass(frozen=True, slots=True)
class Member:
    """A child of a group, reached by a hard link and seen for the first time."""

    name: str
    path: str
    is_group: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """An open dataset that was admitted."""

    dataset: h5d.DatasetID
    info: Dataset


@dataclass(slots=True)
class Guard:
    """The only way to the objects of a file; keeps what was found and used up so far."""

    limits: Limits
    refused: list[Diagnostic] = field(default_factory=list)
    notes: list[Diagnostic] = field(default_factory=list)
    _seen: dict[int, str] = field(default_factory=dict)
    _text_bytes: int = 0

    def refuse(
        self,
        code: str,
        message: str,
        path: str,
        *,
        have: str | None = None,
        need: str | None = None,
        hint: str | None = None,
    ) -> None:
        """Keep a refusal and go on, unless there are enough of them."""
        self._keep([Diagnostic(code, message, Place(node=path), have, need, hint)])

    def stop(
        self,
        code: str,
        message: str,
        path: str,
        *,
        have: str | None = None,
        need: str | None = None,
        hint: str | None = None,
    ) -> StopError:
        """Keep the refusal that ends the walk; the caller raises what this returns."""
        self.refused.append(Diagnostic(code, message, Place(node=path), have, need, hint))
        return StopError(code)

    def attempt(self, step: Callable[[], T]) -> T | None:
        """Return the result of `step`, or None with its refusal kept."""
        try:
            return step()
        except SomacError as error:
            self._keep(error.diagnostics)
            return None

    def note(self, code: str, message: str, path: str, severity: Severity) -> None:
        """Keep something worth knowing that refuses nothing."""
        if len(self.notes) < self.limits.reports:
            self.notes.append(Diagnostic(code, message, Place(node=path), severity=severity))

    def _keep(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.refused += diagnostics
        if len(self.refused) >= self.limits.reports:
            raise StopError

    def top(self, file: h5f.FileID, name: str) -> Member | None:
        """Return a member of the file's root group, None where there is none."""
        raw = name.encode()
        with hdf5("/"):
            group = h5g.open(file, b"/")
            if not group.links.exists(raw):
                return None
            link = group.links.get_info(raw).type
        return self._member(group, "", raw, link)

    def members(self, group: h5g.GroupID, path: str) -> dict[str, Member]:
        """Children of a group that may be opened, in creation order where it is tracked.

        A second call for one group gives nothing new: its children have been seen.
        """
        room = self.limits.objects - len(self._seen)
        found: list[tuple[bytes, int]] = []

        def collect(name: bytes, info: Any) -> bool | None:
            found.append((name, info.type))
            return True if len(found) > room else None

        def iterate() -> None:
            with hdf5(path):
                tracked = group.get_create_plist().get_link_creation_order()
                order = h5.INDEX_CRT_ORDER if tracked & h5p.CRT_ORDER_TRACKED else h5.INDEX_NAME
                group.links.iterate(collect, idx_type=order, info=True)

        self.attempt(iterate)
        if len(found) > room:
            raise self.stop(
                "E0117",
                f"{path} takes the file over the limit of groups and datasets",
                path,
                have=f"more than {self.limits.objects:,}",
                need=f"at most {self.limits.objects:,}",
            )
        members: dict[str, Member] = {}
        for raw, link in found:
            member = self.attempt(partial(self._member, group, path, raw, link))
            if member is not None:
                members[member.name] = member
        return members

    def _member(self, group: h5g.GroupID, path: str, raw: bytes, link: int) -> Member:
        name = checked_name(raw, path or "/", self.limits)
        if name == "." or "/" in name:  # the library would take it for a path and follow it
            raise SomacError(
                "E0112",
                f"a name in {path} cannot be used: it is a path",
                place=Place(node=path),
                have=repr(name),
                need="a name without slashes",
            )
        here = f"{path}/{name}"
        if link != h5l.TYPE_HARD:
            raise SomacError(
                "E0113",
                f"{here} is a link to something else and is not followed",
                place=Place(node=here),
                have=_LINKS.get(link, "user-defined link"),
                need="hard links",
                hint="write the model anew with nir.write, which stores everything in place",
            )
        with hdf5(here):
            info = h5o.get_info(group, raw)
        earlier = self._seen.setdefault(int(info.addr), here)
        if earlier != here:
            cycle = here.startswith(f"{earlier}/")
            raise SomacError(
                "E0115",
                f"{here} leads back to {earlier}: a cycle"
                if cycle
                else f"{here} and {earlier} are one object",
                place=Place(node=here),
                need="every group and dataset in one place",
                hint="write the model anew with nir.write",
            )
        if info.type not in (h5o.TYPE_GROUP, h5o.TYPE_DATASET):
            raise SomacError(
                "E0122",
                f"{here} is neither a group nor a dataset",
                place=Place(node=here),
                have="a named type",
            )
        return Member(name, here, info.type == h5o.TYPE_GROUP)

    def group(self, parent: Any, member: Member, depth: int) -> h5g.GroupID | None:
        """Open a group at this depth, or keep the refusal."""
        if depth > self.limits.depth:
            self.refuse(
                "E0116",
                f"{member.path} lies too deep",
                member.path,
                have=f"{depth} groups inside one another",
                need=f"at most {self.limits.depth}",
            )
            return None

        def step() -> h5g.GroupID:
            with hdf5(member.path):
                return h5g.open(parent, member.name.encode())

        return self.attempt(step)

    def dataset(self, parent: Any, member: Member) -> Opened | None:
        """Open and admit a dataset, or keep the refusal."""
        if member.is_group:
            self.refuse("E0122", f"{member.path} is a group, not a dataset", member.path)
            return None

        def step() -> Opened:
            with hdf5(member.path):
                dataset = h5d.open(parent, member.name.encode())
            return Opened(dataset, admit(dataset, member.path, self.limits))

        return self.attempt(step)

    def texts(
        self, opened: Opened, *, layout: bool = False, as_array: bool = False
    ) -> list[str] | None:
        """All strings of a dataset in C order, or None with the refusal kept.

        `layout` allows tabs and line ends; `as_array` counts what NumPy takes for them, which
        gives every string the room of the longest.
        """
        info = opened.info
        room = self.limits.text_bytes - self._text_bytes - _POINTER * info.size
        used = room + 1
        texts: list[str] | None = None
        if room > 0:
            before = len(self.refused)
            texts = self.attempt(partial(read_texts, opened.dataset, info, room, layout=layout))
            if len(self.refused) > before:
                return None
        if texts is not None:
            used = sum(map(len, texts))
            if as_array:
                used = max(used, 4 * len(texts) * max(map(len, texts), default=0))
        if used > room:
            raise self.stop(
                "E0117",
                f"{info.path} takes the text of the file over the limit",
                info.path,
                have=f"{info.size:,} strings",
                need=f"at most {self.limits.text_bytes:,} bytes of text in the file",
            )
        self._text_bytes += used + _POINTER * info.size
        return texts
