"""The known mistakes in a problem of equations, as edits of one cell's formula, or of the line it is of.

The formula of a cell is over single numbers (see `values.cell_plan`): a sum stands term by term, so that a
path left out is a term left out, and a shifted index is the neighbouring cell. The same rules are tried on
the line with its indices, where a slope left out is left out of every term: see `equation_lines`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ...formula.tree import (
    ONE,
    Add,
    Extreme,
    Formula,
    Function,
    Kronecker,
    Negation,
    Number,
    Path,
    Power,
    Product,
    Quotient,
    Ref,
    add,
    number,
    product,
    refs,
    subtract,
    transform,
    walk,
)
from ...plan.steps import EquationPlan, Step
from ...problem.equations import EquationProblem
from ...values.cell_plan import is_cell_plan
from .changes import Change, Edit, replaced
from .equation_lines import edits_alike, without_picks

MOST_TERMS = 12
Rule = Callable[[EquationProblem, Step, Formula], Iterator[Edit]]
_CELL = re.compile(r"(?P<symbol>.+?)(?:\[(?P<inside>[-\d,]+)\])?")
_LABEL = re.compile(r"(?P<base>.+?)_?(?P<number>\d+)")


def equation_edits(plan: EquationPlan, step: Step) -> list[Edit]:
    """The single mistakes that fit a cell, the likeliest first: those of its line, then those of its own."""
    found: dict[Formula, Edit] = {}
    own = (edit for rule in _RULES for edit in rule(plan.problem, step, step.formula))
    alike = edits_alike(plan, step, general) if is_cell_plan(plan) and plan.step(*step.key) is step else ()
    for edit in (*alike, *own):
        same = found.get(edit.formula)
        if edit.formula != step.formula and (same is None or same.weight < edit.weight):
            found[edit.formula] = edit
    return list(found.values())


def general(problem: EquationProblem, line: Step, formula: Formula) -> Iterator[Edit]:
    """What may be done to a formula of any kind, be it a cell's or a line's."""
    for rule in _GENERAL:
        yield from rule(problem, line, formula)


def _whole(problem: EquationProblem, step: Step, formula: Formula) -> Iterator[Edit]:
    if step.phase == "update":
        return
    yield Edit(("sign",), Negation(formula), Change("The sign is flipped."))
    halves = any(isinstance(part, Number) and part.value.denominator == 2 for _, part in walk(formula))
    twos = any(part == number(2) for _, part in walk(formula))
    code, words = (
        ("missing-factor", "You left out the factor ½.")
        if halves
        else (
            "extra-factor",
            "There is a factor 2 too many.",
        )
    )
    yield Edit((code,), product(number(2), formula), Change(words), "factor 2")
    code, words = (
        ("missing-factor", "You left out the factor 2.")
        if twos
        else (
            "extra-factor",
            "There is a factor ½ too many.",
        )
    )
    yield Edit((code,), product(number(1, 2), formula), Change(words), "factor ½")


def _update(problem: EquationProblem, step: Step, formula: Formula) -> Iterator[Edit]:
    """w − η·∂L/∂w: up instead of down, without η, the gradient alone."""
    if step.phase != "update" or not isinstance(formula, Add):
        return
    for path, part in walk(formula):
        if isinstance(part, Negation):
            change = Change("You went up the gradient: the update subtracts.")
            yield Edit(("ascent", "sign"), replaced(formula, path, part.body), change)
        if isinstance(part, Ref) and part.quantity == "learning_rate":
            change = Change("You left out the learning rate {0}.", (part,))
            yield Edit(("missing-learning-rate",), replaced(formula, path, ONE), change)
    for path, part in walk(formula):
        if isinstance(part, Ref) and part.quantity == "learning_rate":
            change = Change("You multiplied by the learning rate {0} twice.", (part,))
            yield Edit(("extra-factor",), replaced(formula, path, product(part, part)), change)
    change = Change(
        "That is the change alone: it has still to be added to the old value {0}.", (formula.terms[0],)
    )
    yield Edit(("missing-term",), add(*formula.terms[1:]), change)


def _terms(problem: EquationProblem, step: Step, formula: Formula) -> Iterator[Edit]:
    """A term of a sum left out, turned, or taken alone; a term that holds a gradient is a path."""
    for path, part in walk(formula):
        if not isinstance(part, Add) or len(part.terms) > MOST_TERMS or step.phase == "update":
            continue
        for place, term in enumerate(part.terms):
            others = part.terms[:place] + part.terms[place + 1 :]
            if not _a_slope(part):
                codes, words = _left_out(problem, step, part, term)
                yield Edit(codes, replaced(formula, path, add(*others)), Change(words, (term,)))
            turned = term.body if isinstance(term, Negation) else Negation(term)
            whole = (*part.terms[:place], turned, *part.terms[place + 1 :])
            change = Change("The sign of the term {0} is flipped.", (term,))
            yield Edit(("sign",), replaced(formula, path, add(*whole)), change)
            if len(part.terms) == 2 and place and not _a_slope(part):
                change = Change("You multiplied {0} and {1}; they are added.", part.terms)
                yield Edit(
                    ("wrong-operation",), replaced(formula, path, product(*part.terms)), change, rare=2.0
                )
            if len(part.terms) > 2 and not _a_slope(part):
                code = "missing-path" if _is_path(term) else "missing-term"
                change = Change("You took only the term {0}; the sum has more.", (term,))
                yield Edit((code,), replaced(formula, path, term), change)


def _paths(problem: EquationProblem, step: Step, formula: Formula) -> Iterator[Edit]:
    """All that comes back through one quantity, or one step of it, left out: the loss, h, h at t = 2."""
    if not isinstance(formula, Add) or step.phase not in ("backward", "gradient"):
        return
    groups: dict[str, set[int]] = {}
    for place, term in enumerate(formula.terms):
        through = [str(ref.level) for ref in refs(term) if ref.quantity == "gradient"]
        symbol = through[0].partition("[")[0] if through else ""
        groups.setdefault(symbol, set()).add(place)
        if through and "[" in through[0]:
            groups.setdefault(through[0].rpartition(",")[0] or through[0], set()).add(place)
    for group in groups.values():
        if not 1 < len(group) < len(formula.terms) and len(groups) < 2:
            continue
        gone = [term for place, term in enumerate(formula.terms) if place in group]
        kept = [term for place, term in enumerate(formula.terms) if place not in group]
        if gone and kept:
            change = Change("You left out the path {0}: all paths are added.", (add(*gone),))
            yield Edit(("missing-path", "missing-term"), add(*kept), change)


def _left_out(problem: EquationProblem, step: Step, whole: Add, term: Formula) -> tuple[tuple[str, ...], str]:
    if _is_path(term):
        return ("missing-path", "missing-term"), "You left out the path {0}: all paths are added."
    if isinstance(term, Ref) and step.phase == "forward" and _symbol(term) in problem.parameters:
        return ("missing-bias", "missing-term"), "You left out {0}."
    return ("missing-term",), "You left out the term {0}."


def _a_slope(formula: Add) -> bool:
    """Whether a sum is an f′ written out: 1 − h², or the 1 − a of a(1 − a)."""
    match formula.terms:
        case (first, Negation(body=Ref() | Power(exponent=2) | Function())):
            return first == ONE
    return False


def _is_path(term: Formula) -> bool:
    return any(ref.quantity == "gradient" for ref in refs(term))


@dataclass(frozen=True)
class Slope:
    """An f′ among the factors of a product: its places, what it is, of which function and value."""

    places: tuple[int, ...]
    formula: Formula
    name: str  # "" for one that is only there or not: which argument of a max was picked
    value: Formula  # f where it is known by its value, else its argument


def slopes(factors: tuple[Formula, ...]) -> Iterator[Slope]:
    """The f′ that stand in a product: a(1 − a), 1 − h², f′(z)."""
    for place, factor in enumerate(factors):
        match factor:
            case Function(derivative=True, name=name, argument=argument, over=None):
                yield Slope((place,), factor, name, argument)
            case Function(name="indicator"):
                yield Slope((place,), factor, "", factor.argument)
            case Add(terms=(first, Negation(body=Power(base=value, exponent=2)))) if first == ONE:
                yield Slope((place,), factor, "tanh", value)
            case Add(terms=(first, Negation(body=value))) if first == ONE and value in factors:
                at = factors.index(value)
                yield Slope(tuple(sorted((at, place))), product(value, factor), "sigmoid", value)


def _factors(problem: EquationProblem, step: Step, formula: Formula) -> Iterator[Edit]:
    """A factor left out; an f′ left out, or another one in its place."""
    for path, part in walk(formula):
        if not isinstance(part, Product):
            found = list(slopes((part,))) if path == () and step.phase not in ("forward", "loss") else []
            for slope in found:
                yield from _slopes(formula, path, (part,), slope)
            continue
        factors = part.factors
        taken: set[int] = set()
        for slope in slopes(factors) if step.phase not in ("forward", "loss") else ():
            taken.update(slope.places)
            yield from _slopes(formula, path, factors, slope)
        for place, factor in enumerate(factors):
            if place in taken or factor == number(-1) or isinstance(factor, Extreme | Kronecker):
                continue
            others = factors[:place] + factors[place + 1 :]
            if isinstance(factor, Number) and factor.value < 0:  # the sign is not part of what was left out
                others, factor = (number(-1), *others), Number(-factor.value)
            change = Change("You left out the factor {0}.", (factor,))
            yield Edit(("missing-factor",), replaced(formula, path, product(*others)), change)
        if len(factors) == 2 and not taken:
            change = Change("You added {0} and {1}; they are multiplied.", factors)
            yield Edit(("wrong-operation",), replaced(formula, path, add(*factors)), change, rare=2.0)


def _slopes(formula: Formula, path: Path, factors: tuple[Formula, ...], slope: Slope) -> Iterator[Edit]:
    """An f′ left out, taken at another place, of another function; f itself; another formula for it."""
    others = tuple(factor for place, factor in enumerate(factors) if place not in slope.places)
    due, value, name = slope.formula, slope.value, slope.name

    def put(code: str, other: Formula, words: str, *names: Formula, rare: float = 1.0) -> Edit:
        return Edit(
            (code,), replaced(formula, path, product(*others, other)), Change(words, names), rare=rare
        )

    yield put("missing-derivative", ONE, "You left out the derivative {0}.", due)
    if not name:
        return
    by_value = not isinstance(due, Function)
    itself = value if by_value else Function(name, value)
    yield put(
        "wrong-derivative", itself, "You took {0} itself where its derivative {1} belongs.", itself, due
    )
    at_itself = Function(name, itself, derivative=True)
    words = "You took the derivative at {0}, which is f(z) already: {1} is due."
    yield put("derivative-at-activation", at_itself, words, itself, due)
    if name in ("sigmoid", "tanh"):
        for wrong in (subtract(ONE, itself), Power(itself, 2)):
            yield put("wrong-derivative", wrong, "You took {0} where the derivative {1} belongs.", wrong, due)
    for other, taken in (
        ("sigmoid", product(itself, subtract(ONE, itself))),
        ("tanh", subtract(ONE, Power(itself, 2))),
        *(
            (one, Function(one, value, derivative=True))
            for one in ("sigmoid", "tanh", "relu")
            if not by_value
        ),
    ):
        if other != name:
            words = f"You took {{0}}, the derivative of {_NAMES[other]}, where {{1}} belongs."
            yield put("wrong-function", taken, words, taken, due)
    if name in ("relu", "leaky_relu", "elu") and others and not by_value:
        upstream = product(*others)
        words = "You looked at the sign of {0}, the error that comes back; that of {1} counts."
        masked = Function(name, upstream, derivative=True)
        yield put("wrong-derivative", masked, words, upstream, value)


_NAMES = {"sigmoid": "σ", "tanh": "tanh", "relu": "ReLU"}


def _functions(problem: EquationProblem, step: Step, formula: Formula) -> Iterator[Edit]:
    tens = transform(formula, _to_base_ten)
    yield Edit(("wrong-logarithm",), tens, Change("You took log₁₀; ln is meant."))
    for path, part in walk(formula):
        match part:
            case Function(derivative=False, name=name, argument=argument) if step.phase in (
                "forward",
                "loss",
            ):
                code = "missing-activation" if path == () else "missing-function"
                change = Change("You left out the function: {0} is due, not {1}.", (part, argument))
                yield Edit((code,), replaced(formula, path, argument), change)
                for taken in ("sigmoid", "tanh", "relu"):
                    if name in ("sigmoid", "tanh", "relu") and taken != name:
                        wrong = Function(taken, argument)
                        change = Change("You took {0} where {1} belongs.", (wrong, part))
                        yield Edit(("wrong-activation",), replaced(formula, path, wrong), change)
            case Power(base=base, exponent=2):
                change = Change("You left out the square of {0}.", (base,))
                yield Edit(("missing-square",), replaced(formula, path, base), change)
            case Quotient(numerator=top, denominator=bottom) if not isinstance(bottom, Number):
                code = "missing-normalisation" if step.phase == "forward" else "missing-factor"
                change = Change("You did not divide by {0}.", (bottom,))
                yield Edit((code,), replaced(formula, path, top), change)
                if top != ONE:
                    change = Change("You divided the wrong way round: {0} is due.", (part,))
                    yield Edit(("wrong-operation",), replaced(formula, path, Quotient(bottom, top)), change)
            case Quotient(numerator=top, denominator=Number()):
                change = Change("You did not divide by {0}.", (part.denominator,))
                yield Edit(("missing-factor",), replaced(formula, path, top), change)
            case Extreme(name=name, arguments=arguments, picked=None):
                for other in dict.fromkeys(arguments):
                    change = Change("You took {0}, which is not the one to be picked.", (other,))
                    yield Edit(("wrong-input",), replaced(formula, path, other), change, rare=2.0)
            case Extreme(picked=int()):
                change = Change("The gradient flows to the argument that was picked, and to no other.")
                for picked in (ONE, subtract(ONE, part)):
                    yield Edit(("wrong-derivative",), replaced(formula, path, picked), change)


def _to_base_ten(part: Formula) -> Formula:
    if isinstance(part, Function) and part.name == "ln" and not part.derivative:
        return Quotient(part, Function("ln", number(10)))
    return part


def _cells(problem: EquationProblem, step: Step, formula: Formula) -> Iterator[Edit]:
    """Another cell in place of the right one: the previous step's, a neighbour's, a transposed weight's."""
    places: dict[Ref, list[Path]] = {}
    for path, part in walk(formula):
        if isinstance(part, Ref):
            places.setdefault(part, []).append(path)
    for ref, paths in places.items():
        for codes, other, rare in _instead(problem, step, ref):
            change = Change("You took {0} where {1} belongs.", (other, ref))
            yield Edit(codes, _exchanged(formula, ref, other), change, rare=rare)
            if len(paths) > 1:
                for path in paths:
                    yield Edit(codes, replaced(formula, path, other), change, rare=rare)


