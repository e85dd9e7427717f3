"""Over- and under-annotation brings a set to its mean IoU."""

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.noise.shapes import balls, cells, disc, partly_ignored

from napari_metastruct.errors import InputError
from napari_metastruct.evaluation import mean_iou
from napari_metastruct.noise import OverUnder, noisy_steps, over_under
from napari_metastruct.progress import run_to_end
from napari_metastruct.sample_data import synthetic_nuclei


def nuclei() -> list[NDArray[np.int64]]:
    seeds = range(8)
    return [(synthetic_nuclei((96, 96), seed=s)[1] > 0).astype(np.int64) for s in seeds]


SETS = {
    "nuclei": nuclei(),
    "classes": [cells(), cells().T, partly_ignored(cells()), cells()[::-1]],
    "volumes": [balls(), balls()[::-1], balls().transpose(0, 2, 1)],
    "one": [disc()],
    "with an empty one": [disc(), np.zeros((64, 64), int), disc(96, 20)],
}


@pytest.mark.parametrize("target", [0.35, 0.6, 0.9, 1.0])
@pytest.mark.parametrize("name", SETS)
def test_the_mean_iou_of_the_set_is_hit(target: float, name: str) -> None:
    images = SETS[name]
    for seed in range(3):
        noisy = over_under(images, target, seed=seed)
        pairs = zip(images, noisy, strict=True)
        hit = np.mean([mean_iou(c, n) for c, n in pairs if (c > 0).any()])
        assert hit == pytest.approx(target, abs=0.005)


def test_images_are_grown_or_shrunk_and_never_both() -> None:
    images = nuclei() * 4
    noisy = over_under(images, 0.6, seed=1)
    pairs = list(zip(images, noisy, strict=True))
    grown = [bool((n > c).any()) for c, n in pairs]
    shrunk = [bool((n < c).any()) for c, n in pairs]
    assert not any(g and s for g, s in zip(grown, shrunk, strict=True))
    assert 6 < sum(grown) < 26
    sizes = [n.sum() / c.sum() for c, n in pairs]
    assert len(np.unique(np.round(sizes, 2))) > 16


def test_what_has_no_room_to_grow_is_shrunk() -> None:
    crowded = np.ones((32, 32), int)
    crowded[10:20, 10:20] = 0
    for seed in range(8):
        (noisy,) = over_under([crowded], 0.5, seed=seed)
        assert (noisy <= crowded).all()
        assert mean_iou(crowded, noisy) == pytest.approx(0.5, abs=0.005)


def test_what_was_found_is_kept() -> None:
    prepared = OverUnder().prepare(nuclei(), seed=3)
    assert prepared.largest is not None
    assert OverUnder(largest=0.0).apply(disc()).tolist() == disc().tolist()
    fixed = run_to_end(noisy_steps(nuclei(), (OverUnder(largest=2.0),)))
    assert fixed.chain == (OverUnder(largest=2.0),)
    assert OverUnder().prepare([np.zeros((8, 8), int)]).largest == 0


def test_bad_input_is_refused_in_words() -> None:
    for target in (0.0, 1.5):
        with pytest.raises(InputError, match=str(target)):
            over_under([disc()], target)
    with pytest.raises(InputError, match=r"0\.6.*1\.000.*no boundary"):
        over_under([np.ones((8, 8), int)], 0.6)
