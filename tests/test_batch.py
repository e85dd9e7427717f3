"""A folder in, a folder out, whatever lies in it and whenever it ends."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.quick import image, quick_igtt, save

from napari_metastruct.arrays import open_stack
from napari_metastruct.batch import JOB_FILE, run_batch
from napari_metastruct.batch.names import unique_stems
from napari_metastruct.batch.sources import open_source
from napari_metastruct.errors import InputError
from napari_metastruct.files import read_image, write_image
from napari_metastruct.jobs import AnyJob, ApplyJob, SegmentJob, load_job
from napari_metastruct.progress import (
    BatchEnd,
    Event,
    FileDone,
    Notice,
    Started,
    StopFlag,
    run_to_end,
)
from napari_metastruct.segmentation import segment, segment_steps

OTSU: dict[str, Any] = {"method": "otsu", "foreground": "bright"}


def job(images: Path | list[Path], output: Path, **settings: Any) -> SegmentJob:  # noqa: ANN401 - its settings
    paths = [images] if isinstance(images, Path) else images
    settings = {**OTSU, **settings}
    return SegmentJob(images=tuple(map(str, paths)), output=str(output), **settings)


def run(job: AnyJob, **how: Any) -> tuple[FileDone, ...]:  # noqa: ANN401 - its settings
    return run_to_end(run_batch(job, **how))


def statuses(files: tuple[FileDone, ...]) -> dict[str, str]:
    return {file.path.name: file.status for file in files}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def labels(path: Path) -> NDArray[Any]:
    return np.asarray(tifffile.imread(path))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three images in a folder."""
    for number in range(3):
        save(tmp_path / "in" / f"t{number}.tif", seed=number)
    return tmp_path / "in"


def test_a_folder_becomes_a_folder_of_labels(folder: Path, tmp_path: Path) -> None:
    files = run(job(folder, tmp_path / "out"))
    assert statuses(files) == {"t0.tif": "done", "t1.tif": "done", "t2.tif": "done"}
    assert names(tmp_path / "out") == [
        JOB_FILE, "t0_labels.tif", "t1_labels.tif", "t2_labels.tif",
    ]  # fmt: skip
    assert [file.outputs[0].name for file in files] == names(tmp_path / "out")[1:]
    for number in range(3):
        np.testing.assert_array_equal(
            labels(tmp_path / "out" / f"t{number}_labels.tif"),
            segment(image(number), **OTSU).labels,
        )


def test_size_and_axes_of_the_source_are_kept(tmp_path: Path) -> None:
    path = save(tmp_path / "movie.tif", shape=(2, 3, 40, 64))
    run(job(path, tmp_path / "out"))
    result = read_image(tmp_path / "out" / "movie_labels.tif")
    assert (result.axes, tuple(result.data.shape)) == ("TZYX", (2, 3, 40, 64))
    assert result.unit == "µm"
    assert result.pixel_size == pytest.approx({"T": 0.5, "Z": 0.5, "Y": 0.5, "X": 0.5})


def test_channels_leave_the_axes(tmp_path: Path) -> None:
    data = np.stack([image(0), image(1)])
    write_image(tmp_path / "c.tif", data, axes="CYX", pixel_size={"X": 2.0}, unit="nm")
    run(job(tmp_path / "c.tif", tmp_path / "out", channels=(1,)))
    result = read_image(tmp_path / "out" / "c_labels.tif")
    assert (result.axes, result.unit) == ("YX", "nm")
    assert result.pixel_size["X"] == pytest.approx(2.0)
    expected = segment(image(1), **OTSU).labels
    np.testing.assert_array_equal(np.asarray(result.data), expected)


def test_a_coarser_level_has_larger_pixels(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "p.ome.tif") as tif:
        pixel = {"axes": "YX", "PhysicalSizeX": 0.5, "PhysicalSizeY": 0.5}
        tif.write(image(0, (128, 128)), subifds=1, metadata=pixel)
        tif.write(image(0, (128, 128))[::2, ::2], subfiletype=1)
    run(job(tmp_path / "p.ome.tif", tmp_path / "out", level=1))
    result = read_image(tmp_path / "out" / "p_labels.tif")
    assert tuple(result.data.shape) == (64, 64)
    assert result.pixel_size["X"] == pytest.approx(1.0)


