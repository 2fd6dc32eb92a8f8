"""Problems of equations of many kinds, and their gradients by central differences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import product as combinations

import numpy as np

from backprop_cli import parse_problem
from backprop_cli.formula.tree import At, Kronecker, Number, add, product
from backprop_cli.plan.equation_plan import forward_steps
from backprop_cli.plan.plan import make_plan
from backprop_cli.plan.steps import EquationPlan
from backprop_cli.problem.equations import EquationProblem
from backprop_cli.values.equation_trace import (
    EquationTrace,
    Worked,
    equation_numbers,
    work_out_equations,
)

GRU = '''
equations = """
z_{t,k} = σ(Σ_j A_kj x_{t,j} + Σ_m B_km h_{t-1,m} + a_k)    for t = 1, 2, 3
r_{t,k} = σ(Σ_j C_kj x_{t,j} + Σ_m D_km h_{t-1,m} + c_k)    for t = 1, 2, 3
g_{t,k} = tanh(Σ_j E_kj x_{t,j} + Σ_m F_km r_{t,m} h_{t-1,m} + d_k)    for t = 1, 2, 3
h_{t,k} = (1 − z_{t,k}) h_{t-1,k} + z_{t,k} g_{t,k}    for t = 1, 2, 3
L = ½ Σ_k (h_{3,k} − y_k)²
"""
[given]
x = [[1.0, 0.5], [-0.5, 0.2], [0.3, -1.0]]
h_0 = [0.1, -0.2]
y = [0.5, -0.1]
[parameters]
A = [[0.1, -0.2], [0.3, 0.4]]
B = [[0.5, 0.1], [-0.3, 0.2]]
C = [[0.2, 0.3], [-0.1, 0.6]]
D = [[0.4, -0.5], [0.1, 0.7]]
E = [[-0.6, 0.2], [0.8, -0.3]]
F = [[0.9, 0.1], [-0.4, 0.5]]
a = [0.05, -0.05]
c = [0.1, 0.2]
d = [-0.1, 0.3]
'''

LSTM = '''
equations = """
i_{t,k} = σ(Σ_j P_kj x_{t,j} + Σ_m Q_km h_{t-1,m})    for t = 1, 2, 3
f_{t,k} = σ(Σ_j R_kj x_{t,j} + Σ_m S_km h_{t-1,m} + 1)    for t = 1, 2, 3
o_{t,k} = σ(Σ_j T_kj x_{t,j} + Σ_m U_km h_{t-1,m})    for t = 1, 2, 3
g_{t,k} = tanh(Σ_j V_kj x_{t,j} + Σ_m W_km h_{t-1,m})    for t = 1, 2, 3
c_{t,k} = f_{t,k} c_{t-1,k} + i_{t,k} g_{t,k}    for t = 1, 2, 3
h_{t,k} = o_{t,k} tanh(c_{t,k})    for t = 1, 2, 3
L = ½ Σ_t Σ_k (h_{t,k} − y_tk)²
"""
[given]
x = [[1.0, 0.5], [-0.5, 0.2], [0.3, -1.0]]
h_0 = [0.1, -0.2]
c_0 = [0.3, 0.4]
y = [[0.5, -0.1], [0.2, 0.1], [-0.3, 0.4]]
[parameters]
P = [[0.1, -0.2], [0.3, 0.4]]
Q = [[0.5, 0.1], [-0.3, 0.2]]
R = [[0.2, 0.3], [-0.1, 0.6]]
S = [[0.4, -0.5], [0.1, 0.7]]
T = [[-0.6, 0.2], [0.8, -0.3]]
U = [[0.9, 0.1], [-0.4, 0.5]]
V = [[0.3, -0.2], [0.5, 0.1]]
W = [[-0.1, 0.6], [0.2, 0.4]]
'''

LAYER_NORM = '''
equations = """
m_i = 1/3 Σ_j x_ij
s_i = 1/3 Σ_j (x_ij − m_i)²
n_ij = (x_ij − m_i)/√(s_i + 0.001)
y_ij = g_j n_ij + b_j
L = Σ_i Σ_j (y_ij − t_ij)²
"""
[given]
x = [[1.0, 2.0, 4.0], [0.5, -1.0, 3.0]]
t = [[0.0, 0.5, 0.1], [1.0, -1.0, 0.3]]
[parameters]
g = [1.5, 0.7, -0.4]
b = [0.2, 0.0, 0.1]
'''

BATCH_NORM = '''
gradients_of = ["x"]
equations = """
m_j = 1/3 Σ_i x_ij
s_j = 1/3 Σ_i (x_ij − m_j)²
n_ij = (x_ij − m_j)/√(s_j + 0.001)
y_ij = g_j n_ij + b_j
z_i = Σ_j w_j max(0, y_ij)
L = −Σ_i [t_i ln σ(z_i) + (1 − t_i) ln(1 − σ(z_i))]
"""
[given]
x = [[1.0, 2.0], [0.5, -1.0], [-2.0, 0.4]]
t = [0.0, 1.0, 1.0]
[parameters]
g = [1.5, 0.7]
b = [0.2, 0.1]
w = [0.3, -0.8]
'''

CONVOLUTION_2D = '''
gradients_of = ["x"]
equations = """
z_ij = Σ_m Σ_n k_mn x_{i+m-1,j+n-1} + b    for i = 1, 2, 3, 4 and j = 1, 2, 3, 4
a_ij = ReLU(z_ij)
p_ij = max_{m,n}(c_{2i+m-2,2j+n-2})    for i = 1, 2 and j = 1, 2 and m = 1, 2 and n = 1, 2
L = ½ (Σ_i Σ_j v_ij p_ij − y)²
"""
[given]
x = [[1.0, -2.0, 3.0, 0.5, 0.3], [0.2, 1.5, -0.7, 0.9, -1.1], [0.4, -0.6, 1.2, 0.8, 0.1],
     [0.7, 0.25, -0.3, 1.4, 0.6], [-0.2, 0.35, 0.15, -0.9, 2.0]]
y = 1.0
[parameters]
k = [[0.5, -0.25], [0.3, 0.8]]
b = 0.1
v = [[1.0, -1.0], [0.5, 0.7]]
'''.replace("c_{2i", "a_{2i")

POOLING_BY_MEAN = '''
equations = """
z_i = Σ_m k_m x_{i+m-1}    for i = 1, 2, 3, 4
p_i = ¼ (z_{2i-1} + z_{2i})²    for i = 1, 2
L = p_1 p_2
"""
[given]
x = [1.0, -2.0, 3.0, 0.5, 0.3, 0.9]
[parameters]
k = [0.5, -0.25, 0.75]
'''

ATTENTION = '''
equations = """
q_id = Σ_e A_de x_ie
k_jd = Σ_e B_de x_je
v_jd = Σ_e C_de x_je
s_ij = Σ_d q_id k_jd / √2
a_ij = softmax_j(s_ij)
o_id = Σ_j a_ij v_jd
L = ½ Σ_i Σ_d (o_id − y_id)²
"""
[given]
x = [[1.0, 0.5], [-0.5, 0.2], [0.3, -1.0]]
y = [[0.5, -0.1], [0.2, 0.1], [-0.3, 0.4]]
[parameters]
A = [[0.1, -0.2], [0.3, 0.4]]
B = [[0.5, 0.1], [-0.3, 0.2]]
C = [[0.2, 0.3], [-0.1, 0.6]]
'''

SKIP_GRAM = '''
equations = """
h_d = Σ_v c_v E_vd
u_v = Σ_d F_vd h_d
p_v = softmax_v(u_v)
L = −Σ_v t_v ln p_v
"""
[given]
c = [0.0, 1.0, 0.0, 0.0]
t = [0.0, 0.0, 1.0, 1.0]
[parameters]
E = [[0.1, -0.2], [0.3, 0.4], [0.5, 0.6], [-0.7, 0.8]]
F = [[0.5, 0.1], [-0.3, 0.2], [0.4, -0.4], [0.2, 0.9]]
'''

NEGATIVE_SAMPLING = '''
equations = """
s = Σ_d u_d v_d
r_k = Σ_d N_kd v_d
L = −ln σ(s) − Σ_k ln σ(−r_k)
"""
[parameters]
u = [0.4, -0.3]
v = [0.2, 0.6]
N = [[0.5, 0.1], [-0.3, 0.2]]
'''

RBF = '''
equations = """
d_j = Σ_i (x_i − c_ji)²
p_j = e^(−d_j/(2 s_j^2))
o = Σ_j w_j p_j + b
L = ½ (o − y)²
"""
[given]
x = [0.5, -0.2]
y = 1.0
[parameters]
c = [[0.0, 0.1], [1.0, -1.0], [0.4, 0.4]]
s = [0.5, 1.2, 0.9]
w = [0.3, -0.6, 0.8]
b = 0.1
'''

TIED_WEIGHTS = '''
equations = """
h_k = σ(Σ_i W_ki x_i + b_k)
r_i = Σ_k W_ki h_k + c_i
L = ½ Σ_i (r_i − x_i)²
"""
[given]
x = [0.5, -0.2, 0.8]
[parameters]
W = [[0.1, -0.2, 0.3], [0.4, 0.5, -0.6]]
b = [0.0, 0.1]
c = [0.05, -0.05, 0.2]
'''

DROPOUT = '''
equations = """
a_j = tanh(Σ_i W_ji x_i)
d_j = m_j a_j / q
o = Σ_j v_j d_j
L = (o − y)²
"""
[given]
x = [0.5, -0.2]
m = [1.0, 0.0, 1.0]
q = 0.5
y = 0.3
[parameters]
W = [[0.1, -0.2], [0.4, 0.5], [0.7, -0.1]]
v = [0.3, -0.6, 0.8]
'''

SEVERAL_LOSSES = '''
equations = """
z = w x + b
p = σ(z)
A = −(y ln p + (1 − y) ln(1 − p))
R = w^2 + |b|
L = A + λ R
"""
[given]
x = 1.5
y = 1.0
λ = 0.1
[parameters]
w = 0.4
b = -0.3
'''.replace("λ = ", '"λ" = ')

RESIDUAL = '''
equations = """
u_k = ReLU(Σ_i A_ki x_i)
h_k = x_k + Σ_m B_km u_m
o = Σ_k v_k h_k
L = ½ (o − y)²
"""
gradients_of = ["x"]
[given]
x = [0.5, -0.2]
y = 0.3
[parameters]
A = [[0.1, -0.2], [0.4, 0.5]]
B = [[0.7, -0.1], [0.2, 0.3]]
v = [0.3, -0.6]
'''

EMBEDDING = '''
equations = """
e_td = Σ_v o_tv E_vd
m_d = 1/3 Σ_t e_td
z_k = Σ_d W_kd m_d
p_k = softmax_k(z_k)
L = −Σ_k y_k ln(p_k)
"""
[given]
o = [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
y = [0.0, 1.0]
[parameters]
E = [[0.1, -0.2], [0.4, 0.5], [0.7, -0.1]]
W = [[0.3, -0.6], [0.2, 0.9]]
'''

RECURRENCE_WITH_LEARNED_START = '''
equations = """
h_0 = tanh(a)
h_t = tanh(u x_t + w h_{t-1} + b)    for t = 1, 2, 3
L = ½ Σ_t (h_t − y_t)²
"""
[given]
x = [1.0, -0.5, 0.3]
y = [0.5, -0.1, 0.2]
[parameters]
a = 0.7
u = 0.4
w = 0.9
b = 0.1
'''

TWO_STEPS_BACK = '''
equations = """
h_1 = a x_1
h_2 = a x_2 + b h_1
h_t = tanh(a x_t + b h_{t-1} + c h_{t-2})    for t = 3, 4, 5
L = Σ_{t=1}^{5} (h_t)²
"""
[given]
x = [1.0, -0.5, 0.3, 0.2, 0.9]
[parameters]
a = 0.4
b = 0.9
c = -0.3
'''

BOTH_WAYS = '''
equations = """
f_t = tanh(u x_t + w f_{t-1})    for t = 1, 2, 3
b_t = tanh(v x_t + r b_{t+1})    for t = 1, 2, 3
o_t = p f_t + q b_t
L = ½ Σ_t (o_t − y_t)²
"""
[given]
x = [1.0, -0.5, 0.3]
y = [0.5, -0.1, 0.2]
f_0 = 0.1
b_4 = -0.2
[parameters]
u = 0.4
w = 0.9
v = 0.3
r = -0.7
p = 1.1
q = 0.6
'''

POWERS_AND_ROOTS = '''
equations = """
p = x^n + 2^x
q = √(p) + ln(p) − cos(x) sin(n) + tan(n/4)
r = max(p, q, 3 x) + min(p, q)
L = |q − 9| + r^1.5
"""
[parameters]
x = 1.3
n = 2.5
'''

ELEMENTS = '''
equations = """
s = w_1 x_1 + w_2 x_2 + w_3
f = s^3/(1 + s^2)
"""
[given]
w = [2.0, -3.0, -3.0]
x = [-1.0, -2.0]
'''

PRODUCT = '''
equations = """
p = Π_i (a_i + b)
L = ln(p)
"""
[parameters]
a = [0.5, 1.5, 0.7]
b = 0.2
'''

QUADRATIC_FORM = '''
equations = """
q = Σ_i Σ_j x_i A_ij x_j
T = Σ_i A_ii
L = q/T + softplus(q) + GELU(T)
"""
[parameters]
A = [[0.5, 0.1], [-0.3, 0.8]]
x = [0.7, -0.4]
'''

OWN_FUNCTION = '''
equations = """
a_i = mish(w_i x)
L = Σ_i swiss(a_i)
"""
[given]
x = 0.8
[parameters]
w = [0.5, -1.5]
[functions]
mish = "x tanh(ln(1 + e^x))"
swiss = "z^2 mish(z)"
'''

MAXIMUM = '''
equations = """
m = max_i(z_i)
e_i = exp(z_i − m)
p_i = e_i/Σ_j e_j
L = −Σ_i y_i ln p_i + min_i(z_i)²
"""
[given]
y = [0.2, 0.3, 0.5]
[parameters]
z = [2.0, 1.0, 0.1]
'''

SYSTEMS: dict[str, str] = {
    name.lower(): text for name, text in list(globals().items()) if name.isupper() and isinstance(text, str)
}


def problem_of(text: str) -> EquationProblem:
    """The problem that a text describes, every given number's gradient asked for."""
    problem = parse_problem(text, "problem.toml", "problem")
    assert isinstance(problem, EquationProblem)
    return replace(problem, gradients_of=tuple(problem.given))


