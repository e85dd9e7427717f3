"""Two labels of the same image compared: errors, and what networks learn from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from napari_metastruct.errors import InputError
from napari_metastruct.jobs import CompareJob
from napari_metastruct.label_tasks.opening import open_labels
from napari_metastruct.label_tasks.report import check_class_count, report_fields
from napari_metastruct.label_tasks.similarity import DensitySimilarity, similarity_steps
from napari_metastruct.label_tasks.survey import survey
from napari_metastruct.noise import classes_of, noise_report
from napari_metastruct.progress import Started, run_to_end

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_metastruct.label_tasks.images import OpenLabels
    from napari_metastruct.noise import NoiseReport
    from napari_metastruct.progress import Steps

__all__ = ["Comparison", "compare_labels", "compare_steps"]


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """How second labels compare with the first, which count as right.

    Attributes
    ----------
    report
        Dice, IoU and errors by class, and the noise transition matrix.
    densities
        How alike the meta-structures are.
    """

    report: NoiseReport
    densities: DensitySimilarity

    def fields(self) -> dict[str, Any]:
        """Return the numbers, JSON-ready."""
        return report_fields(self.report) | {"density": self.densities.fields()}


def compare_labels(
    a: str | Path | NDArray[Any],
    b: str | Path | NDArray[Any],
    **settings: Any,  # noqa: ANN401 - those of CompareJob
) -> Comparison:
    """Compare two labels of the same image, the same as the command line.

    Parameters
    ----------
    a, b
        Integer class maps of the same shape, arrays or files; `a` counts as right.
        Pixels that `a` leaves out (-1) are not counted, and those that `b` leaves out
        are no errors.
    **settings
        The fields of `CompareJob`: ``bandwidth=8``, ``as_one=True`` ...

    Raises
    ------
    InputError
        The labels or a setting cannot be used; the sentence says what to do.

    Examples
    --------
    >>> import numpy as np
    >>> clean = np.repeat([[0, 1]], 64, axis=0).repeat(32, axis=1)
    >>> same = compare_labels(clean, clean, bandwidth=3)
    >>> same.report.mean_dice, same.densities.overlap.round(3).tolist()
    (1.0, [1.0, 1.0])
    """
    job = CompareJob(a="a", b="b", **settings)
    return run_to_end(compare_steps(open_labels(a, job), open_labels(b, job), job))


def compare_steps(a: OpenLabels, b: OpenLabels, job: CompareJob) -> Steps[Comparison]:
    """Compare two files of labels, plane by plane or volume by volume.

    Raises
    ------
    InputError
        Their shapes differ, or one cannot be used.
    """
    if a.shape != b.shape:
        raise InputError(
            f"'{a.name}' has the shape {a.shape}, but '{b.name}' has {b.shape}: "
            "compare labels of the same image."
        )
    bandwidth = (yield from survey(a, job)).bandwidth
    yield Started("Comparing", len(a), a.name)
    report = noise_report(*(_whole(labels) for labels in (a, b)))
    densities = yield from similarity_steps(a, b, job.kernel, bandwidth)
    return Comparison(report, densities)


def _whole(labels: OpenLabels) -> NDArray[Any]:
    whole = labels.assembled(labels)
    check_class_count(len(classes_of(whole)), labels.name)
    return whole
