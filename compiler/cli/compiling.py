"""Compiling for a command, and what is kept of it, so that a command can say the same without."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from numpy.typing import NDArray

from somac.compiler.cache import Entry
from somac.compiler.cache.account import account_bytes
from somac.compiler.checks.known import KNOWN, known_of
from somac.compiler.cli.console import Console
from somac.compiler.cli.progress import Progress
from somac.compiler.cli.views.compiled import COMPILED, compiled_view
from somac.compiler.cli.work import mapped_with
from somac.compiler.load import Loaded
from somac.compiler.mapping.effort import Effort
from somac.compiler.pipeline import Compiled, CompileOptions, compile_network
from somac.compiler.record.build import build_to
from somac.ir.errors import SomacError
from somac.ir.program import BUILD_INFO
from somac.ir.target import Target

__all__ = ["compiled_entry"]


def compiled_entry(
    console: Console,
    loaded: Loaded,
    target: Target,
    options: CompileOptions,
    effort: Effort,
    data: Mapping[str, NDArray[Any]] | None,
    *,
    observe: Callable[[str, Any], None] = lambda _, __: None,
    advise: Callable[[SomacError, Progress], SomacError] = lambda error, _: error,
) -> Entry:
    """Compile a model that was read, and tell of it.

    Parameters
    ----------
    data
        What it is calibrated with, as `compile_network` takes it.
    observe
        Is told the name of each pass and the value it gave.
    advise
        Gives the error to raise for what does not fit.
    """
    with console.progress() as report:
        try:
            compiled = compile_network(
                loaded.network,
                target,
                mapped_with(options, effort, report),
                calibration_inputs=data,
                progress=report,
                observe=observe,
            )
        except SomacError as error:
            raise advise(error, report) from None
    console.tell(compiled.notes)
    return _entry(loaded, compiled)


def _entry(loaded: Loaded, compiled: Compiled) -> Entry:
    """The bundle, what was told of the model and of compiling it, and what commands say of it."""
    accounts = {
        COMPILED: account_bytes(compiled_view(compiled, "")),
        BUILD_INFO: build_to(compiled.build),
        KNOWN: account_bytes(known_of(compiled)),
    }
    return Entry(compiled.program, (loaded.notes, compiled.notes), accounts)
