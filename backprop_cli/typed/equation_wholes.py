"""Equations of whole vectors and matrices put into indices: z = W x + b becomes z_i = Σ_j W_ij x_j + b_i.

Glossary
    Line       one axis that an equation leaves unwritten: over what it runs, and which others are the same
    Shaped     a raw formula with its lines: none for a number, one for a vector, two for a matrix
    turned     a vector that is written as a row: xᵀ

    A B        Σ_j A_ij B_jk           the last line of A is the first of B
    uᵀ v, u·v  Σ_i u_i v_i             for two alike vectors
    u vᵀ       u_i v_j
    u ⊙ v      u_i v_i                 so is u * v, and so are sums and functions
    A + b      A_ij + b_j              the vector goes along the one line of A that is as long

Shapes decide. Two alike vectors side by side, u v, are what the rest of the problem leaves possible.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce

from ..formula.tree import (
    Add,
    Extreme,
    Formula,
    Function,
    Index,
    Negation,
    Power,
    Product,
    Quotient,
    Ref,
    Sum,
    add,
    children,
    product,
    ratio,
    transform,
    walk,
    with_children,
)
from ..problem.equations import Range
from .equation_names import Suffix
from .equation_reading import USE, Hidden, Scope, Side, Use, Whole
from .equation_text import EquationError, Span

LETTERS = "ijklmnpqrsuvwabcdfgh"


class AmbiguousError(EquationError):
    """A product that can be read in two ways, and nothing tells which is meant."""


@dataclass(frozen=True)
class Reading:
    """How a product of two alike vectors is read, by the sign between them; True is the dot product."""

    beside: bool = True
    star: bool = False
    point: bool = True

    def dot(self, mark: str) -> bool:
        return {"": self.beside, "*": self.star, "·": self.point, "@": True, "⊙": False}[mark]


@dataclass(eq=False)
class Line:
    """One axis that is not written."""

    range: Range | None
    learned: bool = False  # whether a parameter has it
    same: Line | None = None
    letter: str = ""
    wanted: str = ""  # the letter it has elsewhere
    pinned: bool = False  # of one position, beside longer ones
    behind: tuple[Line, int] | None = None  # where it is a part of another: its letter, so many further on

    def home(self) -> Line:
        """The one that stands for all that are the same."""
        return self if self.same is None else self.same.home()

    @property
    def text(self) -> str:
        """What is written for it."""
        home = self.home()
        if home.pinned and home.range is not None:
            return str(home.range.first)
        if home.behind is not None:
            line, further = home.behind
            return f"{line.text}+{further}" if further else line.text
        return home.letter


@dataclass(frozen=True)
class Shaped:
    """A raw formula with its lines, rows first."""

    formula: Formula
    lines: tuple[Line, ...] = ()
    turned: bool = False
    parts: tuple[Shaped, ...] = ()  # of vectors one above the other


@dataclass
class Written:
    """A side in indices, and the letters that its left side has to have."""

    side: Side
    letters: tuple[tuple[str, Range], ...]


class Wholes:
    """Puts the right sides of one problem into indices; letters stay with the axes they were first given."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.undecided: Span | None = None  # the first u v that may be either
        self.of_axis: dict[tuple[str, int], str] = {}
        self.run_of: dict[str, Range] = {}

    def written(
        self,
        side: Side,
        hidden: Callable[[Use], Hidden],
        learned: Callable[[Use], bool],
        taken: set[str],
        *,
        avoided: set[str],
        scalar: bool,
    ) -> Written:
        """The side in indices. `taken` letters mean something in the equation, `avoided` ones in others.

        A `scalar` of one position along each line is that number. Raises EquationError where shapes misfit.
        """
        work = _Shaping(self, side, hidden, learned)
        whole = work.of(side.formula)
        if whole.parts:
            raise EquationError(
                "vectors one above the other stand alone here",
                _span(side.uses),
                "multiply them by a matrix: W [h; x], or give the products one by one",
            )
        if scalar and all(line.home().range == Range(1, 1) for line in whole.lines):
            for line in whole.lines:
                line.home().pinned = True
            whole = Shaped(whole.formula)
        work.choose_letters(whole.lines, taken, avoided)
        letters = tuple((line.text, _known(line)) for line in whole.lines if not line.home().pinned)
        return Written(_compact(Side(whole.formula, work.uses(), work.scopes())), letters)


