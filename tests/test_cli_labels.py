"""The commands on labels: what they write, what they say, how they end."""

import json
import subprocess
import sys
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from tests.quick import save_labels, truth

from napari_metastruct.cli import label_commands, main
from napari_metastruct.cli.chain import split_chain
from napari_metastruct.files import write_image
from napari_metastruct.jobs import CompareJob, DensityJob, NoiseJob, load_job
from napari_metastruct.label_tasks import add_noise, density_maps
from napari_metastruct.noise import NOISES, Dilate, Flip, Transition, noise_named

Captured = pytest.CaptureFixture[str]
FLIP = ["--kind", "flip", "--rate", "0.3"]
CHAIN = [*FLIP, "--kind", "dilate", "--iterations", "2"]


def call(*words: object) -> int:
    return main([str(word) for word in words])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return save_labels(tmp_path / "in" / "a.tif")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def test_noise(path: Path, out: Path, capsys: Captured) -> None:
    assert call("noise", path.parent, *CHAIN, "-o", out, "--seed", 3, "--errors") == 0
    chain = (Flip(rate=0.3), Dilate(iterations=2))
    expected = add_noise(truth(), chain=chain, seed=3, errors=True)
    found = tifffile.imread(out / "a_noisy.tif")
    np.testing.assert_array_equal(found, expected.labels)
    np.testing.assert_array_equal(
        tifffile.imread(out / "a_errors.tif"), expected.errors
    )
    said = capsys.readouterr().out
    assert "a.tif -> a_noisy.tif, a_errors.tif" in said
    fields = expected.fields()
    assert f"wrong {100 * fields['error_rate']:.1f} %" in said
    assert f"Dice {fields['mean_dice']:.3f}, IoU {fields['mean_iou']:.3f}" in said
    assert f"rank {fields['rank']} of 3" in said
    assert fields["verdict"] in said
    assert said.endswith(f" s. Results: {out}\n")


def test_noise_as_one_document(path: Path, out: Path, capsys: Captured) -> None:
    save_labels(path.with_name("b.tif"), seed=1)
    (path.parent / "bad.tif").write_text("no TIFF")
    assert call("noise", path.parent, *FLIP, "-o", out, "--json") == 1
    document = json.loads(capsys.readouterr().out)
    assert document["status"] == "incomplete"
    done, _, failed = document["files"]
    expected = add_noise(truth(), chain=Flip(rate=0.3)).fields()
    assert done["numbers"] == expected
    assert len(done["numbers"]["transition_matrix"]) == 3
    assert "numbers" not in failed
    assert NoiseJob(**document["job"]).chain == (Flip(rate=0.3),)


def test_the_mean_of_several_files(path: Path, out: Path, capsys: Captured) -> None:
    save_labels(path.with_name("b.tif"), seed=1)
    words = ["--kind", "over-under", "--target-iou", "0.7"]
    assert call("noise", path.parent, *words, "-o", out) == 0
    assert "Mean of 2 files: wrong " in capsys.readouterr().out


def test_density(path: Path, out: Path, capsys: Captured) -> None:
    words = ["--kernel", "box", "--bandwidth", 3, "--classes", "2,1"]
    assert call("density", path, "-o", out, *words, "--edge-correction") == 0
    expected = density_maps(
        truth(), kernel="box", bandwidth=3, classes=(2, 1), edge_correction=True
    )
    found = tifffile.imread(out / "a_density.tif")
    np.testing.assert_array_equal(found, expected.maps)
    assert found.dtype == np.float32
    assert "classes 2, 1; box, bandwidth 3 pixels" in capsys.readouterr().out


def test_compare_two_files(path: Path, out: Path, capsys: Captured) -> None:
    assert call("noise", path, *FLIP, "-o", out) == 0
    capsys.readouterr()
    assert call("compare", path, out / "a_noisy.tif", "--bandwidth", 4) == 0
    said = capsys.readouterr().out
    assert "a_noisy.tif compared with a.tif, 3,072 pixels" in said
    head = "class   Dice    IoU   wrong  given 0  given 1  given 2"
    assert head in said
    assert "accuracy 0.7" in said
    assert "rank 3 of 3" in said
    assert "densities (gaussian, bandwidth 4 pixels): Pearson 0." in said
    assert said.splitlines()[-1].startswith("1 done in ")
    assert call("compare", path, out / "a_noisy.tif", "--json") == 0
    numbers = json.loads(capsys.readouterr().out)["files"][0]["numbers"]
    assert numbers["density"]["kernel"] == "gaussian"


