"""The independent checker: the files of a bundle, read once more, against the network they are for.

Written from `docs/reference/bundle-fpga.md`: it shares no code with what writes bundles, emulates
or simulates them, so that a mistake would have to be made twice in the same way to go unseen.
"""

from somac.backends.fpga.verify.placed import placed
from somac.backends.fpga.verify.verify import verify

__all__ = ["placed", "verify"]
