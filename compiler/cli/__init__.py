"""The command line, ``somac``: commands, how they speak, and what they show."""

from somac.compiler.cli.app import main

__all__ = ["main"]
