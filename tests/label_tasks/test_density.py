"""Density maps of one file or array: the same as by the plain function."""

from pathlib import Path

import numpy as np
import pytest
from tests.quick import save_labels, truth

from napari_metastruct import density_maps
from napari_metastruct.errors import InputError
from napari_metastruct.metastructure import auto_bandwidth, density


def test_one_plane_is_what_the_function_gives() -> None:
    labels = truth()
    expected = density(labels, 3.0, "box", edge_correction=True)
    found = density_maps(labels, bandwidth=3, kernel="box", edge_correction=True)
    np.testing.assert_array_equal(found.maps, expected.maps)
    assert found.classes == (0, 1, 2)
    assert found.counts == tuple(np.bincount(labels.ravel()))
    assert found.bandwidth == (3.0, 3.0)


def test_planes_by_themselves_or_together() -> None:
    labels = truth(shape=(2, 3, 48, 64))
    planes = density_maps(labels, bandwidth=3, classes=(2, 1))
    assert planes.maps.shape == (2, 2, 3, 48, 64)
    for index in np.ndindex(2, 3):
        expected = density(labels[index], 3.0, classes=(2, 1)).maps
        np.testing.assert_array_equal(planes.maps[:, *index], expected)
    volumes = density_maps(labels, bandwidth=(1, 3, 3), volume=True)
    expected = density(labels[1], (1.0, 3.0, 3.0)).maps
    np.testing.assert_array_equal(volumes.maps[:, 1], expected)


def test_a_class_that_a_plane_lacks_is_0_there() -> None:
    labels = truth(shape=(3, 48, 64))
    labels[1][labels[1] == 2] = 0
    labels = labels.astype(np.int8)
    labels[2] = -1
    found = density_maps(labels, bandwidth=3)
    assert found.classes == (0, 1, 2)
    assert found.maps[2, 0].any()
    assert not found.maps[2, 1].any()
    assert not found.maps[:, 2].any()


def test_the_bandwidth_is_one_for_all_planes() -> None:
    labels = truth(shape=(3, 48, 64))
    labels[2] = 0  # tells nothing of the size of objects
    found = density_maps(labels)
    sizes = [auto_bandwidth(plane) for plane in labels[:2]]
    assert found.bandwidth == pytest.approx((np.median(sizes),) * 2)
    alone = density_maps(labels[0])
    assert alone.bandwidth == pytest.approx((sizes[0],) * 2)
    np.testing.assert_array_equal(alone.maps, density(labels[0]).maps)


def test_physical_units(tmp_path: Path) -> None:
    path = save_labels(tmp_path / "a.tif")  # pixels of 0.5 µm
    found = density_maps(path, bandwidth=2, unit="physical")
    assert found.bandwidth == pytest.approx((4, 4))
    layer = density_maps(truth(), bandwidth=2, unit="physical", spacing=(1, 0.5))
    assert layer.bandwidth == pytest.approx((2, 4))
    with pytest.raises(InputError, match="does not say how large its pixels are"):
        density_maps(truth(), bandwidth=2, unit="physical")


def test_what_cannot_be_mapped() -> None:
    with pytest.raises(InputError, match="is larger than the whole image"):
        density_maps(truth(), bandwidth=100)
    with pytest.raises(InputError, match="Class 7 was asked for"):
        density_maps(truth(), classes=(1, 7))
    with pytest.raises(InputError, match="Every pixel of 'labels' is ignored"):
        density_maps(np.full((2, 8, 8), -1))
    with pytest.raises(InputError, match="holds 100 classes"):
        density_maps(np.arange(100).reshape(10, 10))
