"""What can be copied does exactly what was run."""

import shlex
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.quick import image, quick_igtt, save, save_labels, truth

from napari_metastruct.cli import app, label_commands, main
from napari_metastruct.cli import training as train_command
from napari_metastruct.errors import InputError
from napari_metastruct.jobs import (
    AnyJob,
    ApplyJob,
    CompareJob,
    DensityJob,
    NoiseJob,
    SegmentJob,
    TrainJob,
)
from napari_metastruct.label_tasks import add_noise, compare_labels, density_maps
from napari_metastruct.methods import (
    LEARNERS,
    MENU,
    AnyLearner,
    AnyMethod,
    learner_named,
    method_named,
)
from napari_metastruct.noise import NOISES, AnyNoise, Dilate, Flip, noise_named
from napari_metastruct.parameters import Parameters
from napari_metastruct.progress import run_to_end
from napari_metastruct.segmentation import Segmentation, segment, segment_steps
from napari_metastruct.snippets import as_command_line, as_python
from napari_metastruct.snippets.training import train_script
from napari_metastruct.training.labelled import LabelledSettings

NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
VALUES: list[Any] = [
    0,
    1,
    2,
    5,
    48,
    0.25,
    1e-5,
    3.5,
    True,
    False,
    None,
    (2.0, 7.0),
    (),
    "width",
]
VALUES += ["black", "random", "intensity", "agreement", "dmi", "bce", "ignore"]


VALUES += [(0.5, 0.25), (0, 3), ((0.5, 0.5), (1.0, 0.0)), "thin", "affine"]


@st.composite
def methods(draw: st.DrawFn) -> AnyMethod:
    """Take one of the menu and change some of its settings to what they allow."""
    method = method_named(draw(st.sampled_from(sorted(MENU))))
    return changed(draw, method)


@st.composite
def noises(draw: st.DrawFn) -> AnyNoise:
    """Take a noise and change some of its settings to what they allow."""
    noise = noise_named(draw(st.sampled_from(sorted(NOISES))))
    return changed(draw, noise)


@st.composite
def learners(draw: st.DrawFn) -> AnyLearner:
    """Take a way to learn from labels and change some of its settings."""
    return changed(draw, learner_named(draw(st.sampled_from(sorted(LEARNERS)))))


@st.composite
def trainings(draw: st.DrawFn) -> LabelledSettings:
    """Change some of the settings that every training has."""
    return changed(draw, LabelledSettings())


Settings = TypeVar("Settings", bound=Parameters)


def changed(draw: st.DrawFn, settings: Settings) -> Settings:
    fields = sorted(set(type(settings).model_fields) - {"name"})
    if not fields:
        return settings
    for field in draw(st.lists(st.sampled_from(fields), max_size=4)):
        try:
            settings = settings.replace(**{field: draw(st.sampled_from(VALUES))})
        except InputError:
            continue
    return settings


COMMON: dict[str, st.SearchStrategy[Any]] = {
    "images": st.lists(NAMES, min_size=1, max_size=3).map(tuple),
    "output": NAMES.filter(bool),
    "axes": st.sampled_from([None, "YX", "TCYX"]),
    "channels": st.sampled_from([None, "luminance", (0,), (2, 0)]),
    "level": st.integers(0, 3),
    "instances": st.booleans(),
    "min_size": st.integers(0, 99),
    "fill_holes": st.booleans(),
    "probability": st.booleans(),
    "device": st.sampled_from(["auto", "cpu", "cuda"]),
}
SEGMENT = st.builds(
    SegmentJob,
    **COMMON,
    method=methods(),
    foreground=st.sampled_from(["auto", "bright", "dark"]),
    region=st.sampled_from([None, (0, 64, 32, 96)]),
    joint=st.booleans(),
    save_model=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
APPLY = st.builds(ApplyJob, **COMMON, model=NAMES)
LABELS: dict[str, st.SearchStrategy[Any]] = {
    "axes": st.sampled_from([None, "ZYX"]),
    "volume": st.booleans(),
    "as_one": st.booleans(),
}
FILES: dict[str, st.SearchStrategy[Any]] = {
    "labels": st.lists(NAMES, min_size=1, max_size=3).map(tuple),
    "output": NAMES.filter(bool),
}
KERNELS: dict[str, st.SearchStrategy[Any]] = {
    "kernel": st.sampled_from(["box", "gaussian"]),
    "bandwidth": st.sampled_from(["auto", 8, 1e-5, (2.5,), (1, 2, 3)]),
    "unit": st.sampled_from(["pixel", "physical"]),
}
CHAINS = st.lists(noises(), min_size=1, max_size=3).map(tuple)
NOISE = st.builds(
    NoiseJob,
    **FILES,
    **LABELS,
    chain=CHAINS,
    seed=st.integers(0, 2**32 - 1),
    errors=st.booleans(),
)
DENSITY = st.builds(
    DensityJob,
    **FILES,
    **LABELS,
    **KERNELS,
    classes=st.sampled_from([(), (1,), (2, 0)]),
    edge_correction=st.booleans(),
)
COMPARE = st.builds(
    CompareJob,
    **LABELS,
    **KERNELS,
    a=NAMES.filter(bool),
    b=NAMES.filter(bool),
    output=st.none() | NAMES.filter(bool),
)
TRAIN = st.builds(
    TrainJob,
    **{name: COMMON[name] for name in ("output", "axes", "channels", "level")},
    images=st.lists(NAMES, min_size=1, max_size=3).map(tuple),
    labels=st.lists(NAMES, min_size=1, max_size=3).map(tuple),
    negative=st.lists(NAMES, max_size=2).map(tuple),
    trusted=st.lists(NAMES, max_size=2).map(tuple),
    painted=st.booleans(),
    reference=st.lists(NAMES, max_size=2).map(tuple),
    method=learners(),
    settings=trainings(),
    as_one=st.booleans(),
)
ANY = st.one_of(SEGMENT, APPLY, NOISE, DENSITY, COMPARE, TRAIN)


def parsed(line: str) -> AnyJob:
    """Give a command line to our own and catch the job it makes."""
    caught: list[AnyJob] = []

    def catch(make: Callable[[], AnyJob], **_: object) -> int:
        caught.append(make())
        return 0

    program, *words = shlex.split(line)
    assert program == "napari-metastruct"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app, "carry_out", catch)
        patch.setattr(label_commands, "carry_out", catch)
        patch.setattr(train_command, "carry_out", catch)
        assert main(words) == 0, line
    return caught[0]