def _instead(problem: EquationProblem, step: Step, ref: Ref) -> Iterator[tuple[tuple[str, ...], Ref, float]]:
    """What may have been taken for a cell: codes, the other cell, and how much rarer than its code."""
    match = _CELL.fullmatch(str(ref.level)) if isinstance(ref.level, str) else None
    if match is None:
        return
    symbol, inside = match["symbol"], match["inside"]
    position = tuple(int(part) for part in inside.split(",")) if inside else ()
    axes = problem.axes.get(symbol, ())
    turned = position[::-1]
    if len(position) == 2 and turned != position and _exists(problem, symbol, turned):
        code = "transposed-weights" if symbol in problem.parameters else "wrong-input"
        yield (
            (code, "wrong-input")[: 1 + (code != "wrong-input")],
            Ref(ref.quantity, _name(symbol, turned)),
            1.0,
        )
    for axis in range(len(axes)):
        for by in (-1, 1):
            moved = (*position[:axis], position[axis] + by, *position[axis + 1 :])
            other = _at(problem, symbol, moved, axis)
            if other is not None and other != ref.level:
                recurrent = symbol in problem.starts and by == -1
                codes = ("previous-step", "wrong-input") if recurrent else ("wrong-input", "shifted-index")
                yield codes, Ref(ref.quantity, other), 1.0
    if not axes and (label := _LABEL.fullmatch(symbol)):
        for by in (-1, 1):
            for joint in ("_", ""):
                other = f"{label['base']}{joint}{int(label['number']) + by}"
                if other in problem.axes and not problem.axes[other]:
                    codes = ("previous-step", "wrong-input") if by == -1 else ("wrong-input", "shifted-index")
                    yield codes, Ref(ref.quantity, other), 1.0
    seen = ref in refs(transform(step.formula, without_picks))
    updated = seen and problem.learning_rate is not None and step.phase != "update"
    if ref.quantity == "value" and symbol in problem.parameters and updated:
        yield ("updated-weights",), Ref("new", ref.level), 1.0
    if ref.quantity == "value" and isinstance(ref.level, str) and step.phase in ("backward", "gradient"):
        yield ("wrong-input",), Ref("gradient", ref.level), 3.0


