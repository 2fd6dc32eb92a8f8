"""Brackets in a text: where one closes, and what stands between the signs that are in none."""

from __future__ import annotations

PAIRS = {"(": ")", "[": "]", "{": "}"}


def closing(text: str, start: int) -> int:
    """The place of the bracket that closes the one at `start`; −1 where there is none."""
    opening, depth = text[start], 0
    for place in range(start, len(text)):
        if text[place] == opening:
            depth += 1
        elif text[place] == PAIRS[opening]:
            depth -= 1
            if not depth:
                return place
    return -1


def split(text: str, signs: str) -> list[str]:
    """What stands between those signs that are in no bracket."""
    parts, depth, start = [], 0, 0
    for place, char in enumerate(text):
        depth += (char in "([{") - (char in ")]}")
        if char in signs and depth == 0:
            parts.append(text[start:place].strip())
            start = place + 1
    return [*parts, text[start:].strip()]
