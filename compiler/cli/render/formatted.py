"""What formatting changes, for people."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import unified_diff
from typing import TYPE_CHECKING

from somac.compiler.cli.render.layout import count

if TYPE_CHECKING:
    from somac.compiler.cli.views.formatted import Formatted

__all__ = ["diff_text", "formatted_text"]


def diff_text(view: Formatted) -> str:
    """The change of a file as a unified diff."""
    before, after = (text.splitlines(keepends=True) for text in (view.before, view.after))
    lines = unified_diff(before, after, str(view.file), f"{view.file} (formatted)")
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def formatted_text(views: Sequence[Formatted], *, wrote: bool) -> str:
    """A line per file that changes or would, and how many there are."""
    verb = "formatted" if wrote else "would be formatted"
    changed = [view for view in views if view.changed]
    lines = [f"{view.file}: {verb}" for view in changed]
    same = len(views) - len(changed)
    if same:
        lines.append(f"{count(same, 'file')} as {'it' if same == 1 else 'they'} should be")
    return "\n".join(lines) + "\n"
