"""Networks of one kind of leaky neuron, as texts of the `.snn` language."""

from __future__ import annotations

__all__ = ["leaky_text"]


def leaky_text(parts: str) -> str:
    """The network of these inputs, populations of `leaky`, projections and outputs."""
    return f"""
network small:
    dt 1 ms

neuron leaky(tau [s] = 20 ms):
    input i
    dv/dt = -v / tau
    v = v + i
    spike when v > 1
    on spike: v = 0
{parts}"""
