"""The command that learns from labels: what it takes, says and leaves behind."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from tests.quick_training import COUNT, job_of, make_folders, words

from napari_metastruct.cli import main
from napari_metastruct.cli.screen import Screen
from napari_metastruct.cli.training_text import epoch_text, training_summary
from napari_metastruct.jobs import TrainJob, load_job
from napari_metastruct.methods import LEARNERS
from napari_metastruct.progress import EpochEnd, Event
from napari_metastruct.training.labelled import LabelledSettings

Captured = pytest.CaptureFixture[str]
JOB = "metastruct_train_job.yaml"


def call(*what: object) -> int:
    return main([str(word) for word in what])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_folders(tmp_path)


@pytest.fixture
def both(folder: Path) -> list[Path]:
    return [folder / "images", folder / "labels"]


def test_train_apply_and_run_the_job_again(
    folder: Path, both: list[Path], capsys: Captured
) -> None:
    out, again = folder / "run", folder / "again"
    line = ["train", *both, "-o", out, *words(), "--save-job", folder / "job.yaml"]
    assert call(*line, "--reference", folder / "clean") == 0
    said = capsys.readouterr().out
    for part in ("Best epoch ", "of 2; validation Dice 0.", "class 2 0.", "Corrected "):
        assert part in said
    assert "trained in " in said
    assert f"Results: {out}" in said
    assert call("apply", out, both[0], "-o", folder / "labels_made") == 0
    made = tifffile.imread(folder / "labels_made" / "c0_labels.tif")
    assert made.dtype == np.uint8
    assert made.max() <= 2
    assert call("run", folder / "job.yaml", "-o", again) == 0
    for name in ("model.safetensors", "corrected/c3_labels.tif"):
        assert (out / name).read_bytes() == (again / name).read_bytes()


def test_every_option_reaches_the_job(folder: Path, both: list[Path]) -> None:
    line = ["train", *both, "--output", folder / "run", "--save-job", folder / "j.yaml"]
    line += ["--method", "co-teaching", "--noise-rate", 0.25, "--set", "ramp=3"]
    line += ["--epochs", 3, "--network", "unet", "--set", "learning-rate=1e-3"]
    line += ["--reference", folder / "clean", "--axes", "YX", "--channels", "luminance"]
    line += ["--level", 9, "--as-one", "--seed", 5, "--device", "cpu", "--painted"]
    line += ["--negative", folder / "not", "--trusted", folder / "clean"]
    assert call(*line) == 2  # there is no such level, so nothing is learned
    assert load_job(folder / "j.yaml") == job_of(
        folder,
        reference=(str(folder / "clean"),),
        method={"name": "co-teaching", "noise_rate": 0.25, "ramp": 3},
        settings=LabelledSettings(epochs=3, learning_rate=1e-3, seed=5, device="cpu"),
        axes="YX",
        channels="luminance",
        level=9,
        as_one=True,
        painted=True,
        negative=(str(folder / "not"),),
        trusted=(str(folder / "clean"),),
    )


def test_labels_in_more_than_one_place(
    folder: Path, both: list[Path], capsys: Captured
) -> None:
    images, labels = (sorted(place.iterdir()) for place in both)
    line = ["train", *images[:2], "--labels", labels[1], "--labels", labels[0]]
    assert call(*line, "-o", folder / "run", "--json", *words()) == 0
    document = json.loads(capsys.readouterr().out)
    numbers = document["files"][0]["numbers"]
    found = [(row["image"], row["labels"]) for row in numbers["images"]]
    expected = [(str(images[0]), str(labels[1])), (str(images[1]), str(labels[0]))]
    assert found == expected
    assert TrainJob(**document["job"]).labels == (str(labels[1]), str(labels[0]))


def test_what_does_not_pair_is_listed_and_the_rest_is_learned_from(
    folder: Path, both: list[Path], capsys: Captured
) -> None:
    (both[1] / "c0_gt.tif").rename(both[1] / "other.tif")
    (both[0] / "notes.txt").write_text("")
    assert call("train", *both, "-o", folder / "run", "--json", *words()) == 0
    said = capsys.readouterr()
    assert "Images without labels, so not learned from: c0.tif." in said.err
    assert "Labels without an image, so not learned from: other.tif." in said.err
    files = {Path(f["path"]).name: f for f in json.loads(said.out)["files"]}
    assert set(files) == {"c0.tif", "other.tif", "notes.txt", "run"}
    assert len(files["run"]["numbers"]["images"]) == COUNT - 1


def test_the_second_interrupt_cancels_and_resume_goes_on(
    folder: Path,
    both: list[Path],
    capsys: Captured,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    show, seen = Screen.show, []

    def interrupted(screen: Screen, event: Event) -> None:
        show(screen, event)
        seen.append(event)
        if len([e for e in seen if isinstance(e, EpochEnd)]) == 2:
            raise KeyboardInterrupt

    line = ["train", *both, "-o", folder / "run", *words(checkpoint_every=1)]
    with monkeypatch.context() as patch:
        patch.setattr(Screen, "show", interrupted)
        assert call(*line) == 130
    assert "Cancelled; --resume goes on from the last checkpoint" in (
        capsys.readouterr().err
    )
    assert not (folder / "run" / "model.safetensors").exists()
    assert call(*line) == 2
    assert "holds another run already: continue it (--resume)" in (
        capsys.readouterr().err
    )
    assert call("run", folder / "run" / JOB, "--resume") == 0
    assert (folder / "run" / "corrected" / "c0_labels.tif").is_file()
    assert call(*line, "--resume") == 0


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--method", "jocr"], "There is no method 'jocr'; choose one of: plain"),
        (["--noise-rate", "0.3"], "'plain' does not ask for a noise rate"),
        (["--method", "jocor", "--noise-rate", "30"], "noise_rate is 30"),
        (["--method", "jocor", "--noise-rate", "-0.1"], "noise_rate is -0.1"),
        (["--set", "validation=1.5"], "validation is 1.5"),
        (["--set", "nonsense=1"], "'nonsense' is not a setting of"),
        (["--set", "nonsense"], "due is name=value"),
        (["--epochs", "0"], "epochs is 0"),
        (["--network", "vgg"], "network is 'vgg'"),
        (["--device", "tpu"], "device is 'tpu'"),
        (["--seed", "-1"], "seed is -1"),
        (["--channels", "red"], "--channels is 'red'"),
        (["--reference", "none"], "There is no file or folder"),
        (["--labels", "none"], "There is no file or folder"),
        (["--resume"], "There is no run in"),
    ],
)
def test_bad_settings_are_one_sentence(
    folder: Path, both: list[Path], capsys: Captured, more: list[str], sentence: str
) -> None:
    start = ["train", *both, "-o", folder / "run", "--method", "plain"]
    assert call(*start, *more) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert sentence in said.err
    assert len(said.err.strip().splitlines()) == 1
    assert not (folder / "run").exists()


def test_one_path_is_too_few(folder: Path, capsys: Captured) -> None:
    assert call("train", folder / "images", "-o", folder / "run") == 2
    assert "a training takes two: images and their labels" in capsys.readouterr().err


@pytest.mark.parametrize("name", LEARNERS)
def test_the_settings_of_every_learner_are_listed(name: str, capsys: Captured) -> None:
    assert call("methods") == 0
    assert LEARNERS[name].title in capsys.readouterr().out
    assert call("methods", name) == 0
    said = capsys.readouterr().out
    own = [f for f in type(LEARNERS[name].make()).model_fields if f != "name"]
    assert all(f"\n{f}=" in said for f in [*own, *LabelledSettings.model_fields])


def test_no_setting_of_a_method_hides_one_of_every_training() -> None:
    for entry in LEARNERS.values():
        own = set(type(entry.make()).model_fields)
        assert not own & set(LabelledSettings.model_fields)


def test_the_bar_shows_what_matters_most() -> None:
    few = {"loss": 0.5, "gap": 0.25}
    assert epoch_text(few) == "loss 0.5, gap 0.25"
    many: dict[str, float] = {f"iou_el {n}": 0.1 for n in range(9)}
    many |= {"corrected": 0.05, "loss": 0.5, "validation dice": 0.75}
    assert epoch_text(many) == "loss 0.5, validation dice 0.75, corrected 0.05"


def test_the_summary_of_a_run_that_was_stopped() -> None:
    numbers: dict[str, Any] = {
        "epochs": 3, "epochs_wanted": 60, "best_epoch": 2, "scores": {"loss": 0.5},
        "noise_rate": 0.25, "became": {}, "pixels": 2000, "corrected": 0.0,
    }  # fmt: skip
    assert training_summary(numbers).splitlines()[:3] == [
        "Best epoch 2 of 3 (60 were asked for).",
        "Noise rate 25.0 %",
        "Corrected 0.0 % of 2,000 labels",
    ]


def test_bad_words_and_help_load_nothing_heavy(folder: Path, both: list[Path]) -> None:
    line = ["train", *map(str, both), "-o", str(folder / "run"), "--epochs", "0"]
    code = (
        "import sys\n"
        "from napari_metastruct.cli import main\n"
        f"main({line!r})\n"
        "main(['train', '--help'])\n"
        "main(['methods', 'superpixel-guided'])\n"
        "heavy = {'torch', 'monai', 'napari', 'qtpy', 'PyQt6'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
