"""`backprop practice`: the problem line by line, each answer judged at once."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import InputError
from .options import AsciiOption, NoColorOption, ProblemArgument, chosen_problem, console
from .solve import Part, phases_of

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterator

    from rich.console import Console

    from ..grading.practice import Reply, Sitting
    from ..problem.problem import Phase, Problem
    from ..sheets.practice_sheet import PracticeSheet

ROOM = 80  # of a line, where the output is no terminal


def practice(
    problem: ProblemArgument = None,
    only: Annotated[
        list[Part] | None,
        typer.Option("--only", help="Ask this phase alone; may be given several times.", show_default=False),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="SHEET",
            help="Keep the answers in SHEET as they come.",
            show_default=False,
        ),
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="SHEET",
            help="Go on where this sheet stops; answers are kept in it unless -o names another.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=0, help="Practise on the same exercise with other numbers.", show_default=False
        ),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="With other numbers again after each round, until Ctrl-D.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Write over a sheet that holds answers.")] = False,
    ascii: AsciiOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Work a problem out line by line; each answer is judged at once, by your own numbers above.

    At each line: a number (or an expression, or a formula where the problem is in letters),
    ? for a hint, each further one telling more, ! for the answer, f for the formula, d for the figure;
    an empty line leaves it out, Ctrl-D stops. Without a terminal each line of the input is an answer.
    Exit status 0 when all of it is right in the end, else 1.

    \b
    Examples:
      backprop practice w3wi-ds304
      backprop practice w3wi-ds304 --only forward -o mine.toml
      backprop practice --from mine.toml w3wi-ds304
      backprop practice or-batch --seed 7 --again
    """
    from ..sheets.practice_sheet import PracticeSheet, holds_answers, read_practice

    original = chosen_problem(problem)
    keep = output or resume
    if seed is not None and resume is not None:
        raise InputError("--from goes on with a sheet, and --seed begins anew with other numbers: name one")
    if output is not None and output != resume and not force and holds_answers(output, original):
        raise InputError(
            f"{output} is there already and holds answers",
            help=f"go on with it: --from {output}; or write over it: --force",
        )
    sheet = read_practice(resume, original) if resume else PracticeSheet(original.name)
    phases = tuple(phases_of(only))
    right = True
    with console(None, ascii=ascii, no_color=no_color) as (out, plain):
        for chosen in _rounds(original, seed, sheet.slips, again=again):
            if chosen is not original:
                sheet = PracticeSheet(chosen.name, sheet.student, {}, sheet.slips, sheet.sittings)
                _write_variant(problem, original, chosen, keep)
            room = _Room(out, plain, chosen, phases, sheet, keep, drawn=chosen is not original)
            right = room.work() and right
            if room.stopped:
                break
    raise typer.Exit(0 if right else 1)


def _rounds(problem: Problem, seed: int | None, slips: Counter[str], *, again: bool) -> Iterator[Problem]:
    """The problem, or variants in which the slips made before would show: one, or again and again."""
    from ..grading.variants import variant

    if seed is None:
        yield problem
        seed = 0
    else:
        yield variant(problem, seed, made=set(slips))
    while again:
        seed += 1
        yield variant(problem, seed, made=set(slips))


def _write_variant(source: str | None, original: Problem, chosen: Problem, keep: Path | None) -> None:
    """The variant's own problem file beside the sheet, so that the sheet can be checked."""
    if keep is None or source == "-":
        return
    from ..files.problem_writing import varied_text
    from ..files.saving import save
    from ..files.source import read_source

    text = read_source(source or "problem.toml").text
    save(keep.with_name(f"{chosen.name}.toml"), varied_text(text, original, chosen))


