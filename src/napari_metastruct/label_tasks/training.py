"""Learning from labels that may be wrong, of arrays or files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari_metastruct.errors import InputError
from napari_metastruct.jobs import TrainJob
from napari_metastruct.label_tasks.training_pairs import labelled_pair
from napari_metastruct.progress import run_to_end

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from napari_metastruct.progress import Steps, StopFlag
    from napari_metastruct.training.labelled import LabelledPair
    from napari_metastruct.training.labelled.inbox import MarkInbox
    from napari_metastruct.training.labelled.run import Shown, TrainedOnLabels

__all__ = ["train_on_labels", "train_steps"]


def train_on_labels(
    images: Any,  # noqa: ANN401 - path, array, or a list of these
    labels: Any = None,  # noqa: ANN401 - the same
    reference: Any = None,  # noqa: ANN401 - the same
    *,
    negative: Any = None,  # noqa: ANN401 - the same
    trusted: Any = None,  # noqa: ANN401 - the same
    **settings: Any,  # noqa: ANN401 - those of TrainJob
) -> TrainedOnLabels:
    """Learn from images with labels that may be wrong.

    The same as the dock and the command line, without a folder.

    Parameters
    ----------
    images
        Array or path, or a list of these.
    labels
        Class numbers of their pixels, -1 ignored: as many, of the same shapes.
    reference
        Clean labels of the same images, if there are any: for curves only.
    negative
        Negative marks: the class that each pixel is not, -1 unmarked. With some, there
        need be no labels.
    trusted
        Labels that are right, None for an image that has none; they go before its
        labels.
    **settings
        The fields of `TrainJob`: ``method="jocor"``, ``settings={"epochs": 20}``,
        ``channels=(0,)`` ...

    Returns
    -------
    Segmenter, corrected labels and record.

    Raises
    ------
    InputError
        The images, the labels or a setting cannot be used; the sentence says why.
    """
    job = TrainJob(**settings)
    rows = _rows(images, labels, reference, negative, trusted)
    pairs = [
        labelled_pair(image, given, clean, job, negative=other, trusted=right)
        for image, given, clean, other, right in zip(*rows, strict=True)
    ]
    return run_to_end(train_steps(pairs, job))


def train_steps(
    pairs: Sequence[LabelledPair],
    job: TrainJob,
    *,
    stop: StopFlag | None = None,
    folder: Path | None = None,
    resume: bool = False,
    shown: Shown | None = None,
    inbox: MarkInbox | None = None,
) -> Steps[TrainedOnLabels]:
    """Learn as the job says from pairs that are open.

    Parameters
    ----------
    pairs
        Images with labels; those that the job names are not looked at.
    job
        Method and settings.
    stop, folder, resume, shown, inbox
        As `~napari_metastruct.training.labelled.run.train_on_labels_steps` has them.
    """
    from napari_metastruct.training.labelled.run import train_on_labels_steps

    return train_on_labels_steps(
        job.method,
        pairs,
        job.settings,
        stop=stop,
        folder=folder,
        resume=resume,
        shown=shown,
        inbox=inbox,
    )


def _rows(images: Any, *others: Any) -> list[list[Any]]:  # noqa: ANN401
    """Return a list of each, as long as that of the images."""
    first = _as_list(images)
    rows, counts = [first], [f"{len(first)} images"]
    names = ("labels", "clean labels", "negative marks", "trusted labels")
    for name, values in zip(names, others, strict=True):
        rows.append([None] * len(first) if values is None else _as_list(values))
        if values is not None:
            counts.append(f"{len(rows[-1])} {name}")
    if len({len(row) for row in rows}) > 1:
        listed = f"{', '.join(counts[:-1])} and {counts[-1]}"
        raise InputError(
            f"There are {listed}: give as many of each, in the same order."
        )
    return rows


def _as_list(values: Any) -> list[Any]:  # noqa: ANN401 - path, array, or a list
    return list(values) if isinstance(values, list | tuple) else [values]
