"""Mistakes made alike in every cell of a quantity, in a problem of equations: edits of the indexed formula.

Each edit is made once, of Σ_t δ_tk·h_{t−1,m} say, and then spelled out for the cell at hand; so a matrix that
is transposed, an index that is one off or a slope left out of every term is one change, and is told as one.

Glossary
    line        a step of the plan with its indices; a cell is one position of it (see `values.cell_plan`)
    outside     what a place stands for that is out of range: nothing, or the place at the other end
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from ...formula.tree import (
    ONE,
    ZERO,
    Add,
    At,
    Extreme,
    Formula,
    Function,
    Index,
    Kronecker,
    Negation,
    Product,
    Quotient,
    Ref,
    Shifted,
    Size,
    Sum,
    add,
    free_indices,
    letters,
    place_of,
    product,
    ratio,
    refs,
    relocate,
    rename,
    subtract,
    transform,
    walk,
)
from ...plan.steps import Step
from ...problem.equations import EquationProblem
from ...values.cell_plan import CellPlan, Spelling
from .changes import Change, Edit, replaced

MOST_OTHERS = 8
WRONG = "You took {0} where {1} belongs."
Bound = dict[Index, int]


@dataclass(frozen=True)
class Alike:
    """An edit of a line, and what stands for places out of range: "nothing", or the "other end"."""

    edit: Edit
    outside: str = ""


Rule = Callable[[CellPlan, Step], Iterator[Alike]]


class _Outside(Spelling):
    """Writes formulas out over single cells; places out of range are nothing, or those at the other end."""

    def __init__(self, problem: EquationProblem, outside: str) -> None:
        super().__init__(problem)
        self.outside = outside

    def ref(self, quantity: str, symbol: object, position: tuple[int, ...]) -> Formula:
        runs = [self.run(index) for index in self.problem.axes.get(str(symbol), ())]
        starts = self.problem.starts.get(str(symbol))
        if self.outside and not starts and len(runs) == len(position):
            if self.outside == "nothing" and any(
                at not in run for at, run in zip(position, runs, strict=True)
            ):
                return ZERO
            position = tuple(run[(at - run.start) % len(run)] for at, run in zip(position, runs, strict=True))
        return super().ref(quantity, symbol, position)


General = Callable[[EquationProblem, Step, Formula], Iterator[Edit]]


def edits_alike(plan: CellPlan, step: Step, general: General) -> Iterator[Edit]:
    """The edits of the line that a cell is of, spelled out for it; `general` are those of any formula."""
    origin = plan.origin.get(step.key)
    if origin is None:
        return
    bound = dict(zip(origin.step.indices, origin.position, strict=True))
    fixed = {index: At(at) for index, at in bound.items()}
    for alike in _of_line(plan, origin.step, general):
        try:
            formula = _Outside(plan.problem, alike.outside).cell(alike.edit.formula, bound)
        except (KeyError, IndexError, ValueError):  # a place that this cell does not have
            continue
        names = tuple(relocate(name, fixed) for name in alike.edit.change.names)
        yield replace(alike.edit, formula=formula, change=replace(alike.edit.change, names=names))


@lru_cache(maxsize=64)
def _of_line(plan: CellPlan, line: Step, general: General) -> tuple[Alike, ...]:
    found = [Alike(edit) for edit in general(plan.problem, line, line.formula)]
    for rule in _RULES:
        found += rule(plan, line)
    return tuple(found)


def _exchanged(formula: Formula, ref: Ref, other: Formula) -> Formula:
    return transform(formula, lambda part: other if part == ref else part)


def _distinct(formula: Formula) -> tuple[Ref, ...]:
    return tuple(dict.fromkeys(ref for ref in refs(formula) if isinstance(ref.level, str)))


def _spans(problem: EquationProblem, symbol: str) -> tuple[tuple[int, object], ...]:
    """The ranges of a symbol's axes."""
    runs = (problem.range_of(index) for index in problem.axes.get(symbol, ()))
    return tuple((run.first, run.last) for run in runs)


