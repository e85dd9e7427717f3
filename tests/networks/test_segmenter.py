"""Trained networks: predicted in tiles, saved, loaded, refused in words."""

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from napari_metastruct.arrays import open_stack
from napari_metastruct.errors import InputError
from napari_metastruct.features import FeatureSettings, PlaneFeatures
from napari_metastruct.jobs import ApplyJob
from napari_metastruct.networks import tiling
from napari_metastruct.networks.create import NetworkSettings, create_network
from napari_metastruct.networks.segmenter import (
    PackedSegmenter,
    Segmenter,
    SegmenterDescription,
    load_segmenter,
)
from napari_metastruct.progress import Event, PlaneDone, run_to_end
from napari_metastruct.segmentation import apply_steps


@pytest.fixture
def segmenter() -> Segmenter:
    torch.manual_seed(0)
    what = SegmenterDescription(
        network=NetworkSettings(width=4, depth=2),
    )
    network = create_network(what.network, what.features.channel_count(1), 1)
    return Segmenter(network.eval(), what)


@pytest.fixture
def plane(rng: np.random.Generator) -> NDArray[np.float32]:
    return rng.normal(100, 20, (1, 150, 201)).astype(np.float32)


def whole(segmenter: Segmenter, plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """Predict in one piece, without the tiling under test."""
    source = PlaneFeatures(plane, segmenter.description.features, "bright")
    rows, columns = source.shape
    inputs = source.window(slice(0, rows), slice(0, columns))
    pad = [(0, 0), (0, -rows % 4), (0, -columns % 4)]
    batch = torch.from_numpy(np.pad(inputs, pad, mode="reflect"))[None]
    with torch.inference_mode():
        logits: torch.Tensor = segmenter.network(batch)
    return logits.sigmoid()[0, 0, :rows, :columns].numpy()


def test_tiles_and_blocks_give_what_one_piece_gives(
    segmenter: Segmenter,
    plane: NDArray[np.float32],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    due = whole(segmenter, plane)
    # Half the overlap is more than the 16 pixels that this network looks around.
    monkeypatch.setattr(tiling, "TILE", 96)
    monkeypatch.setattr(tiling, "OVERLAP", 48)
    monkeypatch.setattr(tiling, "BLOCK", 128)
    events: list[Event] = []
    tiled = run_to_end(segmenter.probability_steps(plane), events.append)
    assert len(events) > 4
    # Where a tile is disturbed by its own edge it weighs less than 1 %.
    np.testing.assert_allclose(tiled, due, atol=1e-2)
    assert events[-1] == PlaneDone(len(events), len(events))


def test_constant_plane_gives_finite_numbers(segmenter: Segmenter) -> None:
    probability = run_to_end(
        segmenter.probability_steps(np.full((1, 40, 40), 7, np.float32))
    )
    assert np.isfinite(probability).all()


def test_saved_and_loaded_it_predicts_the_same(
    segmenter: Segmenter, plane: NDArray[np.float32], tmp_path: Path
) -> None:
    weights = segmenter.save(tmp_path / "model")
    assert weights == tmp_path / "model.safetensors"
    again = load_segmenter(tmp_path / "model.json")
    assert again.description == segmenter.description
    np.testing.assert_array_equal(
        run_to_end(again.probability_steps(plane)),
        run_to_end(segmenter.probability_steps(plane)),
    )
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"model.safetensors", "model.json"}


def test_a_name_with_dots_keeps_them(segmenter: Segmenter, tmp_path: Path) -> None:
    weights = segmenter.save(tmp_path / "cells.v1.2")
    assert weights.name == "cells.v1.2.safetensors"
    assert load_segmenter(tmp_path / "cells.v1.2").description.channel_count == 1


def test_another_channel_count_is_refused(
    segmenter: Segmenter, rng: np.random.Generator
) -> None:
    two = rng.normal(size=(2, 40, 40)).astype(np.float32)
    with pytest.raises(InputError, match=r"1 channel.*has 2"):
        run_to_end(segmenter.probability_steps(two))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no json", "no model description"),
        ('{"format": "other"}', "not the description"),
        ("[1, 2]", "not the description"),
    ],
)
def test_a_wrong_description_is_refused(
    segmenter: Segmenter, tmp_path: Path, text: str, message: str
) -> None:
    segmenter.save(tmp_path / "model")
    (tmp_path / "model.json").write_text(text)
    with pytest.raises(InputError, match=message):
        load_segmenter(tmp_path / "model")


