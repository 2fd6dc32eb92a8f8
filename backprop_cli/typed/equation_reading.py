"""One equation's right side → a raw formula: its symbols and bound indices numbered, to be placed later.

Which letters are indices, and over what they run, is known only once the whole side has been read; so a
symbol is a Ref to its number among `uses`, and a bound index an Index of its number among `scopes`.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from fractions import Fraction
from typing import Any, cast

from ..formula.tree import (
    ONE,
    ZERO,
    Extreme,
    Formula,
    Function,
    Index,
    Negation,
    Number,
    Power,
    Raised,
    Ref,
    Sum,
    add,
    children,
    number,
    product,
    ratio,
    subtract,
    walk,
    with_children,
)
from ..functions.table import ROWS
from .equation_names import (
    CONSTANTS,
    FUNCTIONS,
    REDUCTIONS,
    SOFTMAX,
    SUMS,
    UNDERSCORED,
    WHOLES,
    Suffix,
    spelled,
)
from .equation_text import EquationError, Origin, Span
from .expressions import END, MAX_EXPONENT, STARTS, E, Parser, divided
from .tokens import Token, UnreadableError, split_by, tokens

CONSTANT = {"e": E, "pi": Number(Fraction(math.pi))}
USE = "use"
"""The quantity of a raw Ref, whose level is its number among the uses."""


@dataclass(frozen=True)
class Use:
    """A symbol where it stands: what is written on it, where, and the indices bound around it."""

    base: str
    suffixes: tuple[Suffix, ...]
    span: Span
    scopes: tuple[int, ...]


@dataclass(frozen=True)
class Scope:
    """An index that a Σ, a max or a softmax names, with the limits written on it."""

    letter: str
    kind: str  # "sum", "max", "min", "product", "mean", or "softmax", which does not bind it
    first: str
    last: str
    span: Span
    sign: str = ""  # how it is to another index, `other`: j ≠ i, j ≤ i
    other: str = ""
    around: tuple[int, ...] = ()  # the scopes that it stands in


@dataclass(frozen=True)
class Whole:
    """An operation on whole vectors and matrices, until their shapes are known.

    "run" is a product side by side, its marks "" or "@"; "chain" one with the marks "*", "·" and "⊙".
    """

    kind: str
    parts: tuple[Formula, ...]
    marks: tuple[str, ...] = ()
    span: Span = (0, 0)
    axis: int | None = None


Hidden = tuple[tuple[int, "Axis | None"], ...]
"""The axes that a symbol does not write: which they are, and over what they run."""
Axis = Any


@dataclass
class Bases:
    """What is known of the symbols when a side is read: base → their labels, and how many axes they have."""

    labels: Mapping[str, frozenset[str]]
    axes: Mapping[str, int]
    functions: frozenset[str] = frozenset()  # of one's own
    sizes: frozenset[str] = frozenset()  # letters for sizes
    letters: frozenset[str] = frozenset()  # that are used as indices
    above: Mapping[str, frozenset[str]] = field(default_factory=dict)  # labels written as superscripts
    left: frozenset[str] = frozenset()  # letters of the left side
    open: bool = False  # whether any letter may be a symbol: a problem without numbers
    hidden: Callable[[str, tuple[Suffix, ...]], Hidden] = lambda base, suffixes: ()

    def __post_init__(self) -> None:
        names = {*self.labels, *self.functions, *self.sizes}
        reserved = {*FUNCTIONS, *REDUCTIONS, *SUMS, *SOFTMAX, *WHOLES, *CONSTANTS} - names
        self.known = frozenset(names | reserved)
        spellings: dict[str, str] = {name: name for name in self.known}
        for name in names:
            for other in ascii_spellings(name):
                spellings.setdefault(other, name)
        self.spellings = spellings
        self._split = split_by(name.rstrip("'") for name in spellings)

    def split(self, run: str) -> list[str]:
        """A run of letters as the known names it is made of, the unknown ones between them whole."""
        if run in self.spellings:
            return [run]
        parts = self._split(run)
        if parts != [run] or len(run) == 1:
            return parts
        if self.open:
            return [part for char in run for part in self._split(char)]
        if len(run) > 2 and self.nearest(run):  # a word that was misspelled
            return [run]
        for end in range(len(run) - 1, 0, -1):  # a symbol that is not known, beside some that are
            if run[:end] in self.spellings or len(self._split(run[:end])) > 1:
                return [*self._split(run[:end]), *self.split(run[end:])]
        return [run]

    def nearest(self, name: str) -> str | None:
        """The known name nearest to one that is not."""
        folded = {known.casefold(): known for known in self.spellings}
        if name.casefold() in folded:
            return folded[name.casefold()]
        if len(name) == 1:
            return None
        words = [known for known in self.spellings if len(known) > 1]
        near = get_close_matches(name, words, n=1, cutoff=0.7)
        return near[0] if near else None


_MARKS = {"\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u0307": "dot"}


def ascii_spellings(name: str) -> list[str]:
    """How a symbol may be typed in ASCII: gamma for γ, yhat for ŷ."""
    from ..render.ascii import to_ascii

    parts = unicodedata.normalize("NFD", name)
    spelling = "".join(_MARKS.get(char) or to_ascii(char) for char in parts)
    return [spelling] if spelling != name and spelling.replace("'", "").isalpha() else []


@dataclass
class Side:
    """A right side that has been read."""

    formula: Formula
    uses: list[Use] = field(default_factory=list)
    scopes: list[Scope] = field(default_factory=list)
    whole: bool = False  # whether vectors or matrices stand in it without their indices


def read_side(text: Origin, bases: Bases) -> Side:
    """The raw formula of a right side. Raises EquationError, with its place, for what cannot be read."""
    names = _Names(bases)
    parser = _EquationParser(names.braced(text), names)
    formula = parser.guarded()
    return Side(formula, names.uses, names.scopes, names.whole(formula))


class _EquationParser(Parser):
    """The parser of answers, over a text that knows where it stood."""

    def __init__(self, origin: Origin, names: _Names) -> None:
        self.origin = origin
        self.names: _Names = names
        self.within_norm = False
        try:
            self.begin(origin.text)
        except UnreadableError as error:
            raise _placed(error, origin, _first_unfit(origin.text)) from None

    def begin(self, tidied: str) -> None:
        found = tokens(tidied, self.names.split, of_equation=True)
        self.text = tidied
        self.tokens = [replace(one, kind="*") if one.kind in _PRODUCTS else one for one in found]
        self.tokens.append(END)
        self.position = self.depth = self.bars = 0

    def guarded(self) -> Formula:
        """The whole text, every fault with its place."""
        try:
            return self.formula()
        except EquationError:
            raise
        except UnreadableError as error:
            token = self.token
            at = len(self.origin.text.rstrip()) - 1 if token is END else token.start
            raise _placed(error, self.origin, (max(at, 0), at + max(1, len(token.text)))) from None

    def span_from(self, start: int) -> Span:
        """From a place of the text to the last token taken."""
        last = self.tokens[self.position - 1]
        end = self.token.start if self.token is not END else len(self.origin.text)
        stretch = self.origin.text[start:end].rstrip()
        return self.origin.span(
            start, start + max(len(stretch), len(last.text) if start == last.start else 1)
        )

    def expression(self) -> Formula:
        with self.nested():
            terms = [self._signed_term(self.accept("+", "-"))]
            while sign := self.accept("+", "-"):
                terms.append(self._signed_term(sign))
            return add(*terms)

    def _signed_term(self, sign: Token | None) -> Formula:
        term = self.term()
        if sign is None or sign.kind == "+":
            return term
        return Number(-term.value) if isinstance(term, Number) else Negation(term)

    def term(self) -> Formula:
        """A product as it is written: 1/4 Σ_i x_i keeps its 1/4 in front."""
        start = self.token.start
        top, marks, bottom = [self.signed()], list[str](), list[Formula]()
        while True:
            if sign := self.accept("*"):
                mark = sign.text
            elif self.accept("/"):
                bottom.append(self.signed())
                continue
            elif self._begins():
                mark = ""
            else:
                break
            if bottom and all(isinstance(part, Number) for part in (*top, *bottom)):
                top, marks, bottom = [divided(product(*top), product(*bottom))], [], []
            top.append(self.signed())
            marks.append(mark)
        if ZERO in bottom:
            raise UnreadableError("it divides by 0")
        if len(top) + len(bottom) > 1 and any(map(self.names.whole, (*top, *bottom))):
            return self._of_wholes(top, marks, bottom, self.span_from(start))
        return ratio(product(*top), product(*bottom)) if bottom else product(*top)

    def _begins(self) -> bool:
        """Whether a factor begins here, with no sign before it."""
        kind = self.token.kind
        if kind in STARTS or (kind == "number" and self.token.spaced):  # α_k 1/√(2π)
            return True
        return (kind == "|" and not self.bars) or (kind == "‖" and not self.within_norm)

    def _of_wholes(self, top: list[Formula], marks: list[str], bottom: list[Formula], span: Span) -> Formula:
        """A product of vectors and matrices: what stands side by side is taken together first."""
        runs: list[tuple[list[Formula], list[str]]] = [([top[0]], [])]
        between: list[str] = []
        for mark, factor in zip(marks, top[1:], strict=True):
            if mark in ("", "@"):
                runs[-1][0].append(factor)
                runs[-1][1].append(mark)
            else:
                runs.append(([factor], []))
                between.append(mark)
        parts = [
            _raw("run", *factors, marks=tuple(inner), span=span) if inner else factors[0]
            for factors, inner in runs
        ]
        found = _raw("chain", *parts, marks=tuple(between), span=span) if between else parts[0]
        return _raw("over", found, *bottom, span=span) if bottom else found

    def power(self) -> Formula:
        if self.token.text == "e" and self.peek().kind in ("^", "sup") and self.names.is_euler():
            self.take()
            return Function("exp", self.exponent())
        start = self.token.start
        base = self.atom()
        while self._is_transposed(base):
            self.position += 1 if self.token.kind == "sup" else 2
            if self.names.whole(base):
                base = _raw("transposed", base, span=self.span_from(start))
        return raised(base, self.exponent()) if self.token.kind in ("^", "sup") else base

    def _is_transposed(self, base: Formula) -> bool:
        """Whether ^T follows, and T is no exponent."""
        after = self.peek()
        sign = self.token.kind == "sup" and self.token.text == "T"
        if not sign and not (self.token.kind == "^" and after.kind == "name" and after.text == "T"):
            return False
        return not self.names.knows("T") or self.names.whole(base)

    def atom(self) -> Formula:
        if self.token.kind == "root":
            self.take()
            return Function("sqrt", self.atom())
        if self.token.kind == "‖":
            return self.norm()
        below = self.peek()
        if self.token.kind == "number" and below.kind == "sub" and re.search("[<>≤≥≠=]", below.text):
            return self._indicator_below()
        return super().atom()

    def norm(self) -> Formula:
        """‖x‖, ‖x‖², ‖x‖_1: of all the numbers that x is made of."""
        start = self.take().start
        within, self.within_norm = self.within_norm, True
        inside = self.expression()
        self.within_norm = within
        self.expect("‖")
        kind = (self.accept("sub") or Token("sub", "2")).text
        name = {"2": "norm", "F": "norm", "1": "norm1", "∞": "norm∞"}.get(kind)
        if name is None:
            raise EquationError(f"the norm ‖…‖_{kind} is not known", self.span_from(start), "‖x‖ or ‖x‖_1")
        if name == "norm" and self._squared():
            name = "norm²"
        return _raw(name, inside, span=self.span_from(start))

    def _squared(self) -> bool:
        """Whether ² follows, which is taken."""
        if self.token.kind == "sup" and self.token.text == "2":
            self.position += 1
            return True
        if self.token.kind == "^" and self.peek().text == "2":
            self.position += 2
            return True
        return False

    def _indicator_below(self) -> Formula:
        """1_{x > 0}."""
        self.take()
        token = self.take()
        start = self.origin.text.index("{", token.start) + 1
        inside = _EquationParser(self.origin.part(start, self.origin.text.find("}", start)), self.names)
        return inside.guarded()

    def formula(self) -> Formula:
        """The whole text, at times a comparison."""
        found = self.comparison()
        if self.token is not END:
            raise UnreadableError(f'"{self.token.text}" is not expected here')
        return found

    def comparison(self) -> Formula:
        """An expression, or 1 where a comparison holds and else 0: x > 0."""
        left = self.expression()
        if self.token.kind not in _COMPARED:
            return left
        sign = self.take().kind
        right = self.expression()
        return _COMPARED[sign](left, right)

    def condition(self) -> Formula:
        """[x > 0], which is 1 where it holds and else 0; [h; x], one above the other; or just brackets."""
        start = self.expect("[").start
        found = [self.comparison()]
        while self.accept(",", ";"):
            found.append(self.comparison())
        self.expect("]")
        return _raw("concat", *found, span=self.span_from(start)) if len(found) > 1 else found[0]

    def bracketed(self, opening: str = "(") -> Formula:
        self.expect(opening)
        within = self.bars, self.within_norm
        self.bars, self.within_norm = 0, False
        inside = self.comparison()
        self.bars, self.within_norm = within
        self.expect({"(": ")", "{": "}", "[": "]"}[opening])
        return inside

    def exponent(self) -> Formula:
        token = self.token
        if token.kind != "sup":
            return super().exponent()
        with self.nested():
            self.take()
            match = re.compile(r"(?:\^|\*\*)\s*\{").match(self.origin.text, token.start)
            start = match.end() if match else token.start
            end = self.origin.text.find("}", start)
            inside = _EquationParser(self.origin.part(start, end), self.names)
            inside.depth = self.depth
            found = inside.guarded()
        if self.token.kind in ("^", "sup"):
            raise UnreadableError("it has two exponents on one another")
        return found

    def applied(self) -> Formula:
        """The argument of a function: in brackets, or what stands right behind it: tanh z, ln p_k, sin 2x."""
        if self.token.kind in ("(", "[", "{"):
            return self.bracketed(self.token.kind)
        if self.token.kind == "number":
            factors = [self.power()]
            while self.token.kind == "name" and not self.names.is_function(self.token.text):
                factors.append(self.power())
            return product(*factors)
        return self.signed() if self.token.kind == "-" else self.power()

    def arguments(self) -> list[Formula]:
        """Several arguments in brackets; an axis = 1 behind them is kept in `axis`."""
        self.axis: int | None = None
        opening = self.token.kind
        if opening not in ("(", "[", "{"):
            return [self.applied()]
        self.take()
        found = [self.comparison()]
        while self.accept(",", ";"):
            if "".join(token.text for token in self.tokens[self.position : self.position + 4]).startswith(
                ("axis=", "dim=")
            ):
                while self.take().kind != "=":
                    pass
                sign = -1 if self.accept("-") else 1
                self.axis = sign * int(self.expect("number").text[:2].rstrip("."))
                continue
            found.append(self.comparison())
        self.expect({"(": ")", "[": "]", "{": "}"}[opening])
        return found


_PRODUCTS = ("·", "⊙", "@")


def _indicator(left: Formula, right: Formula) -> Formula:
    """[left > right]."""
    return Function("indicator", left if right == ZERO else subtract(left, right))


def _same(left: Formula, right: Formula) -> Formula:
    return product(subtract(ONE, _indicator(left, right)), subtract(ONE, _indicator(right, left)))


_TURNED = {"<": ">", ">": "<", "≤": "≥", "≥": "≤", "≠": "≠"}
# What a comparison is, as a number.
_COMPARED: dict[str, Callable[[Formula, Formula], Formula]] = {
    ">": _indicator,
    "<": lambda left, right: _indicator(right, left),
    "≥": lambda left, right: subtract(ONE, _indicator(right, left)),
    "≤": lambda left, right: subtract(ONE, _indicator(left, right)),
    "=": _same,
    "≠": lambda left, right: subtract(ONE, _same(left, right)),
}


def _raw(
    kind: str, *parts: Formula, marks: tuple[str, ...] = (), span: Span = (0, 0), axis: int | None = None
) -> Formula:
    """An operation on wholes in the place of a formula, until it is put into indices."""
    return cast(Formula, Whole(kind, parts, marks, span, axis))


def raised(base: Formula, exponent: Formula) -> Formula:
    """base^exponent: a whole power, a root, or e^(exponent·ln base)."""
    value = exponent.value if isinstance(exponent, Number) else None
    if isinstance(exponent, Negation) and isinstance(exponent.body, Number):
        value = -exponent.body.value
    if value is not None and value.denominator == 1 and abs(value) <= MAX_EXPONENT:
        whole = Power(base, abs(int(value)))
        return whole if value >= 0 else ratio(number(1), whole)
    if value == Fraction(1, 2):
        return Function("sqrt", base)
    return Raised(base, exponent)


def _placed(error: UnreadableError, origin: Origin, stretch: Span) -> EquationError:
    text = str(error)
    return EquationError(f"the equation cannot be read: {text}", origin.span(*stretch))


def _first_unfit(text: str) -> Span:
    match = re.search(r"[^\w\s\u0300-\u036f.+\-*/()\[\]{}=,|'>^√∂\\]|\\(?!frac)|_(?![\w\s{(])", text)
    return match.span() if match else (0, len(text))


_RUN = re.compile(r"(?P<base>[^\W\d_][\u0300-\u036f]*)'*(?P<digits>\d*)_\s*(?P<run>[^\W_]+(?:,[^\W_]+)*)")
_UNDERSCORED = re.compile(rf"(?<![^\W_])({'|'.join(UNDERSCORED)})(?![^\W_])")
_ROUND = re.compile(r"_\s*\(([^()]*)\)")
_TRANSPOSED = re.compile(r"\^\s*T")
_SHIFTED = r"[^\W\d_](?:[+-](?:\d+|[^\W\d_]))*|-?\d+"
_INDICES = re.compile(rf"(?:{_SHIFTED}|:)(?:[,;](?:{_SHIFTED}|:))*")


class _Names:
    """What the letters of one right side mean; collects its symbols and bound indices."""

    def __init__(self, bases: Bases) -> None:
        self.bases = bases
        self.uses: list[Use] = []
        self.scopes: list[Scope] = []
        self.open: list[int] = []
        self.split = bases.split

    def braced(self, text: Origin) -> Origin:
        """The text with every subscript in braces: x_ij y → x_{ij} y, w_1x_1 → w_{1}x_{1}."""
        text = text.replaced(_UNDERSCORED, lambda match: UNDERSCORED[match[1]])
        if not self.knows("T"):
            text = text.replaced(_TRANSPOSED, lambda match: "^{T}")
        text = text.replaced(_ROUND, lambda match: f"_{{{match[1]}}}")
        return text.replaced(_RUN, self._brace)

    def _brace(self, match: re.Match[str]) -> str:
        run = match["run"]
        known = self.bases.labels.get(spelled(match["base"])) or frozenset()
        labels = [label for label in known if label and run.startswith(label)]
        kept = max(map(len, labels), default=0)
        letters = self.bases.letters
        end = max(kept, 1)
        while end < len(run):
            char = run[end]
            digits_on = run[end - 1].isdigit() or run[end - 1] == "," or end == kept or len(run[:end]) == 1
            if char == "," or char in letters or (char.isdigit() and (digits_on or run[end - 1] in letters)):
                end += 1
            else:
                break
        if run[:end] not in labels and not kept and run not in self.bases.spellings:
            whole = run.replace(",", "")
            end = len(run) if not (set(whole[1:]) - letters) else end
        end = len(run[:end].rstrip(","))
        start = match.start("run") - match.start()
        head = match.group()[:start]
        return f"{head[: head.rindex('_')]}_{{{run[:end]}}}{run[end:]}"

    def prepare(self, text: str) -> str:
        return text

    def indices(self, text: str) -> None:
        return None

    def is_function(self, name: str) -> bool:
        known = self.bases.spellings.get(name, name)
        return known not in self.bases.labels and (
            known in FUNCTIONS or known in SUMS or known in REDUCTIONS or known in SOFTMAX
        )

    def read(self, parser: Parser) -> Formula:
        if not isinstance(
            parser, _EquationParser
        ):  # pragma: no cover - only equations are read with these names
            raise UnreadableError("no equation")
        token = parser.token
        if token.kind != "name":
            raise UnreadableError("a derivative has no place in an equation")
        name = self.bases.spellings.get(token.text, token.text)
        if self.is_called(parser, name):
            for table, reader in (
                (self.bases.functions, self._own),
                (SUMS, self._sum),
                (REDUCTIONS, self._reduction),
                (SOFTMAX, self._softmax),
                (FUNCTIONS, self._function),
            ):
                if name in table:
                    parser.take()
                    return reader(parser, name, token.start)
            if name in WHOLES and parser.peek().kind in ("(", "sub"):
                parser.take()
                return self._of_wholes(parser, name, token.start)
        primed = f"{name}'" in self.bases.labels and parser.peek().kind == "'"
        if name not in self.bases.labels and name not in self.bases.sizes and not primed:
            if name in CONSTANTS:
                parser.take()
                return CONSTANT[CONSTANTS[name]]
            bound = self.bases.left | {self.scopes[one].letter for one in self.open}
            if name not in bound and (not self.bases.open or parser.peek().kind == "("):
                raise self._unknown(parser)
        return self._symbol(parser, name)

    def whole(self, formula: Formula) -> bool:
        """Whether a vector or a matrix stands in a raw formula without its indices."""
        return any(
            isinstance(part, Whole) or (isinstance(part, Ref) and bool(self.hidden(part.level)))
            for _, part in walk(formula)
        )

    def hidden(self, use: int) -> Hidden:
        """The axes that a use does not write."""
        return self.bases.hidden(self.uses[use].base, self.uses[use].suffixes)

    def knows(self, name: str) -> bool:
        """Whether a name is a symbol's, a size's or an index's."""
        bases = self.bases
        return name in bases.labels or name in bases.sizes or name in bases.letters

    def copied(self, formula: Formula, within: Mapping[int, int]) -> Formula:
        """A raw formula with uses of its own, which stand in other scopes as well."""
        if isinstance(formula, Ref):
            use = self.uses[formula.level]
            added = tuple(within[one] for one in use.scopes if one in within)
            self.uses.append(replace(use, scopes=(*use.scopes, *added)))
            return Ref(USE, len(self.uses) - 1)
        if isinstance(formula, Whole):
            whole: Whole = formula
            inner = tuple(self.copied(part, within) for part in whole.parts)
            return _raw(whole.kind, *inner, marks=whole.marks, span=whole.span, axis=whole.axis)
        parts = tuple(self.copied(part, within) for part in children(formula))
        return with_children(formula, parts) if parts else formula

    def is_euler(self) -> bool:
        """Whether e is the number."""
        return "e" not in self.bases.labels

    def is_called(self, parser: Parser, name: str) -> bool:
        """Whether a name stands for a function here, and not for a symbol of the same letters."""
        if name not in self.bases.labels and name not in self.bases.sizes:
            return True
        if "" not in self.bases.labels.get(name, ("",)) and parser.peek().kind in ("(", "{"):
            return True  # σ(z) beside σ_x
        return name in self.bases.functions and parser.peek().kind == "("

    # Symbols.

    def _symbol(self, parser: _EquationParser, name: str) -> Formula:
        start = parser.take().start
        while f"{name}'" in self.bases.labels and parser.accept("'"):
            name = f"{name}'"
        suffixes: list[Suffix] = []
        while suffix := self._suffix(parser, name, suffixes):
            suffixes.append(suffix)
        self.uses.append(Use(name, tuple(suffixes), parser.span_from(start), tuple(self.open)))
        return Ref(USE, len(self.uses) - 1)

    def _suffix(self, parser: _EquationParser, name: str, before: list[Suffix]) -> Suffix | None:
        token = parser.token
        if token.kind == "sub":
            return Suffix(parser.take().text)
        if token.kind == "number" and not token.spaced and token.text.isdigit() and not before:
            return Suffix(parser.take().text)
        if token.kind == "sup" and self._is_index(name, token.text, before):
            return Suffix(parser.take().text.strip("()[]<>"), above=True)
        if token.kind == "^" and parser.peek().text in self.bases.above.get(name, ()):
            parser.take()
            return Suffix(parser.take().text, above=True)
        if token.kind == "^" and parser.peek().kind in ("(", "[") and not parser.peek().spaced:
            return self._bracketed(parser, name, before, 1)
        labelled = all(one.text in self.bases.labels.get(name, ()) for one in before)
        if token.kind in ("[", "(") and not token.spaced and labelled:
            return self._bracketed(parser, name, before, 0)
        return None

    def _is_index(self, name: str, text: str, before: list[Suffix]) -> bool:
        inside = text.strip("()[]<>")
        if inside in self.bases.above.get(name, ()):
            return True
        if not re.fullmatch(r"[(\[<].+[)\]>]", text):
            return False
        return self._fits(name, inside, before)

    def _fits(self, name: str, inside: str, before: list[Suffix]) -> bool:
        """Whether a text in brackets is an index of a symbol that still lacks one."""
        if inside in self.bases.above.get(name, ()):
            return True
        return (
            self.bases.axes.get(name, 0) > 0
            and _INDICES.fullmatch(inside) is not None
            and (inside[0].isdigit() or inside[0] == ":" or inside[0] in self.bases.letters)
        )

    def _bracketed(
        self, parser: _EquationParser, name: str, before: list[Suffix], ahead: int
    ) -> Suffix | None:
        """[t-1] or ^(t) behind a symbol, where it is an index and no factor or exponent."""
        opening = parser.peek(ahead)
        closing = {"(": ")", "[": "]"}[opening.kind]
        end = ahead + 1
        while parser.peek(end).kind not in (closing, "end", "(", "["):
            end += 1
        if parser.peek(end).kind != closing:
            return None
        inside = re.sub(r"[\s_{}]", "", parser.origin.text[opening.start + 1 : parser.peek(end).start])
        if not self._fits(name, inside, before):
            return None
        parser.position += end + 1
        return Suffix(inside, above=ahead == 1)

    # Functions.

    def _function(self, parser: _EquationParser, name: str, start: int) -> Formula:
        meant = FUNCTIONS[name]
        if meant == "ln" and parser.token.kind == "sub":
            base = number(int(parser.take().text)) if parser.token.text.isdigit() else None
            if base is None or base.value < 2:
                raise EquationError("a logarithm's base is a number from 2 on", parser.span_from(start))
            return self._of(parser, lambda argument: ratio(Function("ln", argument), Function("ln", base)))
        if ROWS[meant].parameter is not None:
            return self._with_parameter(parser, name, start)
        prime = parser.accept("'") is not None or self._primed(parser)
        return self._of(parser, lambda argument: Function(meant, argument, derivative=prime))

    def _primed(self, parser: _EquationParser) -> bool:
        """Whether a prime written as a superscript follows: σ^{'}(z)."""
        if parser.token.kind == "sup" and set(parser.token.text) == {"'"}:
            parser.take()
            return True
        return False

    def _with_parameter(self, parser: _EquationParser, name: str, start: int) -> Formula:
        """LReLU(z), or with a slope of its own LReLU(z, 0.1)."""
        with parser.nested():
            argument, *others = parser.arguments()
        if not others:
            return Function(FUNCTIONS[name], argument)
        if len(others) > 1 or not isinstance(others[0], Number):
            raise EquationError(f"{name} takes one argument, and a number", parser.span_from(start))
        return Function(FUNCTIONS[name], argument, parameter=float(others[0].value))

    def _own(self, parser: _EquationParser, name: str, start: int) -> Formula:
        return self._of(parser, lambda argument: Function(name, argument))

    def _of(self, parser: _EquationParser, make: Callable[[Formula], Formula]) -> Formula:
        exponent = parser.exponent() if parser.token.kind in ("^", "sup") else None
        with parser.nested():
            found = make(parser.applied())
        return found if exponent is None else raised(found, exponent)

    def _of_wholes(self, parser: _EquationParser, name: str, start: int) -> Formula:
        """dot(w, x), outer(u, v), norm(x), concat(h, x), where(x > 0, a, b), var_i(x_i), …"""
        kind = WHOLES[name]
        scopes = self._limits(parser, "mean", start) if parser.token.kind == "sub" else []
        self.open += scopes
        with parser.nested():
            parts = parser.arguments()
        if scopes:
            del self.open[-len(scopes) :]
        span = parser.span_from(start)
        count = {"dot": 2, "@": 2, "outer": 2, "where": 3, "concat": None}.get(kind, 1)
        if count is not None and len(parts) != count:
            raise EquationError(f"{name} takes {['', 'one', 'two', 'three'][count]} of them", span)
        if kind == "where":
            holds, one, other = parts
            return self._added(
                self._times(holds, one, span), self._times(subtract(ONE, self.copied(holds, {})), other, span)
            )
        if kind in ("variance", "deviation") and scopes:
            found = self._variance(parts[0], scopes)
            return found if kind == "variance" else Function("sqrt", found)
        if scopes:
            raise EquationError(f"{name} has no index of its own", span)
        norm = kind == "norm" and parser._squared()
        return _raw("norm²" if norm else kind, *parts, span=span, axis=parser.axis)

    def _times(self, left: Formula, right: Formula, span: Span) -> Formula:
        if self.whole(left) or self.whole(right):
            return _raw("chain", left, right, marks=("⊙",), span=span)
        return product(left, right)

    def _added(self, left: Formula, right: Formula) -> Formula:
        return add(left, right)

    def _variance(self, body: Formula, scopes: list[int]) -> Formula:
        """mean_i((a_i − mean_i(a_i))²)."""
        inner = {}
        for scope in scopes:
            self.scopes.append(self.scopes[scope])
            inner[scope] = len(self.scopes) - 1
        mean = self.copied(body, inner)
        for scope in reversed(scopes):
            mean = Sum(Index(inner[scope]), mean)
        found: Formula = Power(subtract(body, mean), 2)
        for scope in reversed(scopes):
            found = Sum(Index(scope), found)
        return found

    def _sum(self, parser: _EquationParser, name: str, start: int) -> Formula:
        kind = SUMS[name]
        scopes = self._limits(parser, kind, start)
        if not scopes:
            only = self._only_index(parser, kind, name, start)
            if only is None:
                axis = None
                if parser.token.kind == "(" and self._axis_inside(parser):
                    body = parser.arguments()[0]
                    axis = parser.axis
                else:
                    with parser.nested():
                        body = parser.term()
                return _raw(kind, body, span=parser.span_from(start), axis=axis)
            scopes = [only]
        self.open += scopes
        with parser.nested():
            body = parser.term()
        del self.open[-len(scopes) :]
        for scope in reversed(scopes):
            body = Sum(Index(scope), body)
        return body

    def _axis_inside(self, parser: _EquationParser) -> bool:
        """Whether the brackets here end with axis = 1."""
        depth = 0
        for at in range(parser.position, len(parser.tokens) - 1):
            token = parser.tokens[at]
            depth += {"(": 1, ")": -1}.get(token.kind, 0)
            if depth == 0:
                return False
            if depth == 1 and token.kind == "=":
                return True
        return False

    def _only_index(self, parser: _EquationParser, kind: str, name: str, start: int) -> int | None:
        """The index of a Σ that names none: the only letter that stands on what is summed.

        None where whole vectors or matrices are summed.
        """
        span, place = parser.span_from(start), parser.position
        known, opened = len(self.uses), len(self.scopes)
        if parser.token.kind == "(" and self._axis_inside(parser):
            return None
        with parser.nested():
            body = parser.term()
        whole = self.whole(body)
        bound = {self.scopes[one].letter for one in self.open} | self.bases.left
        letters = {
            char
            for use in self.uses[known:]
            for suffix in use.suffixes
            if suffix.text not in self.bases.labels.get(use.base, ())
            for char in suffix.text
            if char.isalpha() and char not in bound
        }
        inner = {one.letter for one in self.scopes[opened:]}
        del self.uses[known:], self.scopes[opened:]
        parser.position = place
        if whole and not letters - inner:
            return None
        if len(letters - inner) != 1:
            raise EquationError(f"a {kind} needs its index", span, f"for example: {name}_i")
        self.scopes.append(Scope(min(letters - inner), kind, "", "", span))
        return len(self.scopes) - 1

    def _limits(self, parser: _EquationParser, kind: str, start: int) -> list[int]:
        """The indices that stand below a Σ, a max or a softmax, with their limits."""
        below = above = ""
        while parser.token.kind in ("sub", "sup", "^"):
            if below and parser.token.kind == "sub":
                raise UnreadableError(f'"{parser.token.text}" is a second index below the same sign')
            token = parser.take()
            if token.kind == "sub":
                below = token.text
            elif token.kind == "sup":
                above = token.text
            else:
                above = parser.take().text
        span = parser.span_from(start)
        match = re.fullmatch(r"([^=<>≤≥≠]*)(?:([=<>≤≥≠])(.*))?", below)
        if match is None:
            raise EquationError(f"{below} is no index to run over", span, "for example: Σ_{j ≤ i}, Σ_{j ≠ i}")
        letters, sign, limit = match.groups()
        if not letters:
            return []
        found = [char for char in re.sub(r"[,()]", "", letters) if char]
        if not all(char.isalpha() for char in found):
            raise EquationError(f"{below} is no index to run over", span, "an index is one letter: Σ_i")
        first = limit if sign == "=" else ""
        related = (sign, limit) if sign and sign != "=" else ("", "")
        bound = self.bases.left | {self.scopes[one].letter for one in self.open}
        if related[0] and len(limit) == 1 and limit.isalpha() and limit not in bound:
            if found[0] in bound:  # Σ_{i<j} beside i on the left runs over j
                found, related = [limit], (_TURNED[related[0]], found[0])
            else:
                found.insert(0, limit)
        numbers: list[int] = []
        for letter in found:
            own = related if letter == found[-1] else ("", "")
            around = (*self.open, *numbers)
            self.scopes.append(Scope(letter, kind, first or "", above, span, *own, around))
            numbers.append(len(self.scopes) - 1)
        return numbers

    def _reduction(self, parser: _EquationParser, name: str, start: int) -> Formula:
        kind = REDUCTIONS[name]
        scopes = self._limits(parser, kind, start)
        self.open += scopes
        with parser.nested():
            arguments = parser.arguments()
        if scopes:
            del self.open[-len(scopes) :]
        if not scopes:
            if len(arguments) == 1 and self.whole(arguments[0]):
                return _raw(kind, arguments[0], span=parser.span_from(start), axis=parser.axis)
            if len(arguments) < 2 or kind == "mean":
                raise EquationError(
                    f"{name} needs its index, or several arguments",
                    parser.span_from(start),
                    f"for example: {name}_i(a_i), or {name}(0, z)",
                )
            return Extreme(kind, tuple(arguments))
        if len(arguments) > 1:
            raise EquationError(f"{name} with an index takes one argument", parser.span_from(start))
        body = arguments[0]
        for scope in reversed(scopes):
            body = Sum(Index(scope), body)
        return body

    def _softmax(self, parser: _EquationParser, name: str, start: int) -> Formula:
        scopes = self._limits(parser, "softmax", start)
        parser.axis = None
        argument = parser.arguments()[0]
        if not scopes and parser.token.kind == "sub":
            index = parser.token.text
            scopes = self._limits(parser, "softmax", start)
            if isinstance(argument, Ref) and not self.uses[argument.level].suffixes:  # softmax(z)_k
                self.uses[argument.level] = replace(self.uses[argument.level], suffixes=(Suffix(index),))
        if not scopes and self.whole(argument):
            return _raw("softmax", argument, span=parser.span_from(start), axis=parser.axis)
        if not scopes and isinstance(argument, Ref) and self.uses[argument.level].suffixes:
            last = self.uses[argument.level].suffixes[-1].text[-1]
            if last.isalpha():
                self.scopes.append(Scope(last, "softmax", "", "", parser.span_from(start)))
                scopes = [len(self.scopes) - 1]
        if len(scopes) != 1:
            raise EquationError(
                "softmax needs the index it runs over", parser.span_from(start), "for example: softmax_k(z_k)"
            )
        return Function("softmax", argument, over=Index(scopes[0]))

    def _unknown(self, parser: _EquationParser) -> EquationError:
        token = parser.token
        near = self.bases.nearest(token.text)
        after = parser.peek().kind
        what = "function" if after == "(" and not parser.peek().spaced and len(token.text) > 1 else "symbol"
        help = f'did you mean "{near}"?' if near else None
        if help is None:
            help = (
                f'its formula belongs below [functions]: {token.text} = "…"'
                if what == "function"
                else f"give it below [given] or [parameters], or by an equation above: {token.text} = …"
            )
        span = parser.origin.span(token.start, token.start + len(token.text))
        return EquationError(f'unknown {what} "{token.text}"', span, help)
