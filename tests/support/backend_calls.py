"""What the pipeline asks of a backend of a network, for tests of backends alone."""

from __future__ import annotations

from somac.backends.api import Backend, Guidance, refusals
from somac.ir.errors import Diagnostic
from somac.ir.integer import IntegerNetwork
from somac.ir.target import Target

__all__ = ["problems"]


def problems(
    backend: Backend, network: IntegerNetwork, target: Target, guidance: Guidance | None = None
) -> tuple[Diagnostic, ...]:
    """All that the backend says against a legal network."""
    refused = refusals(network, backend.capabilities(target))
    return (*refused, *backend.check(network, target, guidance or Guidance()))
