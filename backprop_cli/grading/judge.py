"""Judging a class: every answer against the key and against the line it came from, all students at once.

A line is accepted when the answer, ± half a unit in its last place, touches what the step gives from the
numbers the student wrote above it, each ± half a unit of its own; or when it agrees with the key. So one
slip stays on one line. No width ever exceeds half a unit of the digits the problem asks for, and numbers
given or exact have none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from ..formula.arithmetic import Array, decimals_of
from ..formula.tree import Formula, Index, Key, refs
from ..plan.plan import make_plan
from ..plan.steps import Plan, Step
from ..problem.equations import given_by_equations
from ..problem.problem import Numbers, Phase, Problem
from ..values.cell_plan import given_cells
from ..values.trace import Trace, given_numbers, work_out
from .balls import STUDENT, Ball, BallEvaluator
from .equation_plans import equation_keys, equation_plans
from .verdicts import SLACK, Flags, Kind, Line, Written, half_unit, judge_line, unasked


@dataclass(eq=False)
class Judgement:
    """All lines of a class, by step, with what each student's numbers make of the problem."""

    problem: Problem
    plan: Plan
    variants: tuple[Plan, ...]
    students: int
    digits: Mapping[Phase, int]
    balls: dict[Key, Ball]
    lines: dict[Key, Line] = field(default_factory=dict)
    before: Judgement | None = None  # of an online problem: the turn before, whose new parameters are used
    mended: dict[Key, Ball] = field(default_factory=dict)  # the balls as they were without the slips
    taint: dict[Key, tuple[Flags, Flags]] = field(default_factory=dict)
    idle: dict[Key, Flags] = field(default_factory=dict)  # trivial, or 0: what leaves a sum without work


def grading_plans(problem: Problem, asked: frozenset[str]) -> tuple[Plan, ...]:
    """The plan whose lines are graded, and the same lines written in other ways that are as good.

    Error signals that the sheet asks for are named even where the handout does not name them; f′ may be
    worked out from z or from a, and where loss and output meet in a − y that short form will do.
    """
    if given_by_equations(problem):
        return equation_plans(problem)
    notation = problem.notation
    named = notation.backward | {
        signal
        for signal, role in (("activation", "activation_gradient"), ("preactivation", "delta"))
        if role in asked
    }
    main = replace(notation, backward=named)
    notations = [main, replace(main, derivative="activation"), replace(main, derivative="prime")]
    if "preactivation" in named:
        notations.append(replace(main, backward=frozenset(("preactivation",))))
    return tuple(make_plan(replace(problem, notation=variant)) for variant in notations)


def stated(problem: Problem) -> Mapping[Key, Numbers]:
    """The numbers that the problem gives, by the keys of the plan it is graded by."""
    return given_cells(problem) if given_by_equations(problem) else given_numbers(problem)


def keys(problem: Problem) -> tuple[Trace, ...]:
    """The key as the problem rounds, and with full precision carried."""
    if given_by_equations(problem):
        return equation_keys(problem)
    carried = replace(problem, rounding="carry")
    traces = [work_out(make_plan(carried))]
    if problem.rounding == "each-step":
        traces.insert(0, work_out(make_plan(problem)))
    return tuple(traces)


def judge(
    problem: Problem,
    plans: tuple[Plan, ...],
    traces: tuple[Trace, ...],
    answers: Mapping[Key, Written],
    students: int,
    digits: Mapping[Phase, int],
    *,
    strict: bool = False,
    before: Judgement | None = None,
    misread: Mapping[Key, Array] | None = None,
) -> Judgement:
    """Judge every step of a class, in the order of the plan.

    In a turn of an online problem the parameters are the student's own new ones of the turn `before`;
    given numbers that were `misread` are taken as they were read, and the key stays what it is.
    """
    plan = plans[0]
    read = {key: given.values for key, given in stated(problem).items()} | dict(misread or {})
    balls = {key: Ball(values, None, _indices(plan, key)) for key, values in read.items()}
    judgement = Judgement(problem, plan, plans, students, digits, balls, before=before)
    taint, mended, idle = judgement.taint, judgement.mended, judgement.idle
    mended |= balls
    for key, new in renewed(balls, before).items():
        if before is not None:
            balls[key], mended[key] = before.balls[new], before.mended[new]
            taint[key], idle[key] = before.taint[new], before.idle[new]
    forms_of = _forms(plans)
    needed = _needed(forms_of, answers)
    for step in plan.steps:
        if step.key not in needed:
            balls[step.key] = mended[step.key] = Ball(_key(traces[0], step), None, step.indices)
            continue
        forms = tuple(form for form in forms_of[step.key] if all(ref.key in balls for ref in refs(form)))
        reader = BallEvaluator(problem, balls)
        owns = [reader.line(form, step.indices, students) for form in forms]
        key_values = [_key(trace, step) for trace in traces]
        written = answers.get(step.key) or unasked(owns[0].centre.shape)
        tainted, trivial = _inherited(step, taint, idle, students)
        asked = decimals_of(key_values[0], digits[step.phase])
        tainted = tainted & _felt(step, forms, mended, written, asked, tainted, problem)
        line = judge_line(step, written, owns, key_values, asked, (tainted, trivial), strict)
        judgement.lines[step.key] = line
        balls[step.key] = _carried_on(line, owns[0])
        mended[step.key] = _mended(line, balls[step.key], 0.5 * 10.0 ** -np.asarray(asked, dtype=np.float64))
        taint[step.key] = (line.tainted, line.trivial)
        nothing = (line.written.kinds == Kind.NUMBER) & (line.written.values == 0)
        idle[step.key] = line.trivial | nothing
    return judgement