def test_wrong_weights_are_refused(segmenter: Segmenter, tmp_path: Path) -> None:
    segmenter.save(tmp_path / "model")
    (tmp_path / "model.safetensors").write_bytes(b"not weights at all")
    with pytest.raises(InputError, match="no file of weights"):
        load_segmenter(tmp_path / "model")


def test_weights_of_another_size_are_refused(
    segmenter: Segmenter, tmp_path: Path
) -> None:
    segmenter.save(tmp_path / "model")
    path = tmp_path / "model.json"
    fields = json.loads(path.read_text())
    fields["network"]["width"] = 8
    path.write_text(json.dumps(fields))
    with pytest.raises(InputError, match="does not hold the weights"):
        load_segmenter(tmp_path / "model")


def test_a_missing_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no model at"):
        load_segmenter(tmp_path / "nothing")


@pytest.fixture
def three(request: pytest.FixtureRequest) -> Segmenter:
    return of_classes((0, 3, 255))


def of_classes(classes: tuple[int, ...]) -> Segmenter:
    torch.manual_seed(1)
    features = FeatureSettings(kind="image", padding="keep")
    network = NetworkSettings(width=4, depth=2)
    what = SegmenterDescription(network=network, features=features, classes=classes)
    made = create_network(what.network, 1, what.output_count)
    return Segmenter(made.eval(), what)


def test_more_classes_give_class_numbers_and_a_map_for_each(
    three: Segmenter, plane: NDArray[np.float32]
) -> None:
    labels, probability = run_to_end(three.segment_steps(plane))
    assert labels.dtype == np.uint8
    assert probability.shape == (3, 150, 201)
    np.testing.assert_allclose(probability.sum(axis=0), 1, atol=1e-5)
    due = np.array([0, 3, 255])[probability.argmax(axis=0)]
    np.testing.assert_array_equal(labels, due)


def test_two_classes_give_the_probability_of_the_second(
    plane: NDArray[np.float32],
) -> None:
    labels, probability = run_to_end(of_classes((0, 255)).segment_steps(plane))
    assert probability.shape == (150, 201)
    np.testing.assert_array_equal(labels, np.where(probability > 0.5, 255, 0))


def test_a_model_of_classes_is_saved_and_loaded(
    three: Segmenter, plane: NDArray[np.float32], tmp_path: Path
) -> None:
    three.save(tmp_path / "classes")
    again = load_segmenter(tmp_path / "classes")
    assert again.description == three.description
    for one, other in zip(
        run_to_end(again.segment_steps(plane)),
        run_to_end(three.segment_steps(plane)),
        strict=True,
    ):
        np.testing.assert_array_equal(one, other)


def test_an_older_model_without_classes_is_loaded(
    segmenter: Segmenter, plane: NDArray[np.float32], tmp_path: Path
) -> None:
    segmenter.save(tmp_path / "old")
    file = tmp_path / "old.json"
    fields = json.loads(file.read_text(encoding="utf-8"))
    del fields["classes"], fields["features"]["padding"]
    file.write_text(json.dumps(fields), encoding="utf-8")
    again = load_segmenter(tmp_path / "old")
    assert again.description == segmenter.description
    mask, _ = run_to_end(again.segment_steps(plane))
    assert mask.dtype == np.bool_


def test_a_stack_of_classes_becomes_labels_and_objects(three: Segmenter) -> None:
    image = np.random.default_rng(0).normal(size=(2, 40, 48)).astype(np.float32)
    stack = open_stack(image, axes="ZYX")
    job = ApplyJob(model="", probability=True, device="cpu")
    result = run_to_end(apply_steps(three, stack, job))
    assert result.labels.shape == stack.shape
    assert set(np.unique(result.labels)) <= {0, 3, 255}
    assert result.probability is not None
    assert result.probability.shape == (2, 3, 40, 48)
    tidy = run_to_end(apply_steps(three, stack, job.replace(min_size=10**6)))
    assert not tidy.labels.any()
    objects = run_to_end(apply_steps(three, stack, job.replace(instances=True)))
    numbers = np.unique(objects.labels)
    np.testing.assert_array_equal(numbers, np.arange(len(numbers)))


def test_packed_it_travels_and_is_the_same_again(
    segmenter: Segmenter, plane: NDArray[np.float32], tmp_path: Path
) -> None:
    packed: PackedSegmenter = pickle.loads(pickle.dumps(segmenter.packed()))
    again = packed.unpacked()
    np.testing.assert_array_equal(whole(again, plane), whole(segmenter, plane))
    packed.save(tmp_path / "packed")
    segmenter.save(tmp_path / "plain")
    for ending in ("json", "safetensors"):
        written = (tmp_path / f"packed.{ending}").read_bytes()
        assert written == (tmp_path / f"plain.{ending}").read_bytes()
