"""The door for labels, and the images behind it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.quick import save_labels, truth

from napari_metastruct.errors import InputError
from napari_metastruct.files import write_image
from napari_metastruct.jobs import DensityJob, NoiseJob
from napari_metastruct.label_tasks import open_labels


@pytest.mark.parametrize(
    ("shape", "volume", "images", "image"),
    [
        ((8, 9), False, 1, (8, 9)),
        ((8, 9), True, 1, (8, 9)),
        ((3, 8, 9), False, 3, (8, 9)),
        ((3, 8, 9), True, 1, (3, 8, 9)),
        ((2, 3, 8, 4), False, 6, (8, 4)),
        ((2, 3, 8, 4), True, 2, (3, 8, 4)),
    ],
)
def test_planes_or_volumes(
    shape: tuple[int, ...], volume: bool, images: int, image: tuple[int, ...]
) -> None:
    labels = np.arange(np.prod(shape)).reshape(shape)
    source = open_labels(labels, NoiseJob(volume=volume))
    assert len(source) == images
    assert {one.shape for one in source} == {image}
    np.testing.assert_array_equal(source.assembled(source), labels)
    np.testing.assert_array_equal(
        np.stack(list(source)), labels.reshape(images, *image)
    )


def test_depth_may_stand_anywhere() -> None:
    labels = np.arange(2 * 3 * 4 * 5).reshape(3, 2, 4, 5)
    source = open_labels(labels, NoiseJob(axes="ZTYX", volume=True))
    np.testing.assert_array_equal(source[1], labels[:, 1])
    np.testing.assert_array_equal(source.assembled(source), labels)
    assert (source.axes, source.image_axes) == ("ZTYX", "ZYX")


def test_a_file_knows_its_axes_and_sizes(tmp_path: Path) -> None:
    path = save_labels(tmp_path / "a.tif", shape=(2, 48, 64), axes="TYX")
    source = open_labels(path, DensityJob(volume=True))
    assert (source.axes, source.image_axes, len(source)) == ("TYX", "YX", 2)
    assert source.spacing() == pytest.approx((0.5, 0.5))
    as_depth = open_labels(path, DensityJob(volume=True, axes="ZYX"))
    assert len(as_depth) == 1
    with pytest.raises(InputError, match="does not say how large its pixels are al"):
        as_depth.spacing()


def test_objects_as_one() -> None:
    labels = np.array([[-1, 0], [1, 700]])
    source = open_labels(labels, NoiseJob(as_one=True))
    np.testing.assert_array_equal(source[0], [[-1, 0], [1, 1]])
    numbers = open_labels(truth().astype(np.uint16) * 300, NoiseJob(as_one=True))
    assert numbers[0].dtype == np.uint8


def test_spacing_of_an_array() -> None:
    labels = truth(shape=(2, 48, 64))
    sizes = open_labels(labels, DensityJob(volume=True), spacing=(3, 1, 2)).spacing()
    assert sizes == (3, 1, 2)
    with pytest.raises(InputError, match="2 sizes, but the labels have the axes ZYX"):
        open_labels(labels, DensityJob(), spacing=(1, 2))


@pytest.mark.parametrize(
    ("labels", "axes", "sentence"),
    [
        (np.zeros((8, 8)), None, "of type float64, but labels are whole numbers"),
        (np.zeros((8, 8), complex), None, "of type complex128"),
        (np.zeros((0, 8), int), None, r"is empty: its shape is \(0, 8\)"),
        (np.zeros(8, int), None, "1 axes, but labels have 2 to 4"),
        (np.zeros((2, 2, 2, 8, 8), int), None, "name the axes"),
        (np.zeros((8, 8, 3), int), "YXS", "3 values a pixel, as colours have"),
        (np.zeros((2, 8, 8), int), "CYX", "2 channels, but labels are one number"),
        (np.zeros((8, 8), int), "YXZ", "do not fit"),
    ],
)
def test_what_is_no_labels_is_refused_before_it_is_read(
    labels: NDArray[Any], axes: str | None, sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        open_labels(labels, NoiseJob(axes=axes))


def test_values_below_minus_one_are_refused(tmp_path: Path) -> None:
    write_image(tmp_path / "a.tif", np.full((8, 8), -2, np.int16), axes="YX")
    source = open_labels(tmp_path / "a.tif", NoiseJob())
    with pytest.raises(InputError, match=r"'a.tif' holds the value -2"):
        source[0]


def test_one_channel_is_none() -> None:
    source = open_labels(np.ones((1, 8, 9), int), NoiseJob(axes="CYX"))
    assert (source.axes, source.shape) == ("YX", (8, 9))
