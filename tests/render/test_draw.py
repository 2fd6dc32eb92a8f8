"""`backprop draw`: the network and the computation graph, as pictures and as text."""

from __future__ import annotations

import itertools
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from command_line import backprop
from papers import text_of

from backprop_cli import load, solve
from backprop_cli.documents.document import Digits, Symbol
from backprop_cli.documents.figure import Figure, Label, Shape, Stroke
from backprop_cli.documents.graph import graph_figure, graph_of
from backprop_cli.documents.network import network_of
from backprop_cli.documents.network_figure import network_figure
from backprop_cli.render.compiler import compiled_as
from backprop_cli.render.drawing_text import drawing_text
from backprop_cli.render.figure_typst import drawing_typst, figure_typst
from backprop_cli.render.shapes import width
from backprop_cli.values.random_numbers import with_random_numbers


def draw(*arguments: str, columns: int = 80) -> str:
    ran = backprop("draw", *arguments, columns=columns)
    assert ran.status == 0, ran.err
    return ran.out


def problem_file(folder: Path, *units: int, activation: str = "relu", features: int = 5) -> Path:
    layers = "".join(f"[[layers]]\nunits = {count}\nactivation = '{activation}'\n" for count in units)
    path = folder / "problem.toml"
    path.write_text(f"features = {features}\nloss = 'squared_error'\n{layers}", encoding="utf-8")
    return path


def figure_of(name: str | Path, values: str = "all", seed: int | None = None) -> Figure:
    problem = load(str(name))
    problem = problem if seed is None else with_random_numbers(problem, seed)
    trace = None if problem.symbolic else solve(problem).traces[0]
    return network_figure(network_of(problem, trace, values), width, "about")


def labels(figure: Figure) -> list[Label]:
    return [part for part in figure.parts if isinstance(part, Label)]


def overlapping(figure: Figure) -> list[tuple[Label, Label]]:
    return [
        (one, other)
        for one, other in itertools.combinations(labels(figure), 2)
        if abs(one.x - other.x) < (one.width + other.width) / 2
        and abs(one.y - other.y) < (one.height + other.height) / 2
    ]


def test_w3wi_as_text_holds_the_handouts_numbers() -> None:
    assert draw("w3wi-ds304") == (
        "hid: ReLU                              out: Sigmoid σ\n"
        "x₁ = 1 ─ 0.30 ┐→ n₁[hid]               n₁[hid] ─ −1.40 ┐→ n₁[out]\n"
        "x₂ = 1 ─ 0.31 ┘  (0.61 │ 0.61)         n₂[hid] ── 0.50 ┘  (−0.85 │ 0.30)  y₁ = 0\n"
        "                 ∂ 0.06                                   ∂ 0.60\n"
        "\n"
        "x₁ = 1 ─ −0.20 ┐→ n₂[hid]              n₁[hid] ─ −0.81 ┐→ n₂[out]\n"
        "x₂ = 1 ─ −0.44 ┘  (−0.64 │ 0.00) off   n₂[hid] ── 0.70 ┘  (−0.49 │ 0.38)  y₂ = 1\n"
        "                  ∂ −0.14                                 ∂ −1.24\n"
    )


@pytest.mark.parametrize("name", ["w3wi-ds304", "or-batch", "umons", "solutions-16", "regression-1-5-1"])
@pytest.mark.parametrize("more", [(), ("--graph",), ("--ascii",), ("--values", "none")])
def test_text_fits_80_columns(name: str, more: tuple[str, ...]) -> None:
    text = draw(name, *more)
    assert max(map(len, text.splitlines())) <= 80
    assert text.isascii() or "--ascii" not in more


def test_wide_networks_stand_layer_under_layer(tmp_path: Path) -> None:
    problem = with_random_numbers(load(str(problem_file(tmp_path, 5, 4, 3))), 3)
    lines = drawing_text(network_of(problem, solve(problem).traces[0], "all"))
    assert max(map(len, lines)) <= 80
    assert [line.split(":")[0] for line in lines if line.startswith("layer")] == [
        "layer 1",
        "layer 2",
        "layer 3",
    ]


def test_umons_graph_as_text() -> None:
    assert draw("umons", "--graph") == (
        "  xₖ, uⱼₖ, bⱼ → gⱼ\n"
        "  gⱼ          → hⱼ\n"
        "  wⱼ, c, hⱼ   → z\n"
        "  z, y        → L\n"
        "\n"
        "  ∂gⱼ/∂xₖ  = uⱼₖ\n"
        "  ∂gⱼ/∂uⱼₖ = xₖ\n"
        "  ∂gⱼ/∂bⱼ  = 1\n"
        "  ∂hⱼ/∂gⱼ  = σ(gⱼ)·(1 − σ(gⱼ))\n"
        "  ∂z/∂wⱼ   = hⱼ\n"
        "  ∂z/∂c    = 1\n"
        "  ∂z/∂hⱼ   = wⱼ\n"
        "  ∂L/∂z    = 2·(z − y)\n"
    )


