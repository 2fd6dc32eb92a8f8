"""How the optimizers' quantities are written: v(w₁₁) for the velocity of w₁₁, μ, ρ, β₁, β₂, ε and λ."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from ..formula.tree import Power, Ref
from ..plan.optimizers import RULES, TO_THE_STEP
from .document import Digits, Math, Symbol

if TYPE_CHECKING:
    from .equation_writing import EquationSymbols
    from .symbols import Bound, Symbols

# Setting → its letter and the ones in its place where the handout has that letter for something else.
_SETTINGS = {
    "momentum": "μγm",
    "decay": "ργd",
    "beta_1": "βγ",
    "beta_2": "βγ",
    "epsilon": "εκ",
    "weight_decay": "λκ",
    "penalty": "λκ",
}
_NUMBERED = {"beta_1": ("1",), "beta_2": ("2",)}
# Role → its letters likewise, its accent, and its name in a table.
ROLES = {
    "decayed_gradient": ("gdq", "", "decayed gradient"),
    "velocity": ("vud", "", "velocity"),
    "first_moment": ("mrp", "", "mean"),
    "second_moment": ("sqc", "", "mean square"),
    "square_sum": ("Grq", "", "sum of squares"),
    "corrected_first_moment": ("mrp", "\u0302", "corrected"),
    "corrected_second_moment": ("sqc", "\u0302", "corrected"),
}
Write = Callable[["Symbols", Ref, "Bound"], Math]


def optimizer_writers(parameters: dict[str, Write]) -> dict[str, Write]:
    """Quantity → how it is written, given how the parameters are."""
    writers: dict[str, Write] = {name: _constant(name) for name in _SETTINGS}
    for parameter, write in parameters.items():
        for role in ROLES:
            for quantity in (f"{role}_{parameter}", f"new_{role}_{parameter}"):
                writers[quantity] = _belonging_to(role, parameter, write)
    return writers


def setting_symbol(symbols: Symbols | EquationSymbols, name: str) -> Symbol:
    """μ, ρ, β₁, β₂, ε or λ, or another letter where the handout has that one for something else."""
    return Symbol(_free(_SETTINGS[name], symbols), _NUMBERED.get(name, ()))


def _constant(name: str) -> Write:
    return lambda symbols, ref, bound: setting_symbol(symbols, name)


def _belonging_to(role: str, parameter: str, write: Write) -> Write:
    def written(symbols: Symbols, ref: Ref, bound: Bound) -> Math:
        owner = write(symbols, Ref(parameter, ref.level, ref.indices), bound)
        change = symbols.notation.change
        stepwise = change and role == "velocity" and symbols.problem.optimizer.form == "step"
        if stepwise and isinstance(owner, Symbol):
            # Δw(n) = μ·Δw(n−1) − η·g, as textbooks write momentum: Rumelhart, Hinton & Williams (1986).
            step = "n" if ref.quantity.startswith("new_") else "n−1"
            return replace(owner, name=f"{change}{owner.name}", argument=step)
        return Symbol(role_letter(role, symbols), of=owner if isinstance(owner, Symbol) else None)

    return written


def role_letter(role: str, symbols: Symbols | EquationSymbols) -> str:
    letters, accent, _ = ROLES[role]
    return _free(letters, symbols) + accent


def _free(letters: str, symbols: Symbols | EquationSymbols) -> str:
    """The first letter that the handout has for nothing else."""
    return next((letter for letter in letters if letter not in symbols.quantity_letters), letters[0])


def exponent(formula: Power, *, in_symbols: bool) -> Math:
    """A power's exponent: t where it counts the steps, in symbols."""
    if in_symbols and isinstance(formula.base, Ref) and formula.base.quantity in TO_THE_STEP:
        return Symbol("t")
    return Digits(str(formula.exponent))


def worked_columns(symbols: Symbols) -> list[tuple[str, str]]:
    """What an update goes through between gradient and new value: quantity and title, for a table."""
    optimizer = symbols.problem.optimizer
    roles = [("decayed_gradient", "decayed_gradient")] * ("weight_decay" in optimizer.settings)
    roles += [(f"new_{role}", role) for role in RULES[optimizer.name].kept]
    return [(quantity, f"{ROLES[role][2]} {role_letter(role, symbols)}") for quantity, role in roles]
