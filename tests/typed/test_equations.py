"""The language of equations: one problem typed in many styles is one tree, and what each index runs over."""

from __future__ import annotations

import pytest

from backprop_cli.formula.tree import At, Function, Index, Ref, Shifted, Size, Sum, refs, walk
from backprop_cli.problem.equations import Range, Starts
from backprop_cli.typed.equation_text import EquationError
from backprop_cli.typed.equations import System, read_equations

SHAPES: dict[str, tuple[int, ...]] = {
    "x": (3,),
    "X": (3, 2),
    "y": (3,),
    "t": (3,),
    "s": (),
    "ε": (),
    "ŷ": (3,),
    "u_1": (),
    "W_xh": (2, 3),
    "W^Q": (2, 3),
    "b1": (),
    "net_h1": (),
    "k": (2,),
}
PARAMETERS: dict[str, tuple[int, ...]] = {"w": (2,), "γ": (), "b": (), "σ_x": ()}


def read(text: str, *, functions: frozenset[str] = frozenset()) -> System:
    return read_equations(text, SHAPES, PARAMETERS, {}, {}, functions)


def formula(text: str) -> object:
    return read(text, functions=frozenset(("mish",))).equations[-1].formula


SAME = [
    # ASCII, Unicode and LaTeX
    ("L = sum_i (ŷ_i - y_i)^2", r"L = \sum_i (\hat{y}_i - y_i)^2"),
    ("L = sum_i (ŷ_i - y_i)^2", "L := Σᵢ (yhatᵢ − yᵢ)²"),
    ("L = sum_i (ŷ_i - y_i)^2", r"L \gets \sum_{i=1}^{3} \left(\hat{y}_{i} - y_{i}\right)^{2} \\"),
    ("L = sum_i (ŷ_i - y_i)^2", "L <- sum_(i=1)^3 (yhat[i] - y[i])**2"),
    ("q = 1/(1 + e^(-s))", r"q = \frac{1}{1 + e^{-s}}"),
    ("q = 1/(1 + e^(-s))", "q = 1/(1+exp(-s))."),
    ("q = sigmoid(s)", r"q &= \sigma(s),"),
    ("q = sigmoid(s)", r"q = \sigma\left(s\right)"),
    ("q = tanh(s)", "q = tanh s"),
    ("q = tanh(s)", r"q = \tanh s"),
    ("q = tanh(s)", r"q = \operatorname{tanh}(s)"),
    ("q = ln(s)", "q = log s"),
    ("q = relu(s)", r"q = \mathrm{ReLU}(s)"),
    ("q = s*γ*b", "q = sγb"),
    ("q = s*γ*b", r"q = s \gamma b"),
    ("q = s*γ*b", "q = s gamma · b"),
    ("q = 2*s + 3*s*b", "q = 2s + 3 s b"),
    ("q = sqrt(s)", "q = √s"),
    ("q = sqrt(s)", r"q = \sqrt{s}"),
    ("q = sqrt(s)", "q = s^(1/2)"),
    ("q = (1/2) s", "q = ½ s"),
    ("q = (1/2) s", "q = 1/2 s"),
    ("q = (1/3) s", "q = ⅓ s"),
    ("q = abs(s)", "q = |s|"),
    ("q = s*pi", "q = s π"),
    ("q = s*abs(b)", "q = s |b|"),
    ("q = tanh(s)", "q = np.tanh(s)"),
    ("L = sum_i (ŷ_i - y_i)^2", "L = Σ (ŷ_i - y_i)²"),
    ("L = s sum_i w_i^2", "L = s ‖w‖²"),
    ("L = s sum_i w_i^2", r"L = s \|w\|_2^2"),
    ("L = s sqrt(sum_i w_i^2)", "L = s ||w||"),
    ("q = W_xh[1,2]", "q = W_{xh,12}"),
    ("q = leaky_relu(s)", "q = LReLU(s)"),
    ("q_i = x_i^2", "q_i = x_i²"),
    ("q = -(s)", "q = −s"),
    ("p_i = softmax_i(x_i)", "p_i = softmax(x_i)"),
    ("p_i = softmax_i(x_i)", "p_i = softmax(x)_i"),
    ("m = max_i(x_i)", r"m = \max_i x_i"),
    ("m = max(s, b)", r"m = \max(s, b)"),
    # symbols with labels of their own, and indices however they are written
    ("q_k = Σ_j W_{xh,kj} x_j", "q_k = Σ_j W_xh_kj x_j"),
    ("q_k = Σ_j W_{xh,kj} x_j", "q_k = Σ_j W_{xh}_{k,j} x_j"),
    ("q_k = Σ_j W^Q_kj x_j", "q_k = Σ_j W^{Q}_{k,j} x_j"),
    ("q_i = Σ_j X_ij w_j", "q_i = Σ_j X_{i,j} w_j"),
    ("q_i = Σ_j X_ij w_j", "q[i] = Σ_j X[i,j] w[j]"),
    ("q_i = Σ_j X_ij w_j", "q^{(i)} = Σ_j X^{(i)}_j w_j"),
    ("q_i = Σ_j X_ij w_j", "q^(i) = Σ_j X_j^(i) w_j"),
    ("q = b_1 + s", "q = b1 + s"),
    ("q = net_h1 + u_1", "q = net_{h1} + u1"),
    ("q = w_1x_1 + w_2x_2", "q = w_1 x_1 + w_2 x_2"),
    ("q_i = x_{i+1} for i = 1, 2", "q_i = x_(i+1)    for i = 1, 2"),
    ("q_i = x_{i+1} for i = 1, 2", "q_i = xᵢ₊₁, i = 1, …, 2"),
    ("q_i = x_{i+1} for i = 1, 2", "q_i = x[i+1]   (i = 1, 2)"),
    ("q_i = x_{i+1} for i = 1, 2", r"q_i = x_{i+1} \quad \text{for } i = 1, \dots, 2"),
    ("q_i = x_{i+1} for i = 1, 2", "q_i = x_{i+1} for 1 <= i <= 2"),
    ("q_i = x_{i+1} for i = 1, 2", "q_i = x_{i+1} for i in 1..2"),
    ("q_i = x_{i+1} for i = 1, 2", "q_i = x_{i+1}  # the shapes tell the range"),
    ("q_i = x_{i+1} for i = 1, 2", "q_{i+1} = x_{i+2} for i = 0, 1"),
    ("q = s + b", "# a comment\n\nq = s\n    + b  # goes on"),
]