def _at(problem: EquationProblem, symbol: str, position: tuple[int, ...], axis: int) -> str | None:
    """The name of a cell, which may be a start of its family."""
    if _exists(problem, symbol, position):
        return _name(symbol, position)
    starts = problem.starts.get(symbol)
    if starts and starts.axis == axis and position[axis] in starts.symbols:
        rest = (*position[:axis], *position[axis + 1 :])
        return _name(starts.symbols[position[axis]], rest)
    return None


def _exists(problem: EquationProblem, symbol: str, position: tuple[int, ...]) -> bool:
    runs = [problem.range_of(index) for index in problem.axes.get(symbol, ())]
    return len(runs) == len(position) and all(
        run.first <= at <= int(run.last) for run, at in zip(runs, position, strict=True)
    )


def _name(symbol: str, position: tuple[int, ...]) -> str:
    return f"{symbol}[{','.join(map(str, position))}]" if position else symbol


def _symbol(ref: Ref) -> str:
    return str(ref.level).partition("[")[0]


def _exchanged(formula: Formula, ref: Ref, other: Ref) -> Formula:
    return transform(formula, lambda part: other if part == ref else part)


_GENERAL: tuple[Rule, ...] = (_whole, _update, _terms, _factors, _functions)
_RULES: tuple[Rule, ...] = (_whole, _update, _paths, _terms, _factors, _functions, _cells)
