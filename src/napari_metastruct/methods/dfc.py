"""Differentiable feature clustering (Kim, Kanezaki and Tanaka 2020)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from napari_metastruct.features import FeatureSettings
from napari_metastruct.networks.create import NetworkSettings
from napari_metastruct.parameters import Positive, PositiveCount
from napari_metastruct.thresholding import most_correlated_threshold
from napari_metastruct.training.method import Method

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import torch
    from numpy.typing import NDArray

    from napari_metastruct.networks.dfc import DFCNetwork
    from napari_metastruct.progress import Event
    from napari_metastruct.training.data import Tile
    from napari_metastruct.training.session import Session

__all__ = ["DFC"]


class DFC(Method):
    """A network that agrees with its own clusters, which shall also be smooth.

    In every step the strongest of the network's responses becomes the pixel's
    label, and the network is trained towards it: cross-entropy (similar features
    belong together) plus the L1 difference of neighbouring responses (so do
    neighbours). Clusters die out on the way; learning ends when few are left.

    The paper leaves open which clusters are foreground. Here it is decided from
    the image: clusters whose mean intensity is above Otsu's threshold, computed
    over the clusters with their sizes as weights.
    """

    title: ClassVar[str] = "DFC, differentiable feature clustering"
    reference: ClassVar[str] = "Kim, Kanezaki and Tanaka, IEEE TIP 2020"

    name: Literal["dfc"] = "dfc"
    """Name of the method."""
    width: Annotated[int, Field(ge=2, le=256)] = 100
    """Channels of each layer, and clusters at the start."""
    blocks: Annotated[int, Field(ge=2, le=6)] = 2
    """Layers of 3x3 convolution before the classifier."""
    steps: Annotated[int, Field(ge=1, le=10_000)] = 100
    """Optimisation steps at most."""
    fewest: Annotated[int, Field(ge=2, le=100)] = 3
    """Learning ends when so few clusters are left."""
    continuity: Annotated[float, Field(ge=0, le=100)] = 1.0
    """Weight of the smoothness against the clustering."""
    learning_rate: Positive = 0.1
    """Step size of the optimiser (SGD)."""
    momentum: Annotated[float, Field(ge=0, lt=1)] = 0.9
    """Inertia of the optimiser."""
    patch: Annotated[int, Field(ge=32, le=2048)] = 256
    """Side in pixels of the square that is learned from in one step."""
    steps_per_epoch: PositiveCount = 5
    """Steps between two looks at the result."""

    def network_settings(self) -> NetworkSettings:
        """Return the network: ``blocks`` layers of ``width`` channels."""
        return NetworkSettings(name="dfc", width=self.width, depth=self.blocks)

    def feature_settings(self) -> FeatureSettings:
        """Return the network's input: the image alone."""
        return FeatureSettings(kind="image")

    def train(self, session: Session) -> Iterator[Event]:
        """Learn until few clusters are left or the steps are used up."""
        import torch

        network: DFCNetwork = session.network  # type: ignore[assignment]
        session.optimizer = torch.optim.SGD(
            network.parameters(), self.learning_rate, self.momentum
        )
        epochs = -(-self.steps // self.steps_per_epoch)
        for epoch in session.epochs(epochs, self.steps_per_epoch):
            for batch in session.batches(self.steps_per_epoch, size=1, side=self.patch):
                responses = network.responses(batch.images)
                clusters = responses.detach().argmax(1)
                yield session.step(self._loss(responses, clusters))
            left = int(clusters.ravel().bincount().count_nonzero())
            yield from _look(session, network)
            yield session.end_epoch(epoch, epochs, clusters=left)
            if left <= self.fewest:
                break
        session.calibrate(side=self.patch)
        _choose_foreground(session, network, range(len(session.tiles)))

    def _loss(self, responses: torch.Tensor, clusters: torch.Tensor) -> torch.Tensor:
        from torch.nn import functional

        similarity = functional.cross_entropy(responses, clusters)
        rows = responses.diff(dim=2).abs().mean()
        columns = responses.diff(dim=3).abs().mean()
        return similarity + self.continuity * (rows + columns)


def _look(session: Session, network: DFCNetwork) -> Iterator[Event]:
    _choose_foreground(session, network, [0])
    session.probability[0][...] = session.predict(0)
    session.labels[0][...] = session.probability[0] > 0.5
    yield session.preview()


def _choose_foreground(
    session: Session, network: DFCNetwork, numbers: Iterable[int]
) -> None:
    """Mark the clusters that are bright on average, by Otsu over clusters."""
    import torch

    tiles = [session.tiles[number] for number in numbers]
    clusters = np.concatenate([_clusters(session, network, t).ravel() for t in tiles])
    bright = np.concatenate([tile.inputs[0].ravel() for tile in tiles])
    sizes = np.bincount(clusters, minlength=network.foreground.numel())
    sums = np.bincount(clusters, bright, minlength=len(sizes))
    means = sums / np.maximum(sizes, 1)
    threshold = most_correlated_threshold(means[clusters])
    network.foreground[:] = torch.from_numpy((sizes > 0) & (means > threshold))


def _clusters(session: Session, network: DFCNetwork, tile: Tile) -> NDArray[np.intp]:
    import torch

    inputs = torch.from_numpy(tile.inputs)[None].to(session.device)
    network.eval()
    with torch.inference_mode():
        clusters: NDArray[np.intp] = network.responses(inputs).argmax(1).cpu().numpy()
    network.train()
    return clusters
