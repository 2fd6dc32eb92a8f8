"""How the optimizers' quantities are written: v(w₁₁) for the velocity of w₁₁, μ, ρ, β₁, β₂, ε and λ."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..formula.tree import Power, Ref
from ..plan.optimizers import RULES, TO_THE_STEP
from ..problem.problem import Problem
from .document import Digits, Math, Symbol

if TYPE_CHECKING:
    from .symbols import Bound, Symbols

_SETTINGS = {
    "momentum": Symbol("μ"),
    "decay": Symbol("ρ"),
    "beta_1": Symbol("β", ("1",)),
    "beta_2": Symbol("β", ("2",)),
    "epsilon": Symbol("ε"),
    "weight_decay": Symbol("λ"),
}
# Role → its letter, and its name in a table.
ROLES = {
    "decayed_gradient": ("g", "decayed gradient g"),
    "velocity": ("v", "velocity v"),
    "first_moment": ("m", "mean m"),
    "second_moment": ("s", "mean square s"),
    "corrected_first_moment": ("m\u0302", "corrected m\u0302"),
    "corrected_second_moment": ("ŝ", "corrected ŝ"),
}
Write = Callable[["Symbols", Ref, "Bound"], Math]


def optimizer_writers(parameters: dict[str, Write]) -> dict[str, Write]:
    """Quantity → how it is written, given how the parameters are."""
    writers: dict[str, Write] = {name: _constant(symbol) for name, symbol in _SETTINGS.items()}
    for parameter, write in parameters.items():
        for role, (letter, _) in ROLES.items():
            for quantity in (f"{role}_{parameter}", f"new_{role}_{parameter}"):
                writers[quantity] = _belonging_to(letter, parameter, write)
    return writers


def _constant(symbol: Symbol) -> Write:
    return lambda symbols, ref, bound: symbol


def _belonging_to(letter: str, parameter: str, write: Write) -> Write:
    def written(symbols: Symbols, ref: Ref, bound: Bound) -> Math:
        owner = write(symbols, Ref(parameter, ref.level, ref.indices), bound)
        return Symbol(letter, of=owner if isinstance(owner, Symbol) else None)

    return written


def exponent(formula: Power, *, in_symbols: bool) -> Math:
    """A power's exponent: t where it counts the steps, in symbols."""
    if in_symbols and isinstance(formula.base, Ref) and formula.base.quantity in TO_THE_STEP:
        return Symbol("t")
    return Digits(str(formula.exponent))


def kept_columns(problem: Problem) -> list[tuple[str, str]]:
    """What the optimizer keeps: role and title, for the table of the parameters."""
    return [(role, ROLES[role][1]) for role in RULES[problem.optimizer.name].kept]
