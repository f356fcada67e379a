"""Tinychip, an imaginary chip of eight small cores: what its backend for somac is called."""

from somac.backends.api import BackendInfo, Code

DAMAGED = Code("TINYCHIP-E0001", "a damaged program of a Tinychip", "Compile the model again.")
DIFFERENT = Code("TINYCHIP-E0002", "a program that is not its network's", "Compile it again.", 1)

INFO = BackendInfo(
    "tinychip",
    "imaginary chip of eight small cores",
    api_version=(1, 0),
    targets="targets.yaml",
    codes=(DAMAGED, DIFFERENT),
)


def create():
    """The backend; what it needs is imported here, so that listing backends stays fast."""
    from tinychip.backend import Tinychip

    return Tinychip()
