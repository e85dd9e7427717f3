"""How a run went, for people and for machines."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING

from napari_metastruct.batch import FOREIGN, NO_PARTNER, NOT_STARTED
from napari_metastruct.cli.tables import summary
from napari_metastruct.jobs import CompareJob, LabelJob, TrainJob
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
        """Whether something has no result."""
        lacking = {NOT_STARTED, NO_PARTNER}
        return any(f.status == "failed" or f.message in lacking for f in self.files)

    @property
    def trouble(self) -> str:
        """Failed files with their reasons, and the error, as lines."""
        failed = [f for f in self.files if f.status == "failed"]
        lines = [_line(file) for file in failed]
        known = [f for f in self.files if f.message not in {FOREIGN, NO_PARTNER}]
        head = [f"{len(failed)} of {len(known)} {self._kind} failed:"]
        return "\n".join(
            [*(head if failed else []), *lines, *filter(None, [self.error])]
        )

    def to_text(self, seconds: float) -> str:
        """Return what sums up, or nothing if nothing was run."""
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
        numbers = summary([f.numbers for f in self.files if f.numbers])
        if isinstance(self.job, TrainJob):
            told = told.replace("1 done", "trained")
        where = f" Results: {self.job.output}" if self.job.output else ""
        return f"{numbers}{told} in {seconds:.1f} s.{where}\n"

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

    @property
    def _kind(self) -> str:
        if isinstance(self.job, CompareJob):
            return "pairs"
        return "files" if isinstance(self.job, LabelJob) else "images"


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
        **({"numbers": dict(file.numbers)} if file.numbers else {}),
    }
