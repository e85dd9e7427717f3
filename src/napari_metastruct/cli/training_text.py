"""What is told about learning: of an epoch on the bar, of a training at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["epoch_text", "training_summary"]

_MOST = 5
"""Numbers that a bar has room for."""
_SHOWN = (
    "loss", "validation dice", "dice", "test dice", "labels dice", "kept", "gap",
    "corrected",
)  # fmt: skip
"""The numbers of an epoch that matter most, if there are more."""


def epoch_text(values: Mapping[str, float]) -> str:
    """Return the numbers of an epoch, or the most telling ones, in a line."""
    names = list(values)
    if len(names) > _MOST:
        names = [name for name in _SHOWN if name in values][:_MOST] or names[:_MOST]
    return ", ".join(f"{name} {values[name]:.3g}" for name in names)


def training_summary(numbers: Mapping[str, Any]) -> str:
    """Return what came out of a training, a few lines."""
    lines = [f"Best epoch {numbers['best_epoch']} of {_epochs(numbers)}{_of(numbers)}"]
    if numbers["noise_rate"] is not None:
        lines.append(f"Noise rate {100 * numbers['noise_rate']:.1f} %")
    became = numbers["became"]
    classes = ", ".join(f"{count:,} to class {n}" for n, count in became.items())
    share = f"{100 * numbers['corrected']:.1f} % of {numbers['pixels']:,} labels"
    lines.append(f"Corrected {share}" + (f": {classes}" if classes else ""))
    lines.append(
        "Model: model.safetensors; corrected labels: corrected; record: record.csv"
    )
    return "\n".join([*lines, ""])


def _epochs(numbers: Mapping[str, Any]) -> str:
    ran, wanted = numbers["epochs"], numbers["epochs_wanted"]
    return str(ran) if ran == wanted else f"{ran} ({wanted} were asked for)"


def _of(numbers: Mapping[str, Any]) -> str:
    """Return its scores: each class beside the mean where there are several."""
    scores = numbers["scores"]
    parts = [
        _dice(scores, prefix, what)
        for prefix, what in (
            ("validation ", "validation Dice"),
            ("validation truth ", "against clean labels"),
        )
        if f"{prefix}dice" in scores
    ]
    return "".join(f"; {part}" for part in parts) + "."


def _dice(scores: Mapping[str, float], prefix: str, what: str) -> str:
    start = f"{prefix}dice "
    each = [
        f"class {name.removeprefix(start)} {value:.3f}"
        for name, value in scores.items()
        if name.startswith(start)
    ]
    more = f" ({', '.join(each)})" if len(each) > 1 else ""
    return f"{what} {scores[f'{prefix}dice']:.3f}{more}"
