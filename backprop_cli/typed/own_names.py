"""A student's own names, with their values put in their places, and dots for the terms between.

δ h_j with δ = 2(z − y)          2(z − y) h_j
e = ŷ − y; E_v = e h             (ŷ − y) h
w_1 h_1 + … + w_3 h_3            Σ_q w_q h_q
"""

from __future__ import annotations

import re

from .brackets import split
from .tokens import MAX_LENGTH, UnreadableError

MOST_NAMES = 4
_NAME = r"\\?[^\W\d_][^\W_]*[\u0300-\u036f]?(?:_(?:\{[^{}]*\}|[^\W_]+))*'?"
_DEFINED = re.compile(
    rf"^\s*(?:let|set|sei|put|define|denote|soit|mit|with|where|and|und)?\s*(?P<name>{_NAME})\s*(?::=|:|=|\bbe\b)\s*(?P<value>[^=]+?)\s*$",
    re.I | re.S,
)
_BEHIND = r"\b(?:where|with|wobei|mit|using|avec|con|for which|given|où)\b"
_AFTER = r"\b(?:then|dann|so|thus|hence|also|therefore|alors)\b|⇒|→|=>"
_LET = r"^\s*(?:let|set|sei|put|define|denote|soit|mit|with|where|and|und)\b"


def without_own_names(text: str) -> str:
    """The formula with each own name's value in its place; text without any as it is.

    Raises UnreadableError where it grows too long.
    """
    if text.count("=") == 0 and ":" not in text:
        return text
    behind = [part.strip(" ,;:.") for part in re.split(_BEHIND, text)]
    clauses = [
        clause.strip(" ,.")
        for part in behind
        for piece in re.split(_AFTER, part)
        for clause in re.split(r"\s\band\b\s|\s\bund\b\s", piece)
        for clause in _parts(clause)
    ]
    clauses = [re.sub(_LET, "", clause, flags=re.I).strip() for clause in clauses if clause]
    if not 2 <= len(clauses) <= MOST_NAMES + 1:
        return text
    found = [_DEFINED.match(clause) for clause in clauses]
    first = len(behind) > 1 and bool(behind[0].strip())  # what stands before "where" is the formula
    others = [place for place, match in enumerate(found) if match is None]
    place = 0 if first else others[0] if len(others) == 1 else _last(found)
    known = {match["name"]: match["value"] for at, match in enumerate(found) if match and at != place}
    if len(known) != len(clauses) - 1:
        return text
    formula, used = clauses[place], False
    for _ in range(MOST_NAMES):
        for name, value in known.items():
            replaced = _used(name).sub(f"({value})".replace("\\", "\\\\"), formula)
            used = used or replaced != formula
            formula = replaced
            if len(formula) > 4 * MAX_LENGTH:
                raise UnreadableError("it grows too long when its names are written out")
        if not any(_used(name).search(formula) for name in known):
            break
    return formula if used else text


def _parts(text: str) -> list[str]:
    """The clauses between semicolons, line breaks, commas, or a colon that is no :=."""
    pieces = [piece for part in split(text, ";\n") for piece in re.split(r":(?!=)", part)]
    return [clause for piece in pieces for clause in (split(piece, ",") if "=" in piece else [piece])]


def _last(found: list[re.Match[str] | None]) -> int:
    """Of definitions alone the one that no other uses is the answer."""
    values = [match["value"] if match else "" for match in found]
    free = [
        place
        for place, match in enumerate(found)
        if match and not any(_used(match["name"]).search(value) for value in values)
    ]
    return free[0] if len(free) == 1 else len(found) - 1


def _used(name: str) -> re.Pattern[str]:
    """Where a name stands in a formula, but as its own left side: δ_j is δ_{j}, and e of e^{−z} is none."""
    stem, _, index = name.replace("{", "").replace("}", "").partition("_")
    glued = not stem.isascii() or stem.startswith("\\")
    before = r"(?<!\\)" if glued else r"(?<![^\W\d_])(?<!\\)"
    if index:
        script = rf"\s*_\s*\{{?\s*{re.escape(index)}\s*\}}?(?![\w{{])"
    else:
        script = r"(?![_\d{])" if glued and not stem.startswith("\\") else r"(?![\w{])"
    euler = r"(?!\s*(?:\^|\*\*)\s*[({]?\s*[-−])" if stem == "e" else ""
    return re.compile(rf"{before}{re.escape(stem)}{script}{euler}(?!\s*(?::=|=))")


_DOTS = re.compile(r"\s*\+\s*(?:…|\.\.\.|⋯)\s*\+\s*")


def without_dots(text: str) -> str:
    """w_1 h_1 + … + w_3 h_3 as Σ_q (w_q h_q): the first and the last term differ in one index alone."""
    match = _DOTS.search(text)
    if not match:
        return text
    before, after = text[: match.start()], text[match.end() :]
    firsts, last = split(before, "+="), split(after, "+=")[0]
    count = 1
    shape = _shape(last)
    while count < len(firsts) and _shape(firsts[-1 - count]) == shape:
        count += 1
    run = firsts[-count:]
    numbers = re.findall(r"(?<=_)\{?(\w)\}?", run[0])
    ends = re.findall(r"(?<=_)\{?(\w)\}?", last)
    changing = [(a, b) for a, b in zip(numbers, ends, strict=False) if a != b]
    if not changing or len(numbers) != len(ends) or set(changing) != {("1", changing[0][1])}:
        raise UnreadableError("the terms behind the dots do not follow from those before them")
    upper = changing[0][1]
    body = re.sub(rf"(?<=_)(\{{?){upper}(\}}?)", r"\1q\2", last)
    kept = before[: before.rindex(run[0])] if run[0] in before else ""
    return f"{kept}Σ_{{q}} ({body}){after[len(last) :]}"


def _shape(term: str) -> str:
    return re.sub(r"(?<=_)\{?\w\}?", "•", term).replace(" ", "")
