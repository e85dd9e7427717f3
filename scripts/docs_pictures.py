"""Take the pictures of the documentation from the real program.

Opens napari with a sample, clicks through the docks as a user does and writes
``docs/images/*.png``. Needs a screen; on a machine without one::

    xvfb-run -a -s "-screen 0 1600x1200x24" python scripts/docs_pictures.py

A folder and names of pictures may follow: ``docs/images label_noise``.
"""
# ruff: noqa: TID251 - it drives the window

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

# What the user of this machine has chosen before must not be seen in the pictures.
os.environ["NAPARI_CONFIG"] = str(Path(tempfile.mkdtemp()) / "settings.yaml")

import napari
import numpy as np
from napari.settings import get_settings
from napari.utils.colormaps import label_colormap
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QPushButton, QScrollArea, QWidget

from napari_metastruct.noise import annotator, random_flip
from napari_metastruct.sample_data import synthetic_nuclei
from napari_metastruct.widgets.docks import (
    APPLY_MODEL,
    COARSE_MARKS,
    LABEL_NOISE,
    META_STRUCTURE_MAP,
    PLUGIN,
    TRAIN_LABELS,
    UNSUPERVISED,
    open_dock,
)
from napari_metastruct.widgets.layers import LABEL_COLOURS

SIZE = (1280, 860)
HIGH = (1280, 1000)
PATIENCE = 180.0
EPOCHS_BEFORE = 6
"""Epochs that are learned when the picture of a run is taken."""


def main(folder: Path, *names: str) -> None:
    """Take some pictures, or all."""
    folder.mkdir(parents=True, exist_ok=True)
    get_settings().application.confirm_close_window = False
    for name in names or PICTURES:
        viewer = napari.Viewer(show=True, show_welcome_screen=False)
        viewer.window.resize(*SIZE)
        PICTURES[name](viewer, folder)
        viewer.close()


def unsupervised(viewer: napari.Viewer, folder: Path) -> None:
    """Show a run of "Unsupervised segmentation", and "Apply model"."""
    viewer.open_sample(PLUGIN, "network")
    dock = open_dock(viewer, UNSUPERVISED)
    wait(lambda: False, 1.0)
    viewer.reset_view()
    wait(lambda: False, 0.5)
    click(dock.panel.run_button)
    wait(lambda: len(dock.plot.rows) >= EPOCHS_BEFORE)
    wait(lambda: False, 0.4)
    take(viewer, folder / "unsupervised-during.png")
    wait(lambda: not dock.panel.is_running)
    wait(lambda: False, 1.0)
    take(viewer, folder / "unsupervised-after.png")
    dock.method.advanced.open()
    wait(lambda: False, 0.5)
    take(viewer, folder / "unsupervised-advanced.png")
    open_dock(viewer, APPLY_MODEL)
    wait(lambda: False, 0.5)
    take(viewer, folder / "apply-model.png")


def label_noise(viewer: napari.Viewer, folder: Path) -> None:
    """Show "Label noise" in use: two noises, and the errors that they make."""
    viewer.window.resize(*HIGH)
    viewer.open_sample(PLUGIN, "nuclei")
    dock = open_dock(viewer, LABEL_NOISE)
    dock.labels.as_one.setChecked(True)
    wait(lambda: dock.labels.facts is not None)
    viewer.reset_view()
    for name in ("annotator", "flip"):
        dock.chain.add(name)
    annotator, flip = (card.form.editors for card in dock.chain.cards)
    annotator["slip"].setValue("affine")
    annotator["level"].setValue(0.4)
    flip["rate"].setValue(0.05)
    dock.output.view.setCurrentText("errors")
    wait(lambda: dock.live.preview.layer is not None and not dock.live.is_busy)
    wait(lambda: False, 1.0)
    take(viewer, folder / "label_noise.png")


