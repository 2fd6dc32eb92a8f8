"""A program's arrays as answers: which quantity each is, in which orientation, and how exact it can be.

Names are those of the JSON ("hid.delta", "gradient.W", "loss"), or what programs call things where it is
clear: W1, b1, Z1, A1, dW1, db1, dZ1, dA1. Weights are [unit][input], samples rows; an array the other way
round is turned, and that is told.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..files.keys import clipped
from ..files.source import read_limited
from ..formula.tree import SAMPLE
from ..plan.steps import Plan, Step
from ..problem.equations import given_by_equations
from ..values.cells import Lookup, cells_of, shape_of
from ..values.trace import given_numbers
from ..values.turns import sheet_trace

ENDINGS = (".json", ".npz")
MOST_BYTES = 64 * 1024 * 1024
FEW = 8  # a number with this many decimals was computed, and not typed
ROOM = {2: 8.0, 4: 40.0, 8: 1e6}  # bytes of a float → how many times its ε a computation may be off
_NAME = re.compile(r"(?P<d>d|grad_?|new_?|delta)?(?P<letter>[WbZAwza])_?(?P<level>\d{1,3})")
_ROLES = {
    ("", "w"): "weights",
    ("", "b"): "bias",
    ("", "z"): "preactivation",
    ("", "a"): "activation",
    ("d", "w"): "weight_gradient",
    ("d", "b"): "bias_gradient",
    ("d", "z"): "delta",
    ("d", "a"): "activation_gradient",
    ("new", "w"): "new_weights",
    ("new", "b"): "new_bias",
}
_LOSSES = ("loss", "cost", "L", "J", "C", "E")
_ABOUT = ("schema", "problem", "rounding", "student", "objective", "input_gradient", "turns")
_WEIGHTS = ("weights", "weight_gradient", "new_weights")
_SAMPLED = ("preactivation", "activation", "delta", "activation_gradient")


@dataclass
class ArrayAnswers:
    """Answers by cell as text, how far each may be off through floating point, and what there is to tell."""

    cells: dict[str, str] = field(default_factory=dict)
    noise: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    losses: tuple[float, ...] | None = None  # before the first step and after each


@dataclass(frozen=True)
class _Given:
    """One array: as values, or as texts that were typed."""

    name: str
    step: Step
    array: NDArray[Any]

    @property
    def typed(self) -> bool:
        return self.array.dtype == object


def read_arrays(path: Path) -> tuple[dict[str, Any], str | None]:
    """The arrays of a .json or .npz file, and the name of the problem if it says one.

    Raises InputError when the file cannot be read as one. Nothing that is pickled is opened.
    """
    file = clipped(str(path), 200)
    try:
        raw = read_limited(path, file, MOST_BYTES, "are these the arrays?")
        if path.suffix.lower() == ".npz":
            with ZipFile(io.BytesIO(raw)) as packed:
                size = sum(one.file_size for one in packed.infolist())
            if size > MOST_BYTES:
                raise InputError(
                    f"{file} unpacks to {size // 1024**2} MB, more than {MOST_BYTES // 1024**2} MB",
                    help="are these the arrays?",
                )
            with np.load(io.BytesIO(raw), allow_pickle=False) as stored:
                return {name: stored[name] for name in stored.files}, None
        text = raw.decode("utf-8-sig")
        document = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror or error}") from None
    except (ValueError, RecursionError, EOFError, KeyError, BadZipFile) as error:
        reason = "" if isinstance(error, RecursionError) else f": {clipped(str(error), 120)}"
        raise InputError(f"{file} cannot be read as arrays{reason}") from None
    if not isinstance(document, dict):
        raise InputError(f"{file} holds no names", help='such as {"hid.delta": [[0.1, 0.2]], "loss": 0.5}')
    problem = document.get("problem")
    return document, problem if isinstance(problem, str) else None


def array_answers(
    plan: Plan, answers: Mapping[str, Any], names: Mapping[str, str] | None = None
) -> ArrayAnswers:
    """A program's arrays as the answers to the cells of a plan; `names` says what its names mean.

    Raises InputError for a name that is not known and for an array of another shape, with both shapes.
    """
    lookup = Lookup(plan)
    found = ArrayAnswers()
    given: list[_Given] = []
    for name, value in _flat(answers):
        meant = (names or {}).get(name, name)
        if meant in _ABOUT:
            continue
        if meant == "losses":
            found.losses = tuple(float(one) for one in np.ravel(_array(value, name)).tolist())
            continue
        if (cell := lookup.find(meant)) and "[" in meant:
            given.append(_Given(cell.name, cell.step, _array(value, name)))
            continue
        step = _step(plan, lookup, meant)
        array = _array(value, name)
        if step is None:
            if not _is_given(plan, meant, array, found.notes):
                raise _unknown(name, lookup)
            continue
        given.append(_Given(name, step, array))
    _placed(plan, lookup, given, found)
    return found


def _flat(answers: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Names and arrays: those of a solution's layers, and of tables, with the layer's name before them."""
    flat: list[tuple[str, Any]] = []
    for name, value in answers.items():
        if name == "layers" and isinstance(value, Sequence) and not isinstance(value, str):
            for place, layer in enumerate(value, start=1):
                if not isinstance(layer, Mapping):
                    raise InputError("each of the layers has a name and its arrays")
                own = str(layer.get("name", place))
                flat += [
                    (f"{own}.{role}", array)
                    for role, array in layer.items()
                    if role not in ("name", "activation_function") and array is not None
                ]
        elif isinstance(value, Mapping):
            table = {"values": "value", "gradients": "gradient"}.get(str(name), str(name))
            flat += [(f"{table}.{role}", array) for role, array in value.items() if array is not None]
        elif value is not None:
            flat.append((str(name), value))
    return flat


