"""For authors of plug-ins: the tests that every backend, and every placer, must pass.

::

    from somac.testing import BackendConformance

    class TestMyChip(BackendConformance):
        target = "mychip-16"

It needs pytest and hypothesis, which somac itself does not.
"""

from somac.compiler.testing import BackendConformance, Case, PlacerConformance, Subject, cases

__all__ = ["BackendConformance", "Case", "PlacerConformance", "Subject", "cases"]
