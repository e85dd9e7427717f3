"""A Labels layer as the core reads it, by planes or by volumes."""

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from napari_metastruct.errors import InputError
from napari_metastruct.widgets.layers import Geometry, data_shape, level_data
from napari_metastruct.widgets.pixel_size import pixel_size

if TYPE_CHECKING:
    from napari.layers import Labels

__all__ = ["LabelsInput", "read_labels"]


@dataclass(frozen=True, slots=True, eq=False)
class LabelsInput:
    """What a dock takes from a Labels layer; renaming or deleting it changes nothing.

    Attributes
    ----------
    name
        Name of the layer.
    path
        File it came from, "" where there is none.
    data
        Its labels as the layer holds them, also lazy ones; `part` copies from here.
    level
        Of a multiscale layer, else 0.
    geometry
        Where they lie.
    together
        How many of the last axes belong together: 2 planes, 3 volumes.
    spacing
        Size of a pixel along each of these axes, in `unit`.
    unit
        "µm" ...; "px" where a pixel is the unit, "units" where nothing is known.
    as_one
        Whether all objects (labels above 0) count as class 1.
    """

    name: str
    path: str
    data: Any
    level: int
    geometry: Geometry
    together: int
    spacing: tuple[float, ...]
    unit: str
    as_one: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of all labels."""
        return tuple(int(size) for size in self.data.shape)

    @property
    def leading_shape(self) -> tuple[int, ...]:
        """Shape of the stack of planes or volumes, () without a stack."""
        return self.shape[: -self.together]

    @property
    def part_shape(self) -> tuple[int, ...]:
        """Shape of one plane or volume."""
        return self.shape[-self.together :]

    @property
    def axes(self) -> str | None:
        """One letter for each axis, as jobs name them; None if there are too many."""
        return "TZYX"[-len(self.shape) :] if len(self.shape) <= 4 else None

    def __len__(self) -> int:
        """How many planes or volumes there are."""
        return math.prod(self.leading_shape)

    def index(self, number: int) -> tuple[int, ...]:
        """Return the place of a plane or volume in the stack."""
        if not self.leading_shape:
            return ()
        return tuple(int(i) for i in np.unravel_index(number, self.leading_shape))

    def part(self, number: int, within: slice = slice(None)) -> NDArray[Any]:
        """Copy one plane or volume, so that painting goes on beside the work.

        Parameters
        ----------
        within
            Which rows of the plane, or planes of the volume.
        """
        return self.classes(np.array(self.data[(*self.index(number), within)]))

    def whole(self) -> NDArray[Any]:
        """Return everything at once."""
        return self.classes(np.asarray(self.data))

    def classes(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return labels as they are, or with all objects as class 1."""
        return np.minimum(values, 1) if self.as_one else values

    def in_pixels(self, length: float) -> tuple[float, ...]:
        """Return a length in pixels along each axis of a part."""
        return tuple(length / size for size in self.spacing)

    def bandwidth(self, length: float) -> float | tuple[float, ...]:
        """Return a length in pixels, one number where it is that along all axes."""
        sides = self.in_pixels(length)
        return sides[0] if len(set(sides)) == 1 else sides

    def objects_as_one(self, on: bool = True) -> Self:
        """Return the same with all objects as class 1, or with their own."""
        return replace(self, as_one=on)

    def now(self, layer: "Labels") -> Self:
        """Return the same with the labels that the layer holds now."""
        return replace(self, data=level_data(layer, self.level))

    def sentence(self) -> str:
        """Say how the layer will be read: "12 planes of 512 x 512 ..."."""
        count, kind = len(self), "plane" if self.together == 2 else "volume"
        size = " x ".join(map(str, self.part_shape))
        if count == 1:
            return f"1 {kind} of {size}"
        return f"{count} {kind}s of {size}, each by itself"


def read_labels(layer: "Labels", *, together: int = 2, level: int = 0) -> LabelsInput:
    """Take from a layer what a dock needs; reads no pixel.

    Parameters
    ----------
    together
        2: every plane by itself; 3: the last three axes are a volume.
    level
        Level of a multiscale layer, 0 the finest.

    Raises
    ------
    InputError
        It has too few axes, no pixels, or a volume's axes have units that do not fit.
    """
    data = level_data(layer, level)
    if data.ndim < together:
        raise InputError(f"'{layer.name}' has {data.ndim} axes: it is no volume.")
    shape, level_shape = data_shape(layer), data_shape(layer, level)
    if 0 in level_shape:
        raise InputError(f"'{layer.name}' is empty: its shape is {level_shape}.")
    geometry = Geometry.of(layer).at_level(shape, level_shape)
    spacing, unit = pixel_size(geometry, together, layer.name)
    path = str(layer.source.path or "")
    return LabelsInput(layer.name, path, data, level, geometry, together, spacing, unit)
