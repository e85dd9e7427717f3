import numpy as np
import pytest
from skimage.color import deltaE_cie76, rgb2lab

from napari_metastruct.widgets.map_colours import (
    difference_colormap,
    map_colormap,
    ramp,
)


@pytest.mark.parametrize("number", range(8))
def test_equal_steps_of_density_look_equal(number: int) -> None:
    colours = ramp(number)
    lab = rgb2lab(colours[np.newaxis].astype(np.float64))[0]
    np.testing.assert_allclose(colours[0], 0, atol=1e-6)
    assert lab[-1, 0] > 65
    assert (np.diff(lab[:, 0]) > 0).all()
    steps = deltaE_cie76(lab[1:], lab[:-1])
    np.testing.assert_allclose(steps, steps.mean(), rtol=0.02)


def test_classes_have_colours_of_their_own() -> None:
    names = {map_colormap(number).name for number in range(8)}
    assert len(names) == 8
    assert map_colormap(8).name == map_colormap(0).name


def test_a_difference_is_black_in_the_middle_and_bright_at_both_ends() -> None:
    colours = np.asarray(difference_colormap().colors)
    np.testing.assert_allclose(colours[len(colours) // 2, :3], 0, atol=1e-6)
    assert colours[0, 2] > 0.9
    assert colours[-1, 0] > 0.9
