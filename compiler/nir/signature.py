"""What kind of file this is, from its first bytes."""

from __future__ import annotations

from somac.ir.errors import Place, SomacError

__all__ = ["check_signature"]

_HDF5 = b"\x89HDF\r\n\x1a\n"

# where the superblock says how long the file is, by its version (HDF5 file format 3.0, II.A)
_END_OF_FILE = {0: 40, 1: 44, 2: 28, 3: 28}
_OFFSET_SIZE = {0: 13, 1: 13, 2: 9, 3: 9}

# what people hand over instead, and what to do about it
_OTHERS: tuple[tuple[bytes, str, str], ...] = (
    (
        b"version https://git-lfs",
        "a pointer of Git LFS, not the file itself",
        "fetch the file: git lfs pull",
    ),
    (
        b"PK\x03\x04",
        "a zip archive, as PyTorch writes checkpoints",
        "export the model with nir.write(path, graph)",
    ),
    (
        b"\x80\x02",
        "a pickle",
        "export the model with nir.write(path, graph)",
    ),
    (b"\x93NUMPY", "a NumPy array", "export the model with nir.write(path, graph)"),
    (b"\x1f\x8b", "packed with gzip", "unpack it first: gunzip"),
)


def check_signature(head: bytes, size: int, file: str) -> None:
    """Check that a file starts as an HDF5 file and is as long as it says.

    Parameters
    ----------
    head
        Its first bytes, up to 512.
    size
        Its size in bytes.
    file
        Its path, for the diagnostics.

    Raises
    ------
    SomacError
        E0104 empty, E0105 no HDF5 file, E0106 truncated.
    """
    place = Place(file=file)
    if size == 0:
        raise SomacError(
            "E0104", f"{file} is empty", place=place, have="0 bytes", need="an HDF5 file"
        )
    if not head.startswith(_HDF5):
        if _HDF5.startswith(head):
            raise SomacError(
                "E0106", f"{file} is truncated", place=place, have=f"{size} bytes", need="more"
            )
        have, hint = _described(head)
        raise SomacError(
            "E0105",
            f"{file} is not an HDF5 file, so it is not a NIR file",
            place=place,
            have=have,
            need="an HDF5 file",
            hint=hint,
        )
    declared = _declared_size(head)
    if declared is None or declared > size:
        raise SomacError(
            "E0106",
            f"{file} is truncated",
            place=place,
            have=f"{size:,} bytes",
            need="more" if declared is None else f"{declared:,} bytes, by its own header",
            hint="copy or download the file again",
        )


def _declared_size(head: bytes) -> int | None:
    """The size the superblock states; 0 if it is of a form unknown here, None if it is cut off."""
    if len(head) < 9:
        return None
    version = head[8]
    if version not in _END_OF_FILE:
        return 0
    start = _END_OF_FILE[version]
    if len(head) < start + 8:
        return None
    if head[_OFFSET_SIZE[version]] != 8:
        return 0
    declared = int.from_bytes(head[start : start + 8], "little")
    return 0 if declared == 2**64 - 1 else declared


def _described(head: bytes) -> tuple[str, str | None]:
    for start, kind, hint in _OTHERS:
        if head.startswith(start):
            return kind, hint
    try:
        # the head may end within a character
        text = head.decode("utf-8", "strict") if len(head) < 500 else head[:-3].decode("utf-8")
    except UnicodeDecodeError:
        return f"bytes that start with {head[:8].hex(' ')}", None
    first = text.lstrip().partition("\n")[0].strip()[:60]
    if not all(c.isprintable() or c.isspace() for c in text):
        return f"bytes that start with {head[:8].hex(' ')}", None
    return f"text: {first!r}", "if this is the .snn language, name the file .snn"