def _array(value: Any, name: str) -> NDArray[Any]:
    """An array of numbers; of texts, and of numbers with few decimals, as they were typed."""
    if hasattr(value, "detach"):  # a PyTorch tensor
        value = value.detach().cpu().numpy()
    try:
        array = np.asarray(value)
        if array.dtype.kind in "iub":
            array = array.astype(np.float64)
        if array.dtype.kind == "U" or (
            array.dtype.kind == "f" and not isinstance(value, np.ndarray | np.generic)
        ):
            return _typed(array)
        if array.dtype.kind == "f":
            return array
    except (ValueError, TypeError):
        pass
    raise InputError(
        f'"{clipped(name, 60)}" is no array of numbers', help="every row needs as many numbers as the others"
    )


def _typed(array: NDArray[Any]) -> NDArray[Any]:
    texts = array if array.dtype.kind == "U" else np.array([repr(float(x)) for x in array.flat])
    decimals = [len(text.partition(".")[2].partition("e")[0]) for text in map(str, texts.flat)]
    if decimals and max(decimals) >= FEW:
        try:
            return np.array([float(text) for text in map(str, texts.flat)]).reshape(array.shape)
        except ValueError:
            pass
    return texts.astype(object).reshape(array.shape)


def _step(plan: Plan, lookup: Lookup, name: str) -> Step | None:
    """The quantity of a name, as the JSON or as a program has it."""
    if step := lookup.quantity(name):
        return step
    if given_by_equations(plan.problem):
        return (
            lookup.quantity(f"gradient.{name[1:]}") if name[:1] == "d" else lookup.quantity(f"value.{name}")
        )
    if name in _LOSSES:
        return lookup.quantity("loss")
    match = _NAME.fullmatch(name)
    if not match:
        return None
    level = int(match["level"])
    prefix = {"d": "d", "grad": "d", "delta": "d", "new": "new"}.get((match["d"] or "").rstrip("_"), "")
    role = _ROLES.get((prefix, match["letter"].lower()))
    if role is None or not 1 <= level <= plan.problem.depth:
        return None
    return lookup.quantity(f"{plan.problem.layer(level).name}.{role}")


def _is_given(plan: Plan, name: str, array: NDArray[Any], notes: list[str]) -> bool:
    """Whether an array is one that the problem gives: it is compared, and asks for nothing."""
    if given_by_equations(plan.problem):
        return False
    problem = plan.problem
    known = {"X": ("activation", 0), "A0": ("activation", 0), "Y": ("target", problem.depth)}
    key = known.get(name)
    match = _NAME.fullmatch(name)
    layer, _, role = name.rpartition(".")
    if match and not match["d"] and match["letter"].lower() in "wb":
        key = ("weights" if match["letter"].lower() == "w" else "bias", int(match["level"]))
    for level, own in enumerate(problem.layers, start=1):
        if own.name == layer and role in ("weights", "bias"):
            key = (role, level)
    numbers = given_numbers(problem).get(key) if key else None
    if numbers is None:
        return False
    values = np.ravel(array.astype(np.float64)) if array.dtype != object else np.array([])
    same = len(values) == numbers.values.size and (
        np.allclose(values, numbers.values.ravel(), rtol=1e-5, atol=1e-6)
        or np.allclose(np.sort(values), np.sort(numbers.values.ravel()), rtol=1e-5, atol=1e-6)
    )
    if not same and array.dtype != object:
        notes.append(
            f"{name} is not what the problem gives: was it read after the update? "
            "Then name it, as new_weights or new_bias."
        )
    return True


