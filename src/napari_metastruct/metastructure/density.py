"""Meta-structures as densities: one map per class of how its pixels lie in space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
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

Kernel = Literal["box", "gaussian", "epanechnikov", "disc"]
Bandwidth = float | tuple[float, ...] | Literal["auto"]


@dataclass(frozen=True, slots=True, eq=False)
class Densities:
    """One density map per class.

    Attributes
    ----------
    maps
        ``(classes, *shape)`` float32, per pixel.
    classes
        Class number of each map.
    counts
        Pixels of each class; expected ones, with fractions, from `expected_density`.
    kernel
        Its name.
    bandwidth
        In pixels, one per axis.
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
    """Estimate the density of each class (Luo et al., Eq. 8)."""
    raise NotImplementedError


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
    """Return the density that a noisy label has in expectation (Lemma 1, Eq. 7)."""
    raise NotImplementedError


def sampling_error(
    clean: NDArray[Any],
    matrix: NDArray[Any],
    bandwidth: Bandwidth = "auto",
    kernel: Kernel = "gaussian",
    *,
    classes: Sequence[int] | None = None,
    spacing: Sequence[float] | None = None,
    edge_correction: bool = False,
) -> NDArray[np.float32]:
    """Return the standard deviation of a drawn label's density, ``(classes, *shape)``."""
    raise NotImplementedError


def auto_bandwidth(
    labels: NDArray[Any], *, spacing: Sequence[float] | None = None
) -> float:
    """Return a bandwidth of half an object's width, in units of `spacing`."""
    raise NotImplementedError
