"""How many decimals: a number for all phases, a table by phase, or so many significant digits."""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import InputError, KeyPath
from ..formula.arithmetic import Significant
from ..problem.problem import MAX_DIGITS, PHASES, Phase
from .keys import describe, known_keys


def read_digits(
    value: object, default: Mapping[Phase, int], path: KeyPath = ("digits",)
) -> Mapping[Phase, int]:
    """The decimals of each phase; those that a table leaves out are the default's."""
    if not isinstance(value, dict):
        return dict.fromkeys(PHASES, _decimals(value, path, "digits"))
    known_keys(value, (*PHASES, "significant"), path)
    if "significant" in value:
        figures = Significant(_decimals(value["significant"], (*path, "significant"), "significant", least=1))
        default = dict.fromkeys(PHASES, figures)
    given = {
        phase: _decimals(value[phase], (*path, phase), f"digits of {phase}")
        for phase in PHASES
        if phase in value
    }
    return dict(default) | given


def _decimals(value: object, path: KeyPath, what: str, least: int = 0) -> int:
    if type(value) is not int:
        raise InputError(f"{what} must be a whole number, not {describe(value)}", path=path)
    if not least <= value <= MAX_DIGITS:
        raise InputError(f"{what} must be from {least} to {MAX_DIGITS}", path=path)
    return value
