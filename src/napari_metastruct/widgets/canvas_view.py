"""What the canvas shows of a layer."""

from typing import TYPE_CHECKING

from napari_metastruct.errors import InputError

if TYPE_CHECKING:
    from napari.layers import Layer
    from napari.viewer import Viewer

__all__ = ["check_planes_shown"]


def check_planes_shown(viewer: "Viewer", layer: "Layer") -> None:
    """Refuse a view in which no plane of a layer is seen as it is.

    Raises
    ------
    InputError
        The canvas shows a volume, or other axes than rows and columns.
    """
    dims = viewer.dims
    if tuple(axis - dims.ndim for axis in dims.displayed) != (-2, -1):
        raise InputError(
            "The preview shows planes: switch the canvas to 2-D, with the rows and "
            f"columns of '{layer.name}' in front. Maps can be added all the same."
        )
