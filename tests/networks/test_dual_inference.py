"""The image branch and the label branch, joined at every scale of any network."""

from typing import cast

import numpy as np
import pytest
import torch
from tests.zoo import need_zoo
from torch import nn

from napari_metastruct.networks.create import NetworkSettings, create_network
from napari_metastruct.networks.dual_inference import CorrectionBranch, DualInference
from napari_metastruct.networks.residual import ResidualBlock
from napari_metastruct.networks.scales import Scale, Scales, scales_of

SIZES = {
    "small": NetworkSettings(width=1, depth=2),
    "unet": NetworkSettings(width=4, depth=3),
    "dfc": NetworkSettings(name="dfc", width=3, depth=2),
    "deeplabv3+": NetworkSettings(name="deeplabv3+"),
    "hrnet": NetworkSettings(name="hrnet"),
}
EXTRA = ("deeplabv3+", "hrnet")


@pytest.fixture(params=SIZES)
def settings(request: pytest.FixtureRequest) -> NetworkSettings:
    chosen = SIZES[request.param]
    if chosen.name in EXTRA:
        need_zoo()
    return chosen


def dual(settings: NetworkSettings, classes: int = 3) -> DualInference:
    torch.manual_seed(0)
    branch = create_network(settings, 2, classes)
    return DualInference(settings, branch, CorrectionBranch(settings, classes))


def test_the_scales_are_those_of_the_features(settings: NetworkSettings) -> None:
    network = create_network(settings, 2, 3).eval()
    scales = Scales(settings, network)
    shape = 2 * settings.stride, 3 * settings.stride
    with torch.inference_mode():
        network(torch.zeros(1, 2, *shape))
    found = [Scale(f.shape[1], shape[0] // f.shape[2]) for f in scales.take()]
    assert tuple(found) == scales_of(settings)
    strides = [scale.stride for scale in found]
    assert strides == sorted(strides, reverse=True)


def test_scales_of_a_u_net() -> None:
    due = (Scale(32, 8), Scale(16, 4), Scale(8, 2), Scale(4, 1))
    assert scales_of(SIZES["unet"]) == due


def test_gives_revised_logits_for_each_pixel(settings: NetworkSettings) -> None:
    whole = dual(settings).eval()
    shape = 2 * settings.stride, 3 * settings.stride
    with torch.inference_mode():
        logits = whole(torch.randn(2, 5, *shape))
    assert logits.shape == (2, 3, *shape)
    assert torch.isfinite(logits).all()


def test_both_branches_learn_from_the_revised_labels(
    settings: NetworkSettings,
) -> None:
    whole = dual(settings)
    side = 2 * settings.stride
    whole(torch.randn(2, 5, side, side)).square().sum().backward()
    for branch in (whole.image_branch, whole.label_branch):
        grads = [p.grad for p in branch.parameters() if p.grad is not None]
        assert any(bool(g.abs().sum() > 0) for g in grads)
    assert all(p.grad is not None for p in whole.label_branch.parameters())


def test_labels_and_image_both_count() -> None:
    whole = dual(SIZES["unet"]).eval()
    given = torch.randn(1, 5, 32, 32)
    with torch.inference_mode():
        before = whole(given)
        for channel in (0, 4):
            other = given.clone()
            other[:, channel] += 1
            assert not torch.allclose(before, whole(other))


def test_the_image_branch_is_left_as_it_was() -> None:
    whole = dual(SIZES["unet"]).eval()
    images = torch.randn(1, 2, 16, 16)
    logits, seen = whole.segment(images)
    assert len(seen) == 4
    whole.close()
    torch.testing.assert_close(whole.image_branch(images), logits)
    with pytest.raises(RuntimeError, match="take"):
        whole.segment(images)


def test_the_decoder_is_equation_1() -> None:
    """``h_k = W_up h_{k-1} + W_mid f_k``, written out for a small U-Net."""
    whole = dual(SIZES["small"]).eval()
    branch = whole.label_branch
    with torch.inference_mode():
        labels = torch.rand(1, 3, 8, 8)
        _, seen = whole.segment(torch.randn(1, 2, 8, 8))
        fine = branch.down[0](labels)
        half = branch.down[1](fine)
        quarter = branch.down[2](half)
        h = branch.up[0](quarter) + branch.middle[0](torch.cat([seen[0], quarter], 1))
        for k, skip in ((1, half), (2, fine)):
            larger = nn.functional.interpolate(
                branch.up[k](h), scale_factor=2, mode="bilinear"
            )
            h = larger + branch.middle[k](torch.cat([seen[k], skip], 1))
        due = branch.classifier(h)
        torch.testing.assert_close(branch(labels, seen), due)


@pytest.mark.parametrize(("stride", "side"), [(1, 9), (2, 5)])
def test_a_residual_block_is_bn_relu_conv_twice(stride: int, side: int) -> None:
    torch.manual_seed(0)
    block = ResidualBlock(3, 4, stride=stride).eval()
    kinds = [type(layer) for layer in block.residual]
    assert kinds == [nn.BatchNorm2d, nn.ReLU, nn.Conv2d] * 2
    values = torch.randn(2, 3, 9, 9)
    found = block(values)
    assert found.shape == (2, 4, side, side)
    eased = (values / np.sqrt(1 + 1e-5)).relu()
    first = cast("nn.Conv2d", block.residual[2])(eased)
    second = cast("nn.Conv2d", block.residual[5])((first / np.sqrt(1 + 1e-5)).relu())
    torch.testing.assert_close(found, second + block.shortcut(values))


def test_a_residual_block_of_one_size_passes_its_input_on() -> None:
    block = ResidualBlock(3, 3)
    last = cast("nn.Conv2d", block.residual[-1])
    nn.init.zeros_(last.weight)
    values = torch.randn(2, 3, 5, 5)
    torch.testing.assert_close(block(values), values)


def test_first_weights_make_every_layer_count_alike() -> None:
    torch.manual_seed(0)
    branch = CorrectionBranch(NetworkSettings(width=16, depth=2), 2)
    for layer in branch.modules():
        if isinstance(layer, nn.Conv2d) and layer.weight.numel() > 2000:
            inputs = layer.weight[0].numel()
            assert float(layer.weight.detach().var()) == pytest.approx(
                2 / inputs, rel=0.1
            )
