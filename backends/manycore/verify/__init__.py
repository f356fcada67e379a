"""The independent checker: a program's files, read once more, against the network they are for.

Written from `docs/reference/bundle.md` alone: it shares no code with what writes programs or
emulates them, so that a mistake would have to be made twice in the same way to go unseen.
"""

from somac.backends.manycore.verify.placed import placed
from somac.backends.manycore.verify.verify import verify

__all__ = ["placed", "verify"]
