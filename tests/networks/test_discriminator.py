"""The discriminator: as deep as its patches let, one number a mask."""

import pytest
import torch

from napari_metastruct.networks.discriminator import Discriminator, blocks_for
from napari_metastruct.networks.residual import ResidualBlock


@pytest.mark.parametrize(
    ("side", "blocks"),
    [(513, 7), (512, 7), (256, 6), (128, 5), (96, 4), (64, 4), (32, 3)],
)
def test_small_patches_get_fewer_blocks(side: int, blocks: int) -> None:
    assert blocks_for(side) == blocks
    discriminator = Discriminator(1, 2, width=1, blocks=blocks)
    found = [m for m in discriminator.modules() if isinstance(m, ResidualBlock)]
    assert len(found) == blocks
    left = discriminator.blocks(torch.zeros(2, 3, side, side))
    assert min(left.shape[2:]) >= 4


def test_patches_that_are_too_small_get_none() -> None:
    assert blocks_for(7) == 0


def test_gives_one_number_a_mask_by_image_and_mask() -> None:
    torch.manual_seed(0)
    discriminator = Discriminator(2, 3, width=4, blocks=3).eval()
    images, masks = torch.randn(2, 2, 40, 33), torch.rand(2, 3, 40, 33)
    odds = discriminator(images, masks)
    assert odds.shape == (2,)
    assert not torch.allclose(odds, discriminator(images, 1 - masks))
    assert not torch.allclose(odds, discriminator(images + 1, masks))


def test_blocks_grow_to_eight_times_the_first() -> None:
    discriminator = Discriminator(1, 2, width=4, blocks=7)
    widths = [
        m.residual[-1].out_channels
        for m in discriminator.modules()
        if isinstance(m, ResidualBlock)
    ]
    assert widths == [4, 8, 16, 32, 32, 32, 32]


def test_learns_to_tell_discs_from_noise() -> None:
    torch.manual_seed(0)
    discriminator = Discriminator(1, 1, width=2, blocks=3)
    optimiser = torch.optim.Adam(discriminator.parameters(), 0.01)
    images = torch.randn(8, 1, 32, 32)
    smooth = torch.nn.functional.avg_pool2d(images, 9, 1, 4) > 0
    masks = torch.cat([smooth[:4], images[4:] > 0]).float()
    real = torch.tensor([1.0] * 4 + [0.0] * 4)
    for _ in range(20):
        loss = torch.nn.functional.binary_cross_entropy_with_logits(
            discriminator(images, masks), real
        )
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    assert float(loss.detach()) < 0.3