@given(ANY)
def test_the_command_line_gives_the_same_job(job: AnyJob) -> None:
    assert parsed(as_command_line(job)) == job


@given(ANY)
def test_the_script_makes_the_same_job(job: AnyJob) -> None:
    caught: list[AnyJob] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("napari_metastruct.batch.run_batch", caught.append)
        patch.setattr("napari_metastruct.progress.run_to_end", lambda steps: steps)
        exec(as_python(job), {})
    assert caught == [job]


@given(SEGMENT)
def test_the_script_for_one_image_gives_the_same_settings(job: SegmentJob) -> None:
    caught: list[Any] = []

    def catch(image: str, **settings: object) -> None:
        caught.extend((image, SegmentJob(**settings)))

    job = job.replace(images=(), output=None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("napari_metastruct.segment", catch)
        exec(as_python(job, "ein 'Bild'.tif"), {})
    assert caught == ["ein 'Bild'.tif", job]


def test_only_what_differs_from_the_defaults_is_written() -> None:
    job = SegmentJob(images=("a.tif",), output="out", seed=3)
    line = "napari-metastruct segment --output out --seed 3 a.tif"
    assert as_command_line(job) == line
    assert as_python(job.replace(images=(), output=None), "a.tif") == (
        "from napari_metastruct import segment\n\nresult = segment('a.tif', seed=3)\n"
    )


def test_the_nearest_entry_of_the_menu_is_named() -> None:
    paper = method_named("igtt-paper")
    field = next(f for f in ("batch", "steps", "restarts") if hasattr(paper, f))
    job = SegmentJob(method=paper.replace(**{field: 7}), images=("a",), output="o")
    words = shlex.split(as_command_line(job))
    assert words[4:8] == ["--method", "igtt-paper", "--set", f"{field}=7"]
    assert f"method_named('igtt-paper').replace({field}=7)" in as_python(job)


def test_a_job_on_a_layer_takes_the_selected_layer() -> None:
    job = SegmentJob(method="otsu", foreground="bright")
    data = image()
    layer = SimpleNamespace(data=data)
    selected = SimpleNamespace(selection=SimpleNamespace(active=layer))
    names: dict[str, Any] = {"viewer": SimpleNamespace(layers=selected)}
    exec(as_python(job), names)
    np.testing.assert_array_equal(
        names["result"].labels, segment(data, method="otsu", foreground="bright").labels
    )
    assert as_command_line(job).endswith(" IMAGE")
    assert as_command_line(job, "a b.tif").endswith(" 'a b.tif'")


def test_the_script_gives_the_same_labels(tmp_path: Path) -> None:
    path = save(tmp_path / "a.tif")
    job = SegmentJob(method=quick_igtt(), probability=True, seed=4)
    names: dict[str, Any] = {}
    exec(as_python(job, path), names)
    result: Segmentation = names["result"]
    expected = segment(image(), method=job.method, probability=True, seed=4)
    np.testing.assert_array_equal(result.labels, expected.labels)
    np.testing.assert_array_equal(result.probability, expected.probability)


def test_the_script_of_a_model_gives_its_labels(tmp_path: Path) -> None:
    from napari_metastruct.arrays import open_stack

    path = save(tmp_path / "a.tif")
    stack = open_stack(image())
    learned = run_to_end(segment_steps([stack], SegmentJob(method=quick_igtt())))[0]
    assert learned.segmenter is not None
    model = learned.segmenter.save(tmp_path / "m")
    names: dict[str, Any] = {}
    exec(as_python(ApplyJob(model=str(model)), path), names)
    np.testing.assert_array_equal(names["result"].labels, learned.labels)


@given(NOISE, DENSITY, COMPARE)
def test_the_script_for_one_file_of_labels_gives_the_same_settings(
    noise: NoiseJob, density: DensityJob, compare: CompareJob
) -> None:
    caught: list[Any] = []

    def catch(*sources: str, **settings: object) -> None:
        caught.append((sources, settings))

    with pytest.MonkeyPatch.context() as patch:
        for function in ("add_noise", "density_maps", "compare_labels"):
            patch.setattr(f"napari_metastruct.{function}", catch)
        for job in (noise, density):
            job = job.replace(labels=(), output=None)
            exec(as_python(job, "ein 'Bild'.tif"), {})
            sources, settings = caught.pop()
            assert sources == ("ein 'Bild'.tif",)
            assert type(job)(**settings) == job
        compare = compare.replace(a="a.tif", b="b.png", output=None)
        exec(as_python(compare), {})
        sources, settings = caught.pop()
        assert CompareJob(a=sources[0], b=sources[1], **settings) == compare


def test_a_chain_is_written_as_it_is_typed() -> None:
    chain = (Flip(rate=0.3), Dilate(iterations=2))
    job = NoiseJob(labels=("a.tif",), output="out", chain=chain, seed=3)
    assert as_command_line(job) == (
        "napari-metastruct noise --output out --kind flip --rate 0.3 --kind dilate "
        "--iterations 2 --seed 3 a.tif"
    )
    assert as_python(job.replace(output=None)) == (
        "from napari_metastruct import add_noise\n"
        "from napari_metastruct.noise import Dilate, Flip\n\n"
        "result = add_noise("
        "'a.tif', chain=(Flip(rate=0.3), Dilate(iterations=2)), seed=3)\n"
    )
    layer = as_command_line(job.replace(labels=(), output=None))
    assert layer.endswith(" LABELS")
    assert "--output noisy " in layer


def test_the_script_of_a_labels_layer_gives_its_result() -> None:
    layer = SimpleNamespace(data=truth(), scale=np.array([2.0, 0.5]))
    selected = SimpleNamespace(selection=SimpleNamespace(active=layer))
    names: dict[str, Any] = {"viewer": SimpleNamespace(layers=selected)}
    noise = NoiseJob(chain=(Flip(rate=0.2), "dilate"), seed=7)
    exec(as_python(noise), names)
    expected = add_noise(truth(), chain=noise.chain, seed=7)
    np.testing.assert_array_equal(names["result"].labels, expected.labels)
    exec(as_python(DensityJob(bandwidth=6, unit="physical", classes=(1,))), names)
    maps = density_maps(truth(), bandwidth=(3, 12), classes=(1,))
    np.testing.assert_array_equal(names["result"].maps, maps.maps)


def test_the_scripts_of_files_give_their_results(tmp_path: Path) -> None:
    a, b = (save_labels(tmp_path / f"{n}.tif", seed=n) for n in range(2))
    names: dict[str, Any] = {}
    exec(as_python(CompareJob(a=str(a), b=str(b), bandwidth=4)), names)
    expected = compare_labels(a, b, bandwidth=4).fields()
    assert names["result"].fields() == expected
    noise = NoiseJob(labels=(str(a),), output=str(tmp_path / "out"), chain="flip")
    exec(as_python(noise), names)
    numbers = names["files"][0].numbers
    assert numbers == add_noise(a, chain="flip").fields()


@given(TRAIN)
def test_the_script_of_a_training_on_layers_gives_the_same_settings(
    job: TrainJob,
) -> None:
    caught: list[Any] = []

    def catch(*sources: object, **settings: Any) -> None:  # noqa: ANN401
        caught.extend((sources, TrainJob(**settings)))

    named = ("images", "labels", "negative", "trusted", "reference")
    job = job.replace(**dict.fromkeys(named, ()), output=None)
    layers = {name: SimpleNamespace(data=name) for name in ("a", "b", "la", "lb")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("napari_metastruct.train_on_labels", catch)
        code = train_script(job, layers=[("a", "la"), ("b", "lb")])
        exec(code, {"viewer": SimpleNamespace(layers=layers)})
        exec(
            as_python(job, "i.tif"),
            {"viewer": SimpleNamespace(layers={"labels": layers["la"]})},
        )
    assert caught == [(["a", "b"], ["la", "lb"]), job, ("i.tif", "la"), job]


def test_a_training_is_written_as_it_is_typed() -> None:
    job = TrainJob(
        images=("images",),
        labels=("labels",),
        output="out",
        method={"name": "co-teaching", "noise_rate": 0.3},
        settings=LabelledSettings(epochs=5, patch=64),
    )
    assert as_command_line(job) == (
        "napari-metastruct train --output out --method co-teaching --noise-rate 0.3 "
        "--epochs 5 --set patch=64 images labels"
    )
    assert "method=CoTeaching(noise_rate=0.3)" in as_python(job)
    layers = job.replace(images=(), labels=(), output=None)
    assert as_command_line(layers).endswith(" IMAGES LABELS")
