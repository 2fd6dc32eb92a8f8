"""What is wrong with a formula, found in the student's own: one edit that mends it, or where it parts.

Each repair is tried on the student's tree and kept where the result equals ours at random points: another
quantity, sign, factor, power, bracket, operation or sum. Where no one edit will do, the factors (or terms) of
both are paired by their values, and what is left over on either side is told.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from fractions import Fraction

import numpy as np

from ..formula.arithmetic import Array
from ..formula.tree import (
    ONE,
    Add,
    At,
    Formula,
    Function,
    Index,
    Negation,
    Number,
    Power,
    Product,
    Quotient,
    Ref,
    Sum,
    add,
    children,
    free_indices,
    letters,
    number,
    product,
    ratio,
    rename,
    transform,
    walk,
)
from .slips.changes import Change, Edit, replaced
from .slips.diagnose import Diagnosis

Value = Callable[[Formula], "Array | None"]
MOST_TRIED = 400
_NUMBERS = (number(2), number(1, 2), number(-1))
_SHORT = 12  # nodes that a formula may have to be told in a message


def repair(theirs: Formula, ours: Sequence[Formula], value: Value, at_one_point: Value) -> Diagnosis | None:
    """The edit of the student's formula that makes it ours; else where the two part.

    `ours` are the ways to write the right one, `value` gives a formula's values at random points, None where
    it has none; `at_one_point` is the same at one of them, which rules most repairs out.
    """
    due, first = value(ours[0]), at_one_point(ours[0])
    if due is None or first is None:
        return None
    if isinstance(theirs, Number):
        return Diagnosis(
            (), (Change("It is no fixed number, such as {0}: it changes with {1}.", (theirs, ours[0])),)
        )
    for tried, edit in enumerate(_repairs(theirs, ours)):
        if tried == MOST_TRIED:
            break
        quick = at_one_point(edit.formula)
        if quick is None or quick.shape != first.shape or not _alike(quick, first):
            continue
        found = value(edit.formula)
        if found is not None and found.shape == due.shape and _alike(found, due):
            return Diagnosis(edit.codes, (edit.change,))
    return _parting(theirs, ours, value)


def _alike(left: Array, right: Array) -> bool:
    return bool(np.allclose(left, right, rtol=1e-7, atol=1e-10))


def _repairs(theirs: Formula, ours: Sequence[Formula]) -> Iterator[Edit]:
    """Formulas one edit away from the student's, what is commoner first."""
    quantities = [ref for ref in _parts(ours) if isinstance(ref, Ref)]
    factors = [part for part in _parts(ours) if not isinstance(part, (Number, Sum)) and _size(part) <= _SHORT]
    nodes = list(walk(theirs))
    for each in (
        _signs,
        _others(quantities),
        _functions,
        _powers,
        _factors_off,
        _brackets,
        _sums,
        _operations,
    ):
        for path, node in nodes:
            for codes, template, names, new in each(node):
                whole = replaced(theirs, path, new)
                shown = (*names, theirs, whole)
                yield Edit(codes, whole, Change(template, shown))
    for path, node in nodes:
        if not path or _is_term(theirs, path):
            for factor in (*_NUMBERS[:2], *factors):
                whole = replaced(theirs, path, product(node, factor))
                where = " in {1}" if path else ""
                yield Edit(
                    ("missing-factor",), whole, Change(f"The factor {{0}} is missing{where}.", (factor, node))
                )

    for path, node in nodes:
        if isinstance(node, (Add, Sum, Product)) or not path:
            for term in dict.fromkeys(
                part
                for each in _parts(ours)
                if isinstance(each, Add)
                for part in each.terms
                if _size(part) <= _SHORT
            ):
                whole = replaced(theirs, path, add(node, term))
                where = " in {1}" if path else ""
                yield Edit(
                    ("missing-term",), whole, Change(f"The term {{0}} is missing{where}.", (term, node))
                )


Found = Iterator[tuple[tuple[str, ...], str, tuple[Formula, ...], Formula]]


