"""The command line: what it writes, what it says, how it ends."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
import yaml
from tests.quick import image, quick_igtt, quick_words, save

from napari_metastruct.batch import JOB_FILE
from napari_metastruct.cli import main
from napari_metastruct.jobs import SegmentJob, load_job
from napari_metastruct.methods import IGTT, MENU
from napari_metastruct.segmentation import segment

Captured = pytest.CaptureFixture[str]


def labels(path: Path) -> Any:  # noqa: ANN401 - an array of any integers
    return tifffile.imread(path)


def call(*words: object) -> int:
    return main([str(word) for word in words])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return save(tmp_path / "in" / "a.tif")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def test_the_same_job_gives_the_same_labels_everywhere(path: Path, out: Path) -> None:
    words = ["segment", path, "-o", out, "--probability", "--seed", 3, *quick_words()]
    assert call(*words, "--save-job", out.parent / "job.yaml") == 0
    again = out.parent / "again"
    job = load_job(out.parent / "job.yaml").replace(output=str(again))
    job.save(out.parent / "job2.yaml")
    assert call("run", out.parent / "job2.yaml") == 0
    expected = segment(image(), method=quick_igtt(), probability=True, seed=3)
    for folder in (out, again):
        np.testing.assert_array_equal(labels(folder / "a_labels.tif"), expected.labels)
        np.testing.assert_array_equal(
            labels(folder / "a_probability.tif"), expected.probability
        )


def test_a_job_of_napari_runs_on_its_image_and_on_others(
    path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(out.parent)
    file = out.parent / "job.yaml"
    SegmentJob(images=(str(path),), method="otsu").save(file)
    assert call("run", file) == 0
    assert (out.parent / "labels" / "a_labels.tif").is_file()
    other = save(out.parent / "other" / "b.tif", seed=1)
    assert call("run", file, other.parent, "--output", out) == 0
    assert [p.name for p in out.glob("*.tif")] == ["b_labels.tif"]


def test_every_option_reaches_the_job(path: Path, out: Path) -> None:
    words = ["segment", path, "--output", out, "--method", "otsu", "--set", "smooth=2"]
    words += ["--foreground", "bright", "--instances", "--min-size", 3, "--fill-holes"]
    words += ["--probability", "--axes", "YX", "--channels", "luminance", "--level", 0]
    words += ["--region", "0,40,8,64", "--seed", 5, "--device", "cpu", "--joint"]
    assert call(*words, "--save-model") == 0
    job = load_job(out / JOB_FILE)
    assert job == SegmentJob(
        images=(str(path),),
        output=str(out),
        method={"name": "otsu", "smooth": 2},
        foreground="bright",
        instances=True,
        min_size=3,
        fill_holes=True,
        probability=True,
        axes="YX",
        channels="luminance",
        region=(0, 40, 8, 64),
        seed=5,
        device="cpu",
        joint=True,
        save_model=True,
    )


def test_a_saved_model_is_applied(path: Path, out: Path) -> None:
    assert call("segment", path, "-o", out, "--save-model", *quick_words()) == 0
    applied = out.parent / "applied"
    assert call("apply", out / "a_model.json", path.parent, "-o", applied) == 0
    np.testing.assert_array_equal(
        labels(applied / "a_labels.tif"), labels(out / "a_labels.tif")
    )


def test_lines_for_a_person(path: Path, out: Path, capsys: Captured) -> None:
    (path.parent / "notes.txt").write_text("")
    (path.parent / "bad.tif").write_text("no TIFF")
    words = ["segment", path.parent, "-o", out, "--method", "otsu"]
    assert call(*words) == 1
    said = capsys.readouterr()
    assert "a.tif -> a_labels.tif" in said.out
    assert "1 done, 1 failed, 1 skipped in " in said.out
    assert f" s. Results: {out}\n" in said.out
    assert "1 of 2 images failed:" in said.err
    assert f"\n  {path.parent / 'bad.tif'} cannot be read" in said.err
    assert "Skipped, since not images: notes.txt" in said.err
    assert "Traceback" not in said.err
    (path.parent / "bad.tif").unlink()
    assert call(*words) == 0
    assert "1 of 1 images have their results" in capsys.readouterr().err


def test_one_document_for_a_machine(path: Path, out: Path, capsys: Captured) -> None:
    (path.parent / "bad.tif").write_text("no TIFF")
    words = ["segment", path.parent, "-o", out, "--method", "otsu", "--json"]
    assert call(*words) == 1
    said = capsys.readouterr()
    document = json.loads(said.out)
    by_name = {Path(file["path"]).name: file for file in document["files"]}
    assert document["status"] == "incomplete"
    assert by_name["a.tif"]["status"] == "done"
    assert by_name["a.tif"]["outputs"] == [str(out / "a_labels.tif")]
    assert by_name["bad.tif"]["status"] == "failed"
    assert [Path(e["path"]).name for e in document["errors"]] == ["bad.tif"]
    assert document["seconds"] >= by_name["a.tif"]["seconds"] >= 0
    assert SegmentJob(**document["job"]).method_name() == "otsu"
    assert "bad.tif" in said.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--method", "igt"], "There is no method 'igt'; choose one of: igtt, "),
        (["--set", "nonsense=1"], "'nonsense' is not a setting of IGTT"),
        (["--set", "nonsense"], "due is name=value"),
        (["--method", "otsu", "--set", "smooth=-1"], "smooth is -1"),
        (["--foreground", "grey"], "foreground is 'grey'"),
        (["--device", "tpu"], "device is 'tpu'"),
        (["--device", "mps"], "The device 'mps' is not available here"),
        (["--seed", "-1"], "seed is -1"),
        (["--min-size", "-1"], "min_size is -1"),
        (["--region", "1,2,3"], "--region is '1,2,3', 3 numbers"),
        (["--region", "0,9,0,9"], "at least 32"),
        (["--region", "0,99,0,99"], "reaches outside"),
        (["--channels", "red"], "--channels is 'red'"),
        (["--channels", "4"], "there is no channel 4"),
        (["--axes", "QYX"], "Q is not one of"),
        (["--level", "2"], "there is no level 2"),
        (["--save-job", "/nowhere/job.yaml"], "nowhere"),
    ],
)
def test_bad_settings_are_one_sentence(
    path: Path, out: Path, capsys: Captured, words: list[str], sentence: str
) -> None:
    assert call("segment", path, "-o", out, *words) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert sentence in said.err
    assert len(said.err.strip().splitlines()) == 1
    assert not list(out.glob("*.tif"))


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.tif", np.ones((64, 64), np.uint8), "constant"),
        ("a.tif", np.full((64, 64), np.nan, np.float32), "NaN"),
        ("a.tif", np.zeros((64, 20), np.uint8), "20 columns"),
        ("a.npy", np.eye(64, dtype=np.bool_), "boolean"),
        ("a.npy", np.eye(64, dtype=np.complex64), "complex"),
        ("a.tif", b"", "empty"),
        ("a.tif", b"hello", "cannot be read"),
        ("a.txt", b"hello", "no image in"),
        ("a.npy", np.zeros((2, 2, 2, 64, 64)), "name the axes"),
    ],
)
def test_bad_images_are_one_sentence(
    tmp_path: Path,
    capsys: Captured,
    name: str,
    content: Any,  # noqa: ANN401 - bytes or an array
    sentence: str,
) -> None:
    path = tmp_path / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif name.endswith("npy"):
        np.save(path, content)
    else:
        tifffile.imwrite(path, content)
    assert call("segment", path, "-o", tmp_path / "out", "--json") == 2
    said = capsys.readouterr()
    assert sentence in said.err
    assert len(said.err.strip().splitlines()) == 1
    document = json.loads(said.out)
    assert document["status"] == "bad input"
    assert sentence in document["errors"][0]["message"]
    assert not list((tmp_path / "out").glob("*.tif"))


def test_lack_of_memory_while_all_images_share_a_model(
    path: Path, out: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("napari_metastruct.batch.joint.learn_steps", fail)
    assert call("segment", path, "-o", out, "--joint", "--json") == 1
    said = capsys.readouterr()
    assert "not enough memory" in said.err
    assert json.loads(said.out)["status"] == "incomplete"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_name_that_is_no_text(tmp_path: Path, out: Path, capsys: Captured) -> None:
    odd = tmp_path / "in" / os.fsdecode(b"caf\xe9.tif")
    save(tmp_path / "a.tif")
    odd.parent.mkdir()
    (tmp_path / "a.tif").rename(odd)
    words = ["segment", odd.parent, "-o", out, "--method", "otsu"]
    assert call(*words, "--json") == 0
    assert json.loads(capsys.readouterr().out)["files"][0]["path"] == str(odd)
    assert call(*words, "--overwrite") == 0
    assert call("run", out / JOB_FILE) == 0


def test_bad_job_files_are_one_sentence(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "job.yaml"
    path.write_text(yaml.safe_dump({"images": ["a.tif"], "sead": 1}))
    assert call("run", path) == 2
    assert "'sead' is not a setting of SegmentJob" in capsys.readouterr().err
    assert call("run", tmp_path / "none.yaml") == 2
    assert call("apply", tmp_path / "none", tmp_path, "-o", tmp_path / "out") == 2


def test_values_are_read_as_they_are_meant(path: Path, out: Path) -> None:
    from napari_metastruct.cli.values import to_method

    typed = {"block_size=none": None, "block_size=5": 5, "block_size=": None}
    for text, value in typed.items():
        method = to_method("adaptive-gaussian", [text])
        assert method.model_dump()["block_size"] == value
    assert (
        to_method("adaptive-gaussian", ["offset=1e-3"]).model_dump()["offset"] == 1e-3
    )
    assert to_method("adaptive-gaussian", ["block-size=5"]).model_dump() == (
        to_method("adaptive-gaussian", ["block_size=5"]).model_dump()
    )


@pytest.mark.parametrize("name", MENU)
def test_the_settings_of_every_method_are_listed(name: str, capsys: Captured) -> None:
    assert call("methods", name) == 0
    said = capsys.readouterr().out
    assert f"--method {name}" in said
    assert name != "igtt" or all(
        f"\n{f}=" in said for f in IGTT.model_fields if f != "name"
    )
    assert call("methods") == 0
    assert MENU[name].title in capsys.readouterr().out


def test_usage(capsys: Captured) -> None:
    assert call("--version") == 0
    assert capsys.readouterr().out.strip().count(".") >= 2
    assert call("segment", "--help") == 0
    assert "Objects of fewer pixels are removed" in capsys.readouterr().out
    assert call("segment", "a.tif") == 2
    assert "--output" in capsys.readouterr().err
    assert call("segmnt") == 2
    assert call("methods", "igt") == 2


def test_help_and_parsing_load_nothing_heavy(path: Path) -> None:
    code = (
        "import sys\n"
        "from napari_metastruct.cli import main\n"
        f"main(['segment', {str(path)!r}, '-o', {str(path.parent / 'o')!r},"
        " '--method', 'otsu', '--region', '1,2,3'])\n"
        "main(['segment', '--help'])\n"
        "heavy = {'torch', 'monai', 'napari', 'qtpy', 'PyQt6'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


class Running:
    """A run in a process of its own that can be interrupted."""

    def __init__(self, *words: object) -> None:
        line = [sys.executable, "-m", "napari_metastruct", *map(str, words)]
        self.process = subprocess.Popen(
            line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def wait_for(self, text: str) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if text in line:
                return
        raise AssertionError(f"it never said '{text}'")

    def end(self) -> tuple[int, str, str]:
        said, errors = self.process.communicate(timeout=60)
        return self.process.returncode, said, errors


@pytest.fixture
def endless(tmp_path: Path) -> Iterator[Running]:
    """Two images that are learned from for hours; interrupted while learning."""
    for number in range(2):
        save(tmp_path / "in" / f"t{number}.tif", seed=number)
    (tmp_path / "in" / "notes.txt").write_text("")
    long = {"epochs": 1000} if "epochs" in IGTT.model_fields else {"steps": 10000}
    words = ["segment", tmp_path / "in", "-o", tmp_path / "out", "--json"]
    running = Running(*words, "--probability", *quick_words(**long))
    running.wait_for("notes.txt")
    yield running
    running.process.kill()
    running.process.communicate()


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to a child")
def test_the_first_interrupt_keeps_what_was_learned(
    endless: Running, tmp_path: Path
) -> None:
    endless.interrupt()
    code, said, errors = endless.end()
    document = json.loads(said)
    assert [f["status"] for f in document["files"]] == ["skipped", "done", "skipped"]
    assert code == 1
    assert "Stopping" in errors
    assert "Traceback" not in errors
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        JOB_FILE, "t0_labels.tif", "t0_probability.tif",
    ]  # fmt: skip


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to a child")
def test_the_second_interrupt_cancels(endless: Running, tmp_path: Path) -> None:
    endless.interrupt()
    endless.wait_for("Stopping")
    endless.interrupt()
    code, said, errors = endless.end()
    assert code == 130
    assert json.loads(said)["status"] == "cancelled"
    assert "Traceback" not in errors
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGTERM to a child")
def test_a_polite_kill_cancels(endless: Running, tmp_path: Path) -> None:
    endless.process.terminate()
    code, _, errors = endless.end()
    assert code == 130
    assert "Traceback" not in errors
    assert not list((tmp_path / "out").iterdir())
