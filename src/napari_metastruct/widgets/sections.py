"""Sections of a dock that can be closed, and what holds them."""

from qtpy.QtCore import QEvent, QObject, QSize, Qt
from qtpy.QtGui import QColor, QPalette
from qtpy.QtWidgets import QFrame, QScrollArea, QSizePolicy, QVBoxLayout, QWidget
from superqt import QCollapsible

__all__ = ["Section", "column", "scrolling"]

_ARROW = QColor("#868e96")
"""Seen on a dark and on a light theme; superqt's own is black."""
_NO_LIMIT = 16777215


class Section(QCollapsible):
    """A titled section, closed at first, that opens at once.

    superqt gives the content the height it had when it was opened; here it may
    change, because other methods have other settings.
    """

    def __init__(self, title: str, content: QWidget) -> None:
        super().__init__(title)
        button = self.toggleButton()
        button.setToolTip(f"Show or hide: {title.lower()}.")
        palette = button.palette()
        palette.setColor(QPalette.ColorRole.WindowText, _ARROW)
        button.setPalette(palette)
        self.setExpandedIcon("▼")
        self.setCollapsedIcon("▶")
        self.setDuration(0)
        # superqt's own policy cuts off text that wraps to more lines than foreseen.
        preferred = QSizePolicy.Policy.Preferred
        self.setSizePolicy(preferred, preferred)
        self.setContent(content)
        self.setSpacing()
        content.hide()
        self.toggled.connect(self._show_content)

    def setSpacing(self, pixels: int = 0) -> None:  # noqa: N802 - Qt's habit
        """Set the room around the section."""
        layout = self.layout()
        if layout is not None:
            layout.setContentsMargins(pixels, pixels, pixels, pixels)

    def open(self) -> None:
        """Show the content."""
        self.expand(animate=False)

    def _show_content(self, on: bool) -> None:
        content = self.content()
        content.setVisible(on)
        content.setMaximumHeight(_NO_LIMIT)


class _Area(QScrollArea):
    """Scrolls up and down only, and is never too narrow for its content."""

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the least size: any height, the content's width."""
        hint = super().minimumSizeHint()
        content, bar = self.widget(), self.verticalScrollBar()
        if content is None or bar is None:
            return hint
        width = content.minimumSizeHint().width() + bar.sizeHint().width()
        return QSize(width, min(hint.height(), 80))

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:  # noqa: N802
        """Ask for more room when a section of the content is opened."""
        if event is not None and event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return bool(super().eventFilter(watched, event))


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
    """Let a tall content scroll, so that the dock fits small screens."""
    area = _Area()
    area.setWidget(content)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return area
