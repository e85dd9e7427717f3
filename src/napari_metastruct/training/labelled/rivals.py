"""The generator and the discriminator of adversarial correction, on patches and planes.

Masks have one map a class: 1 where a pixel is of the class, 0 where it is not, and 0 in
all maps where its label is ignored, so that neither network sees anything there.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np
import torch
from scipy.special import expit
from torch.nn import functional

from napari_metastruct.networks.dual_inference import CorrectionBranch, DualInference
from napari_metastruct.training.labelled.predicting import evaluating

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from napari_metastruct.training.labelled.batches import LabelledBatch
    from napari_metastruct.training.labelled.session import LabelledSession

__all__ = [
    "Means",
    "Revisions",
    "Rivals",
    "as_classes",
    "as_masks",
    "drawn_masks",
    "frozen",
    "weights_of_trust",
    "with_pieces_exchanged",
]


class Means:
    """Mean of each number over the steps of an epoch."""

    def __init__(self) -> None:
        self._held: dict[str, list[float]] = {}

    def add(self, **values: torch.Tensor) -> None:
        """Take numbers of a step; the mean of each tensor."""
        for name, value in values.items():
            self._held.setdefault(name, []).append(float(value.detach().mean()))

    def values(self) -> dict[str, float]:
        """Return the means, by name."""
        return {name: float(np.mean(held)) for name, held in self._held.items()}


class Revisions(NamedTuple):
    """What the generator makes of some patches, the clean ones first."""

    images: torch.Tensor
    """``(N, F, Y, X)``."""
    labels: torch.Tensor
    """``(N, Y, X)``, as they are given."""
    segmented: torch.Tensor
    """Logits of the image branch, of the clean patches."""
    revised: torch.Tensor
    """Logits of the revised labels, ``(N, classes, Y, X)``."""


class Rivals:
    """The three networks of a session at work.

    Parameters
    ----------
    session
        Its networks are the image branch, the label branch and the discriminator.
    """

    def __init__(self, session: LabelledSession) -> None:
        image_branch, label_branch, self.discriminator = session.networks
        if not isinstance(label_branch, CorrectionBranch):
            raise TypeError("The second network must be a CorrectionBranch.")
        settings = session.settings.network_settings()
        self.generator = DualInference(settings, image_branch, label_branch)
        self._session = session

    def __enter__(self) -> Self:
        """Use them within a block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the image branch as it was."""
        self.generator.close()

    def segment(self, images: torch.Tensor) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """Return the image branch's logits, and what it saw at each scale."""
        with self._cast():
            logits, seen = self.generator.segment(images)
        return logits.float(), seen

    def revise(self, masks: torch.Tensor, seen: list[torch.Tensor]) -> torch.Tensor:
        """Return the logits of the revised labels, ``(N, classes, Y, X)``."""
        with self._cast():
            logits: torch.Tensor = self.generator.label_branch(masks, seen)
        return logits.float()

    def revisions(
        self,
        clean: LabelledBatch,
        other: LabelledBatch | None = None,
        *,
        exchanged: bool = False,
    ) -> Revisions:
        """Revise what the image branch predicts of clean patches, and other labels.

        Parameters
        ----------
        clean
            Patches whose labels are known to be right; these labels are not seen.
        other
            Patches whose labels are to be revised.
        exchanged
            Put a piece of what is predicted of another patch into every one.
        """
        images, labels = clean.images, clean.labels
        if other is not None:
            images = torch.cat([images, other.images])
            labels = torch.cat([labels, other.labels])
        logits, seen = self.segment(images)
        logits = logits[: len(clean.labels)]
        given = as_classes(logits, clean.labels)
        if exchanged:
            given = with_pieces_exchanged(given, self._session.rng)
        if other is not None:
            given = torch.cat([given, other.labels])
        revised = self.revise(as_masks(given, logits.shape[1]), seen)
        return Revisions(images, labels, logits, revised)

    def odds(self, images: torch.Tensor, masks: torch.Tensor) -> torch.Tensor:
        """Return the log odds that masks are real, ``(N,)``."""
        with self._cast():
            odds: torch.Tensor = self.discriminator(images, masks)
        return odds.float()

    def revised_plane(
        self, image: NDArray[np.float32], labels: NDArray[np.int16]
    ) -> NDArray[np.int16]:
        """Revise the labels of a whole plane; ignored pixels stay ignored.

        Parameters
        ----------
        image
            ``(F, Y, X)``.
        labels
            ``(Y, X)``: class or -1.
        """
        classes = self._session.class_count
        masks = as_masks(torch.from_numpy(labels.astype(np.int64)), classes)
        joined = np.concatenate([image, masks.numpy()])
        found = self._session.predictor.one(self.generator, joined)
        return np.where(labels >= 0, found.argmax(axis=0), -1).astype(np.int16)

    @torch.inference_mode()
    def judged(
        self, image: NDArray[np.float32], labels: NDArray[np.int16]
    ) -> NDArray[np.float32]:
        """Return the log odds that a plane's labels are real, ``(Y, X)``.

        The discriminator is asked about squares of the size of the patches that it has
        learned from, as many as cover the plane; where some overlap, their mean counts.
        """
        side = self._session.patch_side
        total, count = np.zeros((2, *labels.shape), np.float32)
        image, labels = _filled(image, labels, side)
        device, classes = self._session.device, self._session.class_count
        with evaluating(self.discriminator):
            for place in _squares(labels.shape, side):
                cut = torch.from_numpy(image[:, *place].copy())
                held = torch.from_numpy(labels[place].astype(np.int64))
                masks = as_masks(held, classes)[None]
                odds = self.odds(cut[None].to(device), masks.to(device))
                total[place] += float(odds)
                count[place] += 1
        mean: NDArray[np.float32] = total / count
        return mean

    def trust(
        self, image: NDArray[np.float32], labels: NDArray[np.int16]
    ) -> NDArray[np.float32]:
        """Return the discriminator's score of a plane's labels, ``(Y, X)`` in 0..1."""
        found: NDArray[np.float32] = expit(self.judged(image, labels))
        return found

    def _cast(self) -> torch.autocast:
        on = self._session.device == "cuda"
        return torch.autocast("cuda", torch.bfloat16, enabled=on)


