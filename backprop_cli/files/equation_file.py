"""A problem file with equations → EquationProblem, every fault with its place, in the equation too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import cast

from ..errors import InputError, KeyPath
from ..problem.equations import EquationProblem, OwnFunction, equation_problem
from ..problem.problem import DEFAULT_DIGITS, PHASES, Numbers, Problem, Rounding
from ..typed.equation_functions import read_functions
from ..typed.equation_names import WORDS, key_of, key_symbol
from ..typed.equation_text import EquationError
from ..typed.equations import MAX_AXES, System, read_equations
from .digits_table import read_digits
from .keys import KeyFaultError, Table, clipped, describe, known_keys, letter, name_out_of, prose, table_of
from .notation_tables import read_notation
from .number_arrays import tensor
from .optimizer_table import read_optimizer, with_parameters_state
from .quoted_text import place_in, quoted_text

KEYS = (
    "title",
    "source",
    "description",
    "equations",
    "given",
    "parameters",
    "objective",
    "gradients_of",
    "sizes",
    "functions",
    "learning_rate",
    "optimizer",
    "digits",
    "rounding",
    "marks",
    "paper",
    "language",
    "words",
    "vary",
    "notation",
)
_OF_LAYERS = dict.fromkeys(
    ("inputs", "targets", "labels", "features", "loss", "batch", "schedule", "layers"),
    "it belongs to a network of layers; with equations numbers stand below [given] and [parameters]",
)
_MAX_SIZE = 10_000
_BROKEN = "\b\t\f\r"  # what TOML makes of the \t of \tanh in double quotes


def read_equation_problem(
    document: Table,
    name: str,
    text: str,
    file: str,
    learning_rate: Callable[[Table], Numbers | None],
) -> EquationProblem:
    """The problem that a TOML document with equations describes.

    Raises InputError with the place of a fault in an equation, and with the path of any other.
    """
    known_keys(document, KEYS, (), _OF_LAYERS)
    equations = _Equations(document["equations"], text, file)
    given, parameters = (_numbers(document, key) for key in ("given", "parameters"))
    _each_once(given, parameters)
    sizes = _sizes(document, bool(given or parameters))
    functions = own_functions(document, text, file)
    with equations.placed():
        system = read_equations(
            equations.text,
            {key: numbers.values.shape for key, numbers in given.items()},
            {key: numbers.values.shape for key, numbers in parameters.items()},
            _whole({**given, **parameters}),
            sizes,
            frozenset(functions),
            _objective_key(document),
        )
    notation, _ = read_notation(document.get("notation", {}))
    problem = equation_problem(
        name,
        tuple(system.equations),
        system.ranges,
        objective=_objective(document, system, equations),
        given=given,
        parameters=parameters,
        gradients_of=_gradients_of(document, system, parameters),
        shapes={
            key: tuple(axis for axis in one.axes if axis is not None)
            for key, one in system.symbols.items()
            if one.kind == "letter"
        },
        starts=system.starts,
        functions=functions,
        sizes=sizes,
        title=prose(document, "title", 200),
        source=prose(document, "source", 500),
        description=prose(document, "description", 5000),
        learning_rate=learning_rate(document),
        digits=read_digits(document.get("digits", {}), dict.fromkeys(PHASES, DEFAULT_DIGITS)),
        rounding=cast(Rounding, _choice(document, "rounding", ("carry", "each-step"))),
        optimizer=read_optimizer(document.get("optimizer", "gradient_descent")),
        notation=notation,
    )
    problem = with_parameters_state(problem, document.get("optimizer"))
    if "language" in document or "words" in document:
        from .language_table import read_language

        problem = replace(problem, language=read_language(document))
    if "paper" in document:
        from .paper_table import read_paper

        problem = replace(problem, paper=read_paper(document["paper"]))
    if "vary" in document:
        from .vary_table import read_vary

        problem = replace(problem, vary=read_vary(problem, document["vary"]))
    if "marks" not in document:
        return problem
    from .marks_table import with_marks

    return cast(EquationProblem, with_marks(cast(Problem, problem), document["marks"]))


def _choice(document: Table, key: str, known: tuple[str, ...]) -> str:
    return name_out_of(document[key], known, (key,), key, "choices") if key in document else known[0]


class _Equations:
    """The equations' text, and the places of its characters in the file."""

    def __init__(self, value: object, text: str, file: str) -> None:
        self.file_text, self.file = text, file
        self.listed = isinstance(value, list)
        if isinstance(value, str):
            parts: list[object] = [value]
        elif isinstance(value, list):
            parts = value
        else:
            raise InputError(
                f"equations must be text in quotes, not {describe(value)}",
                path=("equations",),
                help='equations = """, one equation a line, and """ at the end',
            )
        lines: list[str] = []
        self.starts: list[int] = []
        for number, part in enumerate(parts):
            if not isinstance(part, str):
                raise InputError(
                    f"an equation is text in quotes, not {describe(part)}", path=("equations", number)
                )
            self.starts.append(sum(len(line) + 1 for line in lines))
            lines.append(self._meant(part, number))
        self.text = "\n".join(lines)

    def _path(self, number: int) -> KeyPath:
        return ("equations", number) if self.listed else ("equations",)

    def _meant(self, said: str, number: int) -> str:
        if not any(char in said for char in _BROKEN):
            return said
        found = quoted_text(self.file_text, self._path(number))
        return found[0] if found else said

    def fault(self, error: EquationError) -> InputError:
        """A fault of an equation with its place in the file."""
        number = max(at for at, start in enumerate(self.starts) if start <= max(error.span[0], 0))
        start = self.starts[number]
        place = place_in(
            self.file_text, self.file, self._path(number), error.span[0] - start, error.span[1] - start
        )
        return InputError(str(error), path=self._path(number), place=place, help=error.help)

    def placed(self) -> _Placed:
        return _Placed(self)


