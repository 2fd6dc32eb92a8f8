"""The code made of a formula gives what evaluating the formula gives, whatever its shape."""

from __future__ import annotations

import numpy as np
import pytest
from networks import assert_agrees, layer, problem

from backprop_cli.formula.tree import (
    SAMPLES,
    Add,
    Formula,
    Function,
    Index,
    Negation,
    Power,
    Product,
    Quotient,
    Ref,
    Size,
    Sum,
    number,
)
from backprop_cli.values.evaluate import Evaluator
from backprop_cli.values.training.emit import Emitter

T, K = Index(0), Index(1)
M = Index(1, copy=1)
RANDOM = np.random.default_rng(3)
W, B = RANDOM.normal(size=(3, 2)), RANDOM.normal(size=3)
X, Y = RANDOM.normal(size=(4, 2)), RANDOM.normal(size=(4, 3))
PROBLEM = problem([layer("tanh", W, B)], "squared_error", X, Y, lr=0.5)
VALUES = {
    ("weights", 1): W,
    ("bias", 1): B,
    ("activation", 0): X,
    ("target", 1): Y,
    ("learning_rate", 0): np.array(0.5),
    ("scale", 0): np.array(1.5),
}
w, b, x, y = (
    Ref("weights", 1, (K, T)),
    Ref("bias", 1, (K,)),
    Ref("activation", 0, (SAMPLES, T)),
    Ref("target", 1, (SAMPLES, K)),
)
rate, scale = Ref("learning_rate", 0), Ref("scale", 0)

FORMULAS: dict[str, tuple[Formula, tuple[Index, ...]]] = {
    "a matrix product": (Sum(T, Product((w, x))), (SAMPLES, K)),
    "a matrix product the other way round": (Sum(SAMPLES, Product((y, x))), (K, T)),
    "a scaled matrix product": (Product((rate, Sum(SAMPLES, Product((number(3), y, x))))), (K, T)),
    "a product of three tables": (Sum(K, Product((y, w, x))), (SAMPLES, T)),
    "a sum over two indices at once": (Sum(T, Sum(K, Product((w, y, x)))), (SAMPLES,)),
    "a sum of three tables over all": (Sum(SAMPLES, Sum(K, Sum(T, Product((y, w, x))))), ()),
    "a scaled sum of a table over its columns": (Product((number(2), Sum(T, w))), (K,)),
    "a sum over rows": (Sum(K, w), (T,)),
    "a sum over all": (Sum(K, Sum(T, w)), ()),
    "a sum of squares": (Sum(SAMPLES, Sum(K, Power(y, 2))), ()),
    "a dot product": (Sum(K, Product((b, b))), ()),
    "a vector by a table": (Sum(K, Product((b, w))), (T,)),
    "two vectors over one index": (Sum(K, Product((b, Power(b, 3)))), ()),
    "a sum over what is not there": (Sum(T, Product((b, number(1, 2)))), (K,)),
    "a sum of a number": (Sum(T, rate), ()),
    "an outer product": (Product((b, Sum(K, Product((b, w))))), (K, T)),
    "a column beside rows": (Add((Sum(K, y), y)), (SAMPLES, K)),
    "an average taken away": (
        Add((y, Negation(Quotient(Sum(M, Ref("target", 1, (SAMPLES, M))), Size(K))))),
        (SAMPLES, K),
    ),
    "the same under another index": (
        Add((Power(y, 2), Negation(Sum(M, Power(Ref("target", 1, (SAMPLES, M)), 2))))),
        (SAMPLES, K),
    ),
    "numbers alone": (
        Product((Add((rate, Negation(number(2)))), Power(Quotient(scale, rate), 3), Negation(rate))),
        (),
    ),
    "a number that is only known later": (Product((Negation(scale), Power(scale, 2), b)), (K,)),
    "functions": (
        Product(
            (
                Function("exp", b),
                Function("relu", b, derivative=True),
                Function("leaky_relu", b, parameter=0.3),
            )
        ),
        (K,),
    ),
    "a function of a number": (Product((Function("sqrt", scale), b)), (K,)),
    "a logarithm without a stable form": (Function("ln", Function("exp", b)), (K,)),
    "a transposed table beside another": (
        Product((Ref("weights", 1, (K, T)), Sum(SAMPLES, Product((x, y))))),
        (K, T),
    ),
    "huber": (Function("huber", y, derivative=True, parameter=0.5), (SAMPLES, K)),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_the_code_gives_what_evaluating_gives(name: str) -> None:
    formula, indices = FORMULAS[name]
    emitter = Emitter(lambda index: int(PROBLEM.size(index)), {})
    for key, value in VALUES.items():
        known = key == ("learning_rate", 0)
        emitter.arrays[key] = emitter.bind(float(value) if known else value)
    term = emitter.term(formula)
    scope = {**emitter.names}
    exec("\n".join(emitter.lines), scope)
    received = np.asarray(eval(term.code, scope))
    order = [term.axes.index(index) for index in indices]
    expected = Evaluator(PROBLEM, VALUES).array(formula, indices)
    assert_agrees(name, received.transpose(order), expected, "the evaluation", 1e-12)


def test_what_was_worked_out_is_not_worked_out_again() -> None:
    emitter = Emitter(lambda index: int(PROBLEM.size(index)), {})
    emitter.arrays["bias", 1] = emitter.bind(B)
    once = emitter.term(Function("tanh", b))
    lines = len(emitter.lines)
    assert emitter.term(Function("tanh", b)) == once
    assert len(emitter.lines) == lines


def test_a_softmax_over_another_index_than_the_last_is_refused() -> None:
    emitter = Emitter(lambda index: int(PROBLEM.size(index)), {})
    emitter.arrays["target", 1] = emitter.bind(Y)
    with pytest.raises(ValueError, match="over the last index"):
        emitter.term(Function("softmax", y, over=SAMPLES))
