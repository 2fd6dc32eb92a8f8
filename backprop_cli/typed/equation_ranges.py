"""Which cells the symbols of one equation mean, and over what each of its indices runs.

Ranges come from the `for` clause, from the limits of a Σ, and from the axes of the symbols on which an index
stands; one that stands only shifted (x_{i+m-1}) takes the widest range that stays inside.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from math import prod

from ..problem.equations import Range
from .equation_names import Suffix
from .equation_reading import Scope, Side, Use
from .equation_text import EquationError, Span

Bound = int | str
MAX_RANGE = 10_000


def in_words(run: Range) -> str:
    """The positions of a range: 1, …, 4."""
    if run.first == run.last:
        return str(run.first)
    if isinstance(run.last, int) and run.last - run.first == 1:
        return f"{run.first}, {run.last}"
    return f"{run.first}, …, {run.last}"


@dataclass
class Symbol:
    """A quantity of the problem: its key, its axes, and where it comes from."""

    base: str
    label: str
    kind: str  # "given", "parameter", "computed", or "letter" in a problem without numbers
    axes: list[Range | None]
    line: int = 0  # the equation that computes it
    span: Span = (0, 0)
    key: str = ""


@dataclass(frozen=True)
class Term:
    """What one index is: letters with whole factors, and a whole number: i + m − 1, 2i + m − 2."""

    letters: tuple[tuple[int, str], ...]  # (factor, letter)
    offset: int


@dataclass
class Variable:
    """One index of an equation: a letter of the left side, or one that a Σ binds."""

    letter: str
    span: Span
    explicit: Range | None = None
    range: Range | None = None
    plain: list[tuple[Range, Use]] = field(default_factory=list)  # axes on which it stands by itself


@dataclass(frozen=True)
class Placed:
    """A use with the symbol it means and its indices in terms of variables."""

    symbol: Symbol
    places: tuple[tuple[tuple[tuple[int, int], ...], int], ...]  # per axis: ((sign, variable), …), offset
    use: Use


_TERM = re.compile(r"([+-]?)(\d*)\*?(?:([^\W\d_])|\(([^()]*)\))|([+-]?)(\d+)")
_MAX_FACTOR = 1000


def term_of(text: str) -> Term | None:
    """An index as typed, t-1, i+m-1 or 2(i-1)+m; None for what is none."""
    factors: dict[str, int] = {}
    offset = at = 0
    while at < len(text):
        match = _TERM.match(text, at)
        if not match or (at and not (match[1] or match[5])):
            return None
        at = match.end()
        sign = -1 if (match[1] or match[5]) == "-" else 1
        if match[6]:
            offset += sign * int(match[6][:7])
            continue
        factor = sign * int(match[2][:7] or 1)
        inner = Term(((1, match[3]),), 0) if match[3] else term_of(match[4])
        if inner is None or abs(factor) > _MAX_FACTOR:
            return None
        offset += factor * inner.offset
        for own, letter in inner.letters:
            factors[letter] = factors.get(letter, 0) + factor * own
    letters = tuple((factor, letter) for letter, factor in factors.items() if factor)
    return Term(letters, offset) if text else None


def index_texts(suffixes: tuple[Suffix, ...], count: int) -> list[str] | None:
    """What is written on a symbol as so many indices: kj, k,j, 12, t-1,k; None where it cannot be."""
    above = [suffix.text for suffix in suffixes if suffix.above]
    below = [suffix.text for suffix in suffixes if not suffix.above]
    pieces = [piece for text in (*above, *below) for piece in re.split("[,;]", text) if piece]
    if len(pieces) == count:
        return pieces
    apart = [part for piece in pieces for part in _apart(piece)]
    return apart if len(apart) == count else None


def _apart(piece: str) -> list[str]:
    """kj → k, j; a shifted index is one: t-1."""
    return re.findall(r"[^\W\d_](?:[+-](?:\d+|[^\W\d_]))*|\d(?:[+-]\d+)*", piece)


def without_label(symbol: Symbol, suffixes: tuple[Suffix, ...]) -> Iterator[tuple[Suffix, ...]]:
    """What is left of a symbol's suffixes once its label is taken off, the likelier reading first."""
    label = symbol.label
    if not label:
        yield suffixes
        return
    if ",".join(suffix.text for suffix in suffixes) == label:
        yield ()
    for at, suffix in enumerate(suffixes):
        rest = suffixes[:at], suffixes[at + 1 :]
        if suffix.text == label:
            yield (*rest[0], *rest[1])
        elif suffix.text.startswith(f"{label},"):
            yield (*rest[0], Suffix(suffix.text[len(label) + 1 :], suffix.above), *rest[1])
    for at, suffix in enumerate(suffixes):
        if len(suffix.text) > len(label) and suffix.text.startswith(label) and symbol.axes:
            yield (*suffixes[:at], Suffix(suffix.text[len(label) :], suffix.above), *suffixes[at + 1 :])


