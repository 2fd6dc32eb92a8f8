r"""Vectors and matrices written out: [e h_1, e h_2], e (h_1, h_2)ᵀ, \begin{pmatrix}…, one equation each."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .brackets import closing, split

_TURNED = r"(?:ᵀ|\.T|\^\s*T|\^\s*\{\s*(?:T|\\top)\s*\}|\^\s*\\top)?"
_MATRIX = re.compile(
    r"(?:\\left\s*[(\[])?\s*\\begin\{[pbvB]?(?:small)?matrix\*?\}(?P<inside>.*?)\\end\{[pbvB]?(?:small)?matrix\*?\}\s*(?:\\right\s*[)\]])?"
    rf"\s*{_TURNED}",
    re.S,
)
_ARRAY = re.compile(
    r"(?:np\.|numpy\.|torch\.|jnp\.)?(?:array|Matrix|tensor|stack|column_stack|vector|vec)\s*(?=\()"
)
_SYMBOL = r"[^\W\d_]\w*(?:_\{?\w+\}?)?"


def components(text: str) -> list[list[str]] | None:
    """The rows of a vector or matrix written out; None where the text is none."""
    text = text.strip().rstrip(".;,").strip()
    if (rows := _equations(text)) is not None:
        return rows
    bare = split(text.replace(":=", "="), "=")[-1]
    if match := _MATRIX.search(bare):
        rows = [
            [cell.strip() for cell in row.split("&")]
            for row in re.split(r"\\\\(?:\[[^\]]*\])?", match["inside"])
            if row.strip()
        ]
        return _scaled(rows, bare[: match.start()], bare[match.end() :])
    bare = _ARRAY.sub("", bare)
    place = 0
    while place < len(bare):
        if bare[place] not in "([{":
            place += 1
            continue
        end = closing(bare, place)
        if end < 0:
            return None
        called = re.search(r"[^\W\d]'?$|\]$|_$", bare[:place].rstrip())
        found = None if called and bare[place] != "{" else _rows(bare[place + 1 : end], bare[place])
        if found is not None:
            turned = re.match(rf"\s*{_TURNED}", bare[end + 1 :])
            return _scaled(found, bare[:place], bare[end + 1 + (turned.end() if turned else 0) :])
        place = end + 1
    return None


def _rows(inside: str, bracket: str) -> list[list[str]] | None:
    """What stands in brackets as rows: parted by commas, by semicolons, in brackets of their own."""
    if inside.startswith(("[", "(")) and closing(inside, 0) == len(inside) - 1:
        return _rows(inside[1:-1], inside[0])
    if ";" in inside:
        return [split(row, ",") for row in split(inside, ";")]
    parts = split(inside, ",")
    if len(parts) < 2 and bracket == "[" and re.fullmatch(rf"{_SYMBOL}(?:\s+{_SYMBOL})+", inside.strip()):
        parts = inside.split()
    if (
        bracket == "{"
        or "=" in inside
        or "∈" in inside
        or len(parts) < 2
        or not all(parts)
        or {":", "None"} & set(parts)
    ):
        return None
    if all(part[0] in "([" and closing(part, 0) == len(part) - 1 and "," in part for part in parts):
        return [split(part[1:-1], ",") for part in parts]
    return [[part] for part in parts]


def _scaled(rows: list[list[str]], before: str, behind: str) -> list[list[str]] | None:
    """The rows with what they are multiplied by put into each component."""
    before, behind = before.strip().rstrip("*·").strip(), behind.strip().lstrip("*·").strip()
    before = re.sub(r"\\(?:cdot|times|left)\s*$", "", before).strip()
    behind = re.sub(r"^\\(?:cdot|times|right)\s*", "", behind).strip()
    if before.startswith(("(", "[")) and closing(before, 0) < 0 and behind[:1] in (")", "]"):
        before, behind = before[1:].strip(), behind[1:].strip()
    if re.search(r"[@⊙,]\s*$|\\odot\s*$", before) or re.match(r"[@⊙/,^]", behind):
        return None
    if any(all(split(side, "+-−")[:2]) and len(split(side, "+-−")) > 1 for side in (before, f"0{behind}")):
        return None
    if not before and not behind:
        return rows
    left, right = f"({before})*" if before else "", f"*({behind})" if behind else ""
    return [[f"{left}({cell}){right}" for cell in row] for row in rows]


_SEPARATED = re.compile(r"\s+(?:and|und|et)\s+")


def _equations(text: str) -> list[list[str]] | None:
    """One equation for each component, or just the formulas, one behind the other: those with their numbers.

    An equation's left side must end in the number of its component.
    """
    parts = [
        piece
        for part in split(_SEPARATED.sub(", ", text), ";,\n")
        for piece in part.split(r"\\")
        if piece.strip()
    ]
    if len(parts) < 2 or any(char in text for char in "…") or "..." in text:
        return None
    lefts = [split(part, "=")[0].strip() if "=" in part else "" for part in parts]
    numbers = [_numbers(left) for left in lefts]
    if all(lefts):
        counted = [own for own in numbers if own]
        if len(counted) != len(parts) or len(set(counted)) != len(counted):
            return None
        first = min(counted)
        ordered = [part for _, part in sorted(zip(counted, parts, strict=True), key=lambda pair: pair[0])]
        if set(first) not in ({0}, {1}):
            return None
        if len(first) == 2:
            width = max(own[1] for own in counted) - first[1] + 1
            return [ordered[at : at + width] for at in range(0, len(ordered), width)]
        return [[part] for part in ordered]
    if any(lefts) or not _counted(parts):
        return None
    return [[part] for part in parts]


def _numbers(left: str) -> tuple[int, ...]:
    """The numbers that a left side's subscript ends in: (1, 2) of ∂L/∂u_12."""
    match = re.search(r"(\d+)(?:\s*(?:,|\]\[|\]\s*\[)\s*(\d+))?[})\]\s]*$", left.translate(_LOWERED))
    if not match:
        return ()
    digits = [match[1], match[2]] if match[2] else list(match[1]) if len(match[1]) == 2 else [match[1]]
    return tuple(map(int, digits))


_LOWERED = {ord(low): digit for low, digit in zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True)}


def _counted(parts: Sequence[str]) -> bool:
    """Whether some formulas are the same but for a number that counts them: 2(z−y)h_1, 2(z−y)h_2, …"""
    shapes = {re.sub(r"\d", "•", part.translate(_LOWERED)).replace(" ", "") for part in parts}
    return len(shapes) == 1 and len(set(parts)) == len(parts)
