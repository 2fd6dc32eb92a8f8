"""Which quantity is meant: a cell or role, or a symbol as the handout prints it or as it is typed.

out.weight_gradient[1,2], out.weights[1,1], Θ_11[out], Theta_11[out], B, B_jk, w^(2)_11, ∂L/∂B.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import product as positions
from math import prod

from ..errors import InputError
from ..formula.tree import SAMPLE, Ref
from ..plan.steps import Plan, Step
from .document import Math, Partial, Symbol
from .equation_lines import shape
from .symbols import Symbols

BASES = {
    "weight_gradient": "weights",
    "bias_gradient": "bias",
    "activation_gradient": "activation",
    "delta": "preactivation",
    "descent_delta": "preactivation",
}
MAX_CELLS = 5000  # beyond it a cell is found by its name, LAYER.ROLE[…], and by its letters only


@dataclass(frozen=True)
class Target:
    """A quantity of the plan, or one cell of it."""

    step: Step
    position: tuple[int, ...] | None = None


def derivable(plan: Plan) -> list[Step]:
    """The steps a derivation can be asked of, an unwritten error signal included, from the output back."""
    merged = {("delta", level) for level in _levels(plan) if plan.problem.merged(level)}
    descent = {("delta", level) for level in _levels(plan) if plan.step("descent_delta", level)}
    steps = [step for step in plan.steps if step.quantity in BASES and step.key not in merged | descent]
    return sorted(steps, key=_backwards)


def _backwards(step: Step) -> tuple[bool, int, bool]:
    return step.phase == "gradient", -step.level, step.quantity != "activation_gradient"


def _levels(plan: Plan) -> range:
    return range(1, plan.problem.depth + 1)


def find(plan: Plan, symbols: Symbols, wanted: str) -> Target:
    """The quantity that a name stands for. Raises InputError with what is near, and with what there is."""
    steps = derivable(plan)
    if not wanted.strip():
        raise InputError("--of is empty", help=_known(symbols, steps))
    cell = re.fullmatch(r"\s*([^\[\]]+)\.([a-z_]+)\s*(?:\[([\d\s,]+)\])?\s*", wanted)
    if cell:
        return _cell(plan, steps, wanted, cell[1].strip(), cell[2], cell[3])
    by_name: dict[str, list[Target]] = {}
    shown: dict[str, str] = {}
    for name, display, target in _names(plan, symbols, steps):
        places = by_name.setdefault(name, [])
        shown.setdefault(name, display)
        if target not in places:
            places.append(target)
    folded = _folded(wanted)
    found = by_name.get(folded) or by_name.get(folded.replace(",", ""))
    # Without its layer's mark: whatever has that name in one layer or another.
    found = found or [each for name in by_name if _MARK.sub("", name) == folded for each in by_name[name]]
    if len(found) > 1:
        # A gradient rather than the error signal of the same name; the general form rather than a cell.
        exact = [each for each in found if each.step.phase == "gradient"] or found
        exact = [each for each in exact if each.position is None] or exact
        if len(exact) > 1:
            names = " or ".join(_role(plan, each) for each in exact[:6])
            raise InputError(f'"{wanted}" could be {names}', help=f"write --of {_role(plan, exact[0])}")
        found = exact
    if found:
        return found[0]
    raise _unknown(wanted, symbols, steps, shown)


def _unknown(wanted: str, symbols: Symbols, steps: list[Step], shown: dict[str, str]) -> InputError:
    roles = {_folded(role): role for role in (_role_of(symbols, step) for step in steps)}
    by_lower = {name.lower(): display for name, display in {**roles, **shown}.items()}
    near = get_close_matches(_folded(wanted).lower(), by_lower, 1, 0.6)
    guess = f"did you mean {by_lower[near[0]]}? " if near else ""
    return InputError(f'no quantity is called "{wanted}"', help=guess + _known(symbols, steps))


def _known(symbols: Symbols, steps: list[Step]) -> str:
    pairs = [f"{plain(symbol_of(symbols, step))} ({_role_of(symbols, step)})" for step in steps]
    return f"known: {', '.join(pairs)}"


def _role_of(symbols: Symbols, step: Step) -> str:
    quantity = "delta" if step.quantity == "descent_delta" else step.quantity
    return f"{symbols.problem.layer(step.level).name}.{quantity}"


def _role(plan: Plan, target: Target) -> str:
    role = _role_of(Symbols(plan.problem), target.step)
    if target.position is None:
        return role
    shown = [
        str(place + 1)
        for index, place in zip(target.step.indices, target.position, strict=True)
        if index.level != SAMPLE or plan.problem.samples > 1
    ]
    return f"{role}[{','.join(shown)}]" if shown else role


def _cell(plan: Plan, steps: list[Step], wanted: str, layer: str, role: str, inside: str | None) -> Target:
    problem, symbols = plan.problem, Symbols(plan.problem)
    ours = [step for step in steps if problem.layer(step.level).name == layer]
    if not ours:
        near = get_close_matches(layer, [each.name for each in problem.layers], 1, 0.5)
        guess = f"did you mean {near[0]}? " if near else ""
        raise InputError(f'no layer is called "{layer}"', help=guess + _known(symbols, steps))
    step = next(
        (
            each
            for each in ours
            if role in (each.quantity, BASES[each.quantity], each.quantity.removeprefix("descent_"))
        ),
        None,
    )
    if step is None:
        raise _unknown(wanted, symbols, steps, {})
    if inside is None:
        return Target(step)
    return Target(step, _position(plan, step, wanted, inside))


def _position(plan: Plan, step: Step, wanted: str, inside: str) -> tuple[int, ...]:
    """The indices in a cell's brackets, counted from 1, as positions; the sample is left out if it is one."""
    problem = plan.problem
    places = [int(part) - 1 for part in inside.split(",") if part.strip()]
    free = [i for i in step.indices if i.level != SAMPLE or problem.samples > 1]
    names = ["sample" if index.level == SAMPLE else "unit" for index in free]
    if step.quantity == "weight_gradient":
        names = ["unit", "input"]
    if len(places) != len(free):
        needs = f"[{','.join(names)}]" if names else "no index"
        count = f"{len(places)} index" if len(places) == 1 else f"{len(places)} indices"
        raise InputError(f'"{wanted}" has {count}, expected {len(free)}', help=f"it takes {needs}")
    for name, place, index in zip(names, places, free, strict=True):
        size = problem.size(index)
        if place < 0 or (isinstance(size, int) and place >= size):
            raise InputError(f'"{wanted}" asks for {name} {place + 1}, and there are {size}')
        if isinstance(size, str):
            raise InputError(
                f'"{wanted}" asks for {name} {place + 1}, but their number is the letter {size}',
                help="leave the brackets out, or put numbers in with --values random",
            )
    given = dict(zip(free, places, strict=True))
    return tuple(given.get(index, 0) for index in step.indices)


