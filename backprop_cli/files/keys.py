"""Reading tables of a problem file: known keys, names out of a choice, text fit to print."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, time

from ..errors import InputError, KeyPath

MAX_SYMBOL = 20
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029")

Table = Mapping[str, object]


# What people type from other programs and books → the name it has here.
USUAL = {
    **dict.fromkeys(("logistic", "logistic_sigmoid", "sigmoidal", "sigma", "σ", "expit"), "sigmoid"),
    **dict.fromkeys(("linear", "none", "id", "lin"), "identity"),
    **dict.fromkeys(("rectifier", "rectified_linear", "rectified_linear_unit", "ramp"), "relu"),
    **dict.fromkeys(("lrelu", "prelu"), "leaky_relu"),
    **dict.fromkeys(("hyperbolic_tangent", "tanhyp", "htan"), "tanh"),
    **dict.fromkeys(("swish", "sil"), "silu"),
    **dict.fromkeys(("soft_max", "logsoftmax", "log_softmax", "normalized_exponential"), "softmax"),
    **dict.fromkeys(("heaviside", "threshold", "hardlim", "unit_step"), "step"),
    **dict.fromkeys(("signum", "sgn", "hardlims"), "sign"),
    **dict.fromkeys(("hardsigmoid", "hard_logistic"), "hard_sigmoid"),
    **dict.fromkeys(("mse", "mean_square_error", "mse_loss", "quadratic_mean"), "mean_squared_error"),
    **dict.fromkeys(("sse", "se", "sum_of_squares", "sum_squared_error", "rss"), "squared_error"),
    **dict.fromkeys(("sum_of_squared_errors", "sum_of_squares_error"), "squared_error"),
    **dict.fromkeys(("half_sse", "half_mse", "quadratic", "quadratic_cost", "l2"), "half_squared_error"),
    **dict.fromkeys(("mae", "l1", "sae", "mean_absolute_error"), "absolute_error"),
    **dict.fromkeys(("smooth_l1", "huber_loss"), "huber"),
    **dict.fromkeys(("logcosh",), "log_cosh"),
    **dict.fromkeys(("hinge_loss", "svm", "margin"), "hinge"),
    **dict.fromkeys(("bce", "log_loss", "logistic_loss", "binary_crossentropy"), "binary_cross_entropy"),
    **dict.fromkeys(("nll", "nll_loss", "ce", "crossentropy", "negative_log_likelihood"), "cross_entropy"),
    **dict.fromkeys(
        ("categorical_crossentropy", "categorical_cross_entropy", "softmax_loss"), "cross_entropy"
    ),
    **dict.fromkeys(("sgd", "gd", "vanilla", "steepest_descent"), "gradient_descent"),
    **dict.fromkeys(("nag", "nesterov_momentum"), "nesterov"),
    **dict.fromkeys(("rms", "rms_prop"), "rmsprop"),
    **dict.fromkeys(("ada_grad", "adagrad_sgd"), "adagrad"),
    **dict.fromkeys(("heavy_ball", "polyak"), "momentum"),
    **dict.fromkeys(("lr", "eta", "alpha", "η", "α", "rate", "step_size", "learningrate"), "learning_rate"),
    **dict.fromkeys(("x", "input", "samples", "data", "features_matrix"), "inputs"),
    **dict.fromkeys(("y", "t", "target", "outputs", "desired"), "targets"),
    **dict.fromkeys(("label", "class", "classes"), "labels"),
    **dict.fromkeys(("cost", "error", "loss_function", "cost_function", "criterion"), "loss"),
    **dict.fromkeys(("w", "weight", "theta", "θ", "weight_matrix"), "weights"),
    **dict.fromkeys(("b", "biases", "bias_vector", "intercept"), "bias"),
    **dict.fromkeys(("act", "activation_function", "function", "nonlinearity", "transfer"), "activation"),
    **dict.fromkeys(("neurons", "nodes", "size", "width"), "units"),
    **dict.fromkeys(("decimals", "precision", "places"), "digits"),
    **dict.fromkeys(("l2_decay", "lambda", "λ", "wd", "decay_rate"), "weight_decay"),
    **dict.fromkeys(("mu", "μ"), "momentum"),
    **dict.fromkeys(("eps", "ε"), "epsilon"),
    **dict.fromkeys(("beta1", "β1"), "beta_1"),
    **dict.fromkeys(("beta2", "β2"), "beta_2"),
    **dict.fromkeys(("sgd_mode", "mode", "training"), "schedule"),
    **dict.fromkeys(("full", "exact", "no"), "carry"),
    **dict.fromkeys(("by_hand", "hand", "each", "every_step", "round"), "each-step"),
    **dict.fromkeys(("stochastic", "sample", "incremental", "per_sample"), "online"),
    **dict.fromkeys(("full_batch", "offline"), "batch"),
    **dict.fromkeys(("average", "avg"), "mean"),
    **dict.fromkeys(("total",), "sum"),
}


class KeyFaultError(InputError):
    """An error about a key itself rather than about its value."""


@contextmanager
def within(subject: str) -> Iterator[None]:
    """Says of every InputError raised inside what it is about: `layer "hid": …`."""
    try:
        yield
    except InputError as error:
        raise type(error)(
            f"{subject}: {error.message}", path=error.path, place=error.place, help=error.help
        ) from None


def describe(value: object) -> str:
    """What a TOML value is, in words."""
    if isinstance(value, bool):
        return f"the truth value {str(value).lower()}"
    if isinstance(value, str):
        return f'the text "{clipped(value)}"' if value else "an empty text"
    if isinstance(value, int | float):
        return f"the number {clipped(str(getattr(value, 'text', '')) or digits_of(value))}"
    if isinstance(value, date | time):
        return "a date or time"
    return "a list" if isinstance(value, list) else "a table"


def digits_of(value: float) -> str:
    """A number as text, a huge integer as what it is."""
    if isinstance(value, int) and abs(value) >= 10**30:
        return f"an integer of about {value.bit_length() * 3 // 10} digits"
    return str(value)


def clipped(text: str, length: int = 30) -> str:
    """Text fit for a message: one line, nothing unprintable, not long."""
    shown = "".join(char if char.isprintable() else "�" for char in text[: length + 1])
    return shown if len(text) <= length else shown[: length - 1] + "…"


def counted(number: int, word: str) -> str:
    """1 number, 2 numbers."""
    return f"{number} {word}{'s' if number != 1 else ''}"


def listed(names: Iterable[str]) -> str:
    """Names one after another, each in quotes."""
    return ", ".join(f'"{name}"' for name in names)


def known_keys(
    table: Table, known: Sequence[str], path: KeyPath, elsewhere: Mapping[str, str] | None = None
) -> None:
    """Raises a KeyFaultError for an unknown key, naming the nearest known one, or where the key belongs."""
    for key in table:
        if key not in known:
            help = (elsewhere or {}).get(key) or suggestion(key, known, "keys")
            raise KeyFaultError(f'unknown key "{clipped(key)}"', path=(*path, key), help=help)


def suggestion(name: str, known: Sequence[str], plural: str) -> str:
    """The nearest known name, and the known ones where they are few."""
    from difflib import get_close_matches

    meant = USUAL.get(name[:60].lower().replace("-", "_").replace(" ", "_"))
    near = (
        [meant]
        if meant in known
        else get_close_matches(name[:60].lower().replace("-", "_"), known, n=1, cutoff=0.6)
    )
    near = near or [
        one for one in known if one.replace("_", "") == name.lower().replace("_", "").replace(" ", "")
    ]
    parts = [f'did you mean "{near[0]}"?'] if near else []
    if len(known) <= 12 or not near:
        parts.append(f"{'Known' if near else 'known'} {plural}: {', '.join(known)}")
    return " ".join(parts)


def table_of(value: object, path: KeyPath, what: str, example: str) -> Table:
    """The value, which must be a table."""
    if not isinstance(value, dict):
        raise InputError(
            f"{what} must be a table, not {describe(value)}", path=path, help=f"for example: {example}"
        )
    return value


def name_out_of(value: object, known: Sequence[str], path: KeyPath, what: str, plural: str) -> str:
    """The value, which must be one of the known names."""
    if not isinstance(value, str):
        help = f"write one of: {listed(known)}" if len(known) <= 6 else None
        raise InputError(f"{what} must be a name in quotes, not {describe(value)}", path=path, help=help)
    if value not in known:
        raise InputError(
            f'unknown {what} "{clipped(value)}"', path=path, help=suggestion(value, known, plural)
        )
    return value


def names_out_of(value: object, known: Sequence[str], path: KeyPath, what: str) -> tuple[str, ...]:
    """The value, which must be a list of known names, each at most once."""
    example = f"for example: [{listed(known)}]"
    if not isinstance(value, list):
        raise InputError(f"{what} must be a list of names, not {describe(value)}", path=path, help=example)
    names: list[str] = []
    for position, item in enumerate(value):
        at = (*path, position)
        name = name_out_of(item, known, at, f"entry of {what}", "entries")
        if name in names:
            raise InputError(f'"{name}" stands twice in {what}', path=at, help="name each at most once")
        names.append(name)
    return tuple(names)


def prose(table: Table, key: str, limit: int) -> str:
    """A title or description: any printable text up to a length; empty when absent."""
    value = table.get(key, "")
    if not isinstance(value, str):
        raise InputError(f"{key} must be text in quotes, not {describe(value)}", path=(key,))
    if len(value) > limit:
        raise InputError(
            f"{key} has {len(value)} characters, more than {limit}", path=(key,), help="shorten it"
        )
    value = value.strip()
    for char in value:
        if char in _BIDI or (unicodedata.category(char) in ("Cc", "Cs") and char not in "\n\t"):
            raise InputError(
                f"{key} contains the control character U+{ord(char):04X}",
                path=(key,),
                help="delete it; it may be invisible in an editor",
            )
    return unicodedata.normalize("NFC", value)


def symbol(value: object, path: KeyPath, what: str, example: str | None = None) -> str:
    """A symbol: a short printable text such as "Θ" or "net"."""
    if not isinstance(value, str):
        raise InputError(
            f"the symbol {what} must be text in quotes, not {describe(value)}",
            path=path,
            help="for example: " + (example or f'{what} = "z"'),
        )
    text = unicodedata.normalize("NFC", value.strip(" "))
    if not text:
        raise InputError(
            f"the symbol {what} is empty", path=path, help="leave the line out for the standard symbol"
        )
    if len(text) > MAX_SYMBOL:
        raise InputError(
            f"the symbol {what} has {len(text)} characters, more than {MAX_SYMBOL}",
            path=path,
            help="a symbol is a letter or a short name",
        )
    for char in text:
        if not char.isprintable():
            raise InputError(
                f"the symbol {what} contains the unprintable character U+{ord(char):04X}",
                path=path,
                help="delete it; it may be invisible in an editor",
            )
    return text


def letter(value: object, path: KeyPath, what: str) -> str:
    """An index letter: one letter."""
    text = symbol(value, path, what)
    if len(text) != 1 or not text.isalpha():
        raise InputError(
            f'{what} must be one letter, not "{clipped(text)}"', path=path, help=f'for example: {what} = "k"'
        )
    return text
