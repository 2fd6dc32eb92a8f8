"""The JSON Schema of problem files and answer sheets, for completion and checks in an editor.

Which keys there are, and their choices, comes from the readers; here stands only the shape of each value. It
is wider than the readers are: what fits a schema may still disagree with itself.
"""

from __future__ import annotations

from typing import Any

from ..functions.losses import LOSSES
from ..functions.table import ACTIVATIONS
from ..plan.optimizers import RULES
from ..problem.language import LANGUAGES, WORDS
from ..problem.problem import PHASES
from .equation_file import KEYS as EQUATION_KEYS
from .layer_tables import LAYER_KEYS
from .notation_tables import CHOICES, NOTATION_KEYS, SYMBOL_KEYS
from .presets import PRESETS
from .problem_file import KEYS as NETWORK_KEYS

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
NAMES: Schema = {"type": "array", "items": TEXT}
# A number or lists of them, up to four axes deep.
NUMBERS: Schema = {"anyOf": [NUMBER, {"type": "array", "items": {"$ref": "#/$defs/numbers"}}]}
TABLE: Schema = {"type": "object"}


def _choice(*names: str) -> Schema:
    return {"enum": list(names)}


def _named(names: list[str]) -> Schema:
    """A name, or a table for one with parameters."""
    table = {"type": "object", "properties": {"name": {"enum": names}}, "required": ["name"]}
    return {"anyOf": [{"enum": names}, table]}


def _closed(properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _notation() -> Schema:
    keys: Schema = {key: {} for key in NOTATION_KEYS}
    for key, names in CHOICES.items():
        keys[key] = {"anyOf": [{"enum": list(names)}, {"type": "array", "items": {"enum": list(names)}}]}
    return {"anyOf": [{"enum": list(PRESETS)}, _closed({"preset": {"enum": list(PRESETS)}, **keys})]}


def _layer() -> Schema:
    shapes: Schema = {
        "name": TEXT,
        "units": {"type": ["integer", "string"]},
        "activation": {"anyOf": [_named(sorted(ACTIVATIONS)), TEXT]},  # or a function of [functions]
        "weights": NUMBERS,
        "bias": {"anyOf": [{"type": "boolean"}, NUMBERS]},
        "symbols": _closed({key: {} for key in SYMBOL_KEYS}),
    }
    return _closed({key: shapes.get(key, {}) for key in LAYER_KEYS})


def _shapes() -> Schema:
    """The shape of each key's value; a key that has none here may be anything its reader takes."""
    digits = {"type": "integer", "minimum": 0}
    return {
        "title": TEXT,
        "source": TEXT,
        "description": TEXT,
        "inputs": NUMBERS,
        "targets": NUMBERS,
        "labels": {"type": "array", "items": {"type": "integer"}},
        "features": {"type": ["integer", "string"]},
        "loss": _named(sorted(LOSSES)),
        "batch": _choice("mean", "sum"),
        "learning_rate": NUMBER,
        "digits": {"anyOf": [digits, _closed(dict.fromkeys((*PHASES, "significant"), digits))]},
        "rounding": _choice("carry", "each-step"),
        "schedule": _choice("batch", "online"),
        "optimizer": _named(sorted(RULES)),
        "layers": {"type": "array", "items": _layer(), "minItems": 1},
        "notation": _notation(),
        "equations": {"anyOf": [TEXT, NAMES]},
        "given": {"type": "object", "additionalProperties": NUMBERS},
        "parameters": {"type": "object", "additionalProperties": NUMBERS},
        "objective": TEXT,
        "gradients_of": NAMES,
        "sizes": {"type": "object", "additionalProperties": {"type": ["integer", "string"]}},
        "functions": {"type": "object", "additionalProperties": TEXT},
        "marks": TABLE,
        "paper": TABLE,
        "language": _choice(*LANGUAGES),
        "words": _closed(dict.fromkeys(WORDS, TEXT)),
        "vary": TABLE,
    }


def problem_schema() -> Schema:
    """The schema of a problem file: a network's layers, or equations."""
    shapes = _shapes()
    keys = dict.fromkeys((*NETWORK_KEYS, *EQUATION_KEYS))
    return {
        "$schema": DIALECT,
        "title": "A problem of backprop",
        **_closed({key: shapes.get(key, {}) for key in keys}),
        "anyOf": [{"required": ["layers"]}, {"required": ["equations"]}],
        "$defs": {"numbers": NUMBERS},
    }


def sheet_schema() -> Schema:
    """The schema of an answer sheet: who answers what, and a table of answers for each layer."""
    answer: Schema = {
        "anyOf": [{"type": ["string", "number"]}, {"type": "array", "items": {"$ref": "#/$defs/answer"}}]
    }
    return {
        "$schema": DIALECT,
        "title": "An answer sheet of backprop",
        "type": "object",
        "properties": {"problem": TEXT, "student": TEXT, "practice": TABLE},
        "additionalProperties": {
            "anyOf": [answer, {"type": "object", "additionalProperties": {"$ref": "#/$defs/answer"}}]
        },
        "$defs": {"answer": answer},
    }


SCHEMAS = {"problem": problem_schema, "sheet": sheet_schema}
