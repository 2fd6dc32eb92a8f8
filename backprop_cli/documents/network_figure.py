"""Where the units, weights and values of a network stand in its drawing, so that no two labels meet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from .document import Digits, Equation, Math, Partial, Symbol
from .figure import Content, Figure, Ink, Label, Shape, Stroke
from .network import Edge, Network, Unit

Width = Callable[[Math], float]  # how wide an expression is, in digits

_DIGIT = 0.19  # a digit's width in centimetres
_ROW, _HEIGHT, _MARGIN = 2.5, 0.95, 0.5
_LINE, _TALL, _FRACTION = 0.44, 0.56, 0.62  # the room of a line of text, of x₁⁽²⁾, and of a fraction
_FRACTIONS = [0.5 + side * step / 100 for step in range(41) for side in (1, -1)]
_ROUNDS = 8  # how often every label is placed anew, the others standing
_FULL = 5  # units of a layer whose edges still have room for numbers
_SLIM_ROW, _SLIM = 0.88, 0.62  # from unit to unit, and a unit's height, where there are more
_BAND = 5  # columns of units side by side; a deeper network goes on below


def network_figure(network: Network, width: Width, about: str) -> Figure:
    """The network's drawing; `width` measures what stands in it."""
    kind = _Slim if by_width(network) else _Drawing
    figures = [kind(band, width).figure(about) for band in _bands(network)]
    if not by_width(network) and any(_collide(figure) for figure in figures):
        figures = [_Slim(band, width).figure(about) for band in _bands(network)]
    parts: list[Stroke | Shape | Label] = []
    down = 0.0
    for figure in figures:
        parts += [_lower(part, down) for part in figure.parts]
        down += figure.height
    return Figure(max(figure.width for figure in figures), down, tuple(parts), about)


def by_width(network: Network) -> bool:
    """Whether there are too many edges for numbers, so that a line's width and colour show its weight."""
    numbers = any(isinstance(edge.label, Digits) for edge in network.edges)
    return numbers and max(map(len, network.columns)) > _FULL


def _bands(network: Network) -> list[Network]:
    """A deep network in bands of columns, each beginning with the column that the one before ends with."""
    count = len(network.columns)
    if count <= _BAND:
        return [network]
    found = []
    for start in range(0, count - 1, _BAND - 1):
        stop = min(start + _BAND, count)
        edges = tuple(
            replace(edge, column=edge.column - start)
            for edge in network.edges
            if start <= edge.column < stop - 1
        )
        found.append(
            replace(
                network,
                titles=network.titles[start:stop],
                columns=network.columns[start:stop],
                edges=edges,
                loss=network.loss if stop == count else None,
            )
        )
    return found


def _lower(part: Stroke | Shape | Label, down: float) -> Stroke | Shape | Label:
    if isinstance(part, Stroke):
        return replace(part, y=part.y + down, to_y=part.to_y + down)
    return replace(part, y=part.y + down)


def _collide(figure: Figure) -> bool:
    """Whether a label lies on another, or on a unit that is not its own."""
    labels = [part for part in figure.parts if isinstance(part, Label)]
    shapes = [part for part in figure.parts if isinstance(part, Shape)]
    return any(
        _shared(one, other, 0.0) > 0.01 for place, one in enumerate(labels) for other in labels[:place]
    ) or any(
        label.over and _shared(label, Label(shape.x, shape.y, "", shape.width, shape.height), 0.0) > 0.01
        for label in labels
        for shape in shapes
    )


