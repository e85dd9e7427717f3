"""What was measured in a run, epoch by epoch."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from napari_metastruct.errors import InputError
from napari_metastruct.files import writing

__all__ = ["Record", "load_record"]


@dataclass(frozen=True, slots=True)
class Record:
    """One row for each epoch, and what was run.

    Attributes
    ----------
    rows
        Name to number, "epoch" and "seconds" (since the run began) first. What was
        not measured, or is not defined for an epoch, is not there.
    about
        Method, settings, classes, versions, pairs; JSON-ready.
    """

    rows: list[dict[str, float]] = field(default_factory=list)
    about: dict[str, Any] = field(default_factory=dict)

    def add(self, epoch: int, seconds: float, values: dict[str, float]) -> None:
        """Add the row of an epoch; only finite numbers are kept."""
        finite = {k: float(v) for k, v in values.items() if math.isfinite(v)}
        self.rows.append({"epoch": epoch, "seconds": round(seconds, 3)} | finite)

    def names(self) -> list[str]:
        """Return all names, in the order in which they first came."""
        return list(dict.fromkeys(name for row in self.rows for name in row))

    def curve(self, name: str) -> list[float]:
        """Return one number for each epoch, NaN where it was not measured."""
        return [row.get(name, math.nan) for row in self.rows]

    def save(self, path: Path | str) -> tuple[Path, Path]:
        """Write ``<path>.csv`` and ``<path>.json``, each whole or not at all."""
        table, text = (Path(f"{path}{ending}") for ending in (".csv", ".json"))
        with writing(table) as new, new.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, self.names())
            writer.writeheader()
            writer.writerows(self.rows)
        with writing(text) as new:
            content = {"about": self.about, "epochs": self.rows}
            new.write_text(json.dumps(content, indent=2), encoding="utf-8")
        return table, text


def load_record(path: Path | str) -> Record:
    """Read the JSON file that `Record.save` wrote.

    Raises
    ------
    InputError
        It is missing or no record.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        return Record(list(content["epochs"]), dict(content["about"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} is no record of a training: {error}.") from None