def test_foreign_files_are_skipped_with_a_notice(folder: Path, tmp_path: Path) -> None:
    (folder / "notes.txt").write_text("no image")
    events: list[Event] = []
    files = run_to_end(run_batch(job(folder, tmp_path / "out")), events.append)
    assert statuses(files)["notes.txt"] == "skipped"
    assert any("notes.txt" in e.text for e in events if isinstance(e, Notice))
    assert [e for e in events if isinstance(e, FileDone)] == list(files)


def test_results_beside_the_images_are_no_images(folder: Path) -> None:
    wish: dict[str, Any] = {"method": quick_igtt(), "probability": True}
    first = job(folder, folder, save_model=True, **wish)
    run(first)
    assert set(statuses(run(first)).values()) == {"skipped"}
    assert len(run(first)) == 3


def test_a_bad_file_does_not_end_the_run(folder: Path, tmp_path: Path) -> None:
    (folder / "t1.tif").write_text("this is no TIFF")
    write_image(folder / "t3.tif", np.ones((64, 64), np.uint8), axes="YX")
    files = run(job(folder, tmp_path / "out"))
    done = {"t0.tif": "done", "t2.tif": "done"}
    assert statuses(files) == done | {"t1.tif": "failed", "t3.tif": "failed"}
    assert "constant" in next(f.message for f in files if f.path.name == "t3.tif")
    assert names(tmp_path / "out") == [JOB_FILE, "t0_labels.tif", "t2_labels.tif"]


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (MemoryError(), "not enough memory"),
        (RuntimeError("CUDA out of memory. Tried to allocate"), "not enough memory"),
        (ZeroDivisionError("so it goes"), "unexpected ZeroDivisionError: so it goes"),
        (OSError("disk on fire"), "disk on fire"),
    ],
)
def test_an_unexpected_error_is_listed_and_the_others_go_on(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    sentence: str,
) -> None:
    def fail_once(path: Path, job: SegmentJob) -> object:
        if path.name == "t1.tif":
            raise error
        return open_source(path, job)

    monkeypatch.setattr("napari_metastruct.batch.image_work.open_source", fail_once)
    files = run(job(folder, tmp_path / "out"))
    assert [file.status for file in files] == ["done", "failed", "done"]
    assert sentence in files[1].message


def test_the_only_image_is_refused_like_the_job(tmp_path: Path) -> None:
    write_image(tmp_path / "a.tif", np.ones((64, 64), np.uint8), axes="YX")
    with pytest.raises(InputError, match="is constant"):
        run(job(tmp_path / "a.tif", tmp_path / "out"))


def test_a_second_start_does_only_what_is_missing(folder: Path, tmp_path: Path) -> None:
    first = job(folder, tmp_path / "out")
    run(first)
    kept = tmp_path / "out" / "t0_labels.tif"
    (tmp_path / "out" / "t1_labels.tif").unlink()
    kept.write_bytes(b"mine")
    events: list[Event] = []
    files = run_to_end(run_batch(first), events.append)
    assert statuses(files) == {
        "t0.tif": "skipped",
        "t1.tif": "done",
        "t2.tif": "skipped",
    }
    assert kept.read_bytes() == b"mine"
    assert any("2 of 3 images" in e.text for e in events if isinstance(e, Notice))
    assert set(statuses(run(first, overwrite=True)).values()) == {"done"}
    assert kept.read_bytes() != b"mine"


def test_a_result_that_is_asked_for_later_is_missing(tmp_path: Path) -> None:
    path = save(tmp_path / "a.tif")
    first = job(path, tmp_path / "out", method=quick_igtt())
    run(first)
    assert statuses(run(first.replace(probability=True))) == {"a.tif": "done"}
    assert "a_probability.tif" in names(tmp_path / "out")


