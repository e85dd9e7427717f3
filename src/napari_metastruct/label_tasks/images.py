"""Labels of a file or an array as a row of images: planes, or volumes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_metastruct.arrays import ImageStack, check_labels
from napari_metastruct.errors import InputError
from napari_metastruct.label_tasks.report import as_one

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["OpenLabels"]


@dataclass(frozen=True, eq=False)
class OpenLabels(Sequence[NDArray[Any]]):
    """The images of one label file, read when they are asked for.

    An image is what is worked on by itself: a plane ``(Y, X)``, or on wish a volume
    ``(Z, Y, X)``; further axes number them, in C order. Each is an integer class map
    with -1 for what is ignored.

    Attributes
    ----------
    stack
        All planes.
    volume
        Whether planes along Z, where there are any, are taken together.
    as_one
        Whether all classes above 0 are taken as 1.
    pixel_size, unit
        Size of a pixel along the axes that are known, see `ImageFile`.
    """

    stack: ImageStack
    volume: bool = False
    as_one: bool = False
    pixel_size: Mapping[str, float] = field(default_factory=dict)
    unit: str = ""

    @property
    def name(self) -> str:
        """Name for messages."""
        return self.stack.name

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the whole."""
        return self.stack.shape

    @property
    def axes(self) -> str:
        """Letters of the whole: leading axes, then ``YX``."""
        return self._leading + "YX"

    @property
    def image_axes(self) -> str:
        """Letters of one image: ``YX`` or ``ZYX``."""
        return "ZYX" if self._deep else "YX"

    def spacing(self) -> tuple[float, ...]:
        """Return the size of a pixel along the axes of an image.

        Raises
        ------
        InputError
            The file does not say.
        """
        unknown = [
            letter for letter in self.image_axes if letter not in self.pixel_size
        ]
        if unknown:
            raise InputError(
                f"'{self.name}' does not say how large its pixels are along "
                f"{', '.join(unknown)}: give the bandwidth in pixels instead."
            )
        return tuple(self.pixel_size[letter] for letter in self.image_axes)

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self._planes)

    def __getitem__(self, index: int) -> NDArray[Any]:  # type: ignore[override]
        """Read one image.

        Raises
        ------
        InputError
            It holds values below -1.
        """
        planes = [self.stack.raw_plane(plane)[0] for plane in self._planes[index]]
        values = np.stack(planes) if self._deep else planes[0]
        labels = check_labels(values, self.name)
        return as_one(labels) if self.as_one else labels

    def assembled(self, images: Iterable[NDArray[Any]]) -> NDArray[Any]:
        """Put results of all images together to an array of the whole shape."""
        results = list(images)
        whole = np.empty(
            (len(self.stack), *self.stack.plane_shape), np.result_type(*results)
        )
        for planes, result in zip(self._planes, results, strict=True):
            whole[planes] = result
        return whole.reshape(self.shape)

    @property
    def _leading(self) -> str:
        return "".join(letter for letter in self.stack.axes if letter not in "CYXS")

    @property
    def _deep(self) -> bool:
        return self.volume and "Z" in self._leading

    @cached_property
    def _planes(self) -> NDArray[np.intp]:
        """Numbers of the planes of each image, ``(images, depth)``."""
        numbers = np.arange(len(self.stack)).reshape(self.stack.leading_shape)
        if not self._deep:
            return numbers.reshape(-1, 1)
        depth = self._leading.index("Z")
        return np.moveaxis(numbers, depth, -1).reshape(-1, numbers.shape[depth])
