"""Folders of labels: noise, densities and comparisons, whatever lies in them."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from tests.quick import save_labels, truth

from napari_metastruct.batch import JOB_FILE, run_batch
from napari_metastruct.errors import InputError
from napari_metastruct.files import read_image, write_image
from napari_metastruct.jobs import AnyJob, CompareJob, DensityJob, NoiseJob, load_job
from napari_metastruct.label_tasks import add_noise, compare_labels, density_maps
from napari_metastruct.noise import Dilate, Flip, OverUnder, Sample, noisy_steps
from napari_metastruct.progress import (
    Event,
    FileDone,
    Notice,
    PlaneDone,
    StopFlag,
    run_to_end,
)

NOISE_FILE, DENSITY_FILE = "metastruct_noise_job.yaml", "metastruct_density_job.yaml"
CHAIN = (Flip(rate=0.3), Dilate(iterations=2))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three files: a plane, a stack of two and a plane."""
    for number, shape in enumerate([(48, 64), (2, 48, 64), (48, 64)]):
        save_labels(tmp_path / "in" / f"t{number}.tif", seed=number, shape=shape)
    return tmp_path / "in"


def noise(labels: Path, output: Path, **settings: Any) -> NoiseJob:  # noqa: ANN401
    settings = {"chain": CHAIN, **settings}
    return NoiseJob(labels=(str(labels),), output=str(output), **settings)


def density(labels: Path, output: Path, **settings: Any) -> DensityJob:  # noqa: ANN401
    settings = {"bandwidth": 3, **settings}
    return DensityJob(labels=(str(labels),), output=str(output), **settings)


def run(job: AnyJob, **how: Any) -> tuple[FileDone, ...]:  # noqa: ANN401 - its settings
    return run_to_end(run_batch(job, **how))


def statuses(files: tuple[FileDone, ...]) -> dict[str, str]:
    return {file.path.name: file.status for file in files}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def values(path: Path) -> NDArray[Any]:
    return np.asarray(tifffile.imread(path))


def planes() -> list[NDArray[Any]]:
    """Return the planes of the folder's files in their order."""
    shapes = [(48, 64), (2, 48, 64), (48, 64)]
    found = [truth(n, shape) for n, shape in enumerate(shapes)]
    return [plane for labels in found for plane in labels.reshape(-1, 48, 64)]


@pytest.mark.parametrize("chain", [CHAIN, (OverUnder(target_iou=0.7), Flip(rate=0.1))])
def test_a_folder_gets_the_noise_of_one_set(
    folder: Path,
    tmp_path: Path,
    chain: Any,  # noqa: ANN401
) -> None:
    files = run(noise(folder, tmp_path / "out", chain=chain, seed=4, errors=True))
    assert set(statuses(files).values()) == {"done"}
    expected = run_to_end(noisy_steps(planes(), chain, 4)).images
    found = [values(tmp_path / "out" / f"t{n}_noisy.tif") for n in range(3)]
    np.testing.assert_array_equal(found[0], expected[0])
    np.testing.assert_array_equal(found[1], np.stack(expected[1:3]))
    np.testing.assert_array_equal(found[2], expected[3])
    errors = values(tmp_path / "out" / "t2_errors.tif")
    np.testing.assert_array_equal(errors > 0, found[2] != planes()[3])
    assert files[2].numbers["error_rate"] == pytest.approx((errors > 0).mean())


def test_one_file_gets_what_its_array_gets(folder: Path, tmp_path: Path) -> None:
    run(noise(folder / "t1.tif", tmp_path / "out", seed=4))
    expected = add_noise(truth(1, (2, 48, 64)), chain=CHAIN, seed=4).labels
    found = values(tmp_path / "out" / "t1_noisy.tif")
    np.testing.assert_array_equal(found, expected)


def test_size_and_axes_are_kept(folder: Path, tmp_path: Path) -> None:
    run(noise(folder, tmp_path / "out", chain=Sample(rate=0.5), errors=True))
    run(density(folder, tmp_path / "out"))
    signed = {"t1_noisy.tif": np.int8, "t1_errors.tif": np.uint8}
    for name, kind in {**signed, "t1_density.tif": np.float32}.items():
        result = read_image(tmp_path / "out" / name)
        deep = name == "t1_density.tif"
        assert result.axes == ("ZCYX" if deep else "ZYX")
        assert tuple(result.data.shape) == ((2, 3, 48, 64) if deep else (2, 48, 64))
        assert result.data.dtype == kind
        assert result.unit == "µm"
        assert result.pixel_size == pytest.approx({"Z": 0.5, "Y": 0.5, "X": 0.5})
    assert values(tmp_path / "out" / "t1_noisy.tif").min() == -1
    assert {NOISE_FILE, DENSITY_FILE} <= set(names(tmp_path / "out"))


