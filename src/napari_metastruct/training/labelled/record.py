"""What was measured in a run, epoch by epoch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Record"]


@dataclass(frozen=True, slots=True)
class Record:
    """One row for each epoch, and what was run.

    Attributes
    ----------
    rows
        Name to number, "epoch" and "seconds" (since the start) first.
    about
        Method, settings, classes, versions, pairs; JSON-ready.
    """

    rows: list[dict[str, float]] = field(default_factory=list)
    about: dict[str, Any] = field(default_factory=dict)

    def curve(self, name: str) -> list[float]:
        """Return one number for each epoch, NaN where it was not measured."""
        raise NotImplementedError

    def save(self, path: Path | str) -> tuple[Path, Path]:
        """Write ``<path>.csv`` and ``<path>.json``, each whole or not at all."""
        raise NotImplementedError
