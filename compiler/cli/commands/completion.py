"""`somac completion`."""

from __future__ import annotations

import click

from somac.compiler.cli.command import Outcome, as_command
from somac.compiler.cli.console import Console
from somac.compiler.cli.shells import SHELLS, script

__all__ = ["command"]


@as_command("completion", examples=("completion bash > ~/.somac-completion.bash",))
@click.argument("shell", type=click.Choice(SHELLS))
def command(_: Console, shell: str) -> Outcome:
    """Print the script with which a shell completes words of somac.

    It completes commands, options, models and bundles, and names: of targets, profiles,
    populations of a bundle, diagnostic codes. Write it to a file, and read that when a shell
    starts: `source FILE` in ~/.bashrc, or in ~/.zshrc below compinit; fish reads
    ~/.config/fish/completions/somac.fish by itself.
    """
    text = script(shell)
    return Outcome({"shell": shell, "script": text}, text, as_is=True)