def renewed(given: Iterable[Key], before: Judgement | None) -> dict[Key, Key]:
    """What a turn takes over from the one before: weights → new_weights, and what the optimizer keeps."""
    if before is None:
        return {}
    return {
        (quantity, level): (f"new_{quantity}", level)
        for quantity, level in given
        if (f"new_{quantity}", level) in before.lines
    }


def _forms(plans: tuple[Plan, ...]) -> dict[Key, tuple[Formula, ...]]:
    """The ways to write each step that are as good as one another, the plan's own first."""
    found: dict[Key, dict[Formula, None]] = {}
    for plan in plans:
        for step in plan.steps:
            found.setdefault(step.key, {})[step.formula] = None
    return {key: tuple(forms) for key, forms in found.items()}


def _needed(forms: Mapping[Key, tuple[Formula, ...]], answers: Mapping[Key, Written]) -> set[Key]:
    """The steps that are asked for, and those they rest on."""
    needed: set[Key] = set()
    waiting = list(answers)
    while waiting:
        key = waiting.pop()
        if key not in needed:
            needed.add(key)
            waiting += [ref.key for form in forms.get(key, ()) for ref in refs(form)]
    return needed


def _felt(
    step: Step,
    forms: tuple[Formula, ...],
    mended: Mapping[Key, Ball],
    written: Written,
    digits: Array | int,
    tainted: Flags,
    problem: Problem,
) -> Flags:
    """Whether a slip above makes a difference to the answer: not where it meets a 0, or agrees with it
    mended.
    """
    shape = written.values.shape
    felt = np.ones(shape, dtype=bool)
    rows = np.flatnonzero(tainted.reshape(len(tainted), -1).any(axis=1))
    if not len(rows):
        return felt
    some = {key: ball.of(rows) for key, ball in mended.items()}
    part = written.of(rows)
    half = half_unit(part, digits)[1]
    slack = SLACK * np.maximum(1.0, np.abs(part.values))
    for form in forms:
        ball = BallEvaluator(problem, some).ball(form, step.indices, len(rows))
        felt[rows] &= np.abs(part.values - ball.centre) > half + ball.spread() + slack
    return np.asarray(felt | (written.kinds != Kind.NUMBER))


def _mended(line: Line, ball: Ball, half: Array) -> Ball:
    """What the lines below would use had the slips above not happened."""
    if not line.tainted.any():
        return ball
    radius = np.where(line.tainted, half, ball.spread())
    return Ball(np.where(line.tainted, line.key, ball.centre), radius, ball.axes)


def _indices(plan: Plan, key: Key) -> tuple[Index, ...]:
    """The indices of a given quantity, as the formulas use it."""
    for step in plan.steps:
        for ref in refs(step.formula):
            if ref.key == key:
                return ref.indices
    return ()


def _key(trace: Trace, step: Step) -> Array:
    """The key's value of a step; the error signal of a descent handout is the negative gradient."""
    if step.key in trace.values:
        return trace[step.key]
    other = {"descent_delta": "delta", "delta": "descent_delta"}[step.quantity]
    return -trace[other, step.level]


def _inherited(
    step: Step, taint: Mapping[Key, tuple[Flags, Flags]], idle: Mapping[Key, Flags], students: int
) -> tuple[Flags, Flags]:
    """Whether any number that the step uses rests on a slip, and whether trivial slips leave it without
    work: a sum still has to be worked out if other terms are neither of these nor 0.
    """
    wanted = (STUDENT, *step.indices)
    blank = np.zeros((students,) + (1,) * len(step.indices), dtype=bool)
    merged = [blank, blank]
    for ref in refs(step.formula):
        for which, flags in enumerate(taint.get(ref.key, ())):
            axes = (STUDENT, *ref.indices)
            summed = tuple(place for place, index in enumerate(axes) if index not in wanted)
            kept = tuple(index for index in axes if index in wanted)
            part: Flags = np.asarray(flags.any(axis=summed)) if summed else flags
            if which and summed:
                part = part & np.asarray(idle[ref.key].all(axis=summed))
            order = [kept.index(index) for index in wanted if index in kept]
            sizes = iter(part.transpose(order).shape)
            part = part.transpose(order).reshape([next(sizes) if index in kept else 1 for index in wanted])
            merged[which] = merged[which] | part
    return merged[0], merged[1]


def _carried_on(line: Line, own: Ball) -> Ball:
    """What the lines below use: the student's own number, or, where there is none, what it would have
    been.
    """
    number = line.written.kinds == Kind.NUMBER
    width = np.where(line.written.decimals < 0, 0.0, line.half)
    radius = np.where(number, width, np.broadcast_to(own.spread(), number.shape))
    return Ball(np.where(number, line.written.values, own.centre), radius, own.axes)
