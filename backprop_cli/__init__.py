"""Backpropagation by hand: worked solutions in any handout's notation.

    from backprop_cli import load, solve
    solution = solve(load("w3wi-ds304"))
    solution.layers[-1].weight_gradient

    report = check("w3wi-ds304", {"hid.delta": delta, "hid.weight_gradient": dW})
    assert report.ok, report

`load` reads a problem file (a path, "-" for standard input, or a bundled problem's name) and `solve` works it
out. Both are imported when first used, so that importing the package costs nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False  # typing's own takes a tenth of the start to import
if TYPE_CHECKING:
    from typing import Any

    from .errors import InputError
    from .files.problem_file import parse_problem
    from .files.problem_file import read_problem as load
    from .grading.program import Report, check
    from .notebook import practice
    from .problem.problem import Problem
    from .values.solution import LayerSolution, Solution, solve

__version__ = "0.1.0"
__all__ = [
    "InputError",
    "LayerSolution",
    "Problem",
    "Report",
    "Solution",
    "__version__",
    "check",
    "load",
    "parse_problem",
    "practice",
    "solve",
]

_HOMES = {
    "InputError": ("errors", "InputError"),
    "LayerSolution": ("values.solution", "LayerSolution"),
    "Problem": ("problem.problem", "Problem"),
    "Report": ("grading.program", "Report"),
    "check": ("grading.program", "check"),
    "Solution": ("values.solution", "Solution"),
    "load": ("files.problem_file", "read_problem"),
    "parse_problem": ("files.problem_file", "parse_problem"),
    "practice": ("notebook", "practice"),
    "solve": ("values.solution", "solve"),
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    module, attribute = _HOMES[name]
    return getattr(import_module(f".{module}", __name__), attribute)
