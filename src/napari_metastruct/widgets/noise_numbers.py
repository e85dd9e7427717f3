"""What a noise has done, in numbers: kinds of errors, classes, matrix, verdict."""

from typing import Any

import numpy as np
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QLabel, QVBoxLayout, QWidget

from napari_metastruct.noise import ERRORS, NoiseReport
from napari_metastruct.widgets.matrix_table import MatrixTable
from napari_metastruct.widgets.noise_colours import ERROR_COLOURS
from napari_metastruct.widgets.noise_compared import Compared
from napari_metastruct.widgets.small_table import SmallTable, cell

__all__ = ["NoiseNumbers"]

_COLUMNS = {
    "Wrong": "Share of this class's pixels that are given another class.",
    "Dice": "Overlap of clean and noisy pixels of this class: 1 is the same, 0 none.",
    "IoU": "Intersection over union of this class: 1 is the same, 0 none.",
}
_MOST_CLASSES = 24  # a larger matrix is read by nobody, and takes time
_KINDS = {
    1: "missed: an object became background",
    2: "added: background became an object",
    3: "swapped: an object got another class",
    4: "left out: the pixel became -1, which nothing learns from",
}


class NoiseNumbers(QWidget):
    """The numbers of one comparison."""

    def __init__(self) -> None:
        super().__init__()
        self.headline = _text("What these numbers are of.")
        self.legend = _text("<br>".join(_KINDS.values()))
        self.by_class = SmallTable(64)
        self.matrix = MatrixTable()
        self.caption = _text("Each row is a clean class, each column a noisy one.")
        self.caption.setText("Noise transition matrix (rows clean, columns noisy)")
        self.verdict = _text(
            "The rank of the matrix is the number of classes that can be told apart."
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        self._tables = (self.by_class, self.caption, self.matrix, self.verdict)
        for widget in (self.headline, self.legend, *self._tables):
            layout.addWidget(widget)
        self.clear("")

    def clear(self, sentence: str) -> None:
        """Show no numbers, but a sentence."""
        self.headline.setText(sentence)
        self.headline.setVisible(bool(sentence))
        for widget in (self.legend, *self._tables):
            widget.hide()

    def show_compared(self, title: str, compared: Compared) -> None:
        """Show numbers.

        Parameters
        ----------
        title
            What they are of: "Plane 3 of 12".
        """
        self.clear(f"{title}: {compared.why_not or _summary(compared)}")
        self.legend.setText(legend(compared))
        self.legend.show()
        if compared.report is not None:
            self._show_report(compared.report)

    def _show_report(self, report: NoiseReport) -> None:
        transition, count = report.transition, len(report.classes)
        self._fill_classes(report)
        shown = slice(_MOST_CLASSES)
        self.matrix.show_matrix(
            transition.matrix[shown, shown], transition.classes[shown]
        )
        more = (
            f" (the first {_MOST_CLASSES} of {count})" if count > _MOST_CLASSES else ""
        )
        self.caption.setText(
            f"Noise transition matrix: rows clean, columns noisy{more}"
        )
        self.verdict.setText(
            f"<b>Rank {transition.rank} of {count}.</b> {transition.verdict}"
        )
        for widget in self._tables:
            widget.show()

    def _fill_classes(self, report: NoiseReport) -> None:
        table = self.by_class
        table.name([f"class {value}" for value in report.classes], list(_COLUMNS))
        wrong = report.transition.error_by_class
        for row, values in enumerate(zip(wrong, report.dice, report.iou, strict=True)):
            texts = (_percent(values[0]), _ratio(values[1]), _ratio(values[2]))
            for column, help_ in enumerate(_COLUMNS.values()):
                table.setItem(row, column, cell(texts[column], help_))
        table.fit()


def legend(compared: Compared | None = None) -> str:
    """Return the colours of the kinds of errors, with their shares, as rich text."""
    parts = []
    for kind, colour in ERROR_COLOURS.items():
        red, green, blue = (round(255 * part) for part in colour[:3])
        share = "" if compared is None else f" {_percent(compared.shares[kind])}"
        square = f'<span style="color: rgb({red}, {green}, {blue});">&#9632;</span>'
        words = f"{ERRORS[kind]}{share}".replace(" ", "&nbsp;")
        parts.append(f"{square}&nbsp;{words}&nbsp;")
    return " ".join(parts)


def _summary(compared: Compared) -> str:
    report = compared.report
    if report is None:
        return compared.why_not
    return (
        f"<b>{_percent(report.transition.error_rate)} wrong</b>, mean Dice "
        f"{_ratio(report.mean_dice)}, mean IoU {_ratio(report.mean_iou)}"
    )


def _percent(value: Any) -> str:  # noqa: ANN401 - a number of any kind
    return "-" if np.isnan(value) else f"{100 * value:.1f} %"


def _ratio(value: Any) -> str:  # noqa: ANN401 - a number of any kind
    return "-" if np.isnan(value) else f"{value:.3f}"


def _text(help_: str) -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    label.setToolTip(help_)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
