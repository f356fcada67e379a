"""What all backends of digital hardware answer alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from somac.backends.api import BackendInfo, Device, DeviceChoice, Effect, Guidance, Parts
from somac.ir.errors import Diagnostic, SomacError
from somac.ir.integer import IntegerNetwork
from somac.ir.program import Program
from somac.ir.target import Array, Target

__all__ = ["Digital"]


class Digital:
    """Part of a `somac.backends.api.Backend`: no arrays of cells, no devices that differ."""

    info: BackendInfo

    def parts(
        self, network: IntegerNetwork, target: Target, guidance: Guidance | None = None
    ) -> Parts | None:
        """None: whatever fits may share a core or an engine."""
        return None

    def device(self, program: Program, choice: DeviceChoice) -> Device:
        """SomacError E0846."""
        raise SomacError(
            "E0846",
            f"the backend {self.info.name} has no devices that differ: its hardware is digital",
            hint="choose a crossbar, or leave the options about devices out",
        )

    def wrong_figures(self, array: Array) -> Iterable[tuple[str, Diagnostic]]:
        """Nothing: arrays are no business of this hardware."""
        return ()

    def effects(self, program: Program) -> Sequence[Effect]:
        """None: digital hardware computes what it should."""
        return ()

    def pictures(self, program: Program) -> Mapping[str, str]:
        """None."""
        return {}
