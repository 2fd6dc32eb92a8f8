"""Which cells a symbol with its subscripts means: each index runs as a letter, or is fixed at a position."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, pairwise

from ..formula.tree import SAMPLE, SAMPLES, At, Index, Ref
from ..plan.steps import Step
from .tokens import UnreadableError
from .vocabulary import Entry, Vocabulary

FIRST_COPY = 2
LONGEST_RUN = 12


class WrongIndexError(UnreadableError):
    """A formula that can be read and is wrong: an index that runs over another range."""


@dataclass
class Dummy:
    """The index of a sum; its level is known once it is used."""

    letter: str
    copy: int
    level: int | None = None

    @property
    def index(self) -> Index:
        return Index(self.level or 0, self.copy)


class Indices:
    """The indices that can stand in one formula: the handout's letters, those of its sums, and numbers."""

    def __init__(
        self, vocabulary: Vocabulary, step: Step | None, own: Mapping[str, Index] | None = None
    ) -> None:
        self.own = dict(own or {})
        self.letters = vocabulary.symbols.letters
        self.problem = vocabulary.problem
        self.step = step
        self.scopes: list[Dummy] = []
        self.copies = FIRST_COPY

    def opened(self, letter: str, level: int | None) -> Dummy:
        """The index of a sum that begins here."""
        dummy = Dummy(letter, self.copies, level)
        self.copies += 1
        self.scopes.append(dummy)
        return dummy

    def closed(self) -> None:
        """Leave the innermost sum."""
        self.scopes.pop()

    def placed(self, entry: Entry, subs: list[str], name: str) -> Ref:
        """The quantity, each index running or fixed. Raises UnreadableError where the indices do not fit."""
        if entry.fixed is not None:
            places = zip(entry.fixed, entry.indices, strict=True)
            return Ref(entry.quantity, entry.level, tuple(At(place, one.level) for place, one in places))
        for given in (subs, _without_layer(entry, subs)):
            for omitted in self._omissions(entry.written):
                kept = tuple(index for index in entry.written if index not in omitted)
                for pieces in _splits(given, len(kept)) if given is not None else ():
                    found = zip(kept, map(self.place, pieces, kept), strict=True)
                    known = {index: place for index, place in found if place is not None}
                    if len(known) == len(kept):
                        known |= {index: self._left_out(index) for index in omitted}
                        return Ref(entry.quantity, entry.level, tuple(known[one] for one in entry.indices))
        example = ", ".join(self.letters[index] for index in entry.written if not self._omissible(index))
        if not subs:
            raise UnreadableError(f"{name} needs its index: {name}_{example.replace(', ', '')}")
        words = f"{name} has no index {','.join(subs)} here" + (
            f": its indices are {example}" if example else ""
        )
        taken = {
            letter
            for index, letter in self.letters.items()
            if index.copy == 0 and self.problem.size(index) != 1
        }
        letters = {*taken, *(dummy.letter for dummy in self.scopes), *"0123456789,"}
        raise WrongIndexError(words) if set("".join(subs)) <= letters else UnreadableError(words)

    def _omissible(self, index: Index) -> bool:
        """Whether an index may go unwritten: one value only, the sample's, a matrix layout's own."""
        return index == SAMPLES or self.problem.size(index) == 1 or self._by_matrices(index)

    def _by_matrices(self, index: Index) -> bool:
        by_matrices = self.problem.notation.layout == "matrix"
        return by_matrices and self.step is not None and index in self.step.indices

    def _omissions(self, written: tuple[Index, ...]) -> Iterator[tuple[Index, ...]]:
        can = sorted(filter(self._omissible, written), key=lambda index: self.problem.size(index) != 1)
        for count in range(len(can) + 1):
            yield from combinations(can, count)

    def _left_out(self, index: Index) -> Index:
        if self.problem.size(index) == 1:
            return At(0, index.level)
        inner = next((dummy for dummy in reversed(self.scopes) if dummy.level == SAMPLE), None)
        return inner.index if inner and index == SAMPLES else index

    def place(self, piece: str, index: Index) -> Index | None:
        """What one index is: a sum's, the handout's own letter, or the number or name of a unit."""
        for dummy in reversed(self.scopes):
            if dummy.letter == piece:
                return Index(index.level, dummy.copy) if dummy.level in (None, index.level) else None
        if piece in self.own:
            if self.own[piece].level != index.level:
                return None
            return self._running(index)
        if piece == self.letters[index]:
            return self._running(index)
        size = self.problem.size(index)
        if not isinstance(size, int):
            return None
        names = self.problem.layer(index.level).symbols.unit_names if index.level > 0 else None
        if names and piece in names:
            return At(names.index(piece), index.level)
        if not names and piece.isascii() and piece.isdigit() and len(piece) < 7 and 1 <= int(piece) <= size:
            return At(int(piece) - 1, index.level)
        return None

    def _running(self, index: Index) -> Index:
        """An index along its range, or at the one position that this has."""
        return At(0, index.level) if self.problem.size(index) == 1 else index

    def settle(self, ref: Ref) -> None:
        """Remember which range a sum's index runs over, now that it has been used."""
        for index in ref.indices:
            for dummy in self.scopes:
                if dummy.copy == index.copy:
                    dummy.level = index.level


def _without_layer(entry: Entry, subs: list[str]) -> list[str] | None:
    """The subscripts without the layer's number before them: w_{1j} for w_j of layer 1."""
    number = str(entry.level)
    if not subs or not subs[0].startswith(number) or subs == [number]:
        return None
    rest = subs[0].removeprefix(number).lstrip(",")
    return [rest, *subs[1:]] if rest else subs[1:]


def _splits(subs: list[str], count: int) -> Iterator[list[str]]:
    """The ways to read subscripts as so many indices: kj, k,j, 12."""
    pieces = [piece for sub in subs for piece in sub.split(",")]
    if len(pieces) == count:
        yield pieces
    elif len(pieces) == 1 and count > 1 and count <= len(pieces[0]) <= LONGEST_RUN:
        run = pieces[0]
        for cuts in combinations(range(1, len(run)), count - 1):
            ends = (0, *cuts, len(run))
            yield [run[start:end] for start, end in pairwise(ends)]