def _names(plan: Plan, symbols: Symbols, steps: list[Step]) -> Iterator[tuple[str, str, Target]]:
    """Every name of every quantity and cell, with the symbol that it is a spelling of."""
    numbered = [s for s in steps if all(isinstance(plan.problem.size(i), int) for i in s.indices)]
    targets = [Target(step) for step in steps]
    if sum(prod(shape(plan.problem, step)) for step in numbered) <= MAX_CELLS:
        targets += [
            Target(step, position)
            for step in numbered
            for position in positions(*(range(count) for count in shape(plan.problem, step)))
        ]
    for target in targets:
        for symbol in _symbols(symbols, target.step, target.position):
            for name in _spellings(symbol):
                yield name, plain(symbol), target


def _symbols(symbols: Symbols, step: Step, position: tuple[int, ...] | None) -> Iterator[Math]:
    """The parameter or unit that a gradient is by, and the error signal's own symbol."""
    bound = dict(zip(step.indices, position, strict=True)) if position is not None else {}
    where = {**symbols.singles, **bound}
    base = BASES[step.quantity]
    if position is None:
        yield symbols.write(Ref(base, step.level), {})
        yield symbols.write(Ref(step.quantity, step.level), {})
    yield symbols.write(Ref(base, step.level, step.indices), where)
    yield symbols.write(step.ref, where)


def symbol_of(symbols: Symbols, step: Step) -> Math:
    """What a step is shown as in a list: the parameter with its letters, or the error signal."""
    if step.phase == "gradient":
        return symbols.write(Ref(BASES[step.quantity], step.level, step.indices), symbols.singles)
    return symbols.write(step.ref, symbols.singles)


def _spellings(math: Math) -> Iterator[str]:
    """The folded ways to type a symbol: w(2)11, with commas between its indices and without."""
    if isinstance(math, Partial):
        yield from _spellings(math.bottom)
        return
    text = plain(math)
    yield _folded(text)
    yield _folded(text).replace(",", "")


def plain(math: Math) -> str:
    """A symbol as one types it: Θ_11[out], w_jk, ∂L/∂z_k."""
    if isinstance(math, Partial):
        return f"∂{plain(math.top)}/∂{plain(math.bottom)}"
    if not isinstance(math, Symbol):
        return ""
    inside = f"({plain(math.of)})" if math.of else ""
    subscripts = math.subscripts
    joined = ("" if all(len(part) == 1 for part in subscripts) else ",").join(subscripts)
    mark = f"^{math.mark}" if math.mark.startswith("(") else math.mark
    below = f"_{joined}" if joined else ""
    return (
        f"{math.name}{mark}{below}{inside}" if mark.startswith("^") else f"{math.name}{below}{mark}{inside}"
    )


_MARK = re.compile(r"(\([^()]*\)|\[[^\[\]]*\])$")
_ACCENTS = {"\u0302": "hat", "\u0303": "tilde", "\u0304": "bar"}
_GREEK = re.compile(r"GREEK (SMALL|CAPITAL) LETTER (?:FINAL )?(\w+)")


def _folded(name: str) -> str:
    """A name without what typing leaves open: small digits, Greek, braces, the place of the layer's mark."""
    name = re.sub(r"^\s*\\[dt]?frac\s*\{.*?\}\s*\{\s*(?:\\partial|d)\b(.*)\}\s*$", r"\1", name)
    name = re.sub(r"^\s*(?:∂|d)[^/]*/\s*(?:∂|d)\s*", "", name.strip())
    text = "".join(_letter(char) for char in unicodedata.normalize("NFKD", name))
    text = re.sub(r"[\s_^{}\\*·]", "", text)
    marks: list[str] = []
    for kind in (r"\[[^\[\]]*\]", r"\([^()]*\)"):
        marks += re.findall(kind, text)
        text = re.sub(kind, "", text)
    return text + "".join(marks)


def _letter(char: str) -> str:
    match = _GREEK.fullmatch(unicodedata.name(char, ""))
    if match is None:
        return _ACCENTS.get(char, char)
    return match[2].capitalize() if match[1] == "CAPITAL" else match[2].lower()
