"""How the quantities and formulas of an equation problem are written, with symbols or with numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ..formula.tree import (
    REDUCTIONS,
    At,
    Extreme,
    Formula,
    Function,
    Index,
    Inside,
    Kronecker,
    Negation,
    Number,
    Position,
    Power,
    Product,
    Read,
    Ref,
    Shifted,
    Sum,
    letters,
    product,
    relocate,
    transform,
    walk,
)
from ..functions.table import row_of
from ..plan.recurrence import position_of
from ..problem.equations import NOT_BELOW, EquationProblem, Range, letter_of
from .document import BigSum, Digits, Fenced, Math, Operator, Partial, Row, Superscript, Symbol, Word
from .math_writing import NumberTexts, Writer
from .optimizer_symbols import optimizer_writers
from .symbols import parse_symbol
from .written import Binding, Written

Bound = Mapping[Index, int]
_SPARE = "mlrsnpuvijkqdeg"
_LISTED = 5


class EquationSymbols:
    """The symbols of one problem of equations."""

    def __init__(self, problem: EquationProblem) -> None:
        self.problem = problem
        self.notation = problem.notation
        self.singles: Bound = {}
        self.own = set(map(letter_of, problem.ranges))
        symbols = (*problem.axes, problem.objective)
        self.quantity_letters = {parse_symbol(self.spelled(symbol)).name for symbol in symbols}
        self._chosen: dict[Index, str] = {}
        self._spare = [one for one in _SPARE if one not in self.own | self.quantity_letters]
        self._roles = optimizer_writers({"value": lambda _, ref, bound: self._value(ref, bound)})

    def spelled(self, symbol: str) -> str:
        """A symbol as the problem writes it."""
        return self.problem.letters.get(symbol, symbol)

    def letter(self, index: Index) -> str:
        """The letter of an index: its own, or the one chosen for it in the formula at hand."""
        return self._chosen.get(index) or letter_of(index.level)

    def choose(self, formula: Formula, indices: tuple[Index, ...]) -> None:
        """Letters for a formula's indices, so that no two of them have the same."""
        self._chosen = {}
        for index in dict.fromkeys((*indices, *bound_indices(formula))):
            own, taken = letter_of(index.level), self._chosen.values()
            free = (letter for letter in self._spare if letter not in taken)
            self._chosen[index] = own if own not in taken else next(free, own + "′")

    def place(self, place: Index, bound: Bound) -> str:
        """An index as it is written: t, 2, t−1, i+m−1."""
        if isinstance(place, At):
            return str(place.position).replace("-", "−")
        if all(index in bound for index in letters(place)):
            return str(position_of(place, bound)).replace("-", "−")
        if not isinstance(place, Shifted):
            return self.letter(place)
        text = ""
        for factor, index in sorted(place.terms, key=lambda term: term[0] < 0):
            sign = "−" if factor < 0 else "+" if text else ""
            text += f"{sign}{abs(factor) if abs(factor) != 1 else ''}{self.letter(index)}"
        if place.offset:
            text += f"{'−' if place.offset < 0 else '+'}{abs(place.offset)}"
        return text

    def index(self, index: Index, bound: Bound) -> str:
        return self.place(index, bound)

    def write(self, ref: Ref, bound: Bound) -> Math:
        """The symbol of a quantity, with its indices bound to positions or as letters."""
        if ref.quantity in ("value", "new"):
            return self._value(ref, bound)
        if ref.quantity == "gradient":
            return Partial(self.objective(), self._value(ref, bound))
        if ref.quantity == "learning_rate":
            return parse_symbol(self.notation.learning_rate)
        if ref.quantity == "argument":
            return Symbol("x")
        writer = self._roles.get(ref.quantity) or self._roles[f"{ref.quantity}_value"]
        return writer(self, ref, bound)  # type: ignore[arg-type]  # it asks for the letters of quantities only

    def objective(self) -> Symbol:
        return parse_symbol(self.spelled(self.problem.objective))

    def _value(self, ref: Ref, bound: Bound) -> Symbol:
        symbol = parse_symbol(self.spelled(ref.level))
        places = tuple(self.place(place, bound) for place in ref.indices)
        return Symbol(symbol.name, symbol.subscripts + places, argument=symbol.argument)

    def whole(self, ref: Ref) -> Math:
        """The symbol of a whole list or matrix, without indices."""
        return self.write(Ref(ref.quantity, ref.level), {})

    def run(self, index: Index) -> str:
        """The values an index takes: t = 1, 2, 3, or k = 1, …, K."""
        return f"{self.letter(index)} = {positions_text(self.problem.range_of(index))}"


