"""The known mistakes as edits of a step's formula: change the tree at one place, and see what it gives.

Each edit has its slip codes, its formula, and what it did, from which the message is written in the handout's
symbols. A rule is a function from a step to edits; a new mistake is a new rule or a line in one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import cast

from ...formula.tree import (
    ONE,
    SAMPLE,
    SAMPLES,
    Add,
    Formula,
    Function,
    Index,
    Negation,
    Number,
    Path,
    Product,
    Quotient,
    Ref,
    Size,
    Sum,
    add,
    children,
    free_indices,
    number,
    product,
    refs,
    subtract,
    transform,
    walk,
)
from ...plan.steps import EquationPlan, Plan, Step, negate, units
from ...problem.equations import given_by_equations
from ...problem.problem import Problem
from .axes import axes
from .changes import Change, Edit, at_position, positions, replaced
from .derivatives import derivatives, is_slope
from .equation_edits import equation_edits
from .substitutions import exchanged, of_one_line, other_quantities


def edits(plan: Plan, step: Step, primed: Formula) -> list[Edit]:
    """The single mistakes that fit a step, the likeliest first; `primed` is its formula with f′ as f′(z)."""
    problem = plan.problem
    if given_by_equations(problem):
        return equation_edits(cast(EquationPlan, plan), step)
    found: dict[Formula, Edit] = {}
    for rule in _RULES:
        for edit in rule(problem, step, primed):
            if edit.formula not in (step.formula, primed) and _meaningful(edit.formula):
                found.setdefault(edit.formula, edit)
    return list(found.values())


def _meaningful(formula: Formula) -> bool:
    """Whether every softmax in it still runs over its index."""
    return all(
        part.over in free_indices(part.argument)
        for _, part in walk(formula)
        if isinstance(part, Function) and part.over is not None
    )


def _whole(problem: Problem, step: Step, primed: Formula) -> Iterator[Edit]:
    formula = step.formula
    if step.phase == "update":
        return
    turned = negate(formula)
    change = Change("The sign is flipped.")
    if not isinstance(turned, Negation) and any(ref.quantity == "target" for ref in refs(formula)):
        change = Change("The sign is flipped: that is {0}, not {1}.", (turned, formula))
    yield Edit(("sign",), Negation(formula), change)
    has_two = any(part == number(2) for _, part in walk(formula))
    has_half = any(isinstance(part, Number) and part.value.denominator == 2 for _, part in walk(formula))
    yield Edit(
        ("missing-factor" if has_half else "extra-factor",),
        product(number(2), formula),
        Change("You left out the factor ½." if has_half else "There is a factor 2 too many."),
        "factor 2",
    )
    yield Edit(
        ("missing-factor" if has_two else "extra-factor",),
        product(number(1, 2), formula),
        Change("You left out the factor 2." if has_two else "There is a factor ½ too many."),
        "factor ½",
    )
    n = Size(SAMPLES)
    averages = any(part == n for _, part in walk(formula))
    if problem.samples > 1 and step.phase in ("loss", "gradient") and not averages:
        change = Change("You divided by the number of samples; the handout sums.")
        yield Edit(("extra-factor",), product(Quotient(ONE, n), formula), change, "mean")
    elif problem.samples > 1 and averages:
        change = Change("You divided by the number of samples twice.")
        yield Edit(("extra-factor",), product(Quotient(ONE, n), formula), change)
    elif problem.samples > 1 and step.phase == "backward":
        change = Change(
            "The 1/n does not belong here: it comes in once, with the gradients of the parameters."
        )
        yield Edit(("extra-factor",), product(Quotient(ONE, n), formula), change)
    yield from _sizes(problem, step)


def _sizes(problem: Problem, step: Step) -> Iterator[Edit]:
    """Too large or too small by 4, or by how many outputs, units or samples there are."""
    told = {Fraction(1), Fraction(2)}
    sizes = {4: "4"}
    for index, words in (
        (units(problem.depth), "{0}, the number of outputs,"),
        (SAMPLES, "{0}, the number of samples,"),
    ):
        size = problem.size(index)
        if isinstance(size, int) and size > 1:
            sizes.setdefault(size, words.replace("{0}", str(size)))
    for size, words in sizes.items():
        if size in told:
            continue
        change = Change(f"This is {words} times too large.".replace(", times", " times"))
        yield Edit(("extra-factor",), product(number(size), step.formula), change, rare=2, late=True)
        change = Change(f"This is {words} times too small.".replace(", times", " times"))
        yield Edit(
            ("extra-factor", "missing-factor"),
            product(number(1, size), step.formula),
            change,
            rare=2,
            late=True,
        )


def _factors(problem: Problem, step: Step, primed: Formula) -> Iterator[Edit]:
    for path, part in walk(primed):
        if not isinstance(part, Product):
            continue
        for place, factor in enumerate(part.factors):
            if is_slope(factor):
                continue
            rest = product(*part.factors[:place], *part.factors[place + 1 :])
            code, template, scale = "missing-factor", "You left out {0}.", ""
            if isinstance(factor, Quotient) and Size(SAMPLES) in children(factor):
                code, template, scale = (
                    "missing-batch-mean",
                    "You left out the 1/n of the mean over the samples.",
                    "sum",
                )
            elif isinstance(factor, Ref) and factor.quantity == "learning_rate":
                code, template = "missing-learning-rate", "You left out the learning rate {0}."
            yield Edit((code,), replaced(primed, path, rest), Change(template, (factor,)), scale)
        yield from _other_operations(step, primed, path, part)
    for path, part in walk(primed):
        if isinstance(part, Quotient) and free_indices(part.denominator):
            change = Change("You left out the division by {0}.", (part.denominator,))
            yield Edit(("missing-factor",), replaced(primed, path, part.numerator), change)
            multiplied = product(part.numerator, part.denominator)
            change = Change("You multiplied by {0} where it divides.", (part.denominator,))
            yield Edit(("wrong-operation",), replaced(primed, path, multiplied), change)
        if isinstance(part, Function) and part.name == "sqrt":
            change = Change("You left out the square root.")
            yield Edit(("missing-factor",), replaced(primed, path, part.argument), change)


def _other_operations(step: Step, formula: Formula, path: Path, part: Product) -> Iterator[Edit]:
    """Divided by a factor, or a factor added."""
    for place, factor in enumerate(part.factors):
        rest = product(*part.factors[:place], *part.factors[place + 1 :])
        if not free_indices(factor) or rest == ONE:
            continue
        change = Change("You divided by {0} where it is a factor.", (factor,))
        yield Edit(("wrong-operation",), replaced(formula, path, Quotient(rest, factor)), change)
        if len(part.factors) == 2 and step.phase in ("backward", "gradient"):
            change = Change("You added {0} where it is a factor.", (factor,))
            yield Edit(("wrong-operation",), replaced(formula, path, add(rest, factor)), change)


def _update(problem: Problem, step: Step, primed: Formula) -> Iterator[Edit]:
    """The learning rate twice, weight decay of a bias, decay left out or without η."""
    if step.phase != "update":
        return
    rate = Ref("learning_rate", 0)
    own = refs(step.formula)
    for ref in dict.fromkeys(own):
        if ref.quantity.startswith(("weight_gradient", "bias_gradient", "decayed_gradient", "new_velocity")):
            twice = exchanged(step.formula, {ref: product(rate, ref)})
            used = rate in own
            change = Change(
                "You multiplied by the learning rate {0} twice."
                if used
                else "{0} is one factor too many here.",
                (rate,),
            )
            yield Edit(("extra-factor",), twice, change)
        if ref.quantity.startswith("decayed_gradient"):
            plain = Ref(_gradient_of(ref.quantity), ref.level, ref.indices)
            change = Change("You left out the weight decay.")
            yield Edit(("missing-term",), exchanged(step.formula, {ref: plain}), change)
        if ref.quantity == "bias_gradient" and "weight_decay" in problem.optimizer.settings:
            old = Ref("bias", ref.level, ref.indices)
            decayed = add(ref, product(Ref("weight_decay", 0), old))
            change = Change("You let the bias {0} decay as well; here only the weights do.", (old,))
            yield Edit(("decay-on-bias", "extra-term"), exchanged(step.formula, {ref: decayed}), change)


def _gradient_of(quantity: str) -> str:
    return "bias_gradient" if quantity.endswith("bias") else "weight_gradient"


def _terms(problem: Problem, step: Step, primed: Formula) -> Iterator[Edit]:
    for path, part in walk(primed):
        if isinstance(part, Add):
            for place, term in enumerate(part.terms):
                rest = add(*part.terms[:place], *part.terms[place + 1 :])
                turned = term.body if isinstance(term, Negation) else Negation(term)
                swapped = add(*part.terms[:place], turned, *part.terms[place + 1 :])
                bare = term.body if isinstance(term, Negation) else term
                if isinstance(bare, Ref) and bare.quantity == "bias" and step.phase == "forward":
                    yield Edit(
                        ("missing-bias",),
                        replaced(primed, path, rest),
                        Change("You left out the bias {0}.", (bare,)),
                    )
                    change = Change("You added the bias {0} twice.", (bare,))
                    yield Edit(("double-bias", "extra-term"), replaced(primed, path, add(part, bare)), change)
                else:
                    yield Edit(
                        ("missing-term",),
                        replaced(primed, path, rest),
                        Change("You left out the term {0}.", (bare,)),
                    )
                if step.phase == "update" and place:
                    change = Change("You went up the gradient: the update subtracts {0}.", (bare,))
                    yield Edit(("ascent",), replaced(primed, path, swapped), change)
                else:
                    change = Change("The sign of {0} is flipped.", (bare,))
                    yield Edit(("sign",), replaced(primed, path, swapped), change)
        if isinstance(part, Sum):
            yield from _one_of_a_sum(problem, primed, path, part)


def _one_of_a_sum(problem: Problem, formula: Formula, path: Path, part: Sum) -> Iterator[Edit]:
    samples = part.index.level == SAMPLE
    if not samples:
        yield from _one_term_off(problem, formula, path, part)
    for position in positions(problem, part.index):
        term = at_position(part.body, part.index, position)
        at = ((part.index, position),)
        if samples:
            change = Change("You took sample {n} alone; the sum runs over all samples.", (), at)
            yield Edit(("one-sample-only", "missing-term"), replaced(formula, path, term), change)
        rest = subtract(part, term)
        change = Change("You left out the term {0}.", (part.body,), at)
        yield Edit(("missing-term",), replaced(formula, path, rest), change)
        twice = subtract(part, product(number(2), term))
        yield Edit(
            ("sign",),
            replaced(formula, path, twice),
            Change("The sign of the term {0} is flipped.", (part.body,), at),
        )
        if not samples and len(positions(problem, part.index)) > 2:  # of two, the other was left out
            change = Change("You took only the term {0}; the sum has more.", (part.body,), at)
            yield Edit(("missing-term",), replaced(formula, path, term), change)


def _one_term_off(problem: Problem, formula: Formula, path: Path, part: Sum) -> Iterator[Edit]:
    """One term of a sum with its decimal point moved, or with another unit's value."""
    tried = positions(problem, part.index)
    many = max(1, len(tried))
    for position in tried:
        term = at_position(part.body, part.index, position)
        at = ((part.index, position),)
        for shift in (Fraction(10), Fraction(1, 10)):
            moved = add(part, product(Number(shift - 1), term))
            change = Change("The decimal point of the term {0} has moved.", (part.body,), at)
            yield Edit(("decimal-shift",), replaced(formula, path, moved), change, rare=many)
        for factor in refs(part.body):
            if factor.indices.count(part.index) != 1 or len(factor.indices) > 2:
                continue
            for other in tried:
                if other == position:
                    continue
                taken = _with_another(part.body, factor, part.index, position, other)
                change = Change("In the term {0} you took another unit's value.", (part.body,), at)
                swapped = add(part, subtract(taken, term))
                yield Edit(("wrong-input",), replaced(formula, path, swapped), change, rare=many)
                if many == 2:
                    change = Change(
                        "You took the term {0} alone, with another unit's value.", (part.body,), at
                    )
                    yield Edit(
                        ("wrong-input", "missing-term"), replaced(formula, path, taken), change, rare=2
                    )


def _with_another(body: Formula, factor: Ref, index: Index, position: int, other: int) -> Formula:
    """One term of a sum, in which one factor is that of another position."""

    def change(part: Formula) -> Formula:
        return at_position(part, index, other) if part == factor else part

    return at_position(transform(body, change), index, position)


_RULES: tuple[Callable[[Problem, Step, Formula], Iterator[Edit]], ...] = (
    _whole,
    derivatives,
    _factors,
    _terms,
    _update,
    of_one_line,
    axes,
    other_quantities,
)
