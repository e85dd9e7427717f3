"""Touching objects are parted, single ones stay whole, none is lost."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from scipy import ndimage

from napari_metastruct.instances import clean_mask, to_instances
from napari_metastruct.sample_data import synthetic_nuclei


def ball(
    shape: tuple[int, ...],
    centre: tuple[float, ...],
    radius: float,
    spacing: tuple[float, ...] = (1, 1, 1),
) -> NDArray[np.bool_]:
    grid = np.indices(shape, dtype=float)
    away = [(g - c) * s for g, c, s in zip(grid, centre, spacing, strict=False)]
    return np.asarray(np.sqrt(np.square(away).sum(axis=0)) <= radius)


@pytest.mark.parametrize("radius", [4, 6, 10, 20, 40])
@pytest.mark.parametrize("overlap", [0.0, 0.1, 0.25])
def test_touching_discs_are_parted(radius: float, overlap: float) -> None:
    side = int(5 * radius)
    apart = (2 - overlap) * radius
    first = ball((side, side), (side / 2, side / 2 - apart / 2), radius)
    second = ball((side, side), (side / 2, side / 2 + apart / 2), radius)
    labels = to_instances(first | second)
    assert labels.max() == 2
    assert labels.dtype == np.uint8
    for number in (1, 2):
        part = labels == number
        best = max(
            (part & disc).sum() / (part | disc).sum() for disc in (first, second)
        )
        assert best > 0.85


@pytest.mark.parametrize("radius", [8, 12, 20, 35])
@pytest.mark.parametrize("seed", range(6))
def test_a_noisy_disc_is_not_split(radius: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[-50:51, -50:51]
    rim = ndimage.gaussian_filter(rng.normal(size=y.shape), 1.0)
    away = np.hypot(y, x) + rim / rim.std()  # the rim is rough by a pixel
    pieces, _ = ndimage.label(clean_mask(away < radius, fill_holes=True))
    disc = pieces == pieces[50, 50]
    assert to_instances(disc).max() == 1


def test_rods_and_rings_stay_whole() -> None:
    rod = np.zeros((60, 200), bool)
    rod[25:35, 10:190] = True
    ring = ball((80, 80), (40, 40), 30) & ~ball((80, 80), (40, 40), 20)
    assert to_instances(rod).max() == 1
    assert to_instances(ring).max() <= 2  # pixels of a ring are uneven in width
    assert to_instances(ring, fill_holes=True).max() == 1


def test_objects_at_the_border_are_not_cut_by_it() -> None:
    half = ball((60, 60), (0, 30), 20) | ball((60, 60), (59, 10), 15)
    assert to_instances(half).max() == 2


def test_synthetic_nuclei_are_found_again() -> None:
    truth = synthetic_nuclei(seed=1)[1]
    found = to_instances(truth > 0)
    assert abs(int(found.max()) - int(truth.max())) <= 3


def test_small_objects_go_and_numbers_have_no_gaps() -> None:
    mask = np.zeros((40, 40), bool)
    mask[1, 1] = mask[5:7, 5:7] = mask[20:30, 20:30] = True
    mask[35:38, 35] = True
    labels = to_instances(mask, min_size=4)
    assert np.unique(labels).tolist() == [0, 1, 2]
    assert np.bincount(labels.ravel())[1:].tolist() == [4, 100]
    assert clean_mask(mask, min_size=4).sum() == 104
    assert clean_mask(mask, min_size=5).sum() == 100
    assert to_instances(mask).max() == 4


def test_holes_are_filled_only_where_asked() -> None:
    mask = ball((40, 40), (20, 20), 12) & ~ball((40, 40), (20, 20), 3)
    assert not clean_mask(mask)[20, 20]
    assert clean_mask(mask, fill_holes=True)[20, 20]
    assert to_instances(mask, fill_holes=True)[20, 20] == 1


def test_volumes_and_flat_voxels() -> None:
    spacing = (3.0, 1.0, 1.0)
    shape = (16, 48, 80)
    first = ball(shape, (8, 24, 26), 15, spacing)
    second = ball(shape, (8, 24, 53), 15, spacing)
    labels = to_instances(first | second, spacing=spacing)
    assert labels.max() == 2
    assert labels[8, 24, 26] != labels[8, 24, 53]
    assert to_instances(first, spacing=spacing).max() == 1


def test_spacing_has_no_unit() -> None:
    mask = synthetic_nuclei()[1] > 0
    plain = to_instances(mask)
    assert np.array_equal(plain, to_instances(mask, spacing=(0.125, 0.125)))


def test_many_objects_need_a_wider_type() -> None:
    mask = np.zeros((64, 64), bool)
    mask[::2, ::2] = True
    labels = to_instances(mask)
    assert labels.max() == 1024
    assert labels.dtype == np.uint16


@given(
    mask=hnp.arrays(np.bool_, hnp.array_shapes(min_dims=2, max_dims=3, max_side=12)),
    min_size=st.integers(0, 6),
)
def test_no_object_is_lost(mask: NDArray[np.bool_], min_size: int) -> None:
    everything = to_instances(mask)
    assert np.array_equal(everything > 0, mask)
    around = np.ones((3,) * mask.ndim)
    pieces, count = ndimage.label(mask, structure=around)
    assert everything.max() >= count
    for number in range(1, int(everything.max()) + 1):
        part = everything == number
        assert ndimage.label(part, structure=around)[1] == 1
        assert len(np.unique(pieces[part])) == 1
    kept = to_instances(mask, min_size=min_size)
    sizes = np.bincount(kept.ravel())[1:]
    assert (sizes >= min_size).all()
    assert sizes.all()


@pytest.mark.parametrize("shape", [(0, 5), (40, 40)])
def test_empty_and_full_masks(shape: tuple[int, int]) -> None:
    assert to_instances(np.zeros(shape, bool)).shape == shape
    assert not to_instances(np.zeros(shape, bool)).any()
    assert (to_instances(np.ones(shape, np.int64)) == 1).all()
