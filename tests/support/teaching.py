"""A class of forty with an exam of their own numbers each: who hands in what, and what each must score.

The students are plain NumPy (`mistaken`): ten kinds of slip, each made by two; others are honest, late, come
twice, leave things out or write what nobody can read. Their answers are written as forms and learning
platforms export them.
"""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from mistaken import Net, worked

EXAM = """\
title         = "Exam, question 2"
inputs        = [0.6, -0.4]
targets       = [0.9, 0.2]
loss          = "half_squared_error"
learning_rate = 0.5
digits        = 4

[[layers]]
activation = "sigmoid"
weights    = [[0.35, -0.52], [0.81, 0.27]]
bias       = [0.15, -0.30]

[[layers]]
activation = "sigmoid"
weights    = [[0.64, -0.73], [-0.28, 0.46]]
bias       = [0.25, 0.40]
"""


@dataclass(frozen=True)
class Slip:
    """A mistake of `mistaken`, the codes that name it, and the quantities whose lines it is made in."""

    mistake: str
    layer: int
    codes: tuple[str, ...]
    lines: tuple[str, ...]


_NEW = ("1.new_weights", "1.new_bias", "2.new_weights", "2.new_bias")
SLIPS = (
    Slip("no-bias", 1, ("missing-bias",), ("1.preactivation",)),
    Slip("no-activation", 1, ("missing-activation",), ("1.activation",)),
    Slip("sign", 0, ("sign",), ("2.delta",)),
    Slip("no-slope", 2, ("missing-derivative",), ("2.delta",)),
    Slip("slope-at-a", 2, ("derivative-at-activation",), ("2.delta",)),
    Slip("updated-weights", 2, ("updated-weights",), ("1.delta",)),
    Slip("back-transposed", 2, ("transposed-weights",), ("1.delta",)),
    Slip("z-for-a-gradient", 2, ("wrong-input",), ("2.weight_gradient",)),
    Slip("no-rate", 0, ("missing-learning-rate",), _NEW),
    Slip("ascent", 0, ("ascent",), _NEW),
)

NAMES = """\
Anna Schmidt,Anna Schmidt,Zoë Müller,Liam O'Brien,Nguyễn Thị Minh,María José García López,Łukasz Żak,
Chloé Dubois,Søren Ærø,Jürgen von der Heide,Li Wei,Fatima al-Zahra,Ivan Петров,Émile Roux,Ada Lovelace,
Alan Turing,Grace Hopper,Emmy Noether,Kurt Gödel,Rózsa Péter,Sofia Kovalevskaya,David Hilbert,Ben Ali,
Tom Fu,Ida Rhodes,Jean Bartik,Kay Antonelli,Max Born,Lise Meitner,Paul Dirac,Mary Shaw,John Backus,
Edsger Dijkstra,Barbara Liskov,Tony Hoare,Robin Milner,Dana Scott,Per Martin-Löf,Eva Tardos,Leslie Lamport"""


@dataclass
class Person:
    """A student: what they hand in each time, when, and what the last of it must score."""

    first: str
    last: str
    number: str
    mail: str
    slip: Slip | None = None
    attempts: list[dict[str, str]] = field(default_factory=list)
    times: list[datetime] = field(default_factory=list)
    lost: frozenset[str] = frozenset()  # the cells of the last attempt that earn nothing
    unread: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"


def people(count: int = 40) -> list[Person]:
    """The roster: two students share a name, and many a name is not ASCII."""
    found = []
    for number, name in enumerate(NAMES.replace("\n", "").split(",")[:count], start=1):
        first, _, last = name.partition(" ")
        found.append(Person(first, last, f"{2_026_000 + 37 * number}", f"s{number:02}@uni.example"))
    return found


def roster_csv(students: Iterable[Person]) -> str:
    return table(
        ("Surname", "First name", "ID number", "Email address"),
        ((one.last, one.first, one.number, one.mail) for one in students),
    )


def net_of(path: Path) -> Net:
    """A variant as plain arrays."""
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    layers = told["layers"]
    return Net(
        np.atleast_2d(np.array(told["inputs"], dtype=float)),
        np.atleast_2d(np.array(told["targets"], dtype=float)),
        [np.array(layer["weights"], dtype=float) for layer in layers],
        [np.array(layer["bias"], dtype=float) for layer in layers],
        [layer["activation"] for layer in layers],
        told["loss"],
        float(told["learning_rate"]),
        "mean",
        int(told["digits"]),
    )


