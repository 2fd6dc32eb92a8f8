"""What a problem file means: orientation, numbers as typed, defaults, labels, symbols, presets."""

from __future__ import annotations

import time

import numpy as np
import pytest

from backprop_cli.errors import InputError
from backprop_cli.files.presets import PRESETS
from backprop_cli.files.problem_file import parse_problem
from backprop_cli.problem.problem import Numbers, Problem

SMALLEST = """
inputs  = [0.05, 0.10]
targets = [0.01]
loss    = "half_squared_error"
[[layers]]
activation = "sigmoid"
weights    = [[0.15, 0.20], [0.25, 0.30]]
bias       = 0.35
[[layers]]
activation = "identity"
weights    = [[0.40, 0.45]]
"""

SYMBOLIC = """
features = "P"
loss     = "squared_error"
[[layers]]
units      = 3
activation = "generic"
[[layers]]
units      = 1
activation = "identity"
"""


def parse(text: str) -> Problem:
    return parse_problem(text, "problem.toml", "case")


def lists(numbers: Numbers | None) -> object:
    assert numbers is not None
    return numbers.values.tolist()


def texts(numbers: Numbers | None) -> object:
    assert numbers is not None
    assert numbers.texts.shape == numbers.values.shape
    return numbers.texts.tolist()


def test_defaults_are_those_of_the_contract() -> None:
    problem = parse(SMALLEST)
    assert (problem.batch, problem.rounding, problem.schedule) == ("mean", "carry", "batch")
    assert problem.learning_rate is None
    assert problem.digits == dict.fromkeys(("forward", "loss", "backward", "gradient", "update"), 4)
    assert [layer.name for layer in problem.layers] == ["1", "2"]
    assert problem.shape == "2-2-1"
    assert [layer.has_bias for layer in problem.layers] == [True, False]
    assert problem.layers[0].frozen == problem.layers[0].shared == frozenset()
    assert not problem.symbolic


def test_a_flat_list_is_one_sample() -> None:
    problem = parse(SMALLEST)
    assert lists(problem.inputs) == [[0.05, 0.10]]
    assert lists(problem.targets) == [[0.01]]


def test_a_flat_list_is_one_sample_in_columns_too() -> None:
    problem = parse(SMALLEST + '[notation]\nsamples = "columns"\n')
    assert lists(problem.inputs) == [[0.05, 0.10]]


def test_one_bias_number_is_the_same_for_every_unit() -> None:
    assert texts(parse(SMALLEST).layers[0].bias) == ["0.35", "0.35"]


def test_numbers_keep_the_text_they_were_typed_with() -> None:
    text = SMALLEST.replace("[[0.15, 0.20], [0.25, 0.30]]", "[[0.10, -0.0], [1e-3, 1]]")
    assert texts(parse(text).layers[0].weights) == [["0.10", "-0.0"], ["1e-3", "1"]]


@pytest.mark.parametrize(
    ("typed", "text", "value"),
    [
        ("1_000", "1000", 1000.0),
        ("+1", "1", 1.0),
        ("+0.50", "0.50", 0.5),
        ("0x10", "16", 16.0),
        ("1_0.2_5", "10.25", 10.25),
        ("2.50E+2", "2.50e2", 250.0),
        ("0.1000000000000000055511151231257827", "0.1", 0.1),
        ("1" + "0" * 40, "1e+40", 1e40),
        ("1e100", "1e100", 1e100),
        ("-7", "-7", -7.0),
    ],
)
def test_unusual_spellings_become_plain_decimal_text(typed: str, text: str, value: float) -> None:
    numbers = parse(SMALLEST.replace("0.15", typed)).layers[0].weights
    assert numbers is not None
    assert numbers.texts[0, 0] == text
    assert numbers.values[0, 0] == value