class _Room:
    """One round at one problem: asks, reads, tells, keeps."""

    def __init__(
        self,
        out: Console,
        plain: bool,
        problem: Problem,
        phases: tuple[Phase, ...],
        sheet: PracticeSheet,
        keep: Path | None,
        *,
        drawn: bool,
    ) -> None:
        from ..grading.practice import Sitting

        self.out, self.plain, self.problem, self.sheet, self.keep = out, plain, problem, sheet, keep
        self.sitting: Sitting = Sitting(problem, phases, ascii=plain)
        self.read: Callable[[str], str] = _reader(plain)
        self.drawn = drawn
        self.stopped = False
        self.before = sheet.slips.copy()
        self.asked = False  # whether the line has been asked before
        if sheet.answers:
            self.sitting.resume(sheet.answers)
        self.elsewhere = {
            cell: text for cell, text in sheet.answers.items() if cell not in self.sitting.kept()
        }

    def work(self) -> bool:
        """Ask until all lines are done or the input ends; whether all of it is right."""
        self._head()
        sitting = self.sitting
        self.sheet.sittings += 1
        while sitting.line is not None:
            try:
                typed = self.read(f"{sitting.symbol()} = ").strip()
            except EOFError:
                self.out.print()
                self.stopped = True
                break
            self._heard(typed)
            self._save()
        self._close()
        return sitting.all_right

    def _heard(self, typed: str) -> None:
        line = self.sitting.line
        if line is None:
            return
        letters = self.problem.symbolic
        action = _ACTIONS.get(typed)
        if action is not None and not (letters and typed.isalpha()):  # there f and d may be symbols
            action(self)
            return
        self._judged(self.sitting.answer(typed[:10_000]))

    def _judged(self, reply: Reply) -> None:
        if reply.right:
            words = "   ".join(part for part in (reply.worked, reply.remark) if part)
            self._said("✓", words, "green", self._where_one_is())
        elif reply.verdict == "invalid":
            self._said("?", reply.remark, "yellow")
        else:
            self._said("✗", "not yet.   ? for a hint", "red")

    def _where_one_is(self) -> str:
        done = sum(line.done for line in self.sitting.lines)
        return f"{done} of {len(self.sitting.lines)}"

    # What the single characters do.

    def hint(self) -> None:
        """The next hint."""
        told = self.sitting.hint()
        self._said("", told or "That is all there is to say:   ! for the answer", "")

    def tell(self) -> None:
        """The answer, and on to the next line."""
        symbol = self.sitting.symbol()
        self._said("", f"{symbol} = {self.sitting.tell()}", "", self._where_one_is())

    def formula(self) -> None:
        """The general formula."""
        self._said("", self.sitting.formula(), "")

    def figure(self) -> None:
        """The network, or the equations, without the values that are asked for."""
        from ..problem.equations import given_by_equations

        if given_by_equations(self.problem):
            for one in self.problem.equations:
                self.out.print(self.sitting.text.plain(f"  {one.source}"), soft_wrap=True)
            return
        from ..documents.network import network_of
        from ..render.drawing_text import drawing_text
        from ..values.solution import solve

        trace = None if self.problem.symbolic else solve(self.problem).traces[0]
        picture = network_of(self.problem, trace, "weights" if trace else "none", 0)
        for row in drawing_text(picture, ascii=self.plain, width=self.out.width):
            self.out.print(row, soft_wrap=True)

    def leave(self) -> None:
        """Leave the line as it stands."""
        standing = self.sitting.line is not None and bool(self.sitting.line.answer)
        self.sitting.leave()
        self._said("", "left as it stands" if standing else "left out", "dim", self._where_one_is())

    # What is printed and kept.

    def _head(self) -> None:
        from ..documents.equation_solution import given_numbers_of
        from ..documents.given import given_equations
        from ..formula.arithmetic import Significant
        from ..problem.equations import given_by_equations
        from ..sheets.blank_sheet import asked_digits

        text = self.sitting.text
        if self.problem.title:
            self.out.print(text.plain(self.problem.title), style="bold")
        letters = self.problem.symbolic
        keys = "? hint   ! answer   " + (":f formula   :d figure" if letters else "f formula   d figure")
        self.out.print(f"{keys}   Enter leaves it out   Ctrl-D stops", style="dim")
        equations = (
            given_numbers_of(self.problem)
            if given_by_equations(self.problem)
            else given_equations(self.problem, with_samples=True)
        )
        given = [
            text.line(one.left) + "".join(f" {each.sign} {text.line(each.right)}" for each in one.relations)
            for one in equations
            if one.left is not None
        ]
        if not letters:
            digits = asked_digits(self.problem)
            asked = dict.fromkeys(digits[line.cell.step.phase] for line in self.sitting.lines)
            by_hand = self.problem.rounding == "each-step"
            counts = " to ".join(str(count) for count in (min(asked), max(asked))) if len(asked) > 1 else ""
            counts = counts or str(next(iter(asked), 0))
            kind = "significant digits" if any(isinstance(n, Significant) for n in asked) else "decimals"
            given.append(f"{'round every line' if by_hand else 'carry all digits, write'}: {counts} {kind}")
        row = ""
        for part in map(text.plain, given):
            if row and len(row) + 4 + len(part) > self.out.width:
                self.out.print(row, soft_wrap=True)
                row = ""
            row = f"{row}    {part}" if row else part
        if row:
            self.out.print(row, soft_wrap=True)
        self.out.print()
        if self.drawn:  # its numbers stand on no paper
            self.figure()
            self.out.print()

    def _said(self, mark: str, words: str, style: str, right: str = "") -> None:
        """A line under the question: a mark, the words, and at the right margin where one is."""
        room = min(self.out.width, ROOM) - 4 - len(right) - 2
        text = self.sitting.text.plain(f"{mark}  {words}" if mark else words)
        rows = _wrapped(text, room)
        for number, row in enumerate(rows):
            last = number == len(rows) - 1
            self.out.print(f"  {row:<{room}}  {right}".rstrip() if last else f"  {row}", style=style or None)

    def _save(self) -> None:
        self.sheet.answers = self.elsewhere | self.sitting.kept()
        self.sheet.slips.clear()  # the counter itself stays: what is drawn next depends on it
        self.sheet.slips.update(self.before + self.sitting.slips)
        if self.keep is not None:
            self.sheet.save(self.keep)

    def _close(self) -> None:
        from ..grading.practice import RIGHT, STARS, read_up_on

        lines = self.sitting.lines
        done = [line for line in lines if line.done]
        found = [line for line in done if line.verdict in RIGHT and not line.told]
        alone = sum(not line.hints for line in found)
        stars = sum(line.stars for line in found)
        self.out.print()
        self.out.print(
            self.sitting.text.plain(
                f"{len(found)} of {len(lines)} right, {alone} of them without help"
                f"   stars {stars} of {STARS * len(lines)}"
            ),
            style="bold",
        )
        if slips := read_up_on(self.sheet.slips):
            self.out.print(f"to read up on: {'; '.join(slips[:4])}")
        if self.keep is not None:
            self.out.print(f"kept in {self.keep}", style="dim")
            if self.stopped and len(done) < len(lines):
                self.out.print(
                    f"go on with: backprop practice {self.problem.name} --from {self.keep}", style="dim"
                )