def test_density_maps_of_a_folder(folder: Path, tmp_path: Path) -> None:
    files = run(density(folder, tmp_path / "out"))
    found = values(tmp_path / "out" / "t1_density.tif")
    expected = density_maps(truth(1, (2, 48, 64)), bandwidth=3).maps
    np.testing.assert_array_equal(found, np.moveaxis(expected, 0, 1))
    assert files[0].numbers["classes"] == [0, 1, 2]
    run(density(folder, tmp_path / "one", classes=(2,), volume=True))
    one = read_image(tmp_path / "one" / "t1_density.tif")
    assert (one.axes, tuple(one.data.shape)) == ("ZYX", (2, 48, 64))


@pytest.mark.parametrize("make", [noise, density])
def test_a_second_start_does_only_what_is_missing(
    folder: Path,
    tmp_path: Path,
    make: Any,  # noqa: ANN401
) -> None:
    job = make(folder, tmp_path / "out")
    first = [file.outputs[0] for file in run(job)]
    before = [path.read_bytes() for path in first]
    first[1].unlink()
    first[2].write_bytes(b"mine")
    events: list[Event] = []
    files = run_to_end(run_batch(job), events.append)
    assert [file.status for file in files] == ["skipped", "skipped", "done"]
    assert any("2 of 3 files of" in e.text for e in events if isinstance(e, Notice))
    assert first[1].read_bytes() == before[1]
    assert first[2].read_bytes() == b"mine"
    assert set(statuses(run(job, overwrite=True)).values()) == {"done"}
    assert [path.read_bytes() for path in first] == before


def test_a_bad_file_keeps_its_number(folder: Path, tmp_path: Path) -> None:
    whole = noise(folder, tmp_path / "whole")
    run(whole)
    good = (folder / "t0.tif").read_bytes()
    (folder / "t0.tif").write_text("no TIFF")
    job = noise(folder, tmp_path / "out")
    files = run(job)
    assert [file.status for file in files] == ["failed", "done", "done"]
    assert "cannot be read" in files[0].message
    (folder / "t0.tif").write_bytes(good)
    assert [file.status for file in run(job)] == ["skipped", "skipped", "done"]
    for name in names(tmp_path / "whole"):
        if name.endswith(".tif"):
            found = values(tmp_path / "out" / name)
            np.testing.assert_array_equal(found, values(tmp_path / "whole" / name))


@pytest.mark.parametrize("make", [noise, density])
def test_bad_labels_do_not_end_the_run(
    folder: Path,
    tmp_path: Path,
    make: Any,  # noqa: ANN401
) -> None:
    write_image(folder / "b0.tif", truth().astype(np.float32), axes="YX")
    write_image(folder / "b1.tif", truth().astype(np.int8) * -2, axes="YX")
    np.save(folder / "b2.npy", truth()[:0])
    numbers = np.arange(48 * 64, dtype=np.uint16).reshape(48, 64)
    write_image(folder / "b3.tif", numbers, axes="YX")
    (folder / "notes.txt").write_text("")
    (folder / "a.jpg").write_text("")
    files = run(make(folder, tmp_path / "out"))
    by_name = {file.path.name: file for file in files}
    failed = [name for name, file in by_name.items() if file.status == "failed"]
    assert sorted(failed) == ["b0.tif", "b1.tif", "b2.npy", "b3.tif"]
    assert "float32, but labels are whole" in by_name["b0.tif"].message
    assert "the value -4" in by_name["b1.tif"].message
    assert "is empty" in by_name["b2.npy"].message
    assert "numbers of objects" in by_name["b3.tif"].message
    assert by_name["notes.txt"].status == by_name["a.jpg"].status == "skipped"
    assert by_name["t0.tif"].status == "done"
    assert len(list((tmp_path / "out").glob("*.tif"))) == 3


@pytest.mark.parametrize("make", [noise, density])
def test_results_beside_the_labels_are_no_labels(folder: Path, make: Any) -> None:  # noqa: ANN401
    job = make(folder, folder)
    run(job)
    assert set(statuses(run(job)).values()) == {"skipped"}
    assert len(run(job)) == 3


def test_labels_that_are_named_are_not_replaced(folder: Path) -> None:
    paths = (str(folder / "t0.tif"), str(save_labels(folder / "t0_noisy.tif")))
    job = noise(folder, folder).replace(labels=paths)
    with pytest.raises(InputError, match="would replace"):
        run(job, overwrite=True)


