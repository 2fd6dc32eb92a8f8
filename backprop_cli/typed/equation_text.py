"""The text of a problem's equations → one `Line` for each: left side, right side, and its `for` clause.

Every character knows where it stood in what was typed, so that a fault found in the tidied text, after LaTeX
and subscripts have been put into one spelling, is shown in the author's own.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction

from .tokens import UnreadableError, tidy

MAX_LINES = 400
MAX_LINE = 4000
Span = tuple[int, int]


class EquationError(UnreadableError):
    """A fault of one equation: what, where in the equations' text, and how to mend it."""

    def __init__(self, message: str, span: Span, help: str | None = None) -> None:
        super().__init__(message)
        self.span = span
        self.help = help
        self.where = ""  # the function it is about, where it is one of those


@dataclass(frozen=True)
class Origin:
    """A text with the place that each of its characters came from, and that of its end."""

    text: str
    places: tuple[int, ...]

    @classmethod
    def of(cls, text: str, start: int = 0) -> Origin:
        """A text as it was typed, from `start` on."""
        return cls(text, tuple(range(start, start + len(text) + 1)))

    def part(self, start: int, end: int | None = None) -> Origin:
        """A stretch of it, without space around."""
        end = len(self.text) if end is None else end
        while start < end and self.text[start].isspace():
            start += 1
        while start < end and self.text[end - 1].isspace():
            end -= 1
        return Origin(self.text[start:end], self.places[start : end + 1])

    def replaced(self, pattern: re.Pattern[str], change: Callable[[re.Match[str]], str]) -> Origin:
        """Every match changed; what it became has the place where the match began."""
        pieces: list[str] = []
        places: list[int] = []
        last = 0
        for match in pattern.finditer(self.text):
            new = change(match)
            kept = self.text[last : match.start()]
            pieces += [kept, new]
            places += [*self.places[last : match.start()], *self._spread(match, new)]
            last = match.end()
        pieces.append(self.text[last:])
        places += self.places[last:]
        return Origin("".join(pieces), tuple(places))

    def _spread(self, match: re.Match[str], new: str) -> list[int]:
        """The places of what a match became: its unchanged beginning and end keep theirs."""
        old, start, end = match.group(), match.start(), match.end()
        shorter = min(len(old), len(new))
        head = next((at for at in range(shorter) if old[at] != new[at]), shorter)
        rest = shorter - head
        tail = next((at for at in range(rest) if old[-1 - at] != new[-1 - at]), rest)
        middle = [min(start + at, max(start, end - tail - 1)) for at in range(head, len(new) - tail)]
        return [
            *self.places[start : start + head],
            *(self.places[at] for at in middle),
            *self.places[end - tail : end],
        ]

    def span(self, start: int, end: int | None = None) -> Span:
        """Where a stretch stood in what was typed."""
        end = start + 1 if end is None else max(end, start + 1)
        start, end = min(start, len(self.text)), min(end, len(self.text))
        first = self.places[start]
        return first, max(self.places[end], first + 1)


@dataclass(frozen=True)
class Clause:
    """One letter of a `for` clause and the positions it takes, as typed; `last` may be a letter."""

    letter: str
    first: int
    last: int | str
    span: Span


@dataclass(frozen=True)
class Line:
    """One equation as written, tidied, with its clauses."""

    number: int  # counted from 1 among the equations
    left: Origin
    right: Origin
    clauses: tuple[Clause, ...]
    source: str  # as typed, on one line, without its comment
    span: Span


