"""A derivation of equations: local derivatives, the chain rule back to a quantity, and that written out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..errors import InputError
from ..formula.differentiate import differentiate, times
from ..formula.simplify import tidy
from ..formula.tree import (
    Formula,
    Function,
    Index,
    Key,
    Ref,
    Sum,
    add,
    children,
    letters,
    refs,
    substitute,
    transform,
    walk,
    with_children,
)
from ..plan.steps import EquationPlan, Step
from ..problem.equations import Equation as Given
from ..values.cells import Lookup
from ..values.equation_trace import EquationTrace
from .document import Block, Document, Equation, Equations, Heading, Partial, Relation
from .equation_figures import EquationFigures
from .equation_solution import EquationLines, given_numbers_of

_BY = re.compile(r"\s*(?:\\?partial|∂|d)\s*\S*?\s*/\s*(?:\\?partial|∂|d)\s*(?P<below>.+)", re.DOTALL)
_LONGEST = 60  # operands of a gradient that is written out in one line
_ARGUMENT = Ref("argument", 0)


def equation_derivation(
    plan: EquationPlan,
    trace: EquationTrace | None = None,
    *,
    of: str | None = None,
    show: frozenset[str] | None = None,
) -> Document:
    """The derivation of all gradients of a plan, or of one of them; with a trace its numbers too.

    `show` picks "local" derivatives, the "chain" rule, the "result" written out.
    Raises InputError for a quantity that has no gradient here.
    """
    derivation = _Derivation(plan, trace)
    steps = [step for step in plan.steps if step.quantity == "gradient"]
    if of is not None:
        target = derivation.found(of)
        steps = derivation.needed(target)
        blocks = tuple(derivation.blocks(steps, target, show))
    else:
        blocks = tuple(derivation.blocks([step for step in steps if step.written], None, show))
    problem = plan.problem
    given = given_numbers_of(problem) if trace is not None else ()
    return Document(problem.title, problem.source, problem.description, given, (), blocks)


class _Derivation:
    def __init__(self, plan: EquationPlan, trace: EquationTrace | None) -> None:
        self.plan, self.problem = plan, plan.problem
        self.lines = EquationLines(plan, EquationFigures(trace) if trace else None)
        self.steps = {step.key: step for step in plan.steps}

    def found(self, typed: str) -> Step:
        """The gradient that is asked for: of W, of ∂L/∂W, of gradient.W. Raises InputError for none."""
        match = _BY.fullmatch(typed)
        name = (match["below"] if match else typed).strip().removeprefix("gradient.")
        step = Lookup(self.plan).quantity(f"gradient.{name}")  # type: ignore[arg-type]  # either kind of plan
        if step is not None:
            return step
        cell = Lookup(self.plan).find(f"gradient.{name}")  # type: ignore[arg-type]  # likewise
        if cell is not None:
            return cell.step
        known = [str(step.level) for step in self.plan.steps if step.quantity == "gradient"]
        what = (
            "the objective itself" if name == self.problem.objective else "no quantity with a gradient here"
        )
        raise InputError(f'"{typed[:60]}" is {what}', help=f"there are the gradients of {', '.join(known)}")

    def needed(self, target: Step) -> list[Step]:
        """The gradients that one is made of, from the objective on, and itself."""
        wanted: set[Key] = set()
        waiting = [target.key]
        while waiting:
            key = waiting.pop()
            if key not in wanted:
                wanted.add(key)
                waiting += [ref.key for ref in refs(self.steps[key].formula) if ref.quantity == "gradient"]
        return [step for step in self.plan.steps if step.key in wanted]

    def blocks(self, steps: list[Step], target: Step | None, show: frozenset[str] | None) -> Iterator[Block]:
        parts = show or frozenset(("local", "chain", "result"))
        if "local" in parts and (local := tuple(self.local(steps))):
            yield Heading("Local derivatives")
            yield Equations(local, general=True)
        if parts & {"chain", "recursion"}:
            yield Heading("Chain rule")
            for step in steps:
                yield Equations((self.lines.general(step),), general=True)
        if target is None or "result" not in parts:
            return
        written_out = self.written_out(target)
        numbers = tuple(self.lines.numbers(target))
        if written_out or numbers:
            yield Heading("Written out")
        if written_out:
            yield Equations((written_out,), general=True)
        if numbers:
            yield Equations(numbers)

    def local(self, steps: list[Step]) -> Iterator[Equation]:
        """∂p/∂q of every equation p for the quantities q whose gradients are derived, last equation first."""
        wanted = {step.level for step in steps}
        above = {*wanted, self.problem.objective}
        for given in reversed(self.problem.equations):
            if given.symbol not in above:
                continue
            for ref in dict.fromkeys(refs(given.formula)):
                if ref.quantity == "value" and ref.level in wanted:
                    slope = _slope(given, ref)
                    if slope is not None:
                        yield self._link(given, ref, slope)

    def _link(self, given: Given, ref: Ref, slope: Formula) -> Equation:
        symbols = self.lines.symbols
        symbols.choose(given.formula, given.indices)
        left = Partial(symbols.write(given.ref, {}), symbols.write(ref, {}))
        return Equation(left, (Relation("=", self.lines.general_writer.write(slope)),))

    def written_out(self, target: Step) -> Equation | None:
        """The gradient with every one before it put in; none where one comes back to itself, or is long."""
        formulas: dict[Key, tuple[tuple[Index, ...], Formula]] = {}
        for step in self.needed(target):
            if step is target:
                continue
            if any(ref.key not in formulas and ref.quantity == "gradient" for ref in refs(step.formula)):
                return None  # a recurrence: it would have no end
            formulas[step.key] = (step.indices, step.formula)
        if not formulas or any(ref.key == target.key for ref in refs(target.formula)):
            return None
        formula = tidy(substitute(target.formula, formulas))
        if len(refs(formula)) > _LONGEST:
            return None
        whole = Step(target.quantity, target.level, target.indices, formula, target.phase)
        self.lines.symbols.choose(formula, target.indices)
        right = self.lines.general_writer.write(formula)
        return Equation(
            self.lines.left(whole, {}),
            (Relation("=", right),),
            self.lines.conditions.of(formula, target.indices),
        )


def _slope(given: Given, ref: Ref) -> Formula | None:
    """∂p/∂q by the rules; none within a softmax or a max, where every value depends on every other."""
    for _, part in walk(given.formula):
        if isinstance(part, Function) and part.over is not None and ref in refs(part):
            return None
    return tidy(_partial(given.formula, ref))


def _partial(formula: Formula, ref: Ref) -> Formula:
    """The derivative by one quantity; of a sum over its own index that of the one term it stands in."""
    own = letters(*ref.indices)
    whole: dict[Ref, Sum] = {}

    def kept(part: Formula) -> Formula:
        if isinstance(part, Sum) and part.index in own and ref in refs(part):
            return next((mark for mark, known in whole.items() if known == part), None) or _marked(part)
        parts = children(part)
        return with_children(part, tuple(kept(child) for child in parts)) if parts else part

    def _marked(part: Sum) -> Ref:
        mark = Ref("sum", len(whole))
        whole[mark] = part
        return mark

    def back(part: Formula) -> Formula:
        return ref if part == _ARGUMENT else whole.get(part, part) if isinstance(part, Ref) else part

    outside = kept(formula)
    put = transform(outside, lambda part: _ARGUMENT if part == ref else part)
    terms = [differentiate(put, _ARGUMENT)]
    terms += [times(differentiate(put, mark), _partial(found.body, ref)) for mark, found in whole.items()]
    return transform(add(*terms), back)
