"""What a cell says: numbers with their decimals, arithmetic, formulas, and what is refused."""

from __future__ import annotations

import math
import random
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backprop_cli.documents.equation_lines import Lines
from backprop_cli.documents.shown_numbers import Figures
from backprop_cli.files.problem_file import parse_problem
from backprop_cli.functions.table import ACTIVATIONS
from backprop_cli.plan.plan import make_plan
from backprop_cli.render.text import TextMath
from backprop_cli.typed.numbers import EXACT, KINDS, Answer, parse_cell, parse_columns
from backprop_cli.typed.vocabulary import Vocabulary
from backprop_cli.values.trace import work_out

SIGMOID = 1 / (1 + math.exp(0.85))


@pytest.mark.parametrize(
    ("text", "value", "decimals"),
    [
        ("0.60", 0.6, 2),
        ("0.6", 0.6, 1),
        (".5", 0.5, 1),
        ("-0,5", -0.5, 1),
        ("−0.5", -0.5, 1),
        ("+0.3", 0.3, 1),
        ("  0.30 ", 0.3, 2),
        ("\u00a00.30", 0.3, 2),
        ("6e-2", 0.06, 2),
        ("6.0E-2", 0.06, 3),
        ("6·10^-2", 0.06, 2),
        ("6 × 10⁻²", 0.06, 2),
        ("6.0*10^{-2}", 0.06, 3),
        ("1.5e3", 1500.0, None),
        ("≈ 0.60", 0.6, 2),
        ("~0.60", 0.6, 2),
        ("= 0.60", 0.6, 2),
        ("2·(0.30 − 0) = 0.60", 0.6, 2),
        ("3", 3.0, None),
        ("-0.00", 0.0, 2),
        ("1/3", 1 / 3, None),
        ("½", 0.5, None),
        ("2*(0.30 - 0)", 0.6, None),
        ("2·(0,30 − 0)", 0.6, None),
        ("0.4·0.6", 0.24, None),
        ("0.5^2", 0.25, None),
        ("0.5²", 0.25, None),
        ("0.5**2", 0.25, None),
        ("2^-1", 0.5, None),
        ("-2^2", -4.0, None),
        ("(0.1 + 0.2)(0.5)", 0.15, None),
        ("|−3|", 3.0, None),
        ("sqrt(0.25)", 0.5, None),
        ("√0.25", 0.5, None),
        ("\\sqrt{0.25}", 0.5, None),
        ("\\frac{1}{4}", 0.25, None),
        ("exp(0)", 1.0, None),
        ("e^0", 1.0, None),
        ("e^{-1}", math.exp(-1), None),
        ("ln(1)", 0.0, None),
        ("tanh(0)", 0.0, None),
        ("tanh^2(1)", math.tanh(1) ** 2, None),
        ("σ(−0.85)", SIGMOID, None),
        ("sigmoid(-0.85)", SIGMOID, None),
        ("σ'(-0.85)", SIGMOID * (1 - SIGMOID), None),
        ("0.60·σ(−0.85)(1 − σ(−0.85))·0.61", 0.6 * SIGMOID * (1 - SIGMOID) * 0.61, None),
        ("ReLU(-0.64)", 0.0, None),
        ("2[0.61 > 0]", 2.0, None),
        ("[0.5 + 0.25]·2", 1.5, None),
    ],
)
def test_reads_a_number_and_its_decimals(text: str, value: float, decimals: int | None) -> None:
    answer = parse_cell(text)
    assert answer.kind == "number", answer.reason
    assert answer.value == pytest.approx(value, rel=1e-12, abs=1e-15)
    assert answer.decimals == decimals
    assert math.copysign(1.0, answer.value) == 1.0 or value < 0


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("nan", "it is not a finite number"),
        ("-inf", "it is not a finite number"),
        ("Infinity", "it is not a finite number"),
        ("١٢٣", "the digit ١ is not one of 0 to 9"),
        ("0x10", "it is not a decimal number"),
        ("1_000", "a number is written without _"),
        ("1,234.5", "1,234.5 has two signs that may be the decimal point: write 1234.5, without separators"),
        ("1.234,5", "1.234,5 has two signs that may be the decimal point: write 1234.5, without separators"),
        ("0·60", "0·60 may be 0.60 or 0 times 60: write 0.60 or 0*60"),
        ("0.60 [2]", "2 in brackets behind 0.60 may be a factor or a remark: write 0.60 or 0.60*2"),
        ("0.60(2)", "2 in brackets behind 0.60 may be a factor or a remark: write 0.60 or 0.60*2"),
        (
            "max(0,0,61)",
            "its commas may be decimal points or stand between numbers: write max(0; 0,6)",
        ),
        ("max(0.3)", "max takes two numbers or more: max(0, 0.6)"),
        ("ln(0) - ln(0)", "it has no finite value"),
        ("1 000", '"000" is not expected here'),
        ("1e101", "the number is too large"),
        ("1e9999", "the number is too large"),
        ("9" * 400, "the number is too large"),
        ("2*" + "9" * 400, "a number in it is too large"),
        ("10**10**10", "an exponent may go up to 400"),
        ("10^400", "its value is too large"),
        ("(10^200)(10^200)", "it has no finite value"),
        ("1/0", "it divides by 0"),
        ("1/(2 - 2)", "it divides by 0"),
        ("\\frac{1}{0}", "it divides by 0"),
        ("0^-1", "it divides by 0"),
        ("(-8)^(1/3)", "it has no finite value"),
        ("ln(0)", "it has no finite value"),
        ("sqrt(-1)", "it has no finite value"),
        ("1" * 100_000, "the answer has more than 500 characters"),
        ("(" * 50_000, "the answer has more than 500 characters"),
        ("(" * 200, "it is nested more than 50 deep"),
        ("2^" * 200 + "2", "it is nested more than 50 deep"),
        ("2^{2}^{2}", "it has two exponents on one another"),
        ("__import__('os').system('true')", "a subscript is missing after _"),
        ("os.system", "the character . has no meaning here"),
        ("lambda: 0", "the character : has no meaning here"),
        ("0.5 0.3", '"0.3" is not expected here'),
        ("(1", '")" is expected, and the text ends'),
        ("(1]", '")" is expected, not "]"'),
        ("1)", '")" is not expected here'),
        ("\x00", "the character U+0000 has no meaning here"),
        ("sqrt 4", "a function needs its argument in brackets: σ(z)"),
        ("exp", "a function needs its argument in brackets: σ(z)"),
        ("σ''(1)", "only first derivatives occur here"),
        ("\\hat{}", "\\hat needs one letter in braces: \\hat{y}"),
    ],
)
def test_says_why_a_text_is_no_number(text: str, reason: str) -> None:
    begun = time.perf_counter()
    answer = parse_cell(text)
    assert (answer.kind, answer.reason) == ("invalid", reason)
    assert time.perf_counter() - begun < 0.2


