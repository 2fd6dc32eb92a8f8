"""The names in a problem's equations: symbols with their labels, and how they are spelled.

A symbol is a base and, where it has one, a label that belongs to its name: w_0 beside no w, W_xh, net_h1.
What follows that are its indices.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from ..functions.table import ROWS, SEVERAL, TYPED
from .tokens import UnreadableError, greek, tidy

# Functions of one number by every name they are typed with → their name in formulas.
FUNCTIONS: dict[str, str] = {
    **{typed: name for typed, name in TYPED.items() if name not in SEVERAL and not ROWS[name].units},
    **dict.fromkeys(("logistic", "sigm", "SIGMOID"), "sigmoid"),
}
# Names of the table with a "_" in them → how they are spelled without: leaky_relu is LReLU.
UNDERSCORED = {name: row.typed[0] for name, row in ROWS.items() if "_" in name and row.typed}
REDUCTIONS = {"max": "max", "Max": "max", "min": "min", "Min": "min", "mean": "mean", "avg": "mean"}
SUMS = {"Σ": "sum", "sum": "sum", "Sum": "sum", "Π": "product", "∏": "product", "prod": "product"}
SOFTMAX = {"softmax": "softmax", "Softmax": "softmax", "smax": "softmax"}
# What is said of whole vectors and matrices; a symbol of that name goes before.
WHOLES = {
    **dict.fromkeys(("dot", "inner"), "dot"),
    "matmul": "@",
    "outer": "outer",
    "norm": "norm",
    **dict.fromkeys(("concat", "concatenate", "hstack", "vstack"), "concat"),
    "transpose": "transposed",
    "where": "where",
    **dict.fromkeys(("var", "Var", "variance"), "variance"),
    **dict.fromkeys(("std", "Std"), "deviation"),
}
CONSTANTS = {"e": "e", "π": "pi", "pi": "pi"}
# What no symbol is called.
WORDS = frozenset((*FUNCTIONS, *REDUCTIONS, *SUMS, *SOFTMAX, *CONSTANTS))


@dataclass(frozen=True)
class Suffix:
    """What is written on a symbol: its text, and whether it stands below, above or in brackets."""

    text: str
    above: bool = False
    joined: bool = False  # a number right behind the letter: w1


@dataclass(frozen=True)
class Written:
    """A symbol as it is typed: its base and all that is written on it."""

    base: str
    suffixes: tuple[Suffix, ...] = ()

    @property
    def label(self) -> str:
        """All of it as one label: 0, xh, (1)."""
        return ",".join(suffix.text for suffix in self.suffixes)


_BASE = r"(?:[^\W\d_][\u0300-\u036f]*)+'*"
_SUFFIX = re.compile(
    r"_\s*\{(?P<braced>[^{}]*)\}|_\s*\((?P<round>[^()]*)\)|_\s*(?P<bare>[^\W_]+(?:,[^\W_]+)*)"
    r"|(?P<digits>\d+)|\[(?P<square>[^\[\]]*)\]"
    r"|\^\s*\{\s*(?P<above>[(\[<⟨][^{}]*[)\]>⟩]|[^\W\d_]+)\s*\}|\^\s*\((?P<up>[^()]*)\)|\^\s*\[(?P<upper>[^\[\]]*)\]|\^(?P<top>[^\W_]+)"
    r"|(?P<primes>'+)"
)


def written_symbol(text: str) -> Written | None:
    """A symbol with all that is written on it, such as the left side h_{t,k} or the key "W_xh"; else None."""
    text = unicodedata.normalize("NFC", text.strip())
    match = re.match(_BASE, text)
    if not match:
        return None
    base, at = match.group(), match.end()
    suffixes: list[Suffix] = []
    while at < len(text):
        found = _SUFFIX.match(text, at)
        if not found:
            return None
        at = found.end()
        if found["primes"]:
            base += found["primes"]
            continue
        above = found["above"] or found["up"] or found["upper"] or found["top"]
        inside = next(
            part
            for part in (
                found["braced"],
                found["round"],
                found["bare"],
                found["digits"],
                found["square"],
                above,
            )
            if part is not None
        )
        inside = re.sub(r"\s+", "", inside).strip("()[]<>⟨⟩") if above else re.sub(r"\s+", "", inside)
        suffixes.append(Suffix(inside, above=bool(above), joined=found["digits"] is not None))
    return Written(spelled(base), tuple(suffix for suffix in suffixes if suffix.text))


def spelled(base: str) -> str:
    """One spelling for a letter by its name or itself: gamma and γ, hat on y and ŷ."""
    primes = len(base) - len(base.rstrip("'"))
    name = base.rstrip("'")
    letter = greek(name) if name.isascii() and name.isalpha() and len(name) > 1 else None
    if letter is None and (match := re.fullmatch(r"([A-Za-z])(hat|bar|tilde|dot)", name)):
        mark = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303", "dot": "\u0307"}[match[2]]
        letter = unicodedata.normalize("NFC", match[1] + mark)
    return unicodedata.normalize("NFC", (letter or name)) + "'" * primes


def key_symbol(key: str) -> Written | None:
    """The symbol that a key of [given] or [parameters] names; None for what is no symbol."""
    try:
        return written_symbol(tidy(key))
    except UnreadableError:
        return None


def key_of(base: str, label: str) -> str:
    """The key of a symbol: its letters, and its label behind "_"."""
    return f"{base}_{label}" if label else base
