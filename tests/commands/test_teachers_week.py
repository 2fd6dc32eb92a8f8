"""A teacher's week with a class of four; tests/scripts/teachers_week.py has the one of forty."""

from __future__ import annotations

import pytest
from teaching_week import Week


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Week:
    return Week(tmp_path_factory.mktemp("week"), 4, 7)


@pytest.mark.parametrize("export", ["form, German, Excel", "Moodle, Spanish"])
def test_everybody_has_the_score_of_their_own_variant_from_every_export(export: str, week: Week) -> None:
    week.grade(export)


def test_the_gradebook_for_a_platform_has_everybodys_score_by_their_address(week: Week) -> None:
    week.gradebook("form", "canvas", "SIS Login ID")
