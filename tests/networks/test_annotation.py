"""The annotation network: one confusion matrix for a pixel and a kind of mark."""

import pytest
import torch

from napari_metastruct.networks.annotation import (
    START,
    AnnotationNetwork,
    beginning,
)


@pytest.mark.parametrize(("classes", "width"), [(2, 4), (3, 7), (5, 16)])
def test_matrices_begin_near_the_identity(classes: int, width: int) -> None:
    network = AnnotationNetwork(2, classes, kinds=2, width=width, depth=2)
    features = network(torch.randn(1, 2, 8, 12))
    assert features.shape == (1, width, 8, 12)
    pixels = features.movedim(1, -1).reshape(-1, width)
    for kind in (0, 1):
        matrices = network.matrices(pixels, kind)
        due = beginning(classes).expand(96, classes, classes)
        torch.testing.assert_close(matrices, due)
        assert (matrices.argmax(1) == torch.arange(classes)).all()
        torch.testing.assert_close(
            matrices.diagonal(dim1=1, dim2=2).max(), torch.tensor(START)
        )


def test_columns_are_distributions_and_differ_from_pixel_to_pixel() -> None:
    torch.manual_seed(0)
    network = AnnotationNetwork(1, 3, kinds=2, width=4, depth=2)
    torch.nn.init.normal_(network.head.weight, std=0.1)
    pixels = network(torch.randn(1, 1, 8, 8)).movedim(1, -1)
    every = network.matrices(pixels.reshape(-1, 4), 1)
    torch.testing.assert_close(every.sum(1), torch.ones(64, 3))
    assert (every > 0).all()
    assert every.std(0).min() > 1e-3
    assert not torch.allclose(every, network.matrices(pixels.reshape(-1, 4), 0))
    # Of some pixels they are the same as of all: only these are computed.
    where = torch.zeros(1, 8, 8, dtype=torch.bool)
    where[0, 2, 3:6] = True
    torch.testing.assert_close(network.matrices(pixels[where], 1), every[19:22])
