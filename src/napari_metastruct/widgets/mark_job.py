"""What was run on marks as a job, for a file, a script and the command line."""

import re
from pathlib import Path
from typing import Any

import numpy as np

from napari_metastruct.arrays import ImageStack
from napari_metastruct.files import check_output_folder, write_image
from napari_metastruct.jobs import TrainJob
from napari_metastruct.progress import PlaneDone, Started, Steps
from napari_metastruct.snippets import as_command_line
from napari_metastruct.snippets.training import marks_script
from napari_metastruct.training.labelled import LabelledSettings
from napari_metastruct.widgets.labels_input import LabelsInput
from napari_metastruct.widgets.mark_input import MarkInput
from napari_metastruct.widgets.mark_run import MarkRun

__all__ = ["command_of", "job_of", "save_steps", "script_of"]

FOLDERS = {"labels": "is", "negative": "is_not", "trusted": "right"}
"""Field of the job to the folder of its files."""


def job_of(run: MarkRun, paths: dict[str, tuple[str, ...]] | None = None) -> TrainJob:
    """Return the job that learns the same.

    Parameters
    ----------
    paths
        Files of the images and marks by the job's fields, where there are some.
    """
    first, every = run.sources[0], LabelledSettings().checkpoint_every
    axes = {source.image.stack.axes for source in run.sources}
    return TrainJob(
        **(paths or {}),
        axes=axes.pop() if len(axes) == 1 else None,
        channels=first.image.stack.channels,
        level=first.image.level if paths is None else 0,
        method=run.method,
        settings=run.settings.replace(checkpoint_every=every),
        painted=True,
    )


def script_of(run: MarkRun) -> str:
    """Return the script that does so, with the layers by their names."""
    return marks_script(job_of(run), [_names_of(source) for source in run.sources])


def command_of(job: TrainJob) -> str:
    """Return the command that does so, with words for files that are not there yet."""
    if not job.images:
        job = job.replace(labels=("IS",), negative=("IS_NOT",))
    return as_command_line(job)


def save_steps(run: MarkRun, path: Path) -> Steps[TrainJob]:
    """Write a job, and beside it its marks, and the images that are in no file.

    Parameters
    ----------
    path
        Of the job.

    Raises
    ------
    InputError
        The folder cannot be written to.
    """
    folder = path.parent / f"{path.name.split('.')[0]}_marks"
    paths: dict[str, list[str]] = {}
    names = _names(run)
    yield Started("Saving the marks", len(run.sources))
    for number, (name, source) in enumerate(zip(names, run.sources, strict=True)):
        image = source.image
        if image.path and image.level == 0:
            paths.setdefault("images", []).append(image.path)
        else:
            file = _file(folder / "images", name)
            write_image(file, _values(image.stack), axes=image.stack.axes)
            paths.setdefault("images", []).append(str(file))
        for field, marks in _held(source).items():
            file = _file(folder / FOLDERS[field], name)
            _write_marks(file, marks, image.stack)
            paths.setdefault(field, []).append(str(file))
        yield PlaneDone(number + 1, len(run.sources))
    job = job_of(run, {field: tuple(files) for field, files in paths.items()})
    job.save(path)
    return job


def _names_of(source: MarkInput) -> dict[str, str]:
    """Return the names of the layers that are learned from."""
    held = _held(source)
    names = {field: marks.name for field, marks in held.items()}
    return {"image": source.name, **names}


def _held(source: MarkInput) -> dict[str, LabelsInput]:
    """Return what is learned from by the job's fields; a mask goes before marks."""
    if source.mask is not None:
        return {"trusted": source.mask}
    found = {"labels": source.positive, "negative": source.negative}
    return {field: marks for field, marks in found.items() if marks is not None}


def _write_marks(file: Path, marks: LabelsInput, stack: ImageStack) -> None:
    letters = "".join(letter for letter in stack.axes if letter not in "CS")
    values = np.asarray(marks.data).reshape(stack.shape)
    known = marks.unit not in ("px", "units")
    size = dict(zip("YX", marks.spacing, strict=True)) if known else None
    write_image(
        file, values, axes=letters, pixel_size=size, unit=marks.unit if known else ""
    )


def _file(folder: Path, name: str) -> Path:
    return check_output_folder(folder) / f"{name}.tif"


def _values(stack: ImageStack) -> Any:  # noqa: ANN401 - any array
    return np.asarray(stack.source)


def _names(run: MarkRun) -> list[str]:
    """Return a name for the files of each image, all different."""
    found: list[str] = []
    for source in run.sources:
        stem = Path(source.image.path).stem if source.image.path else source.name
        name = re.sub(r"[^\w. -]", "_", stem).strip() or "image"
        count = 2
        first = name
        while name in found:
            name, count = f"{first} {count}", count + 1
        found.append(name)
    return found
