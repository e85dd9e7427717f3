"""Marking an image in the dock as a person does, and waiting for what comes."""

from typing import Any

from pytestqt.qtbot import QtBot
from tests.training.labelled.tiny import discs
from tests.widgets.helpers import click
from tests.widgets.painting import stroke

from napari_metastruct.methods import CoarseMarks
from napari_metastruct.training.labelled import LabelledSettings
from napari_metastruct.widgets.coarse_marks import TrainOnCoarseMarks
from napari_metastruct.widgets.docks import COARSE_MARKS, open_dock

Viewer = Any
TINY = LabelledSettings(
    epochs=2,
    batch=4,
    patch=32,
    width=4,
    depth=2,
    device="cpu",
    validation=0.0,
    checkpoint_every=0,
)
LONG = 10_000
MARKED = ["cells", "cells: is not", "cells: is"]
"""Layers of an image with marks."""


def opened(viewer: Viewer, count: int = 1, **place: Any) -> TrainOnCoarseMarks:  # noqa: ANN401
    images, _ = discs(count=max(count, 2))
    viewer.add_image(images[0] if count == 1 else images, name="cells", **place)
    dock: TrainOnCoarseMarks = open_dock(viewer, COARSE_MARKS)
    dock.learning.show_settings(CoarseMarks(), TINY)
    return dock


def mark(viewer: Viewer, dock: TrainOnCoarseMarks, plane: tuple[int, ...] = ()) -> None:
    """Mark some object, some background, and something that is no object."""
    for number, kind, row in ((1, "is", 4), (0, "is", 14), (1, "is not", 24)):
        click(dock.palette_.buttons[number, kind])  # type: ignore[index]
        stroke(viewer.layers.selection.active, (row, 4), (row, 28), plane)


def ready(dock: TrainOnCoarseMarks, qtbot: QtBot) -> None:
    qtbot.waitUntil(dock.panel.run_button.isEnabled)


def begin(dock: TrainOnCoarseMarks, qtbot: QtBot, epochs: int = 1) -> None:
    dock.learning.front["epochs"].setValue(LONG)
    ready(dock, qtbot)
    click(dock.panel.run_button)
    qtbot.waitUntil(lambda: len(dock.curves.rows) >= epochs, timeout=60_000)


def finish(dock: TrainOnCoarseMarks, qtbot: QtBot) -> None:
    qtbot.waitUntil(
        lambda: not dock.panel.is_running and not dock._results.is_busy,
        timeout=60_000,
    )


def names(viewer: Viewer) -> list[str]:
    return [layer.name for layer in viewer.layers]
