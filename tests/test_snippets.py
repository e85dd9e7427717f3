"""What can be copied does exactly what was run."""

import shlex
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.quick import image, quick_igtt, save

from napari_metastruct.cli import app, main
from napari_metastruct.errors import InputError
from napari_metastruct.jobs import AnyJob, ApplyJob, SegmentJob
from napari_metastruct.methods import MENU, AnyMethod, method_named
from napari_metastruct.progress import run_to_end
from napari_metastruct.segmentation import Segmentation, segment, segment_steps
from napari_metastruct.snippets import as_command_line, as_python

NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
VALUES = [0, 1, 2, 5, 48, 0.25, 1e-5, 3.5, True, False, None, (2.0, 7.0), (), "width"]
VALUES += ["black", "random", "intensity", "agreement", "dmi", "bce", "ignore"]


@st.composite
def methods(draw: st.DrawFn) -> AnyMethod:
    """Take one of the menu and change some of its settings to what they allow."""
    method = method_named(draw(st.sampled_from(sorted(MENU))))
    fields = sorted(set(type(method).model_fields) - {"name"})
    for field in draw(st.lists(st.sampled_from(fields), max_size=4)):
        try:
            method = method.replace(**{field: draw(st.sampled_from(VALUES))})
        except InputError:
            continue
    return method


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
        assert main(words) == 0, line
    return caught[0]


@given(st.one_of(SEGMENT, APPLY))
def test_the_command_line_gives_the_same_job(job: AnyJob) -> None:
    assert parsed(as_command_line(job)) == job


@given(st.one_of(SEGMENT, APPLY))
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
