"""The order in which a plan's steps can be worked out: one by one, and recurrences position by position.

Glossary
    group     steps that need one another: h_t needs c_t and c_t needs h_{t−1}
    along     the axes of a group's quantities that its recurrence runs along: t
    Turn      a step with positions for those axes: h at t = 2; without positions, the whole step at once

Source: strongly connected components, Tarjan (1972).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import product as combinations

from ..errors import InputError
from ..formula.tree import At, Formula, Function, Index, Inside, Key, Ref, Shifted, children, walk
from ..problem.equations import EquationProblem, letter_of
from .steps import EquationPlan, Step

Fixed = Mapping[Index, int]
MOST_TURNS = 200_000


@dataclass(frozen=True)
class Turn:
    """A step, with the positions of the indices that a recurrence runs along."""

    step: Step
    fixed: Fixed


@dataclass(frozen=True)
class _Use:
    """A reference inside a formula, with the conditions it stands under and the indices bound around it."""

    key: Key
    places: tuple[Index, ...]
    guards: tuple[Inside, ...]


def turns(plan: EquationPlan) -> tuple[Turn, ...]:
    """Every step in an order in which it can be worked out.

    Raises InputError where quantities need one another in a circle.
    """
    return tuple(_Order(plan).turns())


class _Order:
    def __init__(self, plan: EquationPlan) -> None:
        self.problem = plan.problem
        self.steps = {step.key: step for step in plan.steps}
        self.uses = {
            step.key: [use for use in _uses(self.problem, step.formula) if use.key in self.steps]
            for step in plan.steps
        }

    def turns(self) -> Iterator[Turn]:
        for group in self._groups():
            alone = len(group) == 1 and all(use.key != group[0] for use in self.uses[group[0]])
            if alone:
                yield Turn(self.steps[group[0]], {})
            else:
                yield from self._one_by_one(group)

    def _groups(self) -> list[list[Key]]:
        """The groups of steps that need one another, each after what it needs."""
        number: dict[Key, int] = {}
        low: dict[Key, int] = {}
        stack: list[Key] = []
        on: set[Key] = set()
        groups: list[list[Key]] = []
        for root in self.steps:
            if root in number:
                continue
            number[root] = low[root] = len(number)
            stack.append(root)
            on.add(root)
            pending = [(root, iter(self.uses[root]))]
            while pending:
                key, rest = pending[-1]
                use = next(rest, None)
                if use is not None:
                    if use.key not in number:
                        number[use.key] = low[use.key] = len(number)
                        stack.append(use.key)
                        on.add(use.key)
                        pending.append((use.key, iter(self.uses[use.key])))
                    elif use.key in on:
                        low[key] = min(low[key], number[use.key])
                    continue
                pending.pop()
                if pending:
                    above = pending[-1][0]
                    low[above] = min(low[above], low[key])
                if low[key] == number[key]:
                    group: list[Key] = []
                    while not group or group[-1] != key:
                        group.append(stack.pop())
                        on.discard(group[-1])
                    groups.append(sorted(group, key=list(self.steps).index) if len(group) > 1 else group)
        return groups

    def _one_by_one(self, group: list[Key]) -> Iterator[Turn]:
        """A group's turns along the axes of its recurrence; along all of its axes if these do not do."""
        for along in (self._along(group), {key: set(range(len(self.steps[key].indices))) for key in group}):
            try:
                yield from self._sorted(group, along)
            except CycleError:
                continue
            return
        names = ", ".join(str(level) for level in dict.fromkeys(level for _, level in group))
        for _, symbol in group:
            equation = self.problem.equation(symbol)
            if equation is None:
                continue
            for _, part in walk(equation.formula):
                if not isinstance(part, Function) or part.name != "softmax" or part.over is None:
                    continue
                if part.over in equation.indices:
                    t = letter_of(part.over.level)
                    raise InputError(
                        f"the softmax over {t} in the equation of {symbol} needs every {t} at once, "
                        f"and each {t} needs the one before",
                        help="let the softmax run over an index that the recurrence does not",
                    )
        raise InputError(
            f"the equations of {names} need one another in a circle"
            if len(group) > 1
            else f"the equation of {names} needs what it gives",
            help="a recurrence takes the step before: h_{t-1} in the equation of h_t",
        )

    def _along(self, group: list[Key]) -> dict[Key, set[int]]:
        """The axes on which one of the group is read at another position than the one worked out."""
        linked: dict[tuple[Key, int], set[tuple[Key, int]]] = {}
        moved: set[tuple[Key, int]] = set()
        for key in group:
            own = self.steps[key].indices
            for use in self.uses[key]:
                if use.key not in group:
                    continue
                for axis, place in enumerate(use.places):
                    index = place
                    if isinstance(place, Shifted) and len(place.terms) == 1 and place.terms[0][0] == 1:
                        index = place.terms[0][1]
                    if index not in own:
                        continue
                    one, other = (key, own.index(index)), (use.key, axis)
                    linked.setdefault(one, set()).add(other)
                    linked.setdefault(other, set()).add(one)
                    if index != place:
                        moved |= {one, other}
        waiting = list(moved)
        while waiting:
            for other in linked.get(waiting.pop(), ()):
                if other not in moved:
                    moved.add(other)
                    waiting.append(other)
        return {key: {axis for other, axis in moved if other == key} for key in group}

    def _sorted(self, group: list[Key], along: Mapping[Key, set[int]]) -> list[Turn]:
        nodes: dict[tuple[Key, tuple[int, ...]], Turn] = {}
        for key in group:
            step = self.steps[key]
            held = [step.indices[axis] for axis in sorted(along[key])]
            spans = [self._positions(index) for index in held]
            for position in combinations(*spans):
                nodes[key, position] = Turn(step, dict(zip(held, position, strict=True)))
                if len(nodes) > MOST_TURNS:
                    raise InputError(f"the recurrence of {key[1]} has more than {MOST_TURNS} steps")
        sorter: TopologicalSorter[tuple[Key, tuple[int, ...]]] = TopologicalSorter()
        for node, turn in nodes.items():
            needed = [
                (use.key, position)
                for use in self.uses[node[0]]
                if use.key in along
                for position in self._read(use, turn.fixed, sorted(along[use.key]))
                if (use.key, position) in nodes
            ]
            sorter.add(node, *needed)
        return [nodes[node] for node in sorter.static_order()]

    def _positions(self, index: Index) -> range:
        span = self.problem.range_of(index)
        return range(span.first, span.first + len(span))

    def _read(self, use: _Use, fixed: Fixed, axes: list[int]) -> Iterator[tuple[int, ...]]:
        """The positions, along some axes, at which a use reads its quantity."""
        places = [use.places[axis] for axis in axes]
        free = sorted({index for place in places for index in _letters(place) if index not in fixed})
        found: set[tuple[int, ...]] = set()
        for position in combinations(*(self._positions(index) for index in free)):
            bound = {**fixed, **dict(zip(free, position, strict=True))}
            if all(self._holds(guard, bound) for guard in use.guards):
                found.add(tuple(position_of(place, bound) for place in places))
        yield from found

    def _holds(self, guard: Inside, bound: Fixed) -> bool:
        if any(index not in bound for index in _letters(guard.place)):
            return True
        span = self.problem.range_of(guard.index)
        return span.first <= position_of(guard.place, bound) < span.first + len(span)


def _letters(place: Index) -> tuple[Index, ...]:
    if isinstance(place, At):
        return ()
    return tuple(index for _, index in place.terms) if isinstance(place, Shifted) else (place,)


def position_of(place: Index, bound: Mapping[Index, int]) -> int:
    """The position that a place is at, once its letters are bound."""
    if isinstance(place, At):
        return place.position
    if isinstance(place, Shifted):
        return place.offset + sum(factor * bound[index] for factor, index in place.terms)
    return bound[place]


def _uses(problem: EquationProblem, formula: Formula, guards: tuple[Inside, ...] = ()) -> Iterator[_Use]:
    """The references of a formula, those to a family's starts among them."""
    match formula:
        case Inside():
            guards = (*guards, formula)
        case Ref(quantity, symbol, places):
            yield _Use(formula.key, places, guards)
            starts = problem.starts.get(symbol) if quantity == "value" else None
            if starts is not None:
                others = (*places[: starts.axis], *places[starts.axis + 1 :])
                for start in starts.symbols.values():
                    yield _Use(("value", start), others, guards)
    for child in children(formula):
        yield from _uses(problem, child, guards)
