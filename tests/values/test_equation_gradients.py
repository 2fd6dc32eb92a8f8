"""Gradients of equations of many kinds, against central differences and published values."""

from __future__ import annotations

import numpy as np
import pytest
from equation_systems import SYSTEMS, difference_quotients, problem_of, traced


@pytest.mark.parametrize("name", SYSTEMS)
def test_every_gradient_is_the_limit_of_difference_quotients(name: str) -> None:
    problem = problem_of(SYSTEMS[name])
    trace = traced(problem)
    for (quantity, symbol), values in trace.values.items():
        if quantity == "gradient":
            expected = difference_quotients(problem, symbol)
            np.testing.assert_allclose(values, expected, rtol=1e-6, atol=1e-7, err_msg=f"∂L/∂{symbol}")
