"""How a run went, for people and for machines."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING

from napari_metastruct.batch import FOREIGN, NOT_STARTED
from napari_metastruct.progress import Event, FileDone, Notice

if TYPE_CHECKING:
    from napari_metastruct.jobs import AnyJob

__all__ = ["Outcome"]

_STATUS = {0: "done", 1: "incomplete", 2: "bad input"}


@dataclass
class Outcome:
    """What the events of a run have told.

    Attributes
    ----------
    job
        What was run.
    files
        What became of each file.
    notices
        Sentences for the user.
    error
        Why the run as a whole ended early.
    """

    job: AnyJob | None = None
    files: list[FileDone] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    error: str = ""

    def take(self, event: Event) -> None:
        """Remember an event that matters in the end."""
        if isinstance(event, FileDone):
            self.files.append(event)
        elif isinstance(event, Notice):
            self.notices.append(event.text)

    @property
    def is_incomplete(self) -> bool:
        """Whether an image has no result."""
        return any(not file.outputs for file in self._images())

    @property
    def trouble(self) -> str:
        """Failed files with their reasons, and the error, as lines."""
        failed = [f for f in self.files if f.status == "failed"]
        lines = [_line(file) for file in failed]
        head = [f"{len(failed)} of {len(self._images())} images failed:"]
        return "\n".join(
            [*(head if failed else []), *lines, *filter(None, [self.error])]
        )

    def to_text(self, seconds: float) -> str:
        """Return a line that sums up, or nothing if nothing was run."""
        waiting = sum(f.message == NOT_STARTED for f in self.files)
        skipped = sum(f.status == "skipped" for f in self.files)
        counts = [
            (sum(f.status == "done" for f in self.files), "done"),
            (sum(f.status == "failed" for f in self.files), "failed"),
            (skipped - waiting, "skipped"),
            (waiting, "not started"),
        ]
        told = ", ".join(f"{number} {word}" for number, word in counts if number)
        if not told or self.job is None:
            return ""
        return f"{told} in {seconds:.1f} s. Results: {self.job.output}\n"

    def to_json(self, code: int, seconds: float) -> str:
        """Return all as one JSON document."""
        failed = [f for f in self.files if f.status == "failed"]
        errors = [{"path": str(f.path), "message": f.message} for f in failed]
        if self.error:
            errors.append({"path": "", "message": self.error})
        document = {
            "status": _STATUS.get(code, "cancelled"),
            "files": [_as_fields(file) for file in self.files],
            "errors": errors,
            "notices": self.notices,
            "seconds": round(seconds, 2),
            "job": self.job.model_dump(mode="json") if self.job else None,
            "version": version("napari-metastruct"),
        }
        return json.dumps(document, indent=2)

    def _images(self) -> list[FileDone]:
        return [f for f in self.files if f.status != "skipped" or f.message != FOREIGN]


def _line(file: FileDone) -> str:
    named = file.path.name in file.message
    return f"  {file.message}" if named else f"  {file.path}: {file.message}"


def _as_fields(file: FileDone) -> dict[str, object]:
    return {
        "path": str(file.path),
        "status": file.status,
        "outputs": [str(path) for path in file.outputs],
        "message": file.message,
        "seconds": round(file.seconds, 2),
    }
