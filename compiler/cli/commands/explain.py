"""`somac explain`."""

from __future__ import annotations

import click

from somac.compiler.cli.command import Outcome, as_command
from somac.compiler.cli.completing import codes
from somac.compiler.cli.console import Console

__all__ = ["command"]


@as_command("explain", examples=("explain E0101",))
@click.argument("code", shell_complete=codes)
def command(_: Console, code: str) -> Outcome:
    """Explain a diagnostic code.

    CODE is what stands in brackets in a diagnostic, such as E0101.
    """
    from somac.compiler.cli.render.diagnostics import code_text
    from somac.ir.codes import CODES
    from somac.ir.errors import SomacError
    from somac.ir.suggest import nearest

    found = CODES.get(code.strip("[]").upper())
    if found is None:
        near = nearest(code.upper(), CODES, most=3)
        raise SomacError(
            "E0907",
            f"there is no diagnostic code {code!r}",
            need=f"{min(CODES)} to {max(CODES)}",
            hint=f"did you mean {' or '.join(near)}?" if near else None,
        )
    return Outcome(found, code_text(found))
