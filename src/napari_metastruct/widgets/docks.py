"""The docks of this plugin, found and opened by their names."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = [
    "APPLY_MODEL",
    "COARSE_MARKS",
    "COMPARE_LABELS",
    "LABEL_NOISE",
    "META_STRUCTURE_MAP",
    "TRAIN_LABELS",
    "UNSUPERVISED",
    "find_docks",
    "open_dock",
]

PLUGIN = "napari-metastruct"
UNSUPERVISED = "Unsupervised segmentation"
APPLY_MODEL = "Apply model"
LABEL_NOISE = "Label noise"
META_STRUCTURE_MAP = "Meta-structure map"
COMPARE_LABELS = "Compare labels"
TRAIN_LABELS = "Train on noisy labels"
COARSE_MARKS = "Train on coarse marks"


def open_dock(viewer: "Viewer", name: str) -> Any:  # noqa: ANN401 - its widget
    """Open a dock, or bring it to the front, and return its widget.

    It shares its place with the docks that are there, rather than squeezing them.
    """
    dock, widget = viewer.window.add_plugin_dock_widget(PLUGIN, name, tabify=True)
    dock.show()
    dock.raise_()
    return widget


def find_docks(viewer: "Viewer", kind: type) -> list[Any]:
    """Return the widgets of a class that are open."""
    return [w for w in viewer.window.dock_widgets.values() if isinstance(w, kind)]
