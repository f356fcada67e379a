"""The time step: stated, in the metadata, or by convention."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np

from somac.compiler.nir.neurons import TIME_CONSTANTS, Neuron
from somac.compiler.nir.raw import MetadataValue, RawNode
from somac.compiler.nir.report import Report

__all__ = ["Step", "choose_step"]

_CONVENTION = 1e-4
"""Seconds: the time step of the models of the NIR paper (Nat. Commun. 2024)."""

_ROUNDING = 1e-6
"""Relative error that float32 leaves in a time constant of one step."""

_LONGEST = 1.0
_MOST_STEPS = 1000
"""Seconds and time steps: a time constant above both was probably meant in milliseconds."""


@dataclass(frozen=True, slots=True)
class Step:
    """The time step in seconds, and where it comes from, for people."""

    dt: float
    origin: str


def choose_step(
    stated: float | None,
    nodes: Sequence[RawNode],
    neurons: Mapping[str, Neuron],
    report: Report,
) -> Step:
    """The time step: `stated`, else that of the metadata, else by convention.

    Parameters
    ----------
    stated
        What the user says, in seconds.
    nodes
        All nodes of the flat graph.
    neurons
        Those that are neurons.
    report
        Takes warnings (E0181 to E0184) and refusals (E0149, E0153).
    """
    step = _chosen(stated, nodes, neurons, report)
    for neuron in neurons.values():
        _compare(neuron, step.dt, report)
    return step


def _chosen(
    stated: float | None,
    nodes: Sequence[RawNode],
    neurons: Mapping[str, Neuron],
    report: Report,
) -> Step:
    if stated is not None:
        if not (isfinite(stated) and stated > 0):
            report.refuse("E0149", f"the time step is {stated}", need="a positive number of s")
            return Step(_CONVENTION, "stated")
        return Step(stated, "stated")
    found = _in_metadata(nodes, report)
    if len(found) > 1:
        report.refuse(
            "E0149",
            "the metadata name several time steps",
            have=", ".join(f"{dt:g} s ({name})" for dt, name in found.items()),
            hint="state one with --dt",
        )
    if found:
        return Step(next(iter(found)), "metadata")
    if any(node.type == "Delay" for node in nodes) or any(
        name in neuron.parameters for neuron in neurons.values() for name in TIME_CONSTANTS
    ):
        report.warn(
            "E0181",
            f"no time step is stated: {_CONVENTION:g} s taken, as in the models of the NIR paper",
            hint="state the time step the model was trained with: --dt",
        )
        return Step(_CONVENTION, "convention")
    return _per_step(neurons, report)


def _in_metadata(nodes: Sequence[RawNode], report: Report) -> dict[float, str]:
    """Each time step the metadata name, with the first node that does."""
    found: dict[float, str] = {}
    odd: list[str] = []
    for node in nodes:
        if "dt" in node.metadata:
            dt = _seconds(node.metadata["dt"])
            if dt is None:
                odd.append(node.path)
            else:
                found.setdefault(dt, node.path)
    if odd:
        # metadata of a graph are those of all its nodes: once is enough
        report.refuse("E0153", "the metadata 'dt' is no positive number of seconds", odd[0])
    return found


def _seconds(value: MetadataValue) -> float | None:
    array = np.asarray(value)
    if array.size != 1 or array.dtype.kind not in "iuf":
        return None
    dt = float(array.reshape(-1)[0])
    return dt if isfinite(dt) and dt > 0 else None


def _per_step(neurons: Mapping[str, Neuron], report: Report) -> Step:
    """A step in which an integrator adds its input once: ``r dt = 1``."""
    gains = [neuron.parameters["r"] for neuron in neurons.values() if "r" in neuron.parameters]
    values = np.unique(np.concatenate([g.reshape(-1) for g in gains])) if gains else np.ones(1)
    if len(values) > 1 or values[0] <= 0:
        report.warn(
            "E0181",
            f"no time step is stated, and r is not one value: {_CONVENTION:g} s taken",
            have=f"r from {float(values[0]):g} to {float(values[-1]):g}",
            hint="state the time step the model was trained with: --dt",
        )
        return Step(_CONVENTION, "convention")
    dt = 1.0 / float(values[0])
    report.note(
        "E0182",
        f"no time constants: time is counted in steps of {dt:g}, in which a neuron adds its "
        "input once",
    )
    return Step(dt, "per step")


def _compare(neuron: Neuron, dt: float, report: Report) -> None:
    for name in TIME_CONSTANTS:
        tau = neuron.parameters.get(name)
        if tau is None:
            continue
        if float(tau.max()) > max(_LONGEST, _MOST_STEPS * dt):
            report.warn(
                "E0183",
                f"{neuron.name}: {name} is {float(tau.max()):g} s",
                neuron.path,
                hint="if the file counts time in another unit than seconds, give --dt in that unit",
            )
        if float(tau.min()) < dt * (1.0 - _ROUNDING):
            report.warn(
                "E0184",
                f"{neuron.name}: {name} is {float(tau.min()):g} s, less than the time step",
                neuron.path,
                have=f"{float(tau.min()):g} s",
                need=f"at least {dt:g} s",
                hint="if it was exported in time steps, say --dt 1",
            )
