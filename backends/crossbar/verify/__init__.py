"""The independent checker: the files of a bundle, read once more, against the network they are for.

Written from `docs/reference/bundle-crossbar.md`: it shares no code with what writes bundles,
emulates them, cuts networks into tiles or packs these, so that a mistake would have to be made
twice in the same way to go unseen.
"""

from somac.backends.crossbar.verify.placed import placed
from somac.backends.crossbar.verify.verify import verify

__all__ = ["placed", "verify"]
