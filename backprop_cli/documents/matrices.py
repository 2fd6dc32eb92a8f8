"""A step as a matrix equation: in symbols, with its matrices of numbers, and its result."""

from __future__ import annotations

from ..formula.tree import substitute
from ..plan.steps import Step
from .document import Equation, Relation
from .equation_lines import UNNAMED, Lines, sign
from .math_writing import Writer
from .matrix import MatrixWriter


class Matrices:
    """Writes the steps of one plan as matrix equations."""

    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        symbols = lines.symbols
        self.general_writer = MatrixWriter(symbols, None, lines.general_writer)
        self.number_writer = lines.figures and MatrixWriter(
            symbols, lines.figures, Writer(symbols, lines.figures)
        )

    def equation(self, step: Step) -> Equation:
        """The step in symbols, with its matrices of numbers, and its result."""
        axes = self.general_writer.natural(step.indices)
        definitions = self.lines.general_writer.definitions or {}
        formula = substitute(step.formula, definitions)
        right = self.general_writer.write(formula, axes)
        unnamed = step.quantity in UNNAMED
        left = right if unnamed else self.lines.symbols.whole(step.ref)
        relations = [] if unnamed else [Relation(sign(step), right)]
        if self.number_writer and self.lines.figures:
            worked = self.number_writer.write(step.formula, axes)
            result = self.number_writer.write(step.ref, axes)
            equals = "≈" if self.lines.figures.approximate(step).any() else "="
            if worked != result:
                relations.append(Relation("=", worked))
            relations.append(Relation(equals if worked != result else "=", result, result=True))
        return Equation(left, tuple(relations))