def traced(problem: EquationProblem) -> EquationTrace:
    return work_out_equations(make_plan(problem))


def difference_quotients(problem: EquationProblem, symbol: str, step: float = 1e-6) -> np.ndarray:
    """∂L/∂symbol by central differences: each of its values moved a little, whatever gives it."""
    shape = tuple(len(problem.range_of(index)) for index in problem.axes[symbol])
    moved = _moved_equation if symbol in problem.computed else _moved_number(problem)
    found = np.zeros(shape)
    for position in combinations(*map(range, shape)):
        ends = [moved(problem, symbol, position, sign * step) for sign in (1, -1)]
        found[position] = (ends[0] - ends[1]) / (2 * step)
    return found


Moved = Callable[[EquationProblem, str, tuple[int, ...], float], float]


def _forward(problem: EquationProblem) -> Worked:
    return Worked(EquationPlan(problem, tuple(forward_steps(problem))))


def _moved_number(problem: EquationProblem) -> Moved:
    """The objective with one given number or parameter moved."""
    worked = _forward(problem)
    numbers = {key: given.values for key, given in equation_numbers(problem).items()}

    def moved(problem: EquationProblem, symbol: str, position: tuple[int, ...], by: float) -> float:
        values = numbers["value", symbol].copy()
        values[position] += by
        return float(worked.out({**numbers, ("value", symbol): values})["value", problem.objective])

    return moved


def _moved_equation(problem: EquationProblem, symbol: str, position: tuple[int, ...], by: float) -> float:
    """The objective with one value moved that an equation gives."""
    indices = problem.axes[symbol]
    there = (
        Kronecker(index, At(problem.range_of(index).first + place))
        for index, place in zip(indices, position, strict=True)
    )
    bump = product(Number(Fraction(by)), *there)
    moved = tuple(
        replace(one, formula=add(one.formula, bump)) if one.symbol == symbol else one
        for one in problem.equations
    )
    numbers = {key: given.values for key, given in equation_numbers(problem).items()}
    return float(_forward(replace(problem, equations=moved)).out(numbers)["value", problem.objective])
