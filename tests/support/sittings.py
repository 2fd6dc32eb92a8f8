"""Three whole sittings of `backprop practice`: what is typed, and the file that holds what is then seen."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sitting:
    """A command with the lines typed into it, and how it ends."""

    name: str
    arguments: str
    typed: tuple[str, ...]
    status: int


FORWARD = ("0.61", "-0.64", "0.61", "0.00", "-0.85", "-0.49", "0.30", "0.38")
SITTINGS = (
    Sitting("all-right", "w3wi-ds304 --only forward --only loss", (*FORWARD, "0.47"), 0),
    Sitting(
        "a-sign-slip",
        "w3wi-ds304 --only forward --only loss --only backward",
        (*FORWARD, "0.47", "0.60", "1.24", "?", "?", "-1.24", "0.06", "-0.14"),
        0,
    ),
    Sitting("stopped", "w3wi-ds304 --only forward -o sheet.toml", FORWARD[:3], 1),
    Sitting("gone-on", "w3wi-ds304 --only forward --from sheet.toml", FORWARD[3:], 0),
)
