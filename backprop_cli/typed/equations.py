"""The equations of a problem file → equations over named ranges, every symbol told what it means."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..formula.tree import (
    ONE,
    At,
    Extreme,
    Formula,
    Function,
    Index,
    Inside,
    Kronecker,
    Position,
    Ref,
    Shifted,
    Size,
    Sum,
    add,
    children,
    place_of,
    product,
    ratio,
    refs,
    rename,
    subtract,
    transform,
    with_children,
)
from ..formula.tree import (
    number as exact_number,
)
from ..problem.equations import NOT_BELOW, Equation, Range, Starts
from .equation_names import WORDS, Suffix, Written, key_of, key_symbol, spelled, written_symbol
from .equation_ranges import (
    MAX_RANGE,
    Placed,
    Placing,
    Symbol,
    family_of,
    in_words,
    index_texts,
    shown,
    term_of,
    without_label,
)
from .equation_reading import Bases, Hidden, Side, Use, read_side
from .equation_text import Clause, EquationError, Line, Span, equation_lines
from .equation_wholes import AmbiguousError, Reading, Wholes, size_text

MAX_AXES = 4
_RUN = r"[^\W_]+(?:,[^\W_]+)*"
_SUBSCRIPTED = re.compile(
    r"([^\W\d_][\u0300-\u036f]*)'*\d*"
    rf"((?:_\s*(?:\{{[^{{}}]*\}}|\([^()]*\)|{_RUN})|\[[^\[\]]*\]|\^\s*(?:\{{[^{{}}]*\}}|\([^()]*\)))+)"
)
_SCRIPTS = re.compile(rf"(?:\^\s*)?\{{[^{{}}]*\}}|\([^()]*\)|\[[^\[\]]*\]|{_RUN}")


@dataclass
class System:
    """All equations of a problem with the ranges and symbols that occur in them."""

    equations: list[Equation] = field(default_factory=list)
    spans: dict[str, Span] = field(default_factory=dict)  # symbol → where its equation stands
    symbols: dict[str, Symbol] = field(default_factory=dict)
    ranges: dict[str, Range] = field(default_factory=dict)
    starts: dict[str, Starts] = field(default_factory=dict)
    sizes: dict[str, int | str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Left:
    """A left side: its symbol's base and label, and its letters with their shifts."""

    base: str
    label: str
    letters: tuple[tuple[str, int], ...]
    line: Line
    key: str


def read_equations(
    text: str,
    given: Mapping[str, tuple[int, ...]],
    parameters: Mapping[str, tuple[int, ...]],
    constants: Mapping[str, int],
    sizes: Mapping[str, int | str],
    functions: frozenset[str] = frozenset(),
    objective: str | None = None,
) -> System:
    """The equations of a text, given the shapes of its numbers.

    `constants` are the given whole numbers, which may be limits of a Σ; `sizes` what the letters of a problem
    without numbers run to; `objective` what has to be a number, by default the last left side.
    Raises EquationError, with its place in the text, for anything wrong with them.
    """

    def read(how: Reading) -> _Reading:
        return _Reading(text, given, parameters, constants, sizes, functions, objective, how)

    first: EquationError | None = None
    for star, point in ((False, True), (True, True), (False, False)):
        found: list[_Reading] = []
        for beside in (True, False):
            try:
                found.append(read(Reading(beside, star, point)))
            except AmbiguousError:
                raise
            except EquationError as error:
                first = first or error
                continue
            if found[-1].wholes.undecided is None:
                break
        if len(found) > 1 and (span := found[0].wholes.undecided):
            raise AmbiguousError(
                "the product of these two vectors may be a number or a vector",
                span,
                "write w·x or w^T x for the dot product, f ⊙ c for each by each",
            )
        if found:
            return found[0].system
        if not _has_wholes(text):
            break
    assert first is not None
    raise first


def _has_wholes(text: str) -> bool:
    """Whether a text may have products of vectors that another reading would help."""
    return any(sign in text for sign in "*·⋅∙•") or "cdot" in text


