"""A document's equations as plain data: each its left side and the steps that follow, as text."""

from __future__ import annotations

from typing import Any

from ..documents.document import Document, Equations, Heading, Paragraph
from .text import TextMath


def sections(document: Document, *, ascii: bool = False) -> list[dict[str, Any]]:
    """One entry for each heading: its title, what is said, and its equations."""
    text = TextMath(ascii)
    found: list[dict[str, Any]] = []
    for block in document.blocks:
        if isinstance(block, Heading) or not found:
            title = block.text if isinstance(block, Heading) else ""
            found.append({"title": text.plain(title), "remarks": [], "equations": []})
        if isinstance(block, Paragraph):
            found[-1]["remarks"].append(text.plain(block.text))
        if isinstance(block, Equations):
            found[-1]["equations"] += [
                {
                    "left": text.line(each.left) if each.left else "",
                    "steps": [
                        {"sign": text.plain(relation.sign), "right": text.line(relation.right)}
                        for relation in each.relations
                    ],
                    "condition": text.plain(each.condition),
                    "note": text.plain(each.note),
                }
                for each in block.items
            ]
    return found
