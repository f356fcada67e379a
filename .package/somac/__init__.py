"""somac: a compiler from trained spiking networks to neuromorphic hardware.

The public names are handed on lazily, so that ``import somac`` costs nothing:

* ``somac.load(path)`` reads a model (NIR or ``.snn``) into a `Network`;
* ``somac.compile(model, target=...)`` maps it and gives a `Program`;
* ``Program.run(inputs)`` emulates the bundle, bit for bit.
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = [
    "CompileOptions",
    "Network",
    "Program",
    "PruneOptions",
    "QuantiseOptions",
    "SolveOptions",
    "SomacError",
    "__version__",
    "compile",
    "load",
]

if TYPE_CHECKING:
    from somac.compiler.api import Program, compile, load
    from somac.compiler.mapping.solve import SolveOptions
    from somac.compiler.passes.prune import PruneOptions
    from somac.compiler.passes.quantise import QuantiseOptions
    from somac.compiler.pipeline import CompileOptions
    from somac.ir.errors import SomacError
    from somac.ir.network import Network

_HOME = {
    "CompileOptions": "somac.compiler.pipeline",
    "PruneOptions": "somac.compiler.passes.prune",
    "QuantiseOptions": "somac.compiler.passes.quantise",
    "SolveOptions": "somac.compiler.mapping.solve",
    "Network": "somac.ir.network",
    "Program": "somac.compiler.api",
    "SomacError": "somac.ir.errors",
    "compile": "somac.compiler.api",
    "load": "somac.compiler.api",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'somac' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOME[name]), name)
