"""Colours of marks, the same as those of the classes in every result."""

import numpy as np
from napari.utils.colormaps import CyclicLabelColormap, label_colormap
from numpy.typing import NDArray
from qtpy.QtCore import QSize, Qt
from qtpy.QtGui import QColor, QIcon, QPainter, QPen, QPixmap

from napari_metastruct.widgets.layers import LABEL_COLOURS

__all__ = ["BACKGROUND_COLOUR", "ICON_SIZE", "class_icon", "mark_colours"]

BACKGROUND_COLOUR = (0.18, 0.55, 1.0, 1.0)
"""Of marks that say "background", which in a result has no colour."""
ICON_SIZE = QSize(14, 14)
_COUNT = 49


def mark_colours() -> CyclicLabelColormap:
    """Return the colours of painted numbers: 1 is background, n is class n - 1."""
    return CyclicLabelColormap(colors=_table(), name="marks")


def class_icon(number: int, *, hollow: bool = False) -> QIcon:
    """Draw a swatch in the colour of a class: filled for "is", hollow for "is not"."""
    colour = QColor.fromRgbF(*(float(value) for value in _table()[number + 1]))
    pixmap = QPixmap(ICON_SIZE)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour, 2.5))
    if not hollow:
        painter.setBrush(colour)
    painter.drawEllipse(2, 2, ICON_SIZE.width() - 4, ICON_SIZE.height() - 4)
    painter.end()
    return QIcon(pixmap)


def _table() -> NDArray[np.float32]:
    """Return the colour of each painted number, ``(numbers, 4)``; 0 has none."""
    classes = np.asarray(label_colormap(_COUNT, LABEL_COLOURS, 0).map(_numbers()))
    return np.concatenate([[(0, 0, 0, 0)], [BACKGROUND_COLOUR], classes]).astype(
        np.float32
    )


def _numbers() -> NDArray[np.int_]:
    return np.arange(1, _COUNT)