def _turned(plan: CellPlan, line: Step) -> Iterator[Alike]:
    """A matrix transposed, or the whole result."""
    formula, problem = line.formula, plan.problem
    for ref in _distinct(formula):
        if len(ref.indices) != 2 or ref.quantity == "new":
            continue
        other = replace(ref, indices=ref.indices[::-1])
        if other != ref:
            weights = str(ref.level) in problem.parameters
            codes = ("transposed-weights",) if weights else ("wrong-input", "wrong-axis")
            yield Alike(Edit(codes, _exchanged(formula, ref, other), Change(WRONG, (other, ref))))
    if len(line.indices) == 2 and line.phase != "forward":
        row, column = line.indices
        change = Change("This is the matrix transposed: its rows and columns are exchanged.")
        yield Alike(Edit(("transposed-weights",), relocate(formula, {row: column, column: row}), change))


def _moved(plan: CellPlan, line: Step) -> Iterator[Alike]:
    """An index one off, throughout: the step before, the next sample, another window."""
    for ref in _distinct(line.formula):
        starts = plan.problem.starts.get(str(ref.level))
        for axis, place in enumerate(ref.indices):
            if isinstance(place, At) or ref.quantity == "new":
                continue
            for by in (-1, 1):
                factors = {one: n for n, one in place.terms} if isinstance(place, Shifted) else {place: 1}
                offset = place.offset if isinstance(place, Shifted) else 0
                other = place_of(factors, offset + by)
                moved = replace(ref, indices=(*ref.indices[:axis], other, *ref.indices[axis + 1 :]))
                recurrent = starts is not None and starts.axis == axis and by == -1
                codes = ("previous-step", "wrong-input") if recurrent else ("wrong-input", "shifted-index")
                change = Change(WRONG, (moved, ref))
                formula = _exchanged(line.formula, ref, moved)
                yield Alike(Edit(codes, formula, change, rare=1.5), "nothing")
                yield Alike(Edit(codes, formula, change, rare=3.0), "other end")


def _reversed(plan: CellPlan, line: Step) -> Iterator[Alike]:
    """A kernel the other way round: convolution for correlation."""
    windows = {
        index
        for ref in refs(line.formula)
        for place in ref.indices
        if isinstance(place, Shifted) and len(place.terms) > 1
        for _, index in place.terms
    }
    for index in windows:
        run = plan.problem.range_of(index)
        back = place_of({index: -1}, run.first + int(run.last))
        for ref in _distinct(line.formula):
            if index in ref.indices:
                turned = replace(ref, indices=tuple(back if one == index else one for one in ref.indices))
                change = Change("You went through {0} from its other end.", (ref,))
                yield Alike(
                    Edit(("wrong-axis", "wrong-input"), _exchanged(line.formula, ref, turned), change)
                )
        if index in line.indices and line.phase == "gradient":
            change = Change("These are in reverse order.")
            yield Alike(Edit(("wrong-axis", "wrong-input"), relocate(line.formula, {index: back}), change))


def _others(plan: CellPlan, line: Step) -> Iterator[Alike]:
    """Another quantity of the same shape in the place of one; the error passed back without its slope."""
    problem, formula = plan.problem, line.formula
    known = [*problem.given, *problem.parameters]
    before = []
    for one in problem.equations:
        if line.phase in ("forward", "loss") and one.symbol == line.level:
            break
        before.append(one.symbol)
    for ref in _distinct(formula):
        symbol = str(ref.level)
        spans = _spans(problem, symbol)
        if ref.quantity == "value":
            near = _near(problem, symbol)
            tried = [other for other in (*near, *known, *before) if other in problem.axes]
            tried = [one for one in dict.fromkeys(tried) if one != symbol and _spans(problem, one) == spans]
            for other in tried[:MOST_OTHERS]:
                taken = replace(ref, level=other)
                rare = 1.0 if other in near else max(2.0, len(tried) / 2)
                edit = Edit(
                    ("wrong-input",), _exchanged(formula, ref, taken), Change(WRONG, (taken, ref)), rare=rare
                )
                yield Alike(edit)
        if ref.quantity == "gradient" and line.phase in ("backward", "gradient"):
            yield from _raw(problem, line, ref)
        if (
            ref.quantity == "value"
            and symbol in problem.parameters
            and problem.learning_rate is not None
            and line.phase in ("backward", "gradient")
            and ref in refs(transform(formula, without_picks))
        ):
            change = Change("You took the updated {0}: the backward pass uses the old one.", (ref,))
            edit = Edit(("updated-weights",), _exchanged(formula, ref, replace(ref, quantity="new")), change)
            yield Alike(edit)


