r"""A formula as people paste, code or dictate it → the plain line that the tokenizer reads.

Each rule is one habit: the wrappers of LaTeX, a range behind the formula, code of NumPy or Mathematica, a
name introduced on the spot, dots for the terms between. What a rule does not know it leaves alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from .brackets import closing, split
from .listed import components
from .own_names import without_dots, without_own_names
from .remarks import bare
from .tokens import MAX_LENGTH, UnreadableError, plain


def worded(text: str, marks: frozenset[str] = frozenset()) -> str:
    """The text with every habit's spelling turned into the plain one; `marks` are layers written as z[2].

    Raises UnreadableError for what is too long, or refers to another answer.
    """
    if len(text) > MAX_LENGTH:
        raise UnreadableError(f"it has more than {MAX_LENGTH} characters")
    text = plain(text)
    for mark in marks:  # kept from being read as an index
        text = text.replace(f"[{mark}]", f"⟦{mark}⟧")
    for rule in RULES:
        text = rule(text)
    return text.replace("⟦", "[").replace("⟧", "]").strip()


def listed(text: str, marks: frozenset[str] = frozenset()) -> list[list[str]] | None:
    """The rows of a vector or matrix written out component by component; None where the text is none."""
    text = bare(text)
    for mark in marks:
        text = text.replace(f"[{mark}]", f"⟦{mark}⟧")
    rows = components(_indexed(text))
    return rows and [[cell.replace("⟦", "[").replace("⟧", "]") for cell in row] for row in rows]


def _calls(text: str, name: str, make: Callable[[list[str]], str | None], brackets: str = "(") -> str:
    """Every call of a function, by a pattern for its name, rewritten from its arguments."""
    pattern = re.compile(rf"(?<![\w.\\])(?:{name})\s*(?=[{re.escape(brackets)}])")
    place = 0
    while match := pattern.search(text, place):
        end = closing(text, match.end())
        made = make(split(text[match.end() + 1 : end], ",")) if end > 0 else None
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
    r"|operatorname\*?|textrm|text|mbox|ensuremath|underline)\s*"
)
_BRACES = re.compile(r"\\(?:underbrace|overbrace|underset|textcolor)\s*")


def _latex(text: str) -> str:
    if "\\" not in text and "$" not in text and "&" not in text:
        return text
    text = text.replace(r"\left\|", "‖").replace(r"\right\|", "‖").replace(r"\|", "‖")
    text = _GONE.sub(" ", text)
    text = re.sub(r"\\\\\s*(?:\[[^\]]*\])?\s*$", " ", text)
    text = re.sub(r"\\[,;:!> ]", " ", text).replace("~", " ")
    text = re.sub(r"\\(?:qquad|quad|enspace|thinspace|medspace)(?![a-zA-Z])", "  ", text)
    text = re.sub(r"\\(?:lvert|rvert|vert|mid)(?![a-zA-Z])", "|", text)
    text = re.sub(r"\\(?:lVert|rVert|Vert|parallel)(?![a-zA-Z])", "‖", text)
    text = re.sub(r"\\partial(?![a-zA-Z])\s*", "∂", text)
    text = re.sub(r"\\nabla(?![a-zA-Z])\s*", "∇", text)
    text = re.sub(r"\\in(?![a-zA-Z])\s*", "∈", text)
    text = re.sub(r"\\(?:[Bb]igg?[lrm]?|middle|left|right)(?![a-zA-Z])", " ", text)
    text = text.replace("\\langle", "⟨").replace("\\rangle", "⟩").replace("\\otimes", "⊗")
    text = re.sub(r"\\(?:dots|ldots|cdots|dotsb|dotsc)(?![a-zA-Z])", "…", text)
    text = re.sub(
        r"\\(?:coloneqq|coloneq|equiv|approx|triangleq|gets|leftarrow|longleftarrow)(?![a-zA-Z])", "=", text
    )
    text = _transposes(text)
    text = _unbraced(text).replace("\\{", "{").replace("\\}", "}")
    text = re.sub(r"\\dot\s*\{?\s*(\\sigma|σ)\s*\}?", "σ\u0307", text)
    return _fractions(_over(text))


def _over(text: str) -> str:
    r"""{a \over b} as \frac{a}{b}."""
    for _ in range(20):
        match = re.search(r"\\over(?![a-zA-Z])", text)
        if not match:
            return text
        start, depth = match.start(), 0
        while start >= 0 and not (text[start] == "{" and depth == 0):
            depth += (text[start] == "}") - (text[start] == "{")
            start -= 1
        end = closing(text, start) if start >= 0 else -1
        if end < 0:
            return text
        top, bottom = text[start + 1 : match.start()].strip(), text[match.end() : end].strip()
        text = f"{text[:start]}\\frac{{{top}}}{{{bottom}}}{text[end + 1 :]}"
    return text


def _transposes(text: str) -> str:
    t = r"\\(?:top|intercal|mathsf\s*\{?\s*T\s*\}?|mathrm\s*\{\s*T\s*\}|text\s*\{\s*T\s*\}|mathtt\s*\{\s*T\s*\})"
    return re.sub(rf"\^\s*(?:\{{\s*(?:{t}|T)\s*\}}|{t}(?![a-zA-Z]))", "ᵀ", text)


def _unbraced(text: str) -> str:
    r"""\boxed{x} → x, \mathbf{x} → x, \underbrace{x}_{y} → x."""
    for _ in range(60):
        if match := _BRACES.search(text):
            start = match.end()
            ends = closing(text, start) if text[start : start + 1] == "{" else -1
            if ends < 0:
                return text
            kept, rest = text[start + 1 : ends], text[ends + 1 :]
            if "underset" in match.group() or "textcolor" in match.group():
                second = re.match(r"\s*\{", rest)
                if second and (end := closing(rest, second.end() - 1)) > 0:
                    kept, rest = rest[second.end() : end], rest[end + 1 :]
            elif script := re.match(r"\s*[_^]\s*\{", rest):
                end = closing(rest, script.end() - 1)
                rest = rest[end + 1 :] if end > 0 else rest
            text = f"{text[: match.start()]} {kept} {rest}"
        elif match := _INNER.search(text):
            rest = text[match.end() :]
            ends = closing(rest, 0) if rest[:1] == "{" else -1
            if ends > 0:
                inside, rest = rest[1:ends].strip(), rest[ends + 1 :]
                if inside == "d":  # of a derivative: it belongs to what follows
                    text = text[: match.start()] + "d" + rest.lstrip()
                else:
                    glued = re.search(r"[_^({\[]\s*$", text[: match.start()])
                    before = "" if glued else " "
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


# Derivatives in their other notations.

_SYMBOL = r"(?:\\?[^\W\d_]+[\u0300-\u036f]?(?:_(?:\{[^{}]*\}|[^\W_]+))*)"
_ACTIVATION = r"(?:\\?(?:sigma|sigmoid|tanh|relu|phi|varphi)|σ|φ|ReLU)"
_OPERATOR = rf"(?:\\frac\s*\{{\s*[d∂]\s*\}}\s*\{{\s*[d∂]\s*(?P<a>{_SYMBOL})\s*\}}|(?<![\w\\])[d∂]\s*/\s*[d∂]\s*(?P<b>{_SYMBOL}))"
_OF_FUNCTION = re.compile(
    rf"{_OPERATOR}\s*[(\[]?\s*(?P<f>{_ACTIVATION})\s*\(\s*(?P<x>{_SYMBOL})\s*\)"
    rf"|(?:\\frac\s*\{{\s*[d∂]\s*(?P<g>{_ACTIVATION})\s*(?:\(\s*{_SYMBOL}\s*\))?\s*\}}\s*\{{\s*[d∂]\s*(?P<c>{_SYMBOL})\s*\}}"
    rf"|(?<![\w\\])[d∂]\s*(?P<h>{_ACTIVATION})\s*(?:\(\s*{_SYMBOL}\s*\))?\s*/\s*[d∂]\s*(?P<d>{_SYMBOL}))(?!\s*\()"
)
_OF_SYMBOL = re.compile(rf"{_OPERATOR}\s*(?P<f>{_SYMBOL})(?!\s*[(^*/])")
_NABLA = re.compile(
    r"(?:∇|(?<![\w\\\}])∂|(?<![\w\\])D)\s*_\s*(?:\{(?P<a>(?:[^{}]|\{[^{}]*\})*)\}|(?P<b>[^\W_]+(?:_[^\W_]+)?))\s*(?P<f>\\?[^\W\d_](?![\w(]))"
)


def _derivatives(text: str) -> str:
    """d/dg σ(g), dσ/dg and diff(σ(g), g) as σ′(g); ∇_g L, ∂_g L, d/dg L and diff(L, g) as ∂L/∂g."""
    if not re.search(r"[d∂D∇]", text):
        return text
    text = _calls(text, "diff|Derivative|D|grad|gradient", _differentiated, "([")
    text = _OF_FUNCTION.sub(_primed, text)
    text = _OF_SYMBOL.sub(lambda m: f"(∂{m['f']}/∂{m['a'] or m['b']})", text)
    return _NABLA.sub(lambda m: f"(∂{m['f']}/∂{m['a'] or m['b']})", text)


def _primed(match: re.Match[str]) -> str:
    if match["f"]:
        by = match["a"] or match["b"]
        return f"{match['f']}'({match['x']})" if _same_symbol(by, match["x"]) else match.group()
    return f"{match['g'] or match['h']}'({match['c'] or match['d']})"


def _same_symbol(one: str, other: str) -> bool:
    return re.sub(r"[{}\s]", "", one) == re.sub(r"[{}\s]", "", other)


def _differentiated(arguments: list[str]) -> str | None:
    """diff(σ(g), g) and diff(L, g)."""
    if len(arguments) != 2:
        return None
    top, bottom = arguments
    if call := re.fullmatch(rf"({_ACTIVATION})\s*\(\s*({_SYMBOL})\s*\)", top):
        return f"{call[1]}'({call[2]})" if _same_symbol(call[2], bottom) else None
    return f"(∂{top}/∂{bottom})" if re.fullmatch(_SYMBOL, top) and re.fullmatch(_SYMBOL, bottom) else None


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
        r"^\s*(?:(?:it|this)\s+)?(?:(?:is\s+)?(?:the\s+)?(?:same as|equals?|equal to)|is)\s+(?=\S)",
        "",
        text,
        flags=re.I,
    )


# Code.

_MODULES = re.compile(
    r"(?<![\w.])(?:np|numpy|math|torch|jnp|sympy|sp|tf|nn|F|scipy\.special|special)\.(?=[A-Za-z])"
)
_DERIVED = re.compile(
    r"(?<![A-Za-z\\])(?:(sigma|sigmoid|tanh|relu|ReLU|softplus|silu|gelu|elu|σ|g|f|phi|φ|h|act|activation)_?(?:prime|deriv|derivative|grad|backward|der)|(sigma|sigmoid)_p"
    r"|(?:d|deriv|derivative|grad|der)_?(?:of_)?(sigmoid|tanh|relu|softplus|σ|sigma))(?=\s*[(\[])"
)
_SLOPE = re.compile(
    r"(?:\\frac\s*\{)?\s*(?<![A-Za-z\\])[d∂]\s*(\\?[a-z]+|σ|φ)\s*\(([^()]*)\)\s*(?:\}\s*\{|/)\s*[d∂]\s*\2(?![\w^(])\s*\}?"
)
_CODE_PARTIAL = re.compile(
    r"(?<![A-Za-z0-9_\\])d([A-Za-z])_?d([A-Za-z]+)((?:_[A-Za-z0-9]{1,3})?)(?![A-Za-z0-9_(])"
)
_INDEXED = re.compile(
    r"(?<![\w\\])((?:[^\W\d_]|[A-Za-z]+(?:_hat)?)[\u0300-\u036f]?)\s*\[\s*([^\W_]{1,2})\s*(?:(?:,|\]\s*\[)\s*([^\W_]{1,2})\s*)?\]"
)
_FUNCTION_NAMES = "sigma|sigmoid|Sigmoid|LogisticSigmoid|σ|tanh|Tanh|relu|ReLU|exp|Exp|log|Log|ln|sqrt|Sqrt|softplus|softmax|abs|Abs|max|Max|min|Min"


_REFUSED = {
    r"einsum\s*\(": "einsum is not read here: write the sum out, sum_k …, or a product of matrices with @",
    r"\blambda\s+\w+\s*:|\bdef\s+\w+": "a program is not read here: write the formula alone",
    r"\b(?:Linear|Dense|mse_loss|MSELoss|binary_cross_entropy|backward|autograd|grad\s*\()": (
        "what a library works out is not read here: write the formula out"
    ),
}


def _code(text: str) -> str:
    for pattern, why in _REFUSED.items():
        if re.search(pattern, text):
            raise UnreadableError(why)
    text = re.sub(r"^\s*return\s+", "", text)
    if re.match(r"\s*\d+,\d+\s*[*·(×A-Za-zŷ]", text):  # a decimal comma
        text = text.replace(",", ".", 1)
    text = re.sub(r"\[\[\s*(\w+(?:\s*,\s*\w+)*)\s*\]\]", r"[\1]", text)
    text = re.sub(r"(?<![A-Za-z])E\s*(?:\^|\*\*)\s*(?=[({-])", "e^", text)
    if "…" not in text:
        text = text.replace(".*", "*").replace("*.", "*")
    text = _MODULES.sub("", text)
    text = re.sub(r"(?<=[\w)\]])\.T(?![A-Za-z])", "ᵀ", text)
    text = re.sub(r"\[\s*:\s*,\s*(?:None|newaxis)\s*\]\s*\*\s*([^\W\d]\w*)(?![\w\[(.])", r" @ \1ᵀ", text)
    text = re.sub(r"\[\s*:\s*,\s*(?:None|newaxis)\s*\]|\.reshape\(\s*-1\s*,\s*1\s*\)", "", text)
    text = re.sub(r"\[\s*(?:None|newaxis)\s*,\s*:\s*\]|\.reshape\(\s*1\s*,\s*-1\s*\)", "ᵀ", text)
    text = re.sub(r"(\((?:[^()]|\([^()]*\))*\)|\w+)\.(?:sum)\(\)", r"sum(\1)", text)
    text = re.sub(r"(?:\.pow\(\s*2\s*\)|\.square\(\s*\))", "^2", text)
    text = re.sub(
        r"(?<![A-Za-z\\])(?:expit|[Ll]ogistic|[Ss]igm?|logsig|SIGMOID|Sigmoid)(?=\s*'?\s*[(\[])",
        "sigmoid",
        text,
    )
    text = re.sub(r"\bones(?:_like)?\s*\([^()]*\)", "1", text)
    text = text.replace("∥", "‖")
    text = re.sub(r"‖([^‖]+)‖(?:_\{?2\}?)?\s*(?:\^\s*\{?\s*2\s*\}?|²|\*\*\s*2)", r"sum((\1)^2)", text)
    text = re.sub(r"‖([^‖]+)‖(?:_\{?[12]\}?)?", r"|\1|", text)
    text = re.sub(r"⊗\s*([\w∂/]+|\\frac\s*\{[^{}]*\}\s*\{[^{}]*\})", r"@ \1ᵀ", text)
    text = re.sub(r"\^\s*T(?=[A-Za-z(])", "ᵀ", text)
    text = re.sub(r"⟨([^,⟨⟩]+),([^⟨⟩]+)⟩", r"((\1)@(\2))", text)
    text = re.sub(
        r"(?<![A-Za-z])transpose\s*\(([^()]*)\)|Transpose\s*\[([^\[\]]*)\]",
        lambda m: f"({m[1] or m[2]})ᵀ",
        text,
    )
    text = _calls(text, "Subscript", lambda a: f"{a[0]}_{{{','.join(a[1:])}}}" if len(a) > 1 else None, "[(")
    text = text.replace("σ\u0307", "σ'")  # Newton's dot
    text = _SLOPE.sub(lambda m: f"{m[1]}'({m[2]})", text)
    text = _DERIVED.sub(lambda m: f"{m[1] or m[2] or m[3]}'", text)
    text = re.sub(r"(?<![A-Za-z])([A-Za-z])_?hat(?![A-Za-z])", lambda m: f"{m[1]}\u0302", text)
    text = _CODE_PARTIAL.sub(lambda m: f"∂{m[1]}/∂{m[2]}{m[3]}", text)
    text = _indexed(text)
    text = _calls(text, "(?:" + _FUNCTION_NAMES + ")'?", lambda a: None)
    text = _square_calls(text)
    text = _sums(text)
    text = _calls(text, "dot|matmul|mm|inner|vdot", lambda a: f"(({a[0]})@({a[1]}))" if len(a) == 2 else None)
    text = _calls(text, "outer", lambda a: f"(({a[0]})@({a[1]})ᵀ)" if len(a) == 2 else None)
    text = _calls(text, "multiply|mul", lambda a: f"(({a[0]})⊙({a[1]}))" if len(a) == 2 else None)
    text = _calls(text, "mean|Mean", lambda a: f"(sum({', '.join(a)})/n)" if a[0] else None)
    text = _calls(text, "square|Square|sqr", lambda a: f"(({a[0]})^2)" if len(a) == 1 else None)
    text = _calls(text, "power|pow|Power", lambda a: f"(({a[0]})^({a[1]}))" if len(a) == 2 else None, "([")
    text = _calls(text, "divide|true_divide", lambda a: f"(({a[0]})/({a[1]}))" if len(a) == 2 else None)
    text = _calls(text, "subtract", lambda a: f"(({a[0]})-({a[1]}))" if len(a) == 2 else None)
    text = re.sub(r"(?<![A-Za-z])(?:maximum|fmax|Max)(?=\s*\()", "max", text)
    text = re.sub(r"(?<=[\w)\]])\.dot\s*\(", "@(", text)
    text = re.sub(r"(?<=[^\W\d_])\.(?=[^\W\d_(])|(?<=[)\]}])\.(?=[^\W_(])", "*", text)
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

    text = _INDEXED.sub(change, text)
    text = re.sub(r"\)\s*\[\s*([i-np-t1-9])\s*(?:,\s*([i-np-t1-9])\s*)?\]", _of_brackets, text)
    return re.sub(r"(?<![\w\\])([^\W\d_])\s*\[\s*(?:(\w)\s*,\s*:|:\s*,\s*(\w))\s*\]", r"\1_{\2\3}", text)


def _of_brackets(match: re.Match[str]) -> str:
    """(u x + b)[j] as (u x + b)_{j}."""
    return f")_{{{','.join(filter(None, match.groups()))}}}"


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
        end = closing(text, match.end() - 1)
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
        if pairs := re.fullmatch(
            r"(.*?)\s+for\s+(\w+)\s*,\s*(\w+)\s+in\s+zip\s*\((\w+)\s*,\s*(\w+)\)\s*", inside
        ):
            body = pairs[1]
            for own, of in ((pairs[2], pairs[4]), (pairs[3], pairs[5])):
                body = re.sub(rf"(?<![\w\\]){own}(?!\w)", f"{of}_{{q}}", body)
            return f"(Σ_{{q}} ({body}))"
        runs = [re.fullmatch(r"(\w)(?:\s*(?:=|∈|in)\s*\{?\s*\d[^(){}]*\}?)?", part) for part in arguments]
        if len(runs) == 2 and bool(runs[0]) != bool(runs[1]):
            run, body = (runs[0], arguments[1]) if runs[0] else (runs[1], arguments[0])
            return f"(Σ_{{{run[1]}}} ({body}))" if run else None
        limits = [re.fullmatch(r"[({]\s*(\w)\s*(?:,[^(){}]*)?[)}]", part) for part in arguments[1:]]
        if limits and all(limits):
            return f"({' '.join(f'Σ_{{{limit[1]}}}' for limit in limits if limit)} ({arguments[0]}))"
        return None

    text = re.sub(
        r"(?:\b[Ss]um|[Σ∑]|\\sum)\s+(?:over|for|from)\s+(?:all\s+)?(\w)(?:\s*(?:=|from)\s*1\s*(?:to|\.\.|…|bis|,)+\s*\w)?\s*(?:of\b|:)?\s",
        r"Σ_{\1} ",
        text,
    )
    text = re.sub(
        r"_\s*\{\s*(\w)\s*(?:∈|=|in)\s*\{?\s*1\s*(?:\.\.+|…|⋯|,)[^{}]*?(\w+)\s*\}?\s*\}",
        r"_{\1=1}^{\2}",
        text,
    )
    text = re.sub(
        r"_\s*\{\s*1\s*(?:≤|<=|\\leq?)\s*(\w)\s*(?:≤|<=|\\leq?)\s*(\w+)\s*\}", r"_{\1=1}^{\2}", text
    )
    return _calls(text, "sum|Sum|np\\.sum|fsum", loop, "([")


RULES: tuple[Callable[[str], str], ...] = (
    bare,
    _latex,
    _scripts,
    _same,
    _ended,
    _code,
    _derivatives,
    _ranges,
    _ended,
    without_own_names,
    without_dots,
)