def _known(line: Line) -> Range:
    found = line.home().range
    assert found is not None
    return found


def _span(uses: list[Use]) -> Span:
    return min(use.span[0] for use in uses), max(use.span[1] for use in uses)


def _compact(side: Side) -> Side:
    """The side without the uses and scopes that its formula does not have."""
    uses = {old: new for new, old in enumerate(dict.fromkeys(_uses(side.formula)))}
    bound = [part for _, part in walk(side.formula) if isinstance(part, Sum | Function)]
    kept = dict.fromkeys(index.level for part in bound if (index := _index(part)) is not None)
    scopes = {old: new for new, old in enumerate(sorted(kept))}

    def moved(part: Formula) -> Formula:
        match part:
            case Ref():
                return Ref(USE, uses[part.level])
            case Sum(index, body):
                return Sum(Index(scopes[index.level]), body)
            case Function(over=Index(level=scope)):
                return replace(part, over=Index(scopes[scope]))
        return part

    return Side(
        transform(side.formula, moved),
        [
            replace(use, scopes=tuple(scopes[one] for one in use.scopes if one in scopes))
            for use in (side.uses[old] for old in uses)
        ],
        [
            replace(scope, around=tuple(scopes[one] for one in scope.around if one in scopes))
            for scope in (side.scopes[old] for old in scopes)
        ],
    )