def test_weights_given_by_input_are_turned() -> None:
    text = (
        SMALLEST.replace("[[0.40, 0.45]]", "[[0.40], [0.45]]") + '[notation]\nweight_order = "input,unit"\n'
    )
    problem = parse(text)
    assert texts(problem.layers[0].weights) == [["0.15", "0.25"], ["0.20", "0.30"]]
    assert lists(problem.layers[1].weights) == [[0.40, 0.45]]
    assert problem.layers[1].units == 1


def test_samples_given_in_columns_are_turned() -> None:
    text = SMALLEST.replace("[0.05, 0.10]", "[[0, 0, 1], [0, 1, 0.0]]").replace("[0.01]", "[[0, 1, 1]]")
    problem = parse(text + '[notation]\nsamples = "columns"\n')
    assert texts(problem.inputs) == [["0", "0"], ["0", "1"], ["1", "0.0"]]
    assert lists(problem.targets) == [[0], [1], [1]]
    assert problem.samples == 3


def test_given_numbers_cannot_be_changed() -> None:
    weights = parse(SMALLEST).layers[0].weights
    assert weights is not None
    with pytest.raises(ValueError, match="read-only"):
        weights.values[0, 0] = 1.0


@pytest.mark.parametrize("bias", ["0.35", "[0.35]", "[0.35, 0.350]"])
def test_a_shared_bias_is_one_number(bias: str) -> None:
    problem = parse(SMALLEST.replace("0.35", f'{bias}\nshared = ["bias"]'))
    assert texts(problem.layers[0].bias) == ["0.35"]
    assert problem.layers[0].shares_bias


def test_a_bias_of_zero_is_a_bias() -> None:
    assert parse(SMALLEST.replace("0.35", "0")).layers[0].has_bias


def test_frozen_parameters_are_kept() -> None:
    assert parse(SMALLEST.replace("0.35", '0.35\nfrozen = ["bias"]')).layers[0].frozen == {"bias"}


def test_labels_count_from_one_and_become_one_hot() -> None:
    text = SMALLEST.replace("[0.05, 0.10]", "[[1, 2], [3, 4]]").replace("targets = [0.01]", "labels = [2, 1]")
    text = text.replace("[[0.40, 0.45]]", "[[0.40, 0.45], [0.50, 0.55]]").replace("identity", "softmax")
    problem = parse(text.replace("half_squared_error", "cross_entropy"))
    assert texts(problem.targets) == [["0", "1"], ["1", "0"]]
    assert lists(problem.targets) == [[0, 1], [1, 0]]


def test_digits_by_phase_default_to_four() -> None:
    problem = parse("digits = { forward = 2, update = 0 }\n" + SMALLEST)
    assert problem.digits == {"forward": 2, "loss": 4, "backward": 4, "gradient": 4, "update": 0}


def test_one_number_of_digits_is_for_every_phase() -> None:
    assert set(parse("digits = 15\n" + SMALLEST).digits.values()) == {15}


def test_a_parameter_of_an_activation_is_taken() -> None:
    problem = parse(SMALLEST.replace('"sigmoid"', '{ name = "leaky_relu", slope = 0.1 }'))
    assert (problem.layers[0].activation.name, problem.layers[0].activation.parameter) == ("leaky_relu", 0.1)


def test_a_parameter_of_an_activation_has_a_default() -> None:
    assert parse(SMALLEST.replace('"sigmoid"', '{ name = "elu" }')).layers[0].activation.parameter == 1.0


def test_the_threshold_of_a_loss_is_taken() -> None:
    problem = parse(SMALLEST.replace('"half_squared_error"', '{ name = "huber", threshold = 2 }'))
    assert (problem.loss.name, problem.loss.parameter) == ("huber", 2.0)


def test_the_learning_rate_keeps_its_text() -> None:
    rate = parse("learning_rate = 0.50\n" + SMALLEST).learning_rate
    assert rate is not None
    assert (rate.values.shape, str(rate.texts), float(rate.values)) == ((), "0.50", 0.5)


def test_units_may_be_given_beside_weights() -> None:
    assert parse(SMALLEST.replace("bias ", "units = 2\nbias ")).layers[0].units == 2