def test_results_of_other_settings_are_not_mixed(folder: Path, tmp_path: Path) -> None:
    run(noise(folder, tmp_path / "out"))
    before = (tmp_path / "out" / NOISE_FILE).read_text()
    for change in ({"seed": 1}, {"chain": "flip"}, {"volume": True}):
        with pytest.raises(InputError, match=r"other settings \((seed|chain|vol)"):
            run(noise(folder, tmp_path / "out", **change))
    with pytest.raises(InputError, match=r"of another set of files.*overwrite"):
        run(noise(folder / "t0.tif", tmp_path / "out"))
    save_labels(folder / "t3.tif")
    with pytest.raises(InputError, match="of another set of files"):
        run(noise(folder, tmp_path / "out"))
    assert (tmp_path / "out" / NOISE_FILE).read_text() == before
    run(noise(folder, tmp_path / "out", seed=1), overwrite=True)
    run(density(folder, tmp_path / "out"))
    with pytest.raises(InputError, match=r"other settings \(bandwidth\)"):
        run(density(folder, tmp_path / "out", bandwidth=4))


def test_what_depends_on_no_other_file_may_come_later(
    folder: Path, tmp_path: Path
) -> None:
    for make in (density, lambda a, b: noise(a, b, chain="dilate")):
        for number in range(2):
            files = run(make(folder / f"t{number}.tif", tmp_path / "out"))
            assert statuses(files) == {f"t{number}.tif": "done"}
    job = load_job(tmp_path / "out" / DENSITY_FILE)
    assert [Path(path).name for path in job.sources] == ["t0.tif", "t1.tif"]


def test_a_map_of_errors_that_is_asked_for_later(folder: Path, tmp_path: Path) -> None:
    run(noise(folder, tmp_path / "out"))
    before = values(tmp_path / "out" / "t1_noisy.tif")
    files = run(noise(folder, tmp_path / "out", errors=True))
    assert set(statuses(files).values()) == {"done"}
    np.testing.assert_array_equal(values(tmp_path / "out" / "t1_noisy.tif"), before)
    assert "t1_errors.tif" in names(tmp_path / "out")