def without_picks(part: Formula) -> Formula:
    """The formula without which argument of a max was picked, and where a ReLU is on."""
    picks = isinstance(part, Extreme) and part.picked is not None
    return ONE if picks or (isinstance(part, Function) and part.derivative) else part


def _near(problem: EquationProblem, symbol: str) -> list[str]:
    """What a quantity is worked out from elementwise, and what from it: z beside a = σ(z)."""
    found = []
    for one in problem.equations:
        inside = one.formula.argument if isinstance(one.formula, Function) else None
        if isinstance(inside, Ref) and inside.indices == one.indices:
            pair = (one.symbol, str(inside.level))
            found += [other for other in pair if symbol in pair and other != symbol]
    return found


def _raw(problem: EquationProblem, line: Step, ref: Ref) -> Iterator[Alike]:
    """∂L/∂a where ∂L/∂z belongs: the slope left out."""
    for one in problem.equations:
        inside = one.formula.argument if isinstance(one.formula, Function) else None
        if isinstance(inside, Ref) and inside.level == ref.level and inside.indices == one.indices:
            raw = replace(ref, level=one.symbol)
            change = Change("You took {0} where {1} belongs: its slope is left out.", (raw, ref))
            yield Alike(Edit(("missing-derivative",), _exchanged(line.formula, ref, raw), change))


def _softmax(plan: CellPlan, line: Step) -> Iterator[Alike]:
    """softmax not divided, taken one by one, or along another axis; its derivative without the others."""
    formula = line.formula
    for path, part in walk(formula):
        if isinstance(part, Function) and part.name == "softmax" and part.over is not None:
            exponential = Function("exp", part.argument)
            change = Change("You did not divide by the sum of all of them.")
            yield Alike(Edit(("missing-normalisation",), replaced(formula, path, exponential), change))
            change = Change("You treated softmax one by one, as a sigmoid.")
            single = Function("sigmoid", part.argument)
            yield Alike(Edit(("softmax-elementwise",), replaced(formula, path, single), change))
            for index in free_indices(part.argument) - {part.over}:
                change = Change("You divided by the sum along another index.")
                along = replace(part, over=index)
                yield Alike(Edit(("wrong-axis",), replaced(formula, path, along), change))
        if isinstance(part, Sum) and line.phase in ("backward", "gradient"):
            pairs = [delta for _, delta in walk(part.body) if isinstance(delta, Kronecker)]
            for pair in pairs:
                other = pair.left if pair.right == part.index else pair.right
                if part.index not in letters(pair.left, pair.right) or other == part.index:
                    continue
                alone = rename(part.body, {part.index: other})
                change = Change(
                    "You took {0} alone: every value of a softmax depends on all that go in.", (alone,)
                )
                yield Alike(
                    Edit(("softmax-elementwise", "missing-path"), replaced(formula, path, alone), change)
                )
                passed = [one for one in refs(part.body) if one.quantity == "gradient"]
                for one in dict.fromkeys(passed):
                    raw = rename(one, {part.index: other})
                    change = Change("You passed {0} back as it is: the slope of softmax is left out.", (raw,))
                    yield Alike(Edit(("missing-derivative",), replaced(formula, path, raw), change))