_COMMENT = re.compile(r"(?<!\\)#[^\n]*")
_NOISE = re.compile(r"\\(?:begin|end)\s*\{[a-z]+\*?\}|\\\\|(?<!\\)&|\\(?:nonumber|notag)\b|\\label\{[^{}]*\}")
# What `tidy` reads as one piece: a LaTeX command with its letter, small digits, a letter with its marks.
_PIECE = re.compile(
    r"\\[a-zA-Z]+\s*(?:\{\s*\w\s*\}|(?<=\s)[a-zA-Z](?![a-zA-Z]))?"
    r"|\\[,;! ]"
    r"|[₀-₉₊-₎ₐ-ₜᵢᵣᵤᵥⱼᵦ-ᵪ](?:[₀-₉₊-₎ₐ-ₜᵢᵣᵤᵥⱼᵦ-ᵪ,]*[₀-₉₊-₎ₐ-ₜᵢᵣᵤᵥⱼᵦ-ᵪ])?"
    r"|[⁰¹²³⁴-⁹⁺⁻⁼⁽⁾ⁿⁱᵀ]+"
    r"|.[\u0300-\u036f]*",
    re.DOTALL,
)
# Upright and bold words: \\mathrm{ReLU} is ReLU.
_WORDS = re.compile(
    r"\\(?:mathrm|text|textrm|textit|operatorname\*?|mathbf|mathit|mathcal|boldsymbol|bm|vec)\s*\{([^{}]*)\}"
)
_LIBRARY = re.compile(r"(?<![^\W_])(?:np|numpy|math|torch|F|nn|jnp|tf)\.(?:linalg\.)?(?=[a-zA-Z])")  # np.tanh
_TOP = r"(?:\\(?:top|intercal)(?![a-zA-Z])|⊤|\\(?:mathsf|mathrm|text)\s*(?:\{\s*T\s*\}|T))"
# Signs whose meaning for whole vectors is kept: a ⊙ b, a·b, ‖a‖, Aᵀ, and comparisons.
_MEANT = {
    "⊙": re.compile(r"[⊙∘]|\\(?:odot|circ)(?![a-zA-Z])|(?<!\d)\.\*"),
    "·": re.compile(r"[·⋅∙•]|\\(?:cdot|bullet)(?![a-zA-Z])"),
    "‖": re.compile(r"‖|∥|\\\||\\[lr]?Vert(?![a-zA-Z])"),
    "≤": re.compile(r"<=|⩽|\\leq?(?:slant)?(?![a-zA-Z])"),
    "≥": re.compile(r">=|⩾|\\geq?(?:slant)?(?![a-zA-Z])"),
    "≠": re.compile(r"!=|\\neq?(?![a-zA-Z])"),
    "<": re.compile(r"\\lt(?![a-zA-Z])"),
    ">": re.compile(r"\\gt(?![a-zA-Z])"),
    "|": re.compile(r"\\[lr]?vert(?![a-zA-Z])"),
    "^{T}": re.compile(rf"\^\s*(?:\{{\s*{_TOP}\s*\}}|{_TOP})|(?<=[\w)\]}}])\.T(?![^\W_])|⊤"),
    " @ (": re.compile(r"\.(?:dot|matmul|mm|mv)\s*\("),
}
_NORM = re.compile(r"\|\|(?P<inside>[^|]+(?:\|[^|]+\|[^|]*)*)\|\|")  # ||w||, and ||w|_2 - …||
_FRACTIONS = re.compile("[¼½¾⅐-⅞]")
# \\frac12 and \\frac1{n}: one character needs no braces.
_SHORT = re.compile(r"\\[dt]?frac\s*(?:([0-9A-Za-z])\s*([0-9A-Za-z])|([0-9A-Za-z])\s*(?=\{))")
_ASSIGN = re.compile(r":=|≔|←|<-|\\(?:gets|leftarrow|coloneqq)(?![a-zA-Z])|=")
_FOR = re.compile(
    r"[,;(]?\s*(?:\\(?:text|mathrm|textrm|quad|qquad)\s*\{?\s*)*"
    r"(?:(?<![^\W_])(?:for(?:\s+(?:all|each|every))?|für(?:\s+alle)?|pour|where)(?![^\W_])(?!\s*\()|∀|\\forall(?![a-zA-Z]))"
    r"\s*\}?"
)
_DOTS = r"(?:…|\.\.\.?|\\l?dots|\\cdots|⋯)"
_BOUND = r"(?:-?\d{1,6}|[^\W\d_](?![^\W_]))"
_LISTED = re.compile(
    rf"(?P<letter>[^\W\d_])\s*(?:=|∈|\bin\b|\\in\b)\s*(?:\\?\{{|\[|range\()?\s*(?P<first>-?\d{{1,6}})"
    rf"(?P<rest>(?:\s*(?:,|;|-|–|\bto\b|\bbis\b|{_DOTS}|\s)\s*(?:{_DOTS}|{_BOUND}(?!\s*(?:=|∈|\bin\b))))*)"
    r"\s*(?:\\?\}|\]|\))?"
)
_BETWEEN = re.compile(
    rf"(?P<first>-?\d{{1,6}})\s*(?:≤|<=|\\leq?)\s*(?P<letter>[^\W\d_])\s*(?:≤|<=|\\leq?)\s*(?P<last>{_BOUND})"
)
_TAIL = re.compile(r"(?<!_)(?:,|\\q?quad|\(|\s{2,})\s*(?=[^\W\d_]\s*(?:=|∈|\\in\b)\s*\\?[\[{]?\s*-?\d)")
_LETTERS_ONLY = re.compile(r"\s*[^\W\d_](?:\s*(?:,|and|und)\s*[^\W\d_])*[\s)}.]*")  # for all j
_RANGE_HELP = "a range reads: for t = 1, 2, 3"
_JOINT = re.compile(r"\s*(?:,|;|\band\b|\bund\b|\bet\b|\\quad|\\text\s*\{\s*(?:and|und)\s*\}|&)?\s*")


