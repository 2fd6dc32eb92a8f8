"""Problem files that the tests of `backprop derive` share."""

from __future__ import annotations

from pathlib import Path

import pytest
from derivations import DEEP, SOFTMAX


@pytest.fixture
def softmax(tmp_path: Path) -> Path:
    path = tmp_path / "softmax.toml"
    path.write_text(SOFTMAX, encoding="utf-8")
    return path


@pytest.fixture
def deep(tmp_path: Path) -> Path:
    path = tmp_path / "deep.toml"
    path.write_text(DEEP, encoding="utf-8")
    return path
