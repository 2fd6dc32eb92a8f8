"""Whatever a problem file holds, it gives a Problem or an InputError, never anything else."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from backprop_cli.errors import InputError, report
from backprop_cli.files.bundled import bundled_names, bundled_path
from backprop_cli.files.problem_file import parse_problem
from backprop_cli.files.source import decode
from backprop_cli.problem.equations import EquationProblem
from backprop_cli.problem.problem import Problem

VALID = [path.read_text(encoding="utf-8") for path in map(bundled_path, bundled_names()) if path]
ALPHABET = "[]{}=\"'#,.\\-+_ \t\n\r0159eEinfnantrue∂δ−\x00\x7f\u202e🙂"
VALUES = st.sampled_from(
    [
        *(
            "nan",
            "inf",
            "-inf",
            "1e999",
            "9" * 400,
            "9" * 5000,
            "true",
            '""',
            '"K"',
            '"δ"',
            "[]",
            "[[]]",
            "{}",
            "-1",
        ),
        *(
            "0",
            "1",
            "2",
            "[1, 2]",
            "[[1, 2]]",
            "[[1], [2]]",
            "[true]",
            "2024-01-01",
            "07:32:00",
            '"""a\nb"""',
            "[[[1]]]",
        ),
        *(
            '["bias"]',
            '["bias", "weights"]',
            '"input,unit"',
            '"columns"',
            '"generic"',
            '{ name = "huber" }',
            "'\\'",
            "0x1F",
        ),
        *(
            "{ a = { b = [ { c = 1 } ] } }",
            '"relu"',
            "[" * 40 + "]" * 40,
            '[["w1"], 3]',
            "{ name = 3, slope = [] }",
        ),
    ]
)


def settle(text: str) -> None:
    """Parse a text; an error must tell its place truly and be fit to print."""
    try:
        problem = parse_problem(text, "problem.toml", "fuzz")
    except InputError as error:
        report(error).encode("utf-8", "surrogatepass")
        place = error.place
        if place:
            lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
            assert place.text == lines[place.line - 1]
            assert 1 <= place.column <= len(place.text) + 1
    else:
        assert isinstance(problem, Problem | EquationProblem)


@given(st.text())
def test_any_text(text: str) -> None:
    settle(text)


@given(st.text(ALPHABET))
@example('a = """' * 3)
@example('"\\uD800" = 1')
@example("x = '''a''''' # '")
def test_any_text_of_toml_characters(text: str) -> None:
    settle(text)


@given(st.binary())
def test_any_bytes(raw: bytes) -> None:
    try:
        text = decode(raw, "problem.toml")
    except InputError as error:
        report(error).encode("utf-8")
    else:
        settle(text)


@given(st.sampled_from(VALID), st.data())
def test_a_valid_file_with_some_characters_changed(text: str, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = start + data.draw(st.integers(0, 12))
        text = text[:start] + data.draw(st.text(ALPHABET, max_size=6)) + text[end:]
    settle(text)


@given(st.sampled_from(VALID), st.data())
def test_a_valid_file_with_some_values_changed(text: str, data: st.DataObject) -> None:
    lines = text.split("\n")
    for _ in range(data.draw(st.integers(1, 3))):
        number = data.draw(st.integers(0, len(lines) - 1))
        key, equals, _ = lines[number].partition("=")
        if equals:
            lines[number] = f"{key}= {data.draw(VALUES)}"
    settle("\n".join(lines))


@given(st.sampled_from(VALID), st.data())
def test_a_valid_file_with_lines_dropped_doubled_or_moved(text: str, data: st.DataObject) -> None:
    lines = text.split("\n")
    chosen = data.draw(st.lists(st.integers(0, len(lines) - 1), max_size=len(lines) + 2))
    if data.draw(st.booleans()):
        chosen = sorted(set(range(len(lines))) - set(chosen[:3]))
    settle("\n".join(lines[number] for number in chosen))


@given(
    st.sampled_from(
        ["inputs", "targets", "labels", "features", "loss", "digits", "notation", "layers", "title", "batch"]
    ),
    VALUES,
    st.sampled_from(VALID),
)
def test_any_key_with_any_value_on_top(key: str, value: str, text: str) -> None:
    lines = [line for line in text.split("\n") if not line.startswith(key)]
    settle(f"{key} = {value}\n" + "\n".join(lines))