def test_a_byte_order_mark_and_crlf_are_fine() -> None:
    assert parse("\ufeff" + SMALLEST.replace("\n", "\r\n")).shape == "2-2-1"


# Symbolic problems


def test_a_symbolic_problem_has_sizes_and_no_numbers() -> None:
    problem = parse(SYMBOLIC)
    assert problem.symbolic
    assert problem.shape == "P-3-1"
    assert problem.targets is None
    assert [layer.weights for layer in problem.layers] == [None, None]
    assert problem.layers[1].inputs == 3


@pytest.mark.parametrize(
    ("lines", "has_bias"),
    [
        ("", True),
        ('symbols = { weights = "w" }', False),
        ('symbols = { weights = "w", bias = "b" }', True),
        ('bias = true\nsymbols = { weights = "w" }', True),
        ('bias = false\nsymbols = { weights = "w", bias = "b" }', False),
    ],
)
def test_whether_a_symbolic_layer_has_a_bias(lines: str, has_bias: bool) -> None:
    assert parse(f"{SYMBOLIC}{lines}\n").layers[1].has_bias is has_bias


# Notation


def notation(lines: str, text: str = SMALLEST) -> Problem:
    return parse(f"{text}\n[notation]\n{lines}\n")


@pytest.mark.parametrize(
    ("typed", "mark"), [("[hid]", "[]"), ("[]", "[]"), ("(1)", "()"), ("(l)", "()"), ("none", ""), ("", "")]
)
def test_a_layer_mark_is_known_by_its_brackets(typed: str, mark: str) -> None:
    assert notation(f'layer_mark = "{typed}"').notation.layer_mark == mark


def test_backward_may_name_nothing() -> None:
    assert notation("backward = []").notation.backward == frozenset()


def test_every_choice_of_notation_is_read() -> None:
    chosen = notation(
        """
        input = "x"
        target = "t"
        prediction = "ŷ"
        loss = "J(Θ)"
        learning_rate = "α"
        input_index = "i"
        sample_index = "n"
        layout = "indices"
        backward = ["activation", "preactivation"]
        delta_sign = "descent"
        derivative = "prime"
        preactivation = "bias,input,weight"
        gradients = "by-layer"
        loss_steps = ["terms", "sum", "mean"]
        derivation = ["local", "chain", "expanded"]
        """
    ).notation
    assert (chosen.input, chosen.target, chosen.prediction, chosen.loss) == ("x", "t", "ŷ", "J(Θ)")
    assert (chosen.learning_rate, chosen.input_index, chosen.sample_index) == ("α", "i", "n")
    assert (chosen.layout, chosen.backward) == ("indices", frozenset(("activation", "preactivation")))
    assert (chosen.delta_sign, chosen.derivative) == ("descent", "prime")
    assert (chosen.preactivation, chosen.gradients) == ("bias,input,weight", "by-layer")
    assert chosen.loss_steps == ("terms", "sum", "mean")
    assert chosen.derivation == ("local", "chain", "expanded")


def test_symbols_are_composed_characters_without_spaces_around() -> None:
    assert notation('prediction = " y\u0302 "').notation.prediction == "\u0177"


def test_weight_names_are_turned_with_the_weights() -> None:
    text = SMALLEST.replace("[[0.40, 0.45]]", "[[0.40], [0.45]]").replace(
        "bias ", 'symbols = { weight_names = [["w1", "w3"], ["w2", "w4"]], bias_names = ["b1", "b2"] }\nbias '
    )
    symbols = notation('weight_order = "input,unit"', text).layers[0].symbols
    assert symbols.weight_names == (("w1", "w2"), ("w3", "w4"))
    assert symbols.bias_names == ("b1", "b2")


