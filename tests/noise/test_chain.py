"""Noises one after the other, on an image, a set and a stack."""

from typing import Any

import numpy as np
import pytest
from tests.noise.shapes import cells, disc

from napari_metastruct.arrays import open_stack
from napari_metastruct.errors import InputError
from napari_metastruct.noise import (
    Dilate,
    Flip,
    OverUnder,
    RandomLabel,
    Sample,
    Transition,
    dilate,
    image_rng,
    noisy_image,
    noisy_steps,
    prepare_steps,
    random_flip,
)
from napari_metastruct.progress import (
    Event,
    Heartbeat,
    PlaneDone,
    Started,
    run_to_end,
)


def test_noises_follow_each_other() -> None:
    labels = disc(64, 20)
    chain = (Dilate(iterations=3), Flip(rate=0.2))
    expected = random_flip(dilate(labels, 3), 0.2, rng=image_rng(4, 1, 9))
    np.testing.assert_array_equal(noisy_image(labels, chain, 4, index=9), expected)


def test_an_empty_chain_copies() -> None:
    labels = cells()
    copy = noisy_image(labels, ())
    np.testing.assert_array_equal(copy, labels)
    assert copy.dtype == np.uint8
    assert not np.shares_memory(copy, noisy_image(copy, ()))


def test_every_plane_seed_and_place_has_its_own_noise() -> None:
    labels, flip = disc(64, 20), Flip(rate=0.3)
    noisy = [
        noisy_image(labels, (flip,), seed=0, index=0),
        noisy_image(labels, (flip,), seed=0, index=1),
        noisy_image(labels, (flip,), seed=1, index=0),
        noisy_image(labels, (flip, flip), seed=0, index=0),
    ]
    for number, one in enumerate(noisy):
        assert all(not np.array_equal(one, other) for other in noisy[:number])


def test_events_come_in_order() -> None:
    events: list[Event] = []
    run_to_end(noisy_steps([cells(), cells()], (Dilate(),)), events.append)
    expected = [Heartbeat(), Heartbeat(), Started("Adding noise", 2)]
    assert events == [*expected, PlaneDone(1, 2), PlaneDone(2, 2)]


def test_a_stack_is_read_plane_by_plane() -> None:
    volume = np.stack([np.stack([cells(64), cells(64).T])] * 2)
    stack = open_stack(volume, axes="TZYX")
    chain = (Flip(rate=0.1), OverUnder(target_iou=0.7))
    from_stack = run_to_end(noisy_steps(stack, chain, seed=2))
    from_list = run_to_end(noisy_steps(list(volume.reshape(4, 64, 64)), chain, seed=2))
    assert from_stack.chain == from_list.chain
    np.testing.assert_array_equal(from_stack.images, from_list.images)


def test_a_plane_can_get_a_class_that_only_others_have() -> None:
    planes = [disc(64, 20), cells(64)]
    result = run_to_end(noisy_steps(planes, (Flip(rate=0.5),)))
    assert result.chain == (Flip(rate=0.5, classes=(0, 1, 2, 3)),)
    assert set(np.unique(result.images[0])) == {0, 1, 2, 3}


def test_classes_that_a_noise_brings_reach_the_next_one() -> None:
    chain = (RandomLabel(classes=(0, 5)), Flip())
    prepared = run_to_end(prepare_steps([disc()], chain))
    assert prepared[1] == Flip(classes=(0, 5))
    noisy = noisy_image(disc(), prepared)
    assert set(np.unique(noisy)) == {0, 5}
    with_more = run_to_end(prepare_steps([disc()], (Flip(classes=(0, 1, 7)), Sample())))
    assert with_more[1] == Sample(classes=(0, 1, 7))


def test_known_classes_spare_a_look_at_the_images() -> None:
    steps = prepare_steps([disc()], (Flip(),), classes=(0, 1, 2))
    events: list[Event] = []
    assert run_to_end(steps, events.append) == (Flip(classes=(0, 1, 2)),)
    assert events == []


def test_over_under_sees_the_images_as_earlier_noises_left_them() -> None:
    images, chain = [disc(96, 20), disc(96, 30)], (Dilate(iterations=5), OverUnder())
    result = run_to_end(noisy_steps(images, chain, seed=1))
    grown = [dilate(image, 5) for image in images]
    alone = OverUnder().prepare(grown, 1, place=1)
    assert result.chain[1] == alone


@pytest.mark.parametrize(
    ("images", "chain", "words"),
    [
        ([], (Flip(),), "no labels"),
        (disc(), (Flip(),), "1 axes"),
        (
            [cells()],
            (Flip(class_rates=(0.1, 0.2)),),
            r"2 class rates.*4 classes \(0, 1",
        ),
        ([cells()], (Sample(class_rates=(0.1,)),), "1 class rates"),
        ([cells()], (Transition(),), "2 rows in the matrix"),
        ([cells()], (RandomLabel(class_rates=(0.5, 0.5)),), "2 class rates"),
        ([disc() * 2], (Flip(classes=(0, 1)),), "class 2"),
    ],
)
def test_what_does_not_fit_is_refused_before_any_noise(
    images: Any,  # noqa: ANN401
    chain: Any,  # noqa: ANN401
    words: str,
) -> None:
    events: list[Event] = []
    with pytest.raises(InputError, match=words):
        run_to_end(noisy_steps(images, chain), events.append)
    assert set(events) <= {Heartbeat()}
