r"""A formula as people paste, code or dictate it → the plain line that the tokenizer reads.

Each rule is one habit: the wrappers of LaTeX, a range behind the formula, code of NumPy or Mathematica, a
name introduced on the spot, dots for the terms between. What a rule does not know it leaves alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from .tokens import MAX_LENGTH, UnreadableError

_OPEN = {"(": ")", "[": "]", "{": "}"}
MOST_NAMES = 4


def worded(text: str, marks: frozenset[str] = frozenset()) -> str:
    """The text with every habit's spelling turned into the plain one; `marks` are layers written as z[2].

    Raises UnreadableError for what is too long, or refers to another answer.
    """
    if len(text) > MAX_LENGTH:
        raise UnreadableError(f"it has more than {MAX_LENGTH} characters")
    for mark in marks:  # kept from being read as an index
        text = text.replace(f"[{mark}]", f"⟦{mark}⟧")
    for rule in RULES:
        text = rule(text)
    return text.replace("⟦", "[").replace("⟧", "]").strip()


_MATRIX = re.compile(
    r"^(?:.*=)?\s*(?:\\left\s*[(\[])?\s*\\begin\{[pbvB]?(?:small)?matrix\}(.*)\\end\{[pbvB]?(?:small)?matrix\}.*$",
    re.S,
)
_LIST = re.compile(
    r"^(?:[^=]*=)?\s*(?:np\.array|array|Matrix|torch\.tensor)?\s*\(?\s*\[(.*)\]\s*\)?\s*(?:ᵀ|\.T|\^T)?\s*\.?$",
    re.S,
)


def components(text: str) -> list[list[str]] | None:
    """The rows of a vector or matrix written out; None where the text is none."""
    if match := _MATRIX.match(text):
        rows = [row for row in re.split(r"\\\\(?:\[[^\]]*\])?", match[1]) if row.strip()]
        return [[cell.strip() for cell in row.split("&")] for row in rows]
    bare = re.sub(r"(?:ᵀ|\.T|\^T|\^\{?\\top\}?)?\s*\.?\s*$", "", text.rpartition("=")[2].strip())
    if bare.startswith("(") and _closing(bare, 0) == len(bare) - 1 and len(_arguments(bare[1:-1])) > 1:
        return [[part] for part in _arguments(bare[1:-1])]
    if (match := _LIST.match(text)) and "," in match[1]:
        parts = _arguments(match[1])
        if len(parts) > 1 and not any(re.fullmatch(r"\w{1,2}", part) for part in parts):
            inner = [re.fullmatch(r"\[(.*)\]", part) for part in parts]
            return [_arguments(one[1]) if one else [part] for one, part in zip(inner, parts, strict=True)]
    return None


def _closing(text: str, start: int) -> int:
    """The place of the bracket that closes the one at `start`; −1 where there is none."""
    opening, depth = text[start], 0
    for place in range(start, len(text)):
        if text[place] == opening:
            depth += 1
        elif text[place] == _OPEN[opening]:
            depth -= 1
            if not depth:
                return place
    return -1


def _arguments(inside: str) -> list[str]:
    """What stands between the commas that are in no bracket."""
    parts, depth, start = [], 0, 0
    for place, char in enumerate(inside):
        depth += (char in "([{") - (char in ")]}")
        if char == "," and depth == 0:
            parts.append(inside[start:place].strip())
            start = place + 1
    return [*parts, inside[start:].strip()]


def _calls(text: str, name: str, make: Callable[[list[str]], str | None], brackets: str = "(") -> str:
    """Every call of a function, by a pattern for its name, rewritten from its arguments."""
    pattern = re.compile(rf"(?<![\w.\\])(?:{name})\s*(?=[{re.escape(brackets)}])")
    place = 0
    while match := pattern.search(text, place):
        end = _closing(text, match.end())
        made = make(_arguments(text[match.end() + 1 : end])) if end > 0 else None
        if made is None:
            place = match.end() + 1
        else:
            text = text[: match.start()] + made + text[end + 1 :]
            place = match.start()
            if len(text) > 4 * MAX_LENGTH:
                raise UnreadableError("it grows too long when it is written out")
    return text


# LaTeX.

_GONE = re.compile(
    r"\\(?:begin|end)\s*\{(?:equation|align|aligned|gather|gathered|split|displaymath|math)\*?\}"
    r"|\\(?:tag|label|hspace|vspace|phantom|color)\*?\s*\{[^{}]*\}"
    r"|\\(?:nonumber|notag|displaystyle|textstyle|limits|nolimits|hfill|left\s*\.|right\s*\.)(?![a-zA-Z])"
    r"|\\[()\[\]]|&|\$"
)
_INNER = re.compile(
    r"\\(?:boxed|mathrm|mathbf|mathcal|mathscr|mathbb|mathit|mathsf|mathtt|boldsymbol|bm|vec|cancel|textbf|textit"
    r"|operatorname\*?|textrm|mbox|ensuremath|underline)\s*"
)
_BRACES = re.compile(r"\\(?:underbrace|overbrace|underset|textcolor)\s*")


def _latex(text: str) -> str:
    if "\\" not in text and "$" not in text and "&" not in text:
        return text
    text = _GONE.sub(" ", text)
    text = re.sub(r"\\\\\s*(?:\[[^\]]*\])?\s*$", " ", text)
    text = re.sub(r"\\[,;:!> ]", " ", text).replace("~", " ")
    text = re.sub(r"\\(?:qquad|quad|enspace|thinspace|medspace)(?![a-zA-Z])", "  ", text)
    text = re.sub(r"\\(?:lvert|rvert|lVert|rVert|vert|Vert|mid)(?![a-zA-Z])", "|", text)
    text = re.sub(r"\\(?:[Bb]igg?[lrm]?|middle|left|right)(?![a-zA-Z])", " ", text)
    text = text.replace("\\langle", "⟨").replace("\\rangle", "⟩").replace("\\otimes", "⊗")
    text = re.sub(r"\\(?:dots|ldots|cdots|dotsb|dotsc)(?![a-zA-Z])", "…", text)
    text = re.sub(
        r"\\(?:coloneqq|coloneq|equiv|approx|triangleq|gets|leftarrow|longleftarrow)(?![a-zA-Z])", "=", text
    )
    text = _transposes(text)
    text = _unbraced(text)
    return _fractions(text)


def _transposes(text: str) -> str:
    t = r"\\(?:top|intercal|mathsf\s*\{?\s*T\s*\}?|mathrm\s*\{\s*T\s*\}|text\s*\{\s*T\s*\}|mathtt\s*\{\s*T\s*\})"
    return re.sub(rf"\^\s*(?:\{{\s*(?:{t}|T)\s*\}}|{t}(?![a-zA-Z]))", "ᵀ", text)


def _unbraced(text: str) -> str:
    r"""\boxed{x} → x, \mathbf{x} → x, \underbrace{x}_{y} → x."""
    for _ in range(60):
        if match := _BRACES.search(text):
            start = match.end()
            ends = _closing(text, start) if text[start : start + 1] == "{" else -1
            if ends < 0:
                return text
            kept, rest = text[start + 1 : ends], text[ends + 1 :]
            if "underset" in match.group() or "textcolor" in match.group():
                second = re.match(r"\s*\{", rest)
                if second and (end := _closing(rest, second.end() - 1)) > 0:
                    kept, rest = rest[second.end() : end], rest[end + 1 :]
            elif script := re.match(r"\s*[_^]\s*\{", rest):
                end = _closing(rest, script.end() - 1)
                rest = rest[end + 1 :] if end > 0 else rest
            text = f"{text[: match.start()]} {kept} {rest}"
        elif match := _INNER.search(text):
            rest = text[match.end() :]
            ends = _closing(rest, 0) if rest[:1] == "{" else -1
            if ends > 0:
                inside, rest = rest[1:ends].strip(), rest[ends + 1 :]
                if inside == "d":  # of a derivative: it belongs to what follows
                    text = text[: match.start()] + "d" + rest.lstrip()
                else:
                    before = "" if len(inside) > 1 else " "
                    after = "" if re.match(r"\s*[_^'(]", rest) else " "
                    text = f"{text[: match.start()]}{before}{inside}{after}{rest.lstrip() if not after else rest}"
            else:
                text = text[: match.start()] + " " + rest
        else:
            return text
    return text


def _fractions(text: str) -> str:
    r"""\frac12 and \frac{1}2 with their braces."""
    one = r"(\{(?:[^{}]|\{[^{}]*\})*\}|[0-9A-Za-z])"
    text = re.sub(r"\\(?:[dtc]frac|nicefrac|sfrac)(?![a-zA-Z])", r"\\frac", text)

    def braced(match: re.Match[str]) -> str:
        top, bottom = (part if part.startswith("{") else f"{{{part}}}" for part in match.groups())
        return f"\\frac{top}{bottom}"

    return re.sub(rf"\\frac\s*{one}\s*{one}", braced, text)


def _scripts(text: str) -> str:
    r"""Primes as superscripts, and subscripts within subscripts: z_{n_k^{[out]}} is z(n_k^{[out]})."""
    text = re.sub(r"\^\s*(?:\{\s*(?:\\prime|'|′)\s*\}|\\prime(?![a-zA-Z])|['′])", "'", text)
    text = re.sub(r"_\s*\{\s*([^\W\d_])\s*_\s*\{?(\w)\}?\s*,\s*([^{}]*)\}", r"_{\3}(\1_{\2})", text)
    text = re.sub(
        r"_\s*\{\s*([^\W\d_])\s*_\s*(?:\{([^{}]*)\}|(\w))\s*(\^?)\s*(?:\{([^{}]*)\})?\s*\}", _nested, text
    )
    return (
        re.sub(r"(?<=[^\W\d_])\s*\^\s*\{?\s*\(1\)\s*\}?\s*(?=\()", "\u2032", text)
        if "σ" in text or "sigma" in text
        else text
    )


def _nested(match: re.Match[str]) -> str:
    unit, index, single, power, mark = match.groups()
    return f"({unit}_{{{index or single}}}{power and '^'}{f'{{{mark}}}' if mark else ''})"


# Ranges behind a formula, and what ends a sentence.

_LETTER = r"(?:[^\W\d_]|\\[a-z]+)"
_RUN = rf"{_LETTER}(?:\s*(?:,|and|und|et|y)\s*{_LETTER})*"
_COUNT = r"(?:=|∈|\\in(?![a-z])|from|von)"
_RANGES = (
    rf"(?:^|\s|,|;|\(|\{{)\s*(?:\\text\s*\{{\s*)?(?:for|für|pour|para)\s+(?:all|every|each|alle|jedes|todo|tout)?\s*[^=]{{0,12}}?(?:{_COUNT}|\}}?\s*$|(?:all|every|each)).*$",
    r"(?:\\text\s*\{\s*)?(?:for|für)\s+(?:all|every|each)\b.*$",
    r"(?:\\forall(?![a-z])|∀).*$",
    rf"[,;]\s*{_RUN}\s*{_COUNT}\s*\{{?\s*\d+\s*(?:[,…}}–]|\.\.|to\b|bis\b|and\b|$).*$",
    rf"\(\s*{_RUN}\s*(?:=|∈)\s*\d\s*(?:,|…|\.\.)[^()]*\)\s*$",
    rf"\s(?:where|with|mit)\s+{_RUN}\s*(?:=|∈)\s*\d\s*(?:,|…|\.\.).*$",
    r"[;,]?\s*(?:the )?sums? (?:runs )?over .*$",
)


def _ranges(text: str) -> str:
    for pattern in _RANGES:
        text = re.sub(pattern, "", text)
    return text


def _ended(text: str) -> str:
    """Without what closes a sentence or a line."""
    text = re.sub(r"\\\\\s*$", "", text.strip())
    while re.search(r"(?:(?<!\.)\.(?!\.)|[,;:])\s*$", text):
        text = re.sub(r"\s*[.,;:]\s*$", "", text)
    return text


def _same(text: str) -> str:
    if re.fullmatch(
        r"\s*(?:the\s+)?(?:same|equal|idem|dito|ditto|see|siehe)(?:\s+(?:as|to))?\s*(?:above|before|oben|that|it)?\s*\.?\s*",
        text,
        re.I,
    ):
        raise UnreadableError("it refers to another answer: write the formula out")
    return re.sub(
        r"^\s*(?:it is\s+)?(?:the\s+)?(?:same as|equals?|equal to|is)\s+(?=\S)", "", text, flags=re.I
    )


# Code.

_MODULES = re.compile(
    r"(?<![\w.])(?:np|numpy|math|torch|jnp|sympy|sp|tf|nn|F|scipy\.special|special)\.(?=[A-Za-z])"
)
_DERIVED = re.compile(
    r"(?<![A-Za-z\\])(?:(sigma|sigmoid|tanh|relu|ReLU|softplus|silu|gelu|elu|σ|g|f|phi|φ|h|act|activation)_?(?:prime|deriv|derivative|grad|backward)"
    r"|d_?(sigmoid|tanh|relu|softplus|σ|sigma))(?=\s*[(\[])"
)
_SLOPE = re.compile(
    r"(?:\\frac\s*\{)?\s*(?<![A-Za-z\\])[d∂]\s*(\\?[A-Za-z]+|σ|φ)\s*\(([^()]*)\)\s*(?:\}\s*\{|/)\s*[d∂]\s*\2\s*\}?"
)
_CODE_PARTIAL = re.compile(
    r"(?<![A-Za-z0-9_\\])d([A-Za-z])_?d([A-Za-z]+)((?:_[A-Za-z0-9]{1,3})?)(?![A-Za-z0-9_(])"
)
_INDEXED = re.compile(
    r"(?<![\w\\])((?:[^\W\d_]|[A-Za-z]+(?:_hat)?)[\u0300-\u036f]?)\s*\[\s*([^\W_]{1,2})\s*(?:(?:,|\]\s*\[)\s*([^\W_]{1,2})\s*)?\]"
)
_FUNCTION_NAMES = "sigma|sigmoid|Sigmoid|LogisticSigmoid|σ|tanh|Tanh|relu|ReLU|exp|Exp|log|Log|ln|sqrt|Sqrt|softplus|softmax|abs|Abs|max|Max|min|Min"


def _code(text: str) -> str:
    if "…" not in text:
        text = text.replace(".*", "*").replace("*.", "*")
    text = _MODULES.sub("", text)
    text = re.sub(r"(?<=[\w)\]])\.T(?![A-Za-z])", "ᵀ", text)
    text = re.sub(r"\[\s*:\s*,\s*(?:None|newaxis)\s*\]|\.reshape\(\s*-1\s*,\s*1\s*\)", "", text)
    text = re.sub(r"\[\s*(?:None|newaxis)\s*,\s*:\s*\]|\.reshape\(\s*1\s*,\s*-1\s*\)", "ᵀ", text)
    text = re.sub(r"(\((?:[^()]|\([^()]*\))*\)|\w+)\.(?:sum)\(\)", r"sum(\1)", text)
    text = re.sub(r"(?<![A-Za-z])(?:expit|logistic)(?=\s*\()", "sigmoid", text)
    text = re.sub(r"⊗\s*([\w∂/]+)", r"@ \1ᵀ", text)
    text = re.sub(r"⟨([^,⟨⟩]+),([^⟨⟩]+)⟩", r"((\1)@(\2))", text)
    text = re.sub(
        r"(?<![A-Za-z])transpose\s*\(([^()]*)\)|Transpose\s*\[([^\[\]]*)\]",
        lambda m: f"({m[1] or m[2]})ᵀ",
        text,
    )
    text = _calls(text, "Subscript", lambda a: f"{a[0]}_{{{','.join(a[1:])}}}" if len(a) > 1 else None, "[(")
    text = _SLOPE.sub(lambda m: f"{m[1]}'({m[2]})", text)
    text = _DERIVED.sub(lambda m: f"{m[1] or m[2]}'", text)
    text = re.sub(r"(?<![A-Za-z])([A-Za-z])_?hat(?![A-Za-z])", lambda m: f"{m[1]}\u0302", text)
    text = _CODE_PARTIAL.sub(lambda m: f"∂{m[1]}/∂{m[2]}{m[3]}", text)
    text = _indexed(text)
    text = _calls(text, "(?:" + _FUNCTION_NAMES + ")'?", lambda a: None)
    text = _square_calls(text)
    text = _sums(text)
    text = _calls(text, "dot|matmul|mm|inner|vdot", lambda a: f"(({a[0]})@({a[1]}))" if len(a) == 2 else None)
    text = _calls(text, "outer", lambda a: f"(({a[0]})@({a[1]})ᵀ)" if len(a) == 2 else None)
    text = _calls(text, "multiply|mul", lambda a: f"(({a[0]})⊙({a[1]}))" if len(a) == 2 else None)
    text = _calls(text, "square", lambda a: f"(({a[0]})^2)" if len(a) == 1 else None)
    text = _calls(text, "power|pow|Power", lambda a: f"(({a[0]})^({a[1]}))" if len(a) == 2 else None, "([")
    text = _calls(text, "divide|true_divide", lambda a: f"(({a[0]})/({a[1]}))" if len(a) == 2 else None)
    text = _calls(text, "subtract", lambda a: f"(({a[0]})-({a[1]}))" if len(a) == 2 else None)
    text = re.sub(r"(?<![A-Za-z])(?:maximum|fmax|Max)(?=\s*\()", "max", text)
    text = re.sub(r"(?<=[\w)\]])\.dot\s*\(", "@(", text)
    return re.sub(r"(?<![A-Za-z])(?:Rational|Fraction|S)\s*\(\s*(\d+)\s*,\s*(\d+)\s*\)", r"(\1/\2)", text)


def _indexed(text: str) -> str:
    """h[j] and u[j][k] as h_{j} and u_{j,k}; a layer's mark, [out], is longer, and a function's is a call."""

    from_0 = any("0" in match.groups()[1:] for match in _INDEXED.finditer(text))

    def change(match: re.Match[str]) -> str:
        name, *indices = match.groups()
        if re.fullmatch(_FUNCTION_NAMES, name):
            return match.group()
        first, second = (str(int(one) + 1) if from_0 and one and one.isdigit() else one for one in indices)
        return f"{name}_{{{first}{',' + second if second else ''}}}"

    return _INDEXED.sub(change, text)


_CAPITALS = {
    "Exp": "exp",
    "Log": "ln",
    "Tanh": "tanh",
    "Sqrt": "sqrt",
    "Abs": "abs",
    "Max": "max",
    "Min": "min",
    "LogisticSigmoid": "sigmoid",
}


def _square_calls(text: str) -> str:
    """σ[g_j] as σ(g_j), Exp[x] as exp(x)."""
    pattern = re.compile(rf"(?<![A-Za-z\\])({_FUNCTION_NAMES})('?)\s*\[")
    while match := pattern.search(text):
        end = _closing(text, match.end() - 1)
        if end < 0:
            return text
        name = _CAPITALS.get(match[1], match[1])
        text = f"{text[: match.start()]}{name}{match[2]}({text[match.end() : end]}){text[end + 1 :]}"
    return re.sub(r"(?<![A-Za-z\\])(Exp|Log|Tanh|Sqrt|Abs|Max|Min)(?=\s*\()", lambda m: _CAPITALS[m[1]], text)


def _sums(text: str) -> str:
    """sum(w_j h_j for j in range(3)), Sum[w_j h_j, {j, 3}] and Sum(w_j h_j, (j, 1, 3)) as Σ_{j} (w_j h_j)."""

    def loop(arguments: list[str]) -> str | None:
        inside = ", ".join(arguments).strip()
        inside = inside[1:-1] if inside.startswith("[") and inside.endswith("]") else inside
        match = re.fullmatch(r"(.*?)((?:\s+for\s+\w+\s+in\s+(?:range\s*\([^()]*\)|\w+))+)\s*", inside)
        if match:
            letters = re.findall(r"for\s+(\w+)\s+in", match[2])
            return f"({' '.join(f'Σ_{{{letter}}}' for letter in letters)} ({match[1]}))"
        limits = [re.fullmatch(r"[({]\s*(\w)\s*(?:,[^(){}]*)?[)}]", part) for part in arguments[1:]]
        if limits and all(limits):
            return f"({' '.join(f'Σ_{{{limit[1]}}}' for limit in limits if limit)} ({arguments[0]}))"
        return None

    return _calls(text, "sum|Sum|np\\.sum|fsum", loop, "([")


# A student's own names, and dots.

_WHERE = re.compile(
    r"^(?P<formula>.+?)(?:\s*[,;]?\s*\b(?:where|with|mit|wobei|using|avec|con)\s+|\s*[,;]\s*)(?P<name>[^\W\d_]\w?(?:_\{?\w+\}?)?)\s*(?::=|=)\s*(?P<value>[^=]+)$"
)
_LET = re.compile(
    r"^\s*(?:let|set|sei|mit|with|define)\s+(?P<name>[^\W\d_]\w?(?:_\{?\w+\}?)?)\s*(?::=|=)\s*(?P<value>[^=]+?)\s*(?:[,;:]\s*(?:then\s*)?|\bthen\b|\bdann\b)\s*(?P<formula>.+)$",
    re.I,
)


def _own_names(text: str) -> str:
    """δ h_j with δ = 2(z − y), or let e = ŷ − y: e a_k, with the name's value in its place."""
    for _ in range(MOST_NAMES):
        match = _LET.match(text) or _WHERE.match(text)
        if not match:
            return text
        name, value = match["name"], match["value"].strip().rstrip(",;")
        pattern = re.escape(name).replace(r"\{", r"\{?").replace(r"\}", r"\}?")
        used = re.compile(rf"(?<![^\W\d_]){pattern}(?![\w{{]|\s*=)")
        if not used.search(match["formula"]):
            return text
        text = used.sub(lambda _, value=value: f"({value})", match["formula"])
        if len(text) > 4 * MAX_LENGTH:
            raise UnreadableError("it grows too long when its names are written out")
    return text


_DOTS = re.compile(r"\s*\+\s*(?:…|\.\.\.|⋯)\s*\+\s*")


def _dots(text: str) -> str:
    """w_1 h_1 + … + w_3 h_3 as Σ_q (w_q h_q): the first and the last term differ in one index alone."""
    match = _DOTS.search(text)
    if not match:
        return text
    before, after = text[: match.start()], text[match.end() :]
    firsts, last = _terms(before), _terms(after)[0]
    count = 1
    shape = _shape(last, None)
    while count < len(firsts) and _shape(firsts[-1 - count], None) == shape:
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


def _terms(text: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for place, char in enumerate(text):
        depth += (char in "([{") - (char in ")]}")
        if char in "+=" and depth == 0:
            parts.append(text[start:place].strip())
            start = place + 1
    return [*parts, text[start:].strip()]


def _shape(term: str, upper: str | None) -> str:
    return re.sub(r"(?<=_)\{?\w\}?", "•", term).replace(" ", "")


RULES: tuple[Callable[[str], str], ...] = (
    _latex,
    _scripts,
    _same,
    _ended,
    _code,
    _ranges,
    _ended,
    _own_names,
    _dots,
)
