"""Which cell a form's question asks for: it writes the symbol of one, in any of the usual spellings.

What is δ₁⁽²⁾?   \\(\\delta_1^{(2)}\\)   delta(2)_1   dL/dw_11   \\frac{\\partial L}{\\partial w_{11}}
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from ..plan.steps import Plan, Step
from ..problem.equations import given_by_equations
from ..values.cells import cells_of
from .sheet_symbols import EquationSheetSymbols, SheetSymbols

LONGEST = 400
_GREEK = {
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "delta": "δ",
    "varepsilon": "ε",
    "epsilon": "ε",
    "zeta": "ζ",
    "eta": "η",
    "vartheta": "θ",
    "theta": "θ",
    "lambda": "λ",
    "mu": "μ",
    "nu": "ν",
    "xi": "ξ",
    "rho": "ρ",
    "sigma": "σ",
    "tau": "τ",
    "varphi": "φ",
    "phi": "φ",
    "chi": "χ",
    "psi": "ψ",
    "omega": "ω",
}
_NAMED = re.compile(rf"(?<![A-Za-z])({'|'.join(_GREEK)})(?![a-z])", re.IGNORECASE)
_FRACTION = re.compile(r"\\[dt]?frac\s*\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}\s*\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}")
_WRAPPED = re.compile(
    r"\\(?:mathrm|text|mathbf|boldsymbol|operatorname|mathcal|left|right|displaystyle|quad)(?![a-z])"
)
_SLOPE = re.compile(r"(?<![^\W\d_])d(?=\S*/\s*d)(?=[^\W\d_])")  # the d of dL in dL/dw
_UNDER = re.compile(r"/\s*d(?=[^\W\d_])")
_LISTED = re.compile(r"[_^]\{\s*\d\s*(?:[,;\s]\s*\d\s*)+\}")
_MARKED = re.compile(r"(\(\d+\)|\[\w+\])(\d+)")
_DISTINCT = re.compile(r"[\d∂\[\]()]|[^\x00-\x7f]")
_NEW = re.compile(
    r"\b(?:new|updated?|next|neue?[rsnm]?|aktualisierte?[rsn]?|nuev[oa]s?|nouve(?:au|lle|aux)s?|nuov[oaie])\b",
    re.IGNORECASE,
)
_SAMPLE = re.compile(
    r"\(?\b(?:training )?(?:sample|pattern|turn|beispiel|muster|muestra|exemple|échantillon)s?\s*"
    r"(?:no\.?|nr\.?|#)?\s*(\d{1,4})\)?",
    re.IGNORECASE,
)
_LOSS = re.compile(r"\b(?:loss|cost|objective|verlust|kosten|pérdida|perte|coste?|coût)\b", re.IGNORECASE)
_WORDS = frozenset("aAiIyeoOà")  # letters that are words of their own
# What a letter by itself stands behind where it is a symbol, and not a group's or a part's name.
_ASKED = re.compile(
    r"\b(?:is|are|of|for|compute|calculate|find|give|determine|evaluate|value|loss|cost|new|the|ist|von|für|"
    r"berechnen?|bestimmen?|sie|wert|verlust|es|vale|de|calcul\w*|halle|pérdida|est|valeur|perte|vaut|trouve[rz]?|"
    r"è|calcola|valore|di)[ :]*\Z",
    re.IGNORECASE,
)
_END = re.compile(r"[\s?:=.*!)\]]*\Z")


def canonical(text: str) -> str:
    """A question as symbols are compared in it: ₁, _1 and _{1} are alike, and so are δ, \\delta and delta."""
    text = unicodedata.normalize("NFKC", text[: LONGEST + 1]).replace("−", "-").replace("′", "'")
    for _ in range(2):
        text = _FRACTION.sub(r"\1/\2", text)
    text = _LISTED.sub(lambda match: re.sub(r"[,;\s]", "", match[0]), text)
    text = _WRAPPED.sub("", text).replace("\\partial", "∂").replace("\\nabla", "∇").replace("\\prime", "'")
    text = _UNDER.sub("/∂", _SLOPE.sub("∂", text)) if "/" in text else text
    text = re.sub(r"\\[a-z]+", lambda match: _greek(match[0][1:]), text, flags=re.IGNORECASE)
    text = _NAMED.sub(lambda match: _greek(match[1]), text)
    text = re.sub(r"[_^{}$\\]", "", text)
    text = re.sub(r"\s*/\s*(?=∂)|(?<=∂)\s+", lambda match: match[0].strip(), text)
    text = re.sub(r"(?<=[^\W\d])\s+(?=\(\d+\))|(?<=\(\d\))\s+(?=\d)", "", text)
    return re.sub(r"\s+", " ", text).strip()


def _greek(name: str) -> str:
    letter = _GREEK.get(name.lower())
    if letter is None:
        return name
    return letter.upper() if name[0].isupper() else letter


@dataclass(frozen=True)
class QuestionSymbols:
    """The symbols of a problem's cells, by which its questions are known."""

    plan: Plan

    @cached_property
    def tables(self) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """The cells by their symbols, as they are written and however they are capitalised."""
        kind = EquationSheetSymbols if given_by_equations(self.plan.problem) else SheetSymbols
        written: dict[str, str] = {}
        for ascii in (False, True):
            symbols = kind(self.plan, ascii=ascii)
            found: dict[str, str] = {}
            for step, name, symbol in _symbols(self.plan, symbols):
                for spelled in _spellings(step, symbol):
                    found[spelled] = name if found.get(spelled, name) == name else ""
            written = {**found, **written}
        folded: dict[str, str] = {}
        for spelled, name in written.items():
            key = spelled.casefold()
            folded[key] = name if folded.get(key, name) == name else ""
        return written, folded

    @cached_property
    def news(self) -> Mapping[str, str]:
        """The new values by the symbol that they share with the old ones."""
        begun = "new "
        return {key[len(begun) :]: name for key, name in self.tables[0].items() if key.startswith(begun)}

    def asked(self, question: str) -> str | None:
        """The cell that a question asks for; None where it writes no symbol, or those of several cells."""
        text = canonical(question)
        if sample := _SAMPLE.search(text):
            text = f"{text[: sample.start()]} {text[sample.end() :]}".strip()
        turn = f" ({sample[1]})" if sample else ""
        for one, table in ((text, self.tables[0]), (text.casefold(), self.tables[1])):
            if name := table.get(one + turn) or table.get(one):
                return name
        if not turn and (name := self.news.get(text)):
            return name
        renewed = _NEW.sub("new", text)
        for one, table in ((renewed, self.tables[0]), (renewed.casefold(), self.tables[1])):
            if found := self._written(one, table, turn, _DISTINCT):
                return next(iter(found)) if len(found) == 1 and "" not in found else None
        if _NEW.search(text) and (found := self._written(renewed, self.news, "", None)):
            return next(iter(found)) if len(found) == 1 and "" not in found else None
        found = self._letters(renewed, turn)
        if not found and _LOSS.search(text) and "loss" in self.tables[0].values():
            found = {"loss"}
        return next(iter(found)) if len(found) == 1 and "" not in found else None

    def _written(
        self, text: str, table: Mapping[str, str], turn: str, wanted: re.Pattern[str] | None
    ) -> set[str]:
        """The cells whose symbols a text writes, a longer symbol before those inside it."""
        found: set[str] = set()
        taken: list[tuple[int, int]] = []
        for spelled in sorted((one for one in table if one.endswith(turn)), key=len, reverse=True):
            symbol = spelled.removesuffix(turn) if turn else spelled
            if wanted is not None and not wanted.search(symbol.removeprefix("new ")):
                continue
            for start in places(text, symbol):
                end = start + len(symbol)
                if all(end <= first or last <= start for first, last in taken):
                    taken.append((start, end))
                    found.add(table[spelled])
        return found

    @staticmethod
    def _alone(text: str, start: int, symbol: str, last: int) -> bool:
        """Whether letters in a text are a symbol that is asked for."""
        end = start + len(symbol)
        if text[end:].lstrip()[:1] == "=" or not text[:start].strip(" 0123456789.:)"):
            return end == last or text[end:].lstrip()[:1] in tuple("=:")
        if end != last and (symbol in _WORDS or text[end : end + 1] in tuple("-.'’")):
            return False
        return symbol.startswith("new ") or bool(_ASKED.search(text[:start]))

    def _letters(self, text: str, turn: str) -> set[str]:
        """The cells whose symbols are plain letters that stand by themselves, as L does in "What is L?"."""
        end = _END.search(text)
        last = end.start() if end else len(text)
        found: set[str] = set()
        for spelled, name in self.tables[0].items():
            symbol = spelled.removesuffix(turn)
            if (turn and symbol == spelled) or _DISTINCT.search(symbol):
                continue
            starts = [start for start in places(text, symbol) if self._alone(text, start, symbol, last)]
            if starts:
                found.add(name)
        return found


def _symbols(plan: Plan, symbols: SheetSymbols) -> Iterator[tuple[Step, str, str]]:
    """What each cell that is written is called, and its symbol; in an online problem with its sample."""
    for step in plan.written():
        new = "new " if step.quantity.startswith("new") else ""
        for cell in cells_of(plan, step):
            turn = f" ({cell.position[0] + 1})" if symbols.turns else ""
            yield step, cell.name, f"{new}{canonical(symbols.of(step, cell.position))}{turn}"


def _spellings(step: Step, symbol: str) -> Iterator[str]:
    """A symbol, and with its layer's mark after its index: δ(2)1 and δ1(2)."""
    yield symbol
    if (swapped := _MARKED.sub(r"\2\1", symbol)) != symbol:
        yield swapped


def places(text: str, symbol: str) -> Iterator[int]:
    """Where a symbol stands by itself in a text."""
    start = text.find(symbol)
    while start >= 0:
        before, after = text[start - 1 : start], text[start + len(symbol) : start + len(symbol) + 1]
        if not (before.isalnum() or before in tuple("∂/'") or after.isalnum() or after in tuple("'([")):
            yield start
        start = text.find(symbol, start + 1)