def _signs(node: Formula) -> Found:
    if isinstance(node, Negation):
        yield ("sign",), "The sign of {0} is flipped.", (node.body,), node.body
    elif isinstance(node, Add):
        for place, term in enumerate(node.terms):
            if place and not isinstance(term, Negation):
                terms = (*node.terms[:place], Negation(term), *node.terms[place + 1 :])
                yield ("sign",), "The sign of {0} is flipped.", (term,), add(*terms)
    elif isinstance(node, Function):
        argument = node.argument.body if isinstance(node.argument, Negation) else Negation(node.argument)
        other = Function(node.name, argument, node.derivative, node.parameter, node.over)
        yield ("sign",), "You took {0} where {1} belongs.", (node, other), other


def _others(quantities: Sequence[Ref]) -> Callable[[Formula], Found]:
    """Another quantity in the place of one."""

    def found(node: Formula) -> Found:
        if not isinstance(node, Ref):
            return
        for other in (*_elsewhere(node), *(_with_indices_of(node, ref) for ref in quantities)):
            if other == node:
                continue
            both = node.quantity == other.quantity == "weights"
            code = "wrong-weights" if both else "wrong-input"
            if both and _turned(node) == other:
                code = "transposed-weights"
            yield (code,), "You took {0} where {1} belongs.", (node, other), other

    return found


def _with_indices_of(node: Ref, other: Ref) -> Ref:
    """Another quantity with the letters that one stands with."""
    own = {Index(index.level): index for index in letters(*node.indices)}
    return Ref(other.quantity, other.level, tuple(own.get(index, index) for index in other.indices))


def _turned(ref: Ref) -> Ref | None:
    """A weight with its two fixed positions swapped."""
    match ref:
        case Ref("weights", level, (At() as unit, At() as source)):
            swapped = (At(source.position, unit.level), At(unit.position, source.level))
            return Ref("weights", level, swapped)
    return None


def _elsewhere(ref: Ref) -> Iterator[Ref]:
    """The same quantity at other positions, where one is fixed."""
    if turned := _turned(ref):
        yield turned
    for place, index in enumerate(ref.indices):
        for other in range(6) if isinstance(index, At) else ():
            moved = At(other, index.level)
            if moved != index:
                indices = (*ref.indices[:place], moved, *ref.indices[place + 1 :])
                yield Ref(ref.quantity, ref.level, indices)


def _functions(node: Formula) -> Found:
    if not isinstance(node, Function):
        return
    if node.over is None and node.name != "abs":
        other = Function(node.name, node.argument, not node.derivative, node.parameter)
        if node.derivative:
            yield ("wrong-derivative",), "You took {0} where {1} belongs.", (node, other), other
        else:
            yield ("missing-derivative",), "You took {0} where {1} belongs.", (node, other), other
    yield ("extra-activation",), "You took {0} where {1} belongs.", (node, node.argument), node.argument


def _powers(node: Formula) -> Found:
    if isinstance(node, Power):
        yield ("extra-factor",), "You took {0} where {1} belongs.", (node, node.base), node.base
        slope = product(number(2), node.base)
        yield ("missing-derivative",), "You took {0} where its derivative {1} belongs.", (node, slope), slope
        if node.exponent != 2:
            square = Power(node.base, 2)
            yield ("extra-factor",), "You took {0} where {1} belongs.", (node, square), square
    elif isinstance(node, (Ref, Add)):
        square = Power(node, 2)
        yield ("missing-square",), "You took {0} where {1} belongs.", (node, square), square


def _factors_off(node: Formula) -> Found:
    """A factor or a term too many."""
    if isinstance(node, Product):
        for place, factor in enumerate(node.factors):
            rest = product(*node.factors[:place], *node.factors[place + 1 :])
            yield ("extra-factor",), "The factor {0} is too many.", (factor,), rest
    elif isinstance(node, Quotient):
        yield ("extra-factor",), "You divided by {0}, which is too many.", (node.denominator,), node.numerator
    elif isinstance(node, Add):
        for place, term in enumerate(node.terms):
            rest = add(*node.terms[:place], *node.terms[place + 1 :])
            yield ("extra-term",), "The term {0} is too many.", (term,), rest
    elif isinstance(node, Number) and node != ONE:
        for other in (ONE, number(2), number(1, 2)):
            if other != node:
                codes = ("extra-factor",) if other == ONE else ("missing-factor",)
                yield codes, "You took {0} where {1} belongs.", (node, other), other


_READ = "Brackets are missing or in the wrong place: this reads as {0}; did you mean {1}?"