def cells(sheet: Mapping[str, np.ndarray]) -> dict[str, float]:
    """A sheet of one sample's arrays as numbers by cell."""
    found: dict[str, float] = {}
    for name, values in sheet.items():
        array = values
        if name.rpartition(".")[2] in ("preactivation", "activation", "delta"):
            array = values[0]
        for place in np.ndindex(np.shape(array)):
            inside = ",".join(str(at + 1) for at in place)
            found[f"{name}[{inside}]" if place else name] = float(array[place])
    return found


def by_hand(net: Net, mistake: str = "", layer: int = 0) -> dict[str, float]:
    """The numbers of a student who rounds each line half up and goes on with what is written."""

    def rounded(values: np.ndarray) -> np.ndarray:
        scaled = np.abs(values) * 10.0**net.digits
        return np.asarray(np.sign(values) * np.floor(scaled + 0.5 + 1e-9) / 10.0**net.digits)

    return cells(worked(net, mistake, layer, rounded))


def typed(numbers: Mapping[str, float], digits: int, style: int) -> dict[str, str]:
    """Numbers as people type them: with a point or a comma, U+2212 for minus, a plus, spaces around."""
    styles: tuple[Callable[[str], str], ...] = (
        str,
        lambda text: text.replace(".", ","),
        lambda text: text.replace("-", "−"),
        lambda text: f" {text} ",
        lambda text: text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text,
    )
    return {cell: styles[style % len(styles)](f"{value + 0.0:.{digits}f}") for cell, value in numbers.items()}


def hand_in(students: Sequence[Person], folder: Path) -> None:
    """Everybody's answers to their own variant, and what they must score.

    `folder` is what `vary` wrote for the class. Of each four two make one of the slips, one comes twice,
    first with the slip and a day later without, and one carries all digits; of those each third leaves a
    question out, and each third writes what cannot be read.
    """
    rows = csv.DictReader(io.StringIO((folder / "variants.csv").read_text(encoding="utf-8")))
    files = {row.get("id") or row["student"]: folder / f"{row['problem']}.toml" for row in rows}
    begun = datetime(2026, 11, 24, 9, 0)
    for number, one in enumerate(students):
        net = net_of(files[one.mail])
        slip = SLIPS[number // 4 % len(SLIPS)]
        right = by_hand(net)
        at = begun + timedelta(minutes=7 * number)
        kind = number % 4
        if kind in (0, 1):
            wrong = by_hand(net, slip.mistake, slip.layer)
            one.slip = slip
            one.attempts = [typed(wrong, net.digits, number)]
            one.lost = slipped(net, slip)
        elif kind == 2:  # late, and for the second time
            wrong = by_hand(net, slip.mistake, slip.layer)
            one.attempts = [typed(wrong, net.digits, 0), typed(right, net.digits, number)]
        else:
            one.attempts = [typed(cells(worked(net)), net.digits, number)]
            odd = number // 4 % 3
            if odd == 1:
                one.lost = frozenset(cell for cell in right if cell.startswith("1.bias_gradient"))
                one.attempts[0] |= dict.fromkeys(one.lost, "")
            if odd == 2:
                one.lost = one.unread = frozenset(("loss", "1.new_bias[2]"))
                one.attempts[0] |= {"loss": "see my notes", "1.new_bias[2]": "0.1.2"}
        one.times = [at, at + timedelta(hours=30)][: len(one.attempts)]


def slipped(net: Net, slip: Slip) -> frozenset[str]:
    """The cells of the slip's own lines that show it: the others of them are right all the same.

    A slip in several lines is made in each of them from what stands above it, which is right.
    """
    wrong, right = by_hand(net, slip.mistake, slip.layer), by_hand(net)
    lines = {cell for cell in wrong if cell.partition("[")[0] in slip.lines}
    return frozenset(cell for cell in lines if abs(wrong[cell] - right[cell]) > 1e-9)


# How the same answers leave a form or a learning platform.

SHAPES = {"preactivation": "z", "activation": "a", "delta": "δ"}


def symbol(cell: str) -> str:
    """The symbol of a cell as a teacher types it into a form."""
    quantity, _, inside = cell.partition("[")
    if quantity == "loss":
        return "L"
    layer, _, role = quantity.partition(".")
    at = "".join("₀₁₂₃₄₅₆₇₈₉"[int(digit)] for digit in inside.rstrip("]").split(","))
    mark = {"1": "⁽¹⁾", "2": "⁽²⁾"}[layer]
    if role in SHAPES:
        return f"{SHAPES[role]}{mark}{at}"
    letter = "w" if "weight" in role else "b"
    return f"new {letter}{mark}{at}" if role.startswith("new") else f"∂L/∂{letter}{mark}{at}"


def table(header: Sequence[str], rows: Iterable[Sequence[str]], separator: str = ",") -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator="\r\n")
    writer.writerows((header, *rows))
    return out.getvalue()


