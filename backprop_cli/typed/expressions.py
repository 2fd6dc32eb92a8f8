"""A student's expression → a Formula, by recursive descent; nothing is looked up but names, nothing run.

expression  = term { ("+" | "-") term }
term        = signed { "*" signed | "/" signed | power }        side by side is a product
signed      = { "+" | "-" } power
power       = atom [ "^" signed ]
atom        = number | name | "(" expression ")" | "|" expression "|" | \\frac{…}{…} | √… | Σ_k term
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Protocol

from ..formula.tree import (
    ONE,
    Formula,
    Function,
    Negation,
    Number,
    Power,
    Quotient,
    add,
    product,
    ratio,
    subtract,
)
from .constants import constant, exact, finite
from .tokens import Token, UnreadableError, last_side, tidy, tokens

MAX_DEPTH = 50
MAX_EXPONENT = 400
STARTS = frozenset(("name", "(", "[", "{", "frac", "root", "partial"))
END = Token("end", "")
E = Number(Fraction(math.e))


class UnknownNameError(UnreadableError):
    """A name that is none of those that can stand here."""


class Names(Protocol):
    """What the letters of a formula mean."""

    def prepare(self, text: str) -> str:
        """The tidied text, with whatever needs the names to be told apart."""

    def indices(self, text: str) -> frozenset[str] | None:
        """The characters of subscripts without braces; None: all letters and digits."""

    def split(self, run: str) -> list[str]:
        """A run of letters as the names it is made of."""

    def read(self, parser: Parser) -> Formula:
        """The formula of the name, ∂ or Σ that the parser stands at. Raises UnreadableError."""


class Parser:
    """Reads one expression."""

    def __init__(self, text: str, names: Names) -> None:
        self.names = names
        self.begin(names.prepare(last_side(tidy(text))))

    def begin(self, tidied: str) -> None:
        """Stand before the first token of a tidied text."""
        self.text = tidied
        self.tokens = [*tokens(tidied, self.names.split, self.names.indices(tidied)), END]
        self.position = 0
        self.depth = 0
        self.bars = 0  # how many | are open

    def formula(self) -> Formula:
        """The whole text. Raises UnreadableError when it is no expression."""
        try:
            found = self.expression()
            if self.token is not END:
                raise UnreadableError(f'"{self.token.text}" is not expected here')
        except UnreadableError as error:
            place = len(self.text) if self.token is END else self.token.start
            if isinstance(error, UnknownNameError) and self.position:
                place = self.tokens[self.position - 1].start
            error.at = error.at or (self.text, place)
            raise
        return found

    @property
    def token(self) -> Token:
        return self.tokens[self.position]

    def peek(self, ahead: int = 1) -> Token:
        return self.tokens[min(self.position + ahead, len(self.tokens) - 1)]

    def take(self) -> Token:
        token = self.token
        if token is not END:
            self.position += 1
        return token

    def accept(self, *kinds: str) -> Token | None:
        return self.take() if self.token.kind in kinds else None

    def expect(self, kind: str) -> Token:
        if self.token.kind != kind:
            found = f'not "{self.token.text}"' if self.token is not END else "and the text ends"
            raise UnreadableError(f'"{kind}" is expected, {found}')
        return self.take()

    @contextmanager
    def nested(self) -> Iterator[None]:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise UnreadableError(f"it is nested more than {MAX_DEPTH} deep")
        yield
        self.depth -= 1

    def expression(self) -> Formula:
        with self.nested():
            terms = [self.term()]
            while sign := self.accept("+", "-"):
                term = self.term()
                terms.append(Negation(term) if sign.kind == "-" else term)
            return add(*terms)

    def term(self) -> Formula:
        top, bottom = [self.signed()], []
        while True:
            if self.accept("*"):
                top.append(self.signed())
            elif self.accept("/"):
                bottom.append(self.signed())
            elif self.token.kind in STARTS or (self.token.kind == "|" and not self.bars):
                top.append(self.power())
            else:
                break
        if any(factor == Number(Fraction(0)) for factor in bottom):
            raise UnreadableError("it divides by 0")
        return ratio(product(*top), product(*bottom)) if bottom else product(*top)

    def signed(self) -> Formula:
        negative = False
        while sign := self.accept("+", "-"):
            negative ^= sign.kind == "-"
        found = self.power()
        if negative:
            return Number(-found.value) if isinstance(found, Number) else Negation(found)
        return found

    def power(self) -> Formula:
        euler = self.token.kind == "name" and self.token.text == "e" and self.peek().kind in ("^", "sup")
        if euler and self.names.split("e") == ["e"]:
            self.take()
            return Function("exp", self.exponent())
        base = self.atom()
        return raised(base, self.exponent()) if self.token.kind in ("^", "sup") else base

    def exponent(self) -> Formula:
        with self.nested():
            if self.token.kind == "sup":
                inside = Parser(self.take().text, self.names)
                inside.depth = self.depth
                found = inside.formula()
            else:
                self.take()
                found = self.signed()
        if self.token.kind in ("^", "sup"):
            raise UnreadableError("it has two exponents on one another")
        return found

    def atom(self) -> Formula:
        token = self.token
        if token.kind == "number":
            return number(self.take().text)
        if token.kind in ("(", "{"):
            return self.bracketed(token.kind)
        if token.kind == "[":
            return self.condition()
        if token.kind == "|":
            self.take()
            self.bars += 1
            inside = self.expression()
            self.bars -= 1
            self.expect("|")
            return Function("abs", inside)
        if token.kind == "frac" and self.peek().kind == "{":
            if self.peek(2).kind == "partial":
                return self.names.read(self)
            self.take()
            return divided(self.bracketed("{"), self.bracketed("{"))
        if token.kind == "root":
            self.take()
            return root(self.atom())
        if token.kind in ("name", "partial"):
            return self.names.read(self)
        if token is END:
            raise UnreadableError("something is missing at its end")
        raise UnreadableError(f'"{token.text}" is not expected here')

    def condition(self) -> Formula:
        """[x > 0], which is 1 where it holds and else 0; or just an expression in square brackets."""
        self.expect("[")
        found = self.expression()
        if self.accept(">"):
            found = Function("indicator", subtract(found, self.expression()))
        self.expect("]")
        return found

    def bracketed(self, opening: str = "(") -> Formula:
        """An expression in brackets."""
        self.expect(opening)
        inside = self.expression()
        self.expect({"(": ")", "{": "}", "[": "]"}[opening])
        return inside


def number(text: str) -> Number:
    """A number as typed, exact where it is short. Raises UnreadableError beyond what a float holds."""
    value = float(text)
    if not math.isfinite(value):
        raise UnreadableError("a number in it is too large")
    short = len(text) <= 40 and "e" not in text.lower()
    return Number(Fraction(text.rstrip(".")) if short else Fraction(value))


def divided(top: Formula, bottom: Formula) -> Formula:
    if bottom == Number(Fraction(0)):
        raise UnreadableError("it divides by 0")
    return ratio(top, bottom)


def raised(base: Formula, exponent: Formula) -> Formula:
    """base^exponent; a power of numbers is worked out as a float."""
    value = constant(exponent)
    if value is None:
        raise UnreadableError("an exponent must be a number")
    if abs(value) > MAX_EXPONENT:
        raise UnreadableError(f"an exponent may go up to {MAX_EXPONENT}")
    if isinstance(base, Number):
        return exact(finite(lambda: float(base.value) ** value))
    if value == int(value):
        whole = Power(base, abs(int(value)))
        return whole if value >= 0 else Quotient(ONE, whole)
    return Function("exp", product(exact(value), Function("ln", base)))


def root(radicand: Formula) -> Formula:
    """√radicand; that of a number is worked out as a float."""
    if isinstance(radicand, Number):
        return raised(radicand, Number(Fraction(1, 2)))
    return Function("sqrt", radicand)
