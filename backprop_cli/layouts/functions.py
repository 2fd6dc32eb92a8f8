"""What the activation functions of a symbolic handout are: σ(x) = 1/(1 + e^(−x)), and their derivatives."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..formula import ONE, Formula, Function, Negation, Ref, add, product, ratio, subtract
from ..problem import Problem
from ..steps import Step, derivative, per_sample
from .document import Equation, Partial, Relation
from .lines import Lines
from .ranges import index_range
from .titles import layer_title


def _exp(formula: Formula) -> Formula:
    return Function("exp", formula)


_DEFINITIONS: dict[str, Callable[[Formula], Formula]] = {
    "sigmoid": lambda x: ratio(ONE, add(ONE, _exp(Negation(x)))),
    "tanh": lambda x: ratio(subtract(_exp(x), _exp(Negation(x))), add(_exp(x), _exp(Negation(x)))),
    "relu": lambda x: Function("positive_part", x),
    "softplus": lambda x: Function("ln", add(ONE, _exp(x))),
    "silu": lambda x: product(x, Function("sigmoid", x)),
    "gelu": lambda x: product(x, Function("normal_cdf", x)),
}


def function_definitions(lines: Lines, problem: Problem) -> Iterator[Equation]:
    """σ(x) and its derivative, for the activation functions that a symbolic handout uses.

    The derivative is left to `slope` where the handout states it for its own units.
    """
    names = [layer.symbols.function or layer.activation.name for layer in problem.layers]
    told: set[tuple[str, str]] = set()
    for level, (layer, name) in enumerate(zip(problem.layers, names, strict=True), start=1):
        activation = layer.activation
        if activation.name not in _DEFINITIONS or (activation.name, name) in told:
            continue
        told.add((activation.name, name))
        others = {
            other.activation.name for other, own in zip(problem.layers, names, strict=True) if own == name
        }
        where = f"in {layer_title(problem, level)}" if len(others) > 1 else ""
        x = Ref("argument", level)
        applied = Function(activation.name, x)
        yield _equation(lines, applied, _DEFINITIONS[activation.name](x), where)
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