@dataclass
class _Shaping:
    """The shapes of one equation's right side."""

    wholes: Wholes
    side: Side
    hidden: Callable[[Use], Hidden]
    learned: Callable[[Use], bool]
    lines: dict[int, list[tuple[int, Line]]] = field(default_factory=dict)  # use → (axis, line)
    sums: dict[int, Line] = field(default_factory=dict)  # scope → the line it binds
    added: dict[int, list[int]] = field(default_factory=dict)  # use → scopes around it

    # Reading off.

    def of(self, formula: Formula) -> Shaped:
        """The formula with its lines."""
        if isinstance(formula, Whole):
            return _WHOLE[formula.kind](self, formula)
        match formula:
            case Ref(quantity="use", level=use):
                return self.use(use)
            case Negation(body):
                inside = self.of(body)
                return replace(inside, formula=Negation(inside.formula))
            case Sum(Index(level=scope), body):
                inside = self.of(body)
                return replace(inside, formula=Sum(Index(scope), inside.formula))
            case Add(terms):
                return reduce(self.plus, (self.of(term) for term in terms))
            case Product(factors):
                return reduce(self.each, (self.of(factor) for factor in factors))
            case Quotient(top, bottom):
                return self.over(self.of(top), self.of(bottom))
            case Extreme(name, arguments):
                return self.extreme(name, [self.of(one) for one in arguments])
        parts = [self.of(part) for part in children(formula)]
        if not parts:
            return Shaped(formula)
        lines = next((part.lines for part in parts if part.lines), ())
        return Shaped(with_children(formula, tuple(part.formula for part in parts)), lines, parts[0].turned)

    def use(self, number: int) -> Shaped:
        use = self.side.uses[number]
        learned = self.learned(use)
        found = [
            (axis, Line(run, learned, wanted=self.wholes.of_axis.get((_name(use), axis), "")))
            for axis, run in self.hidden(use)
        ]
        self.lines[number] = found
        return Shaped(Ref(USE, number), tuple(line for _, line in found))

    # What may be put together.

    def same(self, one: Line, other: Line, where: Formula) -> None:
        """Two lines are one."""
        one, other = one.home(), other.home()
        if one is other:
            return
        if one.range is not None and other.range is not None and one.range != other.range:
            short = next((line for line in (one, other) if line.range == Range(1, 1)), None)
            if short is None:
                sizes = f"one has {len(one.range)} positions and the other {len(other.range)}"
                raise self.misfit(sizes, where)
            short.pinned = True
            return
        other.same = one
        one.range = one.range or other.range
        one.learned = one.learned or other.learned
        one.wanted = one.wanted or other.wanted

    def fits(self, one: Line, other: Line) -> bool:
        """Whether two lines may be one."""
        first, second = one.home().range, other.home().range
        return first is None or second is None or first == second

    def misfit(self, why: str, *formulas: Formula, help: str | None = None) -> EquationError:
        uses = [self.side.uses[use] for formula in formulas for use in _uses(formula)]
        return EquationError(why, _span(uses or self.side.uses), help)

    def plus(self, left: Shaped, right: Shaped) -> Shaped:
        lines = self.together(left, right)
        return Shaped(add(left.formula, right.formula), lines, _row(left, right))

    def each(self, left: Shaped, right: Shaped) -> Shaped:
        """Element by element."""
        lines = self.together(left, right)
        return Shaped(product(left.formula, right.formula), lines, _row(left, right))

    def over(self, left: Shaped, right: Shaped) -> Shaped:
        lines = self.together(left, right)
        return Shaped(ratio(left.formula, right.formula), lines, _row(left, right))

    def extreme(self, name: str, parts: list[Shaped]) -> Shaped:
        whole = reduce(lambda one, other: replace(one, lines=self.together(one, other)), parts)
        return replace(whole, formula=Extreme(name, tuple(part.formula for part in parts)), parts=())

    def together(self, left: Shaped, right: Shaped) -> tuple[Line, ...]:
        """The lines of two that are put together element by element."""
        if left.parts or right.parts:
            raise self.misfit("vectors one above the other may only be multiplied by a matrix", left.formula)
        if not left.lines or not right.lines:
            return left.lines or right.lines
        wide, narrow = (left, right) if len(left.lines) >= len(right.lines) else (right, left)
        if len(wide.lines) == len(narrow.lines):
            for one, other in zip(left.lines, right.lines, strict=True):
                if not self.fits(one, other) and not _single(one, other):
                    raise self.unlike(left, right)
                self.same(one, other, left.formula)
            return tuple(
                one if not one.home().pinned else other
                for one, other in zip(left.lines, right.lines, strict=True)
            )
        rest = list(wide.lines)
        for line in reversed(narrow.lines):
            places = [one for one in rest if one.home().range == line.home().range]
            if line.home().range == Range(1, 1) and not places:
                line.home().pinned = True
                continue
            if not places:
                raise self.unlike(left, right)
            of_same = [one for one in places if one.home() is line.home()]
            learned = [one for one in places if one.home().learned]
            if len(places) > 1 and len(of_same) != 1 and not (line.home().learned and len(learned) == 1):
                raise self.misfit(
                    f"{self.shape(narrow)} may go along either side of {self.shape(wide)}",
                    left.formula,
                    right.formula,
                    help="write this equation with indices: Z_ij = Σ_k X_ik W_kj + b_j",
                )
            chosen = of_same[0] if len(of_same) == 1 else places[0] if len(places) == 1 else learned[0]
            self.same(chosen, line, narrow.formula)
            rest.remove(chosen)
        return wide.lines

    def unlike(self, left: Shaped, right: Shaped) -> EquationError:
        return self.misfit(
            f"{self.shape(left)} and {self.shape(right)} do not go together",
            left.formula,
            right.formula,
            help="both have as many numbers along each side, or one is a number",
        )

    def times(self, left: Shaped, right: Shaped, mark: str, span: Span) -> Shaped:
        """left·right, by their shapes."""
        if right.parts:
            return self.of_parts(left, right)
        if not left.lines or not right.lines:
            whole = left if left.lines else right
            return Shaped(product(left.formula, right.formula), whole.lines, whole.turned)
        if mark == "⊙":
            return self.each(left, right)
        if len(left.lines) == len(right.lines) == 1:
            return self.of_vectors(left, right, mark, span)
        last, first = left.lines[-1], right.lines[-2 if len(right.lines) > 1 else 0]
        if len(left.lines) == len(right.lines) == 2 and mark == "*":
            alike = all(map(self.fits, left.lines, right.lines))
            if alike and self.fits(last, first):
                raise AmbiguousError(
                    "the product of two square matrices may be by rows and columns, or of each by each",
                    span,
                    "write A @ B for rows by columns, A ⊙ B for each by each",
                )
            if alike:
                return self.each(left, right)
        if self.fits(last, first):
            return self.contracted(left, right)
        if mark == "*" and len(left.lines) != len(right.lines):
            return self.each(left, right)
        raise self.wrong_product(left, right)

    def of_vectors(self, left: Shaped, right: Shaped, mark: str, span: Span) -> Shaped:
        one, other = left.lines[0], right.lines[0]
        if right.turned and not left.turned:
            return Shaped(product(left.formula, right.formula), (one, other))
        if not self.fits(one, other):
            if left.turned or mark != "*" or not _single(one, other):
                raise self.wrong_product(left, right)
            return self.each(left, right)
        if left.turned and not right.turned:
            return self.contracted(left, right)
        if mark == "" and self.wholes.undecided is None:
            self.wholes.undecided = span
        return self.contracted(left, right) if self.wholes.reading.dot(mark) else self.each(left, right)

    def wrong_product(self, left: Shaped, right: Shaped) -> EquationError:
        help = None
        if len(left.lines) == 2 and self.fits(left.lines[0], right.lines[0]):
            help = "turn the first one: Wᵀ x"
        elif len(right.lines) == 2 and self.fits(left.lines[-1], right.lines[-1]):
            help = "turn the second one: X Wᵀ"
        elif len(left.lines) == len(right.lines) == 1:
            help = "x yᵀ is the matrix of all products"
        return self.misfit(
            f"{self.shape(left)} by {self.shape(right)} cannot be multiplied",
            left.formula,
            right.formula,
            help=help,
        )

    def contracted(self, left: Shaped, right: Shaped) -> Shaped:
        """Σ over the last line of the left and the first of the right."""
        place = -2 if len(right.lines) > 1 else 0
        last, first = left.lines[-1], right.lines[place]
        if self.common(left, right, last, first):
            right = self.copied(right)
            first = right.lines[place]
        self.same(last, first, left.formula)
        ahead, behind = left.lines[:-1], list(right.lines)
        del behind[place]
        batch = behind[:-1] if len(right.lines) > 1 else []
        for one, other in zip(reversed(ahead[:-1]), reversed(batch), strict=False):
            self.same(one, other, left.formula)
        own = [*batch[: max(0, len(batch) - len(ahead[:-1]))], *ahead]
        lines = (*own, *(behind[-1:] if len(right.lines) > 1 else ()))
        turned = len(lines) == 1 and len(left.lines) == 1 and left.turned
        return self.summed(Shaped(product(left.formula, right.formula), lines, turned), (first,), "sum")

    def common(self, left: Shaped, right: Shaped, last: Line, first: Line) -> bool:
        """Whether to put the two lines into one would tie another line of theirs to it."""
        rest = [line.home() for line in (*left.lines[:-1], *right.lines) if line is not first]
        return any(line in (last.home(), first.home()) for line in rest)

    def of_parts(self, left: Shaped, right: Shaped) -> Shaped:
        """W [h; x] as the two products, each with its own columns of W."""
        last = left.lines[-1].home() if left.lines else None
        sizes = [part.lines[0].home().range for part in right.parts]
        if last is None or last.range is None or None in sizes:
            raise self.misfit("vectors one above the other are multiplied by a matrix", right.formula)
        total = sum(len(size) for size in sizes if size is not None)
        if len(last.range) != total:
            raise self.misfit(
                f"{self.shape(left)} is multiplied by {total} numbers, one above the other",
                left.formula,
                right.formula,
            )
        found: list[Shaped] = []
        further = 0
        for part in right.parts:
            own = self.copied(left)
            line = own.lines[-1].home()
            line.behind, size = (part.lines[0], further), part.lines[0].home().range
            rest = Shaped(product(own.formula, part.formula), own.lines[:-1])
            found.append(self.summed(rest, (part.lines[0],), "sum"))
            further += len(size) if size is not None else 0
        return reduce(self.plus, found)

    def summed(self, body: Shaped, over: tuple[Line, ...], kind: str) -> Shaped:
        """Σ, max, … over some lines."""
        formula = body.formula
        for line in reversed(over):
            scope = self.scope(kind, line)
            for use in _uses(formula):
                self.added.setdefault(use, []).append(scope)
            formula = Sum(Index(scope), formula)
        return Shaped(formula, tuple(line for line in body.lines if line not in over), body.turned)

    def scope(self, kind: str, line: Line) -> int:
        self.side.scopes.append(Scope("", kind, "", "", _span(self.side.uses)))
        number = len(self.side.scopes) - 1
        self.sums[number] = line
        return number

    def copied(self, whole: Shaped) -> Shaped:
        """The same with uses, lines and sums of its own."""
        homes: dict[Line, Line] = {}

        def line_of(line: Line) -> Line:
            home = line.home()
            if home not in homes:
                homes[home] = replace(home)
            return homes[home]

        scopes: dict[int, int] = {}
        uses: dict[int, int] = {}

        def of(formula: Formula) -> Formula:
            if isinstance(formula, Ref):
                self.side.uses.append(self.side.uses[formula.level])
                new = len(self.side.uses) - 1
                uses[formula.level] = new
                self.lines[new] = [(axis, line_of(line)) for axis, line in self.lines[formula.level]]
                return Ref(USE, new)
            index = _index(formula) if isinstance(formula, Sum | Function) else None
            if index is not None and index.level in self.sums:
                self.side.scopes.append(self.side.scopes[index.level])
                scopes[index.level] = len(self.side.scopes) - 1
                self.sums[scopes[index.level]] = line_of(self.sums[index.level])
            parts = tuple(of(part) for part in children(formula))
            made = with_children(formula, parts) if parts else formula
            if isinstance(made, Sum) and made.index.level in scopes:
                return Sum(Index(scopes[made.index.level]), made.body)
            if isinstance(made, Function) and made.over is not None and made.over.level in scopes:
                return replace(made, over=Index(scopes[made.over.level]))
            return made

        formula = of(whole.formula)
        for old, new in uses.items():
            if old in self.added:
                self.added[new] = [scopes.get(scope, scope) for scope in self.added[old]]
        return Shaped(formula, tuple(line_of(line) for line in whole.lines), whole.turned)

    # One method for each kind of whole.

    def run(self, whole: Whole) -> Shaped:
        """Side by side: scalars first, then a matrix with the vector behind it before others."""
        parts = [self.of(part) for part in whole.parts]
        marks = list(whole.marks)
        scalars = [part.formula for part in parts if not part.lines and not part.parts]
        rest = [part for part in parts if part.lines or part.parts]
        mark = "@" if "@" in marks else ""
        while len(rest) > 1:
            column = len(rest[-1].lines) == 1 and not rest[-1].turned
            before = rest[-2]
            if column and (len(before.lines) == 2 or before.turned):
                rest[-2:] = [self.times(before, rest[-1], mark, whole.span)]
            else:
                rest[:2] = [self.times(rest[0], rest[1], mark, whole.span)]
            if not rest[0].lines and len(rest) > 1:
                scalars.append(rest.pop(0).formula)
            elif not rest[-1].lines and not rest[-1].parts and len(rest) > 1:
                scalars.append(rest.pop().formula)
        if not rest:
            return Shaped(product(*scalars))
        return replace(rest[0], formula=product(*scalars, rest[0].formula))

    def chain(self, whole: Whole) -> Shaped:
        found = self.of(whole.parts[0])
        for mark, part in zip(whole.marks, whole.parts[1:], strict=True):
            found = self.times(found, self.of(part), mark, whole.span)
        return found

    def quotient(self, whole: Whole) -> Shaped:
        top, *bottom = (self.of(part) for part in whole.parts)
        return self.over(top, reduce(self.each, bottom))

    def transposed(self, whole: Whole) -> Shaped:
        inside = self.of(whole.parts[0])
        if len(inside.lines) == 1:
            return replace(inside, turned=not inside.turned)
        lines = (*inside.lines[:-2], *inside.lines[:-3:-1])
        return replace(inside, lines=lines)

    def norm(self, whole: Whole) -> Shaped:
        """√Σx², Σx², Σ|x| or max|x| over all that x is made of."""
        inside = self.of(whole.parts[0])
        absolute = replace(inside, formula=Function("abs", inside.formula))
        if not inside.lines:
            return Shaped(Power(inside.formula, 2)) if whole.kind == "norm²" else absolute
        if whole.kind == "norm1":
            return self.summed(absolute, inside.lines, "sum")
        if whole.kind == "norm∞":
            return self.summed(absolute, inside.lines, "max")
        squares = self.summed(replace(inside, formula=Power(inside.formula, 2)), inside.lines, "sum")
        return squares if whole.kind == "norm²" else Shaped(Function("sqrt", squares.formula))

    def reduced(self, whole: Whole) -> Shaped:
        """sum(x), mean(x), max(x), … over all of x, or along an axis."""
        inside = self.of(whole.parts[0])
        over = self.along(inside, whole)
        return self.summed(replace(inside, turned=False), over, whole.kind)

    def along(self, inside: Shaped, whole: Whole) -> tuple[Line, ...]:
        if whole.axis is None:
            return inside.lines
        if not -len(inside.lines) <= whole.axis < len(inside.lines):
            raise EquationError(f"{self.shape(inside)} has no axis {whole.axis}", whole.span)
        return (inside.lines[whole.axis],)

    def variance(self, whole: Whole) -> Shaped:
        inside = self.of(whole.parts[0])
        over = self.along(inside, whole)
        places = [inside.lines.index(line) for line in over]
        copy = self.copied(inside)
        mean = self.summed(copy, tuple(copy.lines[place] for place in places), "mean")
        kept = [line for line in inside.lines if line not in over]
        for one, other in zip(kept, mean.lines, strict=True):
            self.same(one, other, inside.formula)
        squares = Power(add(inside.formula, Negation(mean.formula)), 2)
        found = self.summed(replace(inside, formula=squares), over, "mean")
        return found if whole.kind == "variance" else replace(found, formula=Function("sqrt", found.formula))

    def softmax(self, whole: Whole) -> Shaped:
        """softmax(z) of a vector, of each row of a matrix."""
        inside = self.of(whole.parts[0])
        place = -1 if whole.axis is None else whole.axis
        if not inside.lines:
            raise EquationError("softmax is of a vector, and this is a number", whole.span)
        line = inside.lines[place]
        self.side.scopes.append(Scope("", "softmax", "", "", whole.span))
        scope = len(self.side.scopes) - 1
        self.sums[scope] = line
        return replace(inside, formula=Function("softmax", inside.formula, over=Index(scope)))

    def dot(self, whole: Whole) -> Shaped:
        """dot(a, b): as NumPy has it, rows by columns, of two vectors the dot product."""
        left, right = (replace(self.of(part), turned=False) for part in whole.parts)
        return self.times(left, right, "@", whole.span)

    def outer(self, whole: Whole) -> Shaped:
        left, right = (self.of(part) for part in whole.parts)
        return Shaped(product(left.formula, right.formula), (*left.lines, *right.lines))

    def concat(self, whole: Whole) -> Shaped:
        parts = tuple(self.of(part) for part in whole.parts)
        if any(len(part.lines) != 1 for part in parts):
            raise EquationError(
                "what stands one above the other are vectors", whole.span, "give single numbers as lists"
            )
        return Shaped(add(*(part.formula for part in parts)), (), parts=parts)

    # Letters.

    def choose_letters(self, result: tuple[Line, ...], taken: set[str], avoided: set[str]) -> None:
        """A letter for every line that is none of another, those of elsewhere first."""
        homes: dict[Line, None] = dict.fromkeys(line.home() for line in result)
        for found in self.lines.values():
            homes |= dict.fromkeys(line.home() for _, line in found)
        homes |= dict.fromkeys(line.home() for line in self.sums.values())
        open_ = [home for home in homes if not home.pinned and home.behind is None]
        busy = set(taken)
        for home in open_:
            if home.wanted and home.wanted not in busy:
                home.letter = home.wanted
                busy.add(home.wanted)
        runs = self.wholes.run_of
        for home in open_:
            if home.letter:
                continue
            free = [letter for letter in LETTERS if letter not in busy]
            free = [letter for letter in free if letter not in avoided] or free
            if not free:
                raise EquationError("this equation has more indices than letters", _span(self.side.uses))
            alike = [letter for letter in free if runs.get(letter) == home.range]
            fresh = [letter for letter in free if letter not in runs]
            home.letter = (alike or fresh or free)[0]
            busy.add(home.letter)
            if home.range is not None:
                runs.setdefault(home.letter, home.range)
        for use, found in self.lines.items():
            for axis, line in found:
                if line.home().letter:
                    self.wholes.of_axis.setdefault((_name(self.side.uses[use]), axis), line.home().letter)

    def uses(self) -> list[Use]:
        """The uses with what was not written on them."""
        return [
            replace(
                use,
                suffixes=_filled(use.suffixes, [line.text for _, line in self.lines.get(number, ())]),
                scopes=(*use.scopes, *self.added.get(number, ())),
            )
            for number, use in enumerate(self.side.uses)
        ]

    def scopes(self) -> list[Scope]:
        """The scopes, those of lines with their letters and ranges."""
        found = []
        for number_, scope in enumerate(self.side.scopes):
            line = self.sums.get(number_)
            if line is not None:
                run = line.home().range
                known = run is not None and scope.kind != "softmax"
                first, last = (str(run.first), str(run.last)) if known and run is not None else ("", "")
                scope = replace(scope, letter=line.text, first=first, last=last)
            found.append(scope)
        return found

    def shape(self, whole: Shaped) -> str:
        """a number, a vector of 3, a 3×2 matrix."""
        sizes = [size_text(line.home().range) for line in whole.lines]
        if not sizes:
            return "a number"
        if len(sizes) == 1:
            return f"a {'row' if whole.turned else 'vector'} of {sizes[0]}"
        return f"a {'×'.join(sizes)} matrix"


