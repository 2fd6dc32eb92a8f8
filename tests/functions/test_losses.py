"""The losses keep to their definitions, and the gradient of each is the derivative of what it writes."""

from __future__ import annotations

from dataclasses import replace

import by_definition
import numpy as np
import pytest
from networks import assert_agrees, layer, problem

from backprop_cli.formula.arithmetic import Array
from backprop_cli.formula.differentiate import differentiate
from backprop_cli.formula.simplify import tidy
from backprop_cli.formula.tree import SAMPLES, Formula, Index, Ref, Sum
from backprop_cli.functions.losses import LOSSES, Loss
from backprop_cli.plan.steps import outputs, scaled
from backprop_cli.problem.problem import Notation, Problem
from backprop_cli.values.evaluate import Evaluator
from backprop_cli.values.solution import solve

K = Index(1)
A = Ref("activation", 1, (SAMPLES, K))
Y = Ref("target", 1, (SAMPLES, K))


def outputs_and_targets(loss: str) -> tuple[Array, Array]:
    """Outputs on every branch of the loss and on no corner, with targets that it takes."""
    a = np.array([[0.2, 0.7, 0.45], [0.9, 0.05, 0.6]])
    if loss == "hinge":
        a = np.array([[0.2, -0.7, 1.5], [-1.4, 0.05, 2.0]])
        return a, np.array([[1.0, 1.0, 1.0], [-1.0, -1.0, -1.0]])
    if loss in ("binary_cross_entropy", "cross_entropy"):
        return a, np.array([[0.0, 1.0, 0.0], [0.5, 0.3, 0.2]])
    return a, np.array([[0.0, -1.0, 0.5], [-2.0, 1.0, 4.0]])


def a_problem(loss: Loss, a: Array, y: Array) -> Problem:
    """A layer whose weights matter to no one."""
    return problem([layer("identity", np.ones((a.shape[1], 1)))], loss, np.ones((len(a), 1)), y)


def evaluated(of: Problem, formula: Formula, a: Array, y: Array, *indices: Index) -> Array:
    return Evaluator(of, {("activation", 1): a, ("target", 1): y}).array(formula, indices)


@pytest.mark.parametrize("columns", [1, 3])
@pytest.mark.parametrize("name", sorted(LOSSES))
def test_a_loss_is_its_definition_and_its_gradient_the_derivative(name: str, columns: int) -> None:
    """ℓ = scale·Σ term; ∂ℓ/∂a has the scale in it, for one output as for three."""
    loss = LOSSES[name] if name != "huber" else LOSSES[name].with_parameter(0.4)
    a, y = (array[:, :columns] for array in outputs_and_targets(name))
    of = a_problem(loss, a, y)
    size = outputs(of)
    formula = scaled(loss.scale(size), Sum(K, loss.term(A, Y, loss.parameter)))
    own = evaluated(of, formula, a, y, SAMPLES)
    assert_agrees(name, own, by_definition.LOSSES[name](a, y, 0.4), "the definition", 1e-14)
    moved = a.copy()
    slope = by_definition.central_difference(
        lambda: np.array(by_definition.LOSSES[name](moved, y, 0.4).sum()), moved
    )
    received = evaluated(of, tidy(differentiate(formula, A)), a, y, SAMPLES, K)
    assert_agrees(f"∂{name}/∂a", received, slope, "the central difference", 1e-8)


