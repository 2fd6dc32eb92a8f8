"""The box at the head of an exam: all that it takes to solve it, so that the paper stands alone.

The figure, every number with its symbol and layer, what each layer computes, the functions and the loss
written out, the rule of the update, and how to round.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..formula.arithmetic import Significant
from ..formula.tree import Function, Ref
from ..functions.row import Cases
from ..functions.table import ROWS
from ..plan.steps import Plan, Step, per_sample
from ..problem.problem import Numbers, Problem
from ..values.trace import Trace
from .cases import by_cases
from .document import (
    BigSum,
    Block,
    Box,
    Call,
    Digits,
    Drawing,
    Equation,
    Equations,
    Fraction,
    Math,
    Matrix,
    Paragraph,
    Partial,
    Relation,
    Row,
    Superscript,
    Symbol,
    Word,
)
from .document import Operator as Sign
from .equation_lines import Lines
from .given import given_equations
from .given_optimizer import kept_given
from .matrices import Matrices
from .network import MOST_IN_A_PICTURE, network_of
from .shown_numbers import shown_texts
from .titles import layer_title

_PHASES = {
    "forward": "forward pass",
    "loss": "loss",
    "backward": "error gradients",
    "gradient": "gradients",
    "update": "new values",
}


def given_box(plan: Plan, trace: Trace | None, whole: Problem | None = None, *, figure: bool = True) -> Box:
    """What is given, with numbers (their trace) or in letters; `whole` has the samples of all turns."""
    problem, lines = plan.problem, Lines(plan, None)
    blocks: list[Block] = []
    if figure and drawable(problem):
        blocks.append(
            Drawing(
                network_of(problem, trace, "weights", most=MOST_IN_A_PICTURE), "The network and its weights"
            )
        )
    if trace is not None:
        given = given_equations(whole or problem, with_samples=True)
        blocks.append(Equations((*given, *_parameters(lines, problem))))
    blocks += _labelled("Each layer computes", _general(lines, plan.written("forward")))
    blocks += _labelled("where", [*_definitions(lines, problem), *_signals(lines, plan)])
    if any(layer.activation.name == "gelu" for layer in problem.layers):
        blocks.append(Paragraph("Φ is the distribution function of the standard normal distribution."))
    blocks += _labelled("The loss", _general(lines, plan.written("loss")))
    if problem.loss.definition:
        blocks.append(Paragraph(problem.loss.definition.format(problem.loss.parameter)))
    if trace is not None:
        own = _rule(plan)
        rest = "" if problem.depth == 1 else ", here for the output layer and likewise for the others"
        blocks += _labelled(f"The update{rest}", _general(lines, own))
        blocks += kept_given(lines.symbols, problem) if own else []
        blocks.append(Paragraph(rounding_rule(problem)))
    return Box("Given", tuple(blocks))


def _rule(plan: Plan) -> list[Step]:
    """The update of the output layer, and that of a bias where only another layer has one."""
    steps = plan.written("update")
    own = [step for step in steps if step.level == plan.problem.depth]
    if any(step.quantity == "new_bias" for step in own):
        return own
    biased = max((step.level for step in steps if step.quantity == "new_bias"), default=0)
    return own + [step for step in steps if step.level == biased and step.quantity.endswith("bias")]


def drawable(problem: Problem) -> bool:
    """Whether the network's drawing is small enough to stand in a text."""
    sizes = [size for size in problem.sizes if isinstance(size, int)]
    return len(sizes) == len(problem.sizes) <= MOST_IN_A_PICTURE and max(sizes) <= MOST_IN_A_PICTURE


def rounding_rule(problem: Problem) -> str:
    """How to round, as an instruction."""
    asked = problem.marks.digits or problem.digits
    counts = {phase: _digits(count) for phase, count in asked.items()}
    if len(set(counts.values())) == 1:
        to = f"to {next(iter(counts.values()))}"
    else:
        to = "to " + ", ".join(f"{count} ({_PHASES[phase]})" for phase, count in counts.items())
    if problem.rounding == "each-step":
        return f"Round every line {to} before you use it in the next one."
    return f"Carry your calculator's full precision, and write every result {to}."


def _digits(count: int) -> str:
    word = "significant digit" if isinstance(count, Significant) else "decimal"
    return f"{count} {word}{'' if count == 1 else 's'}"


def _labelled(label: str, equations: list[Equation]) -> list[Block]:
    return [Paragraph(f"{label}:"), Equations(tuple(equations), general=True)] if equations else []


def _general(lines: Lines, steps: Iterable[Step]) -> list[Equation]:
    """The steps' formulas in symbols, as the layout has them."""
    if lines.plan.problem.notation.layout == "matrix":
        found = [Matrices(lines).equation(step) for step in steps]
    else:
        found = [lines.general(step) for step in steps]
    return [equation for equation in found if equation.relations]  # parts of the loss have no name


