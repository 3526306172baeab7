"""Learning curves as SVG: plain text, readable in light and in dark, without a drawing library."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

# told apart by colour-blind eyes too (after Okabe & Ito 2008), in light and in dark
LIGHT = ("#0b5cad", "#6b6b6b", "#b35900", "#8a2f86", "#0b7a55", "#9c1c1c", "#5a5a00")
DARK = ("#6db3ff", "#b5b5b5", "#ffae57", "#e79be3", "#5fd6ab", "#ff8f8f", "#d6d65c")
MARKED = 7  # so many different values along the axis are each written there
SMALL = 11  # pixels of the lesser text


@dataclass(frozen=True)
class Line:
    """name; points of (x, mean, half width of the 95 % interval or None); colour: place in the palette."""

    name: str
    points: list[tuple[float, float, float | None]]
    colour: int = 0


@dataclass(frozen=True)
class Panel:
    """One pair of axes. levels: (name, y) of horizontal lines that others are held to."""

    lines: list[Line]
    title: str = ""
    levels: list[tuple[str, float]] = field(default_factory=list)


@dataclass(frozen=True)
class Frame:
    """Where a panel's axes lie in the picture, and what values they span."""

    left: float
    top: float
    width: float
    height: float
    x: tuple[float, float]
    y: tuple[float, float]

    def across(self, value: float) -> float:
        low, high = self.x
        return self.left + self.width * (value - low) / ((high - low) or 1)

    def up(self, value: float) -> float:
        low, high = self.y
        return self.top + self.height * (high - value) / ((high - low) or 1)


def draw(
    panels: list[Panel], *, columns: int, size: tuple[int, int], title: str, about: str, x: str, y: str, names: bool
) -> str:
    """The picture of all panels on equal axes.

    size  : (width, height) of each panel with its margins, pixels
    names : lines are named at their ends (one panel), else by the panel's title
    """
    width, height = size
    rows = math.ceil(len(panels) / columns)
    spans = _spans(panels)
    counts = sorted({point[0] for panel in panels for line in panel.lines for point in line.points})
    along = counts if len(counts) <= MARKED else ticks(*spans[0])
    margin = (58, 26, 150 if names else 14, 44)  # left, top, right, bottom
    body = []
    for place, panel in enumerate(panels):
        left, top = (place % columns) * width + margin[0], (place // columns) * height + margin[1] + 24
        frame = Frame(left, top, width - margin[0] - margin[2], height - margin[1] - margin[3], *spans)
        body += _axes(frame, panel.title, along, x, y) + _levels(frame, panel.levels)
        body += [band for line in panel.lines if (band := _band(frame, line))]  # all beneath all lines
        body += [_line(frame, line) for line in panel.lines]
        if names:
            body += _names(frame, panel.lines)
    total = (columns * width, rows * height + 24)
    return "\n".join([*_head(total, title, about), *body, "</svg>\n"])


def ticks(low: float, high: float, *, about: int = 5) -> list[float]:
    """Round values inside the span, some ``about`` of them."""
    raw = (high - low) / about or 1.0
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= raw * 0.999)
    return [
        round(step * place, 10) for place in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
    ]


def _spans(panels: list[Panel]) -> tuple[tuple[float, float], tuple[float, float]]:
    points = [point for panel in panels for line in panel.lines for point in line.points]
    xs = [point[0] for point in points]
    ys = [mean + sign * (half or 0.0) for _, mean, half in points for sign in (-1, 1)]
    ys += [level for panel in panels for _, level in panel.levels]
    room = 0.04 * (max(ys) - min(ys)) or 0.01
    return (min(xs), max(xs)), (min(ys) - room, max(ys) + room)


