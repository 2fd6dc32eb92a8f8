"""Worked solutions of equations as they stand on the page."""

from __future__ import annotations

from io import StringIO

import pytest
from equation_systems import SYSTEMS, problem_of
from rich.console import Console

from backprop_cli import solve
from backprop_cli.documents.worked_solution import solution_document
from backprop_cli.plan.plan import make_plan
from backprop_cli.problem.problem import PHASES
from backprop_cli.render.papers import Style, paper_of
from backprop_cli.render.terminal import show


def text_of(text: str, *phases: str) -> str:
    """The worked solution as plain text, its lines stripped."""
    solution = solve(problem_of(text))
    only = frozenset(phase for phase in PHASES if not phases or phase in phases)
    document = solution_document(solution.trace.plan, solution.traces, only)
    page = StringIO()
    show(document, Console(file=page, width=110))
    return page.getvalue()


def lines_of(text: str, *phases: str) -> list[str]:
    """The lines with their spaces evened out."""
    return [" ".join(line.split()) for line in text_of(text, *phases).splitlines()]


CIRCUIT = """
equations = '''
q = x + y
f = q z
'''
digits = 0
given = { x = -2, y = 5, z = -4 }
"""
RECURRENCE = """
equations = '''
h_t = tanh(u x_t + w h_{t−1} + b)    for t = 1, 2
o = v h_2 + c
L = ½ (o − y)²
'''
learning_rate = 0.1
given = { x = [0.5, 0.3], h_0 = 0.0, y = 0.3 }
parameters = { u = 0.4, w = 0.9, b = 0.1, v = 1.2, c = -0.2 }
"""


def test_a_circuit_reads_as_in_lectures() -> None:
    lines = lines_of(CIRCUIT)
    assert "q = x + y = −2 + 5 = 3" in lines
    assert "f = q·z = 3·(−4) = −12" in lines
    assert "∂f/∂q = z = −4" in lines
    assert "∂f/∂x = ∂f/∂q · ∂q/∂x = −4 · 1 = −4" in lines
    assert "∂f/∂z = q = 3" in lines
    assert "h" not in lines


def test_a_recurrence_is_gone_through_from_its_last_step_back() -> None:
    lines = lines_of(RECURRENCE, "backward", "gradient")
    last = next(line for line in lines if line.startswith("∂L/∂h₂ = ∂L/∂o · v = "))
    first = next(line for line in lines if line.startswith("∂L/∂h₁ = ∂L/∂h₂ · (1 − h₂²) · w = "))
    assert lines.index(last) < lines.index(first)
    weight = next(line for line in lines if line.startswith("∂L/∂w = Σₜ"))
    assert weight.startswith("∂L/∂w = Σₜ ∂L/∂hₜ · (1 − hₜ²) · hₜ₋₁")
    assert "w is used for every t: its paths are added" in " ".join(lines)


def test_a_step_back_at_the_start_takes_the_start_s_own_number() -> None:
    text = RECURRENCE.replace("h_0 = 0.0", "h_0 = 0.7")
    assert "h₁ = tanh(0.4·0.5 + 0.9·0.7 + 0.1) = 0.7306" in lines_of(text, "forward")


def test_a_window_is_written_with_its_own_numbers() -> None:
    text = """
        equations = '''
        z_i = sum_m k_m x_{i+m-1} + b    for i = 1, 2, 3
        L = sum_i z_i^2
        '''
        given = { x = [1.0, -2.0, 3.0, 0.5] }
        parameters = { k = [0.5, -0.25], b = 0.1 }
    """
    lines = lines_of(text)
    assert "z₂ = 0.5·(−2.0) + (−0.25)·3.0 + 0.1 = −1.6500" in lines
    general = next(line for line in lines if line.startswith("∂L/∂xⱼ"))
    assert "a term only where j−m+1 is one of 1, 2, 3" in general + " ".join(lines)
    assert any(line.startswith("∂L/∂x₁ = 2.2000·0.5 ") for line in lines)


def test_a_maximum_and_a_unit_that_is_off_say_which_way_the_gradient_goes() -> None:
    text = """
        equations = '''
        a_i = ReLU(z_i)
        L = max_i(a_i)
        '''
        given = { z = [-1.0, 2.0] }
    """
    page = text_of(text)
    assert "the largest: the gradient goes this way" in page
    assert "not the largest: no gradient passes" in page
    assert "ReLU′(−1.0) = 0: no gradient passes" in page


