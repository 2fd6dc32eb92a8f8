"""What a problem gives, under its title: the samples and the learning rate."""

from __future__ import annotations

import numpy as np

from ..formula.tree import Function, Ref
from ..functions.row import Cases
from ..functions.table import PARAMETER, X
from ..plan.steps import Plan
from ..problem.problem import Numbers, Problem
from .document import Digits, Equation, Fenced, Math, Matrix, Relation, Row, Word
from .document import Transposed as Transpose
from .equation_lines import Lines
from .given_optimizer import settings_given
from .optimizer_symbols import setting_symbol
from .shown_numbers import shown_texts
from .symbols import parse_symbol


def _texts(problem: Problem, numbers: Numbers) -> np.ndarray:
    """The numbers as a solution has them: by hand every digit typed counts."""
    by_hand = problem.rounding == "each-step"
    return numbers.texts if by_hand else shown_texts(numbers, problem.digits["update"])


def _tuple(items: list[Digits]) -> Math:
    """(1, 1): a column vector on one line, once transposed."""
    spread: list[Math] = []
    for item in items:
        spread += [Word(", "), item] if spread else [item]
    return Fenced(Row(tuple(spread)))


def given_equations(problem: Problem, with_samples: bool) -> tuple[Equation, ...]:
    """The line under the title: the samples, the rates of the update, and a penalty's strength."""
    items = list(sample_equations(problem.epoch())) if with_samples else []
    if problem.learning_rate is not None:
        rate = Digits(str(_texts(problem, problem.learning_rate)))
        items.append(Equation(parse_symbol(problem.notation.learning_rate), (Relation("=", rate),)))
    items += settings_given(Lines(Plan(problem, ()), None).symbols, problem.optimizer)
    if problem.penalty is not None:
        strength = Digits(str(problem.penalty.strength.texts))
        symbol = setting_symbol(Lines(Plan(problem, ()), None).symbols, "penalty")
        items.append(Equation(symbol, (Relation("=", strength),)))
    items += own_functions(problem)
    return tuple(items)


def own_functions(problem: Problem) -> list[Equation]:
    """What the functions are that the problem defines and a layer uses: mish(x) = x·tanh(ln(1 + e^x))."""
    found: dict[str, Equation] = {}
    for layer in problem.layers:
        row, tree = layer.activation, layer.activation.defined(X, PARAMETER)
        if row.own and tree is not None and not isinstance(tree, Cases):
            writer = Lines(Plan(problem, ()), None).general_writer
            left = writer.write(Function(row.name, X))
            found[row.name] = Equation(left, (Relation("=", writer.write(tree)),))
    return list(found.values())


def sample_equations(problem: Problem) -> tuple[Equation, ...]:
    if problem.inputs is None or problem.targets is None or problem.inputs.values.size > 200:
        return ()
    lines = Lines(Plan(problem, ()), None)
    equations = []
    for quantity, level, numbers in (
        ("activation", 0, problem.inputs),
        ("target", problem.depth, problem.targets),
    ):
        if quantity == "target" and not problem.loss.takes_targets:
            continue
        symbol = lines.symbols.whole(Ref(quantity, level))
        texts = [[Digits(str(text)) for text in row] for row in _texts(problem, numbers)]
        if problem.samples == 1 and len(texts[0]) == 1:
            right: Math = texts[0][0]
        elif problem.samples == 1 and problem.notation.layout != "matrix":
            right = Transpose(_tuple(texts[0]))
        else:
            if problem.notation.samples == "columns":
                texts = [list(column) for column in zip(*texts, strict=True)]
            right = Matrix(tuple(tuple(row) for row in texts))
        equations.append(Equation(symbol, (Relation("=", right),)))
    return tuple(equations)
