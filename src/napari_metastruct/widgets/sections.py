"""Sections of a dock that can be closed, and what holds them."""

from qtpy.QtCore import QEvent, QObject, QPoint, QSize, Qt, QTimer
from qtpy.QtGui import QColor, QPalette
from qtpy.QtWidgets import QFrame, QScrollArea, QSizePolicy, QVBoxLayout, QWidget
from superqt import QCollapsible

__all__ = ["ScrollArea", "Section", "column", "scrolling"]

_ARROW = QColor("#868e96")
"""Seen on a dark and on a light theme; superqt's own is black."""
_NO_LIMIT = 16777215
_SETTLING_MS = 500


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


class ScrollArea(QScrollArea):
    """Scrolls up and down only, and is never too narrow for its content."""

    def __init__(self) -> None:
        super().__init__()
        self._wanted: QWidget | None = None
        bar = self.verticalScrollBar()
        if bar is not None:
            bar.rangeChanged.connect(self._go)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the least size: any height, the content's width."""
        hint = super().minimumSizeHint()
        content, bar = self.widget(), self.verticalScrollBar()
        if content is None or bar is None:
            return hint
        width = content.minimumSizeHint().width() + bar.sizeHint().width()
        return QSize(width, min(hint.height(), 80))

    def go_to(self, part: QWidget) -> None:
        """Scroll until a part of the content is on top, or the end is seen.

        The focus stays where it is. A content that has just changed finds its height
        in several steps, which are followed for a moment.
        """
        self._wanted = part
        self._go()
        QTimer.singleShot(_SETTLING_MS, self._stay)

    def _go(self) -> None:
        content, bar, part = self.widget(), self.verticalScrollBar(), self._wanted
        if content is not None and bar is not None and part is not None:
            bar.setValue(part.mapTo(content, QPoint(0, 0)).y())

    def _stay(self) -> None:
        self._wanted = None

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


def scrolling(content: QWidget) -> ScrollArea:
    """Let a tall content scroll, so that the dock fits small screens."""
    area = ScrollArea()
    area.setWidget(content)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return area