def test_compare_two_folders(path: Path, out: Path, capsys: Captured) -> None:
    save_labels(path.with_name("b.tif"), seed=1)
    assert call("noise", path.parent, *FLIP, "-o", out) == 0
    capsys.readouterr()
    table = out.parent / "t.csv"
    assert call("compare", path.parent, out, "-o", table) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].split() == [
        "accuracy", "Dice", "IoU", "rank", "Pearson", "Jensen-Shannon", "overlap",
    ]  # fmt: skip
    assert [line.split()[0] for line in said[1:3]] == ["a_noisy.tif", "b_noisy.tif"]
    assert said[3].startswith("mean of 2")
    assert said[4].startswith("2 done in ")
    assert said[4].endswith(f" s. Results: {table}")
    assert len(table.read_text().splitlines()) == 3
    (out / "b_noisy.tif").unlink()
    assert call("compare", path.parent, out) == 1
    said_twice = capsys.readouterr()
    assert "Only in A, so not compared: b.tif" in said_twice.err
    assert "1 done, 1 skipped" in said_twice.out


def test_every_option_reaches_the_job(path: Path, out: Path) -> None:
    common = ["--volume", "--as-one", "--axes", "YX"]
    sized = ["--kernel", "disc", "--bandwidth", "2,3", "--unit", "physical"]
    jobs = out.parent / "job.yaml"
    noise = ["--kind", "transition", "--matrix", "0.9,0.1;0.2,0.8", "--kind=skeleton"]
    noise += ["--kind", "flip", "--set", "rate=0.1", "--class-rates=0.1,0.2"]
    words: list[object] = [
        *noise,
        "-o",
        out,
        "--seed",
        5,
        "--errors",
        *common,
        "--save-job",
        jobs,
    ]
    assert call("noise", *words, path) == 0
    assert load_job(jobs) == NoiseJob(
        labels=(str(path),),
        output=str(out),
        chain=(
            Transition(matrix=((0.9, 0.1), (0.2, 0.8))),
            "skeleton",
            Flip(rate=0.1, class_rates=(0.1, 0.2)),
        ),
        seed=5,
        errors=True,
        volume=True,
        as_one=True,
        axes="YX",
    )
    words = [*sized, "--classes", "1", "--edge-correction", *common]
    assert call("density", path, "-o", out, *words, "--save-job", jobs) == 0
    settings: dict[str, Any] = {
        "kernel": "disc", "bandwidth": (2, 3), "unit": "physical", "volume": True,
        "as_one": True, "axes": "YX",
    }  # fmt: skip
    assert load_job(jobs) == DensityJob(
        labels=(str(path),),
        output=str(out),
        classes=(1,),
        edge_correction=True,
        **settings,
    )
    table = out.parent / "t.csv"
    words = [*sized, *common, "-o", table, "--save-job", jobs]
    assert call("compare", path, path, *words) == 0
    expected = CompareJob(a=str(path), b=str(path), output=str(table), **settings)
    assert load_job(jobs) == expected


