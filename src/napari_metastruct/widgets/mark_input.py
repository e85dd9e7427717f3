"""An image layer with its marks, as the core learns from it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_metastruct.errors import InputError
from napari_metastruct.training.labelled import LabelledPair
from napari_metastruct.widgets.labels_input import LabelsInput
from napari_metastruct.widgets.layer_input import LayerInput
from napari_metastruct.widgets.layers import data_shape
from napari_metastruct.widgets.training_pair import (
    Classes,
    Colours,
    fitting_image,
    labels_like,
)

if TYPE_CHECKING:
    from napari.layers import Image, Labels

__all__ = ["UNMARKED", "MarkInput", "as_classes", "read_image", "read_marks"]

UNMARKED = -1
_LARGEST_SIDE = 4096
"""Of a pyramid the finest level is marked that is not larger."""


@dataclass(frozen=True, slots=True, eq=False)
class MarkInput:
    """What a run takes from an image; renaming or deleting its layers changes nothing.

    Attributes
    ----------
    image
        The image, and where its results lie.
    positive, negative
        Painted marks of what it is, and of what it is not; None: there are none.
    mask
        Class numbers of all pixels that are right; it goes before marks.
    """

    image: LayerInput
    positive: LabelsInput | None = None
    negative: LabelsInput | None = None
    mask: LabelsInput | None = None

    @property
    def name(self) -> str:
        """Name of the image."""
        return self.image.name

    @property
    def layers(self) -> dict[str, LabelsInput]:
        """What there is, by what it is called."""
        found = {
            "marks of what it is": self.positive,
            "marks of what it is not": self.negative,
            "mask": self.mask,
        }
        return {name: layer for name, layer in found.items() if layer is not None}

    def opened(self) -> LabelledPair:
        """Return it as the core takes it; nothing is read."""
        return self._pair(kept=False)

    def kept(self) -> LabelledPair:
        """Return it with marks that stay as they are now, though they are painted."""
        return self._pair(kept=True)

    def _pair(self, *, kept: bool) -> LabelledPair:
        stack = self.image.stack
        if self.mask is not None:
            right = Classes(self.mask, stack.shape, kept=kept)
            return LabelledPair(stack, right, trusted=True)
        positive, negative = (
            None if marks is None else _Painted(marks, stack.shape, kept=kept)
            for marks in (self.positive, self.negative)
        )
        nothing = np.broadcast_to(np.int16(UNMARKED), stack.shape)
        return LabelledPair(
            stack, nothing if positive is None else positive, negative=negative
        )


class _Painted:
    """Painted numbers as classes, of the shape of their image."""

    def __init__(
        self, source: LabelsInput, shape: tuple[int, ...], *, kept: bool
    ) -> None:
        self._values = Classes(source, shape, kept=kept)
        self.shape = self._values.shape
        self.dtype = np.dtype(np.int32)

    def __getitem__(self, place: Any) -> NDArray[Any]:  # noqa: ANN401
        return as_classes(self._values[place])

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel to another process as what needs no napari there."""
        make, arguments = self._values.__reduce__()
        return make, (*arguments, True)


def as_classes(painted: NDArray[Any]) -> NDArray[Any]:
    """Return the classes that painted numbers stand for, -1 where it is unmarked."""
    small = painted.dtype.itemsize == 1  # as in layers for marks; a plane may be large
    return painted.astype(np.int16 if small else np.int32) - 1


def read_image(layer: "Image | None", colours: Colours = "all") -> LayerInput:
    """Read an image as it is marked: of a pyramid a level that is not too large.

    Raises
    ------
    InputError
        There is none, or it cannot be read.
    """
    if layer is None:
        raise InputError("Open an image first, or a sample from the File menu.")
    levels = range(len(layer.data) if layer.multiscale else 1)
    shapes = [data_shape(layer, level) for level in levels]
    small = [shape for shape in shapes if max(shape[-2:]) <= _LARGEST_SIDE]
    # Nothing is wished for where the likeliest axes and the finest level will do.
    wanted = [] if len(small) == len(shapes) else small[:1] or shapes[-1:]
    return fitting_image(layer, wanted, colours)


def read_marks(
    image: "Image | None",
    positive: "Labels | None" = None,
    negative: "Labels | None" = None,
    mask: "Labels | None" = None,
    *,
    colours: Colours = "all",
) -> MarkInput:
    """Take from layers what a run needs; reads no pixel.

    Raises
    ------
    InputError
        There is no image, it has no marks, or a layer cannot be read or has another
        shape.
    """
    layers = [layer for layer in (positive, negative, mask) if layer is not None]
    read = read_image(image, colours)
    if image is None or not layers:
        raise InputError(
            f"'{read.name}' has no layers for marks yet: press 'Make mark layers'."
        )
    shapes = [data_shape(layer) for layer in layers]
    if read.shape not in shapes and read.stack.shape not in shapes:
        read = fitting_image(image, shapes, colours)
    found = MarkInput(
        read,
        *(
            None if layer is None else labels_like(layer, read)
            for layer in (positive, negative, mask)
        ),
    )
    _check_shapes(found)
    return found


def _check_shapes(found: MarkInput) -> None:
    for name, layer in found.layers.items():
        if layer.shape not in (found.image.shape, found.image.stack.shape):
            raise InputError(
                f"The {name} '{layer.name}' has the shape {layer.shape}, but its "
                f"image '{found.name}' has {found.image.shape}: choose the layer that "
                "belongs to this image, or 'none'."
            )
