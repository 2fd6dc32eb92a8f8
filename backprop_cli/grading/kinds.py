"""The slip codes in words, for a student and for a class: code → what was done."""

from __future__ import annotations

from collections.abc import Iterable

KINDS = {
    "sign": "a flipped sign",
    "missing-factor": "a factor left out",
    "extra-factor": "a factor too many",
    "missing-derivative": "the derivative f′ left out",
    "derivative-at-activation": "f′ taken at a instead of z",
    "wrong-derivative": "something else in place of f′",
    "wrong-function": "the derivative of another function",
    "wrong-operation": "a sum or a division in place of a product",
    "missing-batch-mean": "the 1/n of the batch left out",
    "one-sample-only": "one sample in place of all",
    "transposed-weights": "weights not transposed, or transposed",
    "wrong-weights": "weights of another layer",
    "updated-weights": "updated weights in the backward pass",
    "missing-bias": "the bias left out",
    "double-bias": "the bias added twice",
    "bias-times-input": "a bias gradient multiplied by an input",
    "wrong-input": "another value in place of the right one",
    "wrong-sample": "another sample's value",
    "wrong-target": "another sample's or class's target",
    "wrong-axis": "summed or normalised along another axis",
    "total-for-part": "the total in place of a part",
    "broadcast": "every output against every target",
    "missing-term": "a term of a sum left out",
    "missing-path": "a path back left out",
    "swapped-gates": "two gates exchanged",
    "extra-term": "a term too many",
    "ascent": "a step up the gradient instead of down",
    "missing-learning-rate": "the learning rate left out",
    "decay-on-bias": "weight decay on a bias",
    "misread": "a given number misread",
    "extra-activation": "the activation function once too often",
    "missing-activation": "the activation function left out",
    "wrong-activation": "another activation function",
    "missing-normalisation": "softmax without its denominator",
    "softmax-elementwise": "softmax treated unit by unit",
    "missing-square": "the square left out",
    "wrong-logarithm": "a logarithm to another base",
    "swapped-target": "output and target swapped",
    "digits-swapped": "two digits swapped",
    "decimal-shift": "the decimal point moved",
    "early-rounding": "rounded too early",
    "too-few-digits": "too few digits",
}


def kind(code: str) -> str:
    """A slip code in words."""
    return KINDS.get(code, code)


def kinds(codes: Iterable[str]) -> str:
    """Several slip codes in words: a flipped sign, or a factor too many."""
    return ", or ".join(dict.fromkeys(kind(code) for code in codes))
