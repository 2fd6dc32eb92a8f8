"""A quantity's name is one word: which cells of it are meant, its indices say."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from grading import BATCH, MAZUR, problem_of

import backprop_cli
from backprop_cli.formula.tree import refs
from backprop_cli.grading.slips.edits import edits
from backprop_cli.plan.plan import make_plan

PACKAGE = Path(backprop_cli.__file__).parent
MODULES = [path.relative_to(PACKAGE).as_posix() for path in sorted(PACKAGE.rglob("*.py"))]
TAKING_APART = ("partition", "rpartition", "split", "rsplit")


@pytest.mark.parametrize("text", [MAZUR, BATCH, "or-batch", "umons", "solutions-16"])
def test_a_mistake_names_its_quantities_by_one_word(text: str) -> None:
    plan = make_plan(problem_of(text))
    tried = [edit.formula for step in plan.steps for edit in edits(plan, step, step.formula)]
    assert tried
    assert all(ref.quantity.isidentifier() for formula in tried for ref in refs(formula))


@pytest.mark.parametrize("module", MODULES)
def test_no_name_of_a_quantity_holds_more_or_is_taken_apart(module: str) -> None:
    tree = ast.parse((PACKAGE / module).read_text(encoding="utf-8"))
    assert [found for node in ast.walk(tree) for found in _held(node)] == []


def _held(node: ast.AST) -> Iterator[str]:
    """What is no single word: Ref("weights#T", …), Ref(f"weights@{level}", …), ref.quantity.split("@")."""
    match node:
        case ast.Call(func=ast.Name("Ref"), args=[ast.Constant(str(name)), *_]) if not name.isidentifier():
            yield name
        case ast.Call(func=ast.Name("Ref"), args=[ast.JoinedStr(values=values), *_]):
            plain = (part.value for part in values if isinstance(part, ast.Constant))
            yield from (str(part) for part in plain if not str(part).isidentifier())
        case ast.Call(func=ast.Attribute(attr=way, value=ast.Attribute(attr="quantity"))) if (
            way in TAKING_APART
        ):
            yield f"line {node.lineno}: quantity.{way}"
