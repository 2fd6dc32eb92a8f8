"""Mistakes of programs: found where they are, and named by their cause or not at all."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from grading import graded, results
from mistaken import KINDS, Net, any_net, texts, worked
from mistakes import run

TRIALS = 3
CASES = sorted(
    path.parent for path in (Path(__file__).parents[1] / "cases" / "mistakes").rglob("expect.json")
)


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_a_published_kind_of_mistake_is_found_just_there_and_named(folder: Path) -> None:
    outcome = run(folder)
    assert outcome.right, outcome


def net_for(name: str, rng: np.random.Generator) -> tuple[Net, int]:
    """A random network in which a mistake can be made, and shows in its digits."""
    while True:
        net = any_net(rng, (5, 7))
        places = KINDS[name].places(net)
        if not places:
            continue
        at = int(rng.choice(places))
        right, wrong = worked(net), worked(net, name, at)
        finite = all(np.isfinite(values).all() for values in wrong.values())
        if finite and any((abs(wrong[key] - right[key]) > 50 * 10.0**-net.digits).any() for key in right):
            return net, at


@pytest.mark.parametrize("name", KINDS)
def test_a_programs_mistake_is_found_in_the_first_line_that_has_it_and_never_misnamed(name: str) -> None:
    rng = np.random.default_rng(sum(map(ord, name)))
    named = 0
    for _ in range(TRIALS):
        net, at = net_for(name, rng)
        right, wrong = worked(net), worked(net, name, at)
        changed = [key for key in right if not np.allclose(wrong[key], right[key], rtol=1e-9, atol=1e-12)]
        slips = [r for r in results(graded(net.toml(), texts(wrong, net))).values() if r.verdict == "slip"]
        assert slips, (net, at)
        assert slips[0].cell.partition("[")[0] in changed[:2]
        told = Counter(result.slip[0] for result in slips if result.slip)
        named += any(code in KINDS[name].codes for code in told)
    assert named >= TRIALS - 1


def test_a_correct_program_has_no_slip() -> None:
    rng = np.random.default_rng(5)
    for _ in range(40):
        net = any_net(rng)
        verdicts = {r.verdict for r in results(graded(net.toml(), texts(worked(net), net))).values()}
        assert verdicts <= {"correct", "rounded"}


def test_a_random_number_is_seldom_given_a_cause() -> None:
    rng = np.random.default_rng(6)
    named, seen = [], 0
    for _ in range(60):
        net = any_net(rng, (5, 7))
        sheet = worked(net)
        name = sorted(sheet)[int(rng.integers(len(sheet)))]
        values = sheet[name].copy()
        place = tuple(int(rng.integers(size)) for size in values.shape)
        values[place] += rng.uniform(-1, 1)
        for result in results(graded(net.toml(), texts({**sheet, name: values}, net))).values():
            if result.verdict == "slip":
                seen += 1
                named += result.slip[:1]
    assert seen >= 50
    assert len(named) <= 2, named
