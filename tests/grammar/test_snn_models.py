"""Neurons of the text as discrete updates: integrators, order, units, tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from somac.grammar import ast
from somac.grammar.models import neuron_model
from somac.grammar.parse import parse
from somac.grammar.problems import Source
from somac.grammar.units import NUMBER, UNITS, UnknownUnitError, parse_unit
from somac.ir.errors import SomacError
from somac.ir.neuron import NeuronModel


def model(text: str, integrator: str | None = "euler_sequential") -> NeuronModel:
    (neuron,) = parse(text).items
    assert isinstance(neuron, ast.NeuronDef)
    return neuron_model(neuron, Source(None, text), integrator)


def body(text: str, integrator: str | None = "euler_sequential") -> list[str]:
    """The lines of the update as text."""
    lines = model(text, integrator).text().splitlines()
    return [line.strip() for line in lines if "=" in line and "parameter" not in line]


TWO = """\
neuron n(tau_syn [s], tau_mem [s], r):
    input s
    di/dt = (s - i) / tau_syn
    dv/dt = (r * i - v) / tau_mem
    send v
"""


def test_euler_sequential_sees_what_came_before() -> None:
    assert body(TWO)[2:] == [
        "i = i + dt * ((s - i) / tau_syn)",
        "v = v + dt * ((r * i - v) / tau_mem)",
    ]


def test_euler_simultaneous_sees_the_start_of_the_step() -> None:
    assert body(TWO, "euler_simultaneous")[2:] == [
        "rate_v = (r * i - v) / tau_mem",
        "i = i + dt * ((s - i) / tau_syn)",
        "v = v + dt * rate_v",
    ]


def test_names_an_integrator_needs_are_not_those_of_the_neuron() -> None:
    text = TWO.replace("    send v", "    rate_v = v\n    send rate_v")
    assert body(text, "euler_simultaneous")[2] == "rate_v_ = (r * i - v) / tau_mem"


def test_equations_apart_are_integrated_in_their_places() -> None:
    text = TWO.replace("    dv/dt", "    j = i\n    dv/dt")
    assert body(text, "euler_simultaneous")[2:] == [
        "i = i + dt * ((s - i) / tau_syn)",
        "j = i",
        "v = v + dt * ((r * i - v) / tau_mem)",
    ]


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        ("(s - v) / tau", "exp(-dt / tau) * v + (1 - exp(-dt / tau)) * s"),
        ("s", "v + dt * s"),
        ("-v / tau", "exp(-dt / tau) * v"),
        ("s - k * v", "exp(-k * dt) * v + (exp(-k * dt) - 1) / -k * s"),
        ("(s - v) * k", "exp(-k * dt) * v + (exp(-k * dt) - 1) / -k * (s * k)"),
        ("2 * (s - v)", "exp(-2 * dt) * v + (exp(-2 * dt) - 1) / -2 * (2 * s)"),
        ("-(v - s) / tau", "exp(-dt / tau) * v + (1 - exp(-dt / tau)) * s"),
    ],
)
def test_exponential_steps(rate: str, expected: str) -> None:
    text = f"neuron n(tau [s], k):\n    input s\n    dv/dt = {rate}\n    send v\n"
    assert body(text, "exponential")[1] == f"v = {expected}"


@given(st.floats(0.01, 1.0), st.floats(-3, 3), st.floats(-3, 3), st.floats(0.1, 5))
def test_exponential_is_the_solution(tau: float, v: float, s: float, k: float) -> None:
    """dv/dt = k s - v / tau over one step, s held: v(dt) = k s tau + (v - k s tau) exp(-dt/tau)."""
    text = "neuron n(tau [s], k):\n    input s\n    dv/dt = k * s - v / tau\n    send v\n"
    values = {"tau": tau, "k": k, "v": v, "s": s, "dt": 0.01}
    given_values = {name: np.asarray(value) for name, value in values.items()}
    after, _ = model(text, "exponential").step(given_values)
    expected = k * s * tau + (v - k * s * tau) * np.exp(-0.01 / tau)
    np.testing.assert_allclose(after["v"], expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("rate", "reason"),
    [
        ("v * v", "not linear"),
        ("1 / v", "not linear"),
        ("exp(v)", "not linear"),
        ("select(v > 0, v, s)", "not linear"),
        ("s * v", "changes with s"),
        ("v / s", "changes with s"),
    ],
)
def test_exponential_refuses(rate: str, reason: str) -> None:
    with pytest.raises(SomacError, match=reason) as caught:
        model(f"neuron n:\n    input s\n    dv/dt = {rate}\n    send v\n", "exponential")
    assert caught.value.diagnostics[0].code == "E0214"


def test_statements_run_in_the_order_of_the_text() -> None:
    text = """\
neuron n(beta, threshold):
    input i
    state v = threshold / 2
    fired = v > threshold
    v = beta * v + i - threshold * fired
    spike when v > threshold
    on spike:
        w = w + 1
        v = v - w
    dw/dt = -w
