"""The printer: what is printed parses back to the same tree, and is printed the same again."""

from __future__ import annotations

import re
import string
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from somac.grammar import ast
from somac.grammar.parse import parse
from somac.grammar.printer import document_text, format_text
from somac.ir.errors import SomacError
from somac.ir.expr import ARITHMETIC, COMPARISONS, Binary, Expr, Name, Number, Unary

_WORDS = re.compile(r"(and|or|not|input|state|table|spike|on|send|count|integrator|reset|from|to)")

identifiers = st.text(string.ascii_letters + string.digits + "_", min_size=1, max_size=6).filter(
    lambda s: (s[0].isalpha() or s[0] == "_") and not _WORDS.match(s) and not s.startswith("recu")
)
words = st.builds("{}-{}".format, identifiers, identifiers) | identifiers
texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
names = identifiers | texts.filter(bool)
units = st.sampled_from([None, "ms", "mV/ms", "kOhm*pF", "Hz", "parsec"])
floats = st.floats(allow_nan=False, allow_infinity=False)
quantities = st.builds(ast.Quantity, floats, units)
shapes = st.lists(st.integers(0, 10**9), min_size=1, max_size=3).map(tuple)

comments = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=10).map(
    lambda s: f"# {s}".rstrip()
)


def tuples(elements: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(elements, max_size=most).map(tuple)


def expressions() -> st.SearchStrategy[Expr]:
    def deeper(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
        operators = st.sampled_from([*ARITHMETIC, *COMPARISONS, "and", "or"])
        return (
            st.builds(Unary, st.sampled_from(["-", "not"]), inner)
            | st.builds(Binary, operators, inner, inner)
            | st.builds(ast.Apply, identifiers, st.lists(inner, min_size=1, max_size=3).map(tuple))
        )

    return st.recursive(st.builds(Number, floats) | st.builds(Name, identifiers), deeper)


formulas = st.builds(ast.Formula, expressions())


def arguments(values: st.SearchStrategy[ast.Value]) -> st.SearchStrategy[tuple[Any, ...]]:
    return tuples(st.builds(ast.Argument, st.none() | identifiers, values))


values = st.recursive(
    quantities | st.builds(ast.Text, texts),
    lambda inner: (
        st.builds(ast.Array, tuples(inner), units)
        | st.builds(ast.Call, identifiers, arguments(inner), units)
    ),
    max_leaves=6,
)


@st.composite
def notes(draw: st.DrawFn, *, blank_first: bool, ends_with_comment: bool) -> tuple[str, ...]:
    """Comments and blank lines, no two of these together."""
    lines: list[str] = []
    for line in draw(st.lists(st.just("") | comments, max_size=3)):
        if line or (lines[-1] if lines else blank_first):
            lines.append(line)
    while ends_with_comment and lines and not lines[-1]:
        lines.pop()
    return tuple(lines)


@st.composite
def laid_out(draw: st.DrawFn, lines: list[Any], *, level: int) -> tuple[Any, ...]:
    """The lines of a block, with comments around them."""
    made = []
    for index, line in enumerate(lines):
        last = index == len(lines) - 1
        above = draw(notes(blank_first=index > 0, ends_with_comment=False))
        beside = draw(st.just("") | comments)
        block = isinstance(line, ast.OnSpike) and len(line.assignments) > 1
        below: tuple[str, ...] = ()
        if last and level and not block:
            below = draw(notes(blank_first=True, ends_with_comment=True))
        changes: dict[str, Any] = {"layout": ast.Layout(above, beside, below)}
        if block:
            changes["assignments"] = draw(laid_out(list(line.assignments), level=2))
        made.append(replace(line, **changes))
    return tuple(made)


assignments = st.builds(ast.Assignment, identifiers, formulas)
neuron_lines = st.one_of(
    st.builds(ast.InputPort, identifiers, units),
    st.builds(ast.StateDef, identifiers, units, st.none() | formulas),
    st.builds(
        ast.TableDef, identifiers, st.builds(ast.Array, tuples(quantities), units), floats, floats
    ),
    st.builds(ast.Derivative, identifiers, formulas),
    assignments,
    st.builds(ast.SpikeWhen, formulas),
    st.builds(ast.Send, st.sampled_from(["spike", "count", "send"]), identifiers),
    st.builds(ast.OnSpike, st.lists(assignments, min_size=1, max_size=3).map(tuple)),
)
docs = st.builds(ast.Doc, texts)
parameters = tuples(
    st.builds(
        ast.ParameterDef, identifiers, st.none() | st.just("1") | units, st.none() | quantities
    )
)


@st.composite
def neurons(draw: st.DrawFn) -> ast.NeuronDef:
    written = draw(st.lists(docs, max_size=2))
    lines = draw(st.lists(neuron_lines, min_size=1, max_size=4))
    block = draw(laid_out([*written, *lines], level=1))
    split = len(written)
    return ast.NeuronDef(draw(names), draw(parameters), block[:split], block[split:])


@st.composite
def profiles(draw: st.DrawFn) -> ast.ProfileDef:
    keys = st.sampled_from(["integrator", "reset", "recurrent_bias"])
    lines = st.builds(ast.Setting, keys, words) | st.builds(
        ast.ModelMapping, identifiers, st.none() | words, names
    )
    written = draw(st.lists(docs, max_size=2))
    block = draw(laid_out([*written, *draw(st.lists(lines, min_size=1, max_size=3))], level=1))
    split = len(written)
    return ast.ProfileDef(draw(words), block[:split], block[split:])


@st.composite
def networks(draw: st.DrawFn) -> ast.NetworkDef:
    lines = st.one_of(
        st.builds(ast.Setting, st.just("dt"), quantities),
        st.builds(ast.Setting, st.sampled_from(["profile", "integrator", "reset"]), words),
        st.builds(ast.Setting, st.just("semantics"), texts, names),
    )
    return ast.NetworkDef(draw(names), draw(laid_out(draw(st.lists(lines, max_size=3)), level=1)))


@st.composite
def populations(draw: st.DrawFn) -> ast.PopulationDef:
    model = st.builds(ast.Call, names, arguments(values))
    biases = draw(st.lists(st.builds(ast.Bias, identifiers, values), max_size=2))
    block = draw(laid_out(biases, level=1))
    return ast.PopulationDef(draw(names), draw(shapes), draw(model), block)


stages = st.builds(ast.Call, identifiers, arguments(values))
items = st.one_of(
    networks(),
    neurons(),
    profiles(),
    populations(),
    st.builds(ast.InputDef, names, shapes, st.sampled_from(["spike", "count", "value"])),
    st.builds(
        ast.ProjectionDef,
        names,
        names,
        st.none() | identifiers,
        st.none() | names,
        st.lists(stages, min_size=1, max_size=3).map(tuple),
        st.none() | quantities,
    ),
    st.builds(ast.OutputDef, names, st.none() | names),
)


@st.composite
def documents(draw: st.DrawFn) -> ast.Document:
    lines = draw(laid_out(draw(st.lists(items, max_size=4)), level=0))
    return ast.Document(lines, draw(notes(blank_first=bool(lines), ends_with_comment=True)))


@settings(max_examples=80)
@given(documents())
def test_what_is_printed_parses_back(document: ast.Document) -> None:
    text = document_text(document)
    assert parse(text) == document
    assert format_text(text) == text


@given(expressions())
def test_expressions_parse_back(expr: Expr) -> None:
    line = ast.Assignment("x", ast.Formula(expr))
    document = ast.Document((ast.NeuronDef("n", (), (), (line,)),))
    assert parse(document_text(document)) == document


MESSY = """\


# first
#second

network  digits  :   # which

    dt   0.10 ms
    # in the block
    semantics  "a key"   "a \\"text\\" # no comment"
    # at its end


  # of it too
neuron  n ( tau [s]=20ms , # inside brackets
           r=1 ) :
    "doc"
    input i
    dv/dt=(r*i-v)/tau
    spike when (v>1)and(not(i<0))
    on spike : v=0   # beside
    on spike:
        v=-(1)
        # deep
    # less deep
population a[ 3,4 ]:n

# above b
population b[3]:n(tau=[1.5,2.5e0] ms)
    bias i=-0.0
projection a->b.i:pool(kernel=[2,2])|dense( load("w.npz" , "w1") )delay 3 ticks
# last
"""

NEAT = """\
# first
#second

network digits:  # which
    dt 0.1 ms
    # in the block
    semantics "a key" "a \\"text\\" # no comment"
    # at its end

    # of it too
# inside brackets
neuron n(tau [s] = 20 ms, r = 1):
    "doc"
    input i
    dv/dt = (r * i - v) / tau
    spike when v > 1 and not i < 0
    on spike: v = 0  # beside
    on spike:
        v = -(1)
        # deep
        # less deep
population a[3, 4]: n

# above b
population b[3]: n(tau = [1.5, 2.5] ms)
    bias i = -0.0
projection a -> b.i: pool(kernel = [2, 2]) | dense(load("w.npz", "w1")) delay 3 ticks
# last
"""


def test_every_comment_is_kept() -> None:
    kept = format_text(MESSY)
    for comment in re.findall(r"# ?[a-z ]+$", MESSY, re.MULTILINE):
        assert comment in kept
    assert format_text(kept) == kept


def test_canonical_form() -> None:
    assert format_text(MESSY) == NEAT


def test_windows_line_ends_become_plain() -> None:
    assert format_text(NEAT.replace("\n", "\r\n")) == format_text(NEAT)


def test_long_lines_are_folded_at_commas() -> None:
    numbers = ", ".join(str(n) for n in range(60))
    line = f'population a[60]: n(tau = [{numbers}] ms, note = "a, text, (with) commas")\n'
    text = format_text(line * 2)
    assert max(map(len, text.splitlines())) <= 100
    assert parse(text) == parse(line * 2)
    assert format_text(text) == text


def test_a_text_with_an_error_is_not_formatted() -> None:
    with pytest.raises(SomacError, match="E0201"):
        format_text("network\n")
