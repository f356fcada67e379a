"""The key of a result: a digest of all that it depends on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from somac.compiler.cache.inputs import file_digest, model_digest
from somac.compiler.cache.toolchain import toolchain
from somac.ir.digest import digest_of

__all__ = ["key_of_call", "key_of_command"]


def key_of_command(
    model: Path, files: Mapping[str, Path | None], options: Mapping[str, object]
) -> str | None:
    """The key of what a command compiles; None if it cannot be known, so that nothing is kept.

    Parameters
    ----------
    model
        The model's file, and with a text those that it may load.
    files
        Further files that are read, by what they are for; None for those that are not given.
    options
        All options as they were given, whatever they are: whoever calls leaves out those that
        change nothing, so that a new one counts until somebody has thought about it.
    """
    given = {name: path for name, path in files.items() if path is not None}
    digests = [model_digest(model), *map(file_digest, given.values())]
    if None in digests:
        return None
    return _key("command", digests, {n: str(p) for n, p in given.items()}, dict(options))


def key_of_call(model: Any, targets: Path | None, *others: Any) -> str | None:
    """The key of what is compiled from values; None as above.

    Parameters
    ----------
    model
        A network, or the path of a model.
    targets
        A file of targets.
    others
        Options and arrays. What has no canonical bytes, such as a function, makes the key None.
    """
    subject = model_digest(model) if isinstance(model, Path) else model
    described = "" if targets is None else file_digest(targets)
    return (
        None if subject is None or described is None else _key("call", subject, described, others)
    )


def _key(*parts: Any) -> str | None:
    made_by = toolchain()
    if made_by is None:
        return None
    try:
        return digest_of((made_by, parts))
    except (TypeError, ValueError):
        return None