def test_results_of_other_settings_are_not_mixed(folder: Path, tmp_path: Path) -> None:
    run(job(folder, tmp_path / "out"))
    before = (tmp_path / "out" / JOB_FILE).read_text()
    changes: dict[str, dict[str, Any]] = {
        "seed": {"seed": 1},
        "method": {"method": "dfc"},
    }
    for named, change in changes.items():
        with pytest.raises(InputError, match=rf"other settings \({named}\).*overwrite"):
            run(job(folder, tmp_path / "out", **change))
    assert (tmp_path / "out" / JOB_FILE).read_text() == before
    run(job(folder, tmp_path / "out", seed=1), overwrite=True)
    assert load_job(tmp_path / "out" / JOB_FILE).seed == 1  # type: ignore[union-attr]


def test_a_mended_mistake_is_no_other_setting(tmp_path: Path) -> None:
    path = save(tmp_path / "a.tif")
    with pytest.raises(InputError, match="no channel 3"):
        run(job(path, tmp_path / "out", channels=(3,)))
    assert names(tmp_path / "out") == []
    run(job(path, tmp_path / "out"))


def test_half_replaced_results_do_not_pass_for_whole(
    folder: Path, tmp_path: Path
) -> None:
    run(job(folder, tmp_path / "out"))
    other = job(folder, tmp_path / "out", min_size=9)
    steps = run_batch(other, overwrite=True)
    assert any(isinstance(event, FileDone) for event in steps)  # the first
    steps.close()
    with pytest.raises(InputError, match="other settings"):
        run(other)
    run(other, overwrite=True)
    assert set(statuses(run(other)).values()) == {"skipped"}