class _Placed:
    """Turns an EquationError raised inside into an InputError with its place."""

    def __init__(self, equations: _Equations) -> None:
        self.equations = equations

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, EquationError):
            raise self.equations.fault(error) from None


def _numbers(document: Table, key: str) -> dict[str, Numbers]:
    if key not in document:
        return {}
    table = table_of(document[key], (key,), key, f"[{key}]")
    found: dict[str, Numbers] = {}
    for name, value in table.items():
        path = (key, name)
        symbol = key_symbol(name)
        if symbol is None:
            raise KeyFaultError(
                f'"{clipped(name)}" is no symbol',
                path=path,
                help="a symbol is a letter or a word, with a label: W_xh",
            )
        if symbol.base in WORDS and len(symbol.base) > 1:
            raise KeyFaultError(
                f"{clipped(name)} is the name of a function", path=path, help="choose another symbol for it"
            )
        found["".join(name.split())] = tensor(value, path, clipped(name), MAX_AXES)
    return found


def _each_once(given: Mapping[str, Numbers], parameters: Mapping[str, Numbers]) -> None:
    seen: dict[tuple[str, str], str] = {}
    for table, keys in (("given", given), ("parameters", parameters)):
        for key in keys:
            symbol = key_symbol(key)
            at = (symbol.base, symbol.label) if symbol else ("", "")
            if at in seen:
                raise KeyFaultError(
                    f"{key} is given twice, the other time below [{seen[at]}]",
                    path=(table, key),
                    help="keep one of them",
                )
            seen[at] = table


def _whole(numbers: Mapping[str, Numbers]) -> dict[str, int]:
    """The whole numbers among what is given, which may be limits of a Σ."""
    found = {}
    for key, value in numbers.items():
        if (
            value.values.shape == ()
            and float(value.values).is_integer()
            and abs(float(value.values)) < _MAX_SIZE
        ):
            found[key] = int(value.values)
    return found