def equation_lines(text: str) -> Iterator[Line]:
    """The equations of a text, one a line; a line that begins or ends with a sign goes on.

    Raises EquationError for what is no equation.
    """
    if len(text) > MAX_LINES * MAX_LINE:
        raise EquationError("the equations are too long", (0, 1), f"they may have {MAX_LINES} lines")
    plain = _COMMENT.sub(lambda match: " " * len(match.group()), text)
    plain = _CASES.sub(_by_cases, plain)
    plain = _NOISE.sub(lambda match: " " * len(match.group()), plain)
    for number, (start, end) in enumerate(_logical(plain), start=1):
        if number > MAX_LINES:
            raise EquationError(f"there are more than {MAX_LINES} equations", (start, end))
        yield _line(plain, number, start, end)


_CASES = re.compile(
    r"(?:\\left\s*\\\{\s*)?\\begin\s*\{cases\}(?P<cases>.*?)\\end\s*\{cases\}(?:\s*\\right\s*\.)?", re.DOTALL
)
_IF = re.compile(r"(?<![^\W_])(?:if|falls|wenn|si|otherwise|else|sonst|sinon)(?![^\W_])")


def _by_cases(match: re.Match[str]) -> str:
    """LaTeX's cases as where(condition, one, other), in as many characters, so that places stay."""
    rows = [row for row in re.split(r"\\\\(?:\[[^\]]*\])?", match["cases"]) if row.strip()]
    found, closed = "", 0
    for row in rows[:-1]:
        one, _, condition = row.replace("\n", " ").partition("&")
        found += f"where({_said(condition)},{one.strip().rstrip(',')},"
        closed += 1
    last = rows[-1].replace("\n", " ").partition("&")[0].strip().rstrip(",") if rows else ""
    found = f"{found}{last}{')' * closed}"
    return found.ljust(len(match.group()))


def _said(condition: str) -> str:
    plain = re.sub(r"\\(?:text|mathrm|textrm|mbox)\s*\{([^{}]*)\}", r" \1 ", condition)
    return _IF.sub(" ", plain).strip().rstrip(",.;")


def _logical(text: str) -> Iterator[Span]:
    """The stretches of text that are one equation each."""
    begun: Span | None = None
    at = 0
    for row in text.split("\n"):
        start, end = at, at + len(row)
        at = end + 1
        if not row.strip():
            continue
        if begun and _goes_on(text[begun[0] : begun[1]], row):
            begun = (begun[0], end)
            continue
        if begun:
            yield begun
        begun = (start, end)
    if begun:
        yield begun


def _goes_on(before: str, row: str) -> bool:
    depth = sum(before.count(char) for char in "([{") - sum(before.count(char) for char in ")]}")
    if depth > 0 and not re.match(r"\s*[^\W\d_][\w{}^,]*\s*(?:=|:=|←)", row):
        return True
    if re.search(r"[-+*/·=]\s*$", before):
        return True
    return bool(re.match(r"\s*(?:[-+*/·−⋅×]|\\cdot|\\times|\bfor\b)", row))


def _line(text: str, number: int, start: int, end: int) -> Line:
    written = Origin.of(text[start:end], start).part(0)
    if len(written.text) > MAX_LINE:
        raise EquationError(f"an equation has more than {MAX_LINE} characters", written.span(0, 10))
    source = " ".join(written.text.split())
    body, clauses = _clauses(written)
    sides = [match for match in _ASSIGN.finditer(body.text) if _outside(body.text, match.start())]
    whole = body.span(0, len(body.text))
    if not sides:
        raise EquationError("this line is no equation: it has no =", whole, "an equation reads: z = w x + b")
    if len(sides) > 1:
        raise EquationError(
            "this equation has more than one =",
            body.span(sides[1].start(), sides[1].end()),
            "give each result a line of its own",
        )
    left, right = body.part(0, sides[0].start()), body.part(sides[0].end())
    right = _without_stop(right)
    for side, words in ((left, "left of the ="), (right, "right of the =")):
        if not side.text:
            raise EquationError(f"nothing stands {words}", body.span(sides[0].start(), sides[0].end()))
    return Line(number, tidied(left), tidied(right), clauses, source, whole)


def _outside(text: str, position: int) -> bool:
    """Whether a place is outside all brackets."""
    before = text[:position]
    return all(before.count(a) <= before.count(b) for a, b in ("()", "[]", "{}"))