def size_text(run: Range | None) -> str:
    """How many positions, as far as that is known."""
    if run is None:
        return "?"
    return run.last if isinstance(run.last, str) else str(len(run))


def _name(use: Use) -> str:
    """A symbol's name with what is written on it that is no index, near enough to tell axes apart."""
    return use.base + "".join(f"_{suffix.text}" for suffix in use.suffixes if not suffix.text[-1:].isdigit())


def _index(formula: Sum | Function) -> Index | None:
    return formula.index if isinstance(formula, Sum) else formula.over


def _row(left: Shaped, right: Shaped) -> bool:
    """Whether what comes of two is a row."""
    return left.turned if left.lines else right.turned


def _single(one: Line, other: Line) -> bool:
    return Range(1, 1) in (one.home().range, other.home().range)


def _uses(formula: Formula) -> Iterator[int]:
    if isinstance(formula, Ref):
        yield formula.level
    for part in children(formula):
        yield from _uses(part)


def _filled(suffixes: tuple[Suffix, ...], letters: list[str]) -> tuple[Suffix, ...]:
    """What is written on a symbol, with letters for its colons and its last axes."""
    rest = list(letters)
    found = []
    for suffix in suffixes:
        pieces = [rest.pop(0) if piece == ":" and rest else piece for piece in suffix.text.split(",")]
        found.append(replace(suffix, text=",".join(pieces)))
    return (*found, *(Suffix(letter) for letter in rest))


_WHOLE: Mapping[str, Callable[[_Shaping, Whole], Shaped]] = {
    "run": _Shaping.run,
    "chain": _Shaping.chain,
    "over": _Shaping.quotient,
    "transposed": _Shaping.transposed,
    **dict.fromkeys(("norm", "norm²", "norm1", "norm∞"), _Shaping.norm),
    **dict.fromkeys(("sum", "mean", "max", "min", "product"), _Shaping.reduced),
    **dict.fromkeys(("variance", "deviation"), _Shaping.variance),
    "softmax": _Shaping.softmax,
    **dict.fromkeys(("dot", "@"), _Shaping.dot),
    "outer": _Shaping.outer,
    "concat": _Shaping.concat,
}