class _Drawing:
    def __init__(self, network: Network, width: Width) -> None:
        self.network, self.measure = network, width
        self.parts: list[Stroke | Shape | Label] = []
        self.labels: list[Label] = []
        self.rows = max(len(column) for column in network.columns)
        self.widths = [max(map(self.unit_width, column)) for column in network.columns]
        units = [unit for column in network.columns for unit in column]
        self.line = max(_line(unit.gradient) for unit in units)
        biases = max(_line(unit.bias) for unit in units)
        self.row = _ROW + 2 * (self.line - _LINE) + (biases - _LINE)
        self.xs = self.columns()

    def columns(self) -> list[float]:
        """The middle of each column."""
        xs = [_MARGIN + max(self.widths[0], 1.6) / 2]
        for place, (before, after) in enumerate(zip(self.widths, self.widths[1:], strict=False)):
            many = max(len(self.network.columns[place]), len(self.network.columns[place + 1]))
            labels = [
                self.content_width(e.label) for e in self.network.edges if e.column == place and e.label
            ]
            gap = 1.6 + max(labels, default=0.0) * (1 + 0.5 * many)
            xs.append(xs[-1] + before / 2 + gap + after / 2)
        return xs

    def figure(self, about: str) -> Figure:
        self.edges()
        for column, units in enumerate(self.network.columns):
            self.label(self.xs[column], 0.35, self.network.titles[column], "quiet")
            for row, unit in enumerate(units):
                self.unit(column, row, unit)
        right = self.loss() + _MARGIN
        titles = [x + 0.5 * _DIGIT * len(t) for x, t in zip(self.xs, self.network.titles, strict=True)]
        low = max(_bottom(part) for part in (*self.parts, *self.labels)) + 0.15
        return Figure(max(right, *titles), low, (*self.parts, *self.labels), about)

    def loss(self) -> float:
        """The loss behind the outputs, the targets under it; how far to the right the drawing goes."""
        units = [(row, unit) for row, unit in enumerate(self.network.columns[-1]) if not unit.dots]
        targets = [unit.beside for _, unit in units if unit.beside]
        edge = self.xs[-1] + self.widths[-1] / 2
        if self.network.loss is None:
            for row, unit in units:
                if unit.beside:
                    wide = self.content_width(unit.beside)
                    self.label(edge + 0.6 + wide / 2, self.y(len(self.xs) - 1, row), unit.beside)
            wide = max(map(self.content_width, targets), default=0.0)
            return edge + (wide + 0.9 if wide else 0.0)
        own = self.content_width(self.network.loss) + 0.5
        wide = max(own, *map(self.content_width, targets)) if targets else own
        x = edge + 1.5 + wide / 2
        ys = [self.y(len(self.xs) - 1, row) for row, _ in units]
        y = (min(ys) + max(ys)) / 2 - (_LINE * len(targets) / 2 if len(units) > 1 else 0.0)
        y = max(y, 0.8)
        self.parts += [Stroke(edge, at, x - own / 2, y, arrow=True) for at in ys]
        self.parts.append(Shape(x, y, own, _SLIM + 0.1))
        self.label(x, y, self.network.loss)
        for place, target in enumerate(targets):
            self.label(x, y + 0.62 + _LINE * place, target)
        return x + wide / 2

    def unit_width(self, unit: Unit) -> float:
        return max(1.1, sum(self.content_width(value) + 0.35 for value in unit.inside))

    def content_width(self, content: Content | None) -> float:
        if content is None:
            return 0.0
        if isinstance(content, str):
            return _DIGIT * len(content)
        if isinstance(content, Equation):
            sides = [content.left] if content.left else []
            sides += [each.right for each in content.relations]
            return sum(map(self.content_width, sides)) + 0.5 * len(content.relations)
        return _DIGIT * self.measure(content) + 0.08

    def y(self, column: int, row: int) -> float:
        """The middle of a unit: each column stands in the middle of the drawing."""
        return 0.9 + self.row * (row + 0.5 + (self.rows - len(self.network.columns[column])) / 2) - 0.1

    def stroke(self, edge: Edge) -> Stroke:
        """An edge's line, from the right of one unit to the left of the next."""
        start, end = self.xs[edge.column], self.xs[edge.column + 1]
        return Stroke(
            start + self.widths[edge.column] / 2,
            self.y(edge.column, edge.start),
            end - self.widths[edge.column + 1] / 2,
            self.y(edge.column + 1, edge.end),
            arrow=True,
            dead=self.network.columns[edge.column][edge.start].dead,
        )

    def edges(self) -> None:
        """All lines, then a label on each where it lies on no other label and on few other lines."""
        strokes = {edge: self.stroke(edge) for edge in self.network.edges}
        self.parts += strokes.values()
        steep_first = sorted(strokes.items(), key=lambda pair: -abs(pair[1].to_y - pair[1].y))
        placed: dict[Edge, Label] = {}
        for _ in range(_ROUNDS):
            before = dict(placed)
            for edge, stroke in steep_first:
                if edge.label is not None:
                    placed.pop(edge, None)
                    beside = [label for other, label in placed.items() if other.column == edge.column]
                    lines = [
                        line
                        for other, line in strokes.items()
                        if other.column == edge.column and line is not stroke
                    ]
                    placed[edge] = min(
                        self.tried(stroke, edge.label), key=lambda label: _trouble(label, beside, lines)
                    )
            if placed == before:
                break
        self.labels += placed.values()

    def tried(self, stroke: Stroke, label: Math) -> Iterator[Label]:
        """The label at places along its line, clear of the units at the ends, from the middle outwards."""
        wide = self.content_width(label) + 0.06
        across, down = stroke.to_x - stroke.x, stroke.to_y - stroke.y
        clear = min(0.49, (wide / 2 + 0.25) / across)
        for at in _FRACTIONS:
            at = min(max(at, clear), 1 - clear)
            high = _line(label) - 0.02
            yield Label(stroke.x + at * across, stroke.y + at * down, label, wide, high, over=True)

    def unit(self, column: int, row: int, unit: Unit) -> None:
        x, y = self.xs[column], self.y(column, row)
        if unit.dots:
            self.label(x, y, "⋮", "plain")
            return
        wide = self.widths[column] if unit.inside else 1.1
        self.parts.append(Shape(x, y, self.widths[column], _HEIGHT, len(unit.inside) > 1, unit.dead))
        inside = unit.inside or ((unit.name,) if unit.name else ())
        for place, value in enumerate(inside):
            self.label(x + wide * ((place + 0.5) / len(inside) - 0.5), y, value)
        if unit.inside and unit.name not in unit.inside:
            self.label(x, y - _HEIGHT / 2 - 0.08 - _line(unit.name) / 2, unit.name)
        self.label(x, y + 0.75, unit.bias, "quiet")
        down = 0.75 + ((_line(unit.bias) + self.line) / 2 if unit.bias else (self.line - _LINE) / 2)
        self.label(x, y + down, unit.gradient, "gradient")

    def label(self, x: float, y: float, content: Content | None, ink: Ink = "plain") -> None:
        if content is not None:
            wide, high = self.content_width(content), _line(content) - 0.02
            self.labels.append(Label(x, y, content, wide, high, ink))


