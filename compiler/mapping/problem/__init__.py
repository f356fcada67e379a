"""A mapping problem: a machine, slices, traffic, wishes. Independent of any network."""

from somac.compiler.mapping.problem.model import Constraints, Machine, MappingProblem

__all__ = ["Constraints", "Machine", "MappingProblem"]