def test_saved_jobs_run_on_their_files_and_on_others(
    path: Path, out: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.chdir(out.parent)
    file = out.parent / "job.yaml"
    NoiseJob(labels=(str(path),), chain="flip").save(file)
    assert call("run", file) == 0
    assert (out.parent / "noisy" / "a_noisy.tif").is_file()
    other = save_labels(out.parent / "other" / "b.tif")
    DensityJob(labels=(str(path),), bandwidth=2).save(file)
    assert call("run", file, other.parent, "-o", out) == 0
    assert [p.name for p in out.glob("*.tif")] == ["b_density.tif"]
    CompareJob(a=str(path), b=str(path)).save(file)
    capsys.readouterr()
    assert call("run", file) == 0
    assert "a.tif compared with a.tif" in capsys.readouterr().out
    assert call("run", file, path, other) == 0
    assert "b.tif compared with a.tif" in capsys.readouterr().out
    assert call("run", file, path) == 2
    assert "1 files or folders are named, but two" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "The job names no noise"),
        (["--kind", "flp"], "There is no noise 'flp'; choose one of: sample, flip"),
        (["--kind", "flip", "--rate", "1.5"], "Flip.rate is 1.5"),
        (["--kind", "flip", "--rat", "0.5"], "'rat' is not a setting of Flip"),
        (["--kind", "flip", "--set", "rate"], "due is name=value"),
        (["--kind", "flip", "--rate"], "--rate needs a value"),
        (["--rate", "0.5", "--kind", "flip"], "--rate is a setting of a noise and fol"),
        (["--set", "rate=0.5"], "--set belongs to a --kind"),
        (["--kind", "transition", "--matrix", "0.5,0.4;0,1"], "sums to 0.9"),
        (["--kind", "flip", "--class-rates", "0.5"], "class"),
        ([*FLIP, "--seed", "-1"], "seed is -1"),
        ([*FLIP, "--axes", "QX"], "Q is not one of"),
        ([*FLIP, "--ouput", "x"], "'ouput' is not a setting of Flip"),
    ],
)
def test_bad_noise_is_one_sentence(
    path: Path, out: Path, capsys: Captured, words: list[str], sentence: str
) -> None:
    assert call("noise", path, "-o", out, *words) == 2
    said = capsys.readouterr()
    assert sentence in " ".join(said.err.split())
    assert "Traceback" not in said.err
    assert not list(out.glob("*.tif"))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--bandwidth", "0"], "The bandwidth is 0; give a number above 0, or 'auto'"),
        (["--bandwidth", "wide"], "The bandwidth is 'wide'"),
        (["--bandwidth", "999"], "larger than the whole image of shape (48, 64)"),
        (["--bandwidth", "1,2,3"], "3 bandwidths were given for labels of 2 axes"),
        (["--classes", "1,7"], "Class 7 was asked for"),
        (["--classes", "one"], "--classes is 'one'; due are whole numbers"),
        (["--kernel", "round"], "kernel is 'round'"),
        (["--unit", "mile"], "unit is 'mile'"),
    ],
)
def test_bad_densities_are_one_sentence(
    path: Path, out: Path, capsys: Captured, words: list[str], sentence: str
) -> None:
    assert call("density", path, "-o", out, *words) == 2
    said = capsys.readouterr()
    assert sentence in said.err
    assert len(said.err.strip().splitlines()) == 1
    assert not list(out.glob("*.tif"))


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (truth().astype(np.float32), "of type float32, but labels are whole numbers"),
        (truth().astype(np.int8) - 2, "holds the value -2"),
        (np.ones((48, 64), np.uint8), "only the class 1, but 'Random flip' needs 2"),
        (np.full((48, 64), -1, np.int8), "nothing but -1"),
        (np.stack([truth()] * 3, axis=-1), "3 values a pixel, as colours have"),
    ],
)
def test_bad_labels_are_one_sentence(
    tmp_path: Path,
    capsys: Captured,
    values: Any,  # noqa: ANN401 - an array
    sentence: str,
) -> None:
    path = tmp_path / "a.tif"
    write_image(path, values, axes="YXS"[: values.ndim])
    assert call("noise", path, *FLIP, "-o", tmp_path / "out", "--json") == 2
    said = capsys.readouterr()
    assert sentence in said.err
    assert len(said.err.strip().splitlines()) == 1
    assert sentence in json.loads(said.out)["errors"][0]["message"]


def test_the_kinds_of_noise_are_listed(capsys: Captured) -> None:
    assert call("noise", "--kinds") == 0
    said = capsys.readouterr().out
    for name in NOISES:
        assert f"--kind {name}\n" in said
        for field in set(type(noise_named(name)).model_fields) - {"name"}:
            assert f"    --{field.replace('_', '-')}" in said
    assert "Probability that a pixel gets another class." in said
    assert '--matrix "0.7,0.3;0.2,0.8"' in said
    assert call("noise", "--help") == 0
    assert "--kind sample|flip" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("name", NOISES)
def test_settings_of_noises_are_no_options_of_the_command(name: str) -> None:
    settings = set(type(noise_named(name)).model_fields)
    assert not settings & set(signature(label_commands.noise).parameters)


def test_what_follows_a_kind_belongs_to_it() -> None:
    own = {"--output": True, "-o": True, "--seed": True, "--errors": False}
    words = "a.tif --kind flip --rate 0.3 --seed 3 b --kind=erode -o --kind "
    words += "--errors --iterations=2 --set x=y c -- --kind d"
    links, rest = split_chain(words.split(), own)
    assert [(link.kind, link.settings) for link in links] == [
        ("flip", ["rate=0.3"]),
        ("erode", ["iterations=2", "x=y"]),
    ]
    expected = "a.tif --seed 3 b -o --kind --errors c -- --kind d"
    assert rest == expected.split()


def test_the_commands_on_labels_load_nothing_heavy(path: Path, out: Path) -> None:
    code = (
        "import sys\n"
        "from napari_metastruct.cli import main\n"
        f"path, out = {str(path)!r}, {str(out)!r}\n"
        f"assert not main(['noise', path, '-o', out, *{CHAIN!r}])\n"
        "assert not main(['density', path, '-o', out])\n"
        "assert not main(['compare', path, path])\n"
        "heavy = {'torch', 'monai', 'napari', 'qtpy', 'PyQt6'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