@pytest.mark.parametrize(
    ("values", "shown", "hidden"),
    [
        ("none", [], ["0.30", "0.61", "0.60", "y1 = 0"]),
        ("weights", ["−1.40", "−0.44"], ["−0.85", "0.60", "y1 = 0"]),
        ("forward", ["−1.40", "−0.85", "0.38", "y1 = 0"], ["−1.24"]),
        ("all", ["−1.40", "−0.85", "0.38", "y1 = 0", "0.60", "−1.24", "0.06", "−0.14"], []),
    ],
)
def test_values_choose_what_the_picture_holds(
    values: str, shown: list[str], hidden: list[str], tmp_path: Path
) -> None:
    draw("w3wi-ds304", "--values", values, "-o", str(tmp_path / "net.pdf"))
    text = text_of((tmp_path / "net.pdf").read_bytes())
    assert [word for word in shown if word not in text] == []
    assert [word for word in hidden if word in text] == []


def test_only_the_dead_unit_is_grey_and_its_edges_are() -> None:
    parts = figure_of("w3wi-ds304").parts
    assert [part.dead for part in parts if isinstance(part, Shape)] == [False] * 3 + [True] + [False] * 3
    assert sum(part.dead for part in parts if isinstance(part, Stroke)) == 2
    assert not any(part.dead for part in figure_of("w3wi-ds304", "none").parts if isinstance(part, Shape))


def test_the_error_gradient_is_blue_and_below_its_unit() -> None:
    figure = figure_of("w3wi-ds304")
    shapes = [part for part in figure.parts if isinstance(part, Shape)]
    blue = [label for label in labels(figure) if label.ink == "gradient"]
    assert [label.content for label in blue] == [Digits(text) for text in ("0.06", "-0.14", "0.60", "-1.24")]
    for label, shape in zip(blue, shapes[2:6], strict=True):
        assert label.x == shape.x
        assert label.y > shape.y + shape.height / 2


@pytest.mark.parametrize("units", [(2, 2), (3, 1), (5, 5), (5, 5, 5), (4, 2, 5), (1, 5)])
@pytest.mark.parametrize("seed", [None, 1, 2])
def test_no_label_lies_on_another_up_to_five_units(
    units: tuple[int, ...], seed: int | None, tmp_path: Path
) -> None:
    figure = figure_of(problem_file(tmp_path, *units), seed=seed)
    assert overlapping(figure) == []
    for label in labels(figure):
        assert label.width / 2 <= label.x <= figure.width - label.width / 2
        assert 0.2 <= label.y <= figure.height - 0.2


@pytest.mark.parametrize("name", ["w3wi-ds304", "or-batch", "umons", "solutions-16", "regression-1-5-1"])
def test_no_label_lies_on_another_in_the_handouts(name: str) -> None:
    assert overlapping(figure_of(name)) == []
    assert overlapping(graph_figure(graph_of(load(name)), width, "about")) == []


def test_no_symbol_with_a_layers_mark_lies_on_another(tmp_path: Path) -> None:
    """b₁⁽¹⁾ over δ₁⁽¹⁾: what has a mark above and an index below is taller than a digit."""
    file = tmp_path / "letters.toml"
    layers = '[[layers]]\nunits = {}\nactivation = "tanh"\n'
    file.write_text(
        'features = 2\nloss = "half_squared_error"\n' + layers.format(3) + layers.format(2), encoding="utf-8"
    )
    figure = figure_of(str(file))
    assert overlapping(figure) == []
    bias, delta = [label for label in labels(figure) if label.ink != "plain" and label.y > 1][:2]
    assert delta.y - bias.y >= 0.55


def test_labels_stand_on_their_own_edges() -> None:
    figure = figure_of("w3wi-ds304")
    strokes = [part for part in figure.parts if isinstance(part, Stroke)]
    over = [label for label in labels(figure) if label.over]
    assert len(over) == len(strokes) - 2 == 8  # two go on to the loss
    for label in over:
        distances = [
            abs((s.y + (s.to_y - s.y) * (label.x - s.x) / (s.to_x - s.x)) - label.y)
            for s in strokes
            if s.x < label.x < s.to_x
        ]
        assert min(distances) < 1e-6
        assert sorted(distances)[1] > 0.2  # and on no other's


def test_the_outputs_go_on_to_the_loss_with_its_targets_below() -> None:
    figure = figure_of("w3wi-ds304")
    *_, loss = [part for part in figure.parts if isinstance(part, Shape)]
    ends = [part for part in figure.parts if isinstance(part, Stroke) and part.to_y == loss.y]
    assert len(ends) == 2
    below = [label for label in labels(figure) if label.x == loss.x and label.y > loss.y]
    assert [label.content.left for label in below] == [Symbol("y", ("1",)), Symbol("y", ("2",))]


