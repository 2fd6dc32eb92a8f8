"""What people write around a number: remarks, units, quotation marks, per cent, dots; and what says nothing.

Only what leaves no doubt is taken away. What may be two numbers is refused, and told with both of them.
"""

from __future__ import annotations

import re
from collections.abc import Container

from .tokens import UnreadableError, plain

# A cell that says that nothing was found.
_NOTHING = re.compile(
    r"""[-–—‒−_?./…\s]{0,10}
    |n\s*\.?\s*/?\s*a\.?|\#n/a|k\.?\s?a\.?|keine\s+angabe|no\s+answer|not\s+answered|tbd|todo""",
    re.VERBOSE | re.IGNORECASE,
)
_DECIMAL = r"[-+−–]?\s*(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)(?:\s*[eE]\s*[-+]?[0-9]+)?"
_ABOUT = re.compile(
    r"^\s*(?:ca|approx|appr|circa|about|roughly|around|etwa|rund|ungefähr|gerundet|rounded)\b\.?:?\s*(?=\S)",
    re.IGNORECASE,
)
_REMARK = re.compile(rf"^(?P<number>[=≈~]?\s*{_DECIMAL}%?)\s*[(\[](?P<words>[^()\[\]]*)[)\]]$")
_BARE_REMARK = re.compile(
    rf"^(?P<number>[=≈~]?\s*{_DECIMAL}%?)\s*,?\s+(?:rounded|gerundet|approx\.?|approximately|arrondi|exact|exactly|genau)$",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]{4,}|\b(?:ca|dp|sf|rd|rnd|see|cf)\b|\b(?:d\.p|s\.f)\.?", re.IGNORECASE)
_UNIT = re.compile(
    rf"^(?P<number>[=≈~]?\s*{_DECIMAL})\s*(?P<unit>[mµkM]?[VAWJN]|m?s|[mkc]?m|k?g|Hz|rad|°|€|\$)$"
)
_PER_CENT = re.compile(rf"^(?P<number>[=≈~]?\s*{_DECIMAL})\s*(?:%|per\s?cent|Prozent)$", re.IGNORECASE)
_DOTS = re.compile(rf"^(?P<number>[=≈~]?\s*{_DECIMAL}?)\s*(?:\.{{3}}|…)$")
_QUOTES = (('"', '"'), ("'", "'"), ("“", "”"), ("„", "“"), ("«", "»"), ("`", "`"), ("‘", "’"))
_TEN = re.compile(r"(?<=[0-9.])\s*[xX]\s*(?=10\s*(?:\^|\*\*|[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]))")
_AMBIGUOUS = (
    (
        re.compile(r"^([-+−]?[0-9]+)[·⋅∙•]([0-9]+)$"),
        "{text} may be {0}.{1} or {0} times {1}: write {0}.{1} or {0}*{1}",
    ),
    (
        re.compile(r"^([-+−]?[0-9]*[.,][0-9]+)\s*([(\[])([0-9]+)[)\]]$"),
        "{2} in brackets behind {0} may be a factor or a remark: write {0} or {0}*{2}",
    ),
    (
        re.compile(r"^([-+−]?[0-9]{1,3}(?:[.,' ][0-9]{3})*)([.,' ])([0-9]{3})([.,])([0-9]+)$"),
        "{text} has two signs that may be the decimal point: write {0}{2}.{4}, without separators",
    ),
)


def is_blank(text: str) -> bool:
    """Whether a cell says nothing: empty, or one of the signs for no answer (-, ?, n/a)."""
    if text[-1:].isdigit():  # as nearly all cells of a class end
        return False
    return _NOTHING.fullmatch(plain(text).strip()) is not None


def bare(text: str, symbols: Container[str] = ()) -> tuple[str, int]:
    """A text without what stands around its number, and how far its decimal point moves (2: per cent).

    `symbols` are letters with a meaning of their own, which are no units. Raises UnreadableError for what may
    be two numbers.
    """
    text = plain(text).strip()
    for opening, closing in _QUOTES:
        if len(text) > 1 and text[0] == opening and text[-1] == closing:
            text = text[1:-1].strip()
    if len(text) > 1 and text[0] in "'’`‘" and text[1] in "0123456789.,-+−":
        text = text[1:]  # how a spreadsheet is told that a cell is text
    text = _ABOUT.sub("", text)
    if (match := _REMARK.match(text)) and _WORD.search(match["words"]):
        text = match["number"]
    for pattern in (_BARE_REMARK, _DOTS):
        if match := pattern.match(text):
            text = match["number"]
    text = re.sub(r"(?<=[0-9)\]}])\s*[.;,:]$", "", text) if _ends(text) else text
    if (match := _UNIT.match(text)) and match["unit"] not in symbols:
        text = match["number"]
    for pattern, words in _AMBIGUOUS:
        if match := pattern.match(text):
            raise UnreadableError(words.format(*(_unspaced(part) for part in match.groups()), text=text))
    if match := _PER_CENT.match(text):
        return match["number"].strip(), 2
    if match := re.match(rf"^\(\s*({_DECIMAL})\s*\)$", text):
        text = match[1]
    return _TEN.sub("*", text).strip(), 0


def _ends(text: str) -> bool:
    """Whether a last dot or comma ends the sentence, and not the number: 3. is the number 3."""
    return re.fullmatch(r"[-+−]?[0-9]+[.,]", text) is None


def _unspaced(part: str) -> str:
    return re.sub(r"[.,' ]", "", part) if re.fullmatch(r"[-+−]?[0-9]{1,3}(?:[.,' ][0-9]{3})+", part) else part