def _brackets(node: Formula) -> Found:
    """Brackets that were left out, or closed too early or too late."""
    if isinstance(node, Add):
        for place, term in enumerate(node.terms):
            rest = (*node.terms[:place], *node.terms[place + 1 :])
            yield from ((("wrong-operation",), _READ, (), new) for new in _embraced(term, rest))
        if squares := _common_power(node.terms):
            yield ("wrong-operation",), "You took {0} where {1} belongs.", (node, squares), squares
        for cut in range(1, len(node.terms)):  # (w − y) + γ σ′ for (w − y) γ σ′
            whole = product(add(*node.terms[:cut]), add(*node.terms[cut:]))
            yield ("wrong-operation",), "You took {0} where {1} belongs.", (node, whole), whole
        if isinstance(node.terms[0], Number):  # 1/1 + e^(−z)
            yield ("wrong-operation",), _READ, (), ratio(node.terms[0], add(ONE, *node.terms[1:]))
    elif isinstance(node, Product):
        for place, factor in enumerate(node.factors):
            if isinstance(factor, Add):
                others = (*node.factors[:place], *node.factors[place + 1 :])
                first, *more = factor.terms
                yield ("wrong-operation",), _READ, (), add(product(*others, first), *more)
    elif isinstance(node, Power):
        yield from _inside_power(node)
    elif isinstance(node, Function) and (inner := _argument_within(node)):
        whole = product(Function(node.name, inner, node.derivative, node.parameter), node.argument)
        yield ("wrong-operation",), _READ, (), whole
    elif isinstance(node, Function) and isinstance(node.argument, Product):
        for cut in range(1, len(node.argument.factors)):
            head, tail = node.argument.factors[:cut], node.argument.factors[cut:]
            own = Function(node.name, product(*head), node.derivative, node.parameter, node.over)
            yield ("wrong-operation",), _READ, (), product(own, *tail)


def _common_power(terms: Sequence[Formula]) -> Formula | None:
    """(z − y)² for z² − y²."""
    bare = [term.body if isinstance(term, Negation) else term for term in terms]
    if not all(isinstance(term, Power) and term.exponent == 2 for term in bare):
        return None
    bases = [term.base for term in bare if isinstance(term, Power)]
    signed = [
        Negation(base) if isinstance(term, Negation) else base
        for term, base in zip(terms, bases, strict=True)
    ]
    return Power(add(*signed), 2)


def _argument_within(node: Function) -> Formula | None:
    """z in σ(1 − σ(z)), where the outer σ was left without its own argument."""
    inside = (
        part for _, part in walk(node.argument) if isinstance(part, Function) and part.name == node.name
    )
    return next((part.argument for part in inside), None)


def _embraced(term: Formula, rest: tuple[Formula, ...]) -> Iterator[Formula]:
    """A term with the others drawn into its last factor or its denominator."""
    if isinstance(term, Negation):
        yield from (Negation(inner) for inner in _embraced(term.body, rest))
        if isinstance(term.body, Product):  # w − y·a for (w − y)·a
            first, *more = term.body.factors
            yield product(add(*rest, Negation(first)), *more)
        elif isinstance(term.body, Power):
            yield Power(add(*rest, Negation(term.body.base)), term.body.exponent)
    elif isinstance(term, Quotient):
        yield ratio(term.numerator, add(term.denominator, *rest))
        yield ratio(add(term.numerator, *rest), term.denominator)
    elif isinstance(term, Product):
        yield product(*term.factors[:-1], add(term.factors[-1], *rest))
        yield product(add(*rest, term.factors[0]), *term.factors[1:])
    elif isinstance(term, Power):
        yield Power(add(term.base, *rest), term.exponent)
    elif isinstance(term, Function):
        argument = add(term.argument, *rest)
        yield Function(term.name, argument, term.derivative, term.parameter, term.over)


def _inside_power(node: Power) -> Found:
    if isinstance(node.base, Product):
        *head, last = node.base.factors
        yield ("wrong-operation",), _READ, (), product(*head, Power(last, node.exponent))


def _sums(node: Formula) -> Found:
    """A sum that should not stand, or ends too late."""
    if isinstance(node, Sum):
        if node.index not in free_indices(node.body):
            return
        one = rename(node.body, {node.index: Index(node.index.level)})
        yield ("extra-term",), "You took {0}, the sum of all, where {1} belongs.", (node, one), one
        if isinstance(node.body, Add):
            for place, term in enumerate(node.body.terms):
                if node.index not in free_indices(term):
                    rest = add(*node.body.terms[:place], *node.body.terms[place + 1 :])
                    whole = add(Sum(node.index, rest), term)
                    yield (
                        ("extra-term",),
                        "{0} belongs behind the sum: it is added for each term.",
                        (term,),
                        whole,
                    )


