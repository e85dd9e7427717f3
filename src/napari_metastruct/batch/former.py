"""The job beside its results, and the one that an earlier start left there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_metastruct.batch.results import endings, job_file
from napari_metastruct.errors import InputError
from napari_metastruct.jobs import NoiseJob, SegmentJob, load_job
from napari_metastruct.noise import Closing, Dilate, Erode, Opening, Skeleton

if TYPE_CHECKING:
    from pathlib import Path

    from napari_metastruct.batch.plan import Plan
    from napari_metastruct.jobs import AnyJob

__all__ = ["former_job", "has_results", "is_about_set", "keep_beside", "keep_job"]

# What may differ between two starts into one folder; all else changes the results.
_FREE = {"output", "device", "probability", "save_model", "errors"}
_ADVICE = "choose another folder, or overwrite (--overwrite) to do all anew."
_ALIKE = (Closing, Dilate, Erode, Opening, Skeleton)


def is_about_set(job: AnyJob) -> bool:
    """Tell whether what becomes of a file depends on the others.

    So it does where one model is learned from all, and where noise is drawn: no two
    files of a set get the same.
    """
    if isinstance(job, NoiseJob):
        return not all(isinstance(noise, _ALIKE) for noise in job.chain)
    return isinstance(job, SegmentJob) and job.joint


def has_results(folder: Path, job: AnyJob) -> bool:
    """Tell whether results of jobs of this kind are in a folder."""
    main = next(iter(endings(job).values()))
    return any(folder.glob(f"*{main}"))


def former_job(folder: Path, job: AnyJob) -> AnyJob | None:
    """Return the job whose results lie in the folder, if this one goes on with it.

    Raises
    ------
    InputError
        The results there were made with settings that give others.
    """
    path = folder / job_file(job)
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
    if different == ["labels"]:
        raise InputError(
            f"The folder {folder} holds noisy labels of another set of files, and what "
            f"a file gets depends on all of its set: {_ADVICE}"
        )
    if different:
        raise InputError(
            f"The folder {folder} holds results of other settings ("
            f"{_listed(different)}): {_ADVICE}"
        )
    return former


def _deciding(job: AnyJob) -> dict[str, object]:
    """Return the settings that decide what the results are, flat."""
    free = _FREE if is_about_set(job) else _FREE | {job.sources_field}
    fields = job.with_full_paths().model_dump(mode="json", exclude=free)
    method = fields.pop("method", {})
    return fields | {f"method.{name}": value for name, value in method.items()}


def _listed(names: list[str]) -> str:
    if "method.name" in names:
        return "method"
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def keep_job(job: AnyJob, folder: Path, former: AnyJob | None) -> None:
    """Write the job beside its results; the files of an earlier start stay in it."""
    job = job.with_full_paths()
    if former is not None:
        job = job.for_sources(tuple(dict.fromkeys([*former.sources, *job.sources])))
    job.save(folder / job_file(job))


def keep_beside(plan: Plan) -> None:
    """Write the job of a plan beside its results, before the first of these.

    Where results are replaced, the former job stands until all are.
    """
    if not plan.replaces:
        keep_job(plan.job, plan.folder, plan.former)
