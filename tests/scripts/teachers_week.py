"""A teacher's week in one go: a class of 40 in 40 variants, from the roster to the gradebooks.

    python tests/scripts/teachers_week.py [COUNT [SEED]]     by default 40 students, seed 7

The same answers are handed in as a form's, as Canvas's and as Moodle's export, in many encodings. Each time
everybody must have the score that plain arithmetic gives, each slip must be at its place and have its name,
and the gradebooks must say so. Prints a line for each export.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS / "support"), str(TESTS.parent)]

from teaching_week import Week  # noqa: E402 - the path above has to be there first


def main(count: int, seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        week = Week(Path(folder), count, seed)
        print(f"vary: {count} variants in {time.perf_counter() - began:.1f} s")
        for name in week.exports():
            began = time.perf_counter()
            week.grade(name)
            print(f"{name}: {count} students right, {time.perf_counter() - began:.1f} s")
        for platform, column in (("moodle", "Email address"), ("canvas", "SIS Login ID")):
            week.gradebook("form", platform, column)
            print(f"gradebook for {platform}: {count} scores right, with the report and everybody's feedback")


if __name__ == "__main__":
    main(*(int(text) for text in (sys.argv[1:] + ["40", "7"][len(sys.argv) - 1 :])))
