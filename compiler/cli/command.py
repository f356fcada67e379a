"""What all commands share: `--json`, `-q`, `-v`, `--color`, and what becomes of errors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import click

from somac.compiler.cli.console import Console

if TYPE_CHECKING:
    from somac.compiler.cli.flags import Flag, FlagsOf

__all__ = ["INTERRUPTED", "Outcome", "as_command"]

_FLAGS = "somac.flags"

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it: 128 and the number of the signal."""

_PIPE_CLOSED = 141


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command has to say.

    Parameters
    ----------
    result
        Plain data (dataclasses, mappings, tuples, numbers, text): what `--json` prints.
    text
        The same for people.
    exit_code
        0, or 1 if a check failed.
    as_is
        Whether the lines of the text may not be broken on a terminal, as those of a file.
    """

    result: Any
    text: str
    exit_code: int = 0
    as_is: bool = False


class _Command(click.Command):
    """Gives the callback a `Console`, shows its `Outcome`, and turns errors into exit codes.

    With `flags` it takes those of the backends that there are, and the callback gets what was
    chosen of them as ``chosen``, a `Chosen`.
    """

    def __init__(self, name: str | None, flags: Sequence[FlagsOf] = (), **settings: Any) -> None:
        settings["params"] = [*(settings.get("params") or ()), *_common()]
        super().__init__(name, **settings)
        self._wanted = tuple(flags)

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        return [*super().get_params(ctx), *self._flags(ctx)]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super_params = super().get_params(ctx)
        for title, params in (
            ("Options", super_params),
            ("Options of backends", self._flags(ctx)),
        ):
            records = [r for p in params if (r := p.get_help_record(ctx)) is not None]
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)

    def _flags(self, ctx: click.Context) -> Sequence[Flag]:
        """Those of the backends, found out once for each call."""
        if not self._wanted:
            return ()
        if _FLAGS not in ctx.meta:
            from somac.compiler.cli.flags import flags_of
            from somac.compiler.plugins import infos

            ctx.meta[_FLAGS] = flags_of(infos(), self._wanted)
        return cast("Sequence[Flag]", ctx.meta[_FLAGS])

    def invoke(self, ctx: click.Context) -> Any:
        own = dict(ctx.params)
        if self._wanted:
            from somac.compiler.cli.flags import chosen_of, without

            flags = self._flags(ctx)
            own = {**without(flags, own), "chosen": chosen_of(flags, own)}
        json, quiet, verbose = (bool(own.pop(name)) for name in ("json", "quiet", "verbose"))
        colour = own.pop("colour")
        if quiet and verbose:
            raise click.UsageError("--quiet and --verbose contradict each other.")
        console = Console(ctx.info_name or "", json, quiet, verbose, colour)
        callback = cast(Callable[..., Outcome], self.callback)
        ctx.exit(_run(console, lambda: ctx.invoke(callback, console, **own)))


def _common() -> list[click.Parameter]:
    return [
        click.Option(["--json"], is_flag=True, help="Print the result as one JSON document."),
        click.Option(["-q", "--quiet"], is_flag=True, help="No notes, warnings or progress."),
        click.Option(
            ["-v", "--verbose"], is_flag=True, help="Explain each diagnostic, and time each pass."
        ),
        click.Option(
            ["--color/--no-color", "colour"],
            default=None,
            help="Colours; by default on terminals, or as NO_COLOR or FORCE_COLOR has it.",
        ),
    ]


def _run(console: Console, work: Callable[[], Outcome]) -> int:
    """Do the work of a command, and return the exit code."""
    from somac.ir.errors import SomacError

    try:
        try:
            outcome = work()
            return console.show(
                outcome.result, outcome.text, outcome.exit_code, as_is=outcome.as_is
            )
        except SomacError as error:
            return console.fail(error)
        except (click.ClickException, click.exceptions.Exit, BrokenPipeError):
            raise
        except Exception as error:  # noqa: BLE001 - nothing may reach the user as a traceback
            from somac.compiler.cli.crash import reported

            return console.fail(reported(error))
    except KeyboardInterrupt:
        console.say("interrupted; nothing was left half-written")
        return INTERRUPTED
    except BrokenPipeError:
        console.close()
        return _PIPE_CLOSED


def as_command(
    name: str, *, examples: Sequence[str] = (), **settings: Any
) -> Callable[[Callable[..., Outcome]], click.Command]:
    """Make a function of a console and parameters a command; its docstring is the help.

    The help ends with the examples, a line each, as they are typed after ``somac``.
    """
    if examples:
        title = "Example" if len(examples) == 1 else "Examples"
        lines = "".join(f"\n  somac {example}" for example in examples)
        settings["epilog"] = f"\b\n{title}:{lines}"
    return click.command(name, cls=_Command, **settings)
