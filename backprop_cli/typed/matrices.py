"""Reading formulas of whole vectors and matrices: W x + b, δ ⊙ σ′(z), ∂L/∂g xᵀ.

A whole quantity has the axes its symbol leaves unwritten, and becomes the same formula in index notation:

    A b      Σ_t a_kt b_t      where the last axis of A is the axis of b
    u vᵀ     u_k v_t           for two vectors
    u ⊙ v    u_k v_k           where the axes are the same; so is u v, unless the dot product is meant
    A + b    a_ki + b_k        a vector is added to each column, or row, that has its axis

A vector with one axis stands for its column and its row; a matrix has its rows first, as the handout has it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..formula.tree import (
    SAMPLES,
    At,
    Formula,
    Function,
    Index,
    Key,
    Negation,
    Ref,
    Sum,
    add,
    letters,
    product,
    ratio,
    rename,
)
from ..render.text import TextMath
from .expressions import Parser, raised
from .names import Reader
from .partials import BY_LOSS, of_loss
from .tokens import UnreadableError
from .vocabulary import Entry

FIRST_COPY = 40
_STARTS = frozenset(("name", "(", "[", "{", "frac", "root", "partial", "number"))


class ShapeError(UnreadableError):
    """A formula that can be read and whose shapes do not fit together."""


@dataclass(frozen=True)
class Whole:
    """A formula with its axes, rows first: none for a number, one for a vector, two for a matrix."""

    formula: Formula
    axes: tuple[Index, ...] = ()
    turned: bool = False  # a vector that is written transposed
    row: bool = False  # a vector that is a row before it is transposed: one unit's weights, one unit's batch
    diagonal: bool = False  # diag(v): a matrix that multiplies element by element


class MatrixParser:
    """Reads one formula of whole quantities; `dots` has u v as the dot product of two alike vectors."""

    def __init__(self, text: str, reader: Reader, dots: bool) -> None:
        self.parser = Parser(text, reader)
        self.reader, self.dots = reader, dots
        self.copies = FIRST_COPY

    def whole(self) -> Whole:
        """The whole text. Raises UnreadableError when it is no such formula."""
        found = self.expression()
        if self.parser.token.kind != "end":
            raise UnreadableError(f'"{self.parser.token.text}" is not expected here')
        return found

    def expression(self) -> Whole:
        with self.parser.nested():
            found = self.term()
            while sign := self.parser.accept("+", "-"):
                other = self.term()
                if sign.kind == "-":
                    other = Whole(Negation(other.formula), other.axes, other.turned)
                found = self.plus(found, other)
            return found

    def term(self) -> Whole:
        found = self.signed()
        while True:
            if self.parser.accept("*", "@"):
                found = self.times(found, self.signed())
            elif self.parser.accept("/"):
                found = self.over(found, self.signed())
            elif self.parser.token.kind in _STARTS:
                found = self.times(found, self.power())
            else:
                return found

    def signed(self) -> Whole:
        negative = False
        while sign := self.parser.accept("+", "-"):
            negative ^= sign.kind == "-"
        found = self.power()
        return Whole(Negation(found.formula), found.axes, found.turned) if negative else found

    def power(self) -> Whole:
        euler = self.parser.token.text == "e" and self.parser.peek().kind == "^"
        if euler and self.reader.split("e") == ["e"]:
            self.parser.take()
            self.parser.take()
            inside = self.signed()
            return Whole(Function("exp", inside.formula), inside.axes, inside.turned)
        found = self.atom()
        while True:
            token, after = self.parser.token, self.parser.peek()
            if token.kind == "sup" and token.text == "T":
                self.parser.take()
            elif token.kind == "^" and after.kind == "name" and after.text == "T":
                self.parser.position += 2
            elif token.kind == "'":  # as some programs transpose
                self.parser.take()
            else:
                break
            axes = found.axes[::-1]
            turned = len(axes) == 1 and not found.turned
            found = Whole(found.formula, axes, turned, found.row)
        if token.kind in ("^", "sup"):
            return Whole(raised(found.formula, self.parser.exponent()), found.axes, found.turned)
        return found

    def atom(self) -> Whole:
        parser, token = self.parser, self.parser.token
        if token.kind in ("(", "{", "["):
            parser.take()
            found = self.expression()
            parser.expect({"(": ")", "{": "}", "[": "]"}[token.kind])
            return self.indexed(found) if parser.token.kind == "sub" else found
        if token.kind == "|":
            parser.take()
            found = self.expression()
            parser.expect("|")
            return Whole(Function("abs", found.formula), found.axes, found.turned)
        if token.kind == "frac" and parser.peek().kind == "{" and parser.peek(2).kind != "partial":
            parser.take()
            parser.expect("{")
            top = self.expression()
            parser.expect("}")
            parser.expect("{")
            bottom = self.expression()
            parser.expect("}")
            return self.over(top, bottom)
        if token.kind in ("frac", "partial"):
            return self.partial()
        if token.text == "diag" and parser.peek().kind in ("(", "{", "["):
            parser.take()
            found = self.atom()
            if len(found.axes) != 1:
                raise ShapeError("diag stands with a vector here")
            return Whole(found.formula, found.axes, diagonal=True)
        if self.reader.as_partial(parser):
            return self.partial()
        if token.text in ("Σ", "sum") and token.text not in self.reader.vocabulary.entries:
            return self.sum()
        if (
            token.kind == "name"
            and token.text in self.reader.vocabulary.functions
            and self.reader.is_called(parser)
        ):
            return self.function()
        if token.kind == "name" and self.reader.vocabulary.find(token.text):
            return self.quantity()
        return Whole(parser.atom())

    def function(self) -> Whole:
        """A function of a whole quantity, element by element."""
        typed, primes = self.parser.take().text, 0
        while self.parser.accept("'") or (self.parser.token.text == "'" and self.parser.take()):
            primes += 1
        if self.parser.token.kind not in ("(", "[", "{"):
            raise UnreadableError("a function needs its argument in brackets: σ(z)")
        inside = self.atom()
        made = self.reader.applied(typed, inside.formula, bool(primes))
        return Whole(made, inside.axes, inside.turned)

    def sum(self) -> Whole:
        """Σ_i over one axis of what follows, sum(…) over all of them, sum(…, axis=1) over the second."""
        parser = self.parser
        parser.take()
        letter = parser.take().text.partition("=")[0] if parser.token.kind == "sub" else ""
        if parser.token.kind in ("sup", "^"):
            parser.take()
        if letter:
            letters = self.reader.vocabulary.symbols.letters
            levels = {index.level for index, known in letters.items() if known == letter}
            body = self.term()
            over = tuple(index for index in body.axes if index.level in levels)
            if not over:
                raise UnreadableError(f"the sum runs over {letter}, which is no index behind it")
            return self.summed(body, over)
        if parser.token.kind != "(":
            body = self.term()
            if not body.axes:
                raise UnreadableError("a sum needs its index: sum_k")
            return self.summed(body, body.axes)
        parser.expect("(")
        body = self.expression()
        over = body.axes
        while parser.accept(","):
            option = parser.take().text
            parser.expect("=")
            value = parser.take().text
            if option == "axis" and len(body.axes) == 2 and value in ("0", "1"):
                over = (body.axes[int(value)],)
        parser.expect(")")
        return self.summed(body, over)

    def summed(self, body: Whole, over: tuple[Index, ...]) -> Whole:
        formula = body.formula
        for index in over:
            dummy = self.dummy(index)
            formula = Sum(dummy, rename(formula, {index: dummy}))
        return Whole(formula, tuple(index for index in body.axes if index not in over), body.turned)

    def partial(self) -> Whole:
        """∂L/∂W of a whole quantity."""
        parser = self.parser
        start = parser.position
        braced = parser.accept("frac") is not None
        if braced:
            parser.expect("{")
        loss = parser.accept("partial") and parser.token.text in self.reader.vocabulary.loss
        if not loss:
            parser.position = start
            return Whole(self.reader.read(parser))
        parser.take()
        while parser.accept("sub", "sup"):
            pass
        if parser.token.kind == "(" and parser.peek(2).kind == ")":
            parser.position += 3
        if braced:
            parser.expect("}")
            parser.expect("{")
        else:
            parser.expect("/")
        parser.expect("partial")
        below = self.quantity(below_loss=True)
        if braced:
            parser.expect("}")
        if not isinstance(below.formula, Ref):
            raise UnreadableError("the loss is derived by quantities of the network only")
        return Whole(of_loss(below.formula), below.axes, below.turned)

    def quantity(self, *, below_loss: bool = False) -> Whole:
        """A symbol: whole where it has no indices, else as ever; `below_loss` is the z of ∂L/∂z."""
        parser, reader = self.parser, self.reader
        start = parser.position
        name = parser.take().text
        subs, mark, unit = reader.suffixes(parser, reader.vocabulary.find(name))
        if subs or unit:
            if len(subs) == 1 and not unit and (rows := self.rows(name, subs[0], mark)) is not None:
                return rows
            parser.position = start
            ref = reader.quantity(parser)
            return Whole(ref)  # one value of the quantity, whichever its indices are
        entries = [one for one in reader.vocabulary.find(name) if mark is None or one.mark == mark]
        found: dict[Ref, Whole] = {}
        for entry in entries:
            if entry.own in ((), ("only with its mark",)) and (entry.own == () or mark is not None):
                whole = self.unwritten(entry)
                if isinstance(whole.formula, Ref):
                    found.setdefault(whole.formula, whole)
        if len(found) > 1:
            found = self.nearest(found, below_loss) or found
        if len(found) != 1:
            raise UnreadableError(
                f"{name} may be that of several layers here: write its layer"
                if found
                else f"{name} does not stand like this in this problem"
            )
        return next(iter(found.values()))

    def rows(self, name: str, sub: str, mark: str | None) -> Whole | None:
        """A row or a column of a matrix: u_j, of u_jk, as a vector over k; None for any other symbol."""
        for entry in self.reader.vocabulary.find(name):
            running = [index for index in entry.written if self.reader.problem.size(index) != 1]
            if entry.quantity != "weights" or entry.fixed is not None or len(running) != 2:
                continue
            if mark is not None and entry.mark != mark:
                continue
            for index in running:
                place = self.reader.running.place(re.sub(r"[,:*.•]", "", sub), index)
                if place is not None and (not isinstance(place, At) or index == running[0]):
                    known = {running[0]: running[0], running[1]: running[1], index: place}
                    places = tuple(known.get(one, At(0, one.level)) for one in entry.indices)
                    other = next(one for one in running if one != index)
                    return Whole(Ref(entry.quantity, entry.level, places), (other,), row=index == running[0])
        return None

    def indexed(self, whole: Whole) -> Whole:
        """(u x + b)_j: one element of a vector, or a row or element of a matrix."""
        sub = self.parser.take().text
        pieces = sub.split(",") if "," in sub else [sub] if len(whole.axes) == 1 else list(sub)
        if len(pieces) > len(whole.axes):
            raise UnreadableError(f"what stands in brackets has no index {sub}")
        gone = set()
        for piece, index in zip(pieces, whole.axes, strict=False):
            if self.reader.running.place(piece, index) != index:
                raise UnreadableError(f"what stands in brackets has no index {piece} here")
            gone.add(index)
        return Whole(whole.formula, tuple(index for index in whole.axes if index not in gone))

    def nearest(self, found: dict[Ref, Whole], below_loss: bool) -> dict[Ref, Whole]:
        """Of several layers' quantities those in the formula of what is asked, which is not one of them."""
        asked = self.reader.step.key if self.reader.step else None
        near = self.reader.near() - {asked}

        def key(ref: Ref) -> Key:
            return (BY_LOSS.get(ref.quantity, ref.quantity), ref.level) if below_loss else ref.key

        return {ref: whole for ref, whole in found.items() if key(ref) in near}

    def unwritten(self, entry: Entry) -> Whole:
        """A quantity with all its axes: of weights the rows first, of a batch as the handout has it."""
        problem = self.reader.problem
        places = tuple(At(0, one.level) if problem.size(one) == 1 else one for one in entry.indices)
        ref = Ref(entry.quantity, entry.level, places)
        running = letters(*places)
        axes = tuple(index for index in entry.written or places if index in running)
        if SAMPLES in axes and len(axes) == 2:
            unit = next(index for index in axes if index != SAMPLES)
            axes = (unit, SAMPLES) if problem.notation.samples == "columns" else (SAMPLES, unit)
        whole = tuple(entry.written)
        if SAMPLES in whole and len(whole) == 2:
            unit = next(index for index in whole if index != SAMPLES)
            whole = (unit, SAMPLES) if problem.notation.samples == "columns" else (SAMPLES, unit)
        batch = SAMPLES not in whole or problem.samples > 1
        return Whole(ref, axes, row=len(axes) == 1 and len(whole) == 2 and batch and whole[1] == axes[0])

    # What may be put together.

    def dummy(self, index: Index) -> Index:
        self.copies += 1
        return Index(index.level, self.copies)

    def times(self, left: Whole, right: Whole) -> Whole:
        """left·right: by a number, element by element, the dot or outer product, or by matrices."""
        if left.diagonal or right.diagonal:
            inner, other = (left, right) if left.diagonal else (right, left)
            if not other.axes or other.diagonal:
                return Whole(product(left.formula, right.formula), inner.axes, diagonal=True)
            near = other.axes[:1] if left.diagonal else other.axes[-1:]
            if near != inner.axes:
                raise ShapeError(self.misfit(left, right, "right"))
            return Whole(product(left.formula, right.formula), other.axes, other.turned, other.row)
        if not left.axes or not right.axes:
            axes, turned = (left.axes, left.turned) if left.axes else (right.axes, right.turned)
            return Whole(product(left.formula, right.formula), axes, turned)
        if len(left.axes) == len(right.axes) == 1:
            return self.of_vectors(left, right)
        if left.axes[-1] == right.axes[0]:
            return self.contracted(left, right, left.axes[-1])
        if left.axes == right.axes:
            return Whole(product(left.formula, right.formula), left.axes)
        if len(right.axes) == 1 and right.axes[0] in left.axes:
            raise ShapeError(self.misfit(left, right, "left"))
        raise ShapeError(self.misfit(left, right, "right" if left.axes[-1] in right.axes else "left"))

    def of_vectors(self, left: Whole, right: Whole) -> Whole:
        a, b = left.axes[0], right.axes[0]
        if a == b and not (right.turned and not left.turned):
            if left.turned or self.dots:
                return self.contracted(left, right, a)
            return Whole(product(left.formula, right.formula), (a,), left.turned)
        if a == b:
            raise ShapeError("a column by a row of the same layer is a matrix, which nothing here is")
        if right.turned == right.row:
            raise ShapeError(self.misfit(left, right, "right"))
        return Whole(product(left.formula, right.formula), (a, b))

    def contracted(self, left: Whole, right: Whole, index: Index) -> Whole:
        dummy = self.dummy(index)
        names = {index: dummy}
        body = product(rename(left.formula, names), rename(right.formula, names))
        axes = tuple(one for one in (*left.axes, *right.axes) if one != index)
        return Whole(Sum(dummy, body), axes)

    def over(self, left: Whole, right: Whole) -> Whole:
        if right.axes and right.axes != left.axes and left.axes:
            raise ShapeError("a matrix is divided by a number, or element by element by one like it")
        axes = left.axes or right.axes
        return Whole(ratio(left.formula, right.formula), axes, left.turned)

    def plus(self, left: Whole, right: Whole) -> Whole:
        """left + right; a number or a vector is added wherever its axis is."""
        wide, narrow = (left, right) if len(left.axes) >= len(right.axes) else (right, left)
        if len(wide.axes) == len(narrow.axes) == 2 and wide.axes == narrow.axes[::-1]:
            raise ShapeError(f"{self.shape(left)} and {self.shape(right)} cannot be added; one is transposed")
        if not set(narrow.axes) <= set(wide.axes):
            raise ShapeError(f"{self.shape(left)} and {self.shape(right)} cannot be added")
        return Whole(add(left.formula, right.formula), wide.axes, wide.turned)

    def shape(self, whole: Whole) -> str:
        """a 3×1, or a number."""
        sizes = [str(self.reader.problem.size(index)) for index in whole.axes]
        if not sizes:
            return "a number"
        if len(sizes) == 1:
            return f"a 1×{sizes[0]}" if whole.turned != whole.row else f"a {sizes[0]}×1"
        return f"a {sizes[0]}×{sizes[1]}"

    def misfit(self, left: Whole, right: Whole, which: str) -> str:
        """What does not fit, and the likeliest mend: a 3×1 by a 2×1 cannot be multiplied; did you mean xᵀ?"""
        wrong = right if which == "right" else left
        name = f"the {which} one transposed"
        if isinstance(wrong.formula, Ref) and not wrong.turned:
            name = f"{TextMath().line(self.reader.vocabulary.symbols.whole(wrong.formula))}ᵀ"
        return f"{self.shape(left)} by {self.shape(right)} cannot be multiplied; did you mean {name}?"
