"""What a job has to do: its sources, what they become, what is there already."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_metastruct.batch.former import former_job, has_results, is_about_set
from napari_metastruct.batch.names import is_own_file, unique_stems
from napari_metastruct.batch.results import endings
from napari_metastruct.errors import InputError
from napari_metastruct.files import check_output_folder, find_images, find_labels
from napari_metastruct.jobs import LabelJob, NoiseJob, SegmentJob
from napari_metastruct.progress import Steps, StopFlag

if TYPE_CHECKING:
    from napari_metastruct.files import FoundImages
    from napari_metastruct.jobs import AnyJob

__all__ = ["FileWork", "Item", "Plan", "make_plan"]

_LEAST_SPACE = 2**20  # a disk with less is as good as full


@dataclass(frozen=True, slots=True)
class Item:
    """One source and the files that are made of it.

    Attributes
    ----------
    source
        Absolute path of the image, or of the labels.
    files
        What is made of it, see `endings`, with the absolute path.
    """

    source: Path
    files: Mapping[str, Path]

    @property
    def labels(self) -> Path:
        """Where the labels of an image go."""
        return self.files["labels"]

    @property
    def probability(self) -> Path | None:
        """Where the probability goes, if the job asks for it."""
        return self.files.get("probability")

    @property
    def model(self) -> Path | None:
        """Where the image's own model goes, if the job asks for it."""
        return self.files.get("model")

    @property
    def outputs(self) -> tuple[Path, ...]:
        """All files that must be there when the source is done."""
        return tuple(self.files.values())

    @property
    def is_done(self) -> bool:
        """Whether every result is there."""
        return all(path.is_file() for path in self.outputs)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done.

    Attributes
    ----------
    job
        What to do; of noise, which is about a whole set, with every file named.
    folder
        Where the results go.
    items
        All sources of the job.
    todo
        Those of them that lack a result.
    foreign
        Files in the job's folders that are none.
    joint_model
        Path without ending of the model that all images share, if there is one.
    former
        The job that an earlier start left beside its results.
    replaces
        Whether results are there that shall be replaced.
    """

    job: AnyJob
    folder: Path
    items: tuple[Item, ...]
    todo: tuple[Item, ...]
    foreign: tuple[Path, ...]
    joint_model: Path | None
    former: AnyJob | None
    replaces: bool


FileWork = Callable[[Item, StopFlag], Steps[Mapping[str, Any]]]
"""How one file is done: reads it, writes its results, returns what was measured."""


def make_plan(job: AnyJob, *, overwrite: bool = False) -> Plan:
    """Look at the job's files and folders.

    Raises
    ------
    InputError
        Nothing to read, no output folder or one that cannot be written to, or the
        folder holds the results of other settings.
    """
    folder = _output_folder(job)
    found = _find(job)
    sources = _without_own(job, folder, [path.absolute() for path in found.images])
    if not sources:
        raise InputError(f"There {_none_of(job)} in {', '.join(job.sources)}.")
    _check_folder(folder)
    if isinstance(job, NoiseJob) and is_about_set(job):
        job = job.for_sources([str(path) for path in sources])
    results = has_results(folder, job)
    former = former_job(folder, job) if results and not overwrite else None
    items = _items(job, folder, sources, former)
    todo = tuple(item for item in items if overwrite or not item.is_done)
    foreign = tuple(p.absolute() for p in found.foreign if not is_own_file(p))
    joint = isinstance(job, SegmentJob) and job.joint and job.save_model
    model = folder / "joint_model" if joint else None
    replaces = overwrite and results
    return Plan(job, folder, items, todo, foreign, model, former, replaces)


def _output_folder(job: AnyJob) -> Path:
    job.check_named()
    if not job.output:
        raise InputError("The job names no folder for its results: 'output' is empty.")
    return Path(job.output).absolute()


def _find(job: AnyJob) -> FoundImages:
    find = find_labels if isinstance(job, LabelJob) else find_images
    try:
        return find([Path(source) for source in job.sources])
    except OSError as error:
        name = job.sources_field
        raise InputError(f"The {name} cannot be looked for: {error}.") from None


def _without_own(job: AnyJob, folder: Path, sources: list[Path]) -> list[Path]:
    """Leave out what an earlier start has written beside the labels it read."""
    if not isinstance(job, LabelJob):
        return sources  # `find_images` has seen to it
    named = {Path(source).absolute() for source in job.sources}
    stems = unique_stems(sources).values()
    own = {folder / f"{stem}{end}" for stem in stems for end in endings(job).values()}
    return [path for path in sources if path in named or path not in own]


def _none_of(job: AnyJob) -> str:
    return "are no labels" if isinstance(job, LabelJob) else "is no image"


def _check_folder(folder: Path) -> None:
    try:
        check_output_folder(folder, needed_bytes=_LEAST_SPACE)
    except OSError as error:
        raise InputError(f"The results cannot go to {folder}: {error}.") from None


def _items(
    job: AnyJob, folder: Path, sources: list[Path], former: AnyJob | None
) -> tuple[Item, ...]:
    # Results of an earlier start keep their names apart from those of this one.
    stems = unique_stems([*_sources_of(former), *sources])
    items = tuple(_item(job, folder, path, stems[path]) for path in sources)
    written = {path for item in items for path in item.outputs}
    lost = sorted(written & set(sources))
    if lost:
        raise InputError(
            f"The results would replace {lost[0]}, which they are made of: choose "
            "another folder for them."
        )
    return items


def _item(job: AnyJob, folder: Path, source: Path, stem: str) -> Item:
    files = {what: folder / f"{stem}{end}" for what, end in endings(job).items()}
    return Item(source, files)


def _sources_of(job: AnyJob | None) -> list[Path]:
    """Find the sources of an earlier job, as far as they are still there."""
    there = [source for source in job.sources if Path(source).exists()] if job else []
    if job is None or not there:
        return []
    return [path.absolute() for path in _find(job.for_sources(there)).images]
