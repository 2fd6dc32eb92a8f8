"""Reading the names in a student's formula: quantities with their indices, functions, sums and partials."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from ..formula.tree import (
    ONE,
    SAMPLE,
    At,
    Formula,
    Function,
    Index,
    Key,
    Ref,
    Size,
    Sum,
    refs,
)
from ..functions.table import SEVERAL
from ..plan.steps import Step
from .expressions import E, Parser, UnknownNameError
from .numbers import called
from .partials import partial
from .placing import LONGEST_RUN, Indices
from .tokens import Token, UnreadableError
from .vocabulary import Entry, Vocabulary


class RangeError(UnreadableError):
    """A formula that can be read and is wrong: a sum over another range than its index has."""


class Reader:
    """The names of one formula, which may be an answer to `step`.

    `strict` keeps the handout's letters to their own ranges, in sums too; `own` are letters of the student's
    for the indices of what is asked.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        step: Step | None = None,
        strict: bool = True,
        own: Mapping[str, Index] | None = None,
    ) -> None:
        self.vocabulary = vocabulary
        self.step = step
        self.problem = vocabulary.problem
        self.running = Indices(vocabulary, step, own or {})
        self.strict = strict
        self.split = vocabulary.split

    def prepare(self, text: str) -> str:
        line, fraction = self.vocabulary.differentials
        text = re.sub(r"(?<![^\W\d_])partial(?![^\W\d_])", "∂", text)
        text = fraction.sub(lambda m: f"\\frac{{∂{m['top']}}}{{∂", text)
        return line.sub(lambda m: f"∂{m['top']}/∂", text)

    def indices(self, text: str) -> frozenset[str] | None:
        """The characters of a subscript without braces, beyond its first: index letters and digits."""
        own = self.vocabulary.index_characters | self.running.own.keys()
        return own | set(re.findall(r"(?:sum|Σ)_\{?([^\W\d_])", text))

    def read(self, parser: Parser) -> Formula:
        token = parser.token
        if token.kind in ("partial", "frac"):
            return partial(self, parser)
        if token.text in ("Σ", "sum") and token.text not in self.vocabulary.entries:
            parser.take()
            return self._sum(parser)
        if token.text in self.vocabulary.functions and self.is_called(parser):
            return self._function(parser)
        if not self.vocabulary.find(token.text) and token.text not in self.vocabulary.sizes:
            self._parted(parser)
            token = parser.token
            if token.kind == "partial":
                return partial(self, parser)
        if self.vocabulary.find(token.text):
            return self.quantity(parser)
        parser.take()
        if token.text in self.vocabulary.sizes:
            return Size(self.vocabulary.sizes[token.text])
        return self._plain(parser, token.text)

    def _plain(self, parser: Parser, name: str) -> Formula:
        if name == "e":
            return E
        if name in SEVERAL:
            return _of_several(parser, SEVERAL[name])
        raise UnknownNameError(f"{name} is no symbol of this problem")

    def _parted(self, parser: Parser) -> None:
        """Part a name from the index glued to it, hj is h_j; or from the d of a program, dz is ∂L/∂z."""
        run = parser.token
        if self.as_partial(parser):
            return
        for length in range(len(run.text) - 1, 0, -1):
            name, index = run.text[:length], run.text[length:]
            if name in self.vocabulary.entries and set(index) <= self.vocabulary.index_characters:
                sub = Token("sub", index, run.start + length)
                parser.tokens[parser.position : parser.position + 1] = [
                    Token("name", name, run.start, run.spaced),
                    sub,
                ]
                return

    def as_partial(self, parser: Parser) -> bool:
        """Read dz, which is no name here, as ∂L/∂z."""
        run = parser.token
        named = run.kind == "name" and run.text[0] == "d" and run.text[1:] in self.vocabulary.entries
        if (
            not named
            or not self.vocabulary.loss
            or (parser.peek().kind == "/" and parser.peek(2).text[:1] == "d")
        ):
            return False
        loss = sorted(self.vocabulary.loss)[0]
        spelled = (("partial", "∂"), ("name", loss), ("/", "/"), ("partial", "∂"), ("name", run.text[1:]))
        parser.tokens[parser.position : parser.position + 1] = [
            Token(kind, text, run.start) for kind, text in spelled
        ]
        return True

    def is_called(self, parser: Parser) -> bool:
        after = parser.peek()
        if parser.token.text not in self.vocabulary.entries:
            return True
        return after.kind in ("'", "(") or (after.kind == "sup" and after.text == "'")

    def _function(self, parser: Parser) -> Formula:
        typed, place = parser.take().text, parser.position
        while parser.accept("'"):
            pass
        bare = parser.token.text in self.vocabulary.entries or parser.token.kind == "|"
        if bare and (parser.token.kind == "|" or not self.is_function(parser)):  # σ z_j, ln|z|
            primes = parser.position - place
            return self.applied(typed, parser.atom(), bool(primes))
        parser.position = place
        return called(parser, lambda argument, prime: self.applied(typed, argument, prime))

    def is_function(self, parser: Parser) -> bool:
        """Whether the parser stands at a function's name with its brackets."""
        return parser.token.text in self.vocabulary.functions and self.is_called(parser)

    def applied(self, typed: str, argument: Formula, prime: bool) -> Formula:
        """The function with its layer's parameter; g is that of the layer whose preactivation it takes."""
        name = self.vocabulary.functions[typed]
        levels = self.vocabulary.levels_of(typed, name)
        own = argument.level if isinstance(argument, Ref) and argument.quantity == "preactivation" else None
        if own in levels:
            levels = [own]
        meant = {self.vocabulary.activation_of(level) for level in levels}
        if not meant:
            return Function(name, argument, prime, self.problem.loss.parameter if name == "huber" else None)
        if len(meant) > 1:
            raise UnreadableError(
                f"{typed} is another function in each layer, so it needs a preactivation in its brackets"
            )
        name, parameter = meant.pop()
        if name == "identity":
            return ONE if prime else argument
        over = None
        if name == "softmax":
            over = argument.indices[-1] if isinstance(argument, Ref) and argument.indices else None
            if over is None or isinstance(over, At) or over.level == SAMPLE or prime:
                raise UnreadableError("softmax stands with a letter for its unit here, such as softmax(z_k)")
        return Function(name, argument, prime, parameter, over)

    def _sum(self, parser: Parser) -> Formula:
        """Σ_k of the product behind it; its range, where it is given, must be the whole one."""
        limits = parser.take().text if parser.token.kind == "sub" else self._summed(parser)
        match = re.fullmatch(r"([^\W\d_])(?:=(\d+|[^\W\d_]))?", limits)
        if not match:
            raise UnreadableError("a sum needs its index: sum_k")
        upper = ""
        if parser.token.kind == "sup" or parser.accept("^"):
            upper = parser.take().text
        dummy = self.running.opened(match[1], self.vocabulary.level_of(match[1]) if self.strict else None)
        with parser.nested():
            body = parser.term()
        self.running.closed()
        if dummy.level is None:
            raise UnreadableError(f"the sum runs over {match[1]}, which is no index behind it")
        size = self.problem.size(dummy.index)
        if match[2] and upper and self._numbered(dummy.index.level) == (match[2], upper):
            return Sum(dummy.index, body)
        if (match[2] or "1") != "1" or (upper and upper != str(size) and self._length(upper) != size):
            raise RangeError(f"the sum over {match[1]} must run from 1 to {size}")
        return Sum(dummy.index, body)

    def _summed(self, parser: Parser) -> str:
        """The index of a sum that does not name it: the one letter behind it that nothing else binds."""
        bound = {self.running.letters[index] for index in self.step.indices} if self.step else set[str]()
        bound |= {dummy.letter for dummy in self.running.scopes} | self.running.own.keys()
        found, depth, at = dict[str, None](), 0, parser.position
        while (token := parser.tokens[at]).kind != "end":
            depth += (token.kind in ("(", "[", "{")) - (token.kind in (")", "]", "}"))
            if depth < 0 or (depth == 0 and token.kind in ("+", "-") and at > parser.position):
                break
            if token.kind == "sub":
                found |= dict.fromkeys(char for char in token.text if char.isalpha() and char not in bound)
            at += 1
        return next(iter(found)) if len(found) == 1 else ""

    def _numbered(self, level: int) -> tuple[str, str] | None:
        """The names of a level's first and last unit, where they have names of their own."""
        names = self.problem.layer(level).symbols.unit_names if level > 0 else None
        return (names[0], names[-1]) if names else None

    def _length(self, letter: str) -> int | str | None:
        index = self.vocabulary.sizes.get(letter)
        return None if index is None else self.problem.size(index)

    def quantity(self, parser: Parser) -> Ref:
        """A symbol with its mark, neuron and indices. Raises UnreadableError unless it is just one."""
        name = parser.token.text
        entries = self.vocabulary.find(name)
        parser.take()
        subs, mark, unit = self.suffixes(parser, entries)
        if mark is not None:
            entries = [entry for entry in entries if entry.mark == mark]
        found: dict[Ref, Entry] = {}
        reasons: list[UnreadableError] = []
        for entry in entries:
            if unit and entry.unit != unit:
                continue
            rest = _without_own(entry, subs, mark)
            if rest is None:
                continue
            try:
                found[self.running.placed(entry, rest, name)] = entry
            except UnreadableError as error:
                reasons.append(error)
        if len(found) > 1 and (near := self.near()):
            found = {
                ref: entry for ref, entry in found.items() if (entry.quantity, entry.level) in near
            } or found
        if len(found) == 1:
            ref = next(iter(found))
            self.running.settle(ref)
            return ref
        if found:
            places = " or ".join(self._home(entry) for entry in found.values())
            raise UnreadableError(f"{name} may be that of {places} here: write its layer")
        if reasons:
            raise reasons[0]
        raise UnreadableError(f"{name} does not stand like this in this problem")

    def near(self) -> frozenset[Key]:
        """The quantities that the asked step's own formula has, and the asked one."""
        if self.step is None:
            return frozenset()
        return frozenset({ref.key for ref in refs(self.step.formula)} | {self.step.key})

    def _home(self, entry: Entry) -> str:
        return "the inputs" if entry.level == 0 else f"layer {self.problem.layer(entry.level).name}"

    def suffixes(self, parser: Parser, entries: list[Entry]) -> tuple[list[str], str | None, str]:
        """The subscripts, the layer's mark and the neuron's name that follow a symbol."""
        subs: list[str] = []
        mark: str | None = None
        unit = ""
        while True:
            token = parser.token
            if token.kind == "sub" or (
                token.kind == "number" and not token.spaced and token.text.isdigit() and not subs
            ):
                subs.append(parser.take().text)
            elif mark is None and (inside := self._mark(parser)) is not None:
                mark = inside
            elif token.kind == "(" and not unit and parser.peek().text in {e.unit for e in entries if e.unit}:
                parser.take()
                unit = parser.take().text
                inner, own, _ = self.suffixes(parser, [])
                subs, mark = subs + inner, own if own is not None else mark
                parser.expect(")")
            else:
                return subs, mark, unit

    def _mark(self, parser: Parser) -> str | None:
        """A layer's mark: [out], (1), ^(1)."""
        token = parser.token
        if token.kind == "sup" and re.fullmatch(r"[(\[].+[)\]]", token.text):
            inside = token.text[1:-1]
            if self.vocabulary.layer_called(inside) is not None:
                parser.take()
                return inside
        closing = {"[": "]", "(": ")"}.get(token.kind)
        ahead = 1
        if token.kind == "^" and parser.peek().kind in ("(", "["):
            closing, ahead = {"[": "]", "(": ")"}[parser.peek().kind], 2
        if closing is None or token.spaced:
            return None
        if token.kind == "(" and not self.problem.notation.layer_mark.startswith("("):
            return None
        inside = ""
        while parser.peek(ahead).kind in ("name", "number", "-", "sub") and ahead < LONGEST_RUN:
            piece = parser.peek(ahead)
            inside += f"_{piece.text}" if piece.kind == "sub" else piece.text
            ahead += 1
        if parser.peek(ahead).kind != closing or self.vocabulary.layer_called(inside) is None:
            return None
        parser.position += ahead + 1
        return inside


def _without_own(entry: Entry, subs: list[str], mark: str | None) -> list[str] | None:
    """The subscripts that are indices, behind those that belong to the symbol itself."""
    if entry.own == ("only with its mark",):
        return subs if mark is not None else None
    own = list(entry.own)
    return subs[len(own) :] if subs[: len(own)] == own else None


def _of_several(parser: Parser, combine: Callable[[Formula, Formula], Formula]) -> Formula:
    """max(a, b), min(a, b, c): the first two together, then each further one."""
    parser.expect("(")
    found = combine(parser.expression(), _after_comma(parser))
    while parser.token.kind == ",":
        found = combine(found, _after_comma(parser))
    parser.expect(")")
    return found


def _after_comma(parser: Parser) -> Formula:
    parser.expect(",")
    return parser.expression()
