"""Evidence maps, dead padding, and rules that an image elects without truth."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage
from skimage.draw import disk

from napari_metastruct.evidence import (
    MAP_NAMES,
    BrightPlane,
    EvidenceMaps,
    View,
    VoteSettings,
    blocks,
    blur,
    candidates,
    cuts,
    elect,
    mix_vote_steps,
    noise_level,
    ridges,
    vote,
    voting,
)
from napari_metastruct.progress import run_to_end

Image = NDArray[np.float32]


def whole(image: Image, side: str = "bright") -> EvidenceMaps:
    plane = BrightPlane(image[None], side)  # type: ignore[arg-type]
    return EvidenceMaps(plane, (slice(0, image.shape[0]), slice(0, image.shape[1])))


def seen(image: Image) -> View:
    return View(image, image, np.ones(image.shape, bool))


def blobs(side: int = 192, radius: int = 9) -> NDArray[np.bool_]:
    mask = np.zeros((side, side), bool)
    for row in range(24, side, 48):
        for column in range(24, side, 48):
            mask[disk((row, column), radius)] = True
    return mask


def noisy(image: NDArray[Any], deviation: float = 2.0) -> Image:
    noise = np.random.default_rng(0).normal(0, deviation, image.shape)
    blurred: Image = ndimage.gaussian_filter(image, 1) + noise
    return blurred.astype(np.float32)


def dice(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    return float(2 * (a & b).sum() / (a.sum() + b.sum()))


@pytest.mark.parametrize("sigma", [1, 4, 8, 16, 32])
def test_blur_is_the_gaussian(sigma: float, rng: np.random.Generator) -> None:
    image = rng.normal(size=(200, 170)).cumsum(0).cumsum(1).astype(np.float32)
    image = (image - image.mean()) / image.std()
    due = ndimage.gaussian_filter(image, sigma, mode="nearest", truncate=4)
    inner = (slice(16, -16), slice(16, -16))
    assert np.abs(blur(image, sigma) - due)[inner].max() < 0.15
    assert np.abs(blur(image, sigma) - due)[inner].mean() < 0.02
    assert blur(image, sigma).shape == image.shape


def test_noise_is_measured_in_spite_of_objects(rng: np.random.Generator) -> None:
    image = (blobs() * 50 + rng.normal(0, 3, (192, 192))).astype(np.float32)
    assert noise_level(image) == pytest.approx(3, rel=0.15)


def test_ridges_are_strongest_on_a_bright_line() -> None:
    image = np.zeros((40, 40), np.float32)
    image[20] = 1
    found = ridges(image)
    assert (found.argmax(axis=0) == 20).all()
    assert ridges(-image)[20].max() == 0


@pytest.mark.parametrize("name", MAP_NAMES)
def test_every_map_is_finite_and_brighter_in_objects(name: str) -> None:
    mask = blobs()
    values = whole(noisy(mask * 40.0))[name]
    assert values.shape == mask.shape
    assert np.isfinite(values).all()
    assert values[mask].mean() > values[~mask].mean()


def test_dark_objects_are_bright_ones_turned_round() -> None:
    image = noisy(blobs() * 40.0)
    bright, dark = whole(image), whole(-image, "dark")
    for name in MAP_NAMES:
        np.testing.assert_allclose(dark[name], bright[name], atol=2e-4)


def test_a_map_of_a_window_is_cut_out_of_the_whole() -> None:
    image = noisy(np.tile(blobs(), (4, 4)) * 40.0)
    plane = BrightPlane(image[None], "bright")
    part = EvidenceMaps(plane, (slice(300, 420), slice(290, 400)))
    for name in ("root", "contrast-4", "contrast-16", "contrast-32", "ratio-16"):
        due = whole(image)[name][300:420, 290:400]
        np.testing.assert_allclose(part[name], due, atol=2e-3)


def test_boundary_contrast_is_best_where_the_object_ends() -> None:
    mask = blobs()
    image = noisy(mask * 40.0)
    view = seen(image)

    def mean(candidate: NDArray[np.bool_]) -> float:
        total, length = view.contrast(candidate)
        return total / length

    true = mean(mask)
    assert true > mean(ndimage.binary_dilation(mask, iterations=3))
    assert true > mean(ndimage.binary_erosion(mask, iterations=3))
    assert true > mean(np.roll(mask, 5, axis=0))
    assert mean(~mask) == pytest.approx(-true, rel=1e-3)


@pytest.mark.parametrize("wrong", [-3, -1, 0, 1, 3])
def test_a_mask_is_fitted_to_the_edge_of_bright_and_of_dim_objects(wrong: int) -> None:
    mask = blobs()
    height = np.where(np.arange(192) < 96, 80.0, 15.0)
    image = noisy(mask * height, deviation=1.0)
    shrunk = ndimage.binary_erosion(mask, iterations=max(-wrong, 0) or 1)
    grown = ndimage.binary_dilation(mask, iterations=max(wrong, 0) or 1)
    shifted = mask if wrong == 0 else shrunk if wrong < 0 else grown
    view = seen(image)
    fitted = view.fitted(shifted)
    for side in (slice(0, 96), slice(96, 192)):
        assert dice(fitted[:, side], mask[:, side]) > 0.96


def test_a_fitted_mask_leaves_what_is_far_from_a_boundary() -> None:
    view = seen(np.zeros((60, 60), np.float32))
    full = np.ones((60, 60), bool)
    assert view.fitted(full).all()
    assert not view.fitted(~full).any()


def test_a_mask_without_boundary_has_no_contrast() -> None:
    view = seen(np.ones((50, 50), np.float32))
    assert view.contrast(np.zeros((50, 50), bool)) == (0.0, 0)


def test_uneven_light_elects_local_rules() -> None:
    mask = blobs(radius=7)
    rows = np.arange(192)[:, None]
    image = noisy(mask * 25.0 + rows * 1.0 * np.ones((1, 192)))
    maps = whole(image)
    rules = elect(candidates([maps]), 6)
    found = vote(maps, rules, 0.02) > 0.5
    otsu = image > np.median(image)
    assert rules[0].name not in {"intensity", "root", "log"}
    assert dice(found, mask) > 0.9 > dice(otsu, mask) + 0.3


def test_even_light_needs_no_more_than_a_threshold() -> None:
    mask = blobs()
    maps = whole(noisy(mask * 40.0))
    rules = elect(candidates([maps]), 12)
    found = vote(maps, rules, 0.02) > 0.5
    assert dice(found, mask) > 0.95
    assert [r.score for r in rules] == sorted((r.score for r in rules), reverse=True)


def test_an_image_of_noise_elects_something(rng: np.random.Generator) -> None:
    maps = whole(rng.normal(size=(64, 64)).astype(np.float32))
    chances = vote(maps, elect(candidates([maps]), 12), 0.02)
    assert np.isfinite(chances).all()
    assert chances.min() >= 0
    assert chances.max() <= 1 + 1e-6


def test_the_best_cut_is_at_the_object_s_edge() -> None:
    mask = blobs()
    image = noisy(mask * 40.0)
    chances = ndimage.gaussian_filter(mask.astype(np.float32), 2)
    score, cut = max(cuts([seen(image)], [chances]))
    assert score > 0
    assert cut == pytest.approx(0.5, abs=0.11)


def test_a_level_without_boundary_has_no_contrast() -> None:
    flat = np.zeros((40, 40), np.float32)
    assert {score for score, _ in cuts([seen(flat)], [flat])} == {-np.inf}


def test_a_black_surround_of_dark_objects_is_padding() -> None:
    rows, columns = np.ogrid[:256, :256]
    picture = (rows - 128) ** 2 + (columns - 128) ** 2 < 120**2
    vessels = np.zeros((256, 256), bool)
    for left in range(60, 200, 30):
        vessels[:, left : left + 4] = True
    bright = 120 + 0.2 * rows - 40 * vessels
    image = np.where(picture, noisy(bright, 4.0), 5.0).astype(np.float32)
    plane = BrightPlane(noisy(image, 0.5)[None], "dark")
    assert plane.valid is not None
    assert not plane.valid[~picture].any()
    assert plane.valid[picture].mean() > 0.9
    maps = EvidenceMaps(plane, (slice(0, 256), slice(0, 256)))
    found = vote(maps, elect(candidates([maps]), 12), 0.02) > 0.5
    assert not found[~plane.valid].any()
    assert found[vessels & plane.valid].mean() > 0.9
    assert dice(found & plane.valid, vessels & plane.valid) > 0.75


@pytest.mark.parametrize("side", ["bright", "dark"])
def test_no_padding_is_seen_in_a_picture_without(side: str) -> None:
    image = noisy(blobs() * 40.0)
    shown = image if side == "bright" else -image
    assert BrightPlane(shown[None], side).valid is None  # type: ignore[arg-type]


def test_a_large_bright_object_at_the_border_is_no_padding() -> None:
    image = np.full((256, 256), 10.0)
    image[:, :120] = 60
    image += np.random.default_rng(0).normal(0, 6, image.shape)
    assert BrightPlane(image.astype(np.float32)[None], "bright").valid is None


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_the_vote_counts_with_its_share(share: float) -> None:
    image = noisy(blobs() * 50.0)
    window = whole(image)
    due = vote(window, elect(candidates([window]), 12), 0.02)
    mixed = np.full(image.shape, 0.25, np.float32)
    settings = VoteSettings(share=share)
    run_to_end(mix_vote_steps(mixed, window.plane, settings))
    assert mixed.dtype == np.float32
    np.testing.assert_allclose(mixed, (1 - share) * 0.25 + share * due, atol=1e-6)


def test_a_plane_in_blocks_gets_the_vote_of_the_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    image = noisy(blobs() * 50.0)
    plane = whole(image).plane
    due, mixed = np.zeros((2, *image.shape), np.float32)
    run_to_end(mix_vote_steps(due, plane, VoteSettings(share=1)))
    monkeypatch.setattr(voting, "BLOCK", 80)
    run_to_end(mix_vote_steps(mixed, plane, VoteSettings(share=1)))
    # Wide surroundings are averaged on a grid that the blocks begin on or not.
    assert np.mean(np.abs(mixed - due) > 0.05) < 0.01


@pytest.mark.parametrize("shape", [(100, 37), (64, 64), (1, 5)])
def test_blocks_cover_a_plane_once(shape: tuple[int, int]) -> None:
    seen, cores = np.zeros((2, *shape), int)
    for block in blocks(shape, reach=5, side=32):
        cores[block.core] += 1
        seen[block.seen] += 1
        core = np.arange(shape[0] * shape[1]).reshape(shape)[block.core]
        inner = np.arange(shape[0] * shape[1]).reshape(shape)[block.seen][block.inner]
        np.testing.assert_array_equal(core, inner)
    assert (cores == 1).all()
    assert (seen >= 1).all()
