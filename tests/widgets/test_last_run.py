"""Which run Continue goes on with, also after a cancelled one that is slow to go."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot
from tests.widgets import test_train_labels as noisy
from tests.widgets.helpers import click
from tests.widgets.marking import finish, mark, opened, ready

from napari_metastruct.methods import CoarseMarks, Plain
from napari_metastruct.progress import EpochEnd, Event
from napari_metastruct.training.labelled.checkpoint import Checkpoint
from napari_metastruct.training.labelled.folder import CHECKPOINT, holds_run
from napari_metastruct.widgets import readiness
from napari_metastruct.widgets.last_run import LastRun, all_done
from napari_metastruct.widgets.mark_table import MarkTable

Viewer = Any


@pytest.fixture(autouse=True)
def _torch_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "is_loaded", lambda: True)


@dataclass(frozen=True)
class Run:
    folder: Path
    resume: bool = False


def begun(folder: Path, *, rows: int = 1, finished: int = 0) -> Path:
    """Write what a run leaves behind."""
    folder.mkdir(exist_ok=True)
    (folder / "run.json").write_text("{}", encoding="utf-8")
    values = {"rows": [{"epoch": n + 1} for n in range(rows)], "finished": finished}
    Checkpoint({}, values).save(folder / CHECKPOINT)
    return folder


def emptied(folder: Path) -> None:
    for file in folder.iterdir():
        file.unlink()


@pytest.mark.parametrize(
    ("resume", "cancelled", "goes_on"),
    [(False, False, 1), (False, True, 0), (True, True, 1), (True, False, 1)],
)
def test_a_new_run_that_is_cancelled_leaves_the_last_one(
    resume: bool, cancelled: bool, goes_on: int, tmp_path: Path
) -> None:
    runs: LastRun[Run] = LastRun()
    both = [Run(begun(tmp_path / "a")), Run(begun(tmp_path / "b"), resume)]
    for run in both:
        runs.begin(run)
        runs.ended(cancelled=cancelled and run is both[1])
    assert runs.last == both[goes_on]
    assert runs.is_leaving(both[1].folder) == (goes_on == 0)


def test_a_folder_may_be_used_again_when_it_is_empty(tmp_path: Path) -> None:
    runs: LastRun[Run] = LastRun()
    run = runs.begin(Run(begun(tmp_path)))
    runs.ended(cancelled=True)
    assert runs.is_leaving(tmp_path)
    emptied(tmp_path)
    assert not runs.is_leaving(tmp_path)
    runs.begin(run)
    begun(tmp_path)
    runs.ended(cancelled=False)
    assert not runs.is_leaving(tmp_path)
    assert runs.last == run


@pytest.mark.parametrize(
    ("rows", "finished", "epochs", "words"),
    [
        (60, 0, 100, ""),
        (100, 100, 100, "All 100 epochs are done"),
        (100, 0, 80, "All 100 epochs are done"),
        (60, 100, 100, "its end in epoch 60 of 100: choose more than 100 epochs"),
        (60, 100, 50, "its end in epoch 60 of 100: choose more than 100 epochs"),
        (60, 100, 101, ""),
    ],
)
def test_a_run_that_has_come_to_its_end_needs_more_epochs(
    rows: int, finished: int, epochs: int, words: str, tmp_path: Path
) -> None:
    said = all_done(begun(tmp_path, rows=rows, finished=finished), epochs)
    assert words in said
    assert bool(said) == bool(words)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Let new runs wait in their second epoch until this is set."""
    release = threading.Event()
    release.set()

    def wait(steps: Iterator[Event]) -> Iterator[Event]:
        for event in steps:
            yield event
            if isinstance(event, EpochEnd) and event.epoch == 2:
                release.wait(30)

    for method in (CoarseMarks, Plain):
        real: Any = method.train
        monkeypatch.setattr(
            method, "train", lambda self, session, real=real: wait(real(self, session))
        )
    yield release
    release.set()


def test_marks_go_on_from_the_good_run_after_a_slow_cancelled_one(
    viewer: Viewer, qtbot: QtBot, slow: threading.Event
) -> None:
    dock = opened(viewer)
    settings = dock.learning.settings.value().replace(checkpoint_every=1)
    dock.learning.show_settings(CoarseMarks(), settings.replace(epochs=2))
    mark(viewer, dock)
    ready(dock, qtbot)
    click(dock.panel.run_button)
    finish(dock, qtbot)
    good = dock.control.runs.last
    assert good is not None
    dock.learning.front["epochs"].setValue(3)
    ready(dock, qtbot)
    slow.clear()
    click(dock.panel.run_button)
    bad = dock.control.runs.running
    assert bad is not None
    qtbot.waitUntil(lambda: len(dock.curves.rows) == 2, timeout=30_000)
    click(dock.panel.cancel_button)
    qtbot.waitUntil(lambda: not dock.panel.is_running)
    assert holds_run(bad.folder)  # it is still at it
    assert dock.control.runs.last is good
    slow.set()
    qtbot.waitUntil(lambda: not list(bad.folder.iterdir()))
    assert dock.continue_button.isEnabled()
    click(dock.continue_button)
    running = dock.control.runs.running
    assert running is not None
    assert running.folder == good.folder
    finish(dock, qtbot)
    assert [row["epoch"] for row in dock.curves.rows] == [1, 2, 3]


def test_a_folder_that_will_be_emptied_is_not_gone_on_with(
    viewer: Viewer, qtbot: QtBot, slow: threading.Event, tmp_path: Path
) -> None:
    noisy.add_pair(viewer)
    dock = noisy.opened(viewer, qtbot, epochs=3)
    dock.learner.folder.setValue(tmp_path / "run")
    slow.clear()
    click(dock.panel.run_button)
    qtbot.waitUntil(lambda: len(dock.curves.rows) == 2, timeout=30_000)
    click(dock.panel.cancel_button)
    qtbot.waitUntil(lambda: not dock.panel.is_running)
    assert holds_run(tmp_path / "run")
    for button in (dock.continue_button, dock.panel.run_button):
        assert not button.isEnabled()
        assert "was cancelled, and what it has written" in button.toolTip()
    slow.set()
    qtbot.waitUntil(dock.panel.run_button.isEnabled)
    assert "press Train first" in dock.continue_button.toolTip()
    click(dock.panel.run_button)
    noisy.finish(dock, qtbot)
    assert holds_run(tmp_path / "run")


def test_the_layers_are_read_once_when_a_stroke_is_looked_at(
    viewer: Viewer, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    dock = opened(viewer)
    mark(viewer, dock)
    ready(dock, qtbot)
    click(dock.panel.run_button)
    finish(dock, qtbot)
    read: list[MarkTable] = []
    real = MarkTable.value

    def noted(self: MarkTable) -> Any:  # noqa: ANN401
        read.append(self)
        return real(self)

    monkeypatch.setattr(MarkTable, "value", noted)
    dock._check()
    assert dock.control.runs.last is not None
    assert len(read) == 1
