"""The numbers of a comparison, class by class."""

import math

from napari_metastruct.label_tasks import Comparison
from napari_metastruct.widgets.small_table import SmallTable, cell

__all__ = ["ScoresTable", "as_text", "columns_of"]

_ROWS = {
    "Dice": "Dice score of the pixels: 0 (no overlap) to 1 (the same).",
    "IoU": "Intersection over union of the pixels: 0 to 1 (the same).",
    "Correlation": "Pearson correlation of the density maps: -1 to 1 (alike up to a "
    "factor).",
    "JS distance": "Jensen-Shannon distance of the density maps: 0 (the same) to 1.",
    "Overlap": "Shared part of the density maps: 0 to 1 (the same).",
}
_MEASURES = ("pearson", "jensen_shannon", "overlap")


class ScoresTable(SmallTable):
    """Columns are classes and their mean; pixels above, density maps below."""

    def __init__(self) -> None:
        super().__init__(50)
        self.setToolTip(
            "Agreement of the pixels (Dice, IoU) and of the density maps (correlation, "
            "Jensen-Shannon distance, overlap) for each class; '-' where a class is "
            "only in one of the labels. Mean Dice and IoU: without the background."
        )

    def show_comparison(self, result: Comparison) -> None:
        """Show the numbers."""
        columns = columns_of(result)
        self.name(list(_ROWS), list(columns))
        for i, (name, help_) in enumerate(_ROWS.items()):
            header = self.verticalHeaderItem(i)
            if header is not None:
                header.setToolTip(help_)
            for j, (title, values) in enumerate(columns.items()):
                text = "-" if math.isnan(values[i]) else f"{values[i]:.3f}"
                self.setItem(i, j, cell(text, f"{name}, {title}. {help_}"))
        self.fit()


def columns_of(result: Comparison) -> dict[str, list[float]]:
    """Return name of a class to its numbers, row by row; the last is "mean"."""
    report = result.report
    columns = {
        f"class {number}": [
            float(report.dice[place]),
            float(report.iou[place]),
            *(_of_class(result, name, number) for name in _MEASURES),
        ]
        for place, number in enumerate(report.classes)
    }
    means = (getattr(result.densities, name) for name in _MEASURES)
    alike = [float(values.mean()) if len(values) else math.nan for values in means]
    return columns | {"mean": [report.mean_dice, report.mean_iou, *alike]}


def as_text(result: Comparison) -> str:
    """Return the table with tabs, as spreadsheets take it."""
    columns = columns_of(result)
    lines = [["", *columns]]
    for place, name in enumerate(_ROWS):
        lines.append([name, *(f"{values[place]:.6g}" for values in columns.values())])
    return "\n".join("\t".join(line) for line in lines)


def _of_class(result: Comparison, name: str, number: int) -> float:
    found = result.densities
    if number not in found.classes:
        return math.nan
    return float(getattr(found, name)[found.classes.index(number)])
