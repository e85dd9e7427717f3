"""What is read, how often, and what is refused before any work."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.training.labelled.tiny import (
    disc_pair,
    discs,
    pair_of,
    quick,
    train,
    without_time,
)

from napari_metastruct.arrays import ImageStack, open_stack
from napari_metastruct.errors import InputError
from napari_metastruct.methods import Plain
from napari_metastruct.progress import run_to_end
from napari_metastruct.training.labelled import (
    LabelledPair,
    LabelledSettings,
    shelf,
)
from napari_metastruct.training.labelled.planes import LearningSet
from napari_metastruct.training.labelled.reading import read_steps
from napari_metastruct.training.labelled.run import train_on_labels_steps


def read(pairs: list[LabelledPair], settings: LabelledSettings) -> LearningSet:
    return run_to_end(read_steps(pairs, settings))


class Counting:
    """An array that counts how often each of its planes is read."""

    def __init__(self, values: NDArray[Any]) -> None:
        self._values = values
        self.shape, self.dtype = values.shape, values.dtype
        self.reads = np.zeros(len(values), int)

    def __getitem__(self, key: Any) -> Any:  # noqa: ANN401
        self.reads[key[0]] += 1
        return self._values[key]


def test_nothing_is_read_twice() -> None:
    images, truth = discs(count=4)
    image, labels, clean = Counting(images), Counting(truth), Counting(truth)
    pair = LabelledPair(open_stack(image, axes="ZYX"), labels, clean)
    train([pair], quick())
    for array in (image, labels, clean):
        assert array.reads.tolist() == [1, 1, 1, 1]


def test_large_stacks_lie_on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    pair = pair_of(*discs(), discs()[1])
    due = train([pair], quick())
    monkeypatch.setattr(shelf, "MOST_IN_MEMORY", 1000)
    learning = read([pair], quick())
    base: Any = learning.training[0].image
    while isinstance(base, np.ndarray) and not isinstance(base, np.memmap):
        base = base.base
    assert isinstance(base, np.memmap)
    found = train([pair], quick())
    assert without_time(found.record.rows) == without_time(due.record.rows)


def test_a_disk_that_is_too_small_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "MOST_IN_MEMORY", 1000)
    monkeypatch.setattr("shutil.disk_usage", lambda _: _Usage())
    with pytest.raises(InputError, match=r"the disk of .* has 0\.0 GB left"):
        read([disc_pair()], quick())


class _Usage:
    free = 100


def test_the_validation_part_is_kept_apart_by_image() -> None:
    images, labels = discs(count=10)
    pairs = [
        pair_of(i, y, name=str(n))
        for n, (i, y) in enumerate(zip(images, labels, strict=True))
    ]
    learning = read(pairs, quick(validation=0.3))
    apart = {e.pair for e in learning.validation}
    assert len(apart) == 3
    assert apart | {e.pair for e in learning.training} == set(range(10))
    assert not apart & {e.pair for e in learning.training}
    assert {e.pair for e in read(pairs, quick(seed=1)).validation} != apart


def test_planes_of_one_stack_are_kept_apart_in_a_row() -> None:
    learning = read([disc_pair(count=10)], quick(validation=0.3))
    apart = sorted(e.plane for e in learning.validation)
    assert len(apart) == 3
    assert not set(apart) & {e.plane for e in learning.training}
    gaps = np.diff([*apart, apart[0] + 10])
    assert sorted(gaps.tolist()) == [1, 1, 8]


def test_a_rare_class_is_left_to_learn_from() -> None:
    images, labels = discs(count=8)
    labels[3, :5] = 2
    for seed in range(8):
        learning = read([pair_of(images, labels)], quick(seed=seed, validation=0.4))
        assert any(2 in e.classes() for e in learning.training)


def test_planes_without_labels_are_left_out() -> None:
    images, labels = discs(count=5)
    some = labels.astype(np.int16)
    some[2] = -1
    learning = read([pair_of(images, some)], quick())
    assert [e.plane for e in learning.unlabelled] == [2]
    result = train([pair_of(images, some)], quick())
    assert (result.corrected[0][2] == -1).all()


def test_reference_and_watched_images_change_nothing() -> None:
    images, labels = discs(count=5)
    bare = train([pair_of(images, labels)], quick())
    other = disc_pair(count=1, seed=7)
    full = train([pair_of(images, labels, 1 - labels)], quick(), watched=[other])
    assert bare.record.curve("loss") == full.record.curve("loss")
    np.testing.assert_array_equal(bare.corrected[0], full.corrected[0])
    assert "test dice" in full.record.names()
    assert len(full.corrected) == 1


def test_volumes_and_several_channels_are_taken() -> None:
    rng = np.random.default_rng(0)
    image = rng.normal(0, 1, (2, 2, 3, 32, 40)).astype(np.float32)
    labels = (image[:, :, 0] > 1).astype(np.uint8)
    stack = open_stack(image, axes="TZCYX", channels=(0, 2))
    result = train([LabelledPair(stack, labels)], quick())
    assert result.corrected[0].shape == (2, 2, 32, 40)
    assert result.segmenter.description.channel_count == 2


def flat(value: int, shape: tuple[int, ...] = (4, 32, 32)) -> NDArray[np.int16]:
    return np.full(shape, value, np.int16)


def gaps() -> NDArray[np.int16]:
    labels = flat(0)
    labels[:, :9] = 1
    labels[:, 20:] = 5
    return labels


def many() -> NDArray[np.int16]:
    return np.arange(4 * 32 * 32, dtype=np.int16).reshape(4, 32, 32)


IMAGES = discs(count=4)[0]
STACK = open_stack(IMAGES, axes="ZYX", name="cells")


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (flat(0, (4, 32, 31)), r"shape \(4, 32, 31\), but its pixels .*\(4, 32, 32\)"),
        (flat(1), "only the class 1"),
        (flat(-1), "nothing but ignored"),
        (gaps(), "classes 0, 1, 5, with gaps"),
        (many(), "4096 different numbers"),
        (many().astype(np.float32) / 2, "whole numbers"),
        (flat(0).astype(complex), "type complex128"),
        (flat(0) - 3, "holds the value -3"),
        (flat(0).astype(np.int64) + 70000, "the number 70000"),
    ],
)
def test_bad_labels_are_refused(labels: NDArray[Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read([LabelledPair(STACK, labels)], quick())


def test_gaps_are_taken_where_they_are_named() -> None:
    labels = gaps()
    learning = read([LabelledPair(STACK, labels)], quick(classes=(0, 1, 5)))
    assert learning.classes == (0, 1, 5)
    np.testing.assert_array_equal(
        learning.training[0].labels, np.where(labels == 5, 2, labels)[0]
    )
    learning = read([LabelledPair(STACK, labels)], quick(ignore=(5,)))
    assert learning.classes == (0, 1)
    assert (learning.training[0].labels[20:] == -1).all()


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        ((0, 1), "hold 5, which is not among"),
        ((1,), "at least 2"),
        ((0, 0), "at least"),
    ],
)
def test_wrong_names_of_classes_are_refused(
    classes: tuple[int, ...], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        read([LabelledPair(STACK, gaps())], quick(classes=classes))


def one(image: NDArray[Any], name: str = "one") -> ImageStack:
    return open_stack(image, name=name)


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ([], "nothing to learn from"),
        ([LabelledPair(one(IMAGES[0]), flat(0)[0])], "There is 1 image"),
        ([LabelledPair(one(np.zeros((8, 8))), flat(0)[0])], "8 rows"),
        ([LabelledPair(one(np.zeros((40, 40))), flat(0, (40, 40)))] * 2, "constant"),
        (
            [
                LabelledPair(one(IMAGES[0]), flat(0)[0]),
                LabelledPair(
                    open_stack(IMAGES[:2], axes="CYX", channels=(0, 1)), flat(0)[0]
                ),
            ],
            "different numbers of channels",
        ),
        (
            [
                LabelledPair(STACK, flat(0) + (np.arange(32) > 9)),
                LabelledPair(one(IMAGES[0], "bare"), flat(-1)[0]),
            ],
            "All labels of 'bare' are ignored",
        ),
        ([LabelledPair(STACK, gaps() % 2, flat(0)[0])], "clean reference .* shape"),
    ],
)
def test_bad_pairs_are_refused(pairs: list[LabelledPair], message: str) -> None:
    with pytest.raises(InputError, match=message):
        train(pairs, quick())


def test_what_needs_no_reading_is_refused_before_any_work() -> None:
    image = Counting(IMAGES)
    pair = LabelledPair(open_stack(image, axes="ZYX"), flat(0)[:3])
    with pytest.raises(InputError, match="shape"):
        next(train_on_labels_steps(Plain(), [pair], quick()))
    assert image.reads.sum() == 0


def test_a_network_that_cannot_learn_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("napari_metastruct.networks.zoo.has_zoo", lambda: False)
    with pytest.raises(InputError, match="not installed"):
        train([disc_pair()], quick(network="hrnet"))
    monkeypatch.setattr("napari_metastruct.networks.zoo.has_zoo", lambda: True)
    with pytest.raises(InputError, match="a batch of at least 2"):
        train([disc_pair()], quick(network="deeplabv3+", batch=1))


def test_a_u_net_is_not_asked_to_normalise_over_one_pixel() -> None:
    with pytest.raises(InputError, match="makes one pixel of a patch of 32"):
        train([disc_pair()], quick(batch=1, patch=32, depth=5, width=1))
    train([disc_pair()], quick(batch=2, patch=32, depth=5, width=1, epochs=1))
    train([disc_pair()], quick(batch=1, patch=32, depth=4, width=1, epochs=1))


def test_nan_in_an_image_is_refused_with_its_number() -> None:
    images, labels = discs(count=4)
    images[2, 3, 4] = np.nan
    with pytest.raises(InputError, match="1 of the 4,096 values"):
        train([pair_of(images, labels)], quick())
