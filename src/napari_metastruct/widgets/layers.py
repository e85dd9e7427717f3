"""Where a layer lies, and results that lie exactly on their image."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from napari.utils.colormaps import label_colormap
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from napari.layers import Image, Labels, Layer
    from napari.viewer import Viewer

__all__ = ["Geometry", "add_labels", "add_probability", "data_shape", "level_data"]

LABEL_COLOURS = 0.48
"""Seed of the colours: 1 is a yellow that is seen on dark and on light tissue, where
napari's own is a dark brown."""
METADATA_KEY = "napari_metastruct"
"""Under this name a result layer keeps what it was made with."""


@dataclass(frozen=True, slots=True, eq=False)
class Geometry:
    """Where the pixels of a layer lie in the world, for all of its axes.

    Attributes
    ----------
    scale, translate
        ``(D,)`` float.
    rotate, shear
        As the layer says: ``(D, D)`` matrix and ``(D (D - 1) / 2,)`` or matrix.
    affine
        ``(D + 1, D + 1)``, applied last.
    units, axis_labels
        One for each axis.
    """

    scale: NDArray[np.float64]
    translate: NDArray[np.float64]
    rotate: NDArray[np.float64]
    shear: NDArray[np.float64]
    affine: NDArray[np.float64]
    units: tuple[Any, ...]
    axis_labels: tuple[str, ...]

    @classmethod
    def of(cls, layer: "Layer") -> Self:
        """Take the geometry of a layer as it is now."""
        return cls(
            scale=np.array(layer.scale, dtype=float),
            translate=np.array(layer.translate, dtype=float),
            rotate=np.array(layer.rotate, dtype=float),
            shear=np.array(layer.shear, dtype=float),
            affine=np.array(layer.affine.affine_matrix, dtype=float),
            units=tuple(layer.units),
            axis_labels=tuple(layer.axis_labels),
        )

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.scale)

    @property
    def linear(self) -> NDArray[np.float64]:
        """``(D, D)`` matrix from data to world before `affine`."""
        shear = self.shear if self.shear.ndim == 2 else _upper(self.shear, self.ndim)
        return np.asarray(self.rotate @ shear @ np.diag(self.scale))

    def sampled(self, offset: ArrayLike, step: ArrayLike) -> "Geometry":
        """Return the geometry of pixels picked at ``offset + step * index``.

        Parameters
        ----------
        offset, step
            One for each axis, in pixels of this geometry.
        """
        return self._changed(
            scale=self.scale * np.asarray(step, dtype=float),
            translate=self.translate + self.linear @ np.asarray(offset, dtype=float),
        )

    def at_level(self, shape: ArrayLike, level_shape: ArrayLike) -> "Geometry":
        """Return the geometry of a coarser level of a pyramid.

        The outer edges of both levels lie on each other, as napari shows them.
        """
        factor = np.asarray(shape, dtype=float) / np.asarray(level_shape)
        return self.sampled((factor - 1) / 2, factor)

    def without_axis(self, axis: int) -> "Geometry":
        """Return the geometry of the other axes, as they are where `axis` is 0."""
        kept = [i for i in range(self.ndim) if i != axis]
        shear = self.shear if self.shear.ndim == 2 else _upper(self.shear, self.ndim)
        return Geometry(
            scale=self.scale[kept],
            translate=self.translate[kept],
            rotate=self.rotate[np.ix_(kept, kept)],
            shear=shear[np.ix_(kept, kept)],
            affine=self.affine[np.ix_([*kept, self.ndim], [*kept, self.ndim])],
            units=tuple(self.units[i] for i in kept),
            axis_labels=tuple(self.axis_labels[i] for i in kept),
        )

    def with_axis_as_one(self, axis: int, size: int) -> "Geometry":
        """Return the geometry of one pixel along `axis` that covers `size` of them."""
        shape, level = np.ones(self.ndim), np.ones(self.ndim)
        shape[axis] = size
        return self.at_level(shape, level)

    def for_layer(self) -> dict[str, Any]:
        """Return it as arguments of a new layer."""
        return {
            "scale": self.scale,
            "translate": self.translate,
            "rotate": self.rotate,
            "shear": self.shear,
            "affine": self.affine,
            "units": self.units,
            "axis_labels": self.axis_labels,
        }

    def _changed(self, **changes: Any) -> "Geometry":  # noqa: ANN401
        values = {name: getattr(self, name) for name in self.__slots__}
        return Geometry(**{**values, **changes})


def _upper(values: NDArray[np.float64], ndim: int) -> NDArray[np.float64]:
    matrix = np.eye(ndim)
    matrix[np.triu_indices(ndim, 1)] = values
    return matrix


def level_data(layer: "Layer", level: int = 0) -> Any:  # noqa: ANN401 - any array
    """Return the array of one level of a layer, the array itself where it has one."""
    return layer.data[level] if getattr(layer, "multiscale", False) else layer.data


def data_shape(layer: "Layer", level: int = 0) -> tuple[int, ...]:
    """Return the shape of a level without the samples (RGB) of a pixel."""
    shape = tuple(int(size) for size in level_data(layer, level).shape)
    return shape[:-1] if getattr(layer, "rgb", False) else shape


def add_labels(
    viewer: "Viewer",
    labels: NDArray[Any],
    geometry: Geometry,
    name: str,
    provenance: Mapping[str, Any],
) -> "Labels":
    """Add labels that lie on their image; never replaces a layer.

    Parameters
    ----------
    labels
        Unsigned integers, as many axes as `geometry`.
    provenance
        What the labels were made with, kept in the layer's metadata.
    """
    return viewer.add_labels(
        labels,
        name=name,
        colormap=label_colormap(49, LABEL_COLOURS, 0),
        metadata={METADATA_KEY: dict(provenance)},
        **geometry.for_layer(),
    )


def add_probability(
    viewer: "Viewer",
    probability: NDArray[np.float32],
    geometry: Geometry,
    name: str,
    provenance: Mapping[str, Any],
) -> "Image":
    """Add a probability, 0 to 1, that lies on its image; never replaces a layer."""
    return viewer.add_image(
        probability,
        name=name,
        colormap="magma",
        contrast_limits=(0.0, 1.0),
        blending="additive",
        visible=False,
        rgb=False,
        metadata={METADATA_KEY: dict(provenance)},
        **geometry.for_layer(),
    )
