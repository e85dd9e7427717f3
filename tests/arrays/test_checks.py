"""Bad images are refused in a sentence with the values in it, before any work."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from napari_metastruct.arrays import (
    ImageStack,
    check_labels,
    check_region,
    check_stack,
    open_stack,
    to_label_dtype,
)
from napari_metastruct.errors import InputError
from napari_metastruct.sample_data import BUNDLED, bundled_image, synthetic_nuclei


def noise(*shape: int) -> NDArray[np.float32]:
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def spoiled(values: NDArray[Any], *bad: float) -> NDArray[Any]:
    spoiled = values.copy()
    spoiled.flat[: len(bad)] = bad
    return spoiled


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (np.full((40, 50), 7, np.uint8), "constant: every pixel is 7"),
        (np.full((3, 40, 50), -1.5), "constant: every pixel is -1.5"),
        (np.full((40, 50), np.nan), "All 2,000 values of 'a.tif' are NaN"),
        (spoiled(noise(2, 40, 50), np.nan, np.inf, -np.inf), "3 of the 4,000 values"),
        (noise(31, 50), "31 rows and 50 columns"),
        (noise(50, 3), "50 rows and 3 columns"),
        (noise(0, 50), "empty: its shape is"),
        (np.zeros((0, 40, 50)), "empty: its shape is"),
        (noise(40, 50) > 0, "boolean: it is a mask already"),
        (np.where(noise(40, 50) > 0, 255, 0), "only the values 0 and 255.*mask"),
        (np.where(noise(3, 40, 50) > 0, 1.0, 0.5), "only the values 0.5 and 1.*mask"),
        (noise(40, 50) + 1j, r"complex numbers \(complex64\)"),
        (noise(40, 50).astype(str), "type <U.*, not numbers"),
        (noise(40, 50).astype(object), "type object, not numbers"),
        (spoiled(noise(40, 50).astype(np.float64), 1e39), "reaches 1e\\+39, beyond"),
    ],
)
def test_a_bad_image_is_refused_with_its_values(
    image: NDArray[Any], words: str
) -> None:
    stack = ImageStack("a.tif", "ZYX"[-image.ndim :], None, image)
    with pytest.raises(InputError, match=words):
        check_stack(stack)


@pytest.mark.parametrize(
    "image",
    [
        -np.abs(noise(40, 50)) - 5,
        noise(1, 40, 50),
        np.concatenate([np.zeros((2, 40, 50)), noise(1, 40, 50)]),
        (1000 * noise(40, 50)).astype(np.int64),
        noise(40, 50).astype(np.float16),
        noise(40, 50) * 1e-30,
        (noise(40, 50) * 20 + 100).astype(np.uint8),
        np.random.default_rng(0).poisson(0.3, (64, 64)),
    ],
)
def test_an_unusual_but_good_image_is_taken(image: NDArray[Any]) -> None:
    check_stack(open_stack(image))


def test_one_constant_channel_is_no_reason_to_refuse() -> None:
    image = np.stack([noise(40, 50), np.ones((40, 50))])
    check_stack(open_stack(image, axes="CYX", channels=(0, 1)))
    with pytest.raises(InputError, match="constant"):
        check_stack(open_stack(image, axes="CYX", channels=(1,)))


def test_planes_that_differ_only_among_each_other_are_not_constant() -> None:
    levels = np.arange(3.0)[:, None, None] * np.ones((3, 40, 50))
    check_stack(open_stack(levels))


class TestLabelImages:
    """A label image given as an image is told from a picture."""

    @pytest.mark.parametrize("dtype", [np.uint16, np.int64, np.float32])
    @pytest.mark.parametrize("factor", [1, 37])
    def test_objects_are_recognised(self, factor: int, dtype: type) -> None:
        truth: NDArray[Any] = synthetic_nuclei()[1].astype(dtype) * factor
        with pytest.raises(InputError, match="label image"):
            check_stack(open_stack(truth))

    def test_a_stack_of_objects_is_recognised(self) -> None:
        truth = np.stack([synthetic_nuclei(seed=seed)[1] for seed in range(3)])
        with pytest.raises(InputError, match="label image"):
            check_stack(open_stack(truth))

    def test_a_map_of_classes_is_recognised(self) -> None:
        distance = ndimage.distance_transform_edt(synthetic_nuclei()[1])
        classes = (distance > 0).astype(np.uint8) + (distance > 4)
        with pytest.raises(InputError, match="label image"):
            check_stack(open_stack(classes))

    def test_cells_without_gaps_are_recognised(self) -> None:
        seeds = np.zeros((200, 200), bool)
        seeds.flat[np.random.default_rng(0).choice(200 * 200, 90, replace=False)] = True
        numbers, _ = ndimage.label(seeds)
        nearest = ndimage.distance_transform_edt(
            ~seeds, return_distances=False, return_indices=True
        )
        with pytest.raises(InputError, match="label image"):
            check_stack(open_stack(numbers[tuple(nearest)]))

    @pytest.mark.parametrize("name", BUNDLED)
    def test_bundled_pictures_are_pictures(self, name: str) -> None:
        image = bundled_image(name)
        check_stack(open_stack(image))
        if image.ndim == 3:
            for channel in range(3):
                check_stack(open_stack(image, channels=(channel,)))

    @pytest.mark.parametrize("levels", [12, 60, 250])
    def test_a_smooth_picture_is_a_picture(self, levels: int) -> None:
        smooth = ndimage.gaussian_filter(noise(300, 300), 25)
        smooth = (smooth - smooth.min()) / np.ptp(smooth)
        check_stack(open_stack((levels * smooth).astype(np.uint8)))

    def test_bright_spots_on_a_dark_saturated_camera_are_a_picture(self) -> None:
        image = synthetic_nuclei()[0].astype(np.float64)
        check_stack(open_stack(np.clip(image - 130, 0, 40).astype(np.uint8)))


class TestRegion:
    """A region lies in the plane and is large enough."""

    def test_a_good_region_becomes_plain_integers(self) -> None:
        region: Any = tuple(np.array([0, 32, 8, 50]))
        assert check_region(region, (40, 50)) == (0, 32, 8, 50)

    @pytest.mark.parametrize(
        ("region", "words"),
        [
            ((0, 41, 0, 50), "rows 0 to 41.*40 rows and 50 columns"),
            ((-1, 40, 0, 50), "rows -1 to 40"),
            ((40, 0, 0, 50), "rows 40 to 0"),
            ((0, 31, 0, 50), "31 rows and 50 columns; at least 32"),
        ],
    )
    def test_a_bad_region_is_refused(
        self, region: tuple[int, int, int, int], words: str
    ) -> None:
        with pytest.raises(InputError, match=words):
            check_region(region, (40, 50))


class TestLabels:
    """Labels are whole numbers from -1 on."""

    def test_integers_are_not_copied(self) -> None:
        labels = np.array([[-1, 0], [2, 300]])
        assert check_labels(labels) is labels

    def test_masks_and_whole_floats_become_integers(self) -> None:
        assert check_labels(np.array([True, False])).tolist() == [1, 0]
        assert check_labels(np.array([-1.0, 2.0])).dtype == np.int64

    @pytest.mark.parametrize(
        ("labels", "words"),
        [
            ([0.5], "holds 0.5"),
            ([np.nan], "holds nan"),
            ([-2, 3], "value -2"),
            (["a"], "whole numbers"),
            ([1j], "whole numbers"),
            ([1e300], "holds 1e\\+300"),
        ],
    )
    def test_others_are_refused(self, labels: list[Any], words: str) -> None:
        with pytest.raises(InputError, match=words):
            check_labels(np.array(labels))

    @pytest.mark.parametrize(
        ("most", "dtype"),
        [(1, "u1"), (255, "u1"), (256, "u2"), (65536, "u4"), (2**32, "u8")],
    )
    def test_the_smallest_unsigned_type_is_taken(self, most: int, dtype: str) -> None:
        labels = to_label_dtype(np.array([0, most], np.int64))
        assert labels.dtype == np.dtype(dtype)
        assert labels.max() == most

    def test_no_labels_at_all_and_masks_fit_a_byte(self) -> None:
        assert to_label_dtype(np.zeros((0, 3), np.int64)).dtype == np.uint8
        assert to_label_dtype(np.ones(3, bool)).dtype == np.uint8

    def test_negative_labels_have_no_unsigned_type(self) -> None:
        with pytest.raises(InputError, match="least is -1"):
            to_label_dtype(np.array([-1, 0]))
