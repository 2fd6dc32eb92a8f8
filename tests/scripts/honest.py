"""Honest students, who round as people and calculators do: is any of them harmed?

    python tests/scripts/honest.py [STUDENTS [SEED]]     by default 200

Half of them go on with the numbers they wrote, half carry; they round half up, half to even, or cut.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS / "support"), str(TESTS.parent)]

import numpy as np  # noqa: E402 - the path above has to be there first
from grading import graded, results  # noqa: E402  # the path to it is set above
from mistaken import any_net, texts, worked  # noqa: E402  # the path to it is set above

Rounding = Callable[[Any, int], Any]
WAYS: dict[str, Rounding] = {
    "half up": lambda x, d: np.copysign(np.floor(np.abs(x) * 10.0**d + 0.5), x) / 10.0**d,
    "half even": lambda x, d: np.round(x, d),
    "cut": lambda x, d: np.trunc(x * 10.0**d + np.sign(x) * 1e-9) / 10.0**d,
}


def main(students: int, seed: int) -> int:
    rng = np.random.default_rng(seed)
    harmed: Counter[str] = Counter()
    cells: Counter[str] = Counter()
    for _ in range(students):
        net = any_net(rng, (3, 7))
        way = str(rng.choice(list(WAYS)))
        by_hand = bool(rng.integers(2))

        def written(values: Any, way: str = way, digits: int = net.digits) -> Any:
            return WAYS[way](values, digits)

        if by_hand:
            sheet = worked(net, written=written)
        else:
            sheet = {name: written(values) for name, values in worked(net).items()}
        if not all(np.isfinite(values).all() for values in sheet.values()):
            continue
        found = results(graded(net.toml(), texts(sheet, net)))
        wrong = [(one.cell, one.answer, one.from_yours) for one in found.values() if one.verdict == "slip"]
        kind = f"{way}, {'by hand' if by_hand else 'carried'}"
        cells[kind] += len(found)
        harmed[kind] += bool(wrong)
        if wrong:
            print(kind, net.digits, net.functions, net.loss, wrong[:3])
    print(f"{sum(harmed.values())} of {students} harmed: {dict(harmed)}")
    return int(any(harmed.values()))


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    sys.exit(main(*(given + [200, 1][len(given) :])[:2]))