class _Slim(_Drawing):
    """A network of large layers: low units one under the other, the weights by the width of their lines."""

    def __init__(self, network: Network, width: Width) -> None:
        super().__init__(network, width)
        self.row = _SLIM_ROW

    def columns(self) -> list[float]:
        xs = [_MARGIN + max(self.widths[0], 1.6) / 2]
        for before, after in zip(self.widths, self.widths[1:], strict=False):
            xs.append(xs[-1] + before / 2 + 3.0 + after / 2)
        return xs

    def unit_width(self, unit: Unit) -> float:
        return max(1.1, sum(self.content_width(value) + 0.3 for value in self.values(unit)))

    def values(self, unit: Unit) -> tuple[Math, ...]:
        named = unit.name if unit.name and unit.name not in unit.inside else None
        found = (named, *unit.inside, unit.gradient)
        return tuple(value for value in found if value is not None)

    def y(self, column: int, row: int) -> float:
        return 0.75 + self.row * (row + 0.5 + (self.rows - len(self.network.columns[column])) / 2)

    def edges(self) -> None:
        sizes = {e: float(e.label.text) for e in self.network.edges if isinstance(e.label, Digits)}
        largest = max(map(abs, sizes.values()), default=0.0) or 1.0
        self.parts += [
            replace(self.stroke(edge), arrow=False, share=sizes[edge] / largest if edge in sizes else None)
            for edge in self.network.edges
        ]

    def unit(self, column: int, row: int, unit: Unit) -> None:
        x, y, wide = self.xs[column], self.y(column, row), self.widths[column]
        if unit.dots:
            self.label(x, y, "⋮")
            return
        self.parts.append(Shape(x, y, wide, _SLIM, dead=unit.dead))
        values = self.values(unit)
        widths = [self.content_width(value) + 0.3 for value in values]
        left = x - sum(widths) / 2
        for place, (value, own) in enumerate(zip(values, widths, strict=True)):
            if place:
                self.parts.append(Stroke(left, y - _SLIM / 2, left, y + _SLIM / 2))
            self.label(left + own / 2, y, value, "gradient" if value is unit.gradient else "plain")
            left += own


def _bottom(part: Stroke | Shape | Label) -> float:
    return max(part.y, part.to_y) if isinstance(part, Stroke) else part.y + part.height / 2


def _line(content: Content | None) -> float:
    """How much room a line takes, from its middle to that of the next."""
    if isinstance(content, Partial):
        return _FRACTION
    content = content.left if isinstance(content, Equation) else content
    tall = isinstance(content, Symbol) and content.subscripts and content.mark
    return _TALL if tall else _LINE


def _trouble(label: Label, others: list[Label], lines: list[Stroke]) -> float:
    """How badly a label lies: on other labels first, then on other lines."""
    return 1000 * sum(_shared(label, other) for other in others) + sum(
        _crosses(label, line) for line in lines
    )


def _crosses(label: Label, stroke: Stroke) -> bool:
    """Whether a line runs through a label, or so close by that it could be taken for its own."""
    across = stroke.to_x - stroke.x
    if not stroke.x < label.x < stroke.to_x:
        return False
    slope = (stroke.to_y - stroke.y) / across
    passes = stroke.y + slope * (label.x - stroke.x)
    return abs(passes - label.y) < label.height / 2 + abs(slope) * label.width / 2 + 0.02


def _shared(one: Label, other: Label, apart: float = 0.03) -> float:
    """The area that two labels share, each with some room about it."""
    across = (one.width + other.width) / 2 + 2.5 * apart - abs(one.x - other.x)
    down = (one.height + other.height) / 2 + apart - abs(one.y - other.y)
    return across * down if across > 0 and down > 0 else 0.0