@pytest.mark.parametrize(("plain", "other"), SAME, ids=[other for _, other in SAME])
def test_an_equation_is_one_tree_however_it_is_typed(plain: str, other: str) -> None:
    assert formula(other) == formula(plain)


def test_a_letter_over_two_ranges_is_two_indices() -> None:
    system = read("a_i = w_i\nc_i = x_i s\nL = Σ_i c_i a_1")
    assert system.ranges == {"i": Range(1, 2), "i@2": Range(1, 3)}


def test_a_sum_over_the_letter_of_the_left_side_has_an_index_of_its_own() -> None:
    system = read("p_i = exp(x_i)/Σ_i exp(x_i)\nL = p_1")
    assert system.ranges == {"i": Range(1, 3), "i@2": Range(1, 3)}


def test_a_recurrence_starts_at_a_symbol_of_its_own() -> None:
    given = {"x": (3,), "h_0": ()}
    system = read_equations("h_t = tanh(w h_{t-1} + x_t)\nL = h_3^2", given, {"w": ()}, {}, {})
    assert system.starts == {"h": Starts(0, {0: "h_0"})}
    assert Ref("value", "h", (Shifted(((1, Index("t")),), -1),)) in refs(system.equations[0].formula)
    assert refs(system.equations[1].formula) == [Ref("value", "h", (At(3),))]


def test_equations_of_a_recurrence_may_use_the_step_before_of_a_later_one() -> None:
    given = {"x": (2,), "h_0": ()}
    system = read_equations("r_t = σ(h_{t-1})\nh_t = r_t h_{t-1} + x_t\nL = h_2", given, {}, {}, {})
    assert [one.symbol for one in system.equations] == ["r", "h", "L"]


