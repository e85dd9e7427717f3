"""The job beside its results, and the one that an earlier start left there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from napari_metastruct.errors import InputError
from napari_metastruct.jobs import SegmentJob, load_job

if TYPE_CHECKING:
    from napari_metastruct.jobs import AnyJob

__all__ = ["JOB_FILE", "former_job", "has_results", "keep_job", "with_full_paths"]

JOB_FILE = "metastruct_job.yaml"
"""The job, beside its results."""

# What may differ between two starts into one folder; all else changes the labels.
_FREE = {"images", "output", "device", "probability", "save_model"}
_ADVICE = "choose another folder, or overwrite (--overwrite) to do all anew."


def has_results(folder: Path) -> bool:
    """Tell whether there are labels in a folder."""
    return any(folder.glob("*_labels.tif"))


def former_job(folder: Path, job: AnyJob) -> AnyJob | None:
    """Return the job whose results lie in the folder, if this one goes on with it.

    Raises
    ------
    InputError
        The results there were made with settings that give other labels.
    """
    path = folder / JOB_FILE
    if not path.is_file():
        return None
    try:
        former = load_job(path)
    except InputError as error:
        raise InputError(
            f"The folder {folder} holds results of a job that cannot be read "
            f"({error}) {_ADVICE}"
        ) from None
    here, there = _deciding(job), _deciding(former)
    names = dict.fromkeys([*here, *there])
    different = [name for name in names if here.get(name) != there.get(name)]
    if different:
        raise InputError(
            f"The folder {folder} holds results of other settings ("
            f"{_listed(different)}): {_ADVICE}"
        )
    return former


def _deciding(job: AnyJob) -> dict[str, object]:
    """Return the settings that decide what the labels are, flat."""
    free = _FREE - {"images"} if isinstance(job, SegmentJob) and job.joint else _FREE
    fields = with_full_paths(job).model_dump(mode="json", exclude=free)
    method = fields.pop("method", {})
    return fields | {f"method.{name}": value for name, value in method.items()}


def _listed(names: list[str]) -> str:
    if "method.name" in names:
        return "method"
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def keep_job(job: AnyJob, folder: Path, former: AnyJob | None) -> None:
    """Write the job beside its results; the images of an earlier start stay in it."""
    job = with_full_paths(job)
    if former is not None:
        images = dict.fromkeys([*former.images, *job.images])
        job = job.replace(images=tuple(images))
    job.save(folder / JOB_FILE)


def with_full_paths(job: AnyJob) -> AnyJob:
    """Return the job with absolute paths, so that it runs from any folder."""
    changes: dict[str, object] = {
        "images": tuple(str(Path(image).absolute()) for image in job.images),
        "output": str(Path(job.output or "").absolute()),
    }
    if not isinstance(job, SegmentJob):
        changes["model"] = str(Path(job.model).absolute())
    return job.replace(**changes)
