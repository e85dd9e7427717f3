"""Patches of an image and of its maps stay on top of each other."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tests.training.labelled.tiny import discs, pair_of, quick, session_of

from napari_metastruct.training.labelled.augment import (
    Crop,
    count_crops,
    draw_crops,
    patch_side,
)


@st.composite
def crops(draw: st.DrawFn) -> tuple[Crop, tuple[int, int]]:
    shape = draw(st.tuples(st.integers(32, 90), st.integers(32, 90)))
    size, side = draw(st.integers(24, 60)), draw(st.sampled_from([32, 48]))
    top = draw(st.integers(0, max(0, shape[0] - size)))
    left = draw(st.integers(0, max(0, shape[1] - size)))
    turns, mirrored = draw(st.integers(0, 3)), draw(st.booleans())
    return Crop(0, top, left, size, side, turns, mirrored), shape


def slopes(shape: tuple[int, int]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Return an image whose two channels say where a pixel lies."""
    return np.indices(shape).astype(np.float32)


@given(crops())
def test_image_labels_and_maps_show_the_same_pixels(
    drawn: tuple[Crop, tuple[int, int]],
) -> None:
    crop, shape = drawn
    image = slopes(shape)
    where = (image[0] * 1000 + image[1]).astype(np.int32)
    seen = crop.cut_image(image)
    labels = crop.cut_map(where)
    soft = crop.cut_map(np.stack([where / 7, where / 11]))
    assert seen.shape == (2, crop.side, crop.side)
    inside = labels >= 0
    rows, columns = labels // 1000, labels % 1000
    # Half a pixel off where the image is interpolated, and none where it is not;
    # more only where it is mirrored beyond the plane's edge.
    most = 0.0 if crop.size == crop.side else 1.0
    border = (rows < shape[0] - 1) & (columns < shape[1] - 1)
    for due, channel in zip((rows, columns), seen, strict=True):
        assert np.abs(due - channel)[inside & border].max(initial=0) <= most
    np.testing.assert_allclose(soft[0][inside], labels[inside] / 7, rtol=1e-6)
    assert (soft[:, ~inside] == 0).all()


@given(crops())
def test_placing_undoes_cutting(drawn: tuple[Crop, tuple[int, int]]) -> None:
    crop, shape = drawn
    image = slopes(shape)
    rows, columns, values = crop.place(crop.cut_image(image), shape)
    due = image[:, rows, columns]
    assert values.shape == due.shape
    most = 0.0 if crop.size == crop.side else 2.5
    assert np.abs(values - due).max() <= most


def test_every_pixel_is_seen_again_and_again() -> None:
    shapes = [(100, 70), (32, 64)]
    settings = quick(scale=0.0)
    rng = np.random.default_rng(0)
    seen = [np.zeros(shape, np.int64) for shape in shapes]
    for _ in range(40):
        for crop in draw_crops(shapes, 32, settings, rng):
            plane = seen[crop.plane]
            plane[crop.top : crop.top + 32, crop.left : crop.left + 32] += 1
    assert all(plane.min() >= 2 for plane in seen)


@pytest.mark.parametrize("wanted", [0, 3, 50])
def test_epochs_have_as_many_patches_as_wanted(wanted: int) -> None:
    shapes = [(64, 64)] * 3
    settings = quick(patches_per_epoch=wanted)
    rng = np.random.default_rng(0)
    drawn = list(draw_crops(shapes, 32, settings, rng))
    assert len(drawn) == count_crops(shapes, 32, settings)
    assert len(drawn) == {0: 12, 3: 4, 50: 52}[wanted]
    assert {crop.plane for crop in drawn} == {0, 1, 2}


def test_patches_are_no_larger_than_the_planes() -> None:
    assert patch_side([(64, 200)], quick(patch=512)) == 64
    assert patch_side([(50, 200), (33, 90)], quick(patch=512)) == 52
    assert patch_side([(300, 200)], quick(patch=130)) == 128


def test_switched_off_nothing_is_changed() -> None:
    images, labels = discs(count=2)
    settings = quick(
        scale=0, intensity=0, flips=False, turns=False, validation=0, batch=2
    )
    session = session_of([pair_of(images, labels)], settings)
    (batch,) = session.batches({"number": [np.full((32, 32), 5), np.full((32, 32), 6)]})
    for place, number in enumerate(batch.planes):
        np.testing.assert_array_equal(batch.images[place], session.image(number))
        np.testing.assert_array_equal(batch.labels[place], session.given[number])
        assert (batch.maps["number"][place] == 5 + number).all()


def test_predictions_of_a_batch_are_put_back() -> None:
    images, labels = discs(count=3, side=48)
    session = session_of([pair_of(images, labels)], quick(intensity=0, scale=0))
    for batch in session.batches():
        for number, rows, columns, values in batch.placed(batch.images):
            due = session.image(number)[:, rows, columns]
            np.testing.assert_array_equal(values, due)


def test_patches_without_any_label_are_not_learned_from() -> None:
    images, _ = discs(count=2, side=96)
    labels = np.full(images.shape, -1, np.int16)
    labels[:, 60, 70] = 1
    labels[:, 61, 70] = 0
    session = session_of([pair_of(images, labels)], quick(validation=0, scale=0))
    for batch in session.batches():
        assert (batch.labels >= 0).flatten(1).any(1).all()
        assert batch.labels.dtype == torch.int64
