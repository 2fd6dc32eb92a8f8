"""∂L/∂z as the name of an error signal or a gradient, and ∂a/∂z as a link of the chain rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..formula.tree import ONE, Formula, Function, Ref
from .tokens import UnreadableError

if TYPE_CHECKING:
    from .expressions import Parser
    from .names import Reader

# ∂L by a quantity → the step it is.
BY_LOSS = {
    "activation": "activation_gradient",
    "preactivation": "delta",
    "weights": "weight_gradient",
    "bias": "bias_gradient",
}


def partial(reader: Reader, parser: Parser) -> Formula:
    """∂top/∂bottom on one line, or as \\frac{∂top}{∂bottom}. Raises UnreadableError for what has no name."""
    braced = parser.accept("frac") is not None
    if braced:
        parser.expect("{")
    _sign(parser)
    top = None if _loss(reader, parser) else _operand(reader, parser)
    if braced:
        parser.expect("}")
        parser.expect("{")
    else:
        parser.expect("/")
    _sign(parser)
    bottom = _operand(reader, parser)
    if braced:
        parser.expect("}")
    return _of_loss(bottom) if top is None else _link(reader, top, bottom)


def _sign(parser: Parser) -> None:
    if not parser.accept("partial"):
        raise UnreadableError("a ∂ is missing: a derivative reads ∂L/∂z")


def _loss(reader: Reader, parser: Parser) -> bool:
    """Step over the loss: L, L_i, J(Θ)."""
    if parser.token.kind != "name" or parser.token.text not in reader.vocabulary.loss:
        return False
    parser.take()
    parser.accept("sub")
    parser.accept("sup")
    if parser.token.kind == "(" and parser.peek(2).kind == ")":
        for _ in range(3):
            parser.take()
    return True


def _operand(reader: Reader, parser: Parser) -> Ref:
    bracket = parser.accept("(")
    if parser.token.kind != "name" or not reader.vocabulary.find(parser.token.text):
        raise UnreadableError(f'∂ is followed by "{parser.token.text}", which is no symbol of this problem')
    ref = reader.quantity(parser)
    if bracket:
        parser.expect(")")
    return ref


def _split(ref: Ref) -> tuple[str, str]:
    """The quantity's name and its fixed indices."""
    name, at, places = ref.quantity.partition("@")
    return name, at + places


def _of_loss(bottom: Ref) -> Ref:
    name, places = _split(bottom)
    if name not in BY_LOSS:
        raise UnreadableError("the loss is derived by quantities of the network only")
    gradient = "input_gradient" if (name, bottom.level) == ("activation", 0) else BY_LOSS[name]
    return Ref(gradient + places, bottom.level, bottom.indices)


def _link(reader: Reader, top: Ref, bottom: Ref) -> Formula:
    """A derivative between neighbours: a by its z, z by its weights, its bias and what feeds it."""
    above, below = _split(top)[0], _split(bottom)[0]
    problem, level = reader.problem, top.level
    if level > 0 and above == "activation" and problem.merged(level):
        above = "preactivation"
    unit_above = _unit(top, level)
    if (above, below) == ("activation", "preactivation") and bottom.level == level:
        if unit_above != _unit(bottom, level) or not problem.layer(level).activation.elementwise:
            raise UnreadableError("that derivative is not one factor of the chain rule here")
        name, parameter = reader.vocabulary.activation_of(level)
        return ONE if name == "identity" else Function(name, bottom, derivative=True, parameter=parameter)
    if above == "preactivation" and bottom.level == level and below in ("weights", "bias"):
        if unit_above is not None and unit_above != _unit(bottom, level):
            raise UnreadableError("a weight or bias acts on its own unit only: that derivative is 0")
        return ONE if below == "bias" else _input(top, bottom, level)
    if above == "preactivation" and below == "activation" and bottom.level == level - 1:
        fixed = "".join(_fixed(ref, own) for ref, own in ((top, level), (bottom, level - 1)))
        running = [index for index in (*top.indices, *bottom.indices) if index.level in (level, level - 1)]
        return Ref(f"weights{fixed}", level, tuple(sorted(running, key=lambda index: -index.level)))
    raise UnreadableError("that derivative is not one factor of the chain rule here")


def _input(top: Ref, weight: Ref, level: int) -> Ref:
    """What the weight is multiplied by: the activation of the layer below, of the preactivation's sample."""
    samples = [index for index in top.indices if index.level < 0]
    inputs = [index for index in weight.indices if index.level == level - 1]
    fixed = _fixed(top, -1) + _fixed(weight, level - 1)
    return Ref(f"activation{fixed}", level - 1, (*samples, *inputs))


def _fixed(ref: Ref, level: int) -> str:
    """The part of a quantity's name that fixes its index over a level."""
    return "".join(f"@{part}" for part in ref.quantity.split("@")[1:] if part.startswith(f"{level}="))


def _unit(ref: Ref, level: int) -> object:
    """What stands for a quantity's own unit: the index that runs over it, or the position it is fixed at."""
    running = [index for index in ref.indices if index.level == level]
    return running[0] if running else _fixed(ref, level)
