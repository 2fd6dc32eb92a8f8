"""The backward pass is derived, then rewritten as handouts have it: each rewriting keeps the value."""

from __future__ import annotations

import numpy as np
import pytest
from networks import layer, problem

from backprop_cli.formula.tree import (
    ONE,
    SAMPLES,
    Formula,
    Function,
    Index,
    Kronecker,
    Negation,
    Quotient,
    Ref,
    Sum,
    add,
    product,
    subtract,
)
from backprop_cli.plan.adjoints import adjoint
from backprop_cli.plan.forward import forward_steps
from backprop_cli.plan.rewritings import conditions_last, difference, jacobian_summed, sign_outside
from backprop_cli.plan.steps import Step, per_sample
from backprop_cli.values.evaluate import Evaluator

K, M = Index(1), Index(1, copy=1)
G, A = Ref("activation_gradient", 1, (SAMPLES, K)), per_sample("activation", 1)
Y = per_sample("target", 1)
WIDE = problem([layer("softmax", np.ones((3, 2)))], "cross_entropy", [[0.5, 0.2]] * 2, [[1, 0, 0]] * 2)


def value(formula: Formula) -> np.ndarray:
    random = np.random.default_rng(4)
    a = random.dirichlet(np.ones(3), 2)
    values = {G.key: random.normal(size=(2, 3)), A.key: a, Y.key: random.normal(size=(2, 3))}
    return Evaluator(WIDE, values).array(formula, (SAMPLES, K))


def at(ref: Ref, index: Index) -> Ref:
    return Ref(ref.quantity, ref.level, (SAMPLES, index))


SUMMED = Sum(M, product(at(G, M), at(A, M), subtract(Kronecker(M, K), A)))


def test_softmaxs_jacobian_is_summed_to_one_mean() -> None:
    found = jacobian_summed(SUMMED)
    assert found == product(A, subtract(G, Sum(M, product(at(G, M), at(A, M)))))
    np.testing.assert_allclose(value(found), value(SUMMED), atol=1e-15)


def test_a_sum_that_is_no_jacobian_stays() -> None:
    other = Sum(M, product(at(G, M), at(A, M), subtract(Kronecker(M, K), Y)))
    assert jacobian_summed(other) == other


@pytest.mark.parametrize(
    "formula",
    [
        Negation(product(Function("indicator", subtract(Y, A)), Y)),
        product(Function("indicator", A), subtract(A, Y), G),
        Negation(Function("indicator", Y)),
        product(G, Y),
    ],
)
def test_conditions_go_last_and_the_value_stays(formula: Formula) -> None:
    np.testing.assert_allclose(value(conditions_last(formula)), value(formula), atol=0)


def test_a_minus_sign_stands_before_the_sum() -> None:
    formula = Sum(M, product(Negation(at(G, M)), at(A, M)))
    assert sign_outside(formula) == Negation(Sum(M, product(at(G, M), at(A, M))))


def test_a_log_loss_and_its_activation_meet_in_a_difference_and_others_do_not() -> None:
    loss = add(Negation(Quotient(Y, A)), Quotient(subtract(ONE, Y), subtract(ONE, A)))
    assert difference(product(loss, A, subtract(ONE, A)), A, Y) == subtract(A, Y)
    assert difference(product(loss, subtract(ONE, product(A, A))), A, Y) is None
    assert difference(product(subtract(A, Y), A), A, Y) is None


def test_a_quantity_that_feeds_several_steps_has_the_sum_of_their_paths() -> None:
    """x feeds p = 2x and q = x²: ∂ℓ/∂x = ∂ℓ/∂p·2 + ∂ℓ/∂q·2x, in no network and with no layer."""
    x = Ref("x", 1, (SAMPLES, K))
    steps = [
        Step("p", 1, (SAMPLES, K), add(x, x), "forward"),
        Step("q", 1, (SAMPLES, K), product(x, x), "forward"),
    ]
    found = adjoint(x, steps, lambda of: Ref(f"∂{of.quantity}", 1, of.indices))
    random = np.random.default_rng(1)
    values = {(name, 1): random.normal(size=(2, 3)) for name in ("x", "∂p", "∂q")}
    received = Evaluator(WIDE, values).array(found, (SAMPLES, K))
    expected = 2 * values["∂p", 1] + 2 * values["x", 1] * values["∂q", 1]
    np.testing.assert_allclose(received, expected, rtol=1e-14)


def test_what_feeds_nothing_has_a_gradient_of_0() -> None:
    formula = adjoint(Ref("elsewhere", 1, (SAMPLES, K)), tuple(forward_steps(WIDE)), lambda of: of)
    np.testing.assert_array_equal(value(formula), np.zeros((2, 3)))
