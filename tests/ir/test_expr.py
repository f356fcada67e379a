"""Expressions: values, text, names."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from somac.ir import expr
from somac.ir.expr import (
    ARITHMETIC,
    COMPARISONS,
    FUNCTIONS,
    Binary,
    Call,
    Expr,
    Lookup,
    Name,
    Number,
    TableFunction,
    Unary,
)

TABLE = TableFunction("ramp", (0.0, 1.0, 4.0), -1.0, 1.0)


def _larger(smaller: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    operators = [*ARITHMETIC, *COMPARISONS, "and", "or"]
    calls = [
        st.builds(Call, st.just(name), st.tuples(*[smaller] * function.arity))
        for name, function in FUNCTIONS.items()
    ]
    return st.one_of(
        st.builds(Unary, st.sampled_from(["-", "not"]), smaller),
        st.builds(Binary, st.sampled_from(operators), smaller, smaller),
        st.builds(Lookup, st.just(TABLE), smaller),
        *calls,
    )


numbers = st.floats(min_value=0, allow_nan=False, allow_infinity=False) | st.integers(0, 100)
expressions = st.recursive(
    st.builds(Number, numbers) | st.builds(Name, st.sampled_from(["v", "tau_mem", "i_in"])),
    _larger,
    max_leaves=12,
)


def read(text: str) -> Expr:
    """Python's own parser agrees on the precedence of everything but chained comparisons."""
    return _tree(ast.parse(text, mode="eval").body)


def _tree(node: ast.expr) -> Expr:
    symbols: dict[type[ast.AST], str] = {
        ast.Add: "+",
        ast.Sub: "-",
        ast.Mult: "*",
        ast.Div: "/",
        ast.FloorDiv: "//",
        ast.Pow: "**",
        ast.Lt: "<",
        ast.LtE: "<=",
        ast.Gt: ">",
        ast.GtE: ">=",
        ast.Eq: "==",
        ast.NotEq: "!=",
        ast.And: "and",
        ast.Or: "or",
        ast.Not: "not",
        ast.USub: "-",
    }
    match node:
        case ast.Constant(value):
            return Number(value)
        case ast.Name(id):
            return Name(id)
        case ast.UnaryOp(op, operand):
            return Unary(symbols[type(op)], _tree(operand))
        case ast.BinOp(left, op, right):
            return Binary(symbols[type(op)], _tree(left), _tree(right))
        case ast.Compare(left, [op], [right]):
            return Binary(symbols[type(op)], _tree(left), _tree(right))
        case ast.BoolOp(op, [first, *others]):
            joined = _tree(first)
            for other in others:
                joined = Binary(symbols[type(op)], joined, _tree(other))
            return joined
        case ast.Call(ast.Name(id), [argument]) if id == TABLE.name:
            return Lookup(TABLE, _tree(argument))
        case ast.Call(ast.Name(id), arguments):
            return Call(id, tuple(map(_tree, arguments)))
    raise AssertionError(ast.dump(node))


@given(expressions)
def test_text_parses_back_to_the_same_tree(tree: Expr) -> None:
    assert read(expr.text(tree)) == tree


@pytest.mark.parametrize(
    ("tree", "written"),
    [
        (Number(3), "3"),
        (Number(-2.5), "-2.5"),
        (Number(1e-3), "0.001"),
        (Number(-0.0), "-0.0"),
        (Unary("-", Number(1.0)), "-(1)"),
        (Unary("-", Unary("-", Name("v"))), "--v"),
        (Binary("-", Name("a"), Binary("-", Name("b"), Name("c"))), "a - (b - c)"),
        (Binary("-", Binary("-", Name("a"), Name("b")), Name("c")), "a - b - c"),
        (Binary("**", Name("a"), Binary("**", Name("b"), Name("c"))), "a ** b ** c"),
        (Binary("**", Unary("-", Name("a")), Number(2.0)), "(-a) ** 2"),
        (Unary("-", Binary("**", Name("a"), Number(2.0))), "-a ** 2"),
        (Binary("*", Number(-1.0), Name("a")), "-1 * a"),
        (Binary("<", Binary("<", Name("a"), Name("b")), Name("c")), "(a < b) < c"),
        (Unary("not", Binary("and", Name("a"), Name("b"))), "not (a and b)"),
        (Call("clamp", (Name("v"), Number(0.0), Number(1.0))), "clamp(v, 0, 1)"),
        (Lookup(TABLE, Name("v")), "ramp(v)"),
    ],
)
def test_text_has_the_fewest_parentheses(tree: Expr, written: str) -> None:
    assert expr.text(tree) == written


def test_numbers_are_finite_floats() -> None:
    assert isinstance(Number(1).value, float)
    for value in (math.inf, -math.inf, math.nan):
        with pytest.raises(ValueError, match="not a number that can be written"):
            Number(value)