def _head(size: tuple[int, int], title: str, about: str) -> list[str]:
    outer = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size[0]} {size[1]}" role="img"'
    return [
        f'{outer} aria-labelledby="title description" font-family="system-ui, sans-serif" font-size="12">',
        f'<title id="title">{escape(title)}</title>',
        f'<desc id="description">{escape(about)}</desc>',
        "<style>",
        ".line{fill:none;stroke-width:2}.band{stroke:none}.grid,.axis,.level{fill:none}.level{stroke-dasharray:5 4}",
        _colours(LIGHT, paper="#fff", ink="#333", grid="#e4e4e4", band=0.11),
        f"@media (prefers-color-scheme: dark){{{_colours(DARK, paper='#14181d', ink='#ddd', grid='#2c333b', band=0.17)}}}",
        "</style>",
        f'<rect class="paper" width="{size[0]}" height="{size[1]}" rx="6"/>',  # a page may be dark where this is light
        f'<text x="12" y="20" font-size="14" font-weight="600">{escape(title)}</text>',
        f'<text x="{size[0] - 12}" y="20" font-size="{SMALL}" text-anchor="end">{escape(about)}</text>',
    ]


def _colours(palette: tuple[str, ...], *, paper: str, ink: str, grid: str, band: float) -> str:
    lines = "".join(f".c{place}{{stroke:{one}}}.f{place}{{fill:{one}}}" for place, one in enumerate(palette))
    plain = f".paper{{fill:{paper}}}text{{fill:{ink}}}.grid{{stroke:{grid}}}.axis,.level{{stroke:#888}}"
    return f"{plain}.band{{opacity:{band}}}{lines}"


def _axes(frame: Frame, title: str, along: list[float], x: str, y: str) -> list[str]:
    bottom, right = frame.top + frame.height, frame.left + frame.width
    parts = [_text(frame.left, frame.top - 8, title, weight=600)] if title else []
    for value in ticks(*frame.y):
        level = frame.up(value)
        parts.append(f'<path class="grid" d="M{frame.left:.1f} {level:.1f}H{right:.1f}"/>')
        parts.append(_text(frame.left - 6, level + 4, f"{value:g}", anchor="end"))
    parts += [_text(frame.across(value), bottom + 15, f"{value:g}", anchor="middle") for value in along]
    parts.append(f'<path class="axis" d="M{frame.left:.1f} {frame.top:.1f}V{bottom:.1f}H{right:.1f}"/>')
    parts.append(_text(frame.left + frame.width / 2, bottom + 31, x, anchor="middle"))
    middle, away = frame.top + frame.height / 2, frame.left - 42
    turned = f'transform="rotate(-90 {away:.1f} {middle:.1f})"'
    return [*parts, _text(away, middle, y, anchor="middle", more=turned)]


def _levels(frame: Frame, levels: list[tuple[str, float]]) -> list[str]:
    parts = []
    for name, value in levels:
        level = frame.up(value)
        parts.append(f'<path class="level" d="M{frame.left:.1f} {level:.1f}h{frame.width:.1f}"/>')
        parts.append(_text(frame.left + 6, level - 5, name))
    return parts


def _band(frame: Frame, line: Line) -> str:
    edges = [(x, mean, half) for x, mean, half in line.points if half is not None]
    upper = [(x, mean + half) for x, mean, half in edges]
    lower = [(x, mean - half) for x, mean, half in reversed(edges)]
    return f'<path class="band f{line.colour}" d="M{_path(frame, upper + lower)}Z"/>' if len(edges) > 1 else ""


def _line(frame: Frame, line: Line) -> str:
    middle = _path(frame, [(x, mean) for x, mean, _ in line.points])
    return f'<path class="line c{line.colour}" d="M{middle}"><title>{escape(line.name)}</title></path>'


def _path(frame: Frame, points: list[tuple[float, float]]) -> str:
    return "L".join(f"{frame.across(x):.1f} {frame.up(y):.1f}" for x, y in points)


def _names(frame: Frame, lines: list[Line]) -> list[str]:
    """Each line's name at its end, apart from the others' by the height of a line of text."""
    ends = sorted(((frame.up(line.points[-1][1]), line) for line in lines), key=lambda end: end[0])
    parts, lowest = [], -math.inf
    for level, line in ends:
        lowest = max(level, lowest + 15)
        parts.append(
            f'<text class="f{line.colour}" x="{frame.left + frame.width + 8:.1f}" y="{lowest + 4:.1f}" '
            f'font-weight="600">{escape(line.name)}</text>'
        )
    return parts


def _text(x: float, y: float, said: str, *, anchor: str = "start", weight: int = 400, more: str = "") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{SMALL}" font-weight="{weight}" text-anchor="{anchor}" {more}>'
        f"{escape(said)}</text>"
    )
