"""Functions of one's own: mish = "x tanh(ln(1 + e^x))" → its letter and its formula."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..formula.tree import Formula, Ref, transform
from ..functions.table import ROWS
from ..problem.equations import ARGUMENT, OwnFunction
from .equation_names import FUNCTIONS, WORDS, spelled
from .equation_reading import Bases, read_side
from .equation_text import EquationError, Origin, tidied


def read_functions(texts: Mapping[str, str]) -> dict[str, OwnFunction]:
    """Each function by its name: its letter, its formula over ARGUMENT, and its source.

    A name may say its letter, "mish(x)"; a function may use those above it. Raises EquationError, which says
    in `where` the function it is about.
    """
    found: dict[str, OwnFunction] = {}
    for key, text in texts.items():
        try:
            name, argument, formula = _function(key, text, frozenset(found))
        except EquationError as error:
            error.where = key
            raise
        found[name] = OwnFunction(argument, formula, " ".join(text.split()))
    return found


def _function(key: str, text: str, before: frozenset[str]) -> tuple[str, str, Formula]:
    match = re.fullmatch(r"\s*([^\W\d_][^\W_]*)\s*(?:\(\s*([^\W\d_])\s*\))?\s*", key)
    whole = (0, len(text))
    if not match:
        raise EquationError(f'"{key}" is no name of a function', whole, "a name is a word: mish")
    name, letter = spelled(match[1]), match[2]
    if name in WORDS and not (name in FUNCTIONS and len(name) > 1 and ROWS[FUNCTIONS[name]].activation):
        raise EquationError(f"{key} is a function that is known already", whole, "choose another name")
    side = text.rpartition("=")[2] if re.match(rf"\s*{re.escape(match[1])}\s*\([^()]*\)\s*=", text) else text
    origin = tidied(Origin.of(side, len(text) - len(side)).part(0))
    if not origin.text:
        raise EquationError("a function needs a formula", whole, 'for example: "x tanh(ln(1 + e^x))"')
    letters = [letter] if letter else []
    read = read_side(origin, Bases({one: frozenset(("",)) for one in letters}, {}, before, open=not letters))
    used = list(dict.fromkeys(use.base for use in read.uses))
    if len(used) > 1:
        raise EquationError(
            f"a function has one letter, and this one has {' and '.join(used)}",
            read.uses[[use.base for use in read.uses].index(used[1])].span,
            "write numbers for what does not change",
        )
    if any(use.suffixes for use in read.uses) or read.scopes:
        raise EquationError("a function is about one number, without indices", whole)
    argument = used[0] if used else letter or "x"

    def put(part: Formula) -> Formula:
        return ARGUMENT if isinstance(part, Ref) else part

    return name, argument, transform(read.formula, put)