def test_more_than_five_units_show_their_weights_by_width_and_colour(tmp_path: Path) -> None:
    figure = figure_of(problem_file(tmp_path, 6, 2), seed=1)
    shares = [part.share for part in figure.parts if isinstance(part, Stroke) and part.share is not None]
    assert len(shares) == 5 * 6 + 6 * 2
    assert max(map(abs, shares)) == 1.0
    assert min(shares) < 0.0 < max(shares)
    assert overlapping(figure) == []


@pytest.mark.parametrize("units", [(3, 3, 3, 3, 3, 2), (12, 12), (6, 5, 4), (5, 5, 5, 5, 5, 5, 5, 1)])
def test_deep_and_large_networks_have_no_label_on_another(units: tuple[int, ...], tmp_path: Path) -> None:
    problem = with_random_numbers(load(str(problem_file(tmp_path, *units))), 2)
    network = network_of(problem, solve(problem).traces[0], "all", most=12)
    figure = network_figure(network, width, "about")
    assert overlapping(figure) == []
    assert figure.width < 45
    if len(units) > 4:  # the drawing goes on below, with the column that it stopped at
        assert (
            len(
                {
                    label.y
                    for label in labels(figure)
                    if label.ink == "quiet" and label.content in network.titles
                }
            )
            > 1
        )


def test_larger_layers_are_abbreviated_with_dots(tmp_path: Path) -> None:
    problem = load(str(problem_file(tmp_path, 30, 2, features=12)))
    network = network_of(problem, None, "all")
    assert [len(column) for column in network.columns] == [5, 5, 2]
    assert [unit.dots for unit in network.columns[1]] == [False] * 3 + [True, False]
    assert network.columns[1][4].name == Symbol("a", ("30",), "(1)")
    assert any("⋮" in line for line in drawing_text(network))
    # What flows into a unit is abbreviated too: P inputs are not two.
    assert any(re.match(r"⋮ +─+ ⋮ ─+┤", line) for line in draw("solutions-16").splitlines())
    assert "⋮" in drawing_typst(network, "title")


def test_a_sample_of_a_batch_is_drawn() -> None:
    assert "X₁ = 1" in draw("or-batch", "--sample", "4")
    assert "0.77832" in draw("or-batch", "--sample", "4")
    ran = backprop("draw", "or-batch", "--sample", "5")
    assert (ran.status, "there is no sample 5: the problem has 4" in ran.err) == (2, True)


def test_online_samples_have_their_own_weights(tmp_path: Path) -> None:
    source = (Path(__file__).parents[2] / "problems/or-batch/problem.toml").read_text(encoding="utf-8")
    path = tmp_path / "problem.toml"
    path.write_text('schedule = "online"\n' + source, encoding="utf-8")
    first, last = (draw(str(path), "--sample", str(sample)) for sample in (1, 4))
    assert "0.2 " in first
    assert "0.2 " not in last


@pytest.mark.parametrize("ending", ["svg", "png", "pdf"])
def test_pictures_come_from_one_source(ending: str, tmp_path: Path) -> None:
    for more in ([], ["--graph"]):
        assert backprop("draw", "umons", *more, "-o", f"net.{ending}", folder=tmp_path).status == 0
        data = (tmp_path / f"net.{ending}").read_bytes()
        assert data.startswith({"svg": b"<svg", "png": b"\x89PNG", "pdf": b"%PDF"}[ending])
        if ending == "svg":
            ElementTree.fromstring(data)


def test_the_umons_graph_has_every_local_derivative(tmp_path: Path) -> None:
    draw("umons", "--graph", "-o", str(tmp_path / "graph.pdf"))
    text = text_of((tmp_path / "graph.pdf").read_bytes())
    for word in ("σ(gj) ⋅ (1 − σ(gj))", "2 ⋅ (z − y)", "ujk", "wj", "hj"):
        assert word in text


def test_a_drawing_is_not_a_page() -> None:
    ran = backprop("draw", "umons", "--format", "html")
    assert (ran.status, "a drawing cannot be written as html" in ran.err) == (2, True)


def test_titles_and_symbols_of_a_drawing_are_data() -> None:
    hostile = '"); #read("/etc/passwd")'
    figure = Figure(4, 2, (Label(1, 1, hostile, 2), Label(1, 1, Symbol(hostile), 2)), hostile)
    assert '#read("/etc/passwd")' in text_of(compiled_as(figure_typst(figure), "pdf"))


@pytest.mark.parametrize("name", ["w3wi-ds304", "umons"])
def test_a_drawing_is_written_as_tikz_for_ones_own_document_or_by_itself(name: str, tmp_path: Path) -> None:
    part, whole = tmp_path / "network.tikz", tmp_path / "network.tex"
    draw(name, "-o", str(part))
    draw(name, "-o", str(whole))
    text = part.read_text(encoding="utf-8")
    assert text.count(r"\begin{tikzpicture}") == text.count(r"\end{tikzpicture}") == 1
    assert text.count("{") == text.count("}")
    assert all(line.rstrip().endswith((";", "}", "]")) for line in text.splitlines())
    assert text in whole.read_text(encoding="utf-8")
    assert whole.read_text(encoding="utf-8").startswith(r"\documentclass[tikz")
