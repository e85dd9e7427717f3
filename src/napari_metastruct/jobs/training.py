"""The job that learns from labels which may be wrong."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BeforeValidator

from napari_metastruct.errors import InputError
from napari_metastruct.jobs.images import OpenJob
from napari_metastruct.methods import AnyLearner, CoTeaching, learner_named
from napari_metastruct.training.labelled.settings import LabelledSettings

__all__ = ["TrainJob"]


def _by_name(value: object) -> object:
    return learner_named(value) if isinstance(value, str) else value


class TrainJob(OpenJob):
    """Learn from images with labels that may be wrong.

    Images and labels belong together by their names, or, where both are lists of as
    many files, in their order. Seed and device are among the settings.
    """

    sources_field: ClassVar[str] = "images and labels"
    path_fields: ClassVar[tuple[str, ...]] = (
        "images",
        "labels",
        "negative",
        "trusted",
        "reference",
        "output",
    )
    usual_output: ClassVar[str | None] = "trained"

    task: Literal["train"] = "train"
    """Kind of job."""
    images: tuple[str, ...] = ()
    """Files and folders of the images; empty for arrays or layers."""
    labels: tuple[str, ...] = ()
    """Files and folders of their labels, class numbers 0, 1, 2 ..., -1 ignored."""
    negative: tuple[str, ...] = ()
    """Files and folders of negative marks: the class that a pixel is not, -1 unmarked;
    an image that has some needs no labels."""
    trusted: tuple[str, ...] = ()
    """Files and folders of labels that are right, for methods that rely on some; they
    go before the labels of the same image."""
    painted: bool = False
    """Labels and negative marks are painted: 0 is unmarked, 1 the background, 2 the
    first class, and so on."""
    reference: tuple[str, ...] = ()
    """Files and folders of clean labels of the same images, if there are any: for
    curves only, nothing learns from them."""
    output: str | None = None
    """Folder of the run: model, corrected labels, record, checkpoint."""
    method: Annotated[AnyLearner, BeforeValidator(_by_name)] = CoTeaching()
    """How to learn, with all its settings."""
    settings: LabelledSettings = LabelledSettings()
    """Network, data and length of the training, whichever the method."""
    as_one: bool = False
    """Take all classes above 0 as one, such as objects that are numbered."""

    @property
    def sources(self) -> tuple[str, ...]:
        """All files and folders that are learned from."""
        return *self.images, *self.labels, *self.negative, *self.trusted

    def for_sources(self, sources: Sequence[str]) -> Self:
        """Return the job for other images, labels and, if wanted, clean ones.

        Raises
        ------
        InputError
            They are not two or three.
        """
        if len(sources) not in (2, 3):
            raise InputError(
                f"{len(sources)} files or folders are named, but a training takes "
                "two: images and labels; and, on wish, clean labels as the third."
            )
        images, labels, *clean = ((source,) for source in sources)
        reference = clean[0] if clean else ()
        return self.replace(images=images, labels=labels, reference=reference)

    def check_named(self) -> None:
        """Refuse a job that does not say what to learn from.

        Raises
        ------
        InputError
            It names no images, or neither labels nor negative marks.
        """
        if not self.images:
            raise InputError("The job names no images: 'images' is empty.")
        if not (self.labels or self.negative or self.trusted):
            raise InputError("The job names no labels: 'labels' is empty.")