def test_the_order_of_a_layers_parameters_is_kept() -> None:
    problem = parse(SMALLEST.replace("bias ", 'parameters = ["bias", "weights"]\nbias '))
    assert [layer.parameters for layer in problem.layers] == [("bias", "weights"), ("weights", "bias")]


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_makes_a_problem(name: str) -> None:
    turned = PRESETS[name].notation.weight_order == "input,unit"
    text = SMALLEST.replace("[[0.40, 0.45]]", "[[0.40], [0.45]]") if turned else SMALLEST
    problem = parse(f'notation = "{name}"\n{text}')
    assert problem.notation.layout == PRESETS[name].notation.layout
    assert problem.layers[0].symbols.weights == PRESETS[name].symbols.weights


def test_a_preset_gives_way_to_what_is_written() -> None:
    text = SMALLEST.replace("bias ", 'symbols = { weights = "θ" }\nbias ')
    problem = notation('preset = "mitchell"\nloss = "J"', text)
    assert (problem.notation.loss, problem.notation.delta_sign) == ("J", "descent")
    assert problem.layers[0].symbols.weights == "θ"
    assert problem.layers[0].symbols.preactivation == "net"
    assert problem.layers[1].symbols.weights == "w"
    assert [problem.notation.input_index, *(layer.symbols.index for layer in problem.layers)] == [
        "i",
        "h",
        "k",
    ]


def test_probabilities_are_taken_by_a_log_loss() -> None:
    assert lists(parse(SMALLEST.replace("half_squared_error", "binary_cross_entropy")).targets) == [[0.01]]


def test_samples_times_units_are_limited() -> None:
    text = SMALLEST.replace("[0.05, 0.10]", f"[{'[1, 2], ' * 20_000}]").replace(
        "[[0.15, 0.20], [0.25, 0.30]]", f"[{'[0, 1], ' * 1001}]"
    )
    with pytest.raises(InputError, match=r'layer "1": 20000 samples with 1001 units each are too many'):
        parse(text.replace("[[0.40, 0.45]]", f"[[{'0, ' * 1001}]]"))


def test_too_many_numbers_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backprop_cli.files.number_arrays.MAX_NUMBERS", 3)
    with pytest.raises(InputError, match="weights have 4 numbers, more than 3"):
        parse(SMALLEST)


def test_a_single_table_of_layers_is_refused() -> None:
    with pytest.raises(InputError, match="layers must be a list of tables, not a table"):
        parse("loss = 'hinge'\n[layers]\nactivation = 'relu'\n")


def test_the_weights_of_a_large_network_are_read_fast() -> None:
    rng = np.random.default_rng(7)
    rows = [", ".join(f"{weight:.4f}" for weight in row) for row in rng.normal(size=(128, 784))]
    last = [", ".join(f"{weight:.4f}" for weight in row) for row in rng.normal(size=(10, 128))]
    text = (
        f"inputs = [{', '.join(['0.5'] * 784)}]\nlabels = [3]\nloss = 'cross_entropy'\n"
        f"[[layers]]\nactivation = 'relu'\nweights = [{', '.join(f'[{row}]' for row in rows)}]\n"
        f"[[layers]]\nactivation = 'softmax'\nweights = [{', '.join(f'[{row}]' for row in last)}]\n"
    )
    start = time.perf_counter()
    problem = parse(text)
    taken = time.perf_counter() - start
    assert problem.shape == "784-128-10"
    assert taken < 5.0, f"784-128-10 took {taken:.1f} s to read"


def test_an_error_deep_in_a_large_file_is_placed_fast() -> None:
    rows = ", ".join(["[" + ", ".join(["0.5"] * 784) + "]"] * 127 + ["[" + ", ".join(["0.5"] * 783) + "]"])
    inputs = ", ".join(["0.5"] * 784)
    text = f"inputs = [{inputs}]\nlabels = [3]\nloss = 'hinge'\n[[layers]]\nactivation = 'relu'\n"
    start = time.perf_counter()
    with pytest.raises(InputError, match="row 128 of weights has 783 numbers, expected 784") as caught:
        parse(f"{text}weights = [{rows}]\n")
    assert time.perf_counter() - start < 5.0
    assert caught.value.place is not None
    assert caught.value.place.line == 6