_ACTIONS: dict[str, Callable[[_Room], None]] = {
    "?": _Room.hint,
    "!": _Room.tell,
    "f": _Room.formula,
    ":f": _Room.formula,
    "d": _Room.figure,
    ":d": _Room.figure,
    "": _Room.leave,
}


def _wrapped(text: str, room: int) -> list[str]:
    """The text in rows of at most `room` characters, broken at spaces; a row begins with its sign."""
    import re
    import textwrap

    tied = re.sub(r" ([·+−=*⊙]) ", " \\1\u00a0", text)
    rows = textwrap.wrap(
        tied, max(room, 20), break_long_words=False, break_on_hyphens=False, subsequent_indent="   "
    )
    return [row.replace("\u00a0", " ") for row in rows] or [""]


def _reader(plain: bool) -> Callable[[str], str]:
    """How a line is read: with editing and history in a terminal, else from the input, shown as typed."""
    if sys.stdin.isatty() and sys.stdout.isatty():
        with suppress(ImportError):  # not on Windows, whose terminal edits lines by itself
            import readline  # noqa: F401  (importing it gives input() its line editing and history)
        return input

    def read(prompt: str) -> str:
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        print(prompt + "".join(char if char.isprintable() else "�" for char in line.rstrip()))
        return line

    return read
