"""The backward pass as it is derived: each forward step differentiated, in reverse.

Glossary
    signal     ∂ℓ/∂q of a quantity q, ℓ being a sample's own loss
    feeds      the forward steps whose formula holds q
    adjoint    Σ over all that q feeds, of the signal there times the step's local derivative

Nothing is known here of layers, error signals' names or notations: those are rewritings.
Source: reverse accumulation, Linnainmaa (1970); Rumelhart, Hinton, Williams (1986).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..formula.differentiate import differentiate, summed_out, times
from ..formula.tree import SAMPLES, Formula, Index, Negation, Ref, add, product, refs, rename
from .steps import Step


def adjoint(quantity: Ref, steps: Sequence[Step], signal: Callable[[Ref], Formula]) -> Formula:
    """∂ℓ/∂quantity; for a quantity that the samples share, Σ over the samples of it.

    `signal` writes ∂ℓ/∂ of what a step gives. The samples' index is the same in a step and in what it is
    made of, as no sample meets another; any other index of both is told apart, and the index rule decides.
    """
    terms: list[Formula] = []
    for step in steps:
        if all(ref.key != quantity.key for ref in refs(step.formula)):
            continue
        apart = {
            index: Index(index.level, copy=1)
            for index in step.indices
            if index in quantity.indices and index != SAMPLES
        }
        local = differentiate(rename(step.formula, apart), quantity)
        above = signal(_renamed(step.ref, apart))
        term = times(above, local) if isinstance(local, Negation) else product(above, local)
        for index in reversed(step.indices):
            own = apart.get(index, index)
            if own not in quantity.indices:
                term = summed_out(own, term)
        terms.append(term)
    return add(*terms)


def _renamed(ref: Ref, names: dict[Index, Index]) -> Ref:
    return Ref(ref.quantity, ref.level, tuple(names.get(index, index) for index in ref.indices))
