"""The formula tree is built, walked and rewritten without a change of meaning."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from networks import assert_agrees, layer, problem

from backprop_cli.formula.tree import (
    ONE,
    SAMPLES,
    ZERO,
    Add,
    Formula,
    Function,
    Index,
    Kronecker,
    Negation,
    Number,
    Power,
    Product,
    Quotient,
    Ref,
    Size,
    Sum,
    add,
    children,
    free_indices,
    number,
    product,
    ratio,
    refs,
    rename,
    substitute,
    subtract,
    transform,
    walk,
    with_children,
)
from backprop_cli.plan.plan import make_plan
from backprop_cli.plan.steps import negate
from backprop_cli.problem.problem import Notation
from backprop_cli.values.evaluate import Evaluator

T, K, M = Index(0), Index(1), Index(1, copy=1)
X = Ref("activation", 0, (SAMPLES, T))
W = Ref("weights", 1, (K, T))
B = Ref("bias", 1, (K,))
Z = add(Sum(T, product(W, X)), B)
VALUES = {
    ("activation", 0): np.array([[1.0, -2.0], [0.5, 3.0], [4.0, 0.25]]),
    ("weights", 1): np.array([[0.3, 0.7], [-1.1, 0.2]]),
    ("bias", 1): np.array([0.5, -0.25]),
}
SAMPLE_PROBLEM = problem(
    [layer("softmax", VALUES["weights", 1], VALUES["bias", 1])],
    "cross_entropy",
    VALUES["activation", 0],
    np.eye(3, 2),
)

EVERY_KIND: list[Formula] = [
    Number(Fraction(1, 3)),
    X,
    Size(K),
    Kronecker(K, M),
    Sum(T, product(W, X)),
    Add((B, ONE)),
    Product((B, B)),
    Quotient(B, number(2)),
    Power(B, 3),
    Negation(B),
    Function("tanh", B, derivative=True),
    Function("softmax", Z, over=K),
]


def value(formula: Formula, *indices: Index) -> np.ndarray:
    return Evaluator(SAMPLE_PROBLEM, VALUES).array(formula, indices)


@pytest.mark.parametrize("formula", EVERY_KIND, ids=lambda formula: type(formula).__name__)
def test_a_formula_put_together_again_from_its_children_is_the_same(formula: Formula) -> None:
    assert with_children(formula, children(formula)) == formula
    assert transform(formula, lambda part: part) == formula


def test_sums_and_products_are_flattened_and_lose_what_changes_nothing() -> None:
    assert product(ONE, B, product(B, ONE, B)) == Product((B, B, B))
    assert product(ONE, B) == B
    assert product() == ONE
    assert add(ZERO, B, add(B, B)) == Add((B, B, B))
    assert add(ZERO, B) == B
    assert add() == ZERO
    assert subtract(B, ONE) == Add((B, Negation(ONE)))


def test_a_ratio_of_numbers_is_one_exact_number() -> None:
    assert ratio(number(1), number(3)) == Number(Fraction(1, 3))
    assert ratio(B, ONE) == B
    assert ratio(ONE, Size(K)) == Quotient(ONE, Size(K))


def test_a_walk_goes_outermost_first_and_its_paths_lead_back() -> None:
    found = list(walk(Z))
    assert found[0] == ((), Z)
    for path, part in found:
        there: Formula = Z
        for step in path:
            there = children(there)[step]
        assert there == part, f"the path {path} leads to {there}, expected {part}"
    assert refs(Z) == [W, X, B]


def test_the_free_indices_are_those_the_value_depends_on() -> None:
    assert free_indices(Z) == {SAMPLES, K}
    assert free_indices(Kronecker(K, M)) == {K, M}
    assert free_indices(Size(K)) == frozenset()
    assert free_indices(number(2)) == frozenset()


def test_renaming_reaches_every_place_an_index_stands_in() -> None:
    renamed = rename(add(Sum(K, B), Size(K), Kronecker(K, T), Function("softmax", B, over=K)), {K: M})
    moved = Ref("bias", 1, (M,))
    assert renamed == add(Sum(M, moved), Size(M), Kronecker(M, T), Function("softmax", moved, over=M))
    assert rename(Function("tanh", B), {K: M}) == Function("tanh", moved)


def test_what_is_substituted_takes_the_indices_of_its_place_and_is_written_out_to_the_end() -> None:
    z = Ref("preactivation", 1, (SAMPLES, K))
    a = Ref("activation", 1, (SAMPLES, M))
    definitions = {z.key: (z.indices, Z), a.key: ((SAMPLES, K), Function("tanh", z))}
    found = substitute(product(a, B), definitions)
    assert found == product(Function("tanh", rename(Z, {K: M})), B)
    assert substitute(Z, definitions) == Z


@pytest.mark.parametrize(
    "formula",
    [
        Negation(B),
        number(2),
        subtract(B, number(3)),
        subtract(number(3), B),
        product(B, subtract(B, ONE)),
        product(Negation(B), B),
        product(B, B),
        B,
        add(Negation(B), Negation(ONE)),
    ],
)
def test_negate_is_the_formula_with_the_other_sign(formula: Formula) -> None:
    received = value(negate(formula), K)
    assert_agrees(f"−({formula})", received, -value(formula, K), "the minus sign", 1e-15)
    assert not isinstance(negate(subtract(B, ONE)), Negation), "−(b − 1) is written 1 − b"


def test_every_kind_of_formula_is_worked_out_with_an_axis_for_each_index() -> None:
    x, w, b = VALUES.values()
    z = x @ w.T + b
    soft = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    for formula, indices, expected in [
        (number(1, 4), (), 0.25),
        (Size(SAMPLES), (), 3.0),
        (Size(T), (), 2.0),
        (Kronecker(K, M), (K, M), np.eye(2)),
        (Kronecker(M, K), (K, M), np.eye(2)),
        (X, (T, SAMPLES), x.T),
        (Z, (SAMPLES, K), z),
        (Z, (K, SAMPLES), z.T),
        (Sum(SAMPLES, Sum(T, X)), (), x.sum()),
        (Sum(T, B), (K,), 2 * b),
        (Sum(SAMPLES, ONE), (), 3.0),
        (Sum(SAMPLES, Sum(T, B)), (K,), 6 * b),
        (Sum(SAMPLES, product(X, X)), (T,), (x * x).sum(axis=0)),
        (B, (SAMPLES, K), np.tile(b, (3, 1))),
        (Power(B, 3), (K,), b**3),
        (Quotient(B, Size(T)), (K,), b / 2),
        (Quotient(ZERO, ZERO), (), 0.0),
        (Function("exp", B), (K,), np.exp(b)),
        (Function("exp", B, derivative=True), (K,), np.exp(b)),
        (Function("ln", Power(B, 2), derivative=True), (K,), 1 / b**2),
        (Function("abs", B, derivative=True), (K,), np.sign(b)),
        (Function("sgn", B, derivative=True), (K,), 0 * b),
        (Function("positive_part", B), (K,), [0.5, 0.0]),
        (Function("positive_part", B, derivative=True), (K,), [1.0, 0.0]),
        (Function("indicator", B), (K,), [1.0, 0.0]),
        (Function("indicator", B, derivative=True), (K,), [0.0, 0.0]),
        (Function("huber", B), (K,), b**2 / 2),
        (Function("leaky_relu", B, parameter=0.1), (K,), [0.5, -0.025]),
        (Function("leaky_relu", B), (K,), [0.5, -0.0025]),
        (Function("softmax", Z, over=K), (SAMPLES, K), soft),
        (Function("softmax", X, over=SAMPLES), (SAMPLES, T), np.exp(x) / np.exp(x).sum(axis=0)),
    ]:
        assert_agrees(
            str(formula), value(formula, *indices), np.asarray(expected, dtype=float), "NumPy", 1e-14
        )


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("weight,input,bias", Add((Sum(T, Product((W, X))), B))),
        ("input,weight,bias", Add((Sum(T, Product((X, W))), B))),
        ("bias,weight,input", Add((B, Sum(T, Product((W, X)))))),
    ],
)
def test_a_preactivation_is_written_in_the_handouts_order(order: str, expected: Formula) -> None:
    (step, *_) = make_plan(replace(SAMPLE_PROBLEM, notation=Notation(preactivation=order))).steps
    assert step.key == ("preactivation", 1)
    assert step.formula == expected
