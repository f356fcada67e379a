"""The text of a file that somebody wrote by hand: of targets, of budgets."""

from __future__ import annotations

from pathlib import Path

from somac.ir.errors import Place, SomacError

__all__ = ["text_of"]


def text_of(
    path: Path, most: int, code: str, *, what: str, kind: str, hint: str | None = None
) -> str:
    """The text, without a mark of its byte order.

    Parameters
    ----------
    most
        Bytes the file may have.
    what, kind
        What it is and what it is too large for, such as ``"the budget"`` and ``"a budget"``.
    hint
        What may help where it cannot be read.

    Raises
    ------
    SomacError
        `code` if it cannot be read, is larger or is no UTF-8 text.
    """
    place = Place(file=str(path))
    try:
        # one byte more than allowed tells a file that is too large, whatever its size
        with path.open("rb") as file:
            data = file.read(most + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SomacError(code, f"cannot read {what}: {reason}", place=place, hint=hint) from None
    if len(data) > most:
        raise SomacError(
            code,
            f"the file is too large for {kind}",
            place=place,
            have=f"more than {most} bytes",
            need=f"at most {most} bytes",
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SomacError(
            code, f"not UTF-8 text: byte {error.start} does not decode", place=place
        ) from None
