"""Numbers of a problem file → arrays, each number with its text as typed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import InputError, KeyPath
from ..formula.arithmetic import Array
from ..problem.problem import Numbers
from .keys import describe
from .toml import Typed

LARGEST = 1e100
MAX_NUMBERS = 5_000_000
_LONGEST_TEXT = 30
_NUMERIC = frozenset((int, Typed))

Rows = list[list[object]]


def scalar(value: object, path: KeyPath, what: str) -> Numbers:
    """One number, as Numbers of shape ()."""
    check_number(value, path, what)
    one = vector([value], path, what)
    return Numbers(one.values.reshape(()), one.texts.reshape(()))


def vector(items: Sequence[object], path: KeyPath, what: str) -> Numbers:
    """A flat list of numbers."""
    if not _NUMERIC.issuperset(map(type, items)):
        for position, item in enumerate(items):
            check_number(item, (*path, position), what)
    return Numbers(_values(items, path, what), _texts(items))


def matrix(rows: Rows, path: KeyPath, what: str) -> Numbers:
    """Rows of numbers, all of one length, which the caller has checked."""
    if not all(_NUMERIC.issuperset(map(type, row)) for row in rows):
        for number, row in enumerate(rows):
            for position, item in enumerate(row):
                check_number(item, (*path, number, position), f"row {number + 1} of {what}")
    shape = (len(rows), len(rows[0]))
    flat = [item for row in rows for item in row]
    return Numbers(_values(flat, path, what, shape[1]).reshape(shape), _texts(flat).reshape(shape))


def tensor(value: object, path: KeyPath, what: str, most_axes: int) -> Numbers:
    """A number, or a list of lists of numbers, every axis as long everywhere.

    Raises InputError where rows differ in length, for an empty list, and for what is no number.
    """
    if not isinstance(value, list):
        return scalar(value, path, what)
    shape: list[int] = []
    inner: object = value
    while isinstance(inner, list):
        shape.append(len(inner))
        inner = inner[0] if inner else None
    if len(shape) > most_axes:
        raise InputError(
            f"{what} is nested {len(shape)} deep", path=path, help=f"a list may be nested {most_axes} deep"
        )
    flat: list[object] = []
    _flatten(value, tuple(shape), path, what, flat)
    if len(flat) > MAX_NUMBERS:
        raise InputError(f"{what} has {len(flat)} numbers, more than {MAX_NUMBERS}", path=path)
    return Numbers(_values(flat, path, what).reshape(shape), _texts(flat).reshape(shape))


def _flatten(value: object, shape: tuple[int, ...], path: KeyPath, what: str, flat: list[object]) -> None:
    if not shape:
        check_number(value, path, what)
        flat.append(value)
        return
    if not isinstance(value, list):
        raise InputError(
            f"{what}: {describe(value)} stands where a list is expected",
            path=path,
            help="every row is a list, as the first one is",
        )
    if not value or len(value) != shape[0]:
        found = f"has {len(value)}" if value else "is empty"
        where = "".join(f"[{int(at) + 1}]" for at in path if isinstance(at, int))
        raise InputError(
            f"{what}{where} {found}, expected {shape[0] or 'a number'}"
            + (" as in the rows before it" if len(path) and isinstance(path[-1], int) else ""),
            path=path,
            help="every row needs as many numbers as the first one" if value else "for example: [0.1, 0.2]",
        )
    for number, item in enumerate(value):
        _flatten(item, shape[1:], (*path, number), what, flat)


def repeated(one: Numbers, times: int) -> Numbers:
    """The same number for every unit."""
    return Numbers(np.full(times, one.values), np.full(times, one.texts))


def transposed(numbers: Numbers) -> Numbers:
    """Columns for rows."""
    return Numbers(np.ascontiguousarray(numbers.values.T), np.ascontiguousarray(numbers.texts.T))


def check_number(value: object, path: KeyPath, what: str) -> None:
    """Raises InputError unless the value is a number of a usable size."""
    if type(value) not in _NUMERIC:
        inside = " must be numbers, not " if path and isinstance(path[-1], int) else " must be a number, not "
        raise InputError(f"{what}{inside}{describe(value)}", path=path, help=_mend(value))
    number = _float(value)
    if number != number or abs(number) > LARGEST:
        typed = getattr(value, "text", "").lower()
        if "nan" in typed or "inf" in typed:
            raise InputError(f"{what}: {typed} is not a finite number", path=path, help="give a number")
        raise InputError(f"{what}: the number is too large", path=path, help="numbers may go up to 1e100")


def list_of(value: object, path: KeyPath, what: str, example: str) -> list[Any]:
    """The value, which must be a list with something in it."""
    if not isinstance(value, list):
        raise InputError(
            f"{what} must be a list, not {describe(value)}", path=path, help=f"for example: {example}"
        )
    if not value:
        raise InputError(f"{what} is an empty list", path=path, help=f"for example: {example}")
    return value


def rows_of(value: object, path: KeyPath, what: str, example: str) -> Rows:
    """The value, which must be a list of lists with something in each."""
    rows = list_of(value, path, what, example)
    count = 0
    for number, row in enumerate(rows):
        if not isinstance(row, list):
            raise InputError(
                f"row {number + 1} of {what} must be a list, not {describe(row)}",
                path=(*path, number),
                help=f"{what} are rows of numbers: {example}",
            )
        if not row:
            raise InputError(
                f"row {number + 1} of {what} is empty", path=(*path, number), help=f"for example: {example}"
            )
        count += len(row)
    if count > MAX_NUMBERS:
        raise InputError(f"{what} have {count} numbers, more than {MAX_NUMBERS}", path=path)
    return rows


def _mend(value: object) -> str | None:
    if isinstance(value, str):
        try:
            float(value.replace("\u2212", "-").replace(",", "."))
        except ValueError:
            return None
        return "write it without the quotes" + (", with a decimal point" if "," in value else "")
    if isinstance(value, bool):
        return "0 and 1 are numbers, true and false are not"
    return "write it without the brackets" if isinstance(value, list) else None


def _float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:  # an integer beyond 1.8e308
        return np.inf


def _values(items: Sequence[Any], path: KeyPath, what: str, width: int | None = None) -> Array:
    try:
        values = np.fromiter(map(float, items), np.float64, len(items))
    except OverflowError:
        values = np.fromiter(map(_float, items), np.float64, len(items))
    bad = ~(np.abs(values) <= LARGEST)
    if bad.any():
        first = int(bad.argmax())
        at = (first,) if width is None else divmod(first, width)
        subject = what if width is None else f"row {at[0] + 1} of {what}"
        check_number(items[first], (*path, *at), subject)
    return values


def _texts(items: Sequence[object]) -> np.ndarray:
    texts = [item.text if type(item) is Typed else str(item) for item in items]
    together = "".join(texts)
    if any(char in together for char in "_+E") or max(map(len, texts), default=0) > _LONGEST_TEXT:
        texts = [_plain(text) for text in texts]
    return np.array(texts, dtype=str)


def _plain(text: str) -> str:
    """1_000 → 1000, +1 → 1, 1E-3 → 1e-3; a very long text → as many digits as a float64 holds."""
    text = text.removeprefix("+").replace("_", "").replace("E", "e").replace("e+", "e")
    return text if len(text) <= _LONGEST_TEXT else repr(float(text))
