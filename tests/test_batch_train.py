"""Learning from the labels of many files: what the folder of a run holds."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from tests.quick_training import COUNT, job_of, make_folders, save_plane
from tests.training.labelled.tiny import discs, quick, without_time

from napari_metastruct.batch import NOT_PAIRED, run_batch
from napari_metastruct.errors import InputError
from napari_metastruct.files import read_image, write_image
from napari_metastruct.jobs import ApplyJob, TrainJob, load_job
from napari_metastruct.label_tasks import train_on_labels
from napari_metastruct.methods import CoarseMarks
from napari_metastruct.networks.segmenter import load_segmenter
from napari_metastruct.progress import (
    EpochEnd,
    Event,
    FileDone,
    Notice,
    StopFlag,
    run_to_end,
)
from napari_metastruct.training.labelled.record import load_record

RESULTS = {
    "run.json", "checkpoint.safetensors", "metastruct_train_job.yaml", "model.json",
    "model.safetensors", "record.csv", "record.json", "corrected",
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_folders(tmp_path)


def run(
    job: TrainJob,
    on_event: Callable[[Event], None] | None = None,
    *,
    resume: bool = False,
) -> tuple[FileDone, ...]:
    return run_to_end(run_batch(job, resume=resume), on_event)


def cut_off(job: TrainJob, epochs: int) -> None:
    """Cancel a run after so many epochs."""
    steps = run_batch(job)
    while epochs:
        epochs -= isinstance(next(steps), EpochEnd)
    next(steps)  # the epoch's checkpoint
    steps.close()


def test_the_folder_holds_all_of_the_run(folder: Path) -> None:
    save_plane(folder / "images" / "alone.tif", np.eye(32))
    job = job_of(folder, reference=(str(folder / "clean"),))
    events: list[Event] = []
    left_out, done = run(job, events.append)
    assert {path.name for path in (folder / "run").iterdir()} == RESULTS
    assert load_job(folder / "run" / "metastruct_train_job.yaml") == job
    assert (left_out.path.name, left_out.message) == ("alone.tif", NOT_PAIRED)
    assert any(isinstance(e, Notice) and "alone.tif" in e.text for e in events)
    assert all(path.exists() for path in done.outputs)
    for number in range(COUNT):
        file = read_image(folder / "run" / "corrected" / f"c{number}_labels.tif")
        assert (file.pixel_size, file.unit) == ({"Y": 0.5, "X": 0.5}, "µm")
        assert file.data[:].max() <= 2
    assert "validation dice" in done.numbers["scores"]
    assert done.numbers["epochs"] == 2
    json.dumps(dict(done.numbers))


def test_the_files_are_those_of_a_python_call(folder: Path) -> None:
    job = job_of(folder, method={"name": "co-teaching", "noise_rate": 0.2})
    (done,) = run(job)
    images, labels = (sorted((folder / n).iterdir()) for n in ("images", "labels"))
    expected = train_on_labels(images, labels, method=job.method, settings=quick())
    saved = load_segmenter(folder / "run").network.state_dict()
    for name, weights in expected.segmenter.network.state_dict().items():
        np.testing.assert_array_equal(saved[name], weights)
    record = load_record(folder / "run" / "record.json")
    assert without_time(record.rows) == without_time(expected.record.rows)
    changed = 0
    for number, corrected in enumerate(expected.corrected):
        file = folder / "run" / "corrected" / f"c{number}_labels.tif"
        np.testing.assert_array_equal(tifffile.imread(file), corrected)
        changed += int((corrected != tifffile.imread(labels[number])).sum())
    assert sum(done.numbers["became"].values()) == changed
    assert done.numbers["pixels"] == COUNT * 32 * 32


def test_the_model_of_a_run_labels_other_images(folder: Path) -> None:
    run(job_of(folder))
    job = ApplyJob(
        model=str(folder / "run"),
        images=(str(folder / "images"),),
        output=str(folder / "out"),
        probability=True,
    )
    assert len(run_to_end(run_batch(job))) == COUNT
    chance = read_image(folder / "out" / "c0_probability.tif")
    values = np.asarray(chance.data[:])
    assert (chance.axes, values.shape) == ("CYX", (3, 32, 32))
    np.testing.assert_allclose(values.sum(axis=0), 1, atol=1e-5)
    labels = tifffile.imread(folder / "out" / "c0_labels.tif")
    np.testing.assert_array_equal(labels, values.argmax(axis=0))


def test_a_run_that_was_cut_off_goes_on_as_if_it_was_not(folder: Path) -> None:
    whole = job_of(folder, settings=quick(epochs=3, checkpoint_every=1))
    run(whole)
    other = whole.replace(output=str(folder / "cut"))
    cut_off(other, epochs=1)
    assert "corrected" not in {path.name for path in (folder / "cut").iterdir()}
    run(other, resume=True)
    for name in ("record.json", "corrected/c1_labels.tif", "model.safetensors"):
        one, two = (folder / place / name for place in ("run", "cut"))
        if name == "record.json":
            rows = [without_time(load_record(path).rows) for path in (one, two)]
            assert rows[0] == rows[1]
        else:
            assert one.read_bytes() == two.read_bytes()
    longer = other.replace(settings=quick(epochs=4, checkpoint_every=1))
    assert run(longer, resume=True)[0].numbers["epochs"] == 4
    assert load_job(folder / "cut" / "metastruct_train_job.yaml") == longer


def test_only_the_same_job_goes_on(folder: Path) -> None:
    job = job_of(folder)
    run(job)
    before = {p: p.stat().st_mtime_ns for p in (folder / "run").rglob("*")}
    for wrong, sentence in (
        (job.replace(as_one=True), "begun with as_one = False, not True"),
        (job.replace(settings=quick(seed=1)), "begun with settings seed = 0, not 1"),
        (job.replace(method="jocor"), "begun with method"),
        (job.replace(labels=(str(folder / "clean"),)), "other images or labels"),
    ):
        with pytest.raises(InputError, match=sentence):
            run(wrong, resume=True)
    with pytest.raises(InputError, match="holds another run already"):
        run(job)
    with pytest.raises(InputError, match="no run in"):
        run(job.replace(output=str(folder / "none")), resume=True)
    assert not (folder / "none").exists()
    assert before == {p: p.stat().st_mtime_ns for p in (folder / "run").rglob("*")}


def test_files_that_are_no_runs_are_not_replaced(folder: Path) -> None:
    (folder / "run").mkdir()
    (folder / "run" / "record.csv").write_text("mine")
    with pytest.raises(InputError, match=r"holds record\.csv already"):
        run(job_of(folder))
    assert (folder / "run" / "record.csv").read_text() == "mine"


def test_a_stop_keeps_the_best_so_far(folder: Path) -> None:
    stop = StopFlag()

    def stop_at_once(event: Event) -> None:
        if isinstance(event, EpochEnd):
            stop.set()

    job = job_of(folder, settings=quick(epochs=1000))
    (done,) = run_to_end(run_batch(job, stop), stop_at_once)
    assert (done.status, done.numbers["epochs"]) == ("done", 1)
    assert {path.name for path in (folder / "run").iterdir()} == RESULTS


def test_numbered_objects_count_as_one_class(folder: Path) -> None:
    job = job_of(folder, as_one=True)
    assert run(job)[0].numbers["classes"] == [0, 1]
    assert tifffile.imread(folder / "run" / "corrected" / "c0_labels.tif").max() == 1


def test_a_stack_is_many_images_and_keeps_its_axes(tmp_path: Path) -> None:
    images, labels = discs(COUNT, 32, 2)
    labels = np.where(images > 165, -1, labels.astype(np.int16))
    size = {"Z": 2.0, "Y": 0.5, "X": 0.5}
    values = np.stack([images * 0, images], axis=1)
    for name, axes, data in (("i", "ZCYX", values), ("l", "ZYX", labels)):
        write_image(
            tmp_path / f"{name}.tif", data, axes=axes, pixel_size=size, unit="µm"
        )
    job = job_of(
        tmp_path,
        images=(str(tmp_path / "i.tif"),),
        labels=(str(tmp_path / "l.tif"),),
        channels=(1,),
    )
    (done,) = run(job)
    assert done.numbers["pixels"] == (labels >= 0).sum()
    file = read_image(tmp_path / "run" / "corrected" / "i_labels.tif")
    assert (file.axes, file.pixel_size, file.unit) == ("ZYX", size, "µm")
    np.testing.assert_array_equal(np.asarray(file.data[:]) == -1, labels == -1)


LABELS = discs(COUNT, 32, 3)[1]


@pytest.mark.parametrize(
    ("labels", "changes", "sentence"),
    [
        (LABELS[:, :30], {}, r"have the shape \(30, 32\), but its pixels have"),
        (LABELS * 0, {}, "hold only the class 0; at least 2 classes"),
        (LABELS * 2, {}, "hold the classes 0, 2, 4, with gaps"),
        (LABELS.astype(np.float32) / 2, {}, "of type float32, but labels are whole"),
        (np.where(LABELS > 5, 0, -1).astype(np.int16), {}, "nothing but ignored"),
        (LABELS[:1], {}, "needs an image of its own: give at least 2"),
        (LABELS[:0], {}, "No labels in .* belong to an image"),
        (LABELS, {"reference": ("images",)}, "No clean labels in images"),
        (LABELS, {"reference": ("none",)}, "There is no file or folder"),
        (LABELS, {"channels": (1,)}, "channel"),
        (LABELS, {"output": None}, "'output' is empty"),
        (LABELS, {"labels": ()}, "names no labels"),
    ],
)
def test_bad_input_is_a_sentence_before_any_work(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    labels: np.ndarray,
    changes: dict[str, object],
    sentence: str,
) -> None:
    make_folders(tmp_path)
    monkeypatch.chdir(tmp_path)
    for path in (tmp_path / "labels").iterdir():
        path.unlink()
    for number, plane in enumerate(labels):
        save_plane(tmp_path / "labels" / f"c{number}.tif", plane)
    with pytest.raises(InputError, match=sentence) as error:
        run(job_of(tmp_path, **changes))
    assert str(error.value).endswith(".")
    assert not (tmp_path / "run").exists()


def test_one_image_whose_labels_are_all_ignored_is_named(folder: Path) -> None:
    save_plane(folder / "labels" / "c2_gt.tif", np.full((32, 32), -1, np.int16))
    with pytest.raises(InputError, match=r"All labels of 'c2\.tif' are ignored"):
        run(job_of(folder))


def test_only_a_training_is_resumed(folder: Path) -> None:
    job = ApplyJob(model="m", images=(str(folder / "images"),), output="o")
    with pytest.raises(InputError, match="Only a training is resumed"):
        run_to_end(run_batch(job, resume=True))


def painted(folder: Path) -> TrainJob:
    """Paint marks on the pictures of a folder; the last one has right labels."""
    for number in range(COUNT):
        truth = tifffile.imread(folder / "clean" / f"c{number}.tif").astype(np.uint8)
        some = np.zeros_like(truth)
        some[::3, ::3] = 1
        if number < COUNT - 1:
            save_plane(
                folder / "is" / f"c{number}.tif", some * (truth > 0) * (truth + 1)
            )
        save_plane(folder / "is_not" / f"c{number}.tif", some * (truth == 0) * 2)
    last = f"c{COUNT - 1}.tif"
    save_plane(folder / "right" / last, tifffile.imread(folder / "clean" / last))
    named = {"labels": "is", "negative": "is_not", "trusted": "right"}
    return job_of(
        folder,
        **{field: (str(folder / name),) for field, name in named.items()},
        painted=True,
        method=CoarseMarks(warm_up=1, wait_for=0),
        settings=quick(validation=0),
    )


def test_painted_marks_are_learned_from_and_judged(folder: Path) -> None:
    job = painted(folder)
    save_plane(folder / "is_not" / "stray.tif", np.zeros((32, 32), np.uint8))
    left_out, done = run(job)
    assert left_out.path.name == "stray.tif"
    out = folder / "run"
    found = {path.name for path in out.iterdir()}
    assert found == RESULTS | {"matrices_positive.csv", "matrices_negative.csv", "maps"}
    assert {path.name for path in done.outputs} < found
    maps = sorted(path.name for path in (out / "maps").iterdir())
    kinds = ("reliability_negative", "reliability_positive")
    assert maps == [f"c{n}_{kind}.tif" for n in range(COUNT) for kind in kinds]
    reliable = tifffile.imread(out / "maps" / maps[0])
    assert reliable.dtype == np.float32
    assert ((reliable > 0) & (reliable < 1)).all()
    rows = (out / "matrices_positive.csv").read_text().splitlines()
    assert rows[0] == "marked,0,1,2"
    matrix = np.array([line.split(",")[1:] for line in rows[1:]], float)
    np.testing.assert_allclose(matrix.sum(axis=0), 1, atol=1e-5)
    right = tifffile.imread(out / "corrected" / f"c{COUNT - 1}_labels.tif")
    np.testing.assert_array_equal(right, tifffile.imread(folder / "clean" / "c3.tif"))
    marks = tifffile.imread(folder / "is" / "c0.tif")
    np.testing.assert_array_equal(
        tifffile.imread(out / "corrected" / "c0_labels.tif") < 0, marks == 0
    )


def test_painted_marks_are_those_of_a_python_call(folder: Path) -> None:
    job = painted(folder)
    run(job)
    images, negative = (sorted((folder / n).iterdir()) for n in ("images", "is_not"))
    result = train_on_labels(
        images,
        [*sorted((folder / "is").iterdir()), None],
        negative=negative,
        trusted=[*[None] * (COUNT - 1), folder / "right" / f"c{COUNT - 1}.tif"],
        painted=True,
        method=job.method,
        settings=job.settings,
    )
    due = load_record(folder / "run" / "record.json").rows
    assert without_time(result.record.rows) == without_time(due)
    for number, held in enumerate(result.maps["reliability positive"]):
        file = folder / "run" / "maps" / f"c{number}_reliability_positive.tif"
        np.testing.assert_array_equal(tifffile.imread(file), held)


def test_negative_marks_need_no_labels_but_their_own_images(folder: Path) -> None:
    job = painted(folder).replace(labels=(), trusted=())
    assert run(job)[-1].status == "done"
    nowhere = save_plane(folder / "other" / "x.tif", np.ones((32, 32), np.uint8))
    with pytest.raises(InputError, match=r"No trusted labels in .* belong"):
        run(painted(folder).replace(trusted=(str(nowhere.parent),), output="elsewhere"))
