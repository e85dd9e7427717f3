"""Dock "Train on coarse marks": runs that go on, and choices that are kept."""

from typing import Any

import pytest
from pytestqt.qtbot import QtBot
from tests.training.labelled.tiny import discs
from tests.widgets.helpers import click
from tests.widgets.marking import LONG, TINY, begin, finish, mark, names, opened, ready
from tests.widgets.painting import stroke

from napari_metastruct.methods import CoarseMarks
from napari_metastruct.training.labelled.record import Record, load_record
from napari_metastruct.training.labelled.session import LabelledSession
from napari_metastruct.widgets import mark_memory, preferences, readiness
from napari_metastruct.widgets.coarse_marks import TrainOnCoarseMarks
from napari_metastruct.widgets.docks import COARSE_MARKS, open_dock
from napari_metastruct.widgets.mark_learning import USUAL, MarkLearning

Viewer = Any


@pytest.fixture(autouse=True)
def _torch_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "is_loaded", lambda: True)


@pytest.fixture
def dock(viewer: Viewer) -> TrainOnCoarseMarks:
    return opened(viewer)


@pytest.fixture
def sessions(monkeypatch: pytest.MonkeyPatch) -> list[LabelledSession]:
    """Return what runs have learned with, and note where each began."""
    seen: list[LabelledSession] = []
    real = CoarseMarks.train

    def noted(self: CoarseMarks, session: LabelledSession) -> Any:  # noqa: ANN401
        seen.append(session)
        yield from real(self, session)

    monkeypatch.setattr(CoarseMarks, "train", noted)
    return seen


def learn(dock: TrainOnCoarseMarks, qtbot: QtBot) -> int:
    """Learn for some epochs, stop, and return how many there were."""
    begin(dock, qtbot, epochs=3)
    assert not dock.continue_button.isEnabled()
    click(dock.panel.stop_button)
    finish(dock, qtbot)
    assert dock.continue_button.isEnabled()
    return len(dock.curves.rows)


def on(dock: TrainOnCoarseMarks, qtbot: QtBot, epochs: int) -> None:
    """Continue up to so many epochs."""
    dock.learning.front["epochs"].setValue(epochs)
    qtbot.waitUntil(dock.continue_button.isEnabled)
    click(dock.continue_button)
    finish(dock, qtbot)


def weights(dock: TrainOnCoarseMarks) -> dict[str, Any]:
    assert dock.after.outcome is not None
    model: Any = dock.after.outcome.trained.model
    return {n: v.numpy().copy() for n, v in model.network.named_parameters()}


def test_it_goes_on_from_its_weights_with_what_was_painted_since(
    viewer: Viewer,
    dock: TrainOnCoarseMarks,
    qtbot: QtBot,
    sessions: list[LabelledSession],
) -> None:
    mark(viewer, dock)
    assert "press Train first" in dock.continue_button.toolTip()
    done = learn(dock, qtbot)
    first = dock.curves.rows[:]
    click(dock.palette_.buttons[1, "is"])
    stroke(viewer.layers.selection.active, (30, 4), (30, 28))
    viewer.layers["cells"].name = "renamed"
    dock.learning.front["epochs"].setValue(done)
    qtbot.waitUntil(
        lambda: f"All {done} epochs are done" in dock.continue_button.toolTip()
    )
    assert not dock.continue_button.isEnabled()
    on(dock, qtbot, done + 2)
    assert [row["epoch"] for row in dock.curves.rows] == list(range(1, done + 3))
    for before, row in zip(first, dock.curves.rows, strict=False):
        assert before["loss"] == row["loss"]
    assert [session.given[0][30, 16] for session in sessions] == [-1, 1]
    assert [session.given[0][4, 16] for session in sessions] == [1, 1]
    assert sessions[1].state["steps"] < sessions[1]._step  # believed once more
    assert {"cells prediction", "renamed prediction"} <= set(names(viewer))


def test_the_curves_are_those_of_the_state_though_the_record_is_behind_it(
    viewer: Viewer, dock: TrainOnCoarseMarks, qtbot: QtBot
) -> None:
    """As when a process is killed between writing the one and the other."""
    mark(viewer, dock)
    done = learn(dock, qtbot)
    run = dock.control.runs.last
    assert run is not None
    record = load_record(run.folder / "record.json")
    Record(record.rows[:1], record.about).save(run.folder / "record")
    on(dock, qtbot, done + 1)
    assert [row["epoch"] for row in dock.curves.rows] == list(range(1, done + 2))


