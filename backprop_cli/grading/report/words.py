"""What is said of a wrong line, in the handout's own symbols and the student's own numbers."""

from __future__ import annotations

from collections.abc import Mapping

from ...documents.document import Digits, Math, Symbol
from ...documents.equation_lines import Lines, operands
from ...documents.math_writing import Writer
from ...documents.symbols import Bound, Symbols
from ...formula.arithmetic import Array, decimal
from ...formula.tree import Formula, Index, Key, Ref, Sum, free_indices, rename, transform
from ...plan.steps import Plan, Step
from ...render.text import TextMath
from ...values.evaluate import Evaluator
from ..judge import Judgement, renewed, stated
from ..slips.changes import Change
from ..verdicts import Kind

MOST_SHOWN = 12


class Figures:
    """The numbers of one student: as written, else as given, else as they would have been."""

    by_hand = True

    def __init__(self, judgement: Judgement, student: int) -> None:
        self.judgement, self.student = judgement, student
        self.given = {key: numbers.texts for key, numbers in stated(judgement.problem).items()}
        self.renewed = renewed(self.given, judgement.before)

    def text(self, ref: Ref, bound: Bound) -> str:
        """The number a reference stands for once all its indices are bound."""
        position = tuple(bound[index] for index in ref.indices)
        if (new := self.renewed.get(ref.key)) and self.judgement.before is not None:
            return self._written(self.judgement.before, new, position)
        if ref.key in self.given:
            return str(self.given[ref.key][position])
        return self._written(self.judgement, ref.key, position)

    def _written(self, judgement: Judgement, key: Key, position: tuple[int, ...]) -> str:
        """The student's own number, else what it would have been."""
        line = judgement.lines[key]
        place = (self.student, *position)
        if line.written.kinds[place] == Kind.NUMBER:
            decimals = int(line.written.decimals[place])
            value = float(line.written.values[place])
            return f"{value:g}" if decimals < 0 else decimal(value, min(decimals, 15))
        return decimal(float(line.own.centre[place]), judgement.digits[line.step.phase])

    def result(self, step: Step, position: tuple[int, ...], digits: int) -> str:
        """What the line gives with the student's numbers."""
        return decimal(float(self.judgement.lines[step.key].own.centre[(self.student, *position)]), digits)


class Teller:
    """Writes about the cells of one problem; `ascii` keeps to ASCII."""

    def __init__(self, plan: Plan, *, ascii: bool = False) -> None:
        self.problem = plan.problem
        self.symbols = Symbols(plan.problem)
        self.text = TextMath(ascii)
        self.lines = Lines(plan, None)
        self.writer = self.lines.general_writer

    def use_ascii(self, ascii: bool) -> None:
        """Keep to ASCII from now on, or no longer."""
        self.text = TextMath(ascii)

    def bound(self, step: Step, position: tuple[int, ...]) -> dict[Index, int]:
        if not position:
            return {}
        return dict(zip(step.indices, position, strict=True))

    def name(self, step: Step, position: tuple[int, ...]) -> str:
        """The cell as the handout writes it."""
        return self.text.line(self.lines.left(step, self.bound(step, position)))

    def right(self, step: Step, position: tuple[int, ...]) -> str:
        """The formula of a cell, in symbols."""
        return self.text.line(self.lines.right(step, self.bound(step, position)))

    def written(self, formula: Formula) -> Math:
        """A student's formula in the handout's notation."""
        return self.writer.write(_lettered(formula))

    def change(self, change: Change, step: Step, position: tuple[int, ...], figures: Figures) -> str:
        """The sentence about an edit, its formulas in symbols, and f′ with its value."""
        bound = {**self.symbols.singles, **self.bound(step, position)}
        picked = {**bound, **dict(change.at)}
        parts: dict[str, str] = {}
        sentence = change.template
        for place, formula in enumerate(change.names):
            where = picked if place == 0 else bound
            parts[str(place)] = self.text.line(self.writer.write(_lettered(formula), where))
            if f"{{{place}=}}" in sentence:
                sentence = sentence.replace(f" = {{{place}=}}", self._value(formula, where, figures))
        for number, text in parts.items():
            sentence = sentence.replace(f"{{{number}}}", text)
        if change.at:
            sentence = sentence.replace("{n}", str(change.at[0][1] + 1))
        if change.inside is not None:
            inside = self.text.line(self.writer.write(change.inside, bound))
            sentence = f"On the way here, in {inside}: {sentence}"
        return self.text.plain(sentence)

    def said(self, change: Change, step: Step, position: tuple[int, ...]) -> str:
        """The sentence about an edit in symbols alone."""
        bound = self.bound(step, position)
        sentence = change.template
        for place, formula in enumerate(change.names):
            where = {**bound, **dict(change.at)} if place == 0 else bound
            text = self.text.line(self.writer.write(_lettered(formula), where))
            sentence = sentence.replace(f" = {{{place}=}}", "").replace(f"{{{place}}}", text)
        return sentence.replace("{n}", str(change.at[0][1] + 1 if change.at else ""))

    def _value(self, formula: Formula, bound: Mapping[Index, int], figures: Figures) -> str:
        """= 0.21: what a factor was worth with the student's numbers, where all its indices are known."""
        if not free_indices(formula) <= bound.keys():
            return ""
        judgement = figures.judgement
        values: dict[Key, Array] = {}
        for key, ball in judgement.balls.items():
            values[key] = ball.centre[figures.student] if key in judgement.lines else ball.centre
        indices = tuple(sorted(free_indices(formula)))
        array = Evaluator(judgement.problem, values).array(formula, indices)
        value = float(array[tuple(bound[index] for index in indices)])
        return f" = {self.text.number(decimal(value, max(2, judgement.digits['backward'])))}"

    def worked(self, step: Step, position: tuple[int, ...], figures: Figures, result: str) -> str:
        """The line redone with the student's own numbers: 2·(0.38 − 1) = −1.24."""
        if operands(self.problem, step.formula) > MOST_SHOWN:
            return ""
        writer = Writer(self.symbols, figures)
        math: Math = writer.write(step.formula, self.bound(step, position))
        if isinstance(math, Symbol):
            return ""
        if isinstance(math, Digits):  # the line copies a number: which one
            math = self.writer.write(step.formula, self.bound(step, position))
        return f"{self.text.line(math)} = {self.text.number(result)}"


def _lettered(formula: Formula) -> Formula:
    """A student's formula with the handout's letters under its sums, where they are free."""
    loose = {index: Index(index.level) for index in free_indices(formula) if index.copy > 1}
    formula = rename(formula, loose)
    free = free_indices(formula)

    def change(part: Formula) -> Formula:
        if not isinstance(part, Sum) or part.index.copy < 2:
            return part
        level = part.index.level
        letter = next((own for own in (Index(level), Index(level, copy=1)) if own not in free), part.index)
        return Sum(letter, rename(part.body, {part.index: letter}))

    return transform(formula, change)
