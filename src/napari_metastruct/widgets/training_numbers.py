"""What the numbers of an epoch are: their plot, their words, their colour."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from napari_metastruct.widgets.loss_plot import COLOURS

__all__ = [
    "DASHED",
    "GROUPS",
    "WORDS",
    "colour_of",
    "group_of",
    "is_in_title",
    "kind_of",
    "log_ticks",
    "others_of",
    "stage_starts",
    "title_of",
    "wide_range",
]

LOSS, SCORES, MEMORY = "Loss", "Dice", "Early learning and memorisation (IoU)"
PARTS, JUDGED = "Losses", "Taken for clean"
CORRECTED = "corrected"
WIDE = 20.0
"""Losses that differ by a greater factor are drawn on a log axis."""
GROUPS = (LOSS, PARTS, JUDGED, SCORES, MEMORY)
_PARTS = {
    "segmentation loss": "segmentation",
    "correction loss": "correction",
    "generator loss": "generator",
    "discriminator loss": "discriminator",
}
_JUDGED = {"clean score": "clean labels", "revised score": "revised labels"}
_PER_CLASS = re.compile(r"^(validation dice|dice|iou_el|iou_m) (\d+)$")
_OF_ALL = re.compile(
    r"^(epoch|seconds|stage|(validation |validation truth |test |labels )?"
    r"(dice|miou|accuracy)( \d+)?)$"
)
"""Scores of every method, in the table that is saved; not in the line below."""
WORDS = {
    "validation dice": "validation",
    "dice": "clean labels",
    "iou_el": "learned right",
    "iou_m": "learned by heart",
    "labels dice": "the labels now",
    **_PARTS,
    **_JUDGED,
}
DASHED = ("dice", "iou_m")


def group_of(name: str) -> str:
    """Return the plot that a number belongs to, "" if it stands in the line below."""
    if is_in_title(name):
        return PARTS if name in _PARTS else JUDGED if name in _JUDGED else LOSS
    kind = kind_of(name)
    if kind[0] in ("iou_el", "iou_m"):
        return MEMORY
    is_score = kind[1] != "" or name == "labels dice"
    return SCORES if is_score else ""


def is_in_title(name: str) -> bool:
    """Say whether the title of its plot names a curve, and the legend does not."""
    return name in (LOSS.lower(), *_PARTS, *_JUDGED)


def wide_range(
    group: str, names: Iterable[str], rows: Iterable[Mapping[str, float]]
) -> tuple[float, float] | None:
    """Return the least and greatest loss if the small ones would be a flat line.

    Shares and scores, 0 to 1, have none: they are read from 0.

    Parameters
    ----------
    names
        Of the curves, in this group and in others.
    """
    if group not in (LOSS, PARTS):
        return None
    own = [name for name in names if group_of(name) == group]
    values = [row[name] for row in rows for name in own if name in row]
    low, high = min(values, default=0.0), max(values, default=0.0)
    return (low, high) if 0 < WIDE * low < high else None


def log_ticks(low: float, high: float) -> list[tuple[float, str]]:
    """Return what stands at a log axis between two losses: place and text."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    steps = (1, 3) if high < 100 * low else (1,)
    values = [step * 10.0**decade for decade in decades for step in steps]
    return [(math.log10(value), f"{value:.2g}") for value in values]


def title_of(group: str, names: Iterable[str], *, log: bool = False) -> str:
    """Return the title of a plot, with the curves that it names."""
    group_title = f"{group} (log)" if log else group
    own = [n for n in names if n in WORDS and is_in_title(n) and group_of(n) == group]
    words = [f"<span style='color:{colour_of(n)}'>{WORDS[n]}</span>" for n in own]
    return f"{group_title}: {', '.join(words)}" if words else group_title


def kind_of(name: str) -> tuple[str, str]:
    """Split "iou_el 1" into kind and class; of others the class is empty."""
    found = _PER_CLASS.match(name)
    return (found[1], found[2]) if found else (name, "")


def colour_of(name: str) -> str:
    """Return the colour of a curve: that of its class, grey for others."""
    number = kind_of(name)[1]
    for several in (_PARTS, _JUDGED):
        if name in several:
            return COLOURS[(list(several).index(name) + 1) % len(COLOURS)]
    if not number:
        return "#adb5bd"
    return COLOURS[(int(number) - 1) % len(COLOURS)]


def others_of(row: Mapping[str, float]) -> str:
    """Return the numbers of an epoch that have no curve, in words.

    That nothing is corrected is not said: many methods cannot, or not yet.
    """
    shown = {n: v for n, v in row.items() if not group_of(n) and not _OF_ALL.match(n)}
    if not shown.get(CORRECTED):
        shown.pop(CORRECTED, None)
    return ", ".join(f"{name}: {value:.3g}" for name, value in shown.items())


def stage_starts(rows: Sequence[Mapping[str, float]]) -> list[float]:
    """Return the epochs in which another stage began than that of the epoch before."""
    pairs = pairwise(rows)
    return [
        now["epoch"]
        for before, now in pairs
        if now.get("stage", 0) != before.get("stage", 0)
    ]
