"""The group of commands, each imported when it is called, and the entry point."""

from __future__ import annotations

import os
import sys
import warnings
from importlib import import_module
from typing import NoReturn, cast

import click
from click.shell_completion import CompletionItem

from somac import __version__
from somac.compiler.cli.command import INTERRUPTED
from somac.compiler.cli.shells import VARIABLE, answer
from somac.compiler.cli.signals import heed_signals
from somac.ir.suggest import did_you_mean

__all__ = ["COMMANDS", "cli", "main"]

COMMANDS = {
    "compile": "Compile a model for a target.",
    "run": "Emulate a compiled model on recorded inputs.",
    "verify": "Check a compiled model, and compare every bit of its emulation.",
    "report": "Draw a compiled model as a page, and as pictures for papers.",
    "devices": "Show what imperfections of analogue devices cost.",
    "check": "Hold compiled models against their budgets, for CI.",
    "check-model": "List everything in a model that does not fit a target.",
    "map": "Solve a mapping problem: partition, place, route.",
    "compare": "Find where two runs, profiles or number formats first differ.",
    "diff": "Compare two compiled models field by field.",
    "inspect": "Show what is in a model, a compiled model or a file of arrays.",
    "targets": "List the targets, or every figure of one with its source.",
    "backends": "List the backends, or find out what is wrong with them.",
    "cache": "Show, shrink or empty the cache of compiled models.",
    "placers": "List the placers, or find out what is wrong with them.",
    "explain": "Explain a diagnostic code.",
    "fmt": "Write .snn files in their canonical form.",
    "completion": "Print the script with which a shell completes words of somac.",
}
"""First line of the help of each command, in the order of use: known without importing any."""

_EPILOG = """\b
Exit codes:
  0   done
  1   a check failed
  2   the input is wrong
  3   it does not fit the target
  70  a bug of somac (a report to attach is written)
  130 interrupted
"""


class _Commands(click.Group):
    """Finds a command by its name, in the module of that name."""

    def list_commands(self, _: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"somac.compiler.cli.commands.{cmd_name.replace('-', '_')}")
        return cast(click.Command, module.command)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        names = [
            CompletionItem(name, help=said)
            for name, said in COMMANDS.items()
            if name.startswith(incomplete)
        ]
        # options are those of the group, without the commands, which would all be imported
        return names + click.Command.shell_complete(self, ctx, incomplete)

    def format_commands(self, _: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-") and not ctx.resilient_parsing:
            hint = did_you_mean(name, COMMANDS, listed=len(COMMANDS))
            ctx.fail(f"No such command {name!r}" + (f"; {hint}" if hint else ""))
        return super().resolve_command(ctx, args)


@click.group(
    cls=_Commands, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, prog_name="somac", message="%(prog)s %(version)s")
def cli() -> None:
    """Compile trained spiking networks to neuromorphic hardware.

    A model is a NIR file (.nir) or text (.snn). Results go to standard output, diagnostics and
    progress to standard error.
    """
    # pydantic looks for plug-ins of its own in the lists of all packages, and one that is damaged
    # would stop it; nothing here needs any
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")


def main() -> NoReturn:
    """Run the command line, and exit with its code."""
    for stream in (sys.stdout, sys.stderr):
        # names of files may hold bytes that are no text, and terminals may know less than UTF-8
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    heed_signals()
    if (how := os.environ.get(VARIABLE)) is not None:
        sys.exit(_completed(how))
    try:
        code = cli.main(prog_name="somac", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):  # outside of a command, which reports its own
        click.echo("somac: interrupted", err=True)
        code = INTERRUPTED
    except Exception as error:  # noqa: BLE001 - nothing may reach the user as a traceback
        from somac.compiler.cli.console import Console
        from somac.compiler.cli.crash import reported

        code = Console("somac").fail(reported(error))
    sys.exit(code)


def _completed(how: str) -> int:
    """Answer a shell that asks how the last of the words goes on."""
    try:
        sys.stdout.write(answer(cli, sys.argv[1:], quoted=how == "quoted"))
    except Exception:  # noqa: BLE001 - a word that cannot be completed is no matter to report
        return 1
    return 0
