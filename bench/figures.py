"""One measured figure beside its limit and the goal it has to keep, and how a run of them is shown."""

import json
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What a figure has to keep: at most or at least so much, of the measure itself or of its ratio to the limit."""

    most: float | None = None
    least: float | None = None
    of_ratio: bool = False

    def is_kept(self, ours: float, ratio: float | None) -> bool:
        """Tell whether the goal is kept; a ratio that was not measured keeps none."""
        value = ratio if self.of_ratio else ours
        if value is None:
            return False
        return (self.most is None or value <= self.most) and (self.least is None or value >= self.least)

    def __str__(self) -> str:
        bounds = f"≤ {self.most:g}" if self.most is not None else f"≥ {self.least:g}"
        return f"ratio {bounds}" if self.of_ratio else bounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What the desk did (`ours`) beside what a program with only the unavoidable work did in the same run (`limit`)."""

    measure: str
    database: str
    ours: float
    limit: float | None
    """None where no smaller program does the same."""
    unit: str
    n: int
    """How often it was done."""
    tickets: int
    """How many tickets the database held."""
    goal: Goal | None = None

    @property
    def ratio(self) -> float | None:
        """Return ours against the limit: of rates more is better, of times and sizes less."""
        return self.ours / self.limit if self.limit else None

    @property
    def is_kept(self) -> bool:
        """Tell whether the goal is kept; a figure without one is only told."""
        return self.goal is None or self.goal.is_kept(self.ours, self.ratio)


def as_line(figure: Figure) -> str:
    """Return the figure as one line of JSON."""
    row = {
        "measure": figure.measure,
        "ours": _rounded(figure.ours),
        "limit": _rounded(figure.limit),
        "ratio": _rounded(figure.ratio),
        "unit": figure.unit,
        "n": figure.n,
        "tickets": figure.tickets,
        "database": figure.database,
        "goal": str(figure.goal) if figure.goal else None,
        "kept": figure.is_kept,
    }
    return json.dumps(row, ensure_ascii=False)


def as_table(figures: Iterable[Figure]) -> str:
    """Return a Markdown table, a line a figure."""
    lines = [
        "| database | tickets | figure | ours | limit | ratio | goal | |",
        "|---|---:|---|---:|---:|---:|---:|---|",
    ]
    for one in figures:
        verdict = "" if one.goal is None else "kept" if one.is_kept else "**missed**"
        limit = "" if one.limit is None else f"{one.limit:.3g}"
        ratio = "" if one.ratio is None else f"{one.ratio:.3g}"
        cells = [one.database, f"{one.tickets:,}", one.measure, f"{one.ours:.4g} {one.unit}", limit, ratio]
        lines.append(f"| {' | '.join([*cells, str(one.goal or ''), verdict])} |")
    return "\n".join(lines)


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")