def _unknown(name: str, lookup: Lookup) -> InputError:
    near = (lookup.suggestion(name) or "").partition("[")[0]
    known = ", ".join(list(lookup.steps)[:12])
    return InputError(
        f'nothing here is called "{clipped(name, 60)}"',
        help=f'did you mean "{near}"?' if near else f"names= says what it is; there are {known}",
    )


def _placed(plan: Plan, lookup: Lookup, given: list[_Given], found: ArrayAnswers) -> None:
    """Each array cell by cell, turned where it lies the other way round."""
    turned = {roles: _turned(plan, given, roles) for roles in (_WEIGHTS, _SAMPLED)}
    for one in given:
        if "[" in one.name:
            _cell(found, one.name, one, one.array.reshape(-1)[:1])
            continue
        shape = shape_of(plan, one.step) or ()
        flip = any(turned[roles] and one.step.quantity in roles for roles in turned)
        array = one.array.T if flip and one.array.ndim == 2 else one.array
        if not _fits(array.shape, shape):
            due = _wanted(shape, plan, one.step)
            raise InputError(
                f'"{clipped(one.name, 60)}" has the shape {one.array.shape}, expected {due}',
                help=_axes(one.step),
            )
        for cell, value in zip(cells_of(plan, one.step), array.reshape(-1), strict=True):
            _cell(found, cell.name, one, np.array([value], dtype=array.dtype))
    if turned[_WEIGHTS]:
        found.notes.append("The weights are stored as (inputs, units) and were turned: rows are units here.")
    if turned[_SAMPLED]:
        found.notes.append("The samples are columns and were turned: they are rows here.")


def _cell(found: ArrayAnswers, cell: str, one: _Given, value: NDArray[Any]) -> None:
    if one.typed:
        found.cells[cell] = str(value[0])
        return
    found.cells[cell] = repr(value[0].item() if value.dtype.itemsize == 8 else float(str(value[0])))
    eps = float(np.finfo(one.array.dtype).eps) * ROOM.get(one.array.dtype.itemsize, 1e6)
    finite = np.abs(one.array[np.isfinite(one.array)])
    found.noise[cell] = eps * max(float(finite.max(initial=0.0)), 0.05)


def _fits(own: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    """Whether an array has a quantity's shape, but for axes of length 1."""
    return [size for size in own if size != 1] == [size for size in shape if size != 1]


def _wanted(shape: tuple[int, ...], plan: Plan, step: Step) -> tuple[int, ...]:
    single = bool(step.indices) and step.indices[0].level == SAMPLE and shape[:1] == (1,)
    return shape[1:] if single and not given_by_equations(plan.problem) else shape


def _axes(step: Step) -> str:
    if step.quantity in _WEIGHTS:
        return "a row for each unit, a column for each input; (inputs, units) is turned"
    if step.quantity in _SAMPLED:
        return "a row for each sample, a column for each unit"
    return "as in the JSON of backprop solve"


def _turned(plan: Plan, given: list[_Given], roles: tuple[str, ...]) -> bool:
    """Whether the arrays of some roles lie the other way round: told by their shapes, and by their numbers
    where all are square.
    """
    if given_by_equations(plan.problem):
        return False
    own = [one for one in given if one.step.quantity in roles and one.array.ndim == 2]
    told = []
    for one in own:
        have, want = one.array.shape, shape_of(plan, one.step) or ()
        if len(want) == 2 and want[0] != want[1] and have in (want, want[::-1]):
            told.append(have == want[::-1])
    if told:
        return all(told)
    if roles != _WEIGHTS:
        return False
    trace = sheet_trace(plan.problem)
    straight = flipped = 0
    for one in own:
        if one.typed or one.step.key not in trace.values or len(shape_of(plan, one.step) or ()) != 2:
            continue
        key = trace[one.step.key]
        if key.shape == one.array.shape and not np.allclose(key, key.T, atol=1e-6):
            straight += bool(np.allclose(one.array, key, rtol=1e-3, atol=1e-6))
            flipped += bool(np.allclose(one.array.T, key, rtol=1e-3, atol=1e-6))
    return straight == 0 and flipped > 1
