"""Give the program what nobody would type, for so many minutes, and list every fault of its own.

    python tests/scripts/fuzz.py [MINUTES] [SEED]

Problems, sheets, classes and answers are bundled ones with a few places changed; each goes through a command.
What ends in anything but the program's own error is printed with its seed, and the exit status is 1.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from command_line import backprop

from backprop_cli.files.bundled import bundled_names, bundled_path

PIECES = (
    *"[]{}()\"'=,.;:#\\\n\t\0|%&^_-+*/!?<>~ ½√∞Σσδ−＝𝟎\u200b\u202e\u009b\x1b\ufeff",
    *(
        "0",
        "-0.0",
        "1e308",
        "1e-400",
        "nan",
        "inf",
        "9" * 400,
        "true",
        "1979-05-27",
        '""',
        "[[]]",
        "{}",
        "[[",
    ),
    *("\\frac{", "Σ_i", "ln(0)", "1/0", "0^-1", "9^9^9", "softmax_j(", "x_{-1}", "σ'(", "dL/dw", "=1+1", "'"),
    *(
        "[layers]",
        "[notation]",
        "loss",
        "student",
        "problem",
        "units = 99999",
        "digits = 99",
        "sep=;",
        "\r\n",
    ),
)
SLOW = 20.0  # seconds of processor time for one command
Case = Callable[[random.Random, Path], list[str]]


def changed(text: str, chance: random.Random) -> str:
    """The text with up to five places cut out, doubled, exchanged or filled with something strange."""
    for _ in range(chance.randint(1, 5)):
        start = chance.randint(0, len(text))
        end = min(len(text), start + chance.choice((0, 1, 1, 3, 10, 80)))
        piece = chance.choice((chance.choice(PIECES), text[start:end] * 2, "", chance.choice(PIECES) * 50))
        text = text[:start] + piece + text[end:]
    return text


def problem_case(chance: random.Random, folder: Path) -> list[str]:
    """A problem changed, through any command that takes one."""
    path = bundled_path(chance.choice(bundled_names()))
    text = path.read_text(encoding="utf-8") if path else ""
    write(folder / "mine.toml", changed(text, chance))
    form = ["-f", chance.choice(("json", "markdown", "latex", "html"))] if chance.random() < 0.4 else []
    return chance.choice(
        [
            ["solve", "mine.toml", *form],
            ["derive", "mine.toml", *form],
            ["step", "mine.toml", "--steps", "3", "--lr", "0.1", "--no-curve"],
            ["sheet", "mine.toml"],
            ["sheet", "mine.toml", "--fill", "-f", "csv"],
            ["draw", "mine.toml"],
            ["draw", "mine.toml", "--graph"],
        ]
    )


def sheet_case(chance: random.Random, folder: Path) -> list[str]:
    """A filled sheet or a class's table changed, and graded."""
    name = chance.choice(bundled_names())
    form = chance.choice(("toml", "csv"))
    key = backprop("sheet", name, "--fill", "-f", form).out
    write(folder / f"answers.{form}", changed(key, chance))
    more = chance.choice(([], ["--strict"], ["--hint"], ["-f", "json"], ["--all"], ["--partial"]))
    return ["check", f"answers.{form}", "--problem", name, *more]


def answer_case(chance: random.Random, folder: Path) -> list[str]:
    """Made up answers, several on one sheet."""
    name = chance.choice(bundled_names())
    lines = backprop("sheet", name).out.split('""')
    filled = [line + f'"{answer(chance)}"' for line in lines[:-1]]
    write(folder / "answers.toml", "".join([*filled, lines[-1]]))
    return ["check", "answers.toml", "--problem", name]


def answer(chance: random.Random) -> str:
    parts = chance.choices(
        (*PIECES, "z", "w_1", "a", "0.5", "(", ")", "+", "·", "exp("), k=chance.randint(0, 8)
    )
    return "".join(parts).translate({ord(char): None for char in '"\\\n\r\0\x1b'})


def write(path: Path, text: str) -> None:
    path.write_bytes(text.encode("utf-8", "surrogatepass"))


CASES: tuple[Case, ...] = (problem_case, sheet_case, answer_case)


def main(minutes: float, seed: int) -> int:
    """Run until the time is over; how many faults there were."""
    until = time.monotonic() + 60 * minutes
    faults = 0
    first = seed
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        while time.monotonic() < until:
            chance = random.Random(seed)
            line = chance.choice(CASES)(chance, folder)
            began = time.process_time()
            try:
                ran = backprop(*line, folder=folder)
                said = ran.err if ran.status == 3 or "internal error" in ran.err else ""
                if ran.status not in (0, 1, 2, 3):
                    said = f"exit status {ran.status}"
                if any(char in ran.out + ran.err for char in "\x1b\x9b\u202e"):
                    said = "what steers a terminal came through"
            except Exception as error:  # the very thing looked for
                said = repr(error)
            if time.process_time() - began > SLOW:
                said = f"took {time.process_time() - began:.0f} s"
            if said:
                faults += 1
                print(f"seed {seed}: backprop {' '.join(line)}: {said.strip()[-300:]}", flush=True)
            seed += 1
    print(f"{seed - first} cases, {faults} faults")
    return int(faults > 0)


if __name__ == "__main__":
    numbers = [float(argument) for argument in sys.argv[1:]]
    sys.exit(main(*numbers[:1] or [10.0], int(numbers[1]) if len(numbers) > 1 else 0))
