"""Which way the imports of backprop_cli go.

The package is a row of rooms, each built on those before it. A module may import from rooms listed
before its own and from files of its own room, and from nothing else of ours.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

PACKAGE = "backprop_cli"
ROOT = Path(__file__).resolve().parent.parent / PACKAGE

# The rooms in their order. A room is a module or a folder of the package. Rooms that share a line
# may not import each other; those on the first line import nothing of ours.
ORDER = [
    ("records",),
    ("formula", "errors"),
    ("functions",),
    ("problem",),
    ("plan",),
    ("values",),
    ("documents",),
    ("render",),
    ("typed",),
    ("files",),
    ("sheets",),
    ("grading",),
    ("notebook",),
    ("commands",),
    ("__main__", "__init__"),
]

# What a module imports from a later room, and why; only when a function is called.
_SHOWN = "a solution shows itself in a notebook, as a paper made of it"
UPWARD = {("values.solution", "notebook"): _SHOWN, ("values.equation_solution", "notebook"): _SHOWN}

# These two may import anything of ours, each other included.
TOP = ("__main__", "__init__")

# Libraries that only some modules may import (names within the package; * stands for anything).
ONLY_IN = {
    "rich": ("render.terminal*", "commands", "commands.*", "__main__"),
    "typer": ("commands", "commands.*", "__main__"),
    "click": ("commands", "commands.*", "__main__"),
    "tomlkit": ("files", "files.*"),
    "tomllib": ("files", "files.*"),
}

LEVEL = {room: level for level, rooms in enumerate(ORDER) for room in rooms}


@dataclass(frozen=True)
class Import:
    """One name that a module imports."""

    target: str  # the whole dotted name, such as backprop_cli.files.read or rich.table
    line: int
    at_start: bool  # whether it happens when the module itself is imported


def modules_of(root: Path) -> dict[str, Path]:
    """Every module under `root` by its name within the package; the package's own is `__init__`."""
    modules = {}
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        if len(parts) > 1 and parts[-1] == "__init__":
            parts = parts[:-1]
        modules[".".join(parts)] = path
    return modules


def room_of(module: str) -> str:
    return module.split(".")[0]


