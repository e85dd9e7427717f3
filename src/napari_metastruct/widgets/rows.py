"""Rows of a label and a control that line up from section to section."""

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QAbstractSpinBox, QComboBox, QFormLayout, QLabel, QWidget

__all__ = ["add_row", "new_rows"]

_LABEL_WIDTH = 84
_NUMBER_WIDTH = 72


def new_rows(parent: QWidget | None = None) -> QFormLayout:
    """Make a layout for rows; with a parent it becomes the parent's layout."""
    rows = QFormLayout() if parent is None else QFormLayout(parent)
    rows.setContentsMargins(0, 0, 0, 0)
    rows.setVerticalSpacing(4)
    rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    rows.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    return rows


def add_row(rows: QFormLayout, text: str, control: QWidget) -> None:
    """Add a row; the label has the control's tooltip."""
    label = QLabel(text)
    label.setMinimumWidth(_LABEL_WIDTH)
    label.setToolTip(control.toolTip())
    label.setBuddy(control)
    for box in (control, *control.findChildren(QWidget)):
        if isinstance(box, QComboBox):
            _let_shrink(box)
        elif isinstance(box, QAbstractSpinBox):
            # Qt makes room for the longest number of the range.
            box.setMinimumWidth(_NUMBER_WIDTH)
    rows.addRow(label, control)


def _let_shrink(box: QComboBox) -> None:
    """Keep a long entry, such as the name of a layer, from widening the dock."""
    policy = QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
    box.setSizeAdjustPolicy(policy)
    box.setMinimumContentsLength(8)