def test_slopes_are_written_as_the_notation_chooses() -> None:
    text = (
        "equations = '''\na = σ(z)\nL = a^2\n'''\ngiven = {{ z = 1.0 }}\nnotation = {{ derivative = \"{}\" }}"
    )
    assert "∂L/∂z = ∂L/∂a · a · (1 − a)" in text_of(text.format("activation"))
    assert "∂L/∂z = ∂L/∂a · σ(z) · (1 − σ(z))" in text_of(text.format("preactivation"))
    assert "∂L/∂z = ∂L/∂a · σ′(z)" in text_of(text.format("prime"))


def test_a_large_quantity_is_summarised() -> None:
    numbers = ", ".join(f"{0.01 * place:.2f}" for place in range(100))
    text = f"equations = '''\ny_i = x_i^2\nL = Σ_i y_i\n'''\ngiven = {{ x = [{numbers}] }}"
    page = text_of(text)
    assert "100 values, from 0.0000 to 0.9801" in page
    assert "y₅₀" not in page


def test_elements_of_a_list_have_lines_of_their_own() -> None:
    lines = lines_of(SYSTEMS["elements"], "gradient")
    assert any(line.startswith("∂f/∂w₁ = ∂f/∂s · x₁ = ") for line in lines)
    assert any(line.startswith("∂f/∂w₃ = ∂f/∂s ") for line in lines)


def test_two_indices_of_one_formula_never_share_a_letter() -> None:
    general = next(line for line in lines_of(SYSTEMS["maximum"]) if line.startswith("∂L/∂eᵢ = "))
    assert "Σₗ ∂L/∂pₗ · eₗ" in general


def test_functions_of_one_s_own_are_told_with_their_derivatives() -> None:
    page = " ".join(text_of(SYSTEMS["own_function"]).split())
    assert "mish(x) = x·tanh(ln(1 + e^x))" in page
    assert "mish′(x) = " in page


@pytest.mark.parametrize("name", SYSTEMS)
@pytest.mark.parametrize("form", ["markdown", "latex", "html"])
def test_every_kind_of_equations_can_be_written_in_every_format(name: str, form: str) -> None:
    solution = solve(problem_of(SYSTEMS[name]))
    document = solution_document(solution.trace.plan, solution.traces, frozenset(PHASES))
    assert len(paper_of(document, form, Style())) > 500


def test_a_problem_in_letters_is_written_without_numbers() -> None:
    text = """
        equations = '''
        h_t = tanh(u x_t + w h_{t-1})    for t = 1, …, T
        L = ½ Σ_t (h_t − y_t)²
        '''
        sizes = { t = "T" }
    """
    plan = make_plan(problem_of(text))
    page = StringIO()
    show(solution_document(plan, (), frozenset(PHASES)), Console(file=page, width=110))
    assert "∂L/∂w = Σₜ ∂L/∂hₜ · (1 − hₜ²) · hₜ₋₁" in " ".join(page.getvalue().split())


def test_a_notebook_shows_the_worked_solution() -> None:
    solution = solve(problem_of(CIRCUIT))
    assert "Forward pass" in solution._repr_markdown_()
    assert "<math" in solution._repr_html_()


def test_a_weight_with_a_penalty_has_two_paths() -> None:
    text = """
        equations = '''
        z_i = w x_i
        L = Σ_i z_i² + λ w²
        '''
        given = { x = [1.0, 2.0], "λ" = 0.1 }
        parameters = { w = 0.5 }
    """
    page = " ".join(text_of(text, "gradient").split())
    assert "∂L/∂w = Σᵢ ∂L/∂zᵢ · xᵢ + 2·λ·w" in page or "2 · λ · w" in page
    assert "w is used in several places: its paths are added" in page


def test_what_is_given_is_shown_with_all_its_axes_and_long_lists_by_their_ends() -> None:
    numbers = ", ".join(f"{place}.5" for place in range(30))
    text = f"""
        equations = '''
        L = Σ_c Σ_i Σ_j K_cij + Σ_i x_i
        '''
        [given]
        K = [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]
        x = [{numbers}]
    """
    lines = lines_of(text)
    assert "K₁ = ⎣3 4⎦" in lines
    assert "K₂ = ⎣7 8⎦" in lines
    assert any("x = (0.5, 1.5, …, 29.5)" in line for line in lines)