class _Reading:
    def __init__(
        self,
        text: str,
        given: Mapping[str, tuple[int, ...]],
        parameters: Mapping[str, tuple[int, ...]],
        constants: Mapping[str, int],
        sizes: Mapping[str, int | str],
        functions: frozenset[str],
        objective: str | None,
        how: Reading,
    ) -> None:
        self.wholes = Wholes(how)
        self.hidden_of: dict[tuple[str, tuple[Suffix, ...]], Hidden] = {}
        self.objective = objective
        self.constants = {spelled(key): value for key, value in constants.items()}
        self.sizes: dict[str, int | str] = dict(sizes)
        self.functions = functions
        self.letters_only = not given and not parameters
        self.system = System(sizes=self.sizes)
        self.symbols: dict[str, list[Symbol]] = {}
        self.provisional: dict[tuple[str, str], Symbol] = {}
        self.learned: dict[str, Range] = {}
        self.above: dict[str, set[str]] = {}
        self.pending: list[tuple[Placing, Placed]] = []
        for kind, table in (("given", given), ("parameter", parameters)):
            for key, shape in table.items():
                symbol = key_symbol(key)
                assert symbol is not None
                self._know_above(symbol)
                axes: list[Range | None] = [Range(1, size) for size in shape]
                self._add(Symbol(symbol.base, symbol.label, kind, axes, key="".join(key.split())))
        self.lines = list(equation_lines(text))
        if not self.lines:
            raise EquationError("there is no equation", (0, 1), "an equation reads: z = w x + b")
        self.lefts = self._lefts()
        self.letters = frozenset(letter for left in self.lefts for letter, _ in left.letters) | self._bound()
        self.hints = self._hints()
        self.later = {(left.base, left.label): left for left in self.lefts}
        for left in tuple(self.lefts):
            self._equation(left)
        self._check_pending()
        self._put_sizes()

    def _put_sizes(self) -> None:
        """n written for a size becomes the size of the range that ends there."""
        homes = {run.last: Index(name) for name, run in reversed(self.system.ranges.items())}
        for letter, run in self.learned.items():
            name = next(
                (name for name, other in self.system.ranges.items() if other == run and run.first == 1), None
            )
            if name is not None:
                homes[letter] = Index(name)

        def put(part: Formula) -> Formula:
            if isinstance(part, Ref) and part.quantity == "size":
                if part.level not in homes:
                    raise EquationError(f"nothing tells how much {part.level} is", (0, 1))
                return Size(homes[str(part.level)])
            return part

        for number, equation in enumerate(self.system.equations):
            self.system.equations[number] = replace(equation, formula=transform(equation.formula, put))

    def _know_above(self, symbol: Written) -> None:
        """Remember the labels that are written as superscripts: W^Q, a^(1)."""
        found = {suffix.text for suffix in symbol.suffixes if suffix.above}
        self.above.setdefault(symbol.base, set()).update(found)

    def _add(self, symbol: Symbol) -> None:
        self.symbols.setdefault(symbol.base, []).append(symbol)
        self.symbols[symbol.base].sort(key=lambda one: (-len(one.label), one.label))
        self.system.symbols[symbol.key] = symbol

    # Left sides.

    def _lefts(self) -> list[_Left]:
        bound = self._bound()
        known = {(symbol.base, symbol.label): symbol for symbol in self.system.symbols.values()}
        lefts: list[_Left] = []
        seen: dict[tuple[str, str], _Left] = {}
        for line in self.lines:
            left = self._left(line, bound)
            at = (left.base, left.label)
            where = line.left.span(0, len(line.left.text))
            if at in known:
                kind = {"given": "[given]", "parameter": "[parameters]"}[known[at].kind]
                raise EquationError(
                    f"{known[at].key} is given twice: below {kind}, and by this equation",
                    where,
                    "keep one of them",
                )
            if at in seen:
                raise EquationError(
                    f"{line.left.text} is given twice: by equation {seen[at].line.number}, and by this one",
                    where,
                    "give the second a symbol of its own",
                )
            if left.base in WORDS and len(left.base) > 1:
                raise EquationError(
                    f"{left.base} is the name of a function", where, "choose another symbol for it"
                )
            seen[at] = left
            lefts.append(left)
        return lefts

    def _left(self, line: Line, bound: frozenset[str]) -> _Left:
        text = line.left.text
        called = re.fullmatch(r"(?P<symbol>[^()]*[^()_^\s])\s*\((?P<inside>[^()]*)\)", text)
        symbol = written_symbol(text)
        clauses = {clause.letter for clause in line.clauses}
        if symbol is None and called:
            inside = called["inside"].replace(" ", "")
            symbol = written_symbol(called["symbol"])
            if symbol and (inside in clauses):
                symbol = Written(symbol.base, (*symbol.suffixes, Suffix(inside)))
        if symbol is None:
            raise EquationError(
                "the left side is no symbol",
                line.left.span(0, len(text)),
                "an equation gives one symbol, with its indices: h_t = …",
            )
        self._know_above(symbol)
        label: list[str] = []
        letters: list[tuple[str, int]] = []
        key = symbol.base
        strong, weak = self._indices_of(line.right.text)
        labels = {symbol.label for symbol in self.system.symbols.values()} - bound
        here = clauses | set(self.sizes) | strong | (weak - labels)
        for suffix in sorted(symbol.suffixes, key=lambda one: not one.above):
            for piece in re.split("[,;]", suffix.text):
                terms = self._left_terms(piece, here, bound)
                if terms is None:
                    if letters and piece.isdigit():
                        raise EquationError(
                            f"{text}: a fixed index stands before the others",
                            line.left.span(0, len(text)),
                            "give what is fixed a symbol of its own",
                        )
                    label.append(piece)
                    key += f"^({piece})" if suffix.above else piece if suffix.joined else f"_{piece}"
                else:
                    letters += terms
        doubled = [letter for letter, _ in letters if [one for one, _ in letters].count(letter) > 1]
        if doubled:
            raise EquationError(f"{doubled[0]} stands twice on the left side", line.left.span(0, len(text)))
        if len(letters) > MAX_AXES:
            raise EquationError(
                f"a symbol may have {MAX_AXES} indices, not {len(letters)}", line.left.span(0, len(text))
            )
        return _Left(symbol.base, ",".join(label), tuple(letters), line, key)

    def _left_terms(self, piece: str, here: set[str], bound: frozenset[str]) -> list[tuple[str, int]] | None:
        """The letters of a left side's index; None where it is part of the symbol's name."""
        term = term_of(piece)
        if term is not None and len(term.letters) == 1 and term.letters[0][0] == 1:
            letter = term.letters[0][1]
            if letter in here or letter in bound:
                return [(letter, term.offset)]
            return None
        if piece.isalpha() and len(piece) > 1 and all(char in here for char in piece):
            return [(char, 0) for char in piece]
        return None

    def _indices_of(self, text: str) -> tuple[set[str], set[str]]:
        """The letters in subscripts of a right side: on given lists, and on whatever else."""
        strong: set[str] = set()
        weak: set[str] = set()
        for match in _SUBSCRIPTED.finditer(text):
            own = self.symbols.get(spelled(match[1]), ())
            labels = {symbol.label for symbol in own if symbol.label}
            found = strong if any(symbol.axes for symbol in own) else weak
            for piece in _SCRIPTS.findall(match[2]):
                if piece[0] == "^" and "(" not in piece:  # an exponent
                    continue
                inside = re.sub(r"[\^{}()\[\]\s]", "", piece)
                for part in re.split("[,;=]", inside) if inside not in labels else ():
                    if part not in labels and (len(part) <= MAX_AXES or not part.isalpha()):
                        found.update(re.findall(r"[^\W\d_]", part))
        return strong, weak

    def _bound(self) -> frozenset[str]:
        """Every letter that some equation names as an index: in a clause, below a Σ, a max or a softmax."""
        found = {clause.letter for line in self.lines for clause in line.clauses} | set(self.sizes)
        words = r"(?:Σ|Π|∏|sum|prod|max|min|mean|softmax)"
        for line in self.lines:
            for match in re.finditer(
                rf"{words}\s*_\s*(?:\{{([^{{}}=]*)|\(([^()=]*)|([^\W\d_]+))", line.right.text, re.I
            ):
                found.update(re.findall(r"[^\W\d_]", match[1] or match[2] or match[3] or ""))
            found.update(re.findall(r"softmax\s*\([^()]*\)\s*_\s*\{?([^\W\d_])", line.right.text, re.I))
        return frozenset(found)

    def _hints(self) -> dict[str, Range]:
        """Letters that run over one range wherever they stand by themselves on what is given."""
        found: dict[str, set[Range]] = {}
        for line in self.lines:
            for clause in line.clauses:
                if isinstance(clause.last, int):
                    found.setdefault(clause.letter, set()).add(Range(clause.first, clause.last))
            for match in _SUBSCRIPTED.finditer(line.right.text):
                suffixes = tuple(
                    Suffix(re.sub(r"[\^{}()\[\]\s]", "", piece)) for piece in _SCRIPTS.findall(match[2])
                )
                for symbol in self.symbols.get(spelled(match[1]), ()):
                    for rest in without_label(symbol, suffixes):
                        pieces = index_texts(rest, len(symbol.axes)) or ()
                        for piece, axis in zip(pieces, symbol.axes, strict=False):
                            if len(piece) == 1 and axis is not None:
                                found.setdefault(piece, set()).add(axis)
        return {letter: min(ranges, key=str) for letter, ranges in found.items() if len(ranges) == 1}

    # Right sides.

    def _bases(self, upto: int) -> Bases:
        labels: dict[str, set[str]] = {}
        axes: dict[str, int] = {}
        for symbol in self.system.symbols.values():
            labels.setdefault(symbol.base, set()).add(symbol.label)
            axes[symbol.base] = max(axes.get(symbol.base, 0), len(symbol.axes))
        for left in self.lefts:
            labels.setdefault(left.base, set()).add(left.label)
            axes[left.base] = max(axes.get(left.base, 0), len(left.letters))
        sizes = {size for size in self.sizes.values() if isinstance(size, str)} | self._limit_letters()
        return Bases(
            {base: frozenset(found) for base, found in labels.items()},
            axes,
            self.functions,
            frozenset(sizes - set(labels)),
            self.letters,
            {base: frozenset(found) for base, found in self.above.items()},
            frozenset(
                letter for left in self.lefts if left.line.number == upto for letter, _ in left.letters
            ),
            self.letters_only,
            self._hidden,
        )

    def _hidden(self, base: str, suffixes: tuple[Suffix, ...]) -> Hidden:
        """The axes that a use of a symbol does not write: the last ones, and those of a colon."""
        at = (base, suffixes)
        if at not in self.hidden_of:
            self.hidden_of[at] = self._unwritten(base, suffixes)
        return self.hidden_of[at]

    def _unwritten(self, base: str, suffixes: tuple[Suffix, ...]) -> Hidden:
        known = [(one.label, one.axes) for one in self.symbols.get(base, ())]
        labels = {label for label, _ in known}
        for (other, label), left in self.later.items():
            if other == base and label not in labels:
                known.append((label, [*(None for _ in left.letters), *self._start_axes(left)]))
        known.sort(key=lambda one: (-len(one[0]), one[0]))
        if family := family_of(self.symbols.get(base, [])):
            known.append(("", family.axes))
        tries = [
            (axes, rest)
            for label, axes in known
            for rest in without_label(Symbol(base, label, "", axes), suffixes)
        ]
        for axes, rest in tries:
            if not rest and axes:
                return tuple(enumerate(axes))
            texts = index_texts(rest, len(axes))
            if texts is not None and all(term_of(text) for text in texts):
                return ()
        for axes, rest in tries:
            for count in range(len(axes), -1, -1):
                texts = index_texts(rest, count)
                if texts is None or not all(text == ":" or term_of(text) for text in texts):
                    continue
                colons = [place for place, text in enumerate(texts) if text == ":"]
                return tuple((place, axes[place]) for place in (*colons, *range(count, len(axes))))
        return ()

    def _start_axes(self, left: _Left) -> list[Range | None]:
        """The axes that a recurrence leaves unwritten, by what it starts from: those of h_0 in h_t."""
        if not left.letters:
            return []
        pattern = re.compile(re.escape(f"{left.label}," if left.label else "") + r"-?\d+")
        for symbol in self.symbols.get(left.base, ()):
            if pattern.fullmatch(symbol.label):
                return symbol.axes[len(left.letters) - 1 :]
        return []

    def _in_indices(self, left: _Left, side: Side) -> tuple[_Left, Side, dict[str, tuple[Range, Span]]]:
        """An equation of whole vectors with the indices it leaves unwritten."""
        line = left.line
        where = line.left.span(0, len(line.left.text))
        taken = {letter for letter, _ in left.letters} | {scope.letter for scope in side.scopes}
        for use in side.uses:
            taken |= {char for suffix in use.suffixes for char in suffix.text if char.isalpha()}
        taken |= {clause.letter for clause in line.clauses}
        names = {base for base in self.symbols if len(base) == 1} | set(self.constants) | set(self.sizes)
        names |= {one.base for one in self.lefts}
        last = self.lefts[-1] if self.objective is None else None
        objective = left is last or left.key == self.objective
        written = self.wholes.written(
            side,
            lambda use: self._hidden(use.base, use.suffixes),
            lambda use: any(symbol.kind == "parameter" for symbol in self.symbols.get(use.base, ())),
            taken,
            avoided=names | (self.letters - set(self.wholes.run_of)),
            scalar=objective,
        )
        starts = self._start_axes(left)
        found = [run for _, run in written.letters]
        if starts and found != starts:
            raise EquationError(
                f"{line.left.text} starts from {_sized(starts)}, and this is {_sized(found)}",
                where,
                "give what it starts from as many numbers",
            )
        if objective and found:
            raise EquationError(
                f"the objective {line.left.text} is no single number: this is {_sized(found)}",
                where,
                "sum it up: L = Σ (y − t)², or ½ ‖y − t‖²",
            )
        letters = (*left.letters, *((letter, 0) for letter, _ in written.letters))
        if len(letters) > MAX_AXES:
            raise EquationError(f"a symbol may have {MAX_AXES} indices, not {len(letters)}", where)
        new = replace(left, letters=letters)
        self.lefts[self.lefts.index(left)] = new
        self.later[left.base, left.label] = new
        self.letters = self.letters | {letter for letter, _ in written.letters}
        self.hidden_of.clear()
        for axis, (letter, _) in enumerate(letters):
            self.wholes.of_axis.setdefault((left.base, axis), letter)
        return new, written.side, {letter: (run, where) for letter, run in written.letters}

    def _limit_letters(self) -> set[str]:
        """Letters that stand as the end of a range: n in Σ_{i=1}^{n}, T in t = 1, …, T."""
        found = {
            clause.last for line in self.lines for clause in line.clauses if isinstance(clause.last, str)
        }
        for line in self.lines:
            for match in re.finditer(
                r"(?:Σ|sum)\s*_\s*[{(][^{}()]*=[^{}()]*[})]\s*\^\s*\{?\s*([^\W\d_])\b", line.right.text
            ):
                found.add(match[1])
        return found

    def _equation(self, left: _Left) -> None:
        line = left.line
        side = read_side(line.right, self._bases(line.number))
        clauses: dict[str, tuple[Range | None, Span]] = {}
        if side.whole:
            left, side, ranges = self._in_indices(left, side)
            clauses |= ranges
        for clause in line.clauses:
            clauses[clause.letter] = (self._clause_range(clause, dict(left.letters)), clause.span)
        self.hidden_of.clear()
        for letter in clauses:
            if letter not in dict(left.letters) and not any(scope.letter == letter for scope in side.scopes):
                raise EquationError(
                    f"{letter} has a range, and the left side has no index {letter}",
                    clauses[letter][1],
                    f"write {line.left.text}_{letter} = … on the left",
                )
        visible = self._visible(left, side)
        placing = Placing(
            side,
            left.letters,
            clauses,
            visible,
            self.constants,
            self.sizes,
            self.hints,
            line.number,
            line.left.span(0, len(line.left.text)),
        )
        self._learn_sizes(placing, line)
        axes: list[Range | None] = []
        for number in range(len(left.letters)):
            found = placing.variables[number].range
            assert found is not None
            axes.append(found)
        symbol = self._provisional(left)
        symbol.axes[:] = axes
        symbol.span = placing.span
        self._add(symbol)
        self._positions(placing, symbol)
        self.system.equations.append(self._written(placing, left, symbol, line))

    def _clause_range(self, clause: Clause, left: Mapping[str, int]) -> Range | None:
        last = clause.last
        if isinstance(last, str):
            last = self.constants.get(last, self.sizes.get(last, last))
            if isinstance(last, str) and last not in self.sizes.values():
                return None
        shift = left.get(clause.letter, 0)
        if isinstance(last, str):
            return Range(clause.first, last)
        return Range(clause.first + shift, last + shift)

    def _visible(self, left: _Left, side: Side) -> dict[str, list[Symbol]]:
        """The symbols that may stand on a right side: those above, its own, later ones of a recurrence."""
        visible = {base: list(found) for base, found in self.symbols.items()}
        for size in self._bases(0).sizes:
            visible.setdefault(size, [Symbol(size, "", "size", [], key=size)])
        for use in side.uses:
            for at, other in self.later.items():
                if at[0] == use.base and not any(one.label == at[1] for one in visible.get(use.base, ())):
                    visible.setdefault(use.base, []).append(self._provisional(other))
            if use.base in visible:
                visible[use.base].sort(key=lambda one: (-len(one.label), one.label))
            elif self.letters_only:
                self._leaf(use)
                visible[use.base] = list(self.symbols[use.base])
        return visible

    def _provisional(self, left: _Left) -> Symbol:
        """The symbol of an equation that has not been read yet: its axes are not known."""
        at = (left.base, left.label)
        if at not in self.provisional:
            axes: list[Range | None] = [*(None for _ in left.letters), *self._start_axes(left)]
            self.provisional[at] = Symbol(
                left.base, left.label, "computed", axes, left.line.number, key=left.key
            )
        return self.provisional[at]

    def _leaf(self, use: Use) -> None:
        """A symbol of a problem without numbers: its axes are of the letters it is first written with."""
        letters: list[str] = []
        label: list[str] = []
        for suffix in sorted(use.suffixes, key=lambda one: not one.above):
            for piece in re.split("[,;]", suffix.text):
                if all(char in self.letters for char in piece if char.isalpha()) and any(
                    map(str.isalpha, piece)
                ):
                    letters += [char for char in piece if char.isalpha()]
                else:
                    label.append(piece)
        axes: list[Range | None] = []
        for letter in letters:
            if letter not in self.sizes:
                raise EquationError(
                    f"nothing tells over what {letter} runs",
                    use.span,
                    f"sizes = {{ {letter} = 3 }}, or a letter in quotes",
                )
            axes.append(Range(1, self.sizes[letter]))
        name = key_of(use.base, ",".join(label))
        self._add(Symbol(use.base, ",".join(label), "letter", axes, key=name))

    def _learn_sizes(self, placing: Placing, line: Line) -> None:
        """Letters for sizes, told by the range of the index whose end they are: n in Σ_{i=1}^{n}."""
        ends: list[tuple[str, int, Span]] = []
        for number, variable in placing.scope_variables.items():
            scope = placing.side.scopes[number]
            if re.fullmatch(r"[^\W\d_]", scope.last):
                ends.append((scope.last, variable, scope.span))
        for clause in line.clauses:
            if isinstance(clause.last, str) and clause.letter in placing.free:
                ends.append((clause.last, placing.free[clause.letter], clause.span))
        for letter, variable, span in ends:
            found = placing.variables[variable].range
            if found is None or letter in self.constants or letter in self.sizes.values():
                continue
            known = self.learned.setdefault(letter, found)
            if known.last != found.last:
                raise EquationError(
                    f"{letter} is {known.last} above, and {found.last} here",
                    span,
                    "use another letter for one of them",
                )

    # Positions.

    def _positions(self, placing: Placing, own: Symbol) -> None:
        for placed in placing.placed:
            symbol = placed.symbol
            if symbol is own:
                self._own_use(placed)
            elif symbol.line and symbol.key not in self.system.symbols:
                later = next(
                    left for left in self.lefts if (left.base, left.label) == (symbol.base, symbol.label)
                )
                if all(not letters or offset == 0 for letters, offset in placed.places):
                    raise EquationError(
                        f"{shown(placed.use)} is used before it is given, by equation {later.line.number}",
                        placed.use.span,
                        "move that equation up",
                    )
            self.pending.append((placing, placed))

    def _own_use(self, placed: Placed) -> None:
        if all(offset == 0 for letters, offset in placed.places) and all(
            len(letters) == 1 for letters, _ in placed.places
        ):
            raise EquationError(
                f"a circle: {shown(placed.use)} is given by itself",
                placed.use.span,
                "a recurrence uses an earlier step, such as h_{t-1}",
            )

    def _check_pending(self) -> None:
        """Every position that a use reaches is one of its symbol's, or a symbol of its own: h_0."""
        for placing, placed in self.pending:
            outside: list[tuple[int, int]] = []
            for axis, (own, (letters, offset)) in enumerate(
                zip(placed.symbol.axes, placed.places, strict=True)
            ):
                if own is None or isinstance(own.last, str):
                    continue
                held = placing.reached(placed, axis)
                if held is not None:
                    outside += [(axis, at) for at in sorted(held) if not own.first <= at <= own.last]
                    continue
                low = high = offset
                for sign, number in letters:
                    run = placing.variables[number].range
                    assert run is not None
                    if isinstance(run.last, str):
                        break
                    ends = (sign * run.first, sign * run.last)
                    low, high = low + min(ends), high + max(ends)
                else:
                    outside += [(axis, at) for at in range(low, high + 1) if not own.first <= at <= own.last]
            for axis, at in outside:
                self._outside(placing, placed, axis, at)

    def _outside(self, placing: Placing, placed: Placed, axis: int, at: int) -> None:
        symbol = placed.symbol
        label = f"{symbol.label},{at}" if symbol.label else str(at)
        rest = [one for number, one in enumerate(symbol.axes) if number != axis]
        start = next((one for one in self.symbols.get(symbol.base, ()) if one.label == label), None)
        if start is not None and start.axes == rest:
            known = self.system.starts.get(symbol.key)
            if known is None or known.axis == axis:
                others = dict(known.symbols) if known else {}
                self.system.starts[symbol.key] = Starts(axis, {**others, at: start.key})
                return
        own = symbol.axes[axis]
        assert own is not None
        name = f"{symbol.base}_{label}"
        if start is not None:
            raise EquationError(
                f"{shown(placed.use)} reaches {name}, which has {len(start.axes)} indices, not {len(rest)}",
                placed.use.span,
            )
        help = f"give {name} below [given], or let the range begin later"
        if not placed.places[axis][0]:
            help = f"count from {own.first}"
        elif symbol.kind != "computed":
            help = "shift the index less, or say for which positions the equation holds: for i = 1, 2"
        raise EquationError(
            f"{shown(placed.use)} is out of range: it reaches {at}, and {symbol.key} has {in_words(own)}",
            placed.use.span,
            help,
        )

    # The formula.

    def _name(self, letter: str, run: Range, taken: frozenset[str]) -> Index:
        """The index of a letter that runs so; the same letter over another range is another one."""
        number = 1
        while True:
            name = letter if number == 1 else f"{letter}@{number}"
            if name not in taken and self.system.ranges.setdefault(name, run) == run:
                return Index(name)
            number += 1

    def _written(self, placing: Placing, left: _Left, symbol: Symbol, line: Line) -> Equation:
        names: dict[int, Index] = {}
        for number in range(len(left.letters)):
            names[number] = self._named(placing, number, names)
        formula = self._tree(placing, placing.side.formula, names)
        if apart := next((part for part in refs(formula) if part.quantity == "family"), None):
            raise EquationError(
                f"{apart.level} with an index stands for symbols that are given one by one",
                line.span,
                f"give them by one equation: {apart.level}_t = … for t = 1, 2",
            )
        indices = tuple(names[number] for number in range(len(left.letters)))
        self.system.spans[symbol.key] = line.span
        return Equation(symbol.key, indices, formula, line.source, line.number)

    def _named(self, placing: Placing, variable: int, names: Mapping[int, Index]) -> Index:
        """The index of a variable; one of the same letter that stands around it has another name."""
        found = placing.variables[variable]
        assert found.range is not None
        return self._name(found.letter, found.range, frozenset(str(one.level) for one in names.values()))

    def _tree(self, placing: Placing, part: Formula, names: Mapping[int, Index]) -> Formula:
        """The raw formula with its symbols and indices in place."""
        match part:
            case Ref("use", number):
                return self._ref(placing.placed[number], names)
            case Sum(Index(level=scope), body):
                variable = placing.scope_variables[scope]
                index = self._named(placing, variable, names)
                inside = self._tree(placing, body, {**names, variable: index})
                if any(part.quantity == "family" for part in refs(inside)):
                    return self._spelled_out(placing, scope, index, inside)
                return self._bound_by(placing, scope, index, inside, {**names, variable: index})
            case Function(over=Index(level=scope)):
                over = names[placing.softmax[scope]]
                return Function(part.name, self._tree(placing, part.argument, names), over=over)
            case _:
                parts = tuple(self._tree(placing, child, names) for child in children(part))
                return with_children(part, parts) if parts else part

    def _bound_by(
        self, placing: Placing, scope: int, index: Index, body: Formula, names: Mapping[int, Index]
    ) -> Formula:
        """A sum and the like, of the terms that its limits leave."""
        found = placing.side.scopes[scope]
        conditions = placing.conditions(scope)
        if conditions and found.kind != "sum":
            raise EquationError(
                f"a {found.kind} runs over a whole range, and not up to another index",
                found.span,
                "write it with sums: 1/t Σ_{s=1}^{t} …",
            )
        for sign, factors, offset in conditions:
            terms = {names[variable]: factor for variable, factor in factors.items() if factor}
            if sign == "≠":
                others = {one: -factor for one, factor in terms.items() if one != index}
                same = Kronecker(index, place_of(others, -offset))
                body = product(subtract(ONE, same), body)
            else:
                self.system.ranges[NOT_BELOW.level] = Range(0, MAX_RANGE)
                body = Inside(place_of(terms, offset), NOT_BELOW, body)
        return _bound(found.kind, index, body)

    def _ref(self, placed: Placed, names: Mapping[int, Index]) -> Formula:
        if placed.symbol.kind == "size":
            return Ref("size", placed.symbol.base)
        if placed.symbol.kind == "index":
            letters, offset = placed.places[0]
            return Position(place_of({names[one]: factor for factor, one in letters}, offset))
        places: list[Index] = []
        for letters, offset in placed.places:
            if len(letters) == 1 and letters[0][0] == 1 and not offset:
                places.append(names[letters[0][1]])
            elif letters:
                places.append(Shifted(tuple((factor, names[one]) for factor, one in letters), offset))
            else:
                places.append(At(offset))
        quantity = "family" if placed.symbol.kind == "family" else "value"
        return self._member(Ref(quantity, placed.symbol.key, tuple(places)), placed.use.span)

    def _member(self, ref: Ref, span: Span) -> Ref:
        """h_t at a fixed t, where h_1, h_2, … are symbols of their own."""
        if ref.quantity != "family" or not isinstance(ref.indices[0], At):
            return ref
        label = str(ref.indices[0].position)
        known = self.symbols.get(ref.level, [])
        key = next((one.key for one in known if one.label == label), None)
        if key is None:
            there = ", ".join(sorted(one.key for one in known))
            raise EquationError(f'unknown symbol "{ref.level}_{label}"', span, f"there is {there}")
        return Ref("value", key, ref.indices[1:])

    def _spelled_out(self, placing: Placing, scope: int, index: Index, body: Formula) -> Formula:
        """Σ_t over symbols of their own, h_1 + h_2 + …, as the terms that it stands for."""
        run, kind = self.system.ranges[index.level], placing.side.scopes[scope].kind
        span = placing.side.scopes[scope].span
        terms = []
        for at in range(run.first, int(run.last) + 1):
            term = rename(body, {index: At(at)})
            terms.append(
                transform(term, lambda part: self._member(part, span) if isinstance(part, Ref) else part)
            )
        whole = {"sum": add, "mean": add, "product": product}.get(kind)
        if whole is None:
            return Extreme(kind, tuple(terms))
        return ratio(whole(*terms), exact_number(len(terms))) if kind == "mean" else whole(*terms)


def _sized(axes: Sequence[Range | None]) -> str:
    """a number, 3 numbers, 3 × 2 numbers."""
    sizes = [size_text(run) for run in axes]
    return f"{' × '.join(sizes)} numbers" if sizes else "a number"


def _bound(kind: str, index: Index, body: Formula) -> Formula:
    """Σ, mean, product, max or min over an index."""
    if kind == "sum":
        return Sum(index, body)
    if kind == "mean":
        return ratio(Sum(index, body), Size(index))
    return Function(kind, body, over=index)
