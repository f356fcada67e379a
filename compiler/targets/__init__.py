"""Target descriptions: `targets.yaml`, or a user's own file, to `somac.ir.target.Target`."""

from somac.compiler.targets.load import Origin, find_target, known_targets, load_targets

__all__ = ["Origin", "find_target", "known_targets", "load_targets"]
