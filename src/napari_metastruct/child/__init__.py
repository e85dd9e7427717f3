"""A job in a fresh Python of its own, read here as the same stream of events."""

from napari_metastruct.child.failure import ChildDiedError
from napari_metastruct.child.steps import steps_in_child

__all__ = ["ChildDiedError", "steps_in_child"]