def test_the_job_beside_the_results_repeats_the_run(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run(job(Path("in"), Path("out"), instances=True))
    again = load_job(tmp_path / "out" / JOB_FILE)
    assert again.sources == (str(folder),)
    monkeypatch.chdir("/")
    assert set(statuses(run(again)).values()) == {"skipped"}
    first = labels(tmp_path / "out" / "t0_labels.tif")
    run(again.replace(output=str(tmp_path / "out2")))
    np.testing.assert_array_equal(labels(tmp_path / "out2" / "t0_labels.tif"), first)


def test_the_same_name_from_two_folders(tmp_path: Path) -> None:
    paths = [save(tmp_path / day / "cell.tif", seed=n) for n, day in enumerate("ab")]
    run(job(paths, tmp_path / "out"))
    for number, name in enumerate(["a_cell_labels.tif", "b_cell_labels.tif"]):
        expected = segment(image(number), **OTSU).labels
        np.testing.assert_array_equal(labels(tmp_path / "out" / name), expected)


def test_the_same_name_in_a_later_start(tmp_path: Path) -> None:
    first, second = (save(tmp_path / day / "cell.tif") for day in "ab")
    run(job(first, tmp_path / "out"))
    assert statuses(run(job(second, tmp_path / "out"))) == {"cell.tif": "done"}
    expected = [JOB_FILE, "b_cell_labels.tif", "cell_labels.tif"]
    assert names(tmp_path / "out") == sorted(expected)


def test_one_model_of_all_images(folder: Path, tmp_path: Path) -> None:
    wish = job(folder, tmp_path / "out", method=quick_igtt(), joint=True, seed=2)
    run(wish)
    stacks = [open_stack(image(number)) for number in range(3)]
    together = run_to_end(segment_steps(stacks, wish))
    for number, expected in enumerate(together):
        found = labels(tmp_path / "out" / f"t{number}_labels.tif")
        np.testing.assert_array_equal(found, expected.labels)


def test_a_shared_model_is_saved_and_used_again(folder: Path, tmp_path: Path) -> None:
    wish = job(folder, tmp_path / "out", method=quick_igtt(), joint=True)
    wish = wish.replace(save_model=True)
    run(wish)
    assert {"joint_model.json", "joint_model.safetensors"} <= set(
        names(tmp_path / "out")
    )
    before = labels(tmp_path / "out" / "t1_labels.tif")
    (tmp_path / "out" / "t1_labels.tif").unlink()
    events: list[Event] = []
    run_to_end(run_batch(wish), events.append)
    assert not any(isinstance(event, BatchEnd) for event in events)
    np.testing.assert_array_equal(labels(tmp_path / "out" / "t1_labels.tif"), before)


def test_a_bad_file_is_left_out_of_a_shared_model(folder: Path, tmp_path: Path) -> None:
    (folder / "t1.tif").write_text("this is no TIFF")
    for name, method in (("igtt", quick_igtt()), ("otsu", "otsu")):
        wish = job(folder, tmp_path / name, method=method, joint=True)
        files = run(wish.replace(foreground="auto"))
        assert [file.status for file in files] == ["done", "failed", "done"]


def test_images_of_different_channels_share_no_model(tmp_path: Path) -> None:
    save(tmp_path / "in" / "a.tif")
    write_image(tmp_path / "in" / "b.tif", np.stack([image()] * 2), axes="CYX")
    wish = job(tmp_path / "in", tmp_path / "out", method=quick_igtt(), joint=True)
    files = run(wish)
    assert statuses(files) == {"a.tif": "done", "b.tif": "failed"}
    save(tmp_path / "in" / "a.tif", shape=(2, 64, 64))
    write_image(tmp_path / "in" / "a.tif", np.stack([image()] * 2), axes="CYX")
    write_image(tmp_path / "in" / "b.tif", np.stack([image()] * 3), axes="CYX")
    with pytest.raises(InputError, match="None of the images can be used"):
        run(wish, overwrite=True)


def test_a_saved_model_is_applied(folder: Path, tmp_path: Path) -> None:
    wish = job(folder / "t0.tif", tmp_path / "out", method=quick_igtt())
    run(wish.replace(save_model=True))
    apply = ApplyJob(
        model=str(tmp_path / "out" / "t0_model.safetensors"),
        images=(str(folder),),
        output=str(tmp_path / "applied"),
        probability=True,
    )
    assert set(statuses(run(apply)).values()) == {"done"}
    np.testing.assert_array_equal(
        labels(tmp_path / "applied" / "t0_labels.tif"),
        labels(tmp_path / "out" / "t0_labels.tif"),
    )
    assert set(statuses(run(apply)).values()) == {"skipped"}
    with pytest.raises(InputError, match="other settings"):
        run(apply.replace(output=str(tmp_path / "out")))
    with pytest.raises(InputError, match="no model"):
        run(apply.replace(model="nowhere", output=str(tmp_path / "new")))


def test_jobs_that_cannot_be_done(folder: Path, tmp_path: Path) -> None:
    wrong = {
        "names no images": SegmentJob(output="out"),
        "names no folder": SegmentJob(images=("a",)),
        "There is no file": job(tmp_path / "none", tmp_path / "out"),
        "no image in": job(tmp_path / "empty", tmp_path / "out"),
        "in the place of a folder": job(folder, folder / "t0.tif"),
        "would replace": job(
            [folder / "t0.tif", save(folder / "t0_labels.tif")], folder
        ),
    }
    (tmp_path / "empty").mkdir()
    for sentence, bad in wrong.items():
        with pytest.raises(InputError, match=sentence):
            run(bad)
    assert not (tmp_path / "out").exists()


def test_a_full_disk_is_told_before_any_work(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shutil import _ntuple_diskusage

    monkeypatch.setattr("shutil.disk_usage", lambda path: _ntuple_diskusage(10, 10, 0))
    events: list[Event] = []
    with pytest.raises(InputError, match="MB left"):
        run_to_end(run_batch(job(folder / "t0.tif", tmp_path / "o")), events.append)
    assert not events
    monkeypatch.setattr("napari_metastruct.batch.plan._LEAST_SPACE", 0)
    with pytest.raises(InputError, match="MB left"):
        run_to_end(run_batch(job(folder / "t0.tif", tmp_path / "o")), events.append)
    assert {e.stage for e in events if isinstance(e, Started)} == {"Files", "Reading"}


@pytest.mark.parametrize("function", ["find_images", "check_output_folder"])
def test_folders_that_fail_in_other_ways(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError("the network is gone")

    monkeypatch.setattr(f"napari_metastruct.batch.plan.{function}", fail)
    with pytest.raises(InputError, match="the network is gone"):
        run(job(folder, tmp_path / "out"))


def test_closing_leaves_no_half_file(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    wish = job(folder, out, method=quick_igtt(), probability=True, save_model=True)
    total = len(list(run_batch(wish)))
    for stop_at in range(1, total, 3):
        for path in out.iterdir():
            path.unlink()
        steps = run_batch(wish)
        for _ in range(stop_at):
            next(steps)
        steps.close()
        hidden = [name for name in names(out) if name.startswith(".")]
        assert not hidden, stop_at
        assert len(names(out)) in {0, 5, 9, 13}, stop_at


def test_a_stop_keeps_what_was_learned_and_starts_no_other_file(
    folder: Path, tmp_path: Path
) -> None:
    stop = StopFlag()
    epochs = {"epochs": 500} if "epochs" in type(quick_igtt()).model_fields else {}
    wish = job(folder, tmp_path / "out", method=quick_igtt(**epochs))
    events: list[Event] = []

    def stop_early(event: Event) -> None:
        events.append(event)
        if isinstance(event, BatchEnd):
            stop.set()

    files = run_to_end(run_batch(wish, stop), stop_early)
    assert [file.status for file in files] == ["done", "skipped", "skipped"]
    assert "stopped" in files[1].message
    assert sum(isinstance(event, BatchEnd) for event in events) < 20
    assert names(tmp_path / "out") == [JOB_FILE, "t0_labels.tif"]


def test_a_stop_of_the_shared_learning_still_segments_all(
    folder: Path, tmp_path: Path
) -> None:
    stop = StopFlag()
    wish = job(folder, tmp_path / "out", method=quick_igtt(), joint=True)

    def stop_early(event: Event) -> None:
        if isinstance(event, BatchEnd):
            stop.set()

    files = run_to_end(run_batch(wish, stop), stop_early)
    assert [file.status for file in files] == ["done"] * 3


def test_pictures_of_a_shared_model_are_not_held(tmp_path: Path) -> None:
    import imageio.v3

    imageio.v3.imwrite(tmp_path / "a.png", image().astype(np.uint8))
    source = open_source(tmp_path / "a.png", SegmentJob(), keep=False)
    assert not isinstance(source.stack.source, np.ndarray)
    np.testing.assert_array_equal(source.stack.plane(0)[0], image().astype(np.uint8))


PARTS = st.sampled_from(["a", "b", "A", "a_b", "b_a"])
FILES = st.sampled_from(
    ["a.tif", "a.png", "b.ome.tif", "A.tif", "b_a.tif", "a_tif.tif"]
)


@given(st.lists(st.tuples(PARTS, PARTS, FILES), max_size=12, unique=True))
def test_no_two_sources_share_a_name(parts: list[tuple[str, str, str]]) -> None:
    paths = [Path("/").joinpath(*part) for part in parts]
    stems = unique_stems(paths)
    assert list(stems) == paths
    assert len({stem.casefold() for stem in stems.values()}) == len(paths)
    assert all(os.sep not in stem for stem in stems.values())


def test_names_are_as_short_as_may_be() -> None:
    root = Path("/data")
    files = ["x/cell.tif", "y/cell.tif", "y/other.tif", "z/1/c.tif", "w/1/c.tif"]
    files += ["v/p.png", "v/p.tif"]
    assert list(unique_stems([root / file for file in files]).values()) == [
        "x_cell", "y_cell", "other", "z_1_c", "w_1_c", "p_png", "p_tif",
    ]  # fmt: skip
