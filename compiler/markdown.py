"""Text that Markdown and HTML show as it is."""

from __future__ import annotations

__all__ = ["escaped"]


def escaped(text: str) -> str:
    """Names as they are: none of their characters is Markdown or HTML, or ends a line."""
    shown = "".join(c if c.isprintable() else "\ufffd" for c in text)
    shown = shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"\\{c}" if c in "\\`*_[]|#" else c for c in shown)