def test_the_job_beside_the_results_repeats_them(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run(noise(Path("in"), Path("out")))
    again = load_job(tmp_path / "out" / NOISE_FILE)
    assert [Path(path).name for path in again.sources] == ["t0.tif", "t1.tif", "t2.tif"]
    monkeypatch.chdir("/")
    assert set(statuses(run(again)).values()) == {"skipped"}
    run(again.replace(output=str(tmp_path / "out2")))
    found = values(tmp_path / "out2" / "t1_noisy.tif")
    np.testing.assert_array_equal(found, values(tmp_path / "out" / "t1_noisy.tif"))


def test_jobs_of_images_and_labels_share_a_folder(tmp_path: Path) -> None:
    save_labels(tmp_path / "a_labels.tif")
    (tmp_path / JOB_FILE).write_text("task: segment\n")
    run(noise(tmp_path, tmp_path))
    assert (tmp_path / JOB_FILE).read_text() == "task: segment\n"
    assert "a_labels_noisy.tif" in names(tmp_path)


@pytest.mark.parametrize("make", [noise, density])
def test_closing_leaves_no_half_file(folder: Path, tmp_path: Path, make: Any) -> None:  # noqa: ANN401
    out = tmp_path / "out"
    job = make(folder, out)
    total = len(list(run_batch(job)))
    for stop_at in range(1, total, 3):
        for path in out.iterdir():
            path.unlink()
        steps = run_batch(job)
        for _ in range(stop_at):
            next(steps)
        steps.close()
        assert not [name for name in names(out) if name.startswith(".")], stop_at
        assert len(names(out)) in {0, 2, 3, 4}, stop_at


@pytest.mark.parametrize("make", [noise, density])
def test_a_stop_finishes_the_file_and_starts_no_other(
    folder: Path,
    tmp_path: Path,
    make: Any,  # noqa: ANN401
) -> None:
    stop = StopFlag()
    done = {"noise": 3, "density": 0}[make.__name__]  # planes that are checked first
    seen: list[Event] = []

    def stop_early(event: Event) -> None:
        if isinstance(event, PlaneDone):
            seen.append(event)
            if len(seen) > done:
                stop.set()

    files = run_to_end(run_batch(make(folder, tmp_path / "out"), stop), stop_early)
    assert [file.status for file in files] == ["done", "skipped", "skipped"]
    stop.set()
    files = run_to_end(run_batch(make(folder, tmp_path / "none"), stop))
    assert {file.status for file in files} == {"skipped"}
    assert not names(tmp_path / "none")


def test_jobs_that_cannot_be_done(folder: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    write_image(empty / "a.tif", np.ones((8, 8), np.uint8), axes="YX")
    wrong: dict[str, AnyJob] = {
        "names no labels": NoiseJob(output="out", chain="flip"),
        "names no noise": noise(folder, tmp_path / "out", chain=()),
        "names no folder": DensityJob(labels=("a",)),
        "no file or folder": density(tmp_path / "none", tmp_path / "out"),
        "no labels in": density(tmp_path, tmp_path / "out"),
        "in the place of a folder": density(folder, folder / "t0.tif"),
        "hold only the class 1": noise(empty, tmp_path / "out"),
    }
    for sentence, bad in wrong.items():
        with pytest.raises(InputError, match=sentence):
            run(bad)
    assert not list((tmp_path).glob("out/*.tif"))


@pytest.fixture
def noisy(folder: Path, tmp_path: Path) -> Path:
    """Noisy versions of the folder."""
    run(noise(folder, tmp_path / "noisy"))
    return tmp_path / "noisy"


def test_folders_are_compared_by_name(
    folder: Path, noisy: Path, tmp_path: Path
) -> None:
    save_labels(folder / "only.tif")
    job = CompareJob(a=str(folder), b=str(noisy), output=str(tmp_path / "t.csv"))
    events: list[Event] = []
    files = run_to_end(run_batch(job), events.append)
    assert statuses(files) == {
        "only.tif": "skipped", "t0.tif": "done", "t1.tif": "done", "t2.tif": "done",
    }  # fmt: skip
    assert any("Only in A" in e.text for e in events if isinstance(e, Notice))
    expected = compare_labels(folder / "t1.tif", noisy / "t1_noisy.tif").fields()
    numbers = dict(files[2].numbers)
    assert Path(numbers.pop("b")).name == "t1_noisy.tif"
    assert Path(numbers.pop("a")).name == "t1.tif"
    assert numbers == expected
    with (tmp_path / "t.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [Path(row["a"]).name for row in rows] == ["t0.tif", "t1.tif", "t2.tif"]
    assert float(rows[1]["mean_dice"]) == expected["mean_dice"]
    assert float(rows[1]["iou_of_2"]) == expected["iou"][2]
    assert float(rows[1]["density_mean_overlap"]) == expected["density"]["mean_overlap"]


def test_a_bad_pair_does_not_end_the_comparison(folder: Path, noisy: Path) -> None:
    save_labels(noisy / "t0_noisy.tif", shape=(40, 64))
    files = run(CompareJob(a=str(folder), b=str(noisy)))
    assert [file.status for file in files] == ["failed", "done", "done"]
    assert "compare labels of the same image" in files[0].message
    with pytest.raises(InputError, match="compare labels of the same image"):
        run(CompareJob(a=str(folder / "t0.tif"), b=str(noisy / "t0_noisy.tif")))


def test_comparisons_that_cannot_be_done(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "there.csv").write_text("mine")
    same = CompareJob(a=str(folder), b=str(folder))
    wrong = {
        "have the same name": same.replace(b=str(tmp_path / "empty")),
        "a file and a folder": same.replace(b=str(folder / "t0.tif")),
        "no file or folder": same.replace(b=str(tmp_path / "none")),
        "is there already": same.replace(output=str(tmp_path / "there.csv")),
        "a file NAME.csv": same.replace(output=str(tmp_path / "x.txt")),
        "There is no folder": same.replace(output=str(tmp_path / "no" / "x.csv")),
    }
    for sentence, bad in wrong.items():
        with pytest.raises(InputError, match=sentence):
            run(bad)
    assert (tmp_path / "there.csv").read_text() == "mine"
    run(same.replace(output=str(tmp_path / "there.csv")), overwrite=True)
    assert (tmp_path / "there.csv").read_text().startswith("a,b,")


def test_a_stopped_comparison_keeps_its_numbers(folder: Path, tmp_path: Path) -> None:
    stop = StopFlag()

    def stop_early(event: Event) -> None:
        if isinstance(event, FileDone):
            stop.set()

    table = tmp_path / "t.csv"
    job = CompareJob(a=str(folder), b=str(folder), output=str(table))
    files = run_to_end(run_batch(job, stop), stop_early)
    assert [file.status for file in files] == ["done", "skipped", "skipped"]
    assert len(table.read_text().splitlines()) == 2
