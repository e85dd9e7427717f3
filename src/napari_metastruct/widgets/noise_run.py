"""The noise of all planes, and what is wrong in them: the job behind Apply."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_metastruct.arrays.labels import IGNORE
from napari_metastruct.jobs import NoiseJob
from napari_metastruct.label_tasks.report import report_fields
from napari_metastruct.noise import Chain, error_map, noisy_steps
from napari_metastruct.noise.classes import label_dtype, smallest
from napari_metastruct.progress import Notice, PlaneDone, Started, Steps, StopFlag
from napari_metastruct.versions import installed_versions
from napari_metastruct.widgets.labels_input import LabelsInput
from napari_metastruct.widgets.noise_compared import (
    Compared,
    compared_with,
    error_counts,
)
from napari_metastruct.widgets.noise_look import Parts

__all__ = ["NoiseResult", "noise_run_steps"]


@dataclass(frozen=True, slots=True, eq=False)
class NoiseResult:
    """Noisy labels with their numbers.

    Attributes
    ----------
    source, chain, seed
        What they were made of, and how.
    noisy
        Of the labels' shape, in the smallest type; -1 in planes that a stop left out.
    errors
        Map of errors, of that shape.
    compared
        The numbers of all planes that were done.
    wrong
        Share of wrong or left out pixels of each plane that was done.
    seconds
        Wall time.
    """

    source: LabelsInput
    chain: Chain
    seed: int
    noisy: NDArray[Any]
    errors: NDArray[np.uint8]
    compared: Compared
    wrong: tuple[float, ...]
    seconds: float

    @property
    def changed(self) -> int:
        """How many planes have any error."""
        return sum(share > 0 for share in self.wrong)

    def provenance(self, job: NoiseJob | None) -> dict[str, Any]:
        """Return how the labels came about, JSON-ready.

        Parameters
        ----------
        job
            What was run, where a job can tell it.
        """
        report = self.compared.report
        return {
            "labels": self.source.name,
            "job": None if job is None else job.model_dump(mode="json"),
            "chain": [noise.model_dump(mode="json") for noise in self.chain],
            "seed": self.seed,
            "parts": "planes" if self.source.together == 2 else "volumes",
            "wrong_by_part": [round(share, 6) for share in self.wrong],
            "numbers": None if report is None else report_fields(report),
            "versions": installed_versions(),
            "seconds": round(self.seconds, 2),
        }


def noise_run_steps(
    source: LabelsInput, chain: Chain, seed: int, stop: StopFlag
) -> Steps[NoiseResult | None]:
    """Make the noise of every plane; a stop keeps those that are done.

    Returns
    -------
    None where a stop came before the first plane was done.

    Raises
    ------
    InputError
        The labels are none, or a noise does not fit to them; before any noise is made.
    """
    started = time.monotonic()
    yield Started("Reading", 0)
    source = _kept(source)
    made = (yield from noisy_steps(Parts(source), chain, seed, stop)).images
    if len(made) < len(source):
        yield Notice(_stopped(len(made), len(source)))
    if not made:
        return None
    errors, wrong, compared = yield from _count_steps(source, made)
    noisy = _whole(source, made)
    seconds = time.monotonic() - started
    return NoiseResult(source, chain, seed, noisy, errors, compared, wrong, seconds)


def _stopped(done: int, count: int) -> str:
    if not done:
        return "Stopped before anything was done: there is no new layer."
    return f"Stopped after {done} of {count}: what was not reached is -1, left out."


def _count_steps(
    source: LabelsInput, made: Sequence[NDArray[Any]]
) -> Steps[tuple[NDArray[np.uint8], tuple[float, ...], Compared]]:
    """Return the map of errors, their share in each plane, and all numbers."""
    yield Started("Counting errors", len(made))
    errors = np.zeros(source.shape, np.uint8)
    clean, wrong = [], []
    counts, known = error_counts(errors) * 0, 0
    for number, noisy in enumerate(made):
        clean.append(smallest(source.part(number)))
        here = errors[_place(source, number)] = error_map(clean[-1], noisy)
        found, pixels = error_counts(here), int((clean[-1] >= 0).sum())
        counts, known = counts + found, known + pixels
        wrong.append(float(found[1:].sum()) / max(pixels, 1))
        yield PlaneDone(number + 1, len(made))
    compared = compared_with(np.stack(clean), np.stack(made), counts, known)
    return errors, tuple(wrong), compared


def _kept(source: LabelsInput) -> LabelsInput:
    """Keep labels in memory as they are now: they may be painted during the run."""
    if isinstance(source.data, np.ndarray):
        return replace(source, data=source.data.copy())
    return source


def _whole(source: LabelsInput, made: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Put the planes into one array of the smallest type; -1 where there is none."""
    dtype = label_dtype([int(part.max()) for part in made], ignored=True)
    whole = np.full(source.shape, IGNORE, dtype)
    for number, part in enumerate(made):
        whole[_place(source, number)] = part
    return smallest(whole)


def _place(source: LabelsInput, number: int) -> Any:  # noqa: ANN401 - an index
    return source.index(number) if source.leading_shape else ...
