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

    CODE is what stands in brackets in a diagnostic, such as E0101, or MYCHIP-E0001 of a backend.
    """
    from somac.compiler.cli.render.diagnostics import code_text
    from somac.compiler.cli.views.code import viewed
    from somac.ir.codes import CODES
    from somac.ir.errors import SomacError
    from somac.ir.suggest import nearest

    wanted = code.strip("[]").upper()
    known = {str(own): own for own in CODES.values()}
    if wanted not in known and "-" in wanted:
        from somac.compiler.plugins import infos

        known |= {str(own): own for info in infos() for own in info.codes}
    if wanted in known:
        return Outcome(viewed(known[wanted]), code_text(known[wanted]))
    near = nearest(wanted, known, most=3)
    raise SomacError(
        "E0907",
        f"there is no diagnostic code {code!r}",
        need=f"{min(CODES)} to {max(CODES)}, or one of a backend that is installed",
        hint=f"did you mean {' or '.join(near)}?" if near else None,
    )
