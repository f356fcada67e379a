"""What is kept of a compile, as one file that nobody can take for another or for a whole one.

A line with the key and the BLAKE2b of both key and body, then the body: a ZIP archive of the
bundle's files, of what was told while it was compiled, and of accounts of it.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from somac.ir.codes import Code
from somac.ir.errors import Diagnostic, Place, Severity
from somac.ir.program import Program

__all__ = ["Entry", "entry_bytes", "entry_from"]

_MAGIC = b"somac-compiled-1"
_ABOUT = "about.json"
_ACCOUNTS, _FILES = "accounts/", "files/"
_DATE = (1980, 1, 1, 0, 0, 0)
_LEVEL = 1
_MAX_BYTES = 4 << 30
"""Of all that an entry unpacks to, as of a bundle."""


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A compiled model, and what commands say of it.

    Parameters
    ----------
    program
        The bundle.
    notes
        What was told on the way, in the groups in which it was told.
    accounts
        What commands print, by name: bytes that they understand.
    """

    program: Program
    notes: tuple[tuple[Diagnostic, ...], ...] = ()
    accounts: Mapping[str, bytes] = field(default_factory=dict)


def entry_bytes(entry: Entry, key: str) -> bytes:
    """The same entry under the same key gives the same bytes."""
    about = {
        "backend": entry.program.backend,
        "target": entry.program.target,
        "notes": [[_plain(d) for d in group] for group in entry.notes],
    }
    members = {_ABOUT: json.dumps(about, sort_keys=True).encode()}
    members |= {_ACCOUNTS + name: content for name, content in entry.accounts.items()}
    members |= {_FILES + name: content for name, content in entry.program.files.items()}
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        for name, content in members.items():
            archive.writestr(_member(name), content)
    packed = body.getvalue()
    return b" ".join((_MAGIC, key.encode(), _seal(key, packed))) + b"\n" + packed


def entry_from(content: bytes, key: str) -> Entry | None:
    """What `entry_bytes` made under this key; None for anything else, whatever it is."""
    head, _, packed = content.partition(b"\n")
    if head != b" ".join((_MAGIC, key.encode(), _seal(key, packed))):
        return None
    try:
        members = _unpacked(packed)
        about = json.loads(members[_ABOUT])
        program = Program(about["backend"], about["target"], _under(members, _FILES))
        notes = tuple(tuple(map(_diagnostic, group)) for group in about["notes"])
    except (KeyError, TypeError, ValueError, zipfile.BadZipFile):
        return None
    return Entry(program, notes, _under(members, _ACCOUNTS))


def _seal(key: str, packed: bytes) -> bytes:
    digest = hashlib.blake2b(key.encode(), digest_size=32)
    digest.update(packed)
    return digest.hexdigest().encode()


def _member(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, _DATE)
    member.compress_type = zipfile.ZIP_DEFLATED
    return member


def _unpacked(packed: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        if sum(member.file_size for member in archive.infolist()) > _MAX_BYTES:
            raise ValueError
        return {member.filename: archive.read(member) for member in archive.infolist()}


def _under(members: Mapping[str, bytes], folder: str) -> dict[str, bytes]:
    return {
        n.removeprefix(folder): content for n, content in members.items() if n.startswith(folder)
    }


def _plain(d: Diagnostic) -> list[Any]:
    p = d.place
    place = [p.file, p.line, p.column, p.node, p.source]
    entry = d.entry
    # a backend's own code is known to the backend alone, which nobody asks here
    own = [entry.id, entry.title, entry.explanation, entry.exit_code]
    return [
        d.code if entry.backend is None else own,
        d.message,
        place,
        d.have,
        d.need,
        d.hint,
        d.severity.value,
    ]


def _diagnostic(plain: Sequence[Any]) -> Diagnostic:
    code, message, place, have, need, hint, severity = plain
    known = Code(*code) if isinstance(code, list) else code
    return Diagnostic(known, message, Place(*place), have, need, hint, Severity(severity))
