"""The characters of mathematics: each in LaTeX, and its letter, accent and alphabet."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_UNPRINTABLE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
_BLANKS = "\t\n\r\v\f"
_KEPT = "\u200d"  # joins the parts of one character


@dataclass(frozen=True)
class Glyph:
    """One letter with its accent (a combining character) and its mathematical alphabet, such as script."""

    base: str
    accent: str = ""
    alphabet: str = ""


def printable(text: str) -> str:
    """The text on one line, with � for what has no shape of its own and could steer a printer or a reader."""
    return "".join(_printable(char) for char in text)


def _printable(char: str) -> str:
    if char in _BLANKS:
        return " "
    return "\ufffd" if char not in _KEPT and unicodedata.category(char) in _UNPRINTABLE else char


def glyphs(name: str) -> tuple[Glyph, ...]:
    """The letters of a symbol's name: ŷ is y with a hat, 𝒥 is J of the script alphabet."""
    found: list[Glyph] = []
    for char in decomposed(name):
        if char in ACCENTS and found and not found[-1].accent:
            found[-1] = Glyph(found[-1].base, char, found[-1].alphabet)
        else:
            found.append(_glyph(char))
    return tuple(found)


def decomposed(text: str) -> Iterator[str]:
    """The characters, an accented letter as its letter and its accent; a sign such as ≠ stays whole."""
    for char in unicodedata.normalize("NFC", printable(text)):
        parts = unicodedata.normalize("NFD", char)
        yield from parts if char not in MATH and all(part in ACCENTS for part in parts[1:]) else (char,)


_ALPHABET = re.compile(r"(?:MATHEMATICAL )?(.+) (?:CAPITAL|SMALL|DIGIT) \S+")


def _glyph(char: str) -> Glyph:
    plain = unicodedata.normalize("NFKC", char)
    if plain == char or len(plain) != 1 or char == "ℓ":
        return Glyph(char)
    match = _ALPHABET.fullmatch(unicodedata.name(char, ""))
    known = match is not None and match[1] in _ALPHABETS
    return Glyph(plain, alphabet=_ALPHABETS[match[1]]) if known and match else Glyph(char)


_ALPHABETS = {
    "SCRIPT": "script",
    "BOLD SCRIPT": "script",
    "BOLD": "bold",
    "ITALIC": "",
    "BOLD ITALIC": "bold italic",
    "DOUBLE-STRUCK": "double-struck",
    "BLACK-LETTER": "fraktur",
    "FRAKTUR": "fraktur",
    "BOLD FRAKTUR": "fraktur",
    "SANS-SERIF": "sans-serif",
    "SANS-SERIF BOLD": "sans-serif",
    "MONOSPACE": "monospace",
}

# combining character → its LaTeX command in mathematics, in text, and the spacing character of its shape
ACCENTS = {
    "\u0300": ("grave", "`", "`"),
    "\u0301": ("acute", "'", "´"),
    "\u0302": ("hat", "^", "^"),
    "\u0303": ("tilde", "~", "~"),
    "\u0304": ("bar", "=", "¯"),
    "\u0306": ("breve", "u", "˘"),
    "\u0307": ("dot", ".", "˙"),
    "\u0308": ("ddot", '"', "¨"),
    "\u030a": ("mathring", "r", "˚"),
    "\u030b": ("acute", "H", "˝"),
    "\u030c": ("check", "v", "ˇ"),
    "\u0327": ("", "c", "¸"),
    "\u0328": ("", "k", "˛"),
}

_SMALL = (
    "alpha beta gamma delta varepsilon zeta eta theta iota kappa lambda mu nu xi o pi rho varsigma sigma tau"
)
_GREEK = {
    chr(0x3B1 + place): name
    for place, name in enumerate([*_SMALL.split(), "upsilon", "varphi", "chi", "psi"])
}
_GREEK |= {"ω": "omega", "ϵ": "epsilon", "ϑ": "vartheta", "ϕ": "phi", "ϖ": "varpi", "ϱ": "varrho"}
_GREEK |= {"Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma"}
_GREEK |= {"Υ": "Upsilon", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega"}
# Capitals that look like Roman ones have no command of their own.
_ROMAN = dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΧ", "ABEZHIKMNOPTX", strict=True))
_RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱᵀ", "0123456789+-=()niT", strict=True))
_LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "0123456789+-=()aehijklmnoprstuvx", strict=True))

# character → LaTeX inside mathematics
MATH: dict[str, str] = {
    **{char: name if name == "o" else f"\\{name}" for char, name in _GREEK.items()},
    **{char: f"\\mathrm{{{name}}}" for char, name in _ROMAN.items()},
    **{char: f"{{}}^{{{plain}}}" for char, plain in _RAISED.items()},
    **{char: f"{{}}_{{{plain}}}" for char, plain in _LOWERED.items()},
    "·": r"\cdot",
    "−": "-",
    "⊙": r"\odot",
    "⊘": r"\oslash",
    "∘": r"\circ",
    "×": r"\times",
    "÷": r"\div",
    "±": r"\pm",
    "≈": r"\approx",
    "≠": r"\ne",
    "≤": r"\le",
    "≥": r"\ge",
    "≡": r"\equiv",
    "∝": r"\propto",
    "←": r"\leftarrow",
    "→": r"\rightarrow",
    "↔": r"\leftrightarrow",
    "∈": r"\in",
    "∉": r"\notin",
    "∀": r"\forall",
    "∂": r"\partial",
    "∇": r"\nabla",
    "∞": r"\infty",
    "∑": r"\sum",
    "√": r"\surd",
    "…": r"\ldots",
    "⋮": r"\vdots",
    "⋯": r"\cdots",
    "′": "'",
    "″": "''",
    "½": r"\tfrac{1}{2}",
    "‖": r"\Vert",
    "ℓ": r"\ell",
    "∗": r"\ast",
    "⊤": r"\top",
    "°": r"{}^{\circ}",
    "✓": r"\surd",
}

# What ASCII's punctuation is inside mathematics: typed by a user, it has to print, and steer nothing.
SIGNS = {
    "\\": r"\backslash",
    "{": r"\lbrace",
    "}": r"\rbrace",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "_": r"\_",
    "%": r"\%",
    "~": r"\sim",
    "^": r"\wedge",
    "|": r"\vert",
    "*": r"\ast",
    "[": r"\lbrack",
    "]": r"\rbrack",
    "'": "'",
    "-": r"\text{-}",
    "<": "<",
    ">": ">",
    '"': "''",
    "`": r"\text{\textasciigrave}",
}
WEB_SIGNS = SIGNS | {"<": r"\lt", ">": r"\gt", "`": r"\backprime"}