def _operations(node: Formula) -> Found:
    """A sum for a product, a quotient for a product, and the other way round."""
    words = "You took {0} where {1} belongs."
    if isinstance(node, Add):
        bare = [term.body if isinstance(term, Negation) else term for term in node.terms]
        yield ("wrong-operation",), words, (node, product(*bare)), product(*bare)
    elif isinstance(node, Quotient):
        whole = product(node.numerator, node.denominator)
        yield ("wrong-operation",), words, (node, whole), whole
    elif isinstance(node, Product):
        for place, factor in enumerate(node.factors):
            others = product(*node.factors[:place], *node.factors[place + 1 :])
            yield ("wrong-operation",), words, (node, ratio(others, factor)), ratio(others, factor)
            yield ("wrong-operation",), words, (node, add(others, factor)), add(others, factor)


def _parting(theirs: Formula, ours: Sequence[Formula], value: Value) -> Diagnosis | None:
    """Where two formulas part: the factors, or the terms, that the other has not."""
    best: tuple[int, Diagnosis] | None = None
    for own in ours:
        for split, word, join in ((_factors, "factor", product), (_terms, "term", add)):
            left, right = split(theirs), split(own)
            if len(left) < 2 and len(right) < 2:
                continue
            wrong, missed = _unpaired(left, right, value)
            kept = len(left) - len(wrong)
            if not kept or (best and best[0] >= kept) or len(wrong) + len(missed) > 3:
                continue
            names: tuple[Formula, ...] = (join(*wrong), join(*missed))
            if sum(map(_size, names)) > 2 * _SHORT:
                continue
            if wrong and missed:
                said = f"Right up to one {word}: {{0}} stands where {{1}} belongs."
            elif missed:
                said, names = f"Right but for {{0}}, a {word} that is missing.", names[1:]
            else:
                said, names = f"Right but for {{0}}, a {word} too many.", names[:1]
            best = (kept, Diagnosis((), (Change(said, names),)))
    return best[1] if best else None


def _unpaired(
    left: Sequence[Formula], right: Sequence[Formula], value: Value
) -> tuple[list[Formula], list[Formula]]:
    """What of each side has no partner of the same value on the other."""
    missed, wrong = list(right), []
    for part in left:
        own = value(part)
        partner = next(
            (
                other
                for other in missed
                if own is not None and (due := value(other)) is not None and _alike(own, due)
            ),
            None,
        )
        if partner is None:
            wrong.append(part)
        else:
            missed.remove(partner)
    return wrong, missed


def _factors(formula: Formula) -> list[Formula]:
    match formula:
        case Product(factors):
            return [one for factor in factors for one in _factors(factor)]
        case Negation(body):
            return [Number(Fraction(-1)), *_factors(body)]
        case Quotient(numerator, denominator):
            return [*_factors(numerator), ratio(ONE, denominator)]
    return [formula]


def _terms(formula: Formula) -> list[Formula]:
    match formula:
        case Add(terms):
            return [one for term in terms for one in _terms(term)]
        case Negation(Add(terms)):
            return [Negation(term) for term in terms]
    return [formula]


def _parts(formulas: Sequence[Formula]) -> list[Formula]:
    """Every part of some formulas, once."""
    return list(dict.fromkeys(part for formula in formulas for _, part in walk(formula)))


def _size(formula: Formula) -> int:
    return 1 + sum(map(_size, children(formula)))


def _is_term(formula: Formula, path: tuple[int, ...]) -> bool:
    """Whether a path leads to a term of the formula's sum."""
    return isinstance(formula, Add) and len(path) == 1


def pinned(formula: Formula, singles: Container[Index]) -> Formula:
    """A formula without the indices that take one value only, as a student leaves them out."""

    def change(part: Formula) -> Formula:
        if isinstance(part, Sum) and part.index in singles:
            return part.body
        if isinstance(part, Ref):
            places = (At(0, index.level) if index in singles else index for index in part.indices)
            return Ref(part.quantity, part.level, tuple(places))
        return part

    return transform(formula, change)
