"""The golden files: what `backprop solve` prints, as text to read and to compare with."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parents[1] / "golden"

# file → the command that prints it, at 80 columns
COMMANDS: dict[str, str] = {
    "w3wi-ds304.txt": "backprop solve w3wi-ds304",
    "w3wi-ds304-carry.txt": "backprop solve w3wi-ds304 --rounding carry --digits 5",
    "w3wi-ds304-ascii.txt": "backprop solve w3wi-ds304 --ascii",
    "or-batch.txt": "backprop solve or-batch",
    "perceptron-or.txt": "backprop solve perceptron-or",
    "umons.txt": "backprop solve umons",
    "solutions-16.txt": "backprop solve solutions-16",
    "regression-1-5-1.txt": "backprop solve regression-1-5-1",
    "circuit.txt": "backprop solve circuit",
    "logistic-regression.txt": "backprop solve logistic-regression",
    "rnn-two-steps.txt": "backprop solve rnn-two-steps",
    "lstm-cell.txt": "backprop solve lstm-cell",
    "convolution-pooling.txt": "backprop solve convolution-pooling",
    "attention-two-tokens.txt": "backprop solve attention-two-tokens",
    "batch-normalisation.txt": "backprop solve batch-normalisation",
    "umons-random.txt": "backprop solve umons --values random --seed 7",
}
