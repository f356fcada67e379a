"""LSTMs as text: with a projection, and without."""

from __future__ import annotations

_CELL = """\
network speech:
    dt 10 ms

neuron lstm(p_i = 0, p_f = 0, p_o = 0):
    "A cell of an LSTM with peepholes."
    input i
    input f
    input g
    input o
    state c
    gate_in = sigmoid(i + p_i * c)
    gate_keep = sigmoid(f + p_f * c)
    c = gate_keep * c + gate_in * tanh(g)
    m = sigmoid(o + p_o * c) * tanh(c)
    send m
"""

_PEEPHOLES = ", ".join(f"p_{g} = normal(0, 0.1, seed = {n})" for n, g in enumerate("ifo", 11))


def _gates(source: str, first: int, delay: str = "") -> str:
    return "".join(
        f"projection {source} -> cells.{gate}: dense(normal(0, 0.5), seed = {seed}){delay}\n"
        for seed, gate in enumerate("ifgo", first)
    )


PROJECTED = f"""\
{_CELL}
neuron projected:
    input s
    send s

input x[12]: values
population cells[32]: lstm({_PEEPHOLES})
population y[16]: projected
{_gates("x", 1)}{_gates("y", 5, " delay 1 ticks")}\
projection cells -> y: dense(normal(0, 0.5), seed = 9)
output y
"""

PLAIN = f"""\
{_CELL}
input x[12]: values
population cells[24]: lstm({_PEEPHOLES})
{_gates("x", 1)}{_gates("cells", 5, " delay 1 ticks")}\
output cells as hidden
"""