def _without_stop(side: Origin) -> Origin:
    """Without the full stop or comma that ends a sentence."""
    match = re.search(r"\s*(?:[,;]|(?<!\d)\.|(?<=\d)\.(?=$))\s*$", side.text)
    return side.part(0, match.start()) if match else side


def tidied(side: Origin) -> Origin:
    """The side in one spelling, as answers of students are tidied."""

    def tidy_piece(match: re.Match[str]) -> str:
        return match.group() if match.group() in _MEANT else tidy(match.group())

    try:
        side = side.replaced(_FRACTIONS, _fraction).replaced(_LIBRARY, lambda match: "")
        for sign, pattern in _MEANT.items():
            side = side.replaced(pattern, _always(sign))
        side = side.replaced(_NORM, lambda match: f"‖{match['inside']}‖")
        side = side.replaced(_SHORT, _braced)
        return side.replaced(_WORDS, lambda match: match[1]).replaced(_PIECE, tidy_piece).part(0)
    except UnreadableError as error:
        raise EquationError(str(error), side.span(0, len(side.text))) from None


def _braced(match: re.Match[str]) -> str:
    both = f"{{{match[1]}}}{{{match[2]}}}" if match[1] else f"{{{match[3]}}}"
    return f"\\frac{both}"


def _always(sign: str) -> Callable[[re.Match[str]], str]:
    return lambda match: sign


def _fraction(match: re.Match[str]) -> str:
    """⅓ as (1/3)."""
    value = Fraction(unicodedata.numeric(match.group())).limit_denominator(10)
    return f"({value.numerator}/{value.denominator})"


def _clauses(written: Origin) -> tuple[Origin, tuple[Clause, ...]]:
    """What stands before the `for` clause, and the ranges it gives."""
    for match in _FOR.finditer(written.text):
        if not _outside(written.text, match.start()):
            continue
        clauses, _ = _ranges(written, match.end())
        if not clauses and not _LETTERS_ONLY.fullmatch(written.text, match.end()):
            raise EquationError(
                "this range cannot be read", written.span(match.end(), len(written.text)), _RANGE_HELP
            )
        return written.part(0, match.start()), clauses
    for match in _TAIL.finditer(written.text):
        if _outside(written.text, match.start()) and _ASSIGN.search(written.text, 0, match.start()):
            with suppress(EquationError):  # a = in the formula's own brackets is no range
                return written.part(0, match.start()), _ranges(written, match.end())[0]
    return written, ()


def _ranges(written: Origin, start: int) -> tuple[tuple[Clause, ...], int]:
    found: list[Clause] = []
    text = written.text
    while start < len(text):
        joint = _JOINT.match(text, start)
        at = joint.end() if joint else start
        match = _LISTED.match(text, at) or _BETWEEN.match(text, at)
        if not match:
            break
        found.append(_clause(written, match))
        start = match.end()
    rest = text[start:].strip(" \t)}].,;$")
    if found and rest:
        raise EquationError(
            "this part of the range cannot be read", written.span(start, len(text)), _RANGE_HELP
        )
    return tuple(found), start


def _clause(written: Origin, match: re.Match[str]) -> Clause:
    span = written.span(*match.span())
    first = int(match["first"])
    if "last" in match.re.groupindex:
        last: int | str = _bound(match["last"])
    else:
        rest = re.sub(r"[{}]", " ", match["rest"])
        last = _listed(first, rest, span)
    if isinstance(last, int) and last < first:
        raise EquationError(f"the range of {match['letter']} ends before it begins", span)
    return Clause(match["letter"], first, last, span)


def _bound(text: str) -> int | str:
    return int(text) if re.fullmatch(r"-?\d+", text) else text


def _listed(first: int, rest: str, span: Span) -> int | str:
    """The last position of "1, 2, 3", of "1, …, T", or of "1 to 3"."""
    through = re.search(rf"{_DOTS}|\bto\b|\bbis\b|–|(?<=\s)-(?=\s)", rest)
    numbers = [_bound(part) for part in re.findall(_BOUND, re.sub(r"\bto\b|\bbis\b|\\\w+", " ", rest))]
    if not numbers:
        if through:
            raise EquationError("the range does not say where it ends", span, "for t = 1, …, 3")
        return first
    if through:
        return numbers[-1]
    expected = list(range(first + 1, first + 1 + len(numbers)))
    if numbers != expected:
        raise EquationError(
            "the numbers of a range follow one another",
            span,
            f"for example: {first}, {first + 1}, {first + 2}",
        )
    return expected[-1]
