"""What tests of somac, and of backends made for it, draw their networks from."""

from somac.compiler.testing.networks import Case, cases

__all__ = ["Case", "cases"]