def _parameters(lines: Lines, problem: Problem) -> Iterator[Equation]:
    """The weights and biases, each matrix with its layer, or each number by its own name."""
    for level, layer in enumerate(problem.layers, start=1):
        for quantity, numbers in (("weights", layer.weights), ("bias", layer.bias)):
            if numbers is None:
                continue
            words = "weights" if quantity == "weights" else "bias" if numbers.values.size == 1 else "biases"
            note = f"the {words} of {layer_title(problem, level)}" if problem.depth > 1 else f"the {words}"
            names = layer.symbols.weight_names if quantity == "weights" else layer.symbols.bias_names
            if names:
                yield from _named(lines, problem, quantity, level, numbers, note)
            else:
                left = lines.symbols.whole(Ref(quantity, level))
                yield Equation(left, (Relation("=", _matrix(problem, numbers, quantity)),), note)


def _named(
    lines: Lines, problem: Problem, quantity: str, level: int, numbers: Numbers, note: str
) -> Iterator[Equation]:
    from ..plan.steps import bias, weights

    ref = weights(level) if quantity == "weights" else bias(problem, level)
    texts = shown_texts(numbers, problem.digits["update"]).reshape(
        tuple(int(problem.size(index)) for index in ref.indices)
    )
    equations = []
    for position in _positions(texts.shape):
        bound = dict(zip(ref.indices, position, strict=True))
        right = Digits(str(texts[position]))
        equations.append(Equation(lines.symbols.write(ref, bound), (Relation("=", right),)))
    *rest, last = equations
    yield from [*rest, Equation(last.left, last.relations, note)]


def _positions(shape: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    from numpy import ndindex

    yield from ndindex(*shape)


def _matrix(problem: Problem, numbers: Numbers, quantity: str) -> Math:
    """A matrix as the handout's formulas have it: a bias is a row where samples are rows of a matrix."""
    notation = problem.notation
    as_row = notation.layout == "matrix" and notation.samples == "rows"
    turned = as_row if quantity == "bias" else notation.weight_order == "input,unit"
    texts = shown_texts(numbers, problem.digits["update"]).reshape(len(numbers.texts), -1)
    rows = texts.T if turned else texts
    cells = tuple(tuple(Digits(str(text)) for text in row) for row in rows)
    return cells[0][0] if texts.size == 1 else Matrix(cells)


def _definitions(lines: Lines, problem: Problem) -> Iterator[Equation]:
    """g(x) = σ(x) = 1/(1 + e^(−x)), for each function the layers use, with its layer where g is several."""
    told: set[tuple[str, str]] = set()
    letters = [layer.symbols.function for layer in problem.layers]
    for level, (layer, letter) in enumerate(zip(problem.layers, letters, strict=True), start=1):
        activation, x = layer.activation, Ref("argument", level)
        name = letter or activation.symbol
        if (name, activation.name) in told or activation.name == "generic":
            continue
        told.add((name, activation.name))
        sharing = {other.activation.name for other in problem.layers if other.symbols.function == letter}
        where = f"in {layer_title(problem, level)}" if letter and len(sharing) > 1 else ""
        left = Call(name, (Symbol("x", ("k",)) if activation.name == "softmax" else Symbol("x"),))
        relations = [Relation("=", side) for side in _sides(lines, activation.name, activation.symbol, x)]
        relations = [each for each in relations if each.right != left]
        if relations:
            yield Equation(left, tuple(relations), where)


def _sides(lines: Lines, name: str, symbol: str, x: Ref) -> Iterator[Math]:
    """A function as it is called, and as it is worked out."""
    if name == "identity":
        yield Symbol("x")
        return
    if name == "softmax":
        yield Fraction(
            Superscript(Word("e"), Symbol("x", ("k",))),
            BigSum("m", "", Superscript(Word("e"), Symbol("x", ("m",)))),
        )
        return
    yield Call(symbol, (Symbol("x"),))
    writer = lines.general_writer
    if name == "relu":
        yield writer.write(Function("positive_part", x))
        return
    tree = ROWS[name].defined(x, Ref("parameter", x.level))
    if tree is not None:
        yield by_cases(writer, tree, x, from_above=True) if isinstance(tree, Cases) else writer.write(tree)


def _signals(lines: Lines, plan: Plan) -> Iterator[Equation]:
    """What δ stands for, where it has a name."""
    symbols = lines.symbols
    for step in plan.written("backward"):
        if step.quantity not in ("delta", "descent_delta"):
            continue
        z = per_sample("preactivation", step.level)
        meant = Partial(symbols.loss(z.indices, symbols.singles), symbols.write(z, symbols.singles))
        left = symbols.write(step.ref, symbols.singles)
        if left == meant:
            return
        right: Math = Row((Sign("−", spaced=False), meant)) if step.quantity == "descent_delta" else meant
        yield Equation(left, (Relation("=", right),))
        return
