"""`backprop derive`: the chain rule, written out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from ..errors import InputError
from ..files.overwriting import claim
from .options import (
    AsciiOption,
    DigitsOption,
    ForceOption,
    Format,
    FormatOption,
    FragmentOption,
    NoColorOption,
    OutputOption,
    PaperOption,
    PaperSize,
    ProblemArgument,
    RoundingOption,
    chosen_format,
    chosen_problem,
    write_json,
)
from .output import write_document
from .solve import Values

if TYPE_CHECKING:
    from ..documents.document import Document
    from ..problem.problem import Problem, Rounding


def derive(
    problem: ProblemArgument = None,
    of: Annotated[
        str | None,
        typer.Option(
            "--of",
            metavar="QUANTITY",
            help="One quantity only: its symbol (B, 'Θ_11[out]') or its name (out.weight_gradient[1,2]).",
            show_default=False,
        ),
    ] = None,
    show: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PARTS",
            help="Any of local,chain,recursion,result. Default: what the handout does.",
            show_default=False,
        ),
    ] = None,
    all_units: Annotated[
        bool, typer.Option("--all-units", help="Write each unit's equation out instead of the index form.")
    ] = False,
    activation: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="An activation function's derivative instead, by its name in problem files: sigmoid, gelu, "
            "…; also softmax-cross-entropy and sigmoid-cross-entropy.",
            show_default=False,
        ),
    ] = None,
    digits: DigitsOption = None,
    rounding: RoundingOption = None,
    values: Annotated[
        Values | None,
        typer.Option(help="Put numbers into a problem that has only symbols.", show_default=False),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Which random numbers.")] = 0,
    format: FormatOption = None,
    output: OutputOption = None,
    paper: PaperOption = PaperSize.a4,
    fragment: FragmentOption = False,
    force: ForceOption = False,
    ascii: AsciiOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Derive the gradients by the chain rule.

    Local derivatives first, then each gradient as their product, then with everything put in and simplified,
    in the problem's own notation.

    \b
    Examples:
      backprop derive solutions-16
      backprop derive w3wi-ds304 --of 'Θ_11[out]'
      backprop derive umons --of u --show chain,result
      backprop derive or-batch --show recursion
      backprop derive --activation softmax-cross-entropy
    """
    from ..documents.translated import translated
    from ..problem.language import ENGLISH

    form = chosen_format(format, output)
    parts = _parts(show)
    if activation is not None:
        if problem is not None or of is not None:
            raise InputError(
                "--activation derives a function by itself, so it takes neither a problem nor --of",
                help=f"backprop derive --activation {activation}",
            )
        from ..documents.derive_activation import activation_document

        document, name, language = activation_document(activation), activation, ENGLISH
    else:
        chosen = chosen_problem(problem)
        if values is not None:
            from ..values.random_numbers import with_random_numbers

            chosen = with_random_numbers(chosen, seed)
        name, language = chosen.name, chosen.language
        document = _document(
            chosen,
            cast("Rounding | None", rounding and rounding.value),
            digits,
            {"of": of, "show": parts, "all_units": all_units, "invite": form is Format.terminal},
        )
    claim(output, force=force)
    if form is Format.json:
        write_json(_as_json(document, name, ascii), output, ascii=ascii)
        return
    document = translated(document, language)
    write_document(document, form, output, ascii=ascii, no_color=no_color, paper=paper, fragment=fragment)


def _document(
    problem: Problem,
    rounding: Rounding | None,
    digits: int | None,
    options: dict[str, Any],
) -> Document:
    if getattr(problem, "rule", "gradient") == "perceptron":
        raise InputError(
            "the perceptron rule is not derived from a loss, so there is nothing to derive",
            help="it moves by η·(t − o)·x; backprop solve shows every turn",
        )
    from ..documents.derive import derivation_document
    from ..plan.plan import make_plan
    from ..problem.equations import given_by_equations

    if given_by_equations(problem):
        from ..documents.equation_derivation import equation_derivation
        from ..values.solution import solve as solved

        asked = {"of": options["of"], "show": options["show"]}
        if problem.symbolic:
            return equation_derivation(make_plan(problem), **asked)
        worked = solved(problem, rounding=rounding, digits=digits).traces[0]
        return equation_derivation(worked.plan, worked, **asked)
    if problem.symbolic:
        return derivation_document(make_plan(problem), **options)
    from ..values.solution import solve as work_out

    trace = work_out(problem, rounding=rounding, digits=digits).traces[0]
    return derivation_document(trace.plan, trace, **options)


def _parts(wanted: list[str] | None) -> frozenset[str] | None:
    """The parts asked for, from lists with commas or one at a time."""
    from difflib import get_close_matches

    known = ("local", "chain", "recursion", "result")
    if wanted is None:
        return None
    names = [name.strip() for part in wanted for name in part.split(",") if name.strip()]
    if not names:
        raise InputError("--show names no part", help=f"the parts: {', '.join(known)}")
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, 1)
            guess = f"did you mean {near[0]}? " if near else ""
            raise InputError(f'--show has no part "{name}"', help=f"{guess}the parts: {', '.join(known)}")
    return frozenset(names)


def _as_json(document: Document, name: str, ascii: bool) -> dict[str, Any]:
    """The derivation's sections with their equations as text."""
    from ..render.equation_text import sections

    return {"schema": "backprop.derivation/1", "problem": name, "sections": sections(document, ascii=ascii)}