def _sizes(document: Table, numbers: bool) -> dict[str, int | str]:
    if "sizes" not in document:
        return {}
    path: KeyPath = ("sizes",)
    table = table_of(document["sizes"], path, "sizes", 'sizes = { k = 3, j = "P" }')
    if numbers:
        raise KeyFaultError(
            "sizes are for problems in letters, and this one has numbers",
            path=path,
            help="leave them out: the lists tell how long they are",
        )
    found: dict[str, int | str] = {}
    for name, value in table.items():
        at = (*path, name)
        letter(name, at, "an index")
        if isinstance(value, str):
            found[name] = letter(value, at, name)
        elif type(value) is int and 1 <= value <= _MAX_SIZE:
            found[name] = value
        else:
            raise InputError(f"{name} must be a whole number from 1 on, or a letter", path=at)
    return found


def own_functions(document: Table, text: str, file: str) -> dict[str, OwnFunction]:
    """The functions of one's own that a file defines. Raises InputError with its place in the formula."""
    if "functions" not in document:
        return {}
    path: KeyPath = ("functions",)
    table = table_of(document["functions"], path, "functions", "[functions]")
    texts: dict[str, str] = {}
    for name, value in table.items():
        if not isinstance(value, str):
            raise InputError(
                f"{clipped(name)} must be a formula in quotes, not {describe(value)}",
                path=(*path, name),
                help='for example: mish = "x tanh(ln(1 + e^x))"',
            )
        broken = any(char in value for char in _BROKEN)
        meant = quoted_text(text, (*path, name)) if broken else None
        texts[name] = meant[0] if meant else value
    try:
        return read_functions(texts)
    except EquationError as error:
        name = error.where
        place = place_in(text, file, (*path, name), *error.span)
        raise InputError(str(error), path=(*path, name), place=place, help=error.help) from None


def _objective_key(document: Table) -> str | None:
    """The key of the objective that a file names, if it names one."""
    named = document.get("objective")
    symbol = key_symbol(named) if isinstance(named, str) else None
    return key_of(symbol.base, symbol.label) if symbol else None


def _objective(document: Table, system: System, equations: _Equations) -> str:
    """The key of the scalar that is differentiated."""
    computed = [one.symbol for one in system.equations]
    if "objective" not in document:
        key = computed[-1]
        if system.symbols[key].axes:
            raise equations.fault(
                EquationError(
                    f"the objective is the last equation's {key}, and that is no single number",
                    system.spans[key],
                    'end with a scalar, such as L = Σ_i …, or name it: objective = "L"',
                )
            )
        return key
    path: KeyPath = ("objective",)
    value = document["objective"]
    if not isinstance(value, str):
        raise InputError(f"objective must be a symbol in quotes, not {describe(value)}", path=path)
    key = symbol_key(system, value) or ""
    if key not in computed:
        raise InputError(
            f'the objective "{clipped(value)}" is given by no equation',
            path=path,
            help=f"the equations give {', '.join(computed)}",
        )
    if system.symbols[key].axes:
        raise InputError(f"the objective {key} is no single number", path=path, help="sum it up: L = Σ_i …")
    return key


def symbol_key(system: System, typed: str) -> str | None:
    """The key of a symbol as typed: gamma for γ, w1 for w_1."""
    symbol = key_symbol(typed)
    if symbol is None:
        return None
    return next(
        (key for key, one in system.symbols.items() if (one.base, one.label) == (symbol.base, symbol.label)),
        None,
    )


def _gradients_of(document: Table, system: System, parameters: Mapping[str, Numbers]) -> tuple[str, ...]:
    leaves = [key for key, symbol in system.symbols.items() if symbol.kind in ("given", "letter")]
    if "gradients_of" not in document:
        return () if parameters else tuple(leaves)
    path: KeyPath = ("gradients_of",)
    value = document["gradients_of"]
    items = value if isinstance(value, list) else [value]
    found: list[str] = []
    for number, item in enumerate(items):
        at = (*path, number) if isinstance(value, list) else path
        key = symbol_key(system, item) if isinstance(item, str) else None
        if key is None:
            raise InputError(
                f"gradients_of names {describe(item)}, which is no symbol of this problem",
                path=at,
                help=f"given are {', '.join(leaves)}",
            )
        if key in leaves and key not in found:
            found.append(key)
    return tuple(found)
