"""A chain as it is written: as a product of partial derivatives, with each put in, or with its numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product as positions

from ..formula.chain import Chain, Derivative, Link, Paths, links, without_single
from ..formula.tree import ONE, ZERO, Index, Ref, number
from .document import BigSum, Braced, Digits, Fenced, Math, Operator, Partial, Row
from .math_writing import Writer
from .symbols import Bound, Symbols
from .written import holds_partial, open_ended

LinkWriter = Callable[[Link, Bound], Math]


class ChainWriter:
    """Writes the chains of one problem."""

    def __init__(self, symbols: Symbols, writer: Writer) -> None:
        self.symbols, self.writer = symbols, writer

    def partial(self, link: Link, bound: Bound) -> Math:
        """∂top/∂bottom."""
        where = {**self.symbols.singles, **bound}
        return Partial(self.symbols.write(link.top, where), self.symbols.write(link.bottom, where))

    def partials(self, derivative: Derivative, bound: Bound) -> Math:
        """∂L/∂a · ∂a/∂z · ∂z/∂w."""
        return self._whole(derivative, self.partial, bound)

    def over_signal(self, whole: Derivative, near: Derivative, bound: Bound) -> Math:
        """The same, with a brace under the factors that the error signal stands for, as W3WI's equation 6."""
        written = self.partials(whole, bound)
        chain, (signal, *after) = (without_single(each.chain, self.symbols.singles) for each in (whole, near))
        above = len(chain) - len(after)
        alone = above == 1 and isinstance(chain[0], Link)
        if not isinstance(written, Row) or not isinstance(signal, Link) or alone or whole.scale != ONE:
            return written
        items = written.items[: 2 * above - 1]  # with a · between every two
        quantity = "delta" if signal.bottom.quantity == "preactivation" else "activation_gradient"
        ref = Ref(quantity, signal.bottom.level, signal.bottom.indices)
        label = self.symbols.write(ref, {**self.symbols.singles, **bound})
        if self.symbols.notation.delta_sign == "descent" and not isinstance(label, Partial):
            label = Row((Operator("−", spaced=False), label))
        return Row((Braced(Row(items) if len(items) > 1 else items[0], label), *written.items[len(items) :]))

    def put_in(self, derivative: Derivative, bound: Bound, *, prime: bool = False) -> Math:
        """Every partial derivative with its formula in its place, factors 1 included."""

        def write(link: Link, where: Bound) -> Math:
            return self.writer.write(link.prime if prime else link.slope, where)

        return self._whole(derivative, write, bound)

    def numbers(self, derivative: Derivative, bound: Bound, write: LinkWriter) -> Math:
        """Every partial derivative as `write` gives it, the sums written out term by term."""
        return self._whole(derivative, write, bound, spread=True)

    def instances(self, derivative: Derivative, bound: Bound) -> Iterator[tuple[Link, Bound]]:
        """Each link at every position of the indices that are still free."""
        singles = self.symbols.singles
        for link in dict.fromkeys(links(derivative.chain)):
            free = [
                index
                for index in dict.fromkeys((*link.bottom.indices, *link.top.indices))
                if index not in bound and index not in singles
            ]
            for place in positions(*(range(self._size(index)) for index in free)):
                yield link, {**bound, **dict(zip(free, place, strict=True))}

    def _size(self, index: Index) -> int:
        return int(self.symbols.problem.size(index))

    def _whole(
        self, derivative: Derivative, write: LinkWriter, bound: Bound, *, spread: bool = False
    ) -> Math:
        written = self._scaled(derivative, write, bound, spread)
        if derivative.penalty == ZERO:
            return written
        items = written.items if isinstance(written, Row) else (written,)
        return Row((*items, Operator("+"), self.writer.write(derivative.penalty, bound)))

    def _scaled(self, derivative: Derivative, write: LinkWriter, bound: Bound, spread: bool) -> Math:
        chain = without_single(derivative.chain, self.symbols.singles)
        inside = self._product(chain, write, bound, spread)
        if derivative.scale == ONE:
            return inside
        if derivative.scale == number(-1):
            return Row((Operator("−", spaced=False), _in_product(inside)))
        return joined([self.writer.write(derivative.scale), inside])

    def _product(
        self, chain: Chain, write: LinkWriter, bound: Bound, spread: bool, leading: bool = True
    ) -> Math:
        return joined([self._factor(part, write, bound, spread) for part in chain], leading)

    def _factor(self, part: Link | Paths, write: LinkWriter, bound: Bound, spread: bool) -> Math:
        if isinstance(part, Link):
            return write(part, bound)
        if not spread:
            inner = self._product(part.chain, write, bound, spread)
            size = str(self.symbols.problem.size(part.index))
            return BigSum(self.symbols.letters[part.index], size, inner)
        terms: list[Math] = []
        for position in range(self._size(part.index)):
            here = {**bound, part.index: position}
            inner = self._product(part.chain, write, here, spread, leading=not terms)
            terms += [Operator("+"), inner] if terms else [inner]
        return Row(tuple(terms))


def joined(factors: list[Math], leading: bool = True) -> Math:
    """Factors with · between them, those in brackets that would be read apart.

    `leading` is whether nothing stands before them, so that a negative number needs no brackets.
    """
    if len(factors) == 1:
        return factors[0] if leading else _in_product(factors[0])
    items: list[Math] = []
    for place, factor in enumerate(factors):
        if place == len(factors) - 1 and isinstance(factor, BigSum):
            items.append(factor)
            continue
        items += _factors(_in_product(factor, first=leading and not place))
    spaced = len(items) > 2 or any(holds_partial(item) for item in items)
    row: list[Math] = []
    for item in items:
        row += [Operator("·", spaced), item] if row else [item]
    return Row(tuple(row))


def _factors(math: Math) -> list[Math]:
    """The factors of a product that is written as one row."""
    items = math.items if isinstance(math, Row) else (math,)
    signs = {item.text for item in items if isinstance(item, Operator)}
    return [item for item in items if not isinstance(item, Operator)] if signs == {"·"} else [math]


def _in_product(math: Math, *, first: bool = False) -> Math:
    """The factor, in brackets where it is a sum, a negative number or open at its end."""
    if isinstance(math, Row) and not first and _negative(math.items[0]) and len(_factors(math)) > 1:
        return Row((Fenced(math.items[0]), *math.items[1:]))
    signs = (
        {item.text for item in math.items if isinstance(item, Operator)} if isinstance(math, Row) else set()
    )
    loose = open_ended(math) or bool(signs & {"+", "−"})
    return Fenced(math) if loose or (_negative(math) and not first) else math


def _negative(math: Math) -> bool:
    return isinstance(math, Digits) and math.text.startswith("-")