def test_a_label_is_no_index_where_nothing_runs_over_it() -> None:
    given = {"x_t": (), "h_prev": ()}
    system = read_equations("f_t = σ(w_f x_t + h_prev)\nh_t = f_t h_prev", given, {"w_f": ()}, {}, {})
    assert [(one.symbol, one.indices) for one in system.equations] == [("f_t", ()), ("h_t", ())]


def test_a_convolutions_window_is_a_sum_of_indices() -> None:
    system = read("z_i = Σ_m k_m x_{i+m-1} + b\nL = z_1")
    shifted = Shifted(((1, Index("i")), (1, Index("m"))), -1)
    assert Ref("value", "x", (shifted,)) in refs(system.equations[0].formula)
    assert system.ranges == {"i": Range(1, 2), "m": Range(1, 2)}


def test_a_stride_is_a_factor_of_an_index() -> None:
    system = read("z_i = x_{2i-1} for i = 1, 2\nL = z_1")
    assert refs(system.equations[0].formula) == [Ref("value", "x", (Shifted(((2, Index("i")),), -1),))]


def test_the_end_of_a_sum_may_be_used_as_a_number() -> None:
    system = read("L = 1/n Σ_{i=1}^{n} x_i")
    assert [part for _, part in walk(system.equations[0].formula) if isinstance(part, Size)] == [
        Size(Index("i"))
    ]


def test_a_sum_over_symbols_of_their_own_is_spelled_out() -> None:
    system = read("h_1 = s x_1\nh_2 = s x_2 + h_1\nL = Σ_t (h_t - w_t)^2")
    assert [ref.level for ref in refs(system.equations[2].formula)] == ["h_1", "w", "h_2", "w"]


def test_a_problem_in_letters_takes_its_axes_from_the_sizes() -> None:
    text = "g_j = Σ_k u_jk x_k + b_j\nz = Σ_j w_j σ(g_j)"
    system = read_equations(text, {}, {}, {}, {"k": "P", "j": 3})
    assert system.ranges == {"j": Range(1, 3), "k": Range(1, "P")}
    assert system.symbols["u"].axes == [Range(1, 3), Range(1, "P")]


def test_symbols_may_be_of_any_script() -> None:
    system = read_equations("損失 = (ж - ב)^2", {"ж": (), "ב": ()}, {}, {}, {})
    assert system.equations[0].symbol == "損失"
    assert [ref.level for ref in refs(system.equations[0].formula)] == ["ж", "ב"]


def test_a_function_of_ones_own_is_called_by_its_name() -> None:
    assert formula("q = mish(s)") == Function("mish", Ref("value", "s"))


def test_a_given_symbol_goes_before_a_function_of_its_name() -> None:
    system = read_equations("q = σ e", {"σ": (), "e": ()}, {}, {}, {})
    assert [ref.level for ref in refs(system.equations[0].formula)] == ["σ", "e"]


@pytest.mark.parametrize("text", ["L = Σ_i x_i y_i + b", "L = b + Σ_i x_i y_i"])
def test_a_sum_ends_at_the_next_plus(text: str) -> None:
    parts = [part for _, part in walk(read(text).equations[0].formula) if isinstance(part, Sum)]
    assert [ref.level for ref in refs(parts[0].body)] == ["x", "y"]


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("q = s + rr", "rr"),
        (r"q = \frac{s}{\zeta}", r"\zeta"),
        ("L = ½ Σ_i (xᵢ − vᵢ)²", "v"),
        ("q = s\nL = q^2 + z_1 s", "z"),
        ("L = Σ_j X_{j,4} s", "X_{j,4}"),
    ],
)
def test_a_fault_is_told_where_it_stands_in_what_was_typed(text: str, at: str) -> None:
    with pytest.raises(EquationError) as caught:
        read(text)
    start, end = caught.value.span
    assert text[start:end] == at
