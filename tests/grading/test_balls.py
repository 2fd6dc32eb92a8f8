"""Balls hold whatever the numbers they stand for can give, and are no wider than a hair for exact ones."""

from __future__ import annotations

import numpy as np
import pytest
from grading import BATCH, MAZUR, problem_of

from backprop_cli.formula.tree import ONE, SAMPLE, Function, Index, Ref, product, refs, subtract
from backprop_cli.functions.table import ROWS
from backprop_cli.grading.balls import STUDENT, Ball, BallEvaluator
from backprop_cli.grading.judge import grading_plans
from backprop_cli.values.evaluate import Evaluator, apply
from backprop_cli.values.trace import given_numbers, work_out

SOFTMAX = MAZUR.replace('"sigmoid"\nweights = [[0.40', '"softmax"\nweights = [[0.40')
LOG = MAZUR.replace("half_squared_error", "binary_cross_entropy").replace("[[0.01, 0.99]]", "[[0.2, 0.7]]")
RADIUS = 0.005


@pytest.mark.parametrize("text", [MAZUR, BATCH, SOFTMAX, LOG], ids=["sigmoid", "tanh", "softmax", "log"])
def test_every_line_from_rounded_numbers_lies_in_its_ball(text: str) -> None:
    problem = problem_of(text)
    plan = grading_plans(problem, frozenset())[0]
    trace = work_out(plan)
    rng = np.random.default_rng(0)
    given = given_numbers(problem)
    for step in plan.steps:
        used = {ref.key: ref.indices for ref in refs(step.formula)}
        centres = {key: given[key].values if key in given else trace.values[key] for key in used}
        balls = {}
        for key, indices in used.items():
            exact = key in given
            radius = None if exact else np.full((1, *centres[key].shape), RADIUS)
            axes = indices if exact else (STUDENT, *indices)
            balls[key] = Ball(centres[key] if exact else centres[key][None], radius, axes)
        reader = BallEvaluator(problem, balls)
        ball = reader.line(step.formula, step.indices, 1)
        assert np.all(ball.spread() <= reader.ball(step.formula, step.indices, 1).spread())
        farthest = np.zeros(ball.centre.shape[1:])
        for _ in range(300):
            moved = {
                key: centres[key]
                if key in given
                else centres[key] + RADIUS * rng.choice([-1, -0.5, 0, 0.5, 1], centres[key].shape)
                for key in used
            }
            value = Evaluator(problem, moved).array(step.formula, step.indices)
            farthest = np.maximum(farthest, np.abs(value - ball.centre[0]))
        spread = np.broadcast_to(ball.spread(), ball.centre.shape)[0]
        assert np.all(farthest <= spread * (1 + 1e-9) + 1e-12), step.key
        # a(1 − a) has a in it twice: a ball may be a few times as wide as what happens, but not more
        assert np.all(spread <= 10 * farthest + 1e-9), step.key


def test_a_line_that_holds_a_number_twice_is_no_wider_than_what_the_number_brings_in() -> None:
    """δ = (a − y)·a(1 − a) for a = 0.75 ± 0.005, y = 0.99: its slope in a is (1 − 2a)(a − y) + a(1 − a)."""
    problem = problem_of(MAZUR)
    step = next(s for s in grading_plans(problem, frozenset())[0].steps if s.key == ("delta", 2))
    a = next(ref for ref in refs(step.formula) if ref.quantity == "activation")
    y = next(ref for ref in refs(step.formula) if ref.quantity == "target")
    balls = {
        a.key: Ball(np.full((1, 1, 2), 0.75), np.full((1, 1, 2), 0.005), (STUDENT, *a.indices)),
        y.key: Ball(np.full((1, 2), 0.99), None, y.indices),
    }
    slope = abs((1 - 1.5) * (0.75 - 0.99) + 0.75 * 0.25)
    spread = BallEvaluator(problem, balls).line(step.formula, step.indices, 1).spread()
    assert np.all(spread >= slope * 0.005)
    assert np.all(spread <= 1.1 * slope * 0.005)


