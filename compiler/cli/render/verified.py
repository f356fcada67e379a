"""A verification for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from somac.compiler.cli.render.layout import count, fields

if TYPE_CHECKING:
    from somac.compiler.cli.views.verified import VerifiedView

__all__ = ["verified_text"]


def verified_text(view: VerifiedView) -> str:
    """What was checked, and what was found."""
    checked = (
        f"{count(view.neurons, 'neuron')} of {count(view.populations, 'population')} and "
        f"{count(view.projections, 'projection')}, from the files alone: "
        f"{count(view.findings, 'finding')}"
    )
    values = sum(d.values for d in (*view.signals, *view.states, *view.weights))
    learnt = sum(d.values for d in view.weights)
    weights = f", {learnt:,} of them learnt" if learnt else ""
    compared = (
        f"{count(view.samples, 'sample')} of {count(view.steps, 'step')} ({view.inputs}): "
        f"{count(values, 'value')} of {count(len(view.signals), 'signal')} and "
        f"{count(len(view.states), 'state')} compared{weights}"
    )
    found = (
        f"{count(view.mismatching_spikes, 'mismatching spike')} of {view.spikes:,}, "
        f"{count(view.mismatching_values, 'mismatching number')} of states and graded signals"
    )
    lines = [("checker", checked), ("emulator", compared), ("", found)]
    for machine in view.machines:
        size = count(machine.values, "value")
        ran = f"{machine.title}: {size} compared, {machine.mismatches:,} mismatching"
        lines.append((machine.name, ran))
        if machine.cycles:
            late = f"{machine.mismatching_cycles:,} differ from those of the emulator"
            lines.append(("", f"{count(machine.cycles, 'cycle')} compared, {late}"))
        lines += [("", f"{amount:,} {what}") for what, amount in machine.figures.items()]
    return f"{view.bundle} for {view.target}, digest {view.digest[:16]}\n" + fields(lines)
