"""Answers in symbols to a problem of equations: ∂L/∂h_j · w_j for gradient.h, compared at random points.

A size that is a letter is given a number, all that is given a random one; the problem is worked out with
them, and the answer too. Every gradient has a name of its own while the answer is read: ∂L/∂h is gradh.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import numpy as np

from ..errors import InputError
from ..formula.arithmetic import Array
from ..formula.tree import Formula, Function, Index, Key, Ref, Sum, refs, rename, transform
from ..plan.plan import make_plan
from ..plan.steps import EquationPlan, Step
from ..problem.equations import EquationProblem, Range, letter_of
from ..typed.equation_names import key_symbol
from ..typed.equation_text import EquationError
from ..typed.equations import System, read_equations
from ..typed.tokens import UnreadableError, last_side, tidy
from ..values.compiled_equations import Compiler
from ..values.equation_trace import Worked
from .formulas import FormulaGrade
from .verdicts import Verdict

DRAWS = 3
_GRADIENT = "grad"
_ANSWER = "answer"
_SAME = {"rtol": 1e-7, "atol": 1e-9}
# A factor that the answer is off by → what to say of it.
_FACTORS = {
    -1.0: (("sign",), "the sign is flipped"),
    2.0: (("extra-factor",), "there is a factor 2 too many"),
    0.5: (("missing-factor",), "there is a factor 2 too few"),
}


def grade_equation_formula(
    plan: EquationPlan, step: Step, position: tuple[int, ...] | None, text: str
) -> FormulaGrade:
    """Grade a formula for a quantity (`position` None) or for one of its cells, at array positions."""
    problem = _with_sizes(plan.problem)
    own = make_plan(problem)
    own_step = next(one for one in own.steps if one.key == step.key)
    try:
        read = _read(own, own_step, text)
    except UnreadableError as error:
        return FormulaGrade(Verdict.INVALID, f"cannot be read: {error}")
    formula = _own_refs(problem, read.equations[0].formula)
    used = {ref.key for ref in refs(formula)}
    if step.key in used:
        return FormulaGrade(Verdict.INVALID, "that is the quantity itself")
    if later := _later(own, own_step, used):
        return FormulaGrade(Verdict.INVALID, f"{later} stands below this line")
    factors = _compared(own, own_step, position, read, formula)
    if factors is True:
        return FormulaGrade(Verdict.CORRECT, formula=formula)
    codes, words = _FACTORS.get(factors, ((), "")) if factors is not False else ((), "")
    return FormulaGrade(Verdict.SLIP, words, codes=codes)


def _with_sizes(problem: EquationProblem) -> EquationProblem:
    """The problem with a number for every size that is a letter, each another one."""
    letters = dict.fromkeys(run.last for run in problem.ranges.values() if isinstance(run.last, str))
    taken = max([run.last for run in problem.ranges.values() if isinstance(run.last, int)], default=2)
    sizes = {letter: taken + 1 + place for place, letter in enumerate(letters)}
    ranges = {
        name: Range(run.first, sizes[run.last]) if isinstance(run.last, str) else run
        for name, run in problem.ranges.items()
    }
    return replace(problem, ranges=ranges)


def _read(plan: EquationPlan, step: Step, text: str) -> System:
    """The answer as an equation for a symbol of its own, over the indices of the step."""
    problem = plan.problem
    answer = last_side(_named_gradients(tidy(text), problem.objective))
    if not answer:
        raise UnreadableError("it is empty")
    letters = [letter_of(index.level) for index in step.indices]
    runs = [problem.range_of(index) for index in step.indices]
    left = f"{_ANSWER}_{{{','.join(letters)}}}" if letters else _ANSWER
    clauses = " and ".join(
        f"{letter} = {', '.join(map(str, range(run.first, int(run.last) + 1)))}"
        for letter, run in zip(letters, runs, strict=True)
    )
    shapes = {
        key: tuple(len(problem.range_of(index)) for index in axes) for key, axes in problem.axes.items()
    }
    gradients = {
        f"{_GRADIENT}{step.level}": shapes[step.level] for step in plan.steps if step.quantity == "gradient"
    }
    rate = problem.notation.learning_rate
    known = (
        {rate: (), **shapes, **gradients} if problem.learning_rate is not None else {**shapes, **gradients}
    )
    equation = f"{left} = {answer}" + (f" for {clauses}" if clauses else "")
    try:
        return read_equations(equation, known, {}, {}, {}, frozenset(problem.functions))
    except EquationError as error:
        raise UnreadableError(str(error).replace(_GRADIENT, "∂/∂")) from None


def _named_gradients(text: str, objective: str) -> str:
    """∂L/∂h_j, dL/dh_j and their LaTeX fraction as gradh_j."""
    symbol = key_symbol(objective)
    top = re.escape(symbol.base if symbol else objective)
    fraction = (
        rf"\\frac\s*\{{\s*(?:∂|d)\s*{top}\s*\}}\s*\{{\s*(?:∂|d)\s*(?P<below>(?:[^{{}}]|\{{[^{{}}]*\}})*)\}}"
    )
    text = re.sub(fraction, lambda match: f" {_GRADIENT}{match['below']}", text)
    return re.sub(rf"(?:∂|(?<![^\W\d_])d)\s*{top}\s*/\s*(?:∂|d)\s*", f" {_GRADIENT}", text)


def _own_refs(problem: EquationProblem, formula: Formula) -> Formula:
    """gradh as the gradient of h, η as the learning rate."""
    rate = problem.notation.learning_rate

    def named(part: Formula) -> Formula:
        if isinstance(part, Ref) and part.level == rate and rate not in problem.axes:
            return Ref("learning_rate", 0)
        if isinstance(part, Ref) and str(part.level).startswith(_GRADIENT):
            return Ref("gradient", str(part.level).removeprefix(_GRADIENT), part.indices)
        return part

    return transform(formula, named)


def _later(plan: EquationPlan, step: Step, used: set[Key]) -> str:
    """The first quantity of an answer that is worked out below its line; those of a recurrence may be."""
    order = {one.key: place for place, one in enumerate(plan.steps)}
    allowed = {ref.key for ref in refs(step.formula)}
    for key in sorted(used, key=str):
        if order.get(key, -1) > order[step.key] and key not in allowed:
            return f"∂/∂{key[1]}" if key[0] == "gradient" else str(key[1])
    return ""


def _compared(
    plan: EquationPlan, step: Step, position: tuple[int, ...] | None, read: System, formula: Formula
) -> bool | float:
    """Whether the answer gives our numbers: True, False, or the factor that it is off by."""
    names = _apart(formula, read)
    equation = read.equations[0]
    theirs = rename(_bound_apart(formula, names), names)
    indices = tuple(names[index] for index in equation.indices)
    ranges = {str(names[Index(name)].level): run for name, run in read.ranges.items()}
    problem = replace(plan.problem, ranges={**plan.problem.ranges, **ranges})
    work = Compiler(problem).array(theirs, indices)
    random = np.random.default_rng(len(plan.steps))
    found: list[Array] = []
    due: list[Array] = []
    for _ in range(DRAWS):
        values = _values(plan, random)
        found.append(_at(np.asarray(work(values)), position))
        due.append(_at(values[step.key], position))
    answer, ours = np.concatenate(found), np.concatenate(due)
    if not np.isfinite(answer).all():
        return False
    if np.allclose(answer, ours, **cast(Any, _SAME)):
        return True
    for factor in _FACTORS:
        if np.allclose(answer, factor * ours, **cast(Any, _SAME)):
            return factor
    return False


def _apart(formula: Formula, read: System) -> dict[Index, Index]:
    """The answer's own indices under names that none of the problem's has."""
    return {Index(name): Index(f"{_ANSWER}:{name}") for name in read.ranges}


def _bound_apart(formula: Formula, names: Mapping[Index, Index]) -> Formula:
    """Sums and the like over the same index under its new name."""

    def changed(part: Formula) -> Formula:
        if isinstance(part, Sum) and part.index in names:
            return Sum(names[part.index], part.body)
        if isinstance(part, Function) and part.over is not None and part.over in names:
            return replace(part, over=names[part.over])
        return part

    return transform(formula, changed)


def _values(plan: EquationPlan, random: np.random.Generator) -> dict[Key, Array]:
    """Random numbers for all that is given, and what follows from them."""
    problem = plan.problem
    given: dict[Key, Array] = {}
    for symbol, axes in problem.axes.items():
        if problem.equation(symbol) is None:
            shape = tuple(len(problem.range_of(index)) for index in axes)
            given["value", symbol] = random.uniform(0.2, 0.9, shape)
    given["learning_rate", 0] = np.asarray(random.uniform(0.1, 0.9))
    try:
        return Worked(plan).out(given)
    except InputError:
        return _values(plan, random)


def _at(array: Array, position: tuple[int, ...] | None) -> Array:
    return np.atleast_1d(array if position is None else array[position]).reshape(-1)
