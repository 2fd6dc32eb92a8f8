"""An activation function's derivative step by step, from its definition; softmax's Jacobian; a − y."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from difflib import get_close_matches

from ..errors import InputError
from ..formula.tree import Function
from ..functions.losses import LOSSES
from ..functions.row import Cases, Tree
from ..functions.table import ACTIVATIONS, PARAMETER, ROWS, X
from ..plan.output_functions import THIRD, Statement, sigmoid_with_loss, softmax_jacobian, softmax_with_loss
from ..problem.problem import Layer, Notation, Problem
from ..problem.problem import Symbols as LayerSymbols
from .cases import by_cases
from .document import (
    Block,
    Document,
    Equation,
    Equations,
    Heading,
    Math,
    Paragraph,
    Partial,
    Relation,
)
from .math_writing import Writer
from .symbols import Symbols


def activation_document(name: str) -> Document:
    """The derivation of one activation function, or of one with the loss it is made for.

    Raises InputError for a name that is none of `derivable`.
    """
    if name not in (known := derivable()):
        near = get_close_matches(name, known, 1)
        guess = f"did you mean {near[0]}? " if near else ""
        raise InputError(
            f'there is no derivation of an activation function "{name}"',
            help=f"{guess}known: {', '.join(known)}",
        )
    if name in _STATEMENTS:
        title, statements = _STATEMENTS[name]
        return _document(title, tuple(_stated(statements())))
    return _document(f"The derivative of {_title(name)}", tuple(_elementwise(name)))


def derivable() -> tuple[str, ...]:
    """What has a derivation of its own: every activation with a definition, softmax, and the log losses."""
    return (*(name for name, row in ACTIVATIONS.items() if row.definition), *_STATEMENTS)


def _title(name: str) -> str:
    """The function's name within a sentence."""
    title = ACTIVATIONS[name].title
    return title if any(char.isupper() for char in title[1:]) else title[0].lower() + title[1:]


def _document(title: str, blocks: tuple[Block, ...]) -> Document:
    return Document(title, "", "", (), (), blocks)


def _writer() -> Writer:
    """Writes the quantities of one layer of K units: z_k, a_k, y_k, and x."""
    letters = LayerSymbols(preactivation="z", activation="a", index="k")
    layer = Layer("1", "K", "P", ACTIVATIONS["softmax"], symbols=letters)
    notation = Notation(layout="indices", layer_mark="", input_index="i")
    symbols = Symbols(Problem("", (layer,), LOSSES["cross_entropy"], features="P", notation=notation))
    symbols.letters[THIRD] = "j"
    return Writer(symbols)


def _elementwise(name: str) -> Iterator[Block]:
    """f(x), then f′(x) line by line."""
    writer = _writer()
    applied, prime = Function(name, X), Function(name, X, derivative=True)
    yield Heading("Definition")
    definition = _math(writer, ROWS[name].defined(X, PARAMETER) or X)
    left = writer.write(applied)
    yield Equations((Equation(left, (Relation("=", definition),), note=ROWS[name].where),), general=True)
    yield Heading("Derivative")
    equations: list[Equation] = []
    for line in ROWS[name].derivation():
        side = writer.write(prime) if not equations else None
        relation = Relation("=", _math(writer, line.tree))
        equations.append(Equation(side, (relation,), note=line.reason))
    yield Equations(tuple(equations), general=True)


def _math(writer: Writer, tree: Tree) -> Math:
    return by_cases(writer, tree, X, from_above=True) if isinstance(tree, Cases) else writer.write(tree)


def _stated(statements: Iterator[Statement]) -> Iterator[Block]:
    """Derivations of several quantities, each with a heading and a word before it where it needs one."""
    writer = _writer()
    equations: list[Equation] = []
    for statement in statements:
        if statement.title and equations:
            yield Equations(tuple(equations), general=True)
            equations = []
        if statement.title:
            yield Heading(statement.title)
        if statement.remark:
            yield Paragraph(statement.remark)
        side: Math | None = _side(writer, statement)
        for formula, reason in statement.lines:
            right = writer.write(formula)
            equations.append(Equation(side, (Relation("=", right),), statement.condition, reason))
            side = None
    yield Equations(tuple(equations), general=True)


def _side(writer: Writer, statement: Statement) -> Math:
    symbols = writer.symbols
    top = symbols.write(statement.top, {})
    return top if statement.bottom is None else Partial(top, symbols.write(statement.bottom, {}))


_STATEMENTS: dict[str, tuple[str, Callable[[], Iterator[Statement]]]] = {
    "softmax": ("The Jacobian of softmax", softmax_jacobian),
    "softmax-cross-entropy": ("Softmax with cross-entropy", softmax_with_loss),
    "sigmoid-cross-entropy": ("Sigmoid with binary cross-entropy", sigmoid_with_loss),
}
