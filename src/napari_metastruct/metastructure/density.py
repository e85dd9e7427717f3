"""Meta-structures as densities: one map per class of how its pixels lie in space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_metastruct.metastructure.bandwidth import (
    Bandwidth,
    auto_bandwidth,
    open_window,
)
from napari_metastruct.metastructure.classes import open_classes, wanted_classes
from napari_metastruct.metastructure.kernels import Kernel, Window
from napari_metastruct.metastructure.sampling import Transition, sampling_error
from napari_metastruct.metastructure.shares import class_shares, mixed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = [
    "Bandwidth",
    "Densities",
    "Kernel",
    "auto_bandwidth",
    "density",
    "expected_density",
    "sampling_error",
]


@dataclass(frozen=True, slots=True, eq=False)
class Densities:
    """One density map per class.

    Attributes
    ----------
    maps
        ``(classes, *shape)`` float32, 0 or more, share of the class per pixel; per unit
        of area or volume it is that over the size of a pixel.
    classes
        Class number of each map.
    counts
        Pixels of each class; of an expected density their mean, so with fractions.
    kernel
        Its name.
    bandwidth
        In pixels, one per axis: the standard deviation of a gaussian, else the
        half-width of the kernel.
    edge_corrected
        Whether the maps are divided by the kernel's share inside the domain.
    domain
        ``shape`` bool, False where the label is -1; None where all pixels count.
    """

    maps: NDArray[np.float32]
    classes: tuple[int, ...]
    counts: tuple[float, ...]
    kernel: Kernel
    bandwidth: tuple[float, ...]
    edge_corrected: bool
    domain: NDArray[np.bool_] | None = None

    @property
    def window(self) -> Window:
        """The kernel of the maps in their size."""
        return Window(self.kernel, self.bandwidth)


def density(
    labels: NDArray[Any],
    bandwidth: Bandwidth = "auto",
    kernel: Kernel = "gaussian",
    *,
    classes: Sequence[int] | None = None,
    spacing: Sequence[float] | None = None,
    edge_correction: bool = False,
    device: str = "cpu",
) -> Densities:
    """Estimate the density of each class (Luo et al., Eq. 8).

    The N pixels of a class are points. Its map at x is the sum of the kernel over the
    points around x, over N and over the kernel's own sum. So each map adds up to 1 over
    the whole plane; what a kernel spreads beyond the image is missing in the image.

    With edge correction the map is also divided by the share of the kernel that lies
    inside the domain, the pixels of the image that are not -1. Then a class that is
    spread evenly has the same value everywhere, also in a corner, and the maps of all
    classes, each times its N, add up to 1 at every pixel; so over the domain the sums
    of the maps have a mean of 1, weighted by N, and each is only about 1.

    Ignored pixels are no points and no domain. The maps have a value there, too, from
    what is around them (0 if that is nothing), so that a label of few pixels has a map
    as smooth as the full one.

    Parameters
    ----------
    labels
        ``(Y, X)`` or ``(Z, Y, X)`` class map of any integer type; -1 is ignored.
    bandwidth
        In units of `spacing`, one for all axes or one per axis, or "auto" (see
        `auto_bandwidth`): half-width of box, disc and epanechnikov, standard deviation
        of gaussian.
    kernel
        "box", "gaussian", "epanechnikov" or "disc", as `Window` defines them. The box
        is exact up to float32 and costs the same for every bandwidth; the disc is
        exact, too, at a cost that grows as its logarithm, and epanechnikov within 1e-5
        of the kernel's peak; the gaussian is within 5e-4, and wide ones are cheaper.
    classes
        Which ones, in the order of the maps; None: all that the labels hold.
    spacing
        Size of a pixel, one per axis; None: the bandwidth is in pixels.
    edge_correction
        Divide by the share of the kernel inside the domain.
    device
        "cpu" needs no PyTorch; "cuda", "mps" ... use it, "torch-cpu" on the processor.

    Raises
    ------
    InputError
        Labels, classes, bandwidth, kernel, spacing or device cannot be used.
    """
    points = open_classes(labels)
    window = open_window(points, bandwidth, kernel, spacing)
    chosen = wanted_classes(classes, points.counts)
    maps = class_shares(points, chosen, window, edge_correction, device)
    counts = tuple(points.counts[number] for number in chosen)
    for plane, count in zip(maps, counts, strict=True):
        plane /= np.float32(count)
    return Densities(
        maps, chosen, counts, kernel, window.half, edge_correction, points.domain
    )


def expected_density(
    clean: NDArray[Any],
    matrix: NDArray[Any],
    bandwidth: Bandwidth = "auto",
    kernel: Kernel = "gaussian",
    *,
    classes: Sequence[int] | None = None,
    spacing: Sequence[float] | None = None,
    edge_correction: bool = False,
    device: str = "cpu",
) -> Densities:
    """Return the density that a noisy label has in expectation (Lemma 1, Eq. 7).

    Nothing is drawn: noisy class m lies around x as the clean classes j do, each with
    its chance to be given as m, ``sum of Q[j, m] S_j(x)``, over its expected number of
    pixels. The ratio of two expectations is that of the density up to 1 over the number
    of pixels; how far a drawn label lies from it says `sampling_error`.

    Parameters
    ----------
    clean
        Class map as for `density`.
    matrix
        ``(M, M)`` noise transition matrix Q: ``Q[i, j]`` is the chance that a pixel of
        class i is given as class j. Rows of classes that `clean` lacks are not read.
    bandwidth, kernel, spacing, edge_correction, device
        As for `density`.
    classes
        Which noisy classes; None: all that can occur.

    Raises
    ------
    InputError
        As `density`; or the matrix is not square, has values that are no chances, rows
        that do not add up to 1, or no row for a class of `clean`.
    """
    points = open_classes(clean, "clean")
    window = open_window(points, bandwidth, kernel, spacing)
    transition = Transition(matrix, points)
    chosen = wanted_classes(classes, transition.counts, "the noisy label")
    counts = tuple(transition.counts[number] for number in chosen)
    shares = class_shares(points, tuple(points.counts), window, edge_correction, device)
    maps = mixed(shares, transition.chances[:, list(chosen)] / np.array(counts))
    return Densities(
        maps, chosen, counts, kernel, window.half, edge_correction, points.domain
    )
