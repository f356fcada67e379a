"""From a mapped network to the files of a bundle."""

from somac.backends.crossbar.emit.program import emit

__all__ = ["emit"]
