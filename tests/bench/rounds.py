"""Rounds in alternating order, and the table of their medians."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from statistics import median
from typing import NamedTuple

ROUNDS = 5


class Sample(NamedTuple):
    """What one round measured."""

    figure: float
    cpu: float = 0.0
    """Processor time for one request, in microseconds; 0 when it was not measured."""


Samples = Mapping[str, list[Sample]]
"""Subject -> a sample of each round; the first subject is the baseline."""


def alternate(subjects: Mapping[str, Callable[[], Sample]], rounds: int = ROUNDS) -> Samples:
    """Measure every subject once a round, every other round from the last to the first."""
    samples: dict[str, list[Sample]] = {name: [] for name in subjects}
    for number in range(rounds):
        names = list(subjects)
        for name in names if number % 2 == 0 else reversed(names):
            samples[name].append(subjects[name]())
    return samples


def show(title: str, unit: str, samples: Samples, goals: Mapping[str, str] | None = None) -> None:
    """Print medians; ratios are medians of the rounds' own ratios to the baseline, the first subject."""
    baseline = next(iter(samples.values()))
    has_cpu = bool(baseline[0].cpu)
    names = {name: len(name) for name in (title, *samples)}
    width = max(names.values())
    cpu_head = f"{'CPU µs':>9}{'x CPU':>8}" if has_cpu else ""
    print(f"\n{title:<{width}}{unit:>13}{'ratio':>8}{cpu_head}{'spread':>9}  goal")
    for name, rows in samples.items():
        figures = [row.figure for row in rows]
        middle = median(figures)
        ratio = median(row.figure / base.figure for row, base in zip(rows, baseline, strict=True))
        spread = (max(figures) - min(figures)) / 2 / middle
        line = f"{name:<{width}}{_number(middle):>13}{ratio:>8.2f}"
        if has_cpu:
            dearer = median(row.cpu / base.cpu for row, base in zip(rows, baseline, strict=True))
            line += f"{median(row.cpu for row in rows):>9.1f}{dearer:>8.2f}"
        print(f"{line}{f'±{spread:.0%}':>9}  {(goals or {}).get(name, '')}".rstrip(), flush=True)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:,.1f}"
