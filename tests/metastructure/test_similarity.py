"""How alike maps are; Theorem 1: the worse the boundary, the less."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy.ndimage import binary_dilation, binary_erosion
from scipy.spatial.distance import jensenshannon
from skimage.morphology import skeletonize
from tests.metastructure.shapes import circle, drawn, mosaic

from napari_metastruct.errors import InputError
from napari_metastruct.metastructure import Densities, Similarity, compare, density
from napari_metastruct.metastructure.kernels import KERNELS, Kernel
from napari_metastruct.sample_data import synthetic_network, synthetic_nuclei


def test_numbers_are_those_of_scipy(rng: np.random.Generator) -> None:
    first = density(mosaic(3, 64), 4)
    second = density(rng.integers(0, 3, (64, 64)), 4)
    found = compare(first, second)
    assert found.classes == (0, 1, 2)
    for index in range(3):
        p, q = (d.maps[index].ravel().astype(float) for d in (first, second))
        assert found.pearson[index] == pytest.approx(np.corrcoef(p, q)[0, 1], abs=1e-6)
        distance = jensenshannon(p, q, base=2)
        assert found.jensen_shannon[index] == pytest.approx(distance, rel=1e-5)
        overlap = np.minimum(p / p.sum(), q / q.sum()).sum()
        assert found.overlap[index] == pytest.approx(overlap, rel=1e-5)
    assert found.mean_pearson == pytest.approx(np.mean(found.pearson))
    assert found.mean_overlap == pytest.approx(np.mean(found.overlap))
    assert found.mean_jensen_shannon == pytest.approx(np.mean(found.jensen_shannon))


def test_the_same_is_as_alike_as_can_be() -> None:
    found = density(mosaic(3, 64), 4)
    alike = compare(found, found)
    assert alike.pearson == pytest.approx((1, 1, 1))
    assert alike.overlap == pytest.approx((1, 1, 1))
    assert alike.jensen_shannon == pytest.approx((0, 0, 0), abs=1e-6)


def test_what_never_meets_is_as_unlike_as_can_be() -> None:
    labels = np.zeros((40, 80), int)
    labels[:, 5:15] = 1
    first, second = density(labels, 4, "box"), density(labels[:, ::-1], 4, "box")
    alike = compare(first, second)
    assert alike.overlap[1] == 0
    assert alike.jensen_shannon[1] == pytest.approx(1)
    assert alike.pearson[1] < 0


def test_is_the_same_both_ways() -> None:
    first, second = density(mosaic(2, 50), 3), density(circle(50), 3)
    there, back = compare(first, second), compare(second, first)
    assert there.pearson == pytest.approx(back.pearson)
    assert there.overlap == pytest.approx(back.overlap)
    assert there.jensen_shannon == pytest.approx(back.jensen_shannon)


def test_classes_are_found_in_any_order() -> None:
    labels = mosaic(3, 50)
    first, second = density(labels, 3), density(labels, 3, classes=[2, 0, 1])
    assert compare(first, second).overlap == pytest.approx((1, 1, 1))


def test_flat_maps() -> None:
    flat = density(np.ones((20, 20), int), 3, "box", edge_correction=True)
    bumpy = replace(flat, maps=flat.maps * (1 + np.eye(20, dtype=np.float32)))
    assert compare(flat, flat).pearson == (1.0,)
    assert compare(flat, bumpy).pearson == (0.0,)
    assert compare(bumpy, flat).overlap[0] < 1


SHAPES: dict[str, Callable[..., Any]] = {
    "network": synthetic_network,
    "nuclei": synthetic_nuclei,
}


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("name", SHAPES)
def test_theorem_1(name: str, kernel: Kernel) -> None:
    clean = SHAPES[name]((128, 128), seed=0)[1] > 0
    grown = [clean, *(binary_dilation(clean, iterations=n) for n in (1, 2, 3, 4))]
    shrunk = [clean, binary_erosion(clean)]
    thin = [clean, binary_dilation(skeletonize(clean)), skeletonize(clean)]
    reference = density(clean, 4, kernel)
    for chain in (grown, shrunk, thin):
        alike = [compare(reference, density(label, 4, kernel)) for label in chain]
        for number in (0, 1):
            for earlier, later in pairwise(alike):
                assert later.pearson[number] < earlier.pearson[number]
                assert later.overlap[number] < earlier.overlap[number]
                assert later.jensen_shannon[number] > earlier.jensen_shannon[number]


def test_random_clean_labels_keep_what_random_labels_lose(
    rng: np.random.Generator,
) -> None:
    clean = circle()
    flip, random = np.array([[0.6, 0.4], [0.4, 0.6]]), np.full((2, 2), 0.5)
    reference, kept, lost = (
        density(labels, 12, edge_correction=True)
        for labels in (clean, drawn(clean, flip, rng), drawn(clean, random, rng))
    )
    assert min(compare(reference, kept).pearson) > 0.95
    assert max(np.abs(compare(reference, lost).pearson)) < 0.3


def refused(change: dict[str, Any]) -> Densities:
    return replace(density(circle(30), 3), **change)


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (density(circle(32), 3), r"shapes \(30, 30\) and \(32, 32\)"),
        (density(circle(30), 3, classes=[1]), "classes 0, 1 and 1;"),
        (density(circle(30), 3, "box"), "gaussian 3 x 3 px and box 3 x 3 px"),
        (density(circle(30), 4), "gaussian 3 x 3 px and gaussian 4 x 4 px"),
        (density(circle(30), 3, edge_correction=True), "One .* corrected"),
        (refused({"maps": np.zeros((2, 30, 30), np.float32)}), "class 0 is 0 every"),
    ],
)
def test_unlike_makings_are_refused_in_words(other: Densities, words: str) -> None:
    with pytest.raises(InputError, match=words):
        compare(density(circle(30), 3), other)


def test_is_a_plain_value() -> None:
    found = compare(density(circle(30), 3), density(circle(30), 3))
    assert isinstance(found, Similarity)
    assert all(isinstance(value, float) for value in found.pearson + found.overlap)