def value(tree: Expr, **names: Any) -> np.ndarray[Any, Any]:
    return expr.evaluate(tree, {k: np.asarray(v, dtype=np.float64) for k, v in names.items()})


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Unary("+", Number(1.0)), "no operator '\\+' of one argument"),
        (lambda: Binary("not", Number(1.0), Number(1.0)), "no operator 'not' of two arguments"),
        (lambda: Call("eval", (Number(1.0),)), "no function 'eval'"),
        (lambda: Call("max", (Number(1.0),)), "max takes 2 arguments, not 1"),
    ],
)
def test_what_the_language_does_not_have(build: Callable[[], Expr], message: str) -> None:
    for around in (lambda e: e, lambda e: Unary("-", e), lambda e: Lookup(TABLE, e)):
        with pytest.raises(ValueError, match=message):
            expr.check(around(Call("abs", (build(),))))


@given(expressions)
def test_what_the_language_has(tree: Expr) -> None:
    expr.check(tree)


V = Name("v")
CELLS = [-1.5, 0.0, 0.5, 2.0]


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        (Unary("-", V), [1.5, 0.0, -0.5, -2.0]),
        (Binary("+", V, Number(1.0)), [-0.5, 1.0, 1.5, 3.0]),
        (Binary("//", V, Number(0.5)), [-3.0, 0.0, 1.0, 4.0]),
        (Binary("**", V, Number(2.0)), [2.25, 0.0, 0.25, 4.0]),
        (Binary(">", V, Number(0.0)), [False, False, True, True]),
        (Unary("not", Binary(">", V, Number(0.0))), [True, True, False, False]),
        (Binary("and", V, Number(1.0)), [True, False, True, True]),
        (Binary("or", Binary("<", V, Number(0.0)), Binary(">", V, Number(1.0))), [1, 0, 0, 1]),
        (Binary("*", Binary(">", V, Number(0.0)), Number(3.0)), [0.0, 0.0, 3.0, 3.0]),
        (Unary("-", Binary(">", V, Number(0.0))), [0.0, 0.0, -1.0, -1.0]),
        (Call("select", (Binary("<", V, Number(0.0)), Number(7.0), V)), [7.0, 0.0, 0.5, 2.0]),
        (Call("abs", (V,)), [1.5, 0.0, 0.5, 2.0]),
        (Call("floor", (V,)), [-2.0, 0.0, 0.0, 2.0]),
        (Call("clamp", (V, Number(-1.0), Number(1.0))), [-1.0, 0.0, 0.5, 1.0]),
        (Call("min", (V, Number(0.0))), [-1.5, 0.0, 0.0, 0.0]),
        (Call("max", (V, Number(0.0))), [0.0, 0.0, 0.5, 2.0]),
        (Lookup(TABLE, V), [0.0, 1.0, 4.0, 4.0]),
    ],
)
def test_values(tree: Expr, expected: list[float]) -> None:
    np.testing.assert_array_equal(value(tree, v=CELLS), np.asarray(expected))


def test_a_table_has_nothing_near_to_no_number() -> None:
    found = TABLE.apply(np.array([np.nan, 0.1, -np.inf]))
    np.testing.assert_array_equal(found, [np.nan, 1.0, 0.0])


@pytest.mark.parametrize("name", ["cos", "exp", "sin", "tanh", "sqrt", "log"])
def test_smooth_functions_are_those_of_mathematics(name: str) -> None:
    points = [0.25, 1.0, 3.5]
    expected = [getattr(math, name)(x) for x in points]
    np.testing.assert_allclose(value(Call(name, (V,)), v=points), expected, rtol=1e-15)
    assert FUNCTIONS[name].tabled


def test_sigmoid_does_not_overflow() -> None:
    found = value(Call("sigmoid", (V,)), v=[-1e4, 0.0, 1e4])
    np.testing.assert_array_equal(found, [0.0, 0.5, 1.0])


def test_names_substitution_and_tables() -> None:
    tree = Binary(
        "+", Call("max", (V, Unary("-", Name("w")))), Lookup(TABLE, Binary("*", V, Number(2.0)))
    )
    assert list(expr.names(tree)) == ["v", "w", "v"]
    assert list(expr.tables(tree)) == [TABLE]
    swapped = expr.substitute(tree, {"v": Name("w"), "w": V})
    assert expr.text(swapped) == "max(w, -v) + ramp(w * 2)"


def test_a_table_reads_the_nearest_value_and_the_upper_of_two() -> None:
    points = [-9.0, -0.51, -0.5, -0.49, 0.49, 0.5, 9.0]
    np.testing.assert_array_equal(
        TABLE.apply(np.array(points)), [0.0, 0.0, 1.0, 1.0, 1.0, 4.0, 4.0]
    )


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [
        ((1.0,), 0.0, 1.0),
        ((0.0, math.nan), 0.0, 1.0),
        ((0.0, 1.0), 1.0, 1.0),
        ((0.0, 1.0), 0.0, math.inf),
    ],
)
def test_tables_that_are_none(values: tuple[float, ...], low: float, high: float) -> None:
    with pytest.raises(ValueError, match="table t "):
        TableFunction("t", values, low, high)
