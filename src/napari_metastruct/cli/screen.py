"""What a person sees while a run goes on."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from napari_metastruct.cli.tables import file_lines
from napari_metastruct.cli.training_text import epoch_text
from napari_metastruct.progress import (
    BatchEnd,
    EpochEnd,
    Event,
    FileDone,
    Notice,
    PlaneDone,
    Started,
)

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["Screen"]

tqdm.monitor_interval = 0  # no thread of its own
_FORMAT = (
    "{desc} {percentage:3.0f}% |{bar:20}| "
    "{n_fmt}/{total_fmt}, {remaining} left{postfix}"
)
_WIDEST_NAME = 24


class Screen:
    """Lines on stdout, notices on stderr, and bars with the time left on a terminal.

    Parameters
    ----------
    quiet
        Write no lines to stdout.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._terminal = sys.stderr.isatty()
        self._files: tqdm[Any] | None = None
        self._stage: tqdm[Any] | None = None
        self._name = ""

    def __enter__(self) -> Screen:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close_stage()
        if self._files is not None:
            self._files.close()

    def show(self, event: Event) -> None:
        """Show one event."""
        match event:
            case Started():
                self._start(event)
            case BatchEnd(done, total) | PlaneDone(done, total):
                self._advance(done, total)
            case EpochEnd(values=values):
                self._note(epoch_text(values))
            case Notice(text):
                self._write(text, to_stderr=True)
            case FileDone():
                self._finish(event)

    def _start(self, event: Started) -> None:
        if event.stage == "Files":
            several = event.total > 1
            self._files = self._bar(event.total, "Files") if several else None
            return
        if event.stage == "Reading":
            self._name = event.detail
        self._begin(event.stage, event.total)
        if event.stage == "Learning":
            self._note(event.detail)

    def _begin(self, stage: str, total: int) -> None:
        self._close_stage()
        name = f"{_shortened(self._name)}: " if self._name else ""
        self._stage = self._bar(total or None, f"{name}{stage}", leave=False)

    def _advance(self, done: int, total: int) -> None:
        if self._stage is not None:
            self._stage.total = total
            self._stage.update(done - self._stage.n)

    def _note(self, text: str) -> None:
        if self._stage is not None:
            self._stage.set_postfix_str(text, refresh=False)

    def _finish(self, file: FileDone) -> None:
        self._close_stage()
        if file.status == "done" and file.outputs:
            outputs = ", ".join(path.name for path in file.outputs)
            self._write(f"{file.path.name} -> {outputs} ({file.seconds:.1f} s)")
            if told := file_lines(file.numbers):
                self._write(told)
        elif file.status == "failed":
            self._write(f"{file.path.name} failed", to_stderr=True)  # why: at the end
        if file.status != "skipped" and self._files is not None:
            self._files.update()

    def _write(self, text: str, *, to_stderr: bool = False) -> None:
        if to_stderr or not self._quiet:
            tqdm.write(text, file=sys.stderr if to_stderr else sys.stdout)

    def _close_stage(self) -> None:
        if self._stage is not None:
            self._stage.close()
            self._stage = None

    def _bar(
        self, total: int | None, title: str, *, leave: bool = True
    ) -> tqdm[Any] | None:
        if not self._terminal:
            return None
        return tqdm(
            total=total,
            desc=title,
            leave=leave,
            file=sys.stderr,
            dynamic_ncols=True,
            bar_format=_FORMAT,
        )


def _shortened(name: str) -> str:
    end = _WIDEST_NAME // 2
    return name if len(name) <= _WIDEST_NAME else f"{name[: end - 2]}..{name[-end:]}"