def meta_structure_map(viewer: napari.Viewer, folder: Path) -> None:
    """Show "Meta-structure map" in use: the maps of noisy labels beside clean ones."""
    viewer.window.resize(*HIGH)
    viewer.open_sample(PLUGIN, "network")
    image, truth = viewer.layers
    truth.name, image.visible = "clean", False
    where = {"scale": (0.1, 0.1), "units": ("um", "um")}
    for layer in (image, truth):
        layer.scale, layer.units = where["scale"], where["units"]
    noisy = random_flip(np.asarray(truth.data), 0.3, rng=0)
    viewer.add_labels(noisy, name="noisy", visible=False, **where)
    dock = open_dock(viewer, META_STRUCTURE_MAP)
    dock.labels.layer.setCurrentText("clean")
    wait(lambda: not dock.labels.problem())
    viewer.reset_view()
    dock.kernel.bandwidth.setValue(0.6)
    dock.comparing.open()
    wait(dock.compare.button.isEnabled)
    click(dock.compare.button)
    wait(lambda: dock.compare.results.result is not None)
    wait(lambda: dock.live.preview.layer is not None and not dock.live.is_busy)
    wait(lambda: False, 1.0)
    take(viewer, folder / "meta_structure_map.png")


def click(button: QPushButton) -> None:
    """Press a button with the mouse."""
    test: Any = QTest  # Qt's own annotations take `self` for an argument
    test.mouseClick(button, Qt.MouseButton.LeftButton)


