"""The known mistakes as edits of a step's formula: change the tree at one place, and see what it gives.

Each edit has its slip codes, its formula, and what it did, from which the message is written in the handout's
symbols. A rule is a function from a step to edits; a new mistake is a new rule or a line in one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from ...formula.tree import (
    ONE,
    SAMPLE,
    SAMPLES,
    Add,
    Formula,
    Function,
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
    walk,
)
from ...plan.steps import Step, negate, per_sample
from ...problem.problem import Problem
from .changes import Change, Edit, at_position, positions, replaced
from .substitutions import of_one_line, other_quantities


def edits(problem: Problem, step: Step, primed: Formula) -> list[Edit]:
    """The single mistakes that fit a step, the likeliest first; `primed` is its formula with f′ as f′(z)."""
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


def _derivatives(problem: Problem, step: Step, primed: Formula) -> Iterator[Edit]:
    for path, part in walk(primed):
        if not (isinstance(part, Function) and part.derivative and isinstance(part.argument, Ref)):
            continue
        z = part.argument
        a = Ref("activation", z.level, z.indices)
        off = "; a unit that is off passes nothing back" if part.name == "relu" else ""
        yield Edit(
            ("missing-derivative",),
            replaced(primed, path, ONE),
            Change("You left out {0} = {0=}" + off + ".", (part,)),
        )
        yield Edit(
            ("derivative-at-activation",),
            replaced(primed, path, replace(part, argument=a)),
            Change("You took the derivative at {0} where {1} belongs.", (a, z)),
        )
        yield Edit(
            ("wrong-derivative",),
            replaced(primed, path, replace(part, derivative=False)),
            Change(
                "You took {0} itself where its derivative {1} belongs.",
                (replace(part, derivative=False), part),
            ),
        )
        one_minus = subtract(ONE, replace(part, derivative=False))
        if part.name in ("sigmoid", "tanh"):
            yield Edit(
                ("wrong-derivative",),
                replaced(primed, path, one_minus),
                Change("You took {0} where the derivative {1} belongs.", (one_minus, part)),
            )
    level = step.level
    if step.quantity in ("delta", "descent_delta") and not any(_is_slope(part) for _, part in walk(primed)):
        activation = problem.layer(level).activation
        if activation.name != "identity":
            a = per_sample("activation", level)
            name = "sigmoid" if not activation.elementwise else activation.name
            slope = Function(name, per_sample("preactivation", level), True, activation.parameter)
            if not activation.elementwise:
                bell = product(a, subtract(ONE, a))
                change = Change("You treated softmax unit by unit, with {0} as its derivative.", (bell,))
                yield Edit(("softmax-elementwise",), product(primed, bell), change)
                gradient = per_sample("activation_gradient", level)
                yield Edit(("softmax-elementwise",), product(gradient, bell), change)
            else:
                change = Change(
                    "The derivative {0} is one factor too many: here it has cancelled already.", (slope,)
                )
                yield Edit(("extra-factor",), product(primed, slope), change)


def _is_slope(part: Formula) -> bool:
    return isinstance(part, Function) and part.derivative


def _factors(problem: Problem, step: Step, primed: Formula) -> Iterator[Edit]:
    for formula in dict.fromkeys((primed, step.formula)):
        for path, part in walk(formula):
            if not isinstance(part, Product):
                continue
            for place, factor in enumerate(part.factors):
                if _is_slope(factor):
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
                yield Edit((code,), replaced(formula, path, rest), Change(template, (factor,)), scale)
            if len(part.factors) == 2 and step.phase == "backward":
                for place, factor in enumerate(part.factors):
                    if isinstance(factor, Function) and factor.derivative:
                        other = part.factors[1 - place]
                        change = Change("You added {0} where it is a factor.", (factor,))
                        yield Edit(("wrong-operation",), replaced(formula, path, add(other, factor)), change)


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


_RULES: tuple[Callable[[Problem, Step, Formula], Iterator[Edit]], ...] = (
    _whole,
    _derivatives,
    _factors,
    _terms,
    of_one_line,
    other_quantities,
)
