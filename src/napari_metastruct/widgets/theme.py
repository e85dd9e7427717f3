"""The colours of napari's window, now and when they change."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from napari.utils.theme import get_theme
from qtpy.QtWidgets import QWidget

from napari_metastruct.widgets.watching import watch

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = ["follow_theme"]


def follow_theme(
    viewer: "Viewer", widget: QWidget, use: Callable[[str, str], None]
) -> None:
    """Call `use(background, text)` now and whenever the theme changes."""

    def apply() -> None:
        theme = get_theme(viewer.theme)
        use(theme.background.as_hex(), theme.text.as_hex())

    apply()
    watch(widget, viewer.events.theme, apply)
