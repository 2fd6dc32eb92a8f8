"""∂L/∂z as the name of an error signal or a gradient, and ∂a/∂z as a link of the chain rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..formula.tree import ONE, Formula, Function, Index, Ref, Sum, product
from ..plan.steps import feeding
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
    return of_loss(bottom) if top is None else _link(reader, top, bottom)


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


def of_loss(bottom: Ref) -> Ref:
    """The step that ∂L by a quantity is."""
    if bottom.quantity not in BY_LOSS:
        raise UnreadableError("the loss is derived by quantities of the network only")
    gradient = "input_gradient" if bottom.key == ("activation", 0) else BY_LOSS[bottom.quantity]
    return Ref(gradient, bottom.level, bottom.indices)


def _link(reader: Reader, top: Ref, bottom: Ref) -> Formula:
    """∂top/∂bottom: of neighbours, or through what stands between them: ∂z/∂g_j = ∂z/∂h_j · ∂h_j/∂g_j."""
    level = top.level
    if top.quantity == "activation" and level > 0 and reader.problem.merged(level):
        top = Ref("preactivation", level, top.indices)
    if top.quantity == "activation" and 0 < bottom.level <= level and bottom.key != ("preactivation", level):
        between = Ref("preactivation", level, top.indices)
        return product(_neighbours(reader, top, between), _link(reader, between, bottom))
    below = feeding(level).level
    if top.quantity != "preactivation" or not 0 < bottom.level <= below or bottom.key == feeding(level).key:
        return _neighbours(reader, top, bottom)
    near = bottom.level == below  # then the path goes through the one unit that it belongs to
    reader.running.copies += not near
    unit = next((one for one in bottom.indices if near and one.level == below), None)
    through = unit or Index(below, reader.running.copies)
    between = Ref("activation", below, (top.indices[0], through))
    found = product(_neighbours(reader, top, between), _link(reader, between, bottom))
    return found if unit else Sum(through, found)


def _neighbours(reader: Reader, top: Ref, bottom: Ref) -> Formula:
    """A derivative between neighbours: a by its z, z by its weights, its bias and what feeds it."""
    above, below = top.quantity, bottom.quantity
    problem, level = reader.problem, top.level
    if (above, below) == ("activation", "preactivation") and bottom.level == level:
        if top.indices[-1] != bottom.indices[-1] or not problem.layer(level).activation.elementwise:
            raise UnreadableError("that derivative is not one factor of the chain rule here")
        name, parameter = reader.vocabulary.activation_of(level)
        return ONE if name == "identity" else Function(name, bottom, derivative=True, parameter=parameter)
    if above == "preactivation" and bottom.level == level and below in ("weights", "bias"):
        sample, unit = top.indices
        if bottom.indices[:1] not in ((), (unit,)):
            raise UnreadableError("a weight or bias acts on its own unit only: that derivative is 0")
        x = feeding(level)
        return ONE if below == "bias" else Ref(x.quantity, x.level, (sample, bottom.indices[1]))
    if above == "preactivation" and bottom.key == feeding(level).key:
        return Ref("weights", level, (top.indices[-1], bottom.indices[-1]))
    raise UnreadableError("that derivative is not one factor of the chain rule here")
