"""Forty kinds of mistake on random networks: where they are found, and what they are called.

    python tests/scripts/confusion.py [TRIALS [SEED [DIGITS]]]     by default 400 trials, 4 to 6 decimals

Prints a line for each kind: trials, located, named, unnamed, named wrongly and as what; then how often a
random wrong number is given a name.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from pathlib import Path

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS / "support"), str(TESTS.parent)]

import numpy as np  # noqa: E402 - the path above has to be there first
from grading import graded, results  # noqa: E402  # the path to it is set above
from mistaken import KINDS, Net, any_net, texts, worked  # noqa: E402  # the path to it is set above


def felt(wrong: dict, right: dict, net: Net) -> bool:
    """Whether a mistake shows in the digits asked for, by more than rounding."""
    unit = 10.0**-net.digits
    for name in right:
        if wrong[name].shape == right[name].shape and (abs(wrong[name] - right[name]) > 50 * unit).any():
            return True
    return False


def first_line(wrong: dict, right: dict) -> list[str]:
    return [name for name in right if not np.allclose(wrong[name], right[name], rtol=1e-9, atol=1e-12)]


def main(trials: int, seed: int, digits: tuple[int, int]) -> None:
    rng = np.random.default_rng(seed)
    table: dict[str, Counter[str]] = defaultdict(Counter)
    calls: dict[str, Counter[str]] = defaultdict(Counter)
    for trial in range(trials):
        name = list(KINDS)[trial % len(KINDS)]
        kind = KINDS[name]
        for _ in range(200):
            net = any_net(rng, digits)
            places = kind.places(net)
            if not places:
                continue
            at = int(rng.choice(places))
            right, wrong = worked(net), worked(net, name, at)
            if all(np.isfinite(v).all() for v in wrong.values()) and felt(wrong, right, net):
                break
        else:
            continue
        report = graded(net.toml(), texts(wrong, net))
        slips = [r for r in results(report).values() if r.verdict == "slip"]
        changed = first_line(wrong, right)
        count = table[name]
        count["trials"] += 1
        if slips and slips[0].cell.partition("[")[0] in changed[:2]:
            count["located"] += 1
        if not slips:
            continue
        told = Counter(r.slip[0] if r.slip else "-" for r in slips)
        good = sum(told[code] for code in kind.codes)
        count["cells"] += len(slips)
        count["named"] += good
        count["unnamed"] += told["-"]
        count["wrongly"] += len(slips) - good - told["-"]
        for code, times in told.items():
            if code not in kind.codes:
                calls[name][code] += times
    total: Counter[str] = Counter()
    for name, count in sorted(table.items()):
        total += count
        others = ", ".join(f"{code} {times}" for code, times in calls[name].most_common(4))
        print(
            f"{name:22}{count['trials']:4} located {count['located']:4}  cells {count['cells']:4} named "
            f"{count['named']:4}  unnamed {count['unnamed']:3}  wrongly {count['wrongly']:3}  {others}"
        )
    cells = max(total["cells"], 1)
    print(f"located {total['located'] / max(total['trials'], 1):.1%} of {total['trials']}")
    shares = ", ".join(f"{what} {total[what] / cells:.1%}" for what in ("named", "unnamed", "wrongly"))
    print(f"of {cells} cells {shares}")
    random_numbers(trials, rng, digits)


def random_numbers(trials: int, rng: np.random.Generator, digits: tuple[int, int]) -> None:
    """One random number in an honest sheet: how often is it named?"""
    named, seen, codes = 0, 0, Counter()
    for _ in range(trials):
        net = any_net(rng, digits)
        sheet = worked(net)
        names = [name for name in sheet if sheet[name].size]
        name = names[int(rng.integers(len(names)))]
        place = tuple(int(rng.integers(size)) for size in sheet[name].shape)
        values = sheet[name].copy()
        size = max(abs(values[place]), 0.05)
        values[place] = rng.uniform(-2 * size, 2 * size)
        if abs(values[place] - sheet[name][place]) < 20 * 10.0**-net.digits:
            continue
        report = graded(net.toml(), texts({**sheet, name: values}, net))
        for result in results(report).values():
            if result.verdict == "slip" and result.cell.partition("[")[0] == name:
                seen += 1
                named += bool(result.slip)
                codes.update(result.slip[:1])
    print(f"random numbers: {seen} slips, {named / max(seen, 1):.1%} named {dict(codes.most_common(8))}")


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    trials, seed = (given + [400, 1][len(given) :])[:2] if len(given) < 2 else given[:2]
    main(trials, seed, (given[2], given[2] + 1) if len(given) > 2 else (4, 7))
