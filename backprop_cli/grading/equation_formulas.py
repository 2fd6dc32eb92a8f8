"""Answers in symbols to a problem of equations: ∂L/∂h_j · w_j for gradient.h, compared at random points.

A size that is a letter is given a number, all that is given a random one; the problem is worked out with
them, and the answer too. Every gradient has a name of its own while the answer is read: ∂L/∂h is gradh.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, cast

import numpy as np

from ..errors import InputError
from ..formula.arithmetic import Array
from ..formula.tree import (
    Formula,
    Function,
    Index,
    Key,
    Quotient,
    Ref,
    Sum,
    free_indices,
    refs,
    rename,
    transform,
    walk,
)
from ..plan.plan import make_plan
from ..plan.steps import EquationPlan, Step
from ..problem.equations import EquationProblem, Range, letter_of
from ..typed.equation_names import key_symbol
from ..typed.equation_text import EquationError
from ..typed.equations import System, read_equations
from ..typed.tokens import UnreadableError, sides, tidy
from ..values.compiled_equations import Compiler
from ..values.equation_trace import Worked
from .formulas import FormulaGrade, own_scales, strange
from .verdicts import Verdict

# How large the numbers of each draw are; 0: near 0.5 and above 0, where nearly everything has a value.
DRAWS = (0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 4.0, 12.0)
ATTEMPTS = 30
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
    own = _own_plan(plan)
    problem = own.problem
    own_step = next(one for one in own.steps if one.key == step.key)
    try:
        texts = sides(_named_gradients(tidy(text), problem.objective))
        grades = [
            grade
            for number, side in enumerate(texts)
            if (grade := _side(own, own_step, position, side, last=number == len(texts) - 1)) is not None
        ]
    except UnreadableError as error:
        return FormulaGrade(Verdict.INVALID, f"cannot be read: {error}")
    if not grades:
        return FormulaGrade(Verdict.SLIP, "this is the name of what is asked for, not its formula")
    return next((grade for grade in grades if not grade.ok), grades[-1])


def _side(
    plan: EquationPlan, step: Step, position: tuple[int, ...] | None, text: str, *, last: bool
) -> FormulaGrade | None:
    """Grade one side of an equation; None for one before the last that names what is asked for, or is a name
    of the student's own.
    """
    try:
        read = _read(plan, step, text)
    except UnreadableError:
        if last:
            raise
        return None
    formula = _own_refs(plan.problem, read.equations[0].formula)
    used = {ref.key for ref in refs(formula)}
    if isinstance(formula, Ref) and formula.key == step.key and not last:
        return None
    if step.key in used:
        return FormulaGrade(Verdict.INVALID, "that is the quantity itself")
    if later := _later(plan, step, used):
        return FormulaGrade(Verdict.INVALID, f"{later} stands below this line")
    factors = _compared(plan, step, position, read, formula)
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


def _read(plan: EquationPlan, step: Step, answer: str) -> System:
    """The answer as an equation for a symbol of its own, over the indices of the step."""
    problem = plan.problem
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
    compiler = Compiler(problem)
    work = compiler.array(theirs, indices)
    draws = [*DRAWS, *own_scales(theirs, step.formula)]
    found: list[Array] = []
    due: list[Array] = []
    for number, scale in enumerate(draws):
        values = _drawn(plan, number, scale)
        if values is None:
            continue
        with np.errstate(all="ignore"):
            if _divides_by_nothing(theirs, compiler, values):
                return False
            answered = _at(np.asarray(work(values)), position)
        told = np.isfinite(answered) | (scale <= 1)  # e^z/(1 + e^z) has no value far out
        found.append(answered[told])
        due.append(_at(values[step.key], position)[told])
    answer, ours = np.concatenate(found), np.concatenate(due)
    if not np.isfinite(answer).all():
        return False
    if np.allclose(answer, ours, **cast(Any, _SAME)):
        return theirs == step.formula or not strange(theirs, step.formula)
    for factor in _FACTORS:
        if np.allclose(answer, factor * ours, **cast(Any, _SAME)):
            return factor
    return False


def _divides_by_nothing(formula: Formula, compiler: Compiler, values: Mapping[Key, Array]) -> bool:
    """Whether a denominator is 0 throughout: 0/(z − z)."""
    for _, part in walk(formula):
        if isinstance(part, Quotient):
            bottom = compiler.array(part.denominator, tuple(sorted(free_indices(part.denominator))))
            if not np.any(bottom(values)):
                return True
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


@lru_cache(maxsize=16)
def _own_plan(plan: EquationPlan) -> EquationPlan:
    """The plan with numbers for the sizes that are letters."""
    return make_plan(_with_sizes(plan.problem))


@lru_cache(maxsize=16)
def _worked(plan: EquationPlan) -> Worked:
    return Worked(plan)


@lru_cache(maxsize=256)
def _drawn(plan: EquationPlan, number: int, scale: float) -> dict[Key, Array] | None:
    """Random numbers for all that is given, and what follows from them; with a scale of either sign, and
    None where nothing can be worked out from such.
    """
    worked = _worked(plan)
    problem, random = worked.problem, np.random.default_rng((len(plan.steps), number))
    for _ in range(ATTEMPTS):
        given: dict[Key, Array] = {}
        for symbol, axes in problem.axes.items():
            if problem.equation(symbol) is None:
                shape = tuple(len(problem.range_of(index)) for index in axes)
                drawn = random.uniform(0.2, 0.9, shape)
                if scale:
                    drawn = scale * drawn * random.choice([-1.0, 1.0], shape)
                given["value", symbol] = np.asarray(drawn)
        given["learning_rate", 0] = np.asarray(random.uniform(0.1, 0.9))
        try:
            return worked.out(given)
        except InputError:
            continue
    return None


def _at(array: Array, position: tuple[int, ...] | None) -> Array:
    return np.atleast_1d(array if position is None else array[position]).reshape(-1)
