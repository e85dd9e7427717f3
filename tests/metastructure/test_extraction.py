"""EMS draws from the skeleton as the paper does, or evenly from the whole shape."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt
from skimage.morphology import medial_axis

from napari_metastruct.metastructure.extraction import Reach, extract, skeleton
from napari_metastruct.sample_data import synthetic_network, synthetic_nuclei


def long_bar() -> NDArray[np.bool_]:
    y, x = np.mgrid[-40:41, 0:900]
    return np.asarray(np.abs(y) <= 14 + 8 * np.sin(x / 60))


def disc() -> NDArray[np.bool_]:
    y, x = np.mgrid[-60:61, -60:61]
    return np.asarray(np.hypot(y, x) <= 50)


def tube() -> NDArray[np.bool_]:
    z, y, _ = np.mgrid[-15:16, -15:16, 0:60]
    return np.asarray(np.hypot(z, y) <= 8)


SHAPES = {"bar": long_bar(), "disc": disc(), "tube": tube()}


@pytest.mark.parametrize("name", SHAPES)
def test_width_draws_evenly_from_the_shape(name: str) -> None:
    shape = SHAPES[name]
    drawn = np.zeros(shape.shape)
    for seed in range(40):
        drawn += extract(shape, keep=0.1, rng=seed)
    assert not drawn[~shape].any()
    # Shells by the distance to the rim: none may get more than its share.
    depth = distance_transform_edt(shape)[shape]
    shells = np.digitize(depth, np.quantile(depth, [0.2, 0.4, 0.6, 0.8]))
    for shell in np.unique(shells):
        inside = drawn[shape][shells == shell]
        error = math.sqrt(4 * 0.9 / inside.size)  # of the mean of 40 draws at 0.1
        assert abs(inside.mean() - 4) < 4 * error


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("keep", [0.0, 0.1, 0.33, 1.0])
def test_width_keeps_the_share_asked_for(name: str, keep: float) -> None:
    shape = SHAPES[name]
    label = extract(shape, keep=keep, rng=0)
    assert label.dtype == np.uint8
    assert label.sum() == math.ceil(keep * shape.sum())


@pytest.mark.parametrize("name", ["network", "nuclei"])
def test_the_discs_of_the_medial_axis_fill_the_shape(name: str) -> None:
    make: Any = {"network": synthetic_network, "nuclei": synthetic_nuclei}[name]
    shape = np.pad(make((128, 128))[1] > 0, 2)
    axis, distance = medial_axis(shape, return_distance=True, rng=0)
    centres = np.argwhere(axis)
    grid = np.indices(shape.shape).reshape(2, -1).T
    filled = np.zeros(grid.shape[0], bool)
    for centre in centres:
        away = ((grid - centre) ** 2).sum(axis=1)
        filled |= away < distance[tuple(centre)] ** 2 - 1e-6
    everything = extract(shape, keep=1, rng=0) > 0
    assert not (filled.reshape(shape.shape) & ~everything).any()
    # Pixels are coarse: the thinned axis of narrow tubules misses some of the rim.
    assert filled.sum() > 0.9 * everything.sum()


@pytest.mark.parametrize("radius", [0, 1, 3])
@pytest.mark.parametrize("name", SHAPES)
def test_the_papers_points_lie_near_the_skeleton(name: str, radius: int) -> None:
    shape = SHAPES[name]
    axis = skeleton(shape)
    label = extract(shape, radius=radius, keep=1, rng=0)
    away = np.abs(np.argwhere(label)[:, None] - np.argwhere(axis)).max(axis=2)
    assert away.min(axis=1).max() <= radius
    assert label.sum() <= axis.sum()
    if radius == 0:
        assert np.array_equal(label, axis)


def test_the_papers_offsets_are_uniform() -> None:
    point = np.zeros((21, 21), bool)
    point[10, 10] = True
    hits = np.zeros((21, 21))
    rng = np.random.default_rng(0)
    for _ in range(2500):
        hits += extract(point, radius=2, keep=1, rng=rng)
    assert hits.sum() == 2500
    assert hits[8:13, 8:13].sum() == 2500
    assert np.abs(hits[8:13, 8:13] - 100).max() < 4 * math.sqrt(100)


def test_points_are_clamped_at_the_border() -> None:
    line = np.zeros((32, 64), bool)
    line[0] = True
    label = extract(line, radius=5, keep=1, rng=0)
    assert label[:6].any(axis=1).all()
    assert not label[6:].any()


@pytest.mark.parametrize("keep", [0.1, 0.5])
def test_the_paper_keeps_a_share_of_the_skeleton(keep: float) -> None:
    axis = skeleton(long_bar())
    label = extract(long_bar(), radius=0, keep=keep, rng=3)
    assert label.sum() == math.ceil(keep * axis.sum())


@given(
    shape=hnp.arrays(np.bool_, hnp.array_shapes(min_dims=2, max_dims=3, max_side=9)),
    radius=st.sampled_from(["width", 0, 1, 4]),
    keep=st.floats(0, 1),
    seed=st.integers(0, 9),
)
def test_anything_gives_a_label_that_is_empty_only_if_it_must(
    shape: NDArray[np.bool_], radius: Reach, keep: float, seed: int
) -> None:
    label = extract(shape, radius=radius, keep=keep, rng=seed)
    assert label.shape == shape.shape
    assert set(np.unique(label)) <= {0, 1}
    assert label.any() == (shape.any() and keep > 0)
    assert np.array_equal(label, extract(shape, radius=radius, keep=keep, rng=seed))


def test_every_draw_is_another_one() -> None:
    rng = np.random.default_rng(0)
    first, second = extract(disc(), rng=rng), extract(disc(), rng=rng)
    assert not np.array_equal(first, second)


def test_the_whole_image_may_be_foreground() -> None:
    assert extract(np.ones((40, 40)), keep=0.5, rng=0).sum() == 800


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"keep": 1.5}, "not 1.5"), ({"radius": -1}, "not -1")],
)
def test_senseless_settings_are_refused(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        extract(disc(), **settings)
    with pytest.raises(ValueError, match="2 or 3 axes"):
        skeleton(np.ones(5, bool))
