"""Noise on the labels of one file or array."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from napari_metastruct.jobs import NoiseJob
from napari_metastruct.label_tasks.opening import open_labels
from napari_metastruct.label_tasks.report import (
    check_class_count,
    report_fields,
    report_on,
)
from napari_metastruct.noise import (
    classes_of,
    error_map,
    noisy_image,
    prepare_steps,
)
from napari_metastruct.noise.classes import smallest
from napari_metastruct.noise.random_kinds import ClassWise
from napari_metastruct.progress import Heartbeat, PlaneDone, Started, run_to_end

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from napari_metastruct.label_tasks.images import OpenLabels
    from napari_metastruct.noise import Chain, NoiseReport
    from napari_metastruct.progress import Steps

__all__ = ["NoisyResult", "add_noise", "class_steps", "noise_steps"]


@dataclass(frozen=True, slots=True, eq=False)
class NoisyResult:
    """What became of one file or array.

    Attributes
    ----------
    labels
        Noisy labels of the same shape, in the smallest type; signed if there is -1.
    errors
        Where they are wrong, see `error_map`, if the job asked for it.
    report
        How they compare with the clean ones, over the whole; of more classes than can
        be compared, all objects as one.
    """

    labels: NDArray[Any]
    errors: NDArray[np.uint8] | None
    report: NoiseReport

    def fields(self) -> dict[str, Any]:
        """Return the numbers, JSON-ready."""
        return report_fields(self.report)


def add_noise(
    labels: str | Path | NDArray[Any],
    **settings: Any,  # noqa: ANN401 - those of NoiseJob
) -> NoisyResult:
    """Add noise to labels, the same as the dock and the command line.

    Parameters
    ----------
    labels
        Integer class map: an array, or a file. Every plane gets noise of its own.
    **settings
        The fields of `NoiseJob`: ``chain=(Flip(rate=0.45), "dilate")``, ``seed=1``,
        ``volume=True`` ...

    Raises
    ------
    InputError
        The labels or a setting cannot be used; the sentence says what to do.

    Examples
    --------
    >>> import numpy as np
    >>> clean = np.repeat([[0, 1]], 100, axis=0).repeat(50, axis=1)
    >>> result = add_noise(clean, chain="flip", seed=1)
    >>> result.labels.shape, result.report.transition.rank
    ((100, 100), 2)
    """
    job = NoiseJob(**settings)
    return run_to_end(noise_steps(open_labels(labels, job), job))


def noise_steps(
    source: OpenLabels,
    job: NoiseJob,
    prepared: Chain | None = None,
    first: int = 0,
) -> Steps[NoisyResult]:
    """Add noise to every image of a file.

    Parameters
    ----------
    source
        The labels.
    job
        What to do.
    prepared
        The job's chain as `prepare_steps` has fixed it for a set of files that this one
        is of; None: it is a set of its own.
    first
        Number of this file's first image in the set.

    Returns
    -------
    The noisy labels, by a generator of events; alone, they are those of `noisy_steps`.

    Raises
    ------
    InputError
        The labels cannot be used, or the noise does not fit to their classes.
    """
    if prepared is None:
        classes = yield from class_steps(source, job.chain)
        prepared = yield from prepare_steps(source, job.chain, job.seed, classes)
    yield Started("Adding noise", len(source), source.name)
    noisy = []
    for index in range(len(source)):
        noisy.append(noisy_image(source[index], prepared, job.seed, first + index))
        yield PlaneDone(index + 1, len(source))
    given = smallest(source.assembled(noisy))
    clean = source.assembled(source)
    errors = error_map(clean, given) if job.errors else None
    return NoisyResult(given, errors, report_on(clean, given))


def class_steps(source: OpenLabels, chain: Chain) -> Steps[tuple[int, ...]]:
    """Return the classes of a file; yields after every image.

    Raises
    ------
    InputError
        Pixels are no labels; or there are so many classes that they are numbers of
        objects, and the chain draws from classes.
    """
    found: set[int] = set()
    for index in range(len(source)):
        found.update(classes_of(source[index]))
        yield Heartbeat()
    if any(isinstance(noise, ClassWise) for noise in chain):
        check_class_count(len(found), source.name)
    return tuple(sorted(found))
