"""How a renderer finds the function for a node: by its type, in one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

Written = TypeVar("Written")


def writer_of(
    table: Mapping[type, Callable[..., Written]], node: object, into: str
) -> Callable[..., Written]:
    """The function that writes such a node; a renderer that has none says which it lacks."""
    try:
        return table[type(node)]
    except KeyError:
        raise TypeError(f"no way to write {type(node).__name__} into {into}: add it to the table") from None