@pytest.mark.parametrize(
    ("name", "a", "y", "loss", "gradient"),
    [
        ("squared_error", [3.0, 0.0], [1.0, 1.0], 5.0, [4.0, -2.0]),
        ("half_squared_error", [3.0, 0.0], [1.0, 1.0], 2.5, [2.0, -1.0]),
        ("mean_squared_error", [3.0, 0.0], [1.0, 1.0], 2.5, [2.0, -1.0]),
        ("half_mean_squared_error", [3.0, 0.0], [1.0, 1.0], 1.25, [1.0, -0.5]),
        ("absolute_error", [3.0, 0.0, 1.0], [1.0, 1.0, 1.0], 3.0, [1.0, -1.0, 0.0]),
        # ½r² within the threshold 1, r − ½ beyond it; both give ½ at it.
        ("huber", [3.0, 0.5, 0.0], [1.0, 1.0, 1.0], 2.125, [1.0, -0.5, -1.0]),
        # Nothing to lose from a margin of 1 on; at the corner the derivative is 0.
        ("hinge", [0.5, 2.0, -0.5, 1.0], [1.0, 1.0, -1.0, 1.0], 1.0, [-1.0, 0.0, 1.0, 0.0]),
        ("binary_cross_entropy", [0.25, 0.5], [1.0, 0.0], 3 * np.log(2), [-4.0, 2.0]),
        ("cross_entropy", [0.25, 0.75], [1.0, 0.0], 2 * np.log(2), [-4.0, 0.0]),
    ],
)
def test_losses_worked_out_by_hand(
    name: str, a: list[float], y: list[float], loss: float, gradient: list[float]
) -> None:
    units = len(a)
    of = problem([layer("identity", np.diag(a))], name, np.ones((1, units)), [y])
    solution = solve(of)
    assert solution.loss == pytest.approx(loss, abs=1e-15)
    assert solution.layers[0].activation_gradient[0] == pytest.approx(gradient, abs=1e-15)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("loss_steps", [(), ("terms", "sum", "mean")])
def test_sigmoid_and_binary_cross_entropy_hold_at_1000(loss_steps: tuple[str, ...]) -> None:
    """−ln σ(±1000): the outputs are 0 and 1 in float64, the losses 1000 and 0, δ = a − y."""
    of = problem(
        [layer("sigmoid", [[1000.0], [-1000.0], [1000.0], [-1000.0]])],
        "binary_cross_entropy",
        [[1.0]],
        [[1, 1, 0, 0]],
        notation=Notation(loss_steps=loss_steps),
    )
    solution = solve(of)
    assert solution.loss == 2000.0
    assert solution.layers[0].delta.tolist() == [[0.0, -1.0, 1.0, 0.0]]
    right = solve(replace(of, targets=problem(of.layers, of.loss, [[1]], [[1, 0, 1, 0]]).targets))
    assert right.loss == 0.0


@pytest.mark.filterwarnings("error")
def test_softmax_and_cross_entropy_hold_at_1000() -> None:
    of = problem(
        [layer("softmax", [[1000.0], [-1000.0]])],
        "cross_entropy",
        [[1.0], [1.0]],
        [[0, 1], [1, 0]],
        batch="sum",
    )
    solution = solve(of)
    assert solution.sample_losses.tolist() == [2000.0, 0.0]
    assert solution.loss == 2000.0
    assert solution.layers[0].delta.tolist() == [[1.0, -1.0], [0.0, 0.0]]


@pytest.mark.filterwarnings("error")
def test_softplus_holds_at_1000() -> None:
    solution = solve(problem([layer("softplus", [[1000.0], [-1000.0]])], "absolute_error", [[1.0]], [[0, 1]]))
    assert solution.layers[0].activation.tolist() == [[1000.0, 0.0]]
    assert solution.loss == 1001.0
    assert solution.layers[0].delta.tolist() == [[1.0, 0.0]]


def test_zero_times_ln_zero_is_zero_where_an_output_is_exactly_0() -> None:
    """The limit that a log loss means: an output of 0 costs nothing where its target is 0."""
    solution = solve(problem([layer("identity", [[0.0], [0.5]])], "cross_entropy", [[1.0]], [[0, 1]]))
    assert solution.loss == pytest.approx(np.log(2))
    assert solution.layers[0].delta.tolist() == [[0.0, -2.0]]


def test_a_problems_batch_is_the_mean_or_the_sum_of_its_samples() -> None:
    of = problem([layer("identity", [[1.0]])], "squared_error", [[1.0], [2.0]], [[0], [0]])
    mean, total = solve(of), solve(replace(of, batch="sum"))
    assert (mean.loss, total.loss) == (2.5, 5.0)
    assert mean.sample_losses.tolist() == total.sample_losses.tolist() == [1.0, 4.0]
    assert (mean.layers[0].weight_gradient, total.layers[0].weight_gradient) == ([[5.0]], [[10.0]])
    assert mean.layers[0].delta.tolist() == total.layers[0].delta.tolist(), "δ is of one sample's own loss"