"""
    assert body(text) == [
        "state v = threshold / 2",
        "state w = 0",
        "fired = v > threshold",
        "v = beta * v + i - threshold * fired",
        "spike = v > threshold",
        "w = select(spike, w + 1, w)",
        "v = select(spike, v - w, v)",
        "w = w + dt * -w",
    ]


@pytest.mark.parametrize(
    ("line", "kind", "name"),
    [
        ("spike when i > 0", "spike", "spike"),
        ("spike z", "spike", "z"),
        ("count z", "count", "z"),
        ("send z", "value", "z"),
        ("send i", "value", "i"),
    ],
)
def test_what_is_sent(line: str, kind: str, name: str) -> None:
    made = model(f"neuron n:\n    input i\n    z = i > 1\n    {line}\n")
    assert (made.output.kind, made.output.name) == (kind, name)


def test_on_spike_of_a_named_spike() -> None:
    text = "neuron n:\n    input i\n    state v\n    z = i > 1\n    spike z\n    on spike: v = i\n"
    assert body(text)[-1] == "v = select(z, i, v)"


def test_tables_read_the_nearest_value() -> None:
    made = model(
        "neuron n:\n    input i\n    table f = [10, 20, 30] from 0 to 1\n    v = f(i)\n    send v\n"
    )
    inputs = np.array([-9.0, 0.0, 0.24, 0.25, 0.26, 0.5, 0.74, 0.75, 1.0, 9.0])
    _, sent = made.step({"i": inputs})
    np.testing.assert_array_equal(sent, [10, 10, 10, 20, 20, 20, 20, 30, 30, 30])


def test_documentation_and_units_are_kept() -> None:
    made = model(
        'neuron n(tau [ms] = 20 ms, g [nS/ms]):\n    "one"\n    "two"\n    input i\n    send i\n'
    )
    assert made.doc == "one\ntwo"
    assert [(p.name, p.default, p.unit) for p in made.parameters] == [
        ("tau", 0.02, "s"),
        ("g", None, "S/s"),
    ]


SOUND = [
    "dv/dt = (e - v) / tau",
    "dv/dt = (e - v + r * i) / tau",
    "v = v + dt * ((e - v) / tau)",
    "v = exp(-dt / tau) * v + r * i",
    "v = select(v > e, 0, min(v, e))",
    "v = e * sqrt(tau * tau) / dt",
    "v = -e * (2 ** (-dt / tau))",
    "v = 0",
    "unknown = x * v + tau",
]
UNSOUND = ["dv/dt = e - v", "v = v + 1", "v = e * e", "v = sqrt(e)", "v = max(v, tau)", "v = r"]


def with_units(line: str) -> str:
    head = "neuron n(tau [s], r [Ohm], e [V], x):\n    input i [A]\n    state v [V]\n"
    return f"{head}    {line}\n    send v\n"


@pytest.mark.parametrize("line", SOUND)
def test_units_that_agree(line: str) -> None:
    model(with_units(line))


@pytest.mark.parametrize("line", UNSOUND)
def test_units_that_do_not_agree(line: str) -> None:
    with pytest.raises(SomacError, match="E0211"):
        model(with_units(line))


@pytest.mark.parametrize(
    ("text", "si", "dimension", "exponent"),
    [
        ("ms", "s", "s", -3),
        ("mV", "V", "V", -3),
        ("kOhm", "Ohm", "Ohm", 3),
        ("µs", "s", "s", -6),
        ("MΩ", "Ohm", "Ohm", 6),
        ("mV/ms", "V/s", "V/s", 0),
        ("kOhm*pF", "Ohm*F", "s", -9),
        ("1/s", "1/s", "Hz", 0),
        ("V/A", "V/A", "Ohm", 0),
    ],
)
def test_units(text: str, si: str, dimension: str, exponent: int) -> None:
    unit = parse_unit(text)
    assert (unit.si, unit.exponent) == (si, exponent)
    assert unit.dimension == parse_unit(dimension).dimension


def test_a_quantity_is_the_float_nearest_to_the_decimal() -> None:
    assert parse_unit("ms").number(20.0) == 0.02
    assert [parse_unit("ms").number(n / 10) for n in range(1, 100)] == [
        float(f"{n}e-4") for n in range(1, 100)
    ]


@pytest.mark.parametrize("text", ["q", "m", "mm", "k1", "ms/q", "minute"])
def test_what_is_no_unit(text: str) -> None:
    with pytest.raises(UnknownUnitError):
        parse_unit(text)


def test_dimensions_have_names() -> None:
    assert [str(dimension) for dimension in UNITS.values()] == list(UNITS)
    assert str(UNITS["V"] * UNITS["V"]) == "kg2 m4 s-6 A-2"
    assert UNITS["V"] / UNITS["V"] == NUMBER


def test_step_of_a_population_is_vectorised() -> None:
    made = model("neuron n(b):\n    input i\n    state v\n    v = b * v + i\n    send v\n")
    values: dict[str, Any] = {"b": np.full(3, 0.5), "v": np.ones((2, 3)), "i": np.zeros((2, 3))}
    np.testing.assert_array_equal(made.step(values)[1], np.full((2, 3), 0.5))
