"""The activations' own derivations: every line has the value of the one before, and of the table's f′."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from derivations import derive
from hypothesis import given
from hypothesis import strategies as st
from networks import layer, problem

from backprop_cli.formula.differentiate import differentiate
from backprop_cli.formula.simplify import contracted, distributed, multiplied_out, tidy
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
    number,
    product,
    subtract,
)
from backprop_cli.functions.row import Cases, Tree
from backprop_cli.functions.table import PARAMETER, ROWS, X
from backprop_cli.plan.output_functions import (
    LOSS,
    Statement,
    sigmoid_with_loss,
    softmax_jacobian,
    softmax_with_loss,
)
from backprop_cli.plan.rewritings import targets_summed
from backprop_cli.values.evaluate import Evaluator

DEFINED = [name for name, row in ROWS.items() if row.activation and row.definition]
POINTS = (-3.5, -1.2, -0.4, 0.3, 0.9, 2.5)
ONE_UNIT = problem([layer("identity", [[1.0]])], "squared_error", [[1.0]], [[1.0]])


def value(tree: Tree, x: float, parameter: float) -> float:
    if isinstance(tree, Cases):
        bounds = (case.upto for case in tree.cases)
        within = [bound is None or x <= value(bound, x, parameter) for bound in bounds]
        return value(tree.cases[within.index(True)].formula, x, parameter)
    formula = tree
    reader = Evaluator(ONE_UNIT, {X.key: np.array(x), PARAMETER.key: np.array(parameter)})
    return float(reader.array(formula, ()))


@pytest.mark.parametrize("name", DEFINED)
@pytest.mark.parametrize("x", POINTS)
def test_definition_is_the_function(name: str, x: float) -> None:
    activation = ROWS[name]
    parameter = activation.parameter or 0.0
    expected = float(activation(np.array(x)))
    assert value(ROWS[name].defined(X, PARAMETER), x, parameter) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("name", DEFINED)
@pytest.mark.parametrize("x", POINTS)
def test_every_line_is_the_central_difference_and_the_tables_derivative(name: str, x: float) -> None:
    activation, step = ROWS[name], 1e-5
    parameter = activation.parameter or 0.0
    difference = float(activation(np.array(x + step)) - activation(np.array(x - step))) / (2 * step)
    for line in ROWS[name].derivation():
        received = value(line.tree, x, parameter)
        assert received == pytest.approx(difference, abs=1e-8), f"{name}: {line} is not the slope at {x}"
        assert received == pytest.approx(float(activation.prime(np.array(x))), abs=1e-10)


@pytest.mark.parametrize("name", DEFINED)
def test_the_last_line_is_the_form_the_tables_write(name: str) -> None:
    *_, last = ROWS[name].derivation()
    written = ROWS[name].prime_from_preactivation
    if written is not None:
        assert last.tree == written(X, None)
    else:
        assert isinstance(last.tree, Cases) or not ROWS[name].remembered


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "elu"])
def test_a_function_by_cases_has_a_derivative_by_cases(name: str) -> None:
    z = Ref("preactivation", 1)
    cases = ROWS[name].prime_cases(z, PARAMETER)
    assert cases is not None
    below, above = (case.formula for case in cases.cases)
    assert above == ONE
    assert (
        below
        == {
            "relu": ZERO,
            "leaky_relu": PARAMETER,
            "elu": product(PARAMETER, Function("exp", z)),
        }[name]
    )


@pytest.mark.parametrize("name", ["sigmoid", "softmax", "generic"])
def test_a_function_without_cases_has_none(name: str) -> None:
    assert ROWS[name].prime_cases(Ref("preactivation", 1), PARAMETER) is None


@pytest.mark.parametrize(
    "name", ["ln", "exp", "abs", "sgn", "positive_part", "normal_cdf", "normal_density", "huber"]
)
@pytest.mark.parametrize("x", [0.4, 1.7])
def test_elementary_functions_are_differentiated(name: str, x: float) -> None:
    formula, step = Function(name, X), 1e-6
    difference = (value(formula, x + step, 0) - value(formula, x - step, 0)) / (2 * step)
    assert value(differentiate(formula, X), x, 0) == pytest.approx(difference, abs=1e-7)


# Softmax's Jacobian and the two losses that collapse, at random points.

WIDE = problem(
    [layer("softmax", np.zeros((4, 1)), np.zeros(4))], "cross_entropy", [[0.0]], [[0.0, 0.0, 1.0, 0.0]]
)


def numbers(seed: int, *, sigmoid: bool) -> dict[tuple[str, int], np.ndarray]:
    random = np.random.default_rng(seed)
    z = random.normal(size=(1, 4))
    a = 1 / (1 + np.exp(-z)) if sigmoid else np.exp(z) / np.exp(z).sum()
    y = random.dirichlet(np.ones(4))[np.newaxis]
    return {("preactivation", 1): z, ("activation", 1): a, ("target", 1): y}


@pytest.mark.parametrize("derivation", [softmax_jacobian, softmax_with_loss, sigmoid_with_loss])
@pytest.mark.parametrize("seed", range(5))
def test_every_line_of_a_statement_has_one_value(derivation, seed: int) -> None:
    reader = Evaluator(WIDE, numbers(seed, sigmoid=derivation is sigmoid_with_loss))
    statements: list[Statement] = list(derivation())
    for statement in statements:
        indices = tuple(dict.fromkeys((*statement.top.indices, *(statement.bottom or LOSS).indices)))
        arrays = [reader.array(formula, indices) for formula, _ in statement.lines]
        for array in arrays[1:]:
            np.testing.assert_allclose(array, arrays[0], rtol=0, atol=1e-12)


def test_the_jacobian_is_the_central_difference_of_softmax() -> None:
    values = numbers(3, sigmoid=False)
    z, step = values["preactivation", 1][0], 1e-6
    entry = list(softmax_jacobian())[1].lines[-1][0]
    m, k = Index(1, copy=1), Index(1)
    received = Evaluator(WIDE, values).array(entry, (SAMPLES, m, k))[0]
    softmax = ROWS["softmax"]
    for unit in range(4):
        nudge = step * np.eye(4)[unit]
        difference = (softmax(z + nudge) - softmax(z - nudge)) / (2 * step)
        np.testing.assert_allclose(received[:, unit], difference, atol=1e-9)


@pytest.mark.parametrize("derivation", [softmax_with_loss, sigmoid_with_loss])
def test_the_log_losses_end_in_a_difference(derivation) -> None:
    *_, last = derivation()
    a, y = (Ref(quantity, 1, last.bottom.indices) for quantity in ("activation", "target"))
    assert last.lines[-1][0] == subtract(a, y)


# Simplifying keeps the value.

k, m = Index(1), Index(1, copy=1)
A, Z = Ref("a", 1), Ref("z", 1)
LEAVES = st.sampled_from([A, Z, ONE, ZERO, number(2), number(-3), number(1, 2), Size(k)])


def _grown(inner: st.SearchStrategy[Formula]) -> st.SearchStrategy[Formula]:
    pairs = st.tuples(inner, inner)
    return st.one_of(
        pairs.map(Add),
        pairs.map(Product),
        pairs.map(lambda pair: Quotient(pair[0], add(number(5), Power(pair[1], 2)))),
        inner.map(Negation),
        inner.map(lambda base: Power(base, 2)),
    )


@given(st.recursive(LEAVES, _grown, max_leaves=8), st.sampled_from([tidy, distributed, multiplied_out]))
def test_simplifying_keeps_the_value(formula: Formula, simplify) -> None:
    reader = Evaluator(WIDE, {A.key: np.array(0.7), Z.key: np.array(-1.3)})
    before, after = (float(reader.array(tree, ())) for tree in (formula, simplify(formula)))
    assert after == pytest.approx(before, rel=1e-9, abs=1e-9)


def test_sums_pick_the_term_that_an_index_rule_leaves() -> None:
    a = Ref("a", 1, (m,))
    assert contracted(m, product(a, Kronecker(m, k))) == Ref("a", 1, (k,))
    assert contracted(m, Kronecker(m, k)) == ONE
    assert contracted(m, ZERO) == ZERO
    assert contracted(m, Negation(product(Kronecker(k, m), a))) == Negation(Ref("a", 1, (k,)))
    assert contracted(m, product(A, a)) == product(A, Sum(m, a))
    assert contracted(m, a) == Sum(m, a)
    assert tidy(Kronecker(k, k)) == ONE


def test_fractions_cancel_and_numbers_come_first() -> None:
    assert tidy(product(Quotient(A, Z), Z)) == A
    assert tidy(product(Number(Fraction(1, 2)), A, number(2))) == A
    assert tidy(product(number(2), Quotient(ONE, product(number(2), Size(k))), A)) == product(
        Quotient(ONE, Size(k)), A
    )
    assert tidy(add(A, Negation(A))) == ZERO
    assert tidy(Power(A, 1)) == A
    assert tidy(Negation(number(3))) == number(-3)
    assert tidy(Negation(subtract(A, Z))) == add(Negation(A), Z)


def test_targets_of_a_softmax_add_up_to_1() -> None:
    assert targets_summed(product(A, Sum(k, Ref("target", 1, (k,))))) == A
    assert math.isclose(numbers(1, sigmoid=False)["target", 1].sum(), 1)


def test_the_words_beside_a_line_are_true_of_it() -> None:
    assert "the fraction is the square of tanh(x)" in derive("--activation", "tanh")
    assert "the fractions are an output, and a product of two" in derive("--activation", "softmax")
