#!/usr/bin/env python3
"""Plots of what `scripts/bench-peers --curves --json FILE` found: `scripts/plot.py FILE... [--out DIR]`.

Of several files, the fastest time of each row counts. Writes elements.svg, and throughput.svg where
there are batches.
"""

import argparse
import json
import math
import re
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

WIDTH, HEIGHT = 760, 440
LEFT, RIGHT, TOP, BOTTOM = 84, 24, 96, 62
OURS, OURS_TWICE, PEER, MEASURE = "#0b6e4f", "#39a97a", "#b3412e", "#6b7280"
STYLE = """
text { font: 13px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2937 }
.title { font-size: 17px; font-weight: 600 }
.note, .tick { fill: #4b5563; font-size: 12px }
.grid { stroke: #e5e7eb }
.axis { stroke: #9ca3af }
.line { fill: none; stroke-width: 2.5; stroke-linejoin: round }
"""


@dataclass
class Line:
    name: str
    points: list[tuple[float, float]]
    colour: str
    dashed: bool = False


@dataclass
class Chart:
    title: str
    note: str
    x_label: str
    y_label: str
    lines: list[Line]
    x_ticks: list[float]
    logarithmic: bool = False
    parts: list[str] = field(default_factory=list)

    def svg(self) -> str:
        self.y_ticks = ticks(max(y for line in self.lines for _, y in line.points))
        self.parts = [f'<rect width="{WIDTH}" height="{HEIGHT}" rx="6" fill="#ffffff"/>']
        self.text(LEFT, 30, self.title, "title")
        self.text(LEFT, 50, self.note, "note")
        self.axes()
        for line in self.lines:
            self.draw(line)
        self.legend()
        body = "\n".join(self.parts)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            f'width="{WIDTH}" height="{HEIGHT}" role="img" aria-label="{escape(self.title)}">\n'
            f"<style>{STYLE}</style>\n{body}\n</svg>\n"
        )

    def x(self, value: float) -> float:
        scale = math.log2 if self.logarithmic else float
        low, high = scale(self.x_ticks[0]), scale(self.x_ticks[-1])
        return LEFT + (scale(value) - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        return HEIGHT - BOTTOM - value / self.y_ticks[-1] * (HEIGHT - TOP - BOTTOM)

    def text(self, x: float, y: float, text: str, kind: str = "", anchor: str = "start", more: str = "") -> None:
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}"{more}>{escape(text)}</text>'
        )

    def segment(self, x1: float, y1: float, x2: float, y2: float, kind: str) -> None:
        self.parts.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>')

    def axes(self) -> None:
        bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
        for value in self.y_ticks:
            self.segment(LEFT, self.y(value), right, self.y(value), "grid" if value else "axis")
            self.text(LEFT - 8, self.y(value) + 4, number(value), "tick", "end")
        for value in self.x_ticks:
            self.segment(self.x(value), bottom, self.x(value), bottom + 5, "axis")
            self.text(self.x(value), bottom + 20, number(value), "tick", "middle")
        self.text((LEFT + right) / 2, HEIGHT - 16, self.x_label, anchor="middle")
        middle = (TOP + bottom) / 2
        turned = f' transform="rotate(-90 22 {middle:.1f})"'
        self.text(22, middle, self.y_label, anchor="middle", more=turned)

    def draw(self, line: Line) -> None:
        points = " ".join(f"{self.x(x):.1f},{self.y(y):.1f}" for x, y in line.points)
        dashes = ' stroke-dasharray="6 5"' if line.dashed else ""
        self.parts.append(f'<polyline points="{points}" class="line" stroke="{line.colour}"{dashes}/>')
        for x, y in () if line.dashed else line.points:
            self.parts.append(f'<circle cx="{self.x(x):.1f}" cy="{self.y(y):.1f}" r="3.5" fill="{line.colour}"/>')

    def legend(self) -> None:
        x = LEFT
        for line in self.lines:
            dashes = ' stroke-dasharray="6 5"' if line.dashed else ""
            self.parts.append(
                f'<line x1="{x}" y1="72" x2="{x + 26}" y2="72" class="line" stroke="{line.colour}"{dashes}/>'
            )
            self.text(x + 33, 76, line.name)
            x += 33 + 7 * len(line.name) + 24


def ticks(highest: float) -> list[float]:
    """About five steps of 1, 2 or 5 times a power of ten, from 0 to above `highest`."""
    rough = highest / 5
    power = 10 ** math.floor(math.log10(rough))
    step = next(step * power for step in (1, 2, 5, 10) if step * power >= rough)
    return [step * n for n in range(math.ceil(highest / step) + 1)]


def number(value: float) -> str:
    return f"{value:,.0f}".replace(",", "\u202f") if value == round(value) else f"{value:g}"


def read(files: list[Path]) -> dict[str, float]:
    fastest: dict[str, float] = {}
    for file in files:
        for row in json.loads(file.read_text())["rows"]:
            fastest[row["what"]] = min(row["us"], fastest.get(row["what"], math.inf))
    return fastest


def family(rows: dict[str, float], pattern: str) -> list[tuple[float, float]]:
    """The rows whose whole name is `pattern`, by the number in it."""
    found = ((re.fullmatch(pattern, what), us) for what, us in rows.items())
    return sorted((int(match[1]), us) for match, us in found if match)


def level(value: float, xs: list[float]) -> list[tuple[float, float]]:
    return [(xs[0], value), (xs[-1], value)]


def elements(rows: dict[str, float]) -> Chart | None:
    ours, isomdl = family(rows, r"elements_(\d+)"), family(rows, r"isomdl_elements_(\d+)")
    if not ours or not isomdl:
        return None
    lines = [Line("isomdl 0.2.0", isomdl, PEER), Line("vitacard, issuer known", ours, OURS)]
    if two := rows.get("aws_lc_two_signatures"):
        name = "aws-lc-rs: the two signatures alone"
        lines.append(Line(name, level(two, [0, ours[-1][0]]), MEASURE, dashed=True))
    return Chart(
        "Verifying a response",
        "From bytes to verdict, one core. isomdl checks neither digests nor the dates of the card.",
        "elements shown",
        "microseconds",
        lines,
        x_ticks=[0, 5, 10, 15, 20, 25, 30, 35],
    )


def per_second(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    return [(n, 1e6 / us) for n, us in points]


def throughput(rows: dict[str, float]) -> Chart | None:
    one = per_second(family(rows, r"batch_(\d+)"))
    two = per_second(family(rows, r"batch_(\d+)_cores_2"))
    if not one or not two:
        return None
    sizes = [n for n, _ in one]
    lines = [Line("vitacard, 2 cores", two, OURS_TWICE), Line("vitacard, 1 core", one, OURS)]
    if isomdl := rows.get("isomdl_response_8"):
        lines.append(Line("isomdl 0.2.0, 1 core", level(1e6 / isomdl, sizes), PEER, dashed=True))
    return Chart(
        "Verifying many responses",
        "8 elements each, of one issuer, each of another holder.",
        "responses in a batch",
        "responses per second",
        lines,
        x_ticks=sizes,
        logarithmic=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, default=Path("."))
    arguments = parser.parse_args()
    rows = read(arguments.files)
    charts = {"elements.svg": elements(rows), "throughput.svg": throughput(rows)}
    for name, chart in charts.items():
        if chart is None:
            print(f"{name}: no rows for it")
            continue
        arguments.out.mkdir(parents=True, exist_ok=True)
        (arguments.out / name).write_text(chart.svg(), encoding="utf-8")
        print(arguments.out / name)


if __name__ == "__main__":
    main()
