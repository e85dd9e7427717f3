"""What a method may touch while it learns from labels; kept narrow on purpose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import torch
    from torch import nn

    from napari_metastruct.progress import BatchEnd, Event
    from napari_metastruct.training.labelled.settings import LabelledSettings

__all__ = ["LabelledBatch", "LabelledSession"]

Labels = NDArray[np.int16]


@dataclass(frozen=True, slots=True, eq=False)
class LabelledBatch:
    """Patches that are learned from in one step.

    Attributes
    ----------
    images
        ``(N, F, Y, X)`` float32 on the device.
    labels
        ``(N, Y, X)`` int64 on the device: index of the class, or -1 to ignore.
    maps
        Further maps that were asked for, turned along: ``(N, Y, X)`` or
        ``(N, C, Y, X)`` on the device; int64 of whole numbers, else float32. Outside
        of an image they are -1 (whole numbers) or 0.
    planes
        Number of the training plane that each patch was cut from.
    """

    images: torch.Tensor
    labels: torch.Tensor
    maps: Mapping[str, torch.Tensor]
    planes: tuple[int, ...]

    def placed(
        self, values: torch.Tensor
    ) -> Iterator[tuple[int, slice, slice, NDArray[np.float32]]]:
        """Put predictions ``(N, C, Y, X)`` back to where the patches were cut.

        Yields
        ------
        Number of the training plane, rows and columns in it, and the values there,
        ``(C, rows, columns)``, turned and scaled back.
        """
        raise NotImplementedError


class LabelledSession:
    """Networks, images and labels of one run, and the steps that change them.

    A training plane has a number, 0 to ``len(session) - 1``. Classes are indices 0 to
    ``class_count - 1`` here, 0 the background, whatever their numbers in the labels.

    Attributes
    ----------
    settings
        Of the run.
    networks
        As many as the method's ``networks`` says, with weights of their own.
    labels
        One ``(Y, X)`` int16 map for each training plane, read only: class or -1. The
        method repairs them by `correct`; the caller's arrays are never touched.
    given
        The same as they were given; read only.
    class_count
        How many classes there are.
    class_shares
        Share of each class in the given labels, ``(classes,)``.
    rng
        Source of everything random in the method.
    device
        Torch's name of the device.
    state
        What the method must remember to be continued from a checkpoint: JSON-ready
        values, arrays, lists of arrays. Empty in a new run; read it when `train`
        begins, keep it up to date before an epoch ends.
    """

    settings: LabelledSettings
    networks: list[nn.Module]
    labels: list[Labels]
    given: list[Labels]
    class_count: int
    class_shares: NDArray[np.float64]
    rng: np.random.Generator
    device: str
    state: dict[str, Any]

    def __len__(self) -> int:
        """Return the number of training planes."""
        raise NotImplementedError

    def image(self, number: int) -> NDArray[np.float32]:
        """Return a training plane as the network sees it, ``(F, Y, X)``, read only."""
        raise NotImplementedError

    def optimise(
        self,
        kind: Literal["adamw", "sgd"] = "adamw",
        *,
        rate: float = 2e-3,
        momentum: float = 0.9,
        decay: float = 1e-4,
        course: Literal["constant", "poly", "cosine"] = "constant",
    ) -> None:
        """Make an optimiser for each network; call it once, at the start of `train`.

        Parameters
        ----------
        kind, rate
            What the person chose in the settings goes before these.
        momentum
            Of SGD; the first beta of AdamW.
        decay
            Weight decay.
        course
            How the rate falls with the steps of the run: not at all, by
            ``(1 - t) ** 0.9``, or as half a cosine.
        """
        raise NotImplementedError

    def epochs(self) -> Iterator[int]:
        """Yield the epochs of the run, 1 to ``settings.epochs``.

        A continued run goes on after its checkpoint. Ends early when a stop is asked
        for, but never before the first epoch has ended. The checkpoint is written
        when the method asks for the next epoch, so all that it does in an epoch,
        also after `end_epoch`, is in it.
        """
        raise NotImplementedError

    def batches(
        self, maps: Mapping[str, Sequence[NDArray[Any]]] | None = None
    ) -> Iterator[LabelledBatch]:
        """Yield one epoch of random, augmented patches that cover all training planes.

        Parameters
        ----------
        maps
            Further maps to be cut and turned along: name to one array
            ``([C,] Y, X)`` for each training plane.
        """
        raise NotImplementedError

    def forward(self, images: torch.Tensor, network: int = 0) -> torch.Tensor:
        """Return a network's logits in float32, ``(N, classes, Y, X)``."""
        raise NotImplementedError

    def step(self, *losses: torch.Tensor) -> BatchEnd:
        """Go one step down the loss; return the event to yield.

        Parameters
        ----------
        *losses
            One for each network, or one that all share.
        """
        raise NotImplementedError

    def predict(
        self, number: int, network: int = 0, scales: Sequence[float] = (1.0,)
    ) -> NDArray[np.float32]:
        """Predict the probabilities of a whole training plane, ``(classes, Y, X)``.

        Parameters
        ----------
        number
            Of the training plane.
        network
            Which network.
        scales
            The mean of the predictions at these sizes of the image.
        """
        raise NotImplementedError

    def correct(self, number: int, labels: NDArray[Any]) -> int:
        """Replace the labels of a training plane; pixels given as -1 stay -1.

        Returns
        -------
        How many pixels differ from the labels before.
        """
        raise NotImplementedError

    def keep(self, name: str) -> None:
        """Remember the weights of all networks under a name."""
        raise NotImplementedError

    def go_back_to(self, name: str) -> None:
        """Give all networks the weights that `keep` remembered under a name."""
        raise NotImplementedError

    def end_epoch(
        self, epoch: int, *, best: bool | None = None, **values: float
    ) -> Iterator[Event]:
        """Judge the epoch; ``yield from`` it. Its last event is `EpochEnd`.

        Adds to the method's ``values``: "loss", "corrected" (share of the labelled
        pixels whose label differs from the given one); for the validation part
        "validation dice 1" (each class), "validation dice", "validation miou"; for
        the training planes with a clean reference "dice 1", "dice", "miou",
        "accuracy", "iou_el 1", "iou_m 1"; for planes that are only watched
        "test dice 1", "test dice", "test miou". Classes have their numbers in the
        labels; means leave out the background.

        Parameters
        ----------
        epoch
            As `epochs` gave it.
        best
            Whether these weights are the ones to be kept from now on, by a criterion
            of the method; None: by the validation score, or the last.
        **values
            The method's own diagnostics; underscores become spaces.
        """
        raise NotImplementedError