def as_masks(labels: torch.Tensor, classes: int) -> torch.Tensor:
    """Return one map a class of labels ``([N,] Y, X)``: 1, 0, and 0 where ignored."""
    masks = functional.one_hot(labels.clamp(min=0), classes).movedim(-1, -3)
    return (masks * (labels >= 0).unsqueeze(-3)).float()


def as_classes(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Return the most probable classes, ``(N, Y, X)``; -1 where labels are."""
    return torch.where(labels >= 0, logits.detach().argmax(1), -1)


def with_pieces_exchanged(
    labels: torch.Tensor, rng: np.random.Generator
) -> torch.Tensor:
    """Put a piece of the next patch's labels into every patch.

    The pieces have between a quarter and all of the rows and columns; what is ignored
    in one of the two patches is left as it is.

    Parameters
    ----------
    labels
        ``(N, Y, X)``: class or -1.
    rng
        Draws where the pieces are.
    """
    found, others = labels.clone(), labels.roll(-1, 0)
    for number in range(len(labels)):
        spans = []
        for extent in labels.shape[1:]:
            size = int(rng.integers(extent // 4, extent + 1))
            first = int(rng.integers(extent - size + 1))
            spans.append(slice(first, first + size))
        rows, columns = spans
        here, there = found[number, rows, columns], others[number, rows, columns]
        here[...] = torch.where((here >= 0) & (there >= 0), there, here)
    return found


def drawn_masks(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Return revised masks as a person draws them: 0 and 1, with a soft gradient.

    A discriminator would tell probabilities from drawn masks by their soft edges, and
    learn nothing of their shapes. So the most probable class counts, and its gradient
    is that of the probabilities (straight through). 0 where the label is ignored.
    """
    soft = logits.softmax(1) * (labels >= 0)[:, None]
    hard = as_masks(as_classes(logits, labels), logits.shape[1])
    return hard + soft - soft.detach()


def weights_of_trust(
    trusts: Sequence[NDArray[np.float32]], labels: Sequence[NDArray[np.int16]]
) -> list[NDArray[np.float32]]:
    """Return what each pixel counts, w of Eq. 5: its trust, 1 on average.

    Parameters
    ----------
    trusts
        Of each plane, ``(Y, X)``, 0 or more.
    labels
        Of each plane; ignored pixels (-1) are left out of the average.
    """
    pairs = list(zip(trusts, labels, strict=True))
    total = sum(float(t[held >= 0].sum(dtype=np.float64)) for t, held in pairs)
    mean = total / max(1, sum(int((held >= 0).sum()) for held in labels))
    if not mean:
        return [np.ones_like(trust) for trust in trusts]
    return [(trust / mean).astype(np.float32) for trust in trusts]


@contextmanager
def frozen(network: torch.nn.Module) -> Iterator[None]:
    """Let gradients through a network, but none into it, for what is computed here."""
    parameters = list(network.parameters())
    for parameter in parameters:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in parameters:
            parameter.requires_grad_(True)


def _filled(
    image: NDArray[np.float32], labels: NDArray[np.int16], side: int
) -> tuple[NDArray[np.float32], NDArray[np.int16]]:
    """Fill planes up that are smaller than a patch, as patches are."""
    more = [(0, max(0, side - extent)) for extent in labels.shape]
    if not any(after for _, after in more):
        return image, labels
    filled = np.pad(image, [(0, 0), *more], mode="reflect")
    return filled, np.pad(labels, more, constant_values=-1)


def _squares(shape: tuple[int, ...], side: int) -> Iterator[tuple[slice, slice]]:
    """Yield squares that cover a plane evenly."""
    starts = [
        np.linspace(0, extent - side, -(-extent // side)).round().astype(int)
        for extent in shape
    ]
    for top in starts[0]:
        for left in starts[1]:
            yield slice(top, top + side), slice(left, left + side)
