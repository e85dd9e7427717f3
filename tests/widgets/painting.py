"""Painting on the canvas as a hand does."""

from typing import Any

import numpy as np
from qtpy.QtCore import QPoint, Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QWidget

Viewer = Any
Point = tuple[float, float]


def drag(viewer: Viewer, start: Point, end: Point) -> None:
    """Press the mouse at one point of the world, and let go of it at another."""
    canvas = _canvas()
    first, last = (_on_canvas(viewer, point) for point in (start, end))
    test: Any = QTest  # Qt's own annotations take `self` for an argument
    left = Qt.MouseButton.LeftButton
    test.mousePress(canvas, left, pos=first)
    test.mouseMove(canvas, last)
    QApplication.processEvents()
    test.mouseRelease(canvas, left, pos=last)


def stroke(layer: Any, start: Point, end: Point, plane: tuple[int, ...] = ()) -> None:  # noqa: ANN401
    """Paint a stroke in pixels of the layer, as one that can be undone at once."""
    with layer.block_history():
        for share in np.linspace(0, 1, 9):
            row, column = np.array(start) + share * np.subtract(end, start)
            layer.paint((*plane, row, column), layer.selected_label)


def _canvas() -> QWidget:
    (canvas,) = (
        widget
        for window in QApplication.topLevelWidgets()
        for widget in window.findChildren(QWidget)
        if type(widget).__name__ == "CanvasBackendDesktop"
    )
    return canvas


def _on_canvas(viewer: Viewer, point: Point) -> QPoint:
    """Return where a point of the world is on the canvas, in 2-D."""
    camera = viewer.scene.camera
    # What napari takes for the canvas; it is another as long as no window is shown.
    middle = np.array(viewer.canvas.size) / 2
    row, column = middle + (np.array(point) - camera.center[-2:]) * camera.zoom
    return QPoint(round(column), round(row))
