"""Gradients of equations of many kinds, against central differences and published values."""

from __future__ import annotations

import numpy as np
import pytest
from equation_systems import SYSTEMS, difference_quotients, problem_of, traced

from backprop_cli.formula.tree import Index, Inside, Power, Ref, Shifted, Sum
from backprop_cli.problem.equations import Equation, Range, equation_problem
from backprop_cli.problem.problem import Numbers


@pytest.mark.parametrize("name", SYSTEMS)
def test_every_gradient_is_the_limit_of_difference_quotients(name: str) -> None:
    problem = problem_of(SYSTEMS[name])
    trace = traced(problem)
    for (quantity, symbol), values in trace.values.items():
        if quantity == "gradient":
            expected = difference_quotients(problem, symbol)
            np.testing.assert_allclose(values, expected, rtol=1e-6, atol=1e-7, err_msg=f"∂L/∂{symbol}")


def test_a_sum_up_to_another_index_has_only_its_own_terms() -> None:
    """c_t = Σ_{s ≤ t} a_s², as a term only where t − s is one of 0, 1, 2."""
    t, s = Index("t"), Index("s")
    ranges = {"t": Range(1, 3), "s": Range(1, 3), "n": Range(0, 2)}
    term = Inside(Shifted(((1, t), (-1, s)), 0), Index("n"), Power(Ref("value", "a", (s,)), 2))
    equations = (
        Equation("c", (t,), Sum(s, term)),
        Equation("L", (), Sum(t, Power(Ref("value", "c", (t,)), 2))),
    )
    given = {"a": Numbers(np.array([0.5, -1.0, 2.0]), np.array(["0.5", "-1.0", "2.0"], dtype=object))}
    problem = equation_problem("cumulative", equations, ranges, given=given)
    trace = traced(problem)
    np.testing.assert_allclose(trace["value", "c"], [0.25, 1.25, 5.25])
    np.testing.assert_allclose(trace["gradient", "a"], difference_quotients(problem, "a"), rtol=1e-7)
