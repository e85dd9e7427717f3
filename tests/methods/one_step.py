"""A session of one batch whose networks' answers are made by hand."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import log_softmax

from napari_metastruct.progress import BatchEnd, Event
from napari_metastruct.training.labelled.batches import LabelledBatch
from napari_metastruct.training.method import LabelledMethod


class OneStep:
    """Remembers what a method learned from, pixel by pixel.

    Parameters
    ----------
    logits
        Of each network, ``(N, classes, Y, X)``.
    labels
        ``(N, Y, X)``, -1 to ignore.
    epoch
        Number of the epoch that the batch is in, if nothing was waited for.
    """

    def __init__(
        self,
        logits: Sequence[NDArray[np.float64]],
        labels: NDArray[np.integer],
        epoch: int,
    ) -> None:
        self.logits = [torch.from_numpy(one).requires_grad_() for one in logits]
        images = torch.zeros(len(labels), 1, *labels.shape[1:])
        self.batch = LabelledBatch(images, torch.from_numpy(labels), {}, (), ())
        self.epoch = epoch
        self.state: dict[str, Any] = {"learned_for": epoch - 1}
        self.loss = 0.0
        self.values: dict[str, float] = {}

    def train(self, method: LabelledMethod) -> "OneStep":
        """Let a method do its step."""
        for _ in method.train(self):  # type: ignore[arg-type]
            pass
        return self

    def learned_from(self, network: int) -> NDArray[np.bool_]:
        """Return the pixels that a network has a gradient of, ``(N, Y, X)``."""
        gradient = self.logits[network].grad
        assert gradient is not None
        found: NDArray[np.bool_] = (gradient != 0).any(1).numpy()
        return found

    def optimise(self, *_: Any, **__: Any) -> None: ...  # noqa: ANN401

    def epochs(self) -> Iterator[int]:
        yield self.epoch

    def references(self) -> dict[str, Any]:
        return {}

    def batches(self, maps: Mapping[str, Any]) -> Iterator[LabelledBatch]:
        assert not maps
        yield self.batch

    def forward(self, images: torch.Tensor, network: int = 0) -> torch.Tensor:
        assert images is self.batch.images
        return self.logits[network]

    def step(self, *losses: torch.Tensor) -> BatchEnd:
        total = torch.stack(losses).sum()
        total.backward()  # type: ignore[no-untyped-call]
        self.loss = float(total.detach())
        return BatchEnd(1, 1, self.loss)

    def end_epoch(self, _: int, **values: Any) -> Iterator[Event]:  # noqa: ANN401
        self.values = values
        yield from ()


def answers(
    networks: int, classes: int = 3, seed: int = 0
) -> tuple[list[NDArray[np.float64]], NDArray[np.int64]]:
    """Return random logits of two patches for each network, and labels with some -1."""
    rng = np.random.default_rng(seed)
    logits = [rng.normal(0, 2, (2, classes, 9, 7)) for _ in range(networks)]
    return logits, rng.integers(-1, classes, (2, 9, 7))


def entropy(
    logits: NDArray[np.float64], labels: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the cross-entropy of each pixel; of an ignored one it says nothing."""
    picked = np.maximum(labels, 0)[:, None]
    found = -np.take_along_axis(log_softmax(logits, axis=1), picked, axis=1)[:, 0]
    return np.asarray(found)


def smallest(
    losses: NDArray[np.float64], labels: NDArray[np.int64], share: float
) -> NDArray[np.bool_]:
    """Select the share of the labelled pixels with the smallest losses by sorting."""
    known = np.flatnonzero(labels >= 0)
    order = known[np.argsort(losses.ravel()[known])]
    chosen = np.zeros(labels.size, bool)
    chosen[order[: round(share * len(known))]] = True
    return chosen.reshape(labels.shape)