@pytest.mark.parametrize(
    ("text", "value", "decimals"),
    [
        ("0.60 (rounded)", 0.6, 2),
        ("0.60 (gerundet)", 0.6, 2),
        ("0.60 (2 d.p.)", 0.6, 2),
        ("0.60 rounded", 0.6, 2),
        ("0.60.", 0.6, 2),
        ("-0.60;", -0.6, 2),
        ("ca. 0.60", 0.6, 2),
        ("approx. 0.60", 0.6, 2),
        ("about -0.60", -0.6, 2),
        ("≈ ca. 0.60", 0.6, 2),
        ("'0.60", 0.6, 2),
        ("'-0.60'", -0.6, 2),
        ('"0.60"', 0.6, 2),
        ("„0,60“", 0.6, 2),
        ("(0.60)", 0.6, 2),
        ("0.6 V", 0.6, 1),
        ("0.60mV", 0.6, 2),
        ("60%", 0.6, 2),
        ("59,7 %", 0.597, 3),
        ("-5 per cent", -0.05, 2),
        ("０．６０", 0.6, 2),
        ("－０．６０", -0.6, 2),
        ("０，６０", 0.6, 2),
        ("\ufeff0.\u200b60\u200e", 0.6, 2),
        ("0.60\u202f", 0.6, 2),
        ("6x10^-1", 0.6, 1),
        ("6.0 X 10⁻¹", 0.6, 2),
        ("6.02 x 10**-1", 0.602, 3),
        ("0.666...", 0.666, 3),
        ("0.37…", 0.37, 2),
    ],
)
def test_reads_the_number_behind_what_is_written_around_it(text: str, value: float, decimals: int) -> None:
    answer = parse_cell(text)
    assert (answer.kind, answer.decimals) == ("number", decimals), answer.reason
    assert answer.value == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("max(0, 0.61)", 0.61),
        ("max(0,-0.61)", 0.0),
        ("max(0; 0,61)", 0.61),
        ("\\max(0, 0.61)", 0.61),
        ("min(0.5, 1, 0.25)", 0.25),
        ("2·max(0, 0.61) − 1", 0.22),
        ("SiLU(0.3775)", 0.3775 / (1 + math.exp(-0.3775))),
        ("sgn(-0.3)", -1.0),
        ("LReLU'(-0.3775)", 0.01),
    ],
)
def test_works_out_a_function_that_the_key_prints(text: str, value: float) -> None:
    answer = parse_cell(text)
    assert answer.kind == "number", answer.reason
    assert answer.value == pytest.approx(value, rel=1e-12)


SMALL = """
inputs = [[0.5, -0.4]]
targets = [[0.3, 0.7]]
loss = {loss}
learning_rate = 0.5
notation = {{ derivative = "{derivative}" }}
[[layers]]
activation = {activation}
weights = [[0.2, -0.3], [0.4, 0.1]]
bias = [0.1, -0.2]
[[layers]]
activation = "identity"
weights = [[0.5, -0.6], [0.7, 0.8]]
bias = 0.1
"""
ELEMENTWISE = [
    name for name, row in ACTIVATIONS.items() if row.elementwise and name != "generic" and not row.flat
]