def handed_in(students: Sequence[Person]) -> list[tuple[datetime, Person, dict[str, str]]]:
    """All attempts in the order of their time."""
    each = [(at, one, sheet) for one in students for at, sheet in zip(one.times, one.attempts, strict=True)]
    return sorted(each, key=lambda attempt: attempt[0])


def form_csv(
    students: Sequence[Person],
    time: str = "%m/%d/%Y %H:%M:%S",
    separator: str = ",",
    question: Callable[[int, str], str] = lambda number, cell: f"{number}. What is {symbol(cell)}? *",
) -> str:
    """A form's responses: a question each, with a time stamp, an e-mail and two names before it."""
    names = list(by_order(students))
    header = ("Timestamp", "Email Address", "First name", "Last name", "I have worked alone")
    headings = (question(number, cell) for number, cell in enumerate(names, start=1))
    return table(
        (*header, *headings),
        (
            (
                at.strftime(time),
                one.mail.upper(),
                one.first,
                one.last,
                "Yes",
                *(sheet[cell] for cell in names),
            )
            for at, one, sheet in handed_in(students)
        ),
        separator,
    )


def canvas_csv(students: Sequence[Person]) -> str:
    """Canvas's student analysis report: questions by number, points after each."""
    names = list(by_order(students))
    header = ["name", "id", "sis_id", "section", "submitted", "attempt"]
    for number, cell in enumerate(names, start=1):
        header += [f"{88_100 + number}: Compute {symbol(cell)} to four decimals.", "1.0"]
    header += ["n correct", "n incorrect", "score"]
    rows = []
    for at, one, sheet in handed_in(students):
        answers = [text for cell in names for text in (sheet[cell], "0.0")]
        time = at.strftime("%Y-%m-%d %H:%M:%S UTC")
        rows.append(
            (one.name, str(int(one.number) * 3), one.mail, "EX 1", time, "1", *answers, "0", "29", "0")
        )
    return table(header, rows)


def moodle_csv(students: Sequence[Person], order: Sequence[str], language: str = "en") -> str:
    """Moodle's responses of one cloze question, all of its fields in one column; an average at the end."""
    headings = {
        "en": ("Last name", "First name", "Email address", "Status", "Started", "Completed", "Time taken"),
        "de": ("Nachname", "Vorname", "E-Mail-Adresse", "Status", "Begonnen", "Beendet", "Verbrauchte Zeit"),
        "es": ("Apellido(s)", "Nombre", "Dirección de correo", "Estado", "Comenzado", "Finalizado", "Tiempo"),
    }[language]
    grade, response, part, average = {
        "en": ("Grade/10.00", "Response 1", "part", "Overall average"),
        "de": ("Bewertung/10,00", "Antwort 1", "Teil", "Gesamtdurchschnitt"),
        "es": ("Calificación/10,00", "Respuesta 1", "parte", "Promedio general"),
    }[language]
    rows = []
    for at, one, sheet in handed_in(students):
        answer = "; ".join(f"{part} {number}: {sheet[cell]}" for number, cell in enumerate(order, start=1))
        time = at.strftime("%d %B %Y %I:%M %p")
        rows.append((one.last, one.first, one.mail, "Finished", time, time, "40 mins", "7.50", answer))
    rows.append((average, "", "", "", "", "", "", "7.50", ""))
    return table((*headings, grade, response), rows)


def by_order(students: Sequence[Person]) -> Iterable[str]:
    return students[0].attempts[0]
