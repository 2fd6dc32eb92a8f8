"""`language` and `[words]` → Language: in which words headings and labels stand."""

from __future__ import annotations

from difflib import get_close_matches

from ..problem.language import LANGUAGES, WORDS, Language
from .keys import KeyFaultError, Table, clipped, name_out_of, prose, table_of

_LONGEST = 300


def read_language(document: Table) -> Language:
    """The language of a problem's document. Raises InputError for an unknown one, and for unknown words."""
    code = "en"
    if "language" in document:
        code = name_out_of(document["language"], LANGUAGES, ("language",), "language", "languages")
    own: dict[str, str] = {}
    if "words" in document:
        table = table_of(document["words"], ("words",), "words", '[words] with Loss = "Kosten"')
        for key in table:
            if key not in WORDS:
                near = get_close_matches(key[:200], WORDS, n=1)
                help = f'did you mean "{near[0]}"?' if near else '"backprop guide words" lists them'
                raise KeyFaultError(f'unknown key "{clipped(key)}"', path=("words", key), help=help)
        own = {key: prose(table, key, _LONGEST) for key in table}
    return Language(code, own)