@pytest.mark.parametrize("derivative", ["prime", "preactivation", "activation"])
@pytest.mark.parametrize("activation", ELEMENTWISE)
def test_every_number_that_a_key_works_out_is_a_number_again(activation: str, derivative: str) -> None:
    written = '{ name = "leaky_relu", slope = 0.2 }' if activation == "leaky_relu" else f'"{activation}"'
    losses = ['"squared_error"', '"absolute_error"', '{ name = "huber", threshold = 0.3 }']
    for loss in losses:
        problem = parse_problem(
            SMALL.format(loss=loss, activation=written, derivative=derivative), "p.toml", "p"
        )
        plan = make_plan(problem)
        trace, vocabulary, read = work_out(plan), Vocabulary(plan), 0
        lines = Lines(plan, Figures(trace))
        for step in plan.steps:
            for equation in lines.numbers(step):
                shown = [TextMath().line(relation.right) for relation in equation.relations]
                for side in shown:
                    answer = parse_cell(side, vocabulary.of_numbers(step.level))
                    assert answer.kind == "number", (side, answer.reason)
                    assert answer.value == pytest.approx(parse_cell(shown[-1]).value, abs=2e-3), shown
                    read += 1
        assert read > 10


@pytest.mark.parametrize(
    "text", ["-", "–", "—", "--", "?", "??", "n/a", "N/A", "n.a.", "k. A.", "...", "…", "_", "\u200b"]
)
def test_a_sign_for_no_answer_is_blank(text: str) -> None:
    assert parse_cell(text).kind == "blank"


@pytest.mark.parametrize("text", ["", "  ", "\t"])
def test_nothing_written_is_blank(text: str) -> None:
    assert parse_cell(text) == Answer("blank") or parse_cell(text).kind == "blank"


@pytest.mark.parametrize("text", ["2*(z - y)*h_j", "∂L/∂z", "σ′(z_1)", "foo", "\\frac{dL}{dz} h_j", "Σₖ x_k"])
def test_symbols_make_a_formula(text: str) -> None:
    assert parse_cell(text).kind == "formula"


def test_columns_say_what_cells_say() -> None:
    texts = [
        "0.60",
        "-0.5",
        "+3",
        ".5",
        "3.",
        "",
        "1/3",
        "2z",
        "nan",
        "0,25",
        "−0.5",
        "-",
        "1.2.3",
        "é",
        "1\n2",
        "-0.0",
    ]
    for column in (texts, [text for text in texts if "\n" not in text], ["0.5", "1"], [""]):
        values, decimals, kinds = parse_columns(column)
        for text, value, places, kind in zip(column, values, decimals, kinds, strict=True):
            answer = parse_cell(text)
            assert KINDS[kind] == answer.kind, text
            assert places == (EXACT if answer.decimals is None else answer.decimals), text
            assert value == answer.value or (math.isnan(value) and math.isnan(answer.value)), text
    assert all(len(part) == 0 for part in parse_columns([]))


def test_a_class_is_read_in_bulk() -> None:
    drawn = random.Random(1)
    texts = [f"{drawn.uniform(-1, 1):.4f}" for _ in range(200_000)]
    begun = time.perf_counter()
    values, decimals, _ = parse_columns(texts)
    assert time.perf_counter() - begun < 1.0
    assert np.array_equal(values, np.array(texts, dtype=float))
    assert set(decimals) == {4}


@given(st.text(max_size=60))
def test_no_text_raises(text: str) -> None:
    answer = parse_cell(text)
    assert answer.kind in KINDS
    assert (answer.kind == "number") == math.isfinite(answer.value)
    assert (answer.kind == "invalid") == bool(answer.reason)


@given(st.text(alphabet="0159.,+-*/^()[]{}|eE_ ·−²⁻½√σ'\\sinqrtfraclnσ=~", max_size=40))
def test_no_text_like_arithmetic_raises(text: str) -> None:
    assert parse_cell(text).kind in KINDS


@given(st.lists(st.text(alphabet="0159.-+e ,\n", max_size=8), max_size=12))
def test_bulk_and_single_reading_agree(texts: list[str]) -> None:
    values, decimals, kinds = parse_columns(texts)
    for text, value, places, kind in zip(texts, values, decimals, kinds, strict=True):
        answer = parse_cell(text)
        assert KINDS[kind] == answer.kind
        assert np.array_equal(value, answer.value, equal_nan=True)
        assert places == (EXACT if answer.decimals is None else answer.decimals)


@given(st.floats(-1e6, 1e6), st.integers(0, 12))
def test_a_written_float_comes_back(value: float, places: int) -> None:
    text = f"{value:.{places}f}"
    answer = parse_cell(text)
    assert answer.value == float(text)
    assert answer.decimals == (places or None)
