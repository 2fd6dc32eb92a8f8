"""Runs folders of mistakes and prints a table: found where they are, and named by their cause?

python tests/scripts/mistakes.py [FOLDER...]     by default tests/cases/mistakes
"""

from __future__ import annotations

import sys
from pathlib import Path

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS / "support"), str(TESTS.parent)]

from mistakes import run  # noqa: E402 - the path above has to be there first


def main(folders: list[str]) -> int:
    cases = sorted(
        case.parent
        for folder in folders or [str(TESTS / "cases" / "mistakes")]
        for case in Path(folder).rglob("expect.json")
    )
    outcomes = [run(case) for case in cases]
    for outcome in outcomes:
        mark = "ok  " if outcome.right else "CODE" if outcome.located else "CELL"
        print(f"{mark} {outcome.name}")
        if outcome.missed:
            print(f"       missed    {', '.join(outcome.missed)}")
        if outcome.false:
            print(f"       false     {', '.join(outcome.false)}")
        if outcome.unnamed:
            print(f"       unnamed   {', '.join(outcome.unnamed)}")
        for cell, codes in outcome.wrongly.items():
            print(f"       wrongly   {cell}: {', '.join(codes)}")
    right, located = (sum(getattr(one, name) for one in outcomes) for name in ("right", "located"))
    print(f"{len(outcomes)} cases, {located} located, {right} located and named")
    return 0 if right == len(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
