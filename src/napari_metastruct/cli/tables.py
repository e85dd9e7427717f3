"""What was measured, as text for a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from napari_metastruct.cli.training_text import training_summary

__all__ = ["file_lines", "summary"]

Numbers = Mapping[str, Any]
_MOST_COLUMNS = 8


def file_lines(numbers: Numbers) -> str:
    """Return what is told below the name of a file, "" for nothing."""
    if "rank" in numbers:
        return f"    {_errors(numbers)}\n    {numbers['verdict']}"
    if "kernel" in numbers:
        classes = ", ".join(map(str, numbers["classes"]))
        return f"    classes {classes}; {_window(numbers)}"
    return ""


def summary(rows: Sequence[Numbers]) -> str:
    """Return what is told at the end about all files, "" for nothing."""
    trained = [row for row in rows if "best_epoch" in row]
    if trained:
        return training_summary(trained[0])
    compared = [row for row in rows if "density" in row]
    if compared:
        return _detail(compared[0]) if len(compared) == 1 else _overview(compared)
    noisy = [row for row in rows if "rank" in row]
    if len(noisy) < 2:
        return ""
    means = {name: _mean(noisy, name) for name in ("error_rate", "mean_dice")}
    return (
        f"Mean of {len(noisy)} files: wrong {_percent(means['error_rate'])}, "
        f"Dice {_number(means['mean_dice'])}, IoU {_number(_mean(noisy, 'mean_iou'))}\n"
    )


def _errors(numbers: Numbers) -> str:
    left_out = numbers["left_out"]
    more = f", left out {_percent(left_out)}" if left_out else ""
    return (
        f"wrong {_percent(numbers['error_rate'])}{more}, "
        f"Dice {_number(numbers['mean_dice'])}, IoU {_number(numbers['mean_iou'])}, "
        f"rank {numbers['rank']} of {len(numbers['classes'])}"
    )


def _detail(numbers: Numbers) -> str:
    """Return all about one comparison."""
    a, b = Path(numbers["a"]).name, Path(numbers["b"]).name
    density = numbers["density"]
    return "\n".join(
        [
            f"{b} compared with {a}, {numbers['pixels']:,} pixels",
            *_class_table(numbers),
            f"{_errors(numbers)}, accuracy {_number(numbers['accuracy'])}",
            numbers["verdict"],
            f"densities ({_window(density)}): Pearson "
            f"{_number(density['mean_pearson'])}, Jensen-Shannon "
            f"{_number(density['mean_jensen_shannon'])}, overlap "
            f"{_number(density['mean_overlap'])}; {density['distinguishable']} of "
            f"{len(numbers['classes'])} classes can be told apart",
            "",
        ]
    )


def _class_table(numbers: Numbers) -> list[str]:
    """Return a row a class, with its row of the transition matrix if that is small."""
    classes = numbers["classes"]
    given = classes if len(classes) <= _MOST_COLUMNS else []
    head = ["class", "Dice", "IoU", "wrong", *(f"given {c}" for c in given)]
    rows = [
        [
            str(number),
            _number(numbers["dice"][row]),
            _number(numbers["iou"][row]),
            _percent(numbers["error_by_class"][row]),
            *(_percent(q) for q in numbers["transition_matrix"][row][: len(given)]),
        ]
        for row, number in enumerate(classes)
    ]
    return _aligned([head, *rows])


_MEASURES = {
    "accuracy": "accuracy", "Dice": "mean_dice", "IoU": "mean_iou", "rank": "rank",
    "Pearson": "mean_pearson", "Jensen-Shannon": "mean_jensen_shannon",
    "overlap": "mean_overlap",
}  # fmt: skip


def _overview(rows: Sequence[Numbers]) -> str:
    """Return a row a pair, and their mean."""
    flat = [{**row["density"], **row} for row in rows]
    names = [Path(row["b"]).name for row in rows]
    lines = [
        [name, *(_number(row[key]) for key in _MEASURES.values())]
        for name, row in zip(names, flat, strict=True)
    ]
    means = {key: _mean(flat, key) for key in _MEASURES.values() if key != "rank"}
    last = [
        f"mean of {len(rows)}",
        *(_number(means.get(k)) for k in _MEASURES.values()),
    ]
    return "\n".join([*_aligned([["", *_MEASURES], *lines, last]), ""])


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    first, *others = widths
    return [
        "  ".join(
            [
                row[0].ljust(first),
                *(v.rjust(w) for v, w in zip(row[1:], others, strict=True)),
            ]
        ).rstrip()
        for row in rows
    ]


def _window(density: Numbers) -> str:
    sizes = density["bandwidth"]
    same = len(set(sizes)) == 1
    size = " x ".join(f"{h:.3g}" for h in sizes[: 1 if same else None])
    return f"{density['kernel']}, bandwidth {size} pixels"


def _mean(rows: Sequence[Numbers], name: str) -> float | None:
    values = [row[name] for row in rows if row[name] is not None]
    return sum(values) / len(values) if values else None


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.3f}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"
