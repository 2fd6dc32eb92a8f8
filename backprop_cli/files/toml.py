"""TOML text → nested dicts and lists, with every float kept as it was typed, and faults told in our words."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from functools import cache

from ..errors import InputError, Place
from .positions import line_text, place_at, token

# A problem file needs four levels; a parser that recurses must not meet five thousand.
MAX_NESTING = 32

Document = dict[str, object]


class Typed(float):
    """A TOML float that remembers how it was typed."""

    __slots__ = ("text",)
    text: str


def typed(text: str) -> Typed:
    """A float from its text."""
    number = Typed(text)
    number.text = text
    return number


def parse_toml(text: str, file: str) -> Document:
    """The document a TOML text holds. Raises InputError with the place where it is not TOML."""
    _check_nesting(text, file)
    _check_keys(text, file)
    try:
        return tomllib.loads(text, parse_float=typed)
    except tomllib.TOMLDecodeError as error:
        raise _fault(str(error), text, file) from None
    except RecursionError:
        raise InputError(f"{file}: brackets are nested too deeply") from None
    except ValueError:  # int() refuses more digits than sys.get_int_max_str_digits()
        raise _long_integer(text, file) from None


def _check_nesting(text: str, file: str) -> None:
    if text.count("[") + text.count("{") <= MAX_NESTING:
        return
    depth = 0
    for match in token().finditer(text):
        bracket = match.group()
        if bracket in "[{":
            depth += 1
            if depth > MAX_NESTING:
                raise InputError(
                    f"brackets are nested more than {MAX_NESTING} deep",
                    place=place_at(text, file, match.start()),
                    help="weights are rows of numbers, two brackets deep: [[0.15, 0.20], [0.25, 0.30]]",
                )
        elif bracket in "]}":
            depth = max(0, depth - 1)


def _check_keys(text: str, file: str) -> None:
    """A key of many parts is a table in a table in a table …, for which a parser takes quadratic time."""
    if text.count(".") < MAX_NESTING or not (found := _many_parts().search(text)):
        return
    for words in token().finditer(text):  # not a key, but the words of a text or a comment
        while found and words.start() < found.start() < words.end():
            found = _many_parts().search(text, words.end())
        if found is None:
            return
        if words.start() >= found.end():
            break
    raise InputError(
        f"a key has more than {MAX_NESTING} parts",
        place=place_at(text, file, found.start()),
        help="a key is a name, such as learning_rate",
    )


@cache
def _many_parts() -> re.Pattern[str]:
    part = r"""(?:[A-Za-z0-9_-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')"""
    return re.compile(rf"(?<![\w.\\-]){part}(?:[ \t]*+\.[ \t]*+{part}){{{MAX_NESTING}}}")


def _long_integer(text: str, file: str) -> InputError:
    longest = max(re.finditer(r"\d[\d_]*", text), key=lambda match: match.end() - match.start(), default=None)
    start, end = longest.span() if longest else (0, 0)
    return InputError(
        f"an integer of {end - start} digits is too long to be read",
        place=place_at(text, file, start, end),
        help="numbers may go up to 1e100",
    )


def _fault(message: str, text: str, file: str) -> InputError:
    """tomllib's complaint as an InputError: its position read back out of it, its words made plainer."""
    match = re.fullmatch(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", message, re.DOTALL)
    what = match.group(1) if match else message
    if match and match.group(2):
        line, column = int(match.group(2)), int(match.group(3))
    else:
        line = text.rstrip().count("\n") + 1
        column = len(line_text(text, line)) + 1
    place = Place(file, line, column, line_text(text, line))
    for pattern, explain in _EXPLANATIONS.items():
        if found := re.fullmatch(pattern, what, re.DOTALL):
            return explain(found, place)
    return InputError(f"not TOML: {what[:1].lower()}{what[1:]}", place=place)


def _at_key(place: Place) -> Place:
    """The key at the start of a line, where tomllib points behind its value."""
    key = re.match(r"\s*(\[*[^=\]]*\]*)", place.text)
    begin, end = key.span(1) if key else (0, 1)
    end = begin + len(place.text[begin:end].rstrip())
    return Place(place.file, place.line, begin + 1, place.text, max(1, end - begin))


def _twice(what: str) -> Callable[[re.Match[str], Place], InputError]:
    def explain(found: re.Match[str], place: Place) -> InputError:
        at = _at_key(place)
        named = at.text[at.column - 1 : at.column - 1 + at.length]
        help = "keep one of them"
        if "[layers]" in named:
            help = "every layer's table needs double brackets: [[layers]]"
        return InputError(
            f"the {'table' if '[' in named else what} {named} stands twice", place=at, help=help
        )

    return explain


def _says(message: str, help: str | None = None) -> Callable[[re.Match[str], Place], InputError]:
    return lambda found, place: InputError(f"not TOML: {message}", place=place, help=help)


def _illegal(found: re.Match[str], place: Place) -> InputError:
    char = found.group(1)
    if char == r"\n":
        return InputError(
            "not TOML: the text is not closed on its line", place=place, help='add the closing "'
        )
    return InputError(
        f"not TOML: the control character '{char}' is not allowed here",
        place=place,
        help="delete it; it may be invisible in an editor",
    )


# What an unreadable value begins with → how to mend it.
_VALUE_HELP = (
    (r"[-+]?\.\d", "a number needs a digit before the point: 0.5"),
    ("[−–]", 'write the minus sign as the plain "-" of the keyboard'),
    (r"[-+]?\d+,\d", "write a decimal point: 0.5"),
    (r"\d+/\d", "write a fraction as a decimal number"),
    ("(True|False|TRUE|FALSE)", "write true or false in small letters"),
    (r"[^\W\d]", 'text stands in quotes: "sigmoid"'),
    (r"\s*(#|$)", "the value is missing after the ="),
)


def _invalid_value(found: re.Match[str], place: Place) -> InputError:
    rest = place.text[place.column - 1 :]
    help = next((text for pattern, text in _VALUE_HELP if re.match(pattern, rest)), None)
    length = len(re.split(r"[\s,\]}#]", rest, maxsplit=1)[0])
    shown = Place(place.file, place.line, place.column, place.text, max(1, length))
    return InputError("not TOML: this is not a value", place=shown, help=help)


def _not_the_end(found: re.Match[str], place: Place) -> InputError:
    comma = re.search(r"\d$", place.text[: place.column - 1]) and place.text[place.column - 1 :].startswith(
        ","
    )
    help = "write a decimal point: 0.5" if comma else "one key a line; a comment begins with #"
    return InputError("not TOML: expected the line to end here", place=place, help=help)


_KEY_HELP = "a line reads: key = value"
_EXPLANATIONS: dict[str, Callable[[re.Match[str], Place], InputError]] = {
    "Cannot overwrite a value": _twice("key"),
    r"Duplicate inline table key .*": _twice("key"),
    r"Cannot declare .* twice": _twice("table"),
    "Invalid value": _invalid_value,
    "Expected '=' after a key in a key/value pair": _says('expected "=" after the key', _KEY_HELP),
    "Invalid statement": _says("this line is no key, table or comment", _KEY_HELP),
    "Expected newline or end of document after a statement": _not_the_end,
    "Unclosed array": _says(
        "a list is not closed, or a comma is missing in it", "a list reads: [0.15, 0.20]"
    ),
    "Unclosed inline table": _says(
        "a { is not closed, or a comma is missing in it", "a table reads: { name = 1 }"
    ),
    "Unterminated string": _says("a text is not closed", 'add the closing "'),
    r"Illegal character '(.*)'": _illegal,
    r"Unescaped '\\' in a string": _says(
        "a \\ in double quotes begins an escape", r"LaTeX stands in single quotes: '\partial L'"
    ),
}