class Placing:
    """Places the uses of one equation."""

    def __init__(
        self,
        side: Side,
        left: tuple[tuple[str, int], ...],  # its letters and how far each is shifted there
        clauses: Mapping[str, tuple[Range | None, Span]],
        symbols: Mapping[str, list[Symbol]],
        constants: Mapping[str, int],
        sizes: Mapping[str, Bound],
        hints: Mapping[str, Range],  # what a letter runs over elsewhere
        line: int,
        span: Span,
    ) -> None:
        self.side, self.symbols, self.constants, self.sizes = side, symbols, constants, sizes
        self.line, self.span = line, span
        self.variables: list[Variable] = []
        self.free: dict[str, int] = {}
        self.shift: dict[str, int] = {}
        for letter, offset in left:
            explicit, where = clauses.get(letter, (None, span))
            self.free[letter] = self._variable(letter, where, explicit)
            self.shift[letter] = offset
        self.scope_variables: dict[int, int] = {}
        for number, scope in enumerate(side.scopes):
            if scope.kind != "softmax":
                self.scope_variables[number] = self._variable(
                    scope.letter,
                    scope.span,
                    self._limits(scope) or clauses.get(scope.letter, (None, span))[0],
                )
        self.placed = [self._place(use) for use in side.uses]
        self.softmax = {
            number: self._softmax(scope)
            for number, scope in enumerate(side.scopes)
            if scope.kind == "softmax"
        }
        self._ranges(hints)

    def _variable(self, letter: str, span: Span, explicit: Range | None) -> int:
        self.variables.append(Variable(letter, span, explicit))
        return len(self.variables) - 1

    def _limits(self, scope: Scope) -> Range | None:
        if not scope.first and not scope.last:
            return None
        if any(self._is_index(text) for text in (scope.first, scope.last)):
            return None
        first = self._bound(scope.first or "1", scope)
        last = self._bound(scope.last, scope) if scope.last else None
        if last is None or not isinstance(first, int):
            return None
        if isinstance(last, int) and last < first:
            raise EquationError("this sum ends before it begins", scope.span)
        return Range(first, last)

    def _is_index(self, text: str) -> bool:
        """Whether a limit is made of another index: t, i+1."""
        term = term_of(text) if text else None
        names = {letter for _, letter in term.letters} if term else set()
        bound = {one.letter for one in self.side.scopes}
        return any((name in self.free or name in bound) and name not in self.constants for name in names)

    def conditions(self, number: int) -> list[tuple[str, dict[int, int], int]]:
        """What a Σ's index keeps to beside its range: ("≥", factors of variables, offset) is … ≥ 0.

        Σ_{j<i} has i − j − 1 ≥ 0, Σ_{j≠i} has j − i ≠ 0.
        """
        scope, own = self.side.scopes[number], self.scope_variables[number]
        signs = [("≥", scope.first)] if self._is_index(scope.first) else []
        signs += [("≤", scope.last)] if self._is_index(scope.last) else []
        run = self.variables[own].range
        if self._is_index(scope.last) and re.fullmatch(r"-?\d+", scope.first):
            signs += [("≥", scope.first)] if run is None or run.first < int(scope.first) else []
        signs += [(scope.sign, scope.other)] if scope.sign else []
        found = []
        for sign, text in signs:
            factors, offset = self._limit_term(text, scope)
            turn = -1 if sign in "≤<" else 1  # own − other ≥ 0, or other − own ≥ 0
            whole = {own: turn}
            for variable, factor in factors.items():
                whole[variable] = whole.get(variable, 0) - turn * factor
            shift = -turn * offset - (1 if sign in "<>" else 0)
            found.append(("≠" if sign == "≠" else "≥", whole, shift))
        return found

    def _limit_term(self, text: str, scope: Scope) -> tuple[dict[int, int], int]:
        """A limit in terms of variables: those of the left side, and of the Σs around."""
        term = term_of(text)
        if term is None:
            raise EquationError(f'the limit "{text}" is no index and no number', scope.span)
        factors: dict[int, int] = {}
        offset = term.offset
        for factor, letter in term.letters:
            around = [
                self.scope_variables[other]
                for other in scope.around
                if other in self.scope_variables and self.side.scopes[other].letter == letter
            ]
            variable = around[-1] if around else self.free.get(letter)
            if variable is not None:
                factors[variable] = factors.get(variable, 0) + factor
                offset -= factor * self.shift.get(letter, 0) if not around else 0
            elif letter in self.constants:
                offset += factor * self.constants[letter]
            else:
                raise EquationError(
                    f"{letter} in the limit is no index here", scope.span, "a limit is a number or an index"
                )
        return factors, offset

    def _bound(self, text: str, scope: Scope) -> Bound | None:
        """A limit: a number, a letter with a value, or one that the shapes will tell."""
        if re.fullmatch(r"-?\d+", text):
            return int(text)
        match = re.fullmatch(r"([^\W\d_]+)([+-]\d+)?", text)
        if not match:
            raise EquationError(f'the limit "{text}" is no number and no letter', scope.span)
        name, offset = match[1], int(match[2] or 0)
        if name in self.constants:
            return self.constants[name] + offset
        size = self.sizes.get(name, name if name in self.sizes.values() else None)
        return size + offset if isinstance(size, int) else size if not offset else None

    # Uses.

    def _place(self, use: Use) -> Placed:
        known = self.symbols.get(use.base, [])
        for symbol in known:
            for rest in without_label(symbol, use.suffixes):
                if found := self._read(symbol, rest, use):
                    return found
        family = family_of(known)
        if family is not None and (found := self._read(family, use.suffixes, use)):
            return found
        if not known and not use.suffixes and isinstance(variable := self._lookup(use.base, use), int):
            shift = self.shift.get(use.base, 0) if variable == self.free.get(use.base) else 0
            return Placed(Symbol(use.base, "", "index", [None]), ((((1, variable),), -shift),), use)
        raise self._misfit(use, known)

    def _read(self, symbol: Symbol, suffixes: tuple[Suffix, ...], use: Use) -> Placed | None:
        texts = index_texts(suffixes, len(symbol.axes))
        if texts is None:
            return None
        terms = [term_of(text) for text in texts]
        if None in terms:
            return None
        places = []
        for term in terms:
            assert term is not None
            letters = []
            offset = term.offset
            for sign, letter in term.letters:
                variable = self._lookup(letter, use)
                if isinstance(variable, int):
                    letters.append((sign, variable))
                    offset -= sign * (self.shift.get(letter, 0) if variable == self.free.get(letter) else 0)
                elif variable is not None:
                    offset += sign * int(variable[0])
                else:
                    return None
            places.append((tuple(letters), offset))
        return Placed(symbol, tuple(places), use)

    def _lookup(self, letter: str, use: Use) -> int | tuple[int] | None:
        """The variable of a letter; (value,) for one that stands for a number."""
        for scope in reversed(use.scopes):
            if self.side.scopes[scope].letter == letter and scope in self.scope_variables:
                return self.scope_variables[scope]
        if letter in self.free:
            return self.free[letter]
        if letter in self.constants:
            return (self.constants[letter],)
        size = self.sizes.get(letter)
        return (size,) if isinstance(size, int) else None

    def _softmax(self, scope: Scope) -> int:
        """The variable that a softmax runs over: of the left side, or of a Σ around it."""
        if scope.letter in self.free:
            return self.free[scope.letter]
        for number, other in enumerate(self.side.scopes):
            if other.letter == scope.letter and number in self.scope_variables:
                return self.scope_variables[number]
        raise EquationError(
            f"softmax runs over {scope.letter}, which is no index of the left side",
            scope.span,
            f"give each of its results an index: p_{scope.letter} = softmax_{scope.letter}(z_{scope.letter})",
        )

    def _misfit(self, use: Use, known: list[Symbol]) -> EquationError:
        typed = use.base + "".join(f"_{suffix.text}" for suffix in use.suffixes)
        if not known:
            return EquationError(f'unknown symbol "{typed}"', use.span)
        plain = next((symbol for symbol in known if not symbol.label), known[0])
        count = len(plain.axes)
        if plain.label and not any(other.label == "" for other in known):
            names = ", ".join(symbol.key for symbol in known)
            return EquationError(f'unknown symbol "{typed}"', use.span, f"there is {names}")
        if count and not use.suffixes:
            indices = "ijklm"[:count]
            one = "one index" if count == 1 else f"{count} indices"
            return EquationError(
                f"{plain.key} has {one}, and stands without here",
                use.span,
                f"write {plain.key}_{indices} and the Σ: an equation is about single numbers",
            )
        if not count:
            return EquationError(
                f"{plain.key} is a single number and has no index",
                use.span,
                f"write {plain.key}, or give it as a list",
            )
        texts = index_texts(use.suffixes, count)
        wrong = ",".join(suffix.text for suffix in use.suffixes)
        if texts is None:
            return EquationError(
                f"{plain.key} has {'one index' if count == 1 else f'{count} indices'}, not {wrong}",
                use.span,
                f"for example: {plain.key}_{'ijkl'[:count]}",
            )
        letters = [letter for text in texts for _, letter in (term_of(text) or Term((), 0)).letters]
        loose = next((letter for letter in letters if self._lookup(letter, use) is None), None)
        if loose is None:
            return EquationError(f"{typed} cannot be read", use.span)
        return EquationError(
            f"{loose} is an index on the right, and neither the left side has it nor a Σ binds it",
            use.span,
            f"sum over it, Σ_{loose} …, or write {loose} on the left side too",
        )

    # Ranges.

    def _ranges(self, hints: Mapping[str, Range]) -> None:
        for placed in self.placed:
            for axis, (letters, offset) in zip(placed.symbol.axes, placed.places, strict=True):
                if axis is not None and len(letters) == 1 and letters[0][0] == 1 and offset == 0:
                    self.variables[letters[0][1]].plain.append((axis, placed.use))
        for variable in self.variables:
            variable.range = self._range(variable)
        for number, variable in enumerate(self.variables):
            if variable.range is None:
                variable.range = self._widest(number) or hints.get(variable.letter)
        for variable in self.variables:
            if variable.range is None:
                raise self._untold(variable)
            if isinstance(variable.range.last, int) and len(variable.range) > MAX_RANGE:
                raise EquationError(
                    f"the range of {variable.letter} has more than {MAX_RANGE} positions", variable.span
                )

    def _range(self, variable: Variable) -> Range | None:
        """What is written, else the axes it stands on, which must agree."""
        written = variable.explicit
        if written is not None and isinstance(written.last, str):
            written = Range(written.first, self.sizes.get(written.last, written.last))
        if written is None:
            if variable.letter in self.sizes and not variable.plain:
                return Range(1, self.sizes[variable.letter])
            if not variable.plain:
                return None
            first, by = variable.plain[0]
            for axis, use in variable.plain[1:]:
                if axis != first:
                    raise EquationError(
                        f"{variable.letter} runs over {in_words(axis)} on {shown(use)}, "
                        f"and over {in_words(first)} on {shown(by)}",
                        use.span,
                        f"say which it is: for {variable.letter} = 1, 2",
                    )
            return first
        for axis, use in variable.plain:
            if not axis.holds(written) and not self._starts(use, written, axis):
                raise EquationError(
                    f"{variable.letter} runs over {in_words(written)}, "
                    f"and {shown(use)} has {in_words(axis)} only",
                    use.span,
                )
        return written

    def _starts(self, use: Use, written: Range, axis: Range) -> bool:
        """Whether the positions outside are symbols of their own: h_1 beside h_t for t = 2, 3."""
        labels = {symbol.label for symbol in self.symbols.get(use.base, ())}
        inside = range(axis.first, int(axis.last) + 1) if isinstance(axis.last, int) else range(0)
        return isinstance(written.last, int) and all(
            place in inside or str(place) in labels for place in range(written.first, written.last + 1)
        )

    def reached(self, placed: Placed, axis: int) -> set[int] | None:
        """The positions that a use under a Σ with conditions reaches on an axis; None without conditions."""
        held = [
            one
            for scope in placed.use.scopes
            if scope in self.scope_variables and self._conditional(scope)
            for one in self.conditions(scope)
        ]
        letters, offset = placed.places[axis]
        numbers = sorted({variable for _, own, _ in held for variable in own} | {one for _, one in letters})
        runs = [self.variables[number].range for number in numbers]
        if not held or any(run is None or isinstance(run.last, str) for run in runs):
            return None
        spans = [range(run.first, run.first + len(run)) for run in runs if run is not None]
        if prod(map(len, spans)) > _MOST_TRIED:
            return None
        found = set()
        for position in product(*spans):
            at = dict(zip(numbers, position, strict=True))
            if all(_holds(sign, own, shift, at) for sign, own, shift in held):
                found.add(offset + sum(factor * at[number] for factor, number in letters))
        return found

    def _conditional(self, scope: int) -> bool:
        found = self.side.scopes[scope]
        return bool(found.sign) or self._is_index(found.first) or self._is_index(found.last)

    def _widest_held(self, number: int) -> Range | None:
        """As `_widest`, for an index that others are limited by: c_t = Σ_{s=1}^{t} a_s w_{t-s+1}."""
        variable = self.variables[number]
        for placed in self.placed:
            for place, (axis, (letters, _)) in enumerate(zip(placed.symbol.axes, placed.places, strict=True)):
                if axis is None or isinstance(axis.last, str) or number not in [one for _, one in letters]:
                    continue
                if not any(
                    self._conditional(one) for one in placed.use.scopes if one in self.scope_variables
                ):
                    continue
                fit = []
                for at in range(axis.first, int(axis.last) + 1):
                    variable.range = Range(at, at)
                    reached = self.reached(placed, place)
                    if reached and all(axis.first <= one <= axis.last for one in reached):
                        fit.append(at)
                variable.range = None
                if fit and fit == list(range(fit[0], fit[-1] + 1)):
                    return Range(fit[0], fit[-1])
        return None

    def _widest(self, number: int) -> Range | None:
        """The widest range with which every shifted use stays inside its axis."""
        if found := self._widest_held(number):
            return found
        low: list[int] = []
        high: list[int] = []
        for placed in self.placed:
            for axis, (letters, offset) in zip(placed.symbol.axes, placed.places, strict=True):
                mine = [sign for sign, variable in letters if variable == number]
                others = [
                    (sign, self.variables[variable].range) for sign, variable in letters if variable != number
                ]
                if mine != [1] or axis is None or not isinstance(axis.last, int):
                    continue
                if any(known is None or isinstance(known.last, str) for _, known in others):
                    continue
                lows, highs = offset, offset
                for sign, known in others:
                    assert known is not None
                    ends = (sign * known.first, sign * int(known.last))
                    lows, highs = lows + min(ends), highs + max(ends)
                low.append(axis.first - lows)
                high.append(axis.last - highs)
        if not low or max(low) > min(high):
            return None
        return Range(max(low), min(high))

    def _untold(self, variable: Variable) -> EquationError:
        letter = variable.letter
        return EquationError(
            f"nothing tells over what {letter} runs",
            variable.span,
            f"say it behind the equation: for {letter} = 1, 2, 3",
        )


_MOST_TRIED = 20_000


def _holds(sign: str, factors: Mapping[int, int], shift: int, at: Mapping[int, int]) -> bool:
    """Whether a condition holds at some positions."""
    value = shift + sum(factor * at[number] for number, factor in factors.items())
    return value != 0 if sign == "≠" else value >= 0


def family_of(known: list[Symbol]) -> Symbol | None:
    """h_1, h_2, h_3, each with an equation of its own, as one: h with an index more."""
    members = {int(one.label): one for one in known if one.label.isdigit()}
    if any(not one.label for one in known) or len(members) < 2:
        return None
    first, last = min(members), max(members)
    axes = members[last].axes
    if sorted(members)[-1] - first + 1 != len(members) or any(one.axes != axes for one in members.values()):
        first = next((at for at in members if set(range(at, last + 1)) <= set(members)), last)
    return Symbol(known[0].base, "", "family", [Range(first, last), *axes], key=known[0].base)


def shown(use: Use) -> str:
    """A symbol as it was typed, more or less."""
    below = ",".join(suffix.text for suffix in use.suffixes)
    if not below:
        return use.base
    return f"{use.base}_{below}" if len(below) == 1 else f"{use.base}_{{{below}}}"
