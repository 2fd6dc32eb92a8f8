"""Answer sheets as they are handed in: what is read, in which orientation, and from which files."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backprop_cli.errors import InputError, report
from backprop_cli.files.bundled import bundled_folder
from backprop_cli.files.problem_file import parse_problem, read_problem
from backprop_cli.plan.plan import make_plan
from backprop_cli.sheets.answer_sheet import Sheet, parse_sheet, read_sheet
from backprop_cli.sheets.answers import Answers, read_answers
from backprop_cli.values.cells import Lookup, cells

BUNDLED = bundled_folder()
TWO_SAMPLES = """
inputs = [[0.5, 0.1], [0.2, 0.4]]
targets = [[1], [0]]
loss = "half_squared_error"
learning_rate = 0.5
[[layers]]
activation = "tanh"
weights = [[0.1, 0.2, 0.3], [0.3, 0.4, 0.5]]
bias = 0.2
shared = ["bias"]
[[layers]]
activation = "sigmoid"
weights = [[0.5], [0.6], [0.7]]
[notation]
weight_order = "input,unit"
samples = "rows"
"""


def lookup_of(text: str) -> Lookup:
    return Lookup(make_plan(parse_problem(text, "problem.toml", "test")))


W3WI = Lookup(make_plan(read_problem("w3wi-ds304")))
OR = Lookup(make_plan(read_problem("or-batch")))
TURNED = lookup_of(TWO_SAMPLES)


def read(text: str, lookup: Lookup = W3WI) -> Sheet:
    return read_sheet(parse_sheet(text, "answers.toml"), lookup)


def only(*paths: str | Path, problem: str | None = None) -> Answers:
    handed = read_answers(paths, [problem] if problem else [])
    assert len(handed.groups) == 1
    return handed.groups[0]


def test_numbers_keep_their_text() -> None:
    sheet = read('loss = 0.470\n[hid]\npreactivation = [0.60, "−0,640"]\nactivation = [6e-1, 0]\n')
    assert sheet.cells == {
        "loss": "0.470",
        "hid.preactivation[1]": "0.60",
        "hid.preactivation[2]": "−0,640",
        "hid.activation[1]": "6e-1",
        "hid.activation[2]": "0",
    }


def test_a_blank_is_asked_and_a_part_left_out_is_not() -> None:
    sheet = read('[out]\nactivation_gradient = ["0.60", ""]\n')
    assert sheet.cells == {"out.activation_gradient[1]": "0.60", "out.activation_gradient[2]": ""}


def test_one_cell_can_be_given_alone() -> None:
    assert read('[out]\n"weight_gradient[1,2]" = "0.077"\n').cells == {"out.weight_gradient[1,2]": "0.077"}


def test_the_lone_samples_level_may_be_there() -> None:
    assert read("[hid]\npreactivation = [[0.61, -0.64]]\n") == read("[hid]\npreactivation = [0.61, -0.64]\n")


def test_columns_are_samples_where_the_problem_says_so() -> None:
    cells_read = read("[1]\ndelta = [[1, 2, 3, 4], [5, 6, 7, 8]]\n", OR).cells
    assert cells_read["1.delta[2,1]"] == "2"
    assert cells_read["1.delta[1,2]"] == "5"


def test_rows_are_inputs_where_the_problem_says_so() -> None:
    cells_read = read(
        "[1]\nnew_weights = [[1, 2, 3], [4, 5, 6]]\nactivation = [[1, 2, 3], [4, 5, 6]]\n", TURNED
    ).cells
    assert cells_read["1.new_weights[3,1]"] == "3"
    assert cells_read["1.new_weights[1,2]"] == "4"
    assert cells_read["1.activation[2,1]"] == "4"


def test_a_shared_bias_is_one_answer() -> None:
    assert read("[1]\nbias_gradient = 0.5\n", TURNED).cells == {"1.bias_gradient": "0.5"}
    assert read('[1]\n"bias_gradient[1]" = 0.5\n', TURNED).cells == {"1.bias_gradient": "0.5"}


def test_a_whole_quantity_may_be_one_formula() -> None:
    sheet = read('[out]\nweight_gradient = "2*(z_k - y_k)"\nnew_weights = ""\n')
    assert sheet.wholes == {"out.weight_gradient": "2*(z_k - y_k)"}
    assert set(sheet.cells.values()) == {""}
    assert len(sheet.cells) == 4


def test_a_symbolic_problem_takes_formulas() -> None:
    lookup = Lookup(make_plan(read_problem("umons")))
    sheet = read(
        'loss = "(z-y)^2"\n[1]\ndelta = "∂L/∂h_j"\n[2]\nweight_gradient = [["a", "b", "c"]]\n', lookup
    )
    assert sheet.wholes == {"loss": "(z-y)^2", "1.delta": "∂L/∂h_j"}
    assert sheet.cells["2.weight_gradient[1,3]"] == "c"


def test_latex_in_double_quotes_is_what_was_meant() -> None:
    sheet = read('loss = "\\frac{1}{2} \\times 3"\n')
    assert sheet.cells["loss"] == r"\frac{1}{2} \times 3"
    with pytest.raises(InputError) as caught:
        read('loss = "\\partial"\n')
    assert caught.value.help is not None
    assert "single quotes" in caught.value.help


def test_what_is_too_long_stays_short_and_unreadable() -> None:
    sheet = read(f'[hid]\npreactivation = ["{"1" * 5000}", {"0x" + "f" * 5000}]\n')
    assert {len(text) for text in sheet.cells.values()} == {501}


def test_the_student_is_the_sheets_or_the_files_name() -> None:
    assert read('student = " Ada "\n').student == "Ada"
    assert read("loss = 1\n").student == "answers"


def test_every_cell_is_found_by_its_name() -> None:
    for lookup in (W3WI, OR, TURNED):
        names = [cell.name for cell in cells(lookup.plan)]
        assert len(set(names)) == len(names)
        for cell in cells(lookup.plan):
            assert lookup.find(cell.name) == cell


@pytest.mark.parametrize(
    ("lookup", "typed", "name"),
    [
        (W3WI, "hid.preactivation[1,2]", "hid.preactivation[2]"),
        (W3WI, " Hid . Preactivation [ 2 ] ", "hid.preactivation[2]"),
        (W3WI, "out.weight_gradient(1;2)", "out.weight_gradient[1,2]"),
        (W3WI, "sample_losses[1]", "sample_losses"),
        (W3WI, "loss", "loss"),
        (OR, "2.new_bias", "2.new_bias[1]"),
        (OR, "2.delta[3]", "2.delta[3,1]"),
        (OR, "sample_losses[2]", "sample_losses[2]"),
        (OR, "loss_terms[1,1]", "loss_terms[1,1]"),
    ],
)
def test_names_are_read_with_tolerance(lookup: Lookup, typed: str, name: str) -> None:
    cell = lookup.find(typed)
    assert cell is not None
    assert cell.name == name


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "hid",
        "hid.preactivation[3]",
        "hid.preactivation[0]",
        "out.bias[1]",
        "x" * 500,
        "hid.preactivation",
        "hid.preactivation[1",
    ],
)
def test_what_is_no_cell_is_not_found(typed: str) -> None:
    assert W3WI.find(typed) is None


def test_a_descent_delta_is_called_delta_and_stands_once() -> None:
    text = TWO_SAMPLES.replace(
        "[notation]", '[notation]\nbackward = ["preactivation"]\ndelta_sign = "descent"'
    )
    found = [cell for cell in cells(lookup_of(text).plan) if cell.name == "2.delta[1,1]"]
    assert [cell.step.quantity for cell in found] == ["descent_delta"]


def test_the_bundled_sheets_are_read() -> None:
    paper = only(BUNDLED / "w3wi-ds304" / "answers.toml")
    assert "" not in [text for column in paper.columns.values() for text in column]
    assert paper.columns["out.weight_gradient[1,1]"] == ["0.077"]
    student = only(BUNDLED / "or-batch" / "answers.toml")
    assert student.columns["1.delta[1,1]"] == ["-0.0135"]
    assert student.problem.marks.digits is not None
    assert student.problem.marks.digits["gradient"] == 4


def test_a_folder_is_a_class_and_a_broken_sheet_does_not_stop_it(tmp_path: Path) -> None:
    for name, text in {
        "ada": "loss = 0.47",
        "bob": '[hid]\npreactivation = ["0.61", ""]',
        "eve": "loss = = 1",
        "mal": "[hid]\nnothing = 1",
    }.items():
        (tmp_path / f"{name}.toml").write_text(f'problem = "w3wi-ds304"\nstudent = "{name}"\n{text}\n')
    (tmp_path / "notes.txt").write_text("not a sheet")
    handed = read_answers([tmp_path])
    group = handed.groups[0]
    assert group.students == ("ada", "bob")
    assert group.columns["loss"] == ["0.47", ""]
    assert group.asked["loss"].tolist() == [True, False]
    assert group.columns["hid.preactivation[2]"] == ["", ""]
    assert group.asked["hid.preactivation[2]"].tolist() == [False, True]
    assert [Path(failure.source).name for failure in handed.failures] == ["eve.toml", "mal.toml"]
    assert "nothing is called hid.nothing" in handed.failures[1].error.message


def test_a_folder_may_have_one_for_each_student_and_the_problem(tmp_path: Path) -> None:
    shutil.copy(BUNDLED / "w3wi-ds304" / "problem.toml", tmp_path / "exam.toml")
    for name in ("ada", "bob"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "answers.toml").write_text('problem = "exam"\nloss = 0.47\n')
    group = only(tmp_path)
    assert group.students == ("ada", "bob")
    with pytest.raises(InputError, match="is a problem, not an answer sheet"):
        read_answers([tmp_path / "exam.toml"])


def test_a_student_twice_is_an_error_that_names_both_places(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.toml").write_text('problem = "w3wi-ds304"\nstudent = "Ada"\nloss = 1\n')
    with pytest.raises(InputError, match=r'two answer sheets by "Ada": .*one\.toml, and .*two\.toml'):
        read_answers([tmp_path])
    (tmp_path / "class.csv").write_text("student,loss\nAda,1\n")
    with pytest.raises(InputError, match=r"class\.csv, row 2"):
        read_answers([tmp_path / "one.toml", tmp_path / "class.csv"], ["w3wi-ds304"])


def test_sheets_and_a_csv_are_one_class(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text(
        'problem = "w3wi-ds304"\nstudent = "Ada"\n[hid]\nweight_gradient = "x_t"\n'
    )
    (tmp_path / "class.csv").write_text("student,loss\nBob,1\n")
    group = only(tmp_path, problem="w3wi-ds304")
    assert group.students == ("Bob", "Ada")
    assert group.columns["loss"] == ["1", ""]
    assert group.asked["loss"].tolist() == [True, False]
    assert group.wholes == {"hid.weight_gradient": ["", "x_t"]}


def test_several_problems_are_several_groups() -> None:
    names = ("w3wi-ds304", "or-batch")
    handed = read_answers([BUNDLED / name / "answers.toml" for name in names], names)
    assert [group.problem.name for group in handed.groups] == ["w3wi-ds304", "or-batch"]


@pytest.mark.parametrize(
    ("place", "named"),
    [
        ("own/problem.toml", 'problem = "own"'),
        ("own.toml", 'problem = "own"'),
        ("own.toml", 'problem = "own.toml"'),
        ("problem.toml", ""),
        ("../problem.toml", ""),
        ("../own/problem.toml", 'problem = "own"'),
        ("problem.toml", 'problem = "sheets"'),
    ],
)
def test_the_problem_is_looked_up_beside_the_sheet(tmp_path: Path, place: str, named: str) -> None:
    folder = tmp_path / "sheets"
    folder.mkdir()
    (folder / place).parent.mkdir(exist_ok=True)
    shutil.copy(BUNDLED / "w3wi-ds304" / "problem.toml", folder / place)
    (folder / "ada.toml").write_text(f"{named}\nloss = 0.47\n")
    assert only(folder / "ada.toml").columns == {"loss": ["0.47"]}


def test_an_option_overrides_the_sheets_problem(tmp_path: Path) -> None:
    (tmp_path / "ada.toml").write_text('problem = "or-batch"\n[hid]\npreactivation = [1, 2]\n')
    assert only(tmp_path / "ada.toml", problem="w3wi-ds304").problem.name == "w3wi-ds304"


def test_without_a_name_it_is_the_sheet_in_this_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"there is no answers\.toml in this folder"):
        read_answers()
    (tmp_path / "answers.toml").write_text('problem = "w3wi-ds304"\nloss = 1\n')
    assert only().sources == ("answers.toml",)


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no file or folder"):
        read_answers([tmp_path / "nowhere.toml"])
    with pytest.raises(InputError, match="there is no file or folder"):
        read_answers(["a\0b"])
    with pytest.raises(InputError, match="has no answer sheets"):
        read_answers([tmp_path])
    with pytest.raises(InputError, match="no bundled problem"):
        read_answers([BUNDLED / "w3wi-ds304" / "answers.toml"], ["nothing"])


def test_a_sheet_larger_than_a_megabyte_is_refused(tmp_path: Path) -> None:
    (tmp_path / "big.toml").write_text("#" * (1024 * 1024 + 1))
    with pytest.raises(InputError, match="larger than 1 MB"):
        read_answers([tmp_path / "big.toml"])


VALUES = st.sampled_from(
    [
        "1",
        '"0.5"',
        '""',
        "[]",
        "[1, 2]",
        "[[1, 2], [3, 4]]",
        '[["", ""], ["", ""]]',
        "true",
        "nan",
        "[nan, inf]",
        "{}",
        "{ a = 1 }",
        "2024-01-01",
        '"' + "x" * 600 + '"',
        "[[1], 2]",
        "[1, [2]]",
        "9" * 40,
    ]
)
KEYS = st.sampled_from(
    [
        "loss",
        "problem",
        "student",
        "hid",
        "out",
        '"hid.preactivation[1]"',
        "preactivation",
        '"weight_gradient[1,2]"',
        '"loss[1]"',
        '""',
        "input_gradient",
        "sample_losses",
        "δ".join('""'),
    ]
)


@given(
    st.lists(
        st.tuples(st.sampled_from(["", "[hid]\n", "[out]\n", "[x]\n", "[[hid]]\n"]), KEYS, VALUES), max_size=5
    )
)
def test_no_sheet_raises_anything_but_an_input_error(lines: list[tuple[str, str, str]]) -> None:
    text = "".join(f"{header}{key} = {value}\n" for header, key, value in lines)
    try:
        sheet = read(text)
    except InputError as error:
        report(error)
        return
    assert all(isinstance(answer, str) and len(answer) <= 501 for answer in sheet.cells.values())


@given(st.text(max_size=80))
def test_no_name_breaks_the_lookup(name: str) -> None:
    cell = W3WI.find(name)
    assert cell is None or cell in cells(W3WI.plan)
    W3WI.suggestion(name)
