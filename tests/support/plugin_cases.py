"""A backend of another package, as source text, with a model and targets for it."""

from __future__ import annotations

from leaky_texts import leaky_text

from somac.backends.api import API_VERSION

__all__ = ["INFO", "MODEL", "TARGETS", "WORKS"]

MODEL = leaky_text("""
input x[4]: spikes
population a[3]: leaky
projection x -> a: dense(uniform(-0.2, 0.9), seed = 1)
output a
""")
INFO = f"""
from somac.backends.api import BackendInfo, Code, Option, Step
from somac.backends.manycore import INFO as OTHER
CODES = (Code("MYCHIP-E0001", "too blue", "The chip is not blue.", exit_code=3),)
INFO = BackendInfo(
    "mychip", "My chip", {API_VERSION}, steps=OTHER.steps, options=OTHER.options, codes=CODES
)
"""
WORKS = f"""{INFO}
def create():
    from somac.backends.manycore.backend import ManycoreBackend

    class MyChip(ManycoreBackend):
        def emit(self, network, mapping, target, guidance, /):
            from dataclasses import replace

            return replace(super().emit(network, mapping, target, guidance), backend="mychip")

        info = INFO

    return MyChip()
"""
TARGETS = """
schema: 1
sources:
  me: made up for tests
targets:
  mine:
    title: A chip of my own
    backend: mychip
    chip: spinnaker2
    board:
      rows: {value: [[0, 0]], status: assumed, source: me}
      link_hops: {value: 1, status: assumed, source: me}
      host_chip: {value: [0, 0], status: assumed, source: me}
"""
