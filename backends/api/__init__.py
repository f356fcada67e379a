"""What a backend is: all that an author of one imports besides `somac.ir`.

A backend is found through the entry-point group ``somac.backends``; the entry point names a
module with a constant `INFO` (light to import) and a function ``create() -> Backend`` that
imports whatever it needs. Two modules are of use to backends and not part of what they are:
`somac.backends.api.tools` runs compilers and simulators of this computer, and
`somac.backends.api.inputs` holds what an emulator is asked for against what a program has.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from somac.backends.api.account import (
        Account,
        CoreMemory,
        Placement,
        RoutingTable,
        Scalar,
        Table,
    )
    from somac.backends.api.backend import Backend
    from somac.backends.api.capabilities import KINDS, Capabilities
    from somac.backends.api.costs import Amount, Costs, EventCost, Rates
    from somac.backends.api.guidance import EXPECTED_RATE, Guidance
    from somac.backends.api.info import BackendInfo, Option, OptionType, Step, Value
    from somac.backends.api.limits import refusals
    from somac.backends.api.parts import (
        Legal,
        Net,
        Parts,
        Placed,
        ResourceModel,
        Signal,
        Slice,
    )
    from somac.backends.api.running import (
        DeviceChoice,
        Effect,
        Emulation,
        Emulator,
        Machine,
        Running,
    )
    from somac.backends.api.version import API_VERSION
    from somac.ir.codes import Code

__all__ = [
    "API_VERSION",
    "EXPECTED_RATE",
    "KINDS",
    "Account",
    "Amount",
    "Backend",
    "BackendInfo",
    "Capabilities",
    "Code",
    "CoreMemory",
    "Costs",
    "DeviceChoice",
    "Effect",
    "Emulation",
    "Emulator",
    "EventCost",
    "Guidance",
    "Legal",
    "Machine",
    "Net",
    "Option",
    "OptionType",
    "Parts",
    "Placed",
    "Placement",
    "Rates",
    "ResourceModel",
    "RoutingTable",
    "Running",
    "Scalar",
    "Signal",
    "Slice",
    "Step",
    "Table",
    "Value",
    "refusals",
]

_HOME = {
    "API_VERSION": "somac.backends.api.version",
    "Account": "somac.backends.api.account",
    "Amount": "somac.backends.api.costs",
    "Backend": "somac.backends.api.backend",
    "BackendInfo": "somac.backends.api.info",
    "Capabilities": "somac.backends.api.capabilities",
    "Code": "somac.ir.codes",
    "CoreMemory": "somac.backends.api.account",
    "Costs": "somac.backends.api.costs",
    "DeviceChoice": "somac.backends.api.running",
    "EXPECTED_RATE": "somac.backends.api.guidance",
    "Effect": "somac.backends.api.running",
    "Emulation": "somac.backends.api.running",
    "Emulator": "somac.backends.api.running",
    "EventCost": "somac.backends.api.costs",
    "Guidance": "somac.backends.api.guidance",
    "KINDS": "somac.backends.api.capabilities",
    "Legal": "somac.backends.api.parts",
    "Machine": "somac.backends.api.running",
    "Net": "somac.backends.api.parts",
    "Option": "somac.backends.api.info",
    "OptionType": "somac.backends.api.info",
    "Parts": "somac.backends.api.parts",
    "Placed": "somac.backends.api.parts",
    "Placement": "somac.backends.api.account",
    "Rates": "somac.backends.api.costs",
    "ResourceModel": "somac.backends.api.parts",
    "RoutingTable": "somac.backends.api.account",
    "Running": "somac.backends.api.running",
    "Scalar": "somac.backends.api.account",
    "Signal": "somac.backends.api.parts",
    "Slice": "somac.backends.api.parts",
    "Step": "somac.backends.api.info",
    "Table": "somac.backends.api.account",
    "Value": "somac.backends.api.info",
    "refusals": "somac.backends.api.limits",
}
"""Where names are: what describes a backend is there without numpy and the like."""


if not TYPE_CHECKING:  # or a name that is missing above would be Any

    def __getattr__(name: str) -> Any:
        if name not in _HOME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
