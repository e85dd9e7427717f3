"""The seam: a method is a frozen value whose fields are its settings.

One more method is one file in ``methods/`` and one line in its ``__init__``.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from napari_metastruct.features import FeatureSettings
from napari_metastruct.networks.create import NetworkSettings
from napari_metastruct.parameters import Parameters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from torch import nn

    from napari_metastruct.progress import Event, Steps
    from napari_metastruct.thresholding import Side
    from napari_metastruct.training.labelled.pairs import LabelledPair
    from napari_metastruct.training.labelled.planes import Example
    from napari_metastruct.training.labelled.results import MethodResults
    from napari_metastruct.training.labelled.session import LabelledSession
    from napari_metastruct.training.labelled.settings import LabelledSettings
    from napari_metastruct.training.session import Session

__all__ = ["LabelledMethod", "Method", "ThresholdRule"]


class Method(Parameters):
    """How a network learns.

    A subclass gives itself a field ``name`` of one literal (it stands in job
    files and on the command line), declares its settings as fields with a range
    in the type and help in the docstring, and writes `train`. It may not keep
    any state: what changes during a run is local to `train` or belongs to the
    session.
    """

    title: ClassVar[str]
    """Name for people."""
    reference: ClassVar[str]
    """The paper, with its equation or section."""

    def network_settings(self) -> NetworkSettings:
        """Return the network that the method wants."""
        return NetworkSettings()

    def feature_settings(self) -> FeatureSettings:
        """Return what the network sees of the image."""
        return FeatureSettings()

    @abstractmethod
    def train(self, session: Session) -> Iterator[Event]:
        """Learn; every yield is a place to stop or to cancel.

        Parameters
        ----------
        session
            Networks, images, labels and the random generator. After the last
            yield its network must be ready to predict.
        """


class LabelledMethod(Parameters):
    """How a network learns from labels that may be wrong.

    A subclass gives itself a field ``name`` of one literal, declares its settings as
    fields with a range in the type and help in the docstring, and writes `train`. A
    method that wants to know the noise rate has a field
    ``noise_rate: Rate | None = None``; None: the rate is estimated before it starts.
    It may not keep any state: what changes during a run is local to `train` or
    belongs to the session.
    """

    title: ClassVar[str]
    """Name for people."""
    reference: ClassVar[str]
    """The paper, with its equation or section."""
    networks: ClassVar[int] = 1
    """How many networks it trains; the first one is the result."""
    negative_marks: ClassVar[bool] = False
    """Whether it learns from negative marks; else they are left out, and it is said."""
    stages: ClassVar[tuple[str, ...]] = ()
    """What its stages do, if it has some: a person may end the present one. It says by
    a `Notice` "Stage 1 of 5 ..." which one begins."""

    def check(self, pairs: Sequence[LabelledPair], settings: LabelledSettings) -> None:
        """Refuse, before any image is read, what this method cannot learn from.

        Parameters
        ----------
        pairs
            Images with labels, of fitting shapes.
        settings
            Of the run.

        Raises
        ------
        InputError
            A full sentence that says what to do.
        """

    def further_networks(
        self, settings: LabelledSettings, channels: int, classes: int
    ) -> tuple[Callable[[], nn.Module], ...]:
        """Return what builds the networks that are there besides `networks`.

        They come after these in the session, and are optimised, kept and continued
        like them.

        Parameters
        ----------
        settings
            Of the run.
        channels
            Of the image as a network sees it.
        classes
            How many there are.
        """
        return ()

    @abstractmethod
    def train(self, session: LabelledSession) -> Iterator[Event]:
        """Learn; every yield is a place to stop or to cancel.

        Parameters
        ----------
        session
            Networks, images, labels and the random generator.
        """

    def results(
        self, session: LabelledSession, examples: Sequence[Example]
    ) -> Steps[MethodResults]:
        """Return what it gives besides a model, by a generator of events.

        Parameters
        ----------
        session
            After the run, with the best weights.
        examples
            All planes: of the training and validation part, and those without labels.
        """
        from napari_metastruct.training.labelled.results import MethodResults

        yield from ()
        return MethodResults()


class ThresholdRule(Parameters):
    """A way to segment that learns nothing: the peers of Table 3."""

    title: ClassVar[str]
    """Name for people."""
    reference: ClassVar[str]
    """Where it comes from."""

    @abstractmethod
    def mask(self, grey: NDArray[np.float32], side: Side) -> NDArray[np.bool_]:
        """Segment one plane.

        Parameters
        ----------
        grey
            ``(Y, X)`` float32.
        side
            Whether the objects are "bright" or "dark".

        Returns
        -------
        ``(Y, X)`` bool, True in the foreground.
        """
