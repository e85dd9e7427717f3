"""Jobs that make labels of images."""

from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator

from napari_metastruct.arrays import Channels, Region
from napari_metastruct.jobs.job import Job
from napari_metastruct.methods import IGTT, MENU, AnyMethod, method_named
from napari_metastruct.parameters import Count, Seed
from napari_metastruct.thresholding import Foreground
from napari_metastruct.training.settings import DeviceWish

__all__ = ["ApplyJob", "ImageJob", "OpenJob", "SegmentJob"]


def _by_name(value: object) -> object:
    return method_named(value) if isinstance(value, str) else value


class OpenJob(Job):
    """Which images, and how they are read."""

    images: tuple[str, ...] = ()
    """Files and folders; empty for an array or a layer."""
    output: str | None = None
    """Folder that the results are written to."""
    axes: str | None = None
    """One letter for each axis of the image, T C Z Y X S; empty: as the file says,
    or guessed from the shape."""
    channels: Channels = None
    """Channels to use: their numbers from 0, or their luminance."""
    level: Count = 0
    """Level of a multiscale image, 0 the finest."""


class ImageJob(OpenJob):
    """Which images, how they are read, and what is made of the result."""

    instances: bool = False
    """Number the objects, touching ones split, instead of one foreground mask."""
    min_size: Count = 0
    """Objects of fewer pixels are removed."""
    fill_holes: bool = False
    """Fill holes inside of objects (instances: always)."""
    probability: bool = False
    """Also give the probability of foreground."""
    device: DeviceWish = "auto"
    """Where to compute: auto takes CUDA, then Apple's MPS, then the CPU."""


class SegmentJob(ImageJob):
    """Segment images without labels."""

    task: Literal["segment"] = "segment"
    """Kind of job."""
    method: Annotated[AnyMethod, BeforeValidator(_by_name)] = IGTT()
    """How to segment, with all its settings."""
    foreground: Foreground = "auto"
    """Whether the objects are brighter or darker than what surrounds them; auto:
    whichever covers less of the image."""
    region: Region | None = None
    """Learn only from rows y0 to y1 and columns x0 to x1: y0, y1, x0, x1."""
    joint: bool = False
    """Learn one model from all images together instead of one for each."""
    save_model: bool = False
    """Also save what was learned, so that it can be applied to other images."""
    seed: Seed = 0
    """Same seed, same result on the CPU."""

    def method_name(self) -> str | None:
        """Return the method's name in the menu if its settings are untouched."""
        return next((n for n in MENU if self.method == method_named(n)), None)


class ApplyJob(ImageJob):
    """Segment images by a model that has learned before."""

    path_fields: ClassVar[tuple[str, ...]] = ("model", "images", "output")

    task: Literal["apply"] = "apply"
    """Kind of job."""
    model: str
    """The model's file, NAME.safetensors or NAME.json; or the folder of a training."""
