"""Sections of a dock that can be closed."""

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget
from superqt import QCollapsible

__all__ = ["collapsible", "column", "refit", "scrolling"]


def collapsible(title: str, content: QWidget) -> QCollapsible:
    """Make a section that is closed at first and opens without a show."""
    section = QCollapsible(title)
    section.setDuration(0)
    section.setContent(content)
    layout = section.layout()
    if layout is not None:
        layout.setContentsMargins(0, 0, 0, 0)
    section.toggleButton().setToolTip(f"Show or hide: {title.lower()}.")
    return section


def refit(section: QCollapsible) -> None:
    """Give an open section the height of its new content."""
    if section.isExpanded():
        section.collapse(animate=False)
        section.expand(animate=False)


def column(*widgets: QWidget) -> QWidget:
    """Put widgets one below the other, without room lost at the sides."""
    holder = QWidget()
    layout = QVBoxLayout(holder)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(6)
    for widget in widgets:
        layout.addWidget(widget)
    layout.addStretch(1)
    return holder


def scrolling(content: QWidget) -> QScrollArea:
    """Let a tall content scroll up and down, so that small screens do."""
    area = QScrollArea()
    area.setWidget(content)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return area
