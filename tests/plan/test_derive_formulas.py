"""Every derived formula, at random points, is the engine's gradient and the central difference."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from by_definition import Network
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from networks import assert_agrees, layer, problem

from backprop_cli.formula.chain import PARAMETERS, Paths, formula_of, links, renamed
from backprop_cli.formula.tree import Index, rename, walk
from backprop_cli.functions.losses import LOSSES
from backprop_cli.functions.table import ACTIVATIONS
from backprop_cli.plan.chain_rule import ChainRule
from backprop_cli.plan.plan import make_plan
from backprop_cli.plan.rewritings import collapsing
from backprop_cli.problem.problem import Notation, Problem
from backprop_cli.values.evaluate import Evaluator
from backprop_cli.values.trace import Trace, work_out

SIGNALS = ("activation_gradient", "delta", "descent_delta", *PARAMETERS)
HIDDEN = [name for name, row in ACTIVATIONS.items() if name != "generic" and not row.flat]
PAIRS = [
    ("identity", "squared_error"),
    ("identity", "half_squared_error"),
    ("tanh", "mean_squared_error"),
    ("sigmoid", "half_mean_squared_error"),
    ("identity", "absolute_error"),
    ("softplus", "huber"),
    ("tanh", "hinge"),
    ("sigmoid", "binary_cross_entropy"),
    ("softmax", "cross_entropy"),
    ("softmax", "squared_error"),
]
NOTATIONS = [
    Notation(),
    Notation(backward=frozenset()),
    Notation(backward=frozenset(("activation",)), derivative="prime"),
    Notation(backward=frozenset(("activation", "preactivation")), derivative="preactivation"),
    Notation(delta_sign="descent"),
    Notation(loss_steps=("terms", "sum", "mean")),
]


def network(
    sizes: list[int],
    hidden: str,
    output: str,
    loss: str,
    notation: Notation,
    *,
    samples: int = 1,
    seed: int = 0,
    shared: bool = False,
    batch: str = "mean",
) -> tuple[Problem, Network]:
    """A random network, as a problem of ours and as one by the definitions."""
    random = np.random.default_rng(seed)
    layers, plain = [], []
    for level, (before, units) in enumerate(pairwise(sizes), start=1):
        name = output if level == len(sizes) - 1 else hidden
        W, b = random.normal(0, 0.8, (units, before)), random.normal(0, 0.5, 1 if shared else units)
        layers.append(layer(name, W, b, shared=shared))
        plain.append((name, ACTIVATIONS[name].parameter, W, b))
    inputs = random.normal(0, 1, (samples, sizes[0]))
    targets = np.eye(sizes[-1])[random.integers(sizes[-1], size=samples)]
    if loss == "hinge":
        targets = 2 * targets - 1
    ours = problem(layers, loss, inputs, targets, notation=notation, batch=batch)
    return ours, Network(plain, loss, inputs.copy(), targets, batch, LOSSES[loss].parameter or 1.0)


def derived(rule: ChainRule, trace: Trace, quantity: str, level: int, known: frozenset, prime: bool):
    """A derivation's formula, worked out over a trace's values."""
    derivative = rule.derivative(quantity, level, known)
    reader = Evaluator(trace.problem, trace.values)
    return reader.array(derivative.formula(prime=prime), derivative.indices)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Problem, Network]:
    sizes = draw(st.lists(st.integers(1, 3), min_size=2, max_size=5))
    output, loss = draw(st.sampled_from(PAIRS))
    return network(
        sizes,
        draw(st.sampled_from(HIDDEN)),
        output,
        loss,
        draw(st.sampled_from(NOTATIONS)),
        samples=draw(st.integers(1, 3)),
        seed=draw(st.integers(0, 10_000)),
        shared=draw(st.booleans()),
        batch=draw(st.sampled_from(("mean", "sum"))),
    )


@settings(max_examples=150)
@given(cases())
def test_every_derivation_is_the_engines_gradient(case: tuple[Problem, Network]) -> None:
    """Whole chains, chains from a named error signal and from a known δ; f′ as written and as f′."""
    ours, _ = case
    plan = make_plan(ours)
    trace, rule = work_out(plan), ChainRule(plan)
    deltas = frozenset(("delta", level) for level in range(1, ours.depth + 1))
    for step in plan.steps:
        if step.quantity in SIGNALS:
            for known in (frozenset(), rule.named(), deltas):
                for prime in (False, True):
                    received = derived(rule, trace, step.quantity, step.level, known, prime)
                    what = f"{step.key} from {sorted(known) or 'the loss'}"
                    assert_agrees(what, received, trace[step.key], "the engine", 1e-9)


@settings(max_examples=60)
@given(cases())
def test_every_derivation_is_the_central_difference(case: tuple[Problem, Network]) -> None:
    ours, plain = case
    assume(plain.away_from_corners())
    plan = make_plan(ours)
    trace, rule = work_out(plan), ChainRule(plan)
    for level, (_, _, W, b) in enumerate(plain.layers, start=1):
        known: frozenset = frozenset()
        for quantity, array in (("weight_gradient", W), ("bias_gradient", b)):
            received = np.atleast_1d(derived(rule, trace, quantity, level, known, False))
            expected = plain.by_parameter(array)
            assert_agrees(f"{quantity} of layer {level}", received, expected, "the central difference", 2e-5)
        received = derived(rule, trace, "delta", level, known, False)
        expected = plain.by_preactivation(level - 1)
        assert_agrees(f"delta of layer {level}", received, expected, "the central difference", 2e-5)


@pytest.mark.parametrize(
    ("sizes", "hidden", "output", "loss"),
    [([2, 3, 2], "sigmoid", "softmax", "cross_entropy"), ([1, 2, 2, 1], "tanh", "tanh", "squared_error")],
    ids=["2-3-2 softmax and cross-entropy", "1-2-2-1 tanh"],
)
@pytest.mark.parametrize("notation", NOTATIONS[:5])
@pytest.mark.parametrize("samples", [1, 4])
def test_the_two_networks_of_the_issue(
    sizes: list[int], hidden: str, output: str, loss: str, notation: Notation, samples: int
) -> None:
    for seed in range(3):
        ours, plain = network(sizes, hidden, output, loss, notation, samples=samples, seed=seed)
        plan = make_plan(ours)
        trace, rule = work_out(plan), ChainRule(plan)
        for level, (_, _, W, b) in enumerate(plain.layers, start=1):
            for quantity, array in (("weight_gradient", W), ("bias_gradient", b)):
                for known in (frozenset(), rule.named()):
                    received = derived(rule, trace, quantity, level, known, False)
                    assert_agrees(quantity, received, trace[quantity, level], "the engine", 1e-10)
                    difference = plain.by_parameter(array)
                    assert_agrees(quantity, received, difference, "the central difference", 1e-6)


@pytest.mark.parametrize(("output", "loss"), PAIRS)
@pytest.mark.parametrize("outputs", [1, 3])
def test_a_losss_derivative_is_the_central_difference(output: str, loss: str, outputs: int) -> None:
    ours, plain = network([2, outputs], "tanh", output, loss, Notation(), samples=3, seed=5)
    plan = make_plan(ours)
    link = ChainRule(plan).loss_link()
    received = Evaluator(ours, work_out(plan).values).array(link.slope, link.bottom.indices)
    assert_agrees("∂ℓ/∂a", received, plain.by_activation(0), "the central difference", 1e-6)


@pytest.mark.parametrize(
    ("output", "loss"), [("softmax", "cross_entropy"), ("sigmoid", "binary_cross_entropy")]
)
@pytest.mark.parametrize("outputs", [1, 2, 4])
def test_each_line_of_the_collapse_has_the_value_of_the_chain(output: str, loss: str, outputs: int) -> None:
    ours, _ = network([2, outputs], "tanh", output, loss, Notation(), samples=2, seed=outputs)
    plan = make_plan(ours)
    trace, rule = work_out(plan), ChainRule(plan)
    whole = formula_of(rule.to_preactivation(1))
    lines = collapsing(whole)
    assert len(lines) >= 2
    for formula in (whole, *lines):
        received = Evaluator(ours, trace.values).array(formula, plan.step("delta", 1).indices)
        assert_agrees("∂ℓ/∂z", received, trace["delta", 1], "a − y", 1e-12)
    assert len(list(walk(lines[-1]))) == 4  # a − y: the sum, a, the minus sign, y


def test_a_chain_has_a_link_for_every_step_between_the_loss_and_the_weight() -> None:
    ours, _ = network([2, 2, 2, 2], "tanh", "sigmoid", "squared_error", Notation(), seed=1)
    rule = ChainRule(make_plan(ours))
    pairs = [
        (link.top.quantity, link.bottom.quantity, link.bottom.level)
        for link in links(rule.derivative("weight_gradient", 1).chain)
    ]
    assert pairs == [
        ("sample_losses", "activation", 3),
        ("activation", "preactivation", 3),
        ("preactivation", "activation", 2),
        ("activation", "preactivation", 2),
        ("preactivation", "activation", 1),
        ("activation", "preactivation", 1),
        ("preactivation", "weights", 1),
    ]


def test_renaming_a_chain_renames_what_it_sums_over() -> None:
    ours, _ = network([2, 2], "tanh", "tanh", "squared_error", Notation())
    k, m = Index(1), Index(1, copy=1)
    link = ChainRule(make_plan(ours)).loss_link()
    assert renamed((Paths(k, (link,)),), {k: m}) == (Paths(m, renamed((link,), {k: m})),)
    assert formula_of(renamed((link,), {k: m})) == rename(link.slope, {k: m})


def test_a_quantity_the_plan_does_not_compute_is_a_key_error() -> None:
    ours, _ = network([1, 1], "tanh", "tanh", "squared_error", Notation())
    with pytest.raises(KeyError):
        ChainRule(make_plan(ours)).formula("entropy", 1)