def test_what_cannot_go_on_says_why(
    viewer: Viewer, dock: TrainOnCoarseMarks, qtbot: QtBot
) -> None:
    button, front = dock.continue_button, dock.learning.front

    def said(words: str) -> None:
        qtbot.waitUntil(lambda: words in button.toolTip(), timeout=10_000)
        assert not button.isEnabled()
        click(button)
        assert not dock.panel.is_running

    mark(viewer, dock)
    learn(dock, qtbot)
    width = dock.learning.settings.editors["width"]
    width.setValue(8)
    said("'Width' is 8 now, but was 4 in the last run: set it back")
    width.setValue(4)
    qtbot.waitUntil(button.isEnabled)
    balance = dock.learning.form.editors["balance"]
    balance.setValue(True)
    said("'Balance' is True now, but was False")
    balance.setValue(False)
    viewer.add_image(discs(count=2)[0][1], name="other")
    row = dock.table.rows[0]
    row.image.setValue(viewer.layers["other"])
    said("'other' has no layers for marks yet")
    click(dock.table.make_button)
    for number, place in ((1, 4), (0, 14)):
        click(dock.palette_.buttons[number, "is"])
        stroke(viewer.layers.selection.active, (place, 4), (place, 28))
    said("not the images of the last run")
    row.image.setValue(viewer.layers["cells"])
    qtbot.waitUntil(button.isEnabled)
    dock.palette_.edits[1].setText("disc")  # a name is no class
    qtbot.waitUntil(button.isEnabled)
    click(dock.palette_.add_button)
    said("has learned 2 classes, and 'object 2' is none of them: press Train for a new")
    front["epochs"].setValue(2)
    ready(dock, qtbot)
    click(dock.panel.run_button)
    finish(dock, qtbot)
    said("All 2 epochs are done")
    on(dock, qtbot, 3)
    assert [row["epoch"] for row in dock.curves.rows] == [1, 2, 3]


def test_a_run_that_was_cancelled_is_not_gone_on_with(
    viewer: Viewer, dock: TrainOnCoarseMarks, qtbot: QtBot
) -> None:
    mark(viewer, dock)
    begin(dock, qtbot)
    run = dock.control.runs.running
    assert run is not None
    click(dock.panel.cancel_button)
    qtbot.waitUntil(lambda: not dock.panel.is_running)
    qtbot.waitUntil(lambda: not list(run.folder.iterdir()))
    assert "press Train first" in dock.continue_button.toolTip()
    done = learn(dock, qtbot)
    dock.learning.front["epochs"].setValue(LONG)
    click(dock.continue_button)
    qtbot.waitUntil(lambda: len(dock.curves.rows) > done + 1, timeout=60_000)
    click(dock.panel.cancel_button)
    qtbot.waitUntil(lambda: not dock.panel.is_running)
    assert dock.continue_button.isEnabled()


def test_what_was_chosen_last_is_chosen_in_the_next_session(
    viewer: Viewer, dock: TrainOnCoarseMarks, qtbot: QtBot
) -> None:
    mark(viewer, dock)
    method = CoarseMarks(trace=0.05, warm_up=7, balance=True)
    dock.learning.show_settings(method, TINY.replace(seed=5))
    dock.learning.preview.setChecked(False)
    dock.learning.backend.set("process")
    dock.learning.front["epochs"].setValue(77)
    ready(dock, qtbot)
    assert MarkLearning().labelled_settings(()) == USUAL  # nothing was run yet
    click(dock.panel.run_button)
    click(dock.panel.cancel_button)
    qtbot.waitUntil(lambda: not dock.panel.is_running)
    viewer.window.remove_dock_widget(dock)
    new: TrainOnCoarseMarks = open_dock(viewer, COARSE_MARKS)
    chosen = new.learning.labelled_settings((0, 1))
    assert (chosen.epochs, chosen.seed, chosen.width) == (77, 5, TINY.width)
    assert chosen.checkpoint_every == 1
    assert new.learning.learner() == method
    assert not new.learning.preview.isChecked()
    assert new.learning.backend.apart


def test_what_another_version_has_kept_breaks_nothing(
    viewer: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    strange = {"epochs": -3, "network": "transformer", "trace": "a lot", "width": 8}

    def kept(name: str, otherwise: object, *, where: str) -> object:
        return strange.get(name, otherwise)

    for module in (mark_memory, preferences):
        monkeypatch.setattr(module, "remembered", kept)
    dock: TrainOnCoarseMarks = open_dock(viewer, COARSE_MARKS)
    learning = dock.learning
    expected = USUAL.replace(width=8)
    assert learning.labelled_settings(()) == expected
    assert learning.learner() == CoarseMarks()