def positions_text(span: Range) -> str:
    """1, 2, 3, or 1, …, 12."""
    if isinstance(span.last, str):
        return f"{span.first}, …, {span.last}"
    numbers = [str(position) for position in range(span.first, span.first + len(span))]
    shown = numbers if len(numbers) <= _LISTED else [numbers[0], "…", numbers[-1]]
    return ", ".join(shown).replace("-", "−")


class Conditions:
    """The index ranges that stand behind general equations; a sum's range is told where it first occurs."""

    def __init__(self, symbols: EquationSymbols) -> None:
        self.symbols = symbols
        self.told: set[str] = set()

    def of(self, formula: Formula, indices: tuple[Index, ...]) -> str:
        """The ranges of a formula's free indices, of its new sums, and where its terms are missing."""
        symbols, parts = self.symbols, []
        if indices:
            parts.append("for " + " and ".join(symbols.run(index) for index in indices))
        sums: dict[str, str] = {}
        for part, index in binders(formula):
            if index not in indices:
                sums.setdefault(symbols.run(index), _OVER[part.name if isinstance(part, Function) else ""])
        for kind in _OVER.values():
            new = [run for run, over in sums.items() if over == kind and run not in self.told]
            if new:
                parts.append(f"{kind} over {' and '.join(new)}")
        found = (part for _, part in walk(formula) if isinstance(part, Inside))
        parts += [f"a term only where {where}" for where in dict.fromkeys(map(self._where, found))]
        self.told |= {*sums, *(symbols.run(index) for index in indices)}
        return "; ".join(parts)

    def _where(self, part: Inside) -> str:
        """t−1 is one of 1, 2, 3, or s ≤ t."""
        symbols, place = self.symbols, part.place
        if part.index != NOT_BELOW or not isinstance(place, Shifted):
            span = positions_text(symbols.problem.range_of(part.index))
            return f"{symbols.place(place, {})} is one of {span}"
        less = tuple((-factor, index) for factor, index in place.terms if factor < 0)
        more = tuple(term for term in place.terms if term[0] > 0)
        one = symbols.place(Shifted(less, max(-place.offset, 0)), {}) if less else str(-place.offset)
        further = max(place.offset, 0) if less else 0
        other = symbols.place(Shifted(more, further), {}) if more else str(place.offset)
        return f"{one} ≤ {other}"


# What runs over an index, in words.
_OVER = {"": "the sum", "max": "the largest", "min": "the smallest", "product": "the product"}


def binders(formula: Formula) -> Iterator[tuple[Sum | Function, Index]]:
    """What runs over an index of its own in the formula, with that index."""
    for _, part in walk(formula):
        if isinstance(part, Sum):
            yield part, part.index
        elif isinstance(part, Function) and part.name in REDUCTIONS and part.over and not part.derivative:
            yield part, part.over


def bound_indices(formula: Formula) -> list[Index]:
    """The indices that sums of the formula run over."""
    return [index for _, index in binders(formula)]


