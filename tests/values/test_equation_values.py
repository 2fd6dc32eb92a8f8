"""Worked problems of equations against an automatic differentiator's values, plain NumPy, and by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from command_line import backprop
from equation_systems import LSTM, SYSTEMS, problem_of, traced

from backprop_cli import InputError, load, parse_problem, solve
from backprop_cli.plan.equation_plan import forward_steps
from backprop_cli.plan.steps import EquationPlan
from backprop_cli.problem.equations import EquationProblem
from backprop_cli.values.equation_trace import work_out_equations

CASES = sorted((Path(__file__).parents[1] / "cases" / "equations").glob("*/problem.toml"))


def test_there_are_cases() -> None:
    assert len(CASES) >= 12


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.parent.name)
def test_values_gradients_and_new_parameters_are_those_of_an_automatic_differentiator(case: Path) -> None:
    solution = solve(load(str(case))).to_dict()
    expected = json.loads((case.parent / "expected.json").read_text("utf-8"))
    assert solution["schema"] == "backprop.values/1"
    assert solution["objective"] == expected["objective"]
    for part in ("values", "gradients", "new"):
        assert list(solution[part]) == list(expected[part])
        for symbol, values in expected[part].items():
            np.testing.assert_allclose(solution[part][symbol], values, rtol=0, atol=1e-9, err_msg=symbol)


def _sigmoid(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


def test_an_lstm_is_worked_out_step_by_step() -> None:
    problem = problem_of(LSTM)
    at = {symbol: one.values for symbol, one in (*problem.given.items(), *problem.parameters.items())}
    h, c = at["h_0"], at["c_0"]
    trace = traced(problem)
    for t, x in enumerate(at["x"]):
        i = _sigmoid(at["P"] @ x + at["Q"] @ h)
        f = _sigmoid(at["R"] @ x + at["S"] @ h + 1)
        o = _sigmoid(at["T"] @ x + at["U"] @ h)
        c = f * c + i * np.tanh(at["V"] @ x + at["W"] @ h)
        h = o * np.tanh(c)
        np.testing.assert_allclose(trace["value", "c"][t], c, atol=1e-14)
        np.testing.assert_allclose(trace["value", "h"][t], h, atol=1e-14)


def test_each_step_of_a_recurrence_is_rounded_before_the_next_uses_it() -> None:
    text = """
        rounding = "each-step"
        digits = 1
        equations = '''
        h_t = w h_{t-1} + x_t    for t = 1, 2, 3
        L = h_3
        '''
        given = { x = [1.0, 1.0, 1.0], h_0 = 0.0 }
        parameters = { w = 0.55 }
    """
    trace = traced(problem_of(text))
    np.testing.assert_array_equal(trace["value", "h"], [1.0, 1.6, 1.9])  # 0.55 + 1 = 1.6, 0.88 + 1 = 1.9


def test_digits_are_by_phase() -> None:
    text = """
        rounding = "each-step"
        digits = { forward = 1, loss = 2, backward = 3, gradient = 4, update = 5 }
        learning_rate = 0.123456
        equations = '''
        z = w x
        L = z^2/7
        '''
        given = { x = 1.23456 }
        parameters = { w = 0.5 }
    """
    trace = traced(problem_of(text))
    assert trace["value", "z"] == 0.6
    assert trace["value", "L"] == 0.05
    assert trace["gradient", "z"] == 0.171
    assert trace["gradient", "w"] == 0.2111
    assert trace["new", "w"] == 0.47394


@pytest.mark.parametrize("optimizer", ["momentum", "nesterov", "adagrad", "rmsprop", "adam"])
def test_every_optimizer_moves_parameters_of_equations_as_it_moves_weights(optimizer: str) -> None:
    network = parse_problem(
        f"""
        inputs = [0.5, -1.0]
        targets = [0.3]
        loss = "squared_error"
        learning_rate = 0.1
        optimizer = "{optimizer}"
        [[layers]]
        activation = "tanh"
        weights = [[0.4, -0.2]]
        bias = [0.1]
        """,
        "network.toml",
        "network",
    )
    equations = parse_problem(
        f"""
        learning_rate = 0.1
        optimizer = "{optimizer}"
        equations = '''
        a = tanh(Σ_i w_i x_i + b)
        L = (a − y)²
        '''
        given = {{ x = [0.5, -1.0], y = 0.3 }}
        parameters = {{ w = [0.4, -0.2], b = 0.1 }}
        """,
        "equations.toml",
        "equations",
    )
    assert isinstance(equations, EquationProblem)
    assert not isinstance(network, EquationProblem)
    for _ in range(3):
        one, other = solve(network), solve(equations)
        new_weights, new_bias = one.layers[0].new_weights, one.layers[0].new_bias
        assert new_weights is not None
        assert new_bias is not None
        np.testing.assert_allclose(other.new["w"], new_weights[0], atol=1e-15)
        np.testing.assert_allclose(other.new["b"], new_bias[0], atol=1e-15)
        network, equations = one.next_problem(), other.next_problem()


def test_what_the_objective_does_not_depend_on_has_no_gradient() -> None:
    text = """
        equations = '''
        u = x + z
        f = x y
        '''
        objective = "f"
        given = { x = 2.0, y = 3.0, z = 1.0 }
    """
    gradients = solve(problem_of(text)).to_dict()["gradients"]
    assert gradients == {"x": 3.0, "y": 2.0}


def test_a_maximum_sends_its_gradient_to_the_first_of_equals_only() -> None:
    text = "equations = 'L = max_i(z_i)'\ngiven = { z = [1.0, 3.0, 3.0] }"
    assert solve(problem_of(text)).to_dict()["gradients"] == {"z": [0.0, 1.0, 0.0]}


def test_a_logarithm_of_a_sigmoid_does_not_overflow() -> None:
    text = "equations = '''\np = σ(z)\nL = −ln p\n'''\ngiven = { z = -800.0 }"
    problem = problem_of(text)
    trace = work_out_equations(EquationPlan(problem, tuple(forward_steps(problem))))
    assert trace["value", "L"] == 800.0


@pytest.mark.parametrize(
    ("equation", "message"),
    [
        ("L = ln(x − 3)", "value.L cannot be worked out: it takes ln(-1), and ln needs a number above 0"),
        ("L = √(x − 3)", "value.L cannot be worked out: it takes √(-1), and √ needs a number from 0 on"),
        ("L = 1/(x − 2)", "value.L cannot be worked out: it divides by 0"),
        ("L = exp(exp(x^9))", "value.L cannot be worked out: the value overflows"),
    ],
)
def test_what_has_no_value_is_told_with_its_reason(equation: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        solve(problem_of(f"equations = '{equation}'\ngiven = {{ x = 2.0 }}"))
    assert error.value.message == message


def test_arrays_of_a_solution_cannot_be_written_to() -> None:
    solution = solve(problem_of(SYSTEMS["elements"]))
    with pytest.raises(ValueError, match="read-only"):
        solution.gradients["w"][0] = 1.0


def test_a_network_and_its_equations_give_the_same_numbers() -> None:
    network = parse_problem(
        """
        inputs = [[0.5, -1.0], [0.2, 0.3]]
        targets = [[0.3], [0.9]]
        loss = "half_squared_error"
        learning_rate = 0.1
        [[layers]]
        activation = "sigmoid"
        weights = [[0.1, 0.2], [-0.3, 0.4], [0.5, -0.6]]
        bias = [0.0, 0.1, -0.1]
        [[layers]]
        activation = "tanh"
        weights = [[0.7, -0.8, 0.9]]
        bias = [0.2]
        """,
        "network.toml",
        "network",
    )
    equations = problem_of(
        """
        learning_rate = 0.1
        equations = '''
        z_ij = Σ_k u_jk x_ik + b_j
        h_ij = σ(z_ij)
        s_i = Σ_j w_j h_ij + c
        o_i = tanh(s_i)
        L = ½ · ½ Σ_i (o_i − y_i)²
        '''
        [given]
        x = [[0.5, -1.0], [0.2, 0.3]]
        y = [0.3, 0.9]
        [parameters]
        u = [[0.1, 0.2], [-0.3, 0.4], [0.5, -0.6]]
        b = [0.0, 0.1, -0.1]
        w = [0.7, -0.8, 0.9]
        c = 0.2
        """
    )
    assert not isinstance(network, EquationProblem)
    one, other = solve(network), solve(equations)
    hidden, output = one.layers
    assert other.loss == pytest.approx(one.loss, abs=1e-15)
    for symbol, values in (("z", hidden.preactivation), ("h", hidden.activation)):
        np.testing.assert_allclose(other.values[symbol], values, atol=1e-15)
    np.testing.assert_allclose(other.gradients["z"] * 2, hidden.delta, atol=1e-15)  # δ is of a sample's own
    np.testing.assert_allclose(other.gradients["u"], hidden.weight_gradient, atol=1e-15)
    assert hidden.bias_gradient is not None
    np.testing.assert_allclose(other.gradients["b"], hidden.bias_gradient, atol=1e-15)
    np.testing.assert_allclose(other.gradients["w"], output.weight_gradient[0], atol=1e-15)
    assert hidden.new_weights is not None
    np.testing.assert_allclose(other.new["u"], hidden.new_weights, atol=1e-15)


@pytest.mark.parametrize("key", ["lambda", "λ"])
@pytest.mark.parametrize("typed", ["lambda", "λ", r"\lambda"])
def test_a_greek_letter_is_itself_and_its_name(key: str, typed: str) -> None:
    text = f"equations = 'L = {typed} x'\n[given]\nx = 2\n\"{key}\" = 0.1"
    assert solve(problem_of(text)).loss == 0.2


def test_a_parameter_whose_gradient_cancels_has_the_gradient_0_and_stays() -> None:
    text = 'equations = "L = a² + b − b"\nlearning_rate = 0.1\n[parameters]\na = 1.5\nb = 0.5\n'
    ran = backprop("solve", "-", "--format", "json", stdin=text.encode())
    solved = json.loads(ran.out)
    assert solved["gradients"] == {"a": 3.0, "b": 0.0}
    assert solved["new"] == {"a": 1.2, "b": 0.5}


def test_a_softmax_along_a_recurrence_is_told_to_be_a_circle() -> None:
    text = 'equations = """\np_t = softmax_t(w p_{t-1} + x_t)\nL = Σ_t p_t²\n"""\n'
    ran = backprop(
        "solve", "-", stdin=f"{text}[given]\nx = [1, 2]\np_0 = 0.5\n[parameters]\nw = 0.5\n".encode()
    )
    assert ran.status == 2
    assert "the softmax over t in the equation of p needs every t at once" in ran.err