@pytest.mark.parametrize(("name", "peak"), [("sigmoid", 0.25), ("tanh", 1.0)])
def test_a_slope_that_is_steepest_at_0_reaches_its_peak_in_a_ball_over_0(name: str, peak: float) -> None:
    """σ′ is ¼ at 0 and tanh′ is 1; both ends of [−1.9, 5.9] are far below."""
    problem = problem_of(MAZUR)
    line = next(
        step for step in grading_plans(problem, frozenset())[0].steps if step.quantity == "activation"
    )
    z = next(iter(refs(line.formula)))
    ball = Ball(np.full((1, 1, 2), 2.0), np.full((1, 1, 2), 3.9), (STUDENT, *z.indices))
    slope = BallEvaluator(problem, {z.key: ball}).ball(Function(name, z, derivative=True), z.indices, 1)
    assert np.all(slope.centre + slope.spread() >= peak)


@pytest.mark.parametrize("derivative", [False, True], ids=["f", "f′"])
@pytest.mark.parametrize(
    "name", [name for name, row in ROWS.items() if row.elementwise and name != "generic"]
)
def test_a_ball_over_a_turn_or_a_leap_holds_all_that_the_function_gives_in_it(
    name: str, derivative: bool
) -> None:
    """Also at 0, at ±1 and at ±3, where definitions go over to another case, and just behind."""
    problem = problem_of(MAZUR)
    z = Ref("preactivation", 1, (Index(SAMPLE), Index(1)))
    f = Function(name, z, derivative=derivative)
    for low, high in ((-4.0, 11.0), (-11.0, 4.0), (-0.5, 0.25), (0.0, 2.5), (-2.5, 0.0), (-0.125, 0.25)):
        inside = np.linspace(low, high, 61)
        inside = np.clip(np.concatenate([inside, np.nextafter(inside, np.inf)]), low, high)
        with np.errstate(all="ignore"):
            values = apply(f, inside)
        centre, radius = (np.full((1, 1, 2), half) for half in ((low + high) / 2, (high - low) / 2))
        ball = Ball(centre, radius, (STUDENT, *z.indices))
        found = BallEvaluator(problem, {z.key: ball}).ball(f, z.indices, 1)
        off = np.abs(values[np.isfinite(values)] - found.centre.flat[0]) - found.spread().flat[0]
        assert np.isnan(found.centre.flat[0]) or off.max(initial=0.0) <= 1e-12, (low, high)


def test_the_slope_of_a_softmax_is_no_wider_than_what_its_values_bring_in() -> None:
    """δ_k = a_k (g_k − Σ_j a_j g_j) with g = a − y holds every a many times; ∂δ_k/∂a_m by hand below."""
    problem = problem_of(SOFTMAX)
    step = next(s for s in grading_plans(problem, frozenset())[0].steps if s.key == ("delta", 2))
    a, y = np.array([0.6, 0.4]), np.array([0.3, 1.0])
    balls = {}
    for ref in refs(step.formula):
        value, radius = (a, np.full((1, 1, 2), RADIUS)) if ref.quantity == "activation" else (y, None)
        balls[ref.key] = Ball(value[None, None], radius, (STUDENT, *ref.indices))
    g = a - y
    slopes = np.diag(g - a @ g + a) - np.outer(a, 2 * a - y)
    spread = BallEvaluator(problem, balls).line(step.formula, step.indices, 1).spread()[0, 0]
    due = np.abs(slopes).sum(axis=1) * RADIUS
    assert np.all(spread >= due * (1 - 1e-9))
    assert np.all(spread <= 1.1 * due)


@pytest.mark.parametrize("name", ["relu", "abs", "leaky_relu"])
@pytest.mark.parametrize("centre", [-0.004, 0.001, 0.3])
def test_a_corner_inside_a_ball_takes_the_steeper_of_its_two_slopes(name: str, centre: float) -> None:
    """f(z)·(1 − z) over z = centre ± 0.005, by trying it at 2001 places."""
    problem = problem_of(MAZUR)
    z = Ref("preactivation", 2)
    parameter = 0.1 if name == "leaky_relu" else None
    line = product(Function(name, z, parameter=parameter), subtract(ONE, z))
    reader = BallEvaluator(problem, {z.key: Ball(np.full(1, centre), np.full(1, RADIUS), (STUDENT,))})
    spread = reader.line(line, (), 1).spread()[0]
    tried = np.linspace(centre - RADIUS, centre + RADIUS, 2001)
    values = [float(Evaluator(problem, {z.key: np.array(one)}).array(line, ())) for one in (centre, *tried)]
    farthest = max(abs(value - values[0]) for value in values)
    assert farthest <= spread * (1 + 1e-9)
    assert spread <= 2.0 * farthest
