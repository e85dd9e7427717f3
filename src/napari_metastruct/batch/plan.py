"""What a job has to do: its images, what they become, what is there already."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from napari_metastruct.batch.former import former_job, has_results
from napari_metastruct.batch.names import is_own_file, unique_stems
from napari_metastruct.errors import InputError
from napari_metastruct.files import check_output_folder, find_images
from napari_metastruct.jobs import SegmentJob
from napari_metastruct.training.method import ThresholdRule

if TYPE_CHECKING:
    from napari_metastruct.files import FoundImages
    from napari_metastruct.jobs import AnyJob

__all__ = ["Item", "Plan", "make_plan"]

_LEAST_SPACE = 2**20  # a disk with less is as good as full


@dataclass(frozen=True, slots=True)
class Item:
    """One image and the files that are made of it.

    Attributes
    ----------
    source
        Absolute path of the image.
    labels, probability, model
        Absolute paths of the results; None where the job does not ask for one.
        ``model`` has no ending.
    """

    source: Path
    labels: Path
    probability: Path | None
    model: Path | None

    @property
    def outputs(self) -> tuple[Path, ...]:
        """All files that must be there when the image is done."""
        found = [self.labels, self.probability]
        if self.model is not None:
            found += [_ending(self.model, e) for e in (".safetensors", ".json")]
        return tuple(path for path in found if path is not None)

    @property
    def is_done(self) -> bool:
        """Whether every result is there."""
        return all(path.is_file() for path in self.outputs)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done.

    Attributes
    ----------
    folder
        Where the results go.
    items
        All images of the job.
    todo
        Those of them that lack a result.
    foreign
        Files in the job's folders that are no images.
    joint_model
        Path without ending of the model that all images share, if there is one.
    former
        The job that an earlier start left beside its results.
    replaces
        Whether results are there that shall be replaced.
    """

    folder: Path
    items: tuple[Item, ...]
    todo: tuple[Item, ...]
    foreign: tuple[Path, ...]
    joint_model: Path | None
    former: AnyJob | None
    replaces: bool


def make_plan(job: AnyJob, *, overwrite: bool = False) -> Plan:
    """Look at the job's files and folders.

    Raises
    ------
    InputError
        No image, no output folder or one that cannot be written to, or the folder
        holds the results of other settings.
    """
    folder = _output_folder(job)
    found = _find(job)
    images = [path.absolute() for path in found.images]
    if not images:
        raise InputError(f"There is no image in {', '.join(job.images)}.")
    _check_folder(folder)
    results = has_results(folder)
    former = former_job(folder, job) if results and not overwrite else None
    items = _items(job, folder, images, former)
    todo = tuple(item for item in items if overwrite or not item.is_done)
    foreign = tuple(p.absolute() for p in found.foreign if not is_own_file(p))
    joint = isinstance(job, SegmentJob) and job.joint and job.save_model
    model = folder / "joint_model" if joint else None
    replaces = overwrite and results
    return Plan(folder, items, todo, foreign, model, former, replaces)


def _output_folder(job: AnyJob) -> Path:
    if not job.images:
        raise InputError("The job names no images: 'images' is empty.")
    if not job.output:
        raise InputError("The job names no folder for its results: 'output' is empty.")
    return Path(job.output).absolute()


def _find(job: AnyJob) -> FoundImages:
    try:
        return find_images([Path(image) for image in job.images])
    except OSError as error:
        raise InputError(f"The images cannot be looked for: {error}.") from None


def _check_folder(folder: Path) -> None:
    try:
        check_output_folder(folder, needed_bytes=_LEAST_SPACE)
    except OSError as error:
        raise InputError(f"The results cannot go to {folder}: {error}.") from None


def _items(
    job: AnyJob, folder: Path, images: list[Path], former: AnyJob | None
) -> tuple[Item, ...]:
    # Results of an earlier start keep their names apart from those of this one.
    stems = unique_stems([*_images_of(former), *images])
    items = tuple(_item(job, folder, path, stems[path]) for path in images)
    written = {path for item in items for path in item.outputs}
    lost = sorted(written & set(images))
    if lost:
        raise InputError(
            f"The results would replace the image {lost[0]}: choose another folder "
            "for them."
        )
    return items


def _item(job: AnyJob, folder: Path, source: Path, stem: str) -> Item:
    learns = not (isinstance(job, SegmentJob) and isinstance(job.method, ThresholdRule))
    own_model = (
        learns and isinstance(job, SegmentJob) and job.save_model and not job.joint
    )
    return Item(
        source=source,
        labels=folder / f"{stem}_labels.tif",
        probability=(
            folder / f"{stem}_probability.tif" if job.probability and learns else None
        ),
        model=folder / f"{stem}_model" if own_model else None,
    )


def _images_of(job: AnyJob | None) -> list[Path]:
    """Find the images of an earlier job, as far as they are still there."""
    paths = [Path(image) for image in job.images] if job else []
    there = [path for path in paths if path.exists()]
    return [path.absolute() for path in find_images(there).images] if there else []


def _ending(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)
