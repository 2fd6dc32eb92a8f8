"""What an optimizer's rule has to be told: its settings, and what the steps before this one left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..formula.tree import Ref
from ..plan.optimizers import RULES
from ..problem.equations import EquationProblem
from ..problem.problem import Optimizer, Problem
from .document import Block, Digits, Equation, Equations, Fenced, Math, Matrix, Paragraph, Relation, Row, Word
from .optimizer_symbols import role_letter, setting_symbol
from .shown_numbers import shown_texts
from .symbols import Symbols

if TYPE_CHECKING:
    from .equation_writing import EquationSymbols


def settings_given(symbols: Symbols | EquationSymbols, optimizer: Optimizer) -> list[Equation]:
    """μ = 0.9, β₁ = 0.9, …: what an optimizer's rule has to be told beside the learning rate."""
    return [
        Equation(setting_symbol(symbols, name), (Relation("=", Digits(str(number.texts))),))
        for name, number in optimizer.settings.items()
    ]


def kept_given(symbols: Symbols | EquationSymbols, problem: Problem | EquationProblem) -> list[Block]:
    """What an optimizer has kept from the steps before this one, and which step this is where it counts."""
    optimizer = problem.optimizer
    letters = [role_letter(role, symbols) for role in RULES[optimizer.name].kept]
    if not letters:
        return []
    if symbols.notation.change and optimizer.form == "step":
        letters = [symbols.notation.change]
    blocks: list[Block] = [Paragraph(f"Before the first step all of these are 0: {', '.join(letters)}.")]
    if optimizer.state:
        digits = problem.digits["update"]
        kept = [
            Equation(symbols.whole(Ref(*key)), (Relation("=", _listed(shown_texts(numbers, digits))),))
            for key, numbers in optimizer.state.items()
        ]
        blocks = [Paragraph("The steps before have left these:"), Equations(tuple(kept))]
    if optimizer.taken or "beta_1" in optimizer.settings:
        blocks.append(Paragraph(f"This is step t = {optimizer.taken + 1}."))
    return blocks


def _listed(texts: np.ndarray) -> Math:
    if texts.ndim == 0:
        return Digits(str(texts))
    if texts.ndim == 2:
        return Matrix(tuple(tuple(Digits(str(text)) for text in row) for row in texts))
    items: list[Math] = []
    for text in texts.flat:
        items += [Word(", ")] * bool(items) + [Digits(str(text))]
    return Fenced(Row(tuple(items)))
