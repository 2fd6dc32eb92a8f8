"""What the activation functions of a symbolic handout are: σ(x) = 1/(1 + e^(−x)), and their derivatives."""

from __future__ import annotations

from collections.abc import Iterator

from ..formula.tree import ONE, Formula, Function, Ref
from ..functions.row import Cases
from ..functions.table import PARAMETER, ROWS
from ..plan.steps import Step, derivative, per_sample
from ..problem.problem import Problem
from .document import Equation, Partial, Relation
from .equation_lines import Lines
from .ranges import index_range
from .titles import layer_title


def _definition(name: str, x: Formula) -> Formula | None:
    """f(x), for the functions that have one formula and a name of their own."""
    if name == "relu":
        return Function("positive_part", x)
    tree = ROWS[name].defined(x, PARAMETER) if name != "identity" else None
    return None if isinstance(tree, Cases) else tree


def function_definitions(lines: Lines, problem: Problem) -> Iterator[Equation]:
    """σ(x) and its derivative, for the activation functions that a symbolic handout uses.

    The derivative is left to `slope` where the handout states it for its own units.
    """
    names = [layer.symbols.function or layer.activation.name for layer in problem.layers]
    told: set[tuple[str, str]] = set()
    for level, (layer, name) in enumerate(zip(problem.layers, names, strict=True), start=1):
        activation = layer.activation
        x = Ref("argument", level)
        definition = _definition(activation.name, x)
        if definition is None or (activation.name, name) in told:
            continue
        told.add((activation.name, name))
        others = {
            other.activation.name for other, own in zip(problem.layers, names, strict=True) if own == name
        }
        where = f"in {layer_title(problem, level)}" if len(others) > 1 else ""
        applied = Function(activation.name, x)
        yield _equation(lines, applied, definition, where)
        prime = activation.prime_from_preactivation
        if prime and "prime" not in problem.notation.derivation:
            slope = prime(x, activation.parameter)
            if problem.notation.derivative == "prime":
                yield _equation(lines, Function(activation.name, x, derivative=True), slope, where)
            else:
                left = Partial(lines.general_writer.write(applied), lines.general_writer.write(x))
                yield Equation(left, (Relation("=", lines.general_writer.write(slope)),), where)


def slope(lines: Lines, problem: Problem, step: Step) -> Iterator[Equation]:
    """σ′(zᵢ) = hᵢ·(1 − hᵢ), before the error signal that it is a factor of."""
    activation = problem.layer(step.level).activation
    wanted = "prime" in problem.notation.derivation and step.quantity in ("delta", "descent_delta")
    if wanted and activation.elementwise:
        z, a = per_sample("preactivation", step.level), per_sample("activation", step.level)
        prime = Function(activation.name, z, derivative=True, parameter=activation.parameter)
        worked = derivative(problem, step.level, z, a)
        if worked not in (prime, ONE):
            index = z.indices[-1]
            free = index not in lines.symbols.singles
            yield _equation(lines, prime, worked, f"for {index_range(lines.symbols, index)}" if free else "")


def _equation(lines: Lines, left: Formula, right: Formula, condition: str) -> Equation:
    writer = lines.general_writer
    return Equation(writer.write(left), (Relation("=", writer.write(right)),), condition)