class EquationWriter(Writer):
    """Writes formulas of equations: in symbols, or with numbers where they are grounded and have figures."""

    def _write(self, formula: Formula, bound: Bound, leading: bool = False) -> Written:
        own = _WRITERS.get(type(formula))
        return own(self, formula, bound, leading) if own else super()._write(formula, bound, leading)

    def position(self, formula: Position, bound: Bound, leading: bool) -> Written:
        text = self.symbols.index(formula.place, bound)
        if isinstance(formula.place, Shifted):
            return Written(Fenced(Word(text)), Binding.ATOM)
        return Written(Symbol(text) if text.isalpha() else Word(text), Binding.ATOM)

    def kronecker(self, formula: Kronecker, bound: Bound, leading: bool) -> Written:
        left, right = (self.symbols.index(place, bound) for place in (formula.left, formula.right))
        return Written(Fenced(Row((Word(left), Operator("="), Word(right))), "[", "]"), Binding.ATOM)

    def sum(self, formula: Sum, bound: Bound, leading: bool) -> Written:
        span = self.symbols.problem.range_of(formula.index)  # type: ignore[attr-defined]  # of equations
        body = self._inside(formula.body, bound, Binding.PRODUCT)
        index = self.symbols.index(formula.index, bound)
        return Written(BigSum(index, str(span.last), body, str(span.first)), Binding.PRODUCT)

    def power(self, formula: Power, bound: Bound, leading: bool) -> Written:
        if isinstance(formula.base, Function) and formula.base.name == "exp" and not formula.base.derivative:
            base: Math = Fenced(self._write(formula.base, bound).math)
            return Written(Superscript(base, Digits(str(formula.exponent))), Binding.POWER)
        return super().power(formula, bound, leading)

    def extreme(self, formula: Extreme, bound: Bound, leading: bool) -> Written:
        if formula.picked is None:
            return super().extreme(formula, bound, leading)
        if self.figures is not None and (choice := chosen(self.figures, formula)) is not None:
            return Written(Digits("1" if choice == formula.picked else "0"), Binding.ATOM)
        return super().extreme(formula, bound, leading)

    def inside(self, formula: Inside, bound: Bound, leading: bool) -> Written:
        return self._write(formula.body, bound, leading)

    def read(self, formula: Read, bound: Bound, leading: bool) -> Written:
        body = formula.body
        if not isinstance(body, Function):
            return self._write(relocate(body, {formula.index: formula.place}), bound, leading)
        own = relocate(body.argument, {formula.index: formula.place})
        return self._over(body, own, bound)

    def function(self, formula: Function, bound: Bound, leading: bool) -> Written:
        if formula.over is not None:
            return self._over(formula, formula.argument, bound)
        return super().function(formula, bound, leading)

    def spelled(self, formula: Formula) -> Formula:
        """f′(z) as it is worked out with numbers; a function of one's own keeps its name."""
        own = self.symbols.problem.functions  # type: ignore[attr-defined]  # a problem of equations has them
        if isinstance(formula, Function) and formula.derivative and row_of(formula).symbol in own:
            return formula
        return super().spelled(formula)

    def function_name(self, formula: Function) -> str:
        return row_of(formula).symbol

    def _over(self, formula: Function, own: Formula, bound: Bound) -> Written:
        """softmax_k(z_k), max_i(a_i), or which of the a is it."""
        index = self.symbols.index(formula.over or At(0), bound)
        if formula.derivative:
            inside = Row((self.write(own, bound), Operator("="), Word(formula.name)))
            return Written(Fenced(inside, "[", "]"), Binding.ATOM)
        name = "Π" if formula.name == "product" else formula.name
        below = [index]
        while isinstance(own, Function) and own.name == formula.name and own.over is not None:
            below.append(self.symbols.index(own.over, bound))
            own = own.argument
        return Written(Row((Symbol(name, tuple(below)), Fenced(self.write(own, bound)))), Binding.ATOM)


def plain_maxima(formula: Formula) -> Formula:
    """Of "the row has the largest" and "it is the largest of its row" only the last, which says both."""

    def change(part: Formula) -> Formula:
        if not isinstance(part, Product):
            return part
        return product(*(factor for factor in part.factors if not _of_maxima(factor)))

    return transform(formula, change)


def _of_maxima(factor: Formula) -> bool:
    """Whether a factor tells which of several maxima is the largest."""
    body = factor.body if isinstance(factor, Read) else factor
    if not isinstance(body, Function) or not body.derivative or body.over is None:
        return False
    inner = body.argument
    return isinstance(inner, Function) and inner.name == body.name and inner.over is not None


def chosen(figures: NumberTexts, formula: Extreme) -> int | None:
    """Which argument is the largest or smallest, by the numbers shown; None where one is no number."""
    values = [number_of(figures, argument) for argument in formula.arguments]
    numbers = [value for value in values if value is not None]
    if len(numbers) < len(values):
        return None
    return numbers.index(max(numbers) if formula.name == "max" else min(numbers))


def number_of(figures: NumberTexts, formula: Formula) -> float | None:
    """The value of a number or of a quantity at a fixed place, as shown."""
    match formula:
        case Number(value):
            return float(value)
        case Negation(body):
            inner = number_of(figures, body)
            return None if inner is None else -inner
        case Ref():
            return float(figures.text(formula, {}))
    return None


_WRITERS: dict[type, Callable[..., Written]] = {
    Position: EquationWriter.position,
    Kronecker: EquationWriter.kronecker,
    Sum: EquationWriter.sum,
    Power: EquationWriter.power,
    Extreme: EquationWriter.extreme,
    Inside: EquationWriter.inside,
    Read: EquationWriter.read,
    Function: EquationWriter.function,
}
