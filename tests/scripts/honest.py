"""Honest students, who round as people and calculators do: is any of them harmed?

    python tests/scripts/honest.py [STUDENTS [SEED]] [--networks | --equations]     by default 200, of both

Half of them go on with the numbers they wrote, half carry; they round half up, half to even, or cut; some
carry on a calculator of ten digits.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS / "support"), str(TESTS.parent)]

import mistaken  # noqa: E402 - the path above has to be there first
import mistaken_equations as equations  # noqa: E402  # the path to it is set above
import numpy as np  # noqa: E402  # the path to it is set above
from grading import graded, results  # noqa: E402  # the path to it is set above

Rounding = Callable[[Any, int], Any]
WAYS: dict[str, Rounding] = {
    "half up": lambda x, d: np.copysign(np.floor(np.abs(x) * 10.0**d + 0.5), x) / 10.0**d,
    "half even": lambda x, d: np.round(x, d),
    "cut": lambda x, d: np.trunc(x * 10.0**d + np.sign(x) * 1e-9) / 10.0**d,
}


def ten_digits(x: Any) -> Any:
    """What a calculator that shows ten digits carries."""
    x = np.asarray(x, dtype=float)
    with np.errstate(all="ignore"):
        place = 10.0 ** (9 - np.floor(np.log10(np.abs(x))))
        return np.where(x == 0, x, np.round(x * place) / place)


def main(students: int, seed: int, worlds: list[str]) -> int:
    rng = np.random.default_rng(seed)
    harmed: Counter[str] = Counter()
    for number in range(students):
        networks = worlds[number % len(worlds)] == "networks"
        one = mistaken.any_net(rng, (3, 7)) if networks else equations.any_system(rng, (3, 7))
        way = str(rng.choice(list(WAYS)))
        carried = str(rng.choice(["by hand", "by hand", "carried", "ten digits"]))

        def written(values: Any, way: str = way, digits: int = one.digits) -> Any:
            return WAYS[way](values, digits)

        passed_on = {"by hand": written, "carried": lambda x: x, "ten digits": ten_digits}[carried]
        sheet = mistaken.worked(one, written=passed_on) if networks else one.worked(written=passed_on).sheet
        sheet = {name: written(values) for name, values in sheet.items()}
        if not all(np.isfinite(values).all() for values in sheet.values()):
            continue
        texts = mistaken.texts(sheet, one) if networks else equations.texts(sheet, one.digits)
        found = results(graded(one.toml(), texts))
        wrong = [
            (each.cell, each.answer, each.from_yours) for each in found.values() if each.verdict == "slip"
        ]
        kind = f"{'networks' if networks else 'equations'}, {way}, {carried}"
        harmed[kind] += bool(wrong)
        if wrong:
            print(kind, one.digits, wrong[:3], one.toml() if "--show" in sys.argv else "")
    print(f"{sum(harmed.values())} of {students} harmed: {dict(harmed)}")
    return int(any(harmed.values()))


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:] if not argument.startswith("--")]
    chosen = [world for world in ("networks", "equations") if f"--{world}" in sys.argv]
    sys.exit(main(*(given + [200, 1][len(given) :])[:2], chosen or ["networks", "equations"]))