def _sums(plan: CellPlan, line: Step) -> Iterator[Alike]:
    """The mean for a sum; a sum over one index more; a sum over one fewer, that is one term alone."""
    formula, problem = line.formula, plan.problem
    for index in dict.fromkeys(part.index for _, part in walk(formula) if isinstance(part, Sum)):
        if problem.size(index) == 1 or line.phase == "update":
            continue
        change = Change("You took the mean: here it is the sum.")
        yield Alike(Edit(("extra-factor",), product(ratio(ONE, Size(index)), formula), change))
    if line.phase in ("backward", "gradient", "loss"):
        for index in line.indices:
            if problem.size(index) == 1:
                continue
            other = Index(index.level, copy=90)
            change = Change("This is the total: each has its own.")
            total = Sum(other, relocate(formula, {index: other}))
            yield Alike(Edit(("wrong-axis", "total-for-part", "extra-term"), total, change))


def _penalties(plan: CellPlan, line: Step) -> Iterator[Alike]:
    """The decay of one parameter, on another that has none."""
    problem = plan.problem
    if line.quantity != "gradient" or str(line.level) not in problem.parameters:
        return
    own = replace(line.ref, quantity="value")
    if any(ref == own for ref in refs(line.formula)):
        return
    for other in {one.step.key: one.step for one in plan.origin.values()}.values():
        if (
            other.quantity != "gradient"
            or str(other.level) not in problem.parameters
            or other.key == line.key
        ):
            continue
        theirs = replace(other.ref, quantity="value")
        for term in other.formula.terms if isinstance(other.formula, Add) else ():
            if theirs in refs(term) and not any(ref.quantity == "gradient" for ref in refs(term)):
                decay = _exchanged(term, theirs, own)
                if free_indices(decay) <= set(line.indices):
                    change = Change("You let {0} decay as well: the penalty is on {1} alone.", (own, theirs))
                    formula = add(line.formula, decay)
                    yield Alike(Edit(("decay-on-bias", "extra-term"), formula, change))


def _complements(plan: CellPlan, line: Step) -> Iterator[Alike]:
    """z and 1 − z exchanged, or the one in the place of the other."""
    formula = line.formula
    for gate in _gates(plan):
        here = [ref for ref in _distinct(formula) if ref.level == gate and ref.quantity == "value"]
        for ref in here:
            rest = subtract(ONE, ref)

            def swapped(part: Formula, ref: Ref = ref, rest: Formula = rest) -> Formula:
                if part == ref:
                    return rest
                return ref if part == subtract(ONE, rest) else part

            change = Change("You took {0} and {1} the wrong way round.", (ref, rest))
            yield Alike(Edit(("wrong-input", "swapped-gates"), transform(formula, swapped), change))


def _gates(plan: CellPlan) -> list[str]:
    """The quantities g of which the equations also use 1 − g."""
    found: dict[str, None] = {}
    for one in plan.problem.equations:
        for _, part in walk(one.formula):
            match part:
                case Add(terms=(first, Negation(body=Ref(level=str() as symbol)))) if first == ONE:
                    found[symbol] = None
    return list(found)


def _local(plan: CellPlan, line: Step) -> Iterator[Alike]:
    """A factor too many: what stands beside a quantity where it is used; a factor in the denominator."""
    if line.quantity != "gradient":
        return
    users = [
        one for one in plan.problem.equations if any(ref.level == line.level for ref in refs(one.formula))
    ]
    beside = {
        ref
        for one in users
        for ref in refs(one.formula)
        if ref.level != line.level and not ref.indices and isinstance(ref.level, str)
    }
    used = set(refs(line.formula))
    for ref in sorted(beside - used, key=str):
        change = Change("{0} is one factor too many here.", (ref,))
        yield Alike(Edit(("extra-factor",), product(line.formula, ref), change, rare=2.0))
    for path, part in walk(line.formula):
        if not isinstance(part, Product):
            continue
        for place, factor in enumerate(part.factors):
            rest = product(*part.factors[:place], *part.factors[place + 1 :])
            if rest == ONE or not any(True for _ in refs(factor)):
                continue
            change = Change("You divided by {0} where it is a factor.", (factor,))
            yield Alike(
                Edit(("wrong-operation",), replaced(line.formula, path, Quotient(rest, factor)), change)
            )


_RULES: tuple[Rule, ...] = (
    _turned,
    _moved,
    _reversed,
    _others,
    _softmax,
    _sums,
    _penalties,
    _complements,
    _local,
)
