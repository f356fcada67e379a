"""Target descriptions: `targets.yaml`, or a user's own file, to `somac.ir.target.Target`."""

from somac.compiler.targets.load import find_target, load_targets

__all__ = ["find_target", "load_targets"]