def wait(until: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Let the window live until something is so, or the time is over."""
    end = time.monotonic() + seconds
    while not until() and time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.005)


def take(viewer: napari.Viewer, path: Path) -> None:
    """Save the whole window as a picture."""
    viewer.window.screenshot(str(path), canvas_only=False, flash=False)
    print(path)


def train_labels(viewer: napari.Viewer, folder: Path) -> None:
    """Show "Train on noisy labels" while it learns, and what it has corrected."""
    viewer.window.resize(*HIGH)
    pairs = [synthetic_nuclei((128, 128), seed, count=16) for seed in range(5)]
    images, truth = (np.stack(each) for each in zip(*pairs, strict=True))
    drawn = [annotator(each, level=0.7, rng=n) > 0 for n, each in enumerate(truth)]
    viewer.add_image(images, name="nuclei")
    viewer.add_labels((truth > 0).astype(np.uint8), name="clean", visible=False)
    viewer.add_labels(np.stack(drawn).astype(np.uint8), name="drawn fast", opacity=0.35)
    dock = open_dock(viewer, TRAIN_LABELS)
    row = dock.source.table.rows[0]
    row.labels.setValue(viewer.layers["drawn fast"])
    dock.source.table.with_reference.setChecked(True)
    row.reference.setValue(viewer.layers["clean"])
    method = dock.learner.method
    method.setCurrentIndex(method.findData("adele"))
    dock.learner.front["epochs"].setValue(3 * EPOCHS_BEFORE)
    for name, value in {"patch": 64, "patches_per_epoch": 48}.items():
        dock.learner.settings.editors[name].setValue(value)
    wait(lambda: not dock.source.reading.text().startswith("Looking"))
    viewer.reset_view()
    viewer.dims.set_point(0, 1)
    wait(lambda: False, 0.5)
    click(dock.panel.run_button)
    wait(lambda: len(dock.curves.rows) >= 2 * EPOCHS_BEFORE, 2 * PATIENCE)
    wait(lambda: False, 0.4)
    scroll_to(dock.curves)
    take(viewer, folder / "train_labels.png")
    wait(lambda: not dock.panel.is_running)
    wait(lambda: False, 1.0)
    viewer.layers["nuclei prediction"].visible = False
    viewer.layers["drawn fast"].visible = False
    scroll_to(dock.after)
    click(dock.after.review.accept)
    for y, x, accept in ((10, 104, True), (44, 36, True), (78, 120, False)):
        dock.after.review.decide_at((1.0, y, x), accept=accept)
    wait(lambda: False, 0.5)
    take(viewer, folder / "train_labels-after.png")


def trust_table(viewer: napari.Viewer, folder: Path) -> None:
    """Show how far adversarial correction trusts the labels of each image."""
    viewer.window.resize(*HIGH)
    pairs = [synthetic_nuclei((128, 128), seed, count=16) for seed in range(14)]
    images, numbers = (np.stack(each) for each in zip(*pairs, strict=True))
    truth = numbers > 0
    levels = np.linspace(0.1, 1.0, 10)
    drawn = [
        annotator(each, level=level, rng=n) > 0
        for n, (each, level) in enumerate(zip(numbers[4:], levels, strict=True))
    ]
    for name, first, labels in (("checked", 0, truth[:4]), ("nuclei", 4, drawn)):
        viewer.add_image(images[first : first + len(labels)], name=name)
        classes = np.asarray(labels).astype(np.uint8)
        # napari's own colour of class 1 is a dark brown, of which no outline is seen.
        colours = label_colormap(49, LABEL_COLOURS)
        viewer.add_labels(classes, name=f"{name} labels", colormap=colours)
    dock = open_dock(viewer, TRAIN_LABELS)
    (row,) = dock.source.table.rows
    row.image.setValue(viewer.layers["checked"])
    row.labels.setValue(viewer.layers["checked labels"])
    click(dock.source.table.add_button)
    click(row.trusted)
    method = dock.learner.method
    method.setCurrentIndex(method.findData("adversarial-correction"))
    dock.learner.front["epochs"].setValue(8 * EPOCHS_BEFORE)
    dock.learner.front["validation"].setValue(0.0)
    for name, value in {"patch": 64, "patches_per_epoch": 24, "width": 8}.items():
        dock.learner.settings.editors[name].setValue(value)
    wait(lambda: dock.panel.run_button.isEnabled())
    viewer.reset_view()
    click(dock.panel.run_button)
    wait(lambda: not dock.panel.is_running and not dock._results.is_busy, 4 * PATIENCE)
    wait(lambda: False, 1.0)
    # Trust is in the labels as they were given, so these are looked at.
    for result in ("prediction", "labels difference"):
        viewer.layers[f"nuclei {result}"].visible = False
    viewer.layers["nuclei labels"].contour = 1
    table = dock.after.trust
    scroll_to(dock.after)
    first = table.visualItemRect(table.item(0, 0)).center()
    test: Any = QTest
    test.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=first)
    wait(lambda: False, 0.5)
    take(viewer, folder / "trust_table.png")


def coarse_marks(viewer: napari.Viewer, folder: Path) -> None:
    """Show "Train on coarse marks": painting goes on while it learns."""
    viewer.window.resize(*HIGH)
    viewer.open_sample(PLUGIN, "coins")
    dock = open_dock(viewer, COARSE_MARKS)
    wait(lambda: False, 1.0)
    viewer.reset_view()
    click(dock.table.make_button)
    for (number, kind), strokes in STROKES.items():
        click(dock.palette_.buttons[number, kind])
        paint(viewer, *strokes)
    wait(dock.panel.run_button.isEnabled)
    click(dock.panel.run_button)
    wait(lambda: len(dock.curves.rows) >= 2 * EPOCHS_BEFORE, 4 * PATIENCE)
    click(dock.palette_.buttons[1, "is"])
    paint(viewer, *LATER)
    wait(lambda: len(dock.curves.rows) >= 5 * EPOCHS_BEFORE, 4 * PATIENCE)
    wait(lambda: False, 0.5)
    take(viewer, folder / "coarse_marks.png")
    click(dock.panel.cancel_button)
    wait(lambda: not dock.panel.is_running)


def paint(viewer: napari.Viewer, *strokes: tuple[int, int, int, int]) -> None:
    """Paint straight strokes: first row and column, last row and column."""
    layer = viewer.layers.selection.active
    for row, column, last_row, last_column in strokes:
        with layer.block_history():
            for share in np.linspace(0, 1, 60):
                place = (
                    row + share * (last_row - row),
                    column + share * (last_column - column),
                )
                layer.paint(place, layer.selected_label)


def scroll_to(widget: QWidget) -> None:
    """Bring a part of a dock into view."""
    area = widget.parentWidget()
    while area is not None and not isinstance(area, QScrollArea):
        area = area.parentWidget()
    wait(lambda: False, 0.2)
    if area is not None:
        area.ensureWidgetVisible(widget, 0, 0)
    wait(lambda: False, 0.2)


STROKES = {
    (1, "is"): [(45, 36, 60, 48), (118, 100, 130, 108), (250, 40, 268, 56)],
    (0, "is"): [(12, 12, 12, 270), (85, 20, 85, 250), (150, 300, 220, 300)],
    (1, "is not"): [(225, 40, 225, 170), (292, 90, 292, 330)],
}
"""Class and kind of mark to strokes on the coins."""
LATER = [(195, 350, 180, 362), (36, 330, 60, 342)]

PICTURES: dict[str, Callable[[napari.Viewer, Path], None]] = {
    "unsupervised": unsupervised,
    "label_noise": label_noise,
    "meta_structure_map": meta_structure_map,
    "train_labels": train_labels,
    "coarse_marks": coarse_marks,
    "trust_table": trust_table,
}


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/images"), *sys.argv[2:])
