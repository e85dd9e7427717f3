"""Jobs: what goes into a file comes out of it, and what is wrong is said."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tests.quick import quick_igtt

from napari_metastruct.errors import InputError
from napari_metastruct.jobs import (
    AnyJob,
    ApplyJob,
    CompareJob,
    DensityJob,
    NoiseJob,
    SegmentJob,
    TrainJob,
    load_job,
)
from napari_metastruct.methods import LEARNERS, MENU, method_named
from napari_metastruct.noise import NOISES, Dilate, Flip, noise_named
from napari_metastruct.training.labelled import LabelledSettings


def written(folder: Path, text: str) -> Path:
    path = folder / "job.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", MENU)
def test_every_method_comes_back_from_the_file(tmp_path: Path, name: str) -> None:
    job = SegmentJob(images=("a.tif",), output="out", method=name, seed=7)
    job.save(tmp_path / "job.yaml")
    assert load_job(tmp_path / "job.yaml") == job
    assert job.method == method_named(name)
    assert job.method_name() == name


@pytest.mark.parametrize("name", LEARNERS)
def test_every_learner_comes_back_from_the_file(tmp_path: Path, name: str) -> None:
    job = TrainJob(images=("a",), labels=("b",), output="out", method=name)
    job.save(tmp_path / "job.yaml")
    assert load_job(tmp_path / "job.yaml") == job
    assert job.method == LEARNERS[name].make()


def test_a_changed_method_has_no_name_in_the_menu() -> None:
    assert SegmentJob(method=quick_igtt()).method_name() is None


@pytest.mark.parametrize(
    "job",
    [
        SegmentJob(),
        SegmentJob(
            images=("ä/b c.tif", "-d"),
            output="o: ü",
            method=quick_igtt(),
            foreground="dark",
            axes="TCYX",
            channels=(0, 2),
            level=1,
            region=(0, 40, 8, 72),
            instances=True,
            min_size=5,
            fill_holes=True,
            probability=True,
            joint=True,
            save_model=True,
            seed=2**32 - 1,
            device="cpu",
        ),
        SegmentJob(channels="luminance"),
        ApplyJob(model="m.json", images=("a.tif",), output="o", channels=(1,)),
        TrainJob(),
        TrainJob(
            images=("ä/b c.tif", "-d"),
            labels=("l",),
            reference=("r",),
            output="o: ü",
            axes="CYX",
            channels=(0, 2),
            method={"name": "co-teaching", "noise_rate": 0.3},
            settings=LabelledSettings(epochs=3, classes=(0, 7), ignore=(255,)),
            as_one=True,
        ),
        NoiseJob(),
        NoiseJob(
            labels=("ä/b c.tif", "-d"),
            output="o: ü",
            chain=(Flip(class_rates=(0.1, 0.2), classes=(0, 7)), Dilate(iterations=2)),
            seed=2**32 - 1,
            errors=True,
            axes="TYX",
            volume=True,
            as_one=True,
        ),
        DensityJob(
            labels=("a",),
            output="o",
            kernel="disc",
            bandwidth=(1.5, 2, 3),
            unit="physical",
            classes=(2, 1),
            edge_correction=True,
        ),
        CompareJob(a="a", b="-b", output="t.csv", kernel="box", bandwidth=0.25),
    ],
)
def test_every_field_comes_back_from_the_file(tmp_path: Path, job: AnyJob) -> None:
    job.save(tmp_path / "job.yaml")
    assert load_job(tmp_path / "job.yaml") == job


@given(
    images=st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=3),
    seed=st.integers(0, 2**32 - 1),
)
def test_any_name_survives_yaml(images: list[str], seed: int) -> None:
    job = SegmentJob(images=tuple(images), seed=seed)
    assert SegmentJob(**yaml.safe_load(job.to_yaml())) == job


@pytest.mark.parametrize("name", NOISES)
def test_every_noise_comes_back_from_the_file(tmp_path: Path, name: str) -> None:
    job = NoiseJob(labels=("a.tif",), output="out", chain=(name, "flip"))
    job.save(tmp_path / "job.yaml")
    assert load_job(tmp_path / "job.yaml") == job
    assert job.chain == (noise_named(name), Flip())


def test_a_few_lines_by_hand_are_a_noise_job(tmp_path: Path) -> None:
    path = written(
        tmp_path, "task: noise\nlabels: [a]\nchain: [flip, {name: dilate}]\n"
    )
    assert load_job(path) == NoiseJob(labels=("a",), chain=(Flip(), Dilate()))
    path = written(tmp_path, "task: noise\nlabels: [a]\nchain: flip\n")
    assert load_job(path) == NoiseJob(labels=("a",), chain="flip")


def test_jobs_for_other_files() -> None:
    assert NoiseJob(chain="flip").for_sources(["a", "b"]).sources == ("a", "b")
    job = CompareJob(a="a", b="b").for_sources(["c", "d"])
    assert (job.a, job.b) == ("c", "d")
    with pytest.raises(InputError, match="1 files or folders are named, but two"):
        job.for_sources(["c"])
    training = TrainJob(images=("a",), labels=("b",), reference=("c",))
    other = training.for_sources(["d", "e"])
    assert (other.sources, other.reference) == (("d", "e"), ())
    assert training.for_sources(["d", "e", "f"]).reference == ("f",)
    with pytest.raises(
        InputError, match="1 files or folders are named, but a training"
    ):
        training.for_sources(["d"])
    with pytest.raises(InputError, match="names no labels"):
        TrainJob(images=("a",)).check_named()
    full = job.replace(output="t.csv").with_full_paths()
    assert all(Path(path).is_absolute() for path in (full.a, full.b, full.output or ""))
    assert job.with_full_paths().output is None


def test_a_few_lines_by_hand_are_a_job(tmp_path: Path) -> None:
    path = written(tmp_path, "images: [a.tif]\noutput: out\nmethod: {name: otsu}\n")
    expected = SegmentJob(images=("a.tif",), output="out", method="otsu")
    assert load_job(path) == expected


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("foregruond: dark\n", "'foregruond' is not a setting of SegmentJob"),
        ("foreground: grey\n", "foreground is 'grey', but input should be 'bright'"),
        ("min_size: -1\n", "min_size is -1, but input should be greater than or"),
        ("min_size: many\n", "min_size is 'many', but input should be a valid integer"),
        ("seed: -5\n", "seed is -5"),
        ("method: igt\n", "There is no method 'igt'; choose one of: igtt"),
        ("method: {name: igt}\n", "is 'igt'; known are: 'igtt'"),
        ("method: {smooth: 2}\n", "needs a 'name'"),
        ("method: {name: otsu, smoth: 2}\n", "smoth' is not a setting of"),
        ("method: {name: otsu, smooth: -2}\n", "smooth is -2"),
        ("region: [0, 10]\n", "region"),
        ("channels: [one]\n", "channels"),
        ("task: aply\n", "has the task 'aply'; known are: segment, apply"),
        ("task: apply\n", "ApplyJob needs the setting 'model'"),
        ("task: [1]\n", "has the task"),
        ("- a\n- b\n", "holds no settings"),
        ("", "holds no settings"),
        ("a: [\n", "is not valid YAML"),
        ("1: 2\n", "'1' is not a setting of SegmentJob"),
        ("task: noise\nlables: [a]\n", "'lables' is not a setting of NoiseJob"),
        ("task: noise\nchain: [flp]\n", "There is no noise 'flp'; choose one of"),
        ("task: noise\nchain: [{name: flp}]\n", "is 'flp'; known are: 'sample'"),
        ("task: noise\nchain: [{name: flip, rat: 1}]\n", "'rat' is not a setting"),
        ("task: noise\nchain: [{name: flip, rate: 2}]\n", "rate is 2"),
        ("task: noise\nchain: [{rate: 1}]\n", "needs a 'name'"),
        ("task: density\nseed: 1\n", "'seed' is not a setting of DensityJob"),
        ("task: density\nbandwidth: 0\n", "The bandwidth is 0; give a number above 0"),
        ("task: density\nbandwidth: wide\n", "The bandwidth is 'wide'; give a"),
        ("task: density\nbandwidth: [1, -1]\n", "The bandwidth is -1; give a number"),
        ("task: density\nkernel: round\n", "kernel is 'round', but input should be"),
        ("task: density\nclasses: [-1]\n", "classes.0 is -1"),
        ("task: compare\na: a\n", "CompareJob needs the setting 'b'"),
        ("task: train\nsettings: {epochs: 0}\n", "epochs is 0, but input should be"),
        ("task: train\nsettings: {epoch: 5}\n", "'epoch' is not a setting of"),
        ("task: train\nmethod: jocr\n", "There is no method 'jocr'; choose one of"),
        ("task: train\nmethod: {name: jocor, noise_rate: 30}\n", "noise_rate is 30"),
    ],
)
def test_wrong_job_files_are_refused_by_a_sentence(
    tmp_path: Path, text: str, sentence: str
) -> None:
    with pytest.raises(InputError) as error:
        load_job(written(tmp_path, text))
    assert sentence in str(error.value)
    assert str(error.value).endswith(".")


def test_files_that_are_no_jobs(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        load_job(tmp_path / "none.yaml")
    with pytest.raises(InputError, match="cannot be read"):
        load_job(tmp_path)
    (tmp_path / "binary.yaml").write_bytes(bytes(range(256)))
    with pytest.raises(InputError):
        load_job(tmp_path / "binary.yaml")


def test_yaml_cannot_make_objects(tmp_path: Path) -> None:
    path = written(tmp_path, "output: !!python/object/apply:os.getcwd []\n")
    with pytest.raises(InputError, match="not valid YAML"):
        load_job(path)


def test_a_job_that_cannot_be_saved_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "job.yaml").mkdir()
    with pytest.raises((InputError, OSError)):
        SegmentJob().save(tmp_path / "job.yaml")
    assert [path.name for path in tmp_path.iterdir()] == ["job.yaml"]
