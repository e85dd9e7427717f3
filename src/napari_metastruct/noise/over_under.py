"""Over- and under-annotation of a set of images to a mean IoU."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import Field

from napari_metastruct.noise.noise import Noise, Rng

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from napari_metastruct.progress import Steps

__all__ = ["OverUnder", "over_under"]


def over_under(
    images: Sequence[NDArray[Any]], target_iou: float = 0.6, *, seed: int = 0
) -> list[NDArray[Any]]:
    """Grow some images' objects and shrink the others', to a mean IoU of the set."""
    raise NotImplementedError


class OverUnder(Noise):
    """Objects grown in some images and shrunk in others, to a mean IoU of the set."""

    title: ClassVar[str] = "Over- and under-annotation"
    reference: ClassVar[str] = "ADELE, CVPR 2022, appendix B.2"
    needs_images: ClassVar[bool] = True

    name: Literal["over-under"] = "over-under"
    """Name of the noise."""
    target_iou: Annotated[float, Field(gt=0, le=1)] = 0.6
    """Mean IoU with the clean labels that the set is brought to."""
    largest: Annotated[float, Field(ge=0)] | None = None
    """Most pixels that a boundary moves; auto: found from the set and its mean IoU."""

    def prepare_steps(
        self, images: Sequence[NDArray[Any]], seed: int, place: int
    ) -> Steps[Self]:
        """Find how far boundaries have to move."""
        raise NotImplementedError

    def apply(self, labels: NDArray[Any], rng: Rng = None) -> NDArray[Any]:
        """Return noisy labels."""
        raise NotImplementedError
