"""A student's text → tokens: numbers, letters, subscripts, primes, signs, in Unicode, ASCII or plain LaTeX.

Nothing is looked up here; runs of letters are split into known symbols by `Letters`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

MAX_LENGTH = 500
LONGEST = 4 * MAX_LENGTH  # once names and dots are written out
_SUBS = dict(
    zip("₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ", "0123456789+-=()aehijklmnoprstuvxβγρφχ", strict=True)
)
_SUPS = dict(
    zip(
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱᵀᵃᵇᶜᵈᵉᶠᵍʰʲᵏˡᵐᵒᵖʳˢᵗᵘᵛʷˣʸᶻ",
        "0123456789+-=()niTabcdefghjklmoprstuvwxyz",
        strict=True,
    )
)
_SIGNS = {
    **dict.fromkeys("−–—‒", "-"),
    **dict.fromkeys("·⋅×∙•∗⊙∘", "*"),
    **dict.fromkeys("÷∶⊘", "/"),
    **dict.fromkeys("′’ʹ‘´`", "'"),
    "∑": "Σ",
    "½": "(1/2)",
    "¼": "(1/4)",
    "⟨": "(",
    "⟩": ")",
    "\N{NO-BREAK SPACE}": " ",
}
_COMMANDS = {
    **dict.fromkeys(("left", "right", "big", "Big", "bigl", "bigr", "displaystyle", "limits", "quad"), " "),
    **dict.fromkeys(("cdot", "times", "ast", "odot", "circ"), "*"),
    **dict.fromkeys(("mathrm", "text", "operatorname", "mathit", "textrm", "mathbf"), ""),
    **dict.fromkeys(("frac", "dfrac", "tfrac"), "\\frac"),
    "partial": "∂",
    "sum": "Σ",
    "prime": "'",
    "sqrt": "√",
    "div": "/",
    "oslash": "/",
    "eta": "η",
    "lambda": "λ",
    "varphi": "φ",
    "varepsilon": "ε",
    "epsilon": "ε",
}
_ACCENTS = {"hat": "\u0302", "widehat": "\u0302", "bar": "\u0304", "tilde": "\u0303", "dot": "\u0307"}
_TOKEN = re.compile(
    r"""(?P<space>\s+)
    | (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    | (?P<frac>\\frac)
    | (?P<power>\*\*|\^)
    | (?P<letters>(?:[^\W\d_][\u0300-\u036f]?)+)
    | (?P<under>_)
    | (?P<root>√) | (?P<partial>∂)
    | (?P<sign>[-+*/()\[\]{}=,|'>@])""",
    re.VERBOSE,
)
# With the signs that equations have and answers do not: a·b and a ⊙ b told apart, norms, comparisons.
_TOKEN_OF_EQUATIONS = re.compile(_TOKEN.pattern.replace("'>@]", "'>@·⊙‖<≤≥≠;]"), re.VERBOSE)


class UnreadableError(ValueError):
    """A text that is no formula; the message says why, in words for a student.

    `at` is the text as it was tidied, and where in it reading came to an end, where that is known.
    """

    at: tuple[str, int] | None = None


@dataclass(frozen=True)
class Token:
    """One piece of a formula: its kind, its text, and where it begins in the tidied text."""

    kind: str  # number, name, sub, sup, frac, root, partial, or the sign itself
    text: str
    start: int = 0
    spaced: bool = False  # whether space stands before it


def plain(text: str) -> str:
    """The text with full-width characters as the usual ones, and without those that are not seen."""
    return _UNSEEN.sub("", _STYLED.sub(_unstyled, text.translate(_FULL_WIDTH)))


_STYLED = re.compile("[\U0001d400-\U0001d7ff]")  # bold, italic and script letters of mathematics


def _unstyled(match: re.Match[str]) -> str:
    return {"𝛁": "∇", "𝜕": "∂", "𝛛": "∂"}.get(match.group()) or unicodedata.normalize("NFKC", match.group())


_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: " "}
_UNSEEN = re.compile("[\u00ad\u061c\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff]")


def tidy(text: str) -> str:
    """The text with one spelling for each sign; plain LaTeX commands become the characters they print.

    Raises UnreadableError for what is too long, or has a character that no formula has.
    """
    if len(text) > LONGEST:
        raise UnreadableError(f"it has more than {MAX_LENGTH} characters")
    text = (
        plain(text)
        .replace("$", " ")
        .replace("\\,", " ")
        .replace("\\;", " ")
        .replace("\\!", "")
        .replace("\\ ", " ")
    )
    text = re.sub(
        r"\\([a-zA-Z]+)\s*(\{\s*(\w)\s*\}|(?<=\s)[a-zA-Z](?![a-zA-Z]))?", _command, text, flags=re.ASCII
    )
    text = _MARKED.sub(" ", unicodedata.normalize("NFC", text))
    for pattern, marker in ((_SUBSCRIPTED, "_"), (_SUPERSCRIPTED, "^")):
        text = pattern.sub(partial(_lowered, sign=marker), text)
    return "".join(_SIGNS.get(char, char) for char in text)


_MARKED = re.compile(r"^'(?=[-+−])")  # how a spreadsheet is told that what begins with a sign is text
_SUBSCRIPTED = re.compile(f"[{''.join(_SUBS)}](?:[{''.join(_SUBS)},]*[{''.join(_SUBS)}])?")
_SUPERSCRIPTED = re.compile(f"[{re.escape(''.join(_SUPS))}]+")


def _lowered(match: re.Match[str], sign: str) -> str:
    table = {**_SUBS, **_SUPS}
    text = "".join(table.get(char, char) for char in match.group())
    mark = re.match(r"\([^()]+\)(?=.)", text) if sign == "^" else None  # a layer's mark before an exponent
    return f"^{{{mark.group()}}}^{{{text[mark.end() :]}}}" if mark else f"{sign}{{{text}}}"


def _command(match: re.Match[str]) -> str:
    name, group, inside = match.groups()
    if group and not inside:
        if name not in _ACCENTS:
            return _command_named(name) + " " + group
        inside = group
    if name in _ACCENTS and inside:
        return unicodedata.normalize("NFC", inside + _ACCENTS[name])
    if name in _ACCENTS:
        raise UnreadableError(f"\\{name} needs one letter in braces: \\{name}{{y}}")
    return _command_named(name) + (group or "")


def _command_named(name: str) -> str:
    return _COMMANDS[name] if name in _COMMANDS else greek(name) or f" {name}"


def greek(name: str) -> str | None:
    """The Greek letter of a name: sigma → σ, Theta → Θ."""
    own = {"lambda": "lamda", "Lambda": "Lamda"}.get(name, name)  # as Unicode spells it
    try:
        return unicodedata.lookup(f"GREEK {'CAPITAL' if name[0].isupper() else 'SMALL'} LETTER {own}")
    except KeyError:
        return None


def sides(text: str) -> list[str]:
    """The sides of an equation: what stands between =, ≈, ~, := or ← that are in no bracket."""
    found, depth, start = [], 0, 0
    for position, char in enumerate(text):
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif char in "=≈~←≡≜" and depth == 0:
            found.append(text[start:position].strip().rstrip(":"))
            start = position + 1
    return [*found, text[start:].strip()]


def last_side(text: str) -> str:
    """What stands behind the last sign of equality: "2·0.3 = 0.60" answers 0.60."""
    return sides(text)[-1]


def split_by(names: Iterable[str]) -> Callable[[str], list[str]]:
    """A function that splits a run of letters into the longest known names; what is not known stays whole."""
    known = sorted(set(names), key=lambda name: (-len(name), name))
    pattern = re.compile("|".join(map(re.escape, known)) or r"(?!)")

    def split(run: str) -> list[str]:
        parts: list[str] = []
        position = 0
        while position < len(run):
            match = pattern.match(run, position)
            if not match:
                return [run]
            parts.append(match.group())
            position = match.end()
        return parts

    return split


def tokens(
    text: str,
    split: Callable[[str], list[str]],
    indices: frozenset[str] | None = None,
    *,
    of_equation: bool = False,
) -> Iterator[Token]:
    """The tokens of a tidied text; a subscript without braces goes on as far as it is written with `indices`.

    Raises UnreadableError at a character that fits nowhere.
    """
    position, spaced = 0, False
    pattern = _TOKEN_OF_EQUATIONS if of_equation else _TOKEN
    while position < len(text):
        match = pattern.match(text, position)
        if not match:
            raise UnreadableError(_unfit(text[position]))
        kind, piece, start = str(match.lastgroup), match.group(), position
        position = match.end()
        if kind == "space":
            spaced = True
            continue
        if kind == "under":
            content, position = _script(text, position, indices)
            yield Token("sub", content, start, spaced)
        elif kind == "power":
            group, position = _braced(text, position)
            yield Token("sup" if group is not None else "^", group or "^", start, spaced)
        elif kind == "letters":
            for part in split(piece):
                yield Token("name", part, start, spaced)
                start, spaced = start + len(part), False
        else:
            yield Token(piece if kind == "sign" else kind, piece, start, spaced)
        spaced = False


_BARE = re.compile(r"[^\W_]+(?:,[^\W_]+)*")


def _script(text: str, position: int, indices: frozenset[str] | None) -> tuple[str, int]:
    content, end = _braced(text, position)
    if content is not None:
        return content, end
    match = _BARE.match(text, position)
    if not match:
        raise UnreadableError("a subscript is missing after _")
    run = match.group()
    if indices is not None:
        length = next((at for at, char in enumerate(run) if at and char not in indices), len(run))
        run = run[:length].rstrip(",")
    return run, position + len(run)


def _braced(text: str, position: int) -> tuple[str | None, int]:
    """The text of a {group} without braces inside; None where there is none."""
    match = re.compile(r"\s*\{([^{}]*)\}").match(text, position)
    return (match.group(1).replace(" ", ""), match.end()) if match else (None, position)


def _unfit(char: str) -> str:
    if char.isdigit():
        return f"the digit {char} is not one of 0 to 9"
    shown = char if char.isprintable() else f"U+{ord(char):04X}"
    return f"the character {shown} has no meaning here"
