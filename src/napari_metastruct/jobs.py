"""A whole run as one frozen value, and the file that holds it.

The dock, the command line, a script and a job file all make a `SegmentJob`; the
same job gives the same labels everywhere.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BeforeValidator

from napari_metastruct.arrays import Channels, Region
from napari_metastruct.errors import InputError
from napari_metastruct.files import writing
from napari_metastruct.methods import IGTT, MENU, AnyMethod, method_named
from napari_metastruct.parameters import Count, Parameters, Seed
from napari_metastruct.thresholding import Foreground
from napari_metastruct.training.settings import DeviceWish

__all__ = ["AnyJob", "ApplyJob", "ImageJob", "SegmentJob", "load_job"]


def _by_name(value: object) -> object:
    return method_named(value) if isinstance(value, str) else value


class ImageJob(Parameters):
    """Which images, how they are read, and what is made of the result."""

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

    def to_yaml(self) -> str:
        """Return the job as the text of a job file."""
        fields = self.model_dump(mode="json")
        text: str = yaml.safe_dump(fields, sort_keys=False, allow_unicode=True)
        return text

    def save(self, path: Path | str) -> None:
        """Write the job file, whole or not at all."""
        with writing(Path(path)) as new:
            new.write_text(self.to_yaml(), encoding="utf-8")


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

    task: Literal["apply"] = "apply"
    """Kind of job."""
    model: str
    """The model's file, NAME.safetensors or NAME.json."""


AnyJob = SegmentJob | ApplyJob
"""Any job that a file can hold."""


def load_job(path: Path | str) -> AnyJob:
    """Read a job file.

    Raises
    ------
    InputError
        The file is missing or no YAML, or a field is unknown or out of range.
    """
    fields = _read_fields(path)
    kinds: dict[str, type[SegmentJob | ApplyJob]]
    kinds = {"segment": SegmentJob, "apply": ApplyJob}
    task = str(fields.get("task", "segment"))
    if task not in kinds:
        raise InputError(
            f"The job file {path} has the task '{task}'; known are: segment, apply."
        )
    try:
        return kinds[task](**fields)
    except InputError as error:
        raise InputError(f"The job file {path} cannot be used: {error}") from None


def _read_fields(path: Path | str) -> dict[str, object]:
    try:
        fields = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"The job file {path} cannot be read: {error}.") from None
    except yaml.YAMLError as error:
        problem = " ".join(str(error).split())
        raise InputError(f"The job file {path} is not valid YAML: {problem}.") from None
    if not isinstance(fields, dict):
        raise InputError(f"The job file {path} holds no settings ('name: value').")
    return {str(name): value for name, value in fields.items()}
