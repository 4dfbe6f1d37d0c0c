"""One measured figure with its limit, and how a run of them is shown."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured; `most` or `least` is the limit it has to keep, both absent when it is only told."""

    database: str
    name: str
    value: float
    unit: str
    most: float | None = None
    least: float | None = None

    @property
    def kept(self) -> bool:
        """Tell whether the limit is kept."""
        return (self.most is None or self.value <= self.most) and (self.least is None or self.value >= self.least)


def show(figures: Iterable[Figure]) -> str:
    """Return a Markdown table, a line a figure."""
    lines = ["| database | figure | measured | limit | |", "|---|---|---:|---:|---|"]
    for figure in figures:
        limit = f"≤ {figure.most:g}" if figure.most is not None else f"≥ {figure.least:g}" if figure.least else ""
        verdict = "" if not limit else "ok" if figure.kept else "**missed**"
        lines.append(f"| {figure.database} | {figure.name} | {figure.value:.4g} {figure.unit} | {limit} | {verdict} |")
    return "\n".join(lines)


def as_json(figures: Iterable[Figure]) -> str:
    """Return the figures as one JSON document."""
    return json.dumps([asdict(figure) | {"kept": figure.kept} for figure in figures], ensure_ascii=False)
