"""Kinds of mistake on random networks and equations: where they are found, and what they are called.

    python tests/scripts/confusion.py [TRIALS [SEED [DIGITS]]] [--networks | --equations] [--show]

By default 400 trials, half of them networks and half equations, 4 to 6 decimals. Prints the confusion matrix:
a line for each kind with its trials, located, its cells, named, unnamed, named wrongly, and the codes that
were told; then how often a random wrong number is given a name. `--show` prints each failure.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS / "support"), str(TESTS.parent)]

import mistaken  # noqa: E402 - the path above has to be there first
import mistaken_equations as equations  # noqa: E402  # the path to it is set above
import numpy as np  # noqa: E402  # the path to it is set above
from grading import graded, results  # noqa: E402  # the path to it is set above

from backprop_cli.grading.cell_result import CellResult  # noqa: E402  # the path to it is set above

Rng = np.random.Generator
Digits = tuple[int, int]


@dataclass(frozen=True)
class Trial:
    """A problem, a sheet with one mistake on it, the lines where it may be seen first, and what names it."""

    kind: str
    toml: str
    texts: dict[str, Any]
    lines: tuple[str, ...]
    codes: tuple[str, ...]

    def slips(self) -> list[CellResult]:
        """What is told to be wrong."""
        return [one for one in results(graded(self.toml, self.texts)).values() if one.verdict == "slip"]


def says_something(slip: CellResult) -> bool:
    """Whether a cause can be told at all: an answer of 0 fits too much."""
    return bool(slip.slip) or float(slip.answer) != 0


def felt(wrong: dict[str, Any], right: dict[str, Any], digits: int) -> bool:
    """Whether a mistake shows in the digits asked for, by more than rounding."""
    room = 50 * 10.0**-digits
    finite = all(np.isfinite(values).all() for values in wrong.values())
    same = (name for name in right if wrong[name].shape == right[name].shape)
    return finite and any((abs(wrong[name] - right[name]) > room).any() for name in same)


def changed(wrong: dict[str, Any], right: dict[str, Any]) -> list[str]:
    return [name for name in right if not np.allclose(wrong[name], right[name], rtol=1e-9, atol=1e-12)]


def network(rng: Rng, kind: str, digits: Digits) -> Trial | None:
    one = mistaken.KINDS[kind]
    for _ in range(200):
        net = mistaken.any_net(rng, digits)
        places = one.places(net)
        if not places:
            continue
        right = mistaken.worked(net)
        wrong = mistaken.worked(net, kind, int(rng.choice(places)))
        if felt(wrong, right, net.digits):
            lines = tuple(changed(wrong, right)[:2])
            return Trial(kind, net.toml(), mistaken.texts(wrong, net), lines, one.codes)
    return None


def system(rng: Rng, kind: str, digits: Digits) -> Trial | None:
    for _ in range(400):
        one = equations.any_system(rng, digits)
        right = one.worked()
        if kind == "misread":
            wrong = one.worked(numbers=one.misread(rng)).sheet
            if felt(wrong, right.sheet, one.digits):
                lines = tuple(changed(wrong, right.sheet)[:1])
                return Trial(f"= {kind}", one.toml(), equations.texts(wrong, one.digits), lines, ("misread",))
            continue
        places = sorted(line for name, line in right.places if name == kind)
        if not places:
            continue
        line = str(rng.choice(places))
        wrong = one.worked((kind, line)).sheet
        if felt({line: wrong[line]}, {line: right.sheet[line]}, one.digits):
            codes = equations.CODES[kind]
            return Trial(f"= {kind}", one.toml(), equations.texts(wrong, one.digits), (line,), codes)
    return None


def told(
    trials: int, rng: Rng, digits: Digits, make: Callable[..., Trial | None], kinds: list[str], show: bool
) -> Counter[str]:
    """The matrix of so many trials, kind by kind; returns its totals."""
    table: dict[str, Counter[str]] = defaultdict(Counter)
    calls: dict[str, Counter[str]] = defaultdict(Counter)
    for number in range(trials):
        trial = make(rng, kinds[number % len(kinds)], digits)
        if trial is None:
            continue
        slips = trial.slips()
        located = bool(slips) and slips[0].cell.partition("[")[0] in trial.lines
        slips = [one for one in slips if says_something(one)]
        count, codes = table[trial.kind], Counter(one.slip[0] if one.slip else "-" for one in slips)
        good = sum(codes[code] for code in trial.codes)
        count.update(trials=1, located=located, cells=len(slips), named=good, unnamed=codes["-"])
        count["wrongly"] += len(slips) - good - codes["-"]
        calls[trial.kind] += codes
        if show and (not located or good < len(slips)):
            print(f"--- {trial.kind} in {trial.lines}\n{trial.toml}")
            for one in slips:
                print(f"    {one.cell} = {one.answer}, due {one.from_yours} {one.slip} {one.message}")
    total: Counter[str] = Counter()
    for name, count in sorted(table.items()):
        total += count
        matrix = ", ".join(f"{code} {times}" for code, times in calls[name].most_common(5))
        print(
            f"{name:28}{count['trials']:4} located {count['located']:4}  cells {count['cells']:4} named "
            f"{count['named']:4}  unnamed {count['unnamed']:3}  wrongly {count['wrongly']:3}  {matrix}"
        )
    return total


def random_number(rng: Rng, digits: Digits, networks: bool, near: bool) -> tuple[int, Counter[str]]:
    """One random number in an honest sheet, maybe `near` the due one: how many slips, and their names."""
    one = mistaken.any_net(rng, digits) if networks else equations.any_system(rng, digits)
    sheet = mistaken.worked(one) if networks else one.worked().sheet
    names = [name for name in sheet if sheet[name].size]
    name = names[int(rng.integers(len(names)))]
    values = sheet[name].copy()
    place = int(rng.integers(values.size))
    size = max(abs(values.flat[place]), 0.05)
    due = values.flat[place]
    values.flat[place] = due * rng.uniform(0.9, 1.1) if near else rng.uniform(-2 * size, 2 * size)
    if abs(values.flat[place] - sheet[name].flat[place]) < 20 * 10.0**-one.digits:
        return 0, Counter()
    wrong = {**sheet, name: values}
    texts = mistaken.texts(wrong, one) if networks else equations.texts(wrong, one.digits)
    found = results(graded(one.toml(), texts)).values()
    slips = [each for each in found if each.verdict == "slip" and each.cell.partition("[")[0] == name]
    return len(slips), Counter(each.slip[0] for each in slips if each.slip)


def main(trials: int, seed: int, digits: Digits, worlds: list[str], show: bool) -> None:
    rng = np.random.default_rng(seed)
    total: Counter[str] = Counter()
    share = trials // len(worlds)
    if "networks" in worlds:
        total += told(share, rng, digits, network, list(mistaken.KINDS), show)
    if "equations" in worlds:
        total += told(share, rng, digits, system, [*equations.CODES, "misread"], show)
    print(f"located {total['located'] / max(total['trials'], 1):.1%} of {total['trials']}")
    cells = max(total["cells"], 1)
    shares = ", ".join(f"{what} {total[what] / cells:.1%}" for what in ("named", "unnamed", "wrongly"))
    print(f"of {cells} cells {shares}")
    for near in (False, True):
        seen, codes = 0, Counter[str]()
        for number in range(trials):
            networks = worlds[number % len(worlds)] == "networks"
            slips, named = random_number(rng, digits, networks, near)
            seen, codes = seen + slips, codes + named
        where = "near the due one" if near else "anywhere"
        told_of = f"{codes.total() / max(seen, 1):.1%} named {dict(codes.most_common(8))}"
        print(f"random numbers {where}: {seen} slips, {told_of}")


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:] if not argument.startswith("--")]
    worlds = [world for world in ("networks", "equations") if f"--{world}" in sys.argv]
    trials, seed, least = (given + [400, 1, 4][len(given) :])[:3]
    span = (least, least + (3 if len(given) < 3 else 1))
    main(trials, seed, span, worlds or ["networks", "equations"], "--show" in sys.argv)
