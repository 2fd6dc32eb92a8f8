"""The chain rule of a network: how a quantity reaches the loss, as a product of local derivatives.

Glossary
    Link      ∂top/∂bottom of one step, with its slope: the step's own formula differentiated
    Paths     Σ over the units (or samples) that a quantity feeds, of a chain
    Chain     a product of links and paths, from the loss down: ∂L/∂a · ∂a/∂z · ∂z/∂w
    known     error signals that stand for the whole chain above them: δ in ∂L/∂w = δ · ∂z/∂w

Source: Rumelhart, Hinton, Williams (1986); the multivariate chain rule.
"""

from __future__ import annotations

from collections.abc import Container, Iterator

from ..records import dataclass
from .tree import (
    ONE,
    SAMPLES,
    ZERO,
    Formula,
    Index,
    Ref,
    Sum,
    add,
    product,
    rename,
)

PARAMETERS = {"weight_gradient": "weights", "bias_gradient": "bias"}
LOSS = Ref("sample_losses", 0, (SAMPLES,))


@dataclass(frozen=True)
class Link:
    """∂top/∂bottom and its value as a formula; `prime` is the same with f′ left as f′."""

    top: Ref
    bottom: Ref
    slope: Formula
    prime: Formula


@dataclass(frozen=True)
class Paths:
    """Σ over `index` of a chain: the paths through all units that a quantity feeds, or over the samples."""

    index: Index
    chain: Chain


Part = Link | Paths
Chain = tuple[Part, ...]


@dataclass(frozen=True)
class Derivative:
    """∂L/∂quantity as a chain, times what the batch's mean brings in, and what a penalty adds."""

    quantity: str
    level: int
    indices: tuple[Index, ...]
    chain: Chain
    scale: Formula = ONE
    penalty: Formula = ZERO

    def formula(self, *, prime: bool = False) -> Formula:
        """The derivative as one formula, every factor put in."""
        return add(product(self.scale, formula_of(self.chain, prime=prime)), self.penalty)


def renamed(chain: Chain, names: dict[Index, Index]) -> Chain:
    """The chain with its indices replaced."""
    parts: list[Part] = []
    for part in chain:
        if isinstance(part, Paths):
            parts.append(Paths(names.get(part.index, part.index), renamed(part.chain, names)))
            continue
        top, bottom = (
            Ref(ref.quantity, ref.level, tuple(names.get(index, index) for index in ref.indices))
            for ref in (part.top, part.bottom)
        )
        parts.append(Link(top, bottom, rename(part.slope, names), rename(part.prime, names)))
    return tuple(parts)


def formula_of(chain: Chain, *, prime: bool = False) -> Formula:
    """The chain with every local derivative put in its place."""
    factors: list[Formula] = []
    for part in chain:
        if isinstance(part, Paths):
            factors.append(Sum(part.index, formula_of(part.chain, prime=prime)))
        else:
            factors.append(part.prime if prime else part.slope)
    return product(*factors)


def without_single(chain: Chain, singles: Container[Index]) -> Chain:
    """The chain without sums over an index that takes one value only."""
    parts: list[Part] = []
    for part in chain:
        if isinstance(part, Paths):
            inner = without_single(part.chain, singles)
            parts += inner if part.index in singles else (Paths(part.index, inner),)
        else:
            parts.append(part)
    return tuple(parts)


def links(chain: Chain) -> Iterator[Link]:
    """Every link of the chain, from the loss down."""
    for part in chain:
        if isinstance(part, Paths):
            yield from links(part.chain)
        else:
            yield part
