"""Images inside the scikit-image wheel."""

import numpy as np
from numpy.typing import NDArray

from napari_metastruct.errors import InputError

__all__ = ["BUNDLED", "bundled_image"]

BUNDLED = ("cell", "coins", "ihc", "microaneurysms", "retina")
"""Names of the images; none of them is downloaded."""


def bundled_image(name: str) -> NDArray[np.uint8]:
    """Return one of the images inside the scikit-image wheel, see `BUNDLED`.

    Raises
    ------
    InputError
        There is no such image.
    """
    from skimage import data

    if name not in BUNDLED:
        raise InputError(
            f"There is no bundled image '{name}'; there are {', '.join(BUNDLED)}."
        )
    function = {"ihc": "immunohistochemistry"}.get(name, name)
    return np.asarray(getattr(data, function)())