def imports_of(path: Path, module: str) -> Iterator[Import]:
    """The imports anywhere in a file: at its top, in functions, under `if TYPE_CHECKING:`."""
    dotted = [PACKAGE] if module == "__init__" else [PACKAGE, *module.split(".")]
    folder = dotted if path.stem == "__init__" else dotted[:-1]

    def absolute(name: str, level: int) -> str:
        if level == 0:
            return name
        base = folder[: len(folder) - (level - 1)]
        return ".".join([*base, name] if name else base)

    def walk(node: ast.AST, at_start: bool) -> Iterator[Import]:
        match node:
            case ast.Import(names=names):
                for alias in names:
                    yield Import(alias.name, node.lineno, at_start)
            case ast.ImportFrom(module=name, names=names, level=level):
                for alias in names:
                    yield Import(f"{absolute(name or '', level)}.{alias.name}", node.lineno, at_start)
            case ast.Call(
                func=ast.Name(id="import_module" | "__import__") | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                bare = name.lstrip(".")
                yield Import(absolute(bare, len(name) - len(bare)), node.lineno, at_start)
            case ast.If(test=ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
                for child in node.body:
                    yield from walk(child, False)
                for child in node.orelse:
                    yield from walk(child, at_start)
                return
        inside = at_start and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for child in ast.iter_child_nodes(node):
            yield from walk(child, inside)

    yield from walk(ast.parse(path.read_text(encoding="utf-8"), str(path)), True)


def resolve(target: str, modules: dict[str, Path]) -> str | None:
    """The module of ours that an imported name comes from, or None where there is none."""
    inner = target.split(".")[1:]
    for end in range(len(inner), 0, -1):
        name = ".".join(inner[:end])
        # The last part may be a thing in the module; anything before that must be a module.
        if name in modules and end >= len(inner) - 1:
            return name
    return "__init__" if len(inner) <= 1 and "__init__" in modules else None


def cycle_in(graph: dict[str, set[str]]) -> list[str] | None:
    """A cycle of the graph, from a module back to itself, or None."""
    done: set[str] = set()

    def visit(module: str, trail: list[str]) -> list[str] | None:
        if module in trail:
            return [*trail[trail.index(module) :], module]
        if module in done:
            return None
        for other in sorted(graph[module]):
            if found := visit(other, [*trail, module]):
                return found
        done.add(module)
        return None

    for module in sorted(graph):
        if found := visit(module, []):
            return found
    return None


def faults_of(root: Path) -> list[str]:
    """All that is wrong with the imports of the package at `root`, a line for each."""
    modules = modules_of(root)
    if not modules:
        return [f"no module found in {root.name}/: there is nothing to check"]
    faults = []
    graph: dict[str, set[str]] = {module: set() for module in modules}
    for module, path in modules.items():
        room = room_of(module)
        if room not in LEVEL:
            faults.append(
                f"{path.relative_to(root.parent)}: the room {room!r} is not in the order of the rooms; "
                f"add it to ORDER in tests/{Path(__file__).name}, after all the rooms it builds on"
            )
            continue
        for found in imports_of(path, module):
            where = f"{path.relative_to(root.parent)}:{found.line}"
            library = found.target.split(".")[0]
            if library != PACKAGE:
                allowed = ONLY_IN.get(library)
                if allowed and not any(fnmatchcase(module, pattern) for pattern in allowed):
                    faults.append(f"{where}: {library} may be imported only in {', '.join(allowed)}")
                continue
            other = resolve(found.target, modules)
            if other is None:
                faults.append(f"{where}: imports {found.target}, which is in no module of the package")
                continue
            if found.at_start:
                graph[module].add(other)
            there = room_of(other)
            if module in TOP or there == room or there not in LEVEL:
                continue
            if LEVEL[there] >= LEVEL[room] and (found.at_start or (module, other) not in UPWARD):
                faults.append(
                    f"{where}: {module} imports {other}, but {there!r} does not come before {room!r} "
                    f"in the order of the rooms (see ORDER in tests/{Path(__file__).name})"
                )
    if cycle := cycle_in(graph):
        faults.append(f"modules import each other in a circle: {' -> '.join(cycle)}")
    return faults


def make_tree(folder: Path, files: dict[str, str]) -> Path:
    root = folder / PACKAGE
    root.mkdir()
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def test_imports_go_one_way() -> None:
    faults = faults_of(ROOT)
    assert not faults, "\n" + "\n".join(faults)


def test_checker_passes_a_good_tree(tmp_path: Path) -> None:
    good = {
        "__init__.py": "from backprop_cli.plan import plan\nfrom . import errors\n",
        "__main__.py": "import rich\nfrom backprop_cli import plan\nfrom .commands.solve import run\n",
        "errors.py": "import dataclasses\n",
        "plan.py": "from backprop_cli.errors import Fault\n",
        "files/__init__.py": "from .read import read\n",
        "files/read.py": "import tomllib\nfrom . import write\nfrom ..errors import Fault\n",
        # A circle within a room is none when one side of it waits for a call or for the types alone.
        "files/write.py": "from typing import TYPE_CHECKING\n"
        "def f():\n    from .read import read\n"
        "if TYPE_CHECKING:\n    from .read import Read\n",
        "render/terminal_colour.py": "from rich.table import Table\n",
        "commands/solve.py": "import typer\nfrom importlib import import_module\n"
        "def f():\n    import_module('backprop_cli.plan')\n    import_module('..files.read', __package__)\n",
    }
    assert faults_of(make_tree(tmp_path, good)) == []


def test_checker_finds_each_fault(tmp_path: Path) -> None:
    bad = {
        "__init__.py": "",
        "errors.py": "import backprop_cli.formula\n",
        "formula.py": "def f():\n    from .plan import plan\n",
        "plan.py": "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    from backprop_cli.render import text\n"
        "import tomlkit\nimport rich.table\nimport importlib\n"
        "importlib.import_module('backprop_cli.commands.solve')\n"
        "from backprop_cli import __version__\n"
        "from backprop_cli.nowhere import thing\n",
        "files/read.py": "from .write import write\n",
        "files/write.py": "from . import read\n",
        "render/__init__.py": "",
        "render/text.py": "class C:\n    async def f(self):\n        import click\n",
        "commands/solve.py": "from ..attic import old\n",
        "attic.py": "",
    }
    faults = "\n".join(faults_of(make_tree(tmp_path, bad)))
    for start in (
        "backprop_cli/errors.py:1: errors imports formula, but 'formula' does not come before 'errors'",
        "backprop_cli/formula.py:2: formula imports plan, but 'plan' does not come before 'formula'",
        "backprop_cli/plan.py:3: plan imports render.text, but",
        "backprop_cli/plan.py:4: tomlkit may be imported only in files, files.*",
        "backprop_cli/plan.py:5: rich may be imported only in render.terminal*",
        "backprop_cli/plan.py:7: plan imports commands.solve, but",
        "backprop_cli/plan.py:8: plan imports __init__, but",
        "backprop_cli/plan.py:9: imports backprop_cli.nowhere.thing, which is in no module",
        "backprop_cli/render/text.py:3: click may be imported only in commands",
        "backprop_cli/attic.py: the room 'attic' is not in the order of the rooms; add it to ORDER in tests/",
        "modules import each other in a circle: files.read -> files.write -> files.read",
    ):
        assert start in faults, f"not found: {start}\nin:\n{faults}"
    assert len(faults.splitlines()) == 11, faults


def test_checker_refuses_an_empty_tree(tmp_path: Path) -> None:
    assert faults_of(make_tree(tmp_path, {})) == [
        "no module found in backprop_cli/: there is nothing to check"
    ]
