"""Parts of the dock "Label noise" that need no window."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from napari.layers import Labels
from napari.utils.colormaps import DirectLabelColormap, label_colormap
from pytestqt.qtbot import QtBot
from qtpy.QtWidgets import QApplication

from napari_metastruct.errors import InputError
from napari_metastruct.jobs import load_job
from napari_metastruct.label_tasks import add_noise
from napari_metastruct.noise import Annotator, Flip, OverUnder, Sample, Transition
from napari_metastruct.progress import StopFlag, run_to_end
from napari_metastruct.widgets import job_buttons
from napari_metastruct.widgets.chain_editor import ChainEditor
from napari_metastruct.widgets.job_buttons import JobButtons
from napari_metastruct.widgets.labels_input import read_labels
from napari_metastruct.widgets.matrix_editor import MatrixEditor, resized
from napari_metastruct.widgets.noise_colours import IGNORED_COLOUR, noisy_colours
from napari_metastruct.widgets.noise_fit import misfit
from napari_metastruct.widgets.noise_job import job_of
from napari_metastruct.widgets.noise_look import look_steps
from napari_metastruct.widgets.noise_run import noise_run_steps
from napari_metastruct.widgets.rate_editor import RateEditor
from napari_metastruct.widgets.veil import Veil


def movie() -> np.ndarray[Any, Any]:
    labels = np.zeros((2, 3, 32, 40), np.int32)
    labels[..., 4:20, 4:20] = 1
    labels[1, ..., 10:30, 22:38] = 2
    labels[..., :2] = -1
    return labels


@pytest.mark.parametrize("together", [2, 3])
def test_the_dock_a_job_and_the_preview_give_the_same(together: int) -> None:
    source = read_labels(Labels(movie()), together=together)
    chain = (OverUnder(target_iou=0.7), Annotator(image_rate=0.5), Flip(rate=0.2))
    result = run_to_end(noise_run_steps(source, chain, 7, StopFlag()))
    assert result is not None
    job = job_of(source, chain, 7, errors=True)
    assert job is not None
    found = add_noise(movie(), **{name: getattr(job, name) for name in SETTINGS})
    assert np.array_equal(result.noisy, found.labels)
    assert result.noisy.dtype == found.labels.dtype == np.int8
    assert found.errors is not None
    assert np.array_equal(result.errors, found.errors)
    report = result.compared.report
    assert report is not None
    assert np.array_equal(report.transition.counts, found.report.transition.counts)
    for number in range(len(source)):
        look = run_to_end(look_steps(source, number, chain, 7, (0, 1, 2)))
        assert np.array_equal(look.noisy, result.noisy[source.index(number)])


SETTINGS = ("axes", "volume", "as_one", "chain", "seed", "errors")


def test_what_was_run_is_kept(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    buttons = JobButtons()
    qtbot.addWidget(buttons)
    assert not buttons.save.isEnabled()
    job = job_of(read_labels(Labels(movie())), (Flip(rate=0.2),), 3, errors=False)
    buttons.show_job("movie", job)
    path = tmp_path / "movie.metastruct.yaml"
    monkeypatch.setattr(job_buttons, "ask_save", lambda *_: path)
    buttons.save.click()
    assert load_job(path) == job
    clipboard = QApplication.clipboard()
    assert clipboard is not None
    buttons.python.click()
    assert "Flip(rate=0.2)" in clipboard.text()
    buttons.command.click()
    assert clipboard.text().startswith("napari-metastruct noise")


def test_a_stop_leaves_out_what_is_not_done() -> None:
    source = read_labels(Labels(movie()))
    stop = StopFlag()
    steps = noise_run_steps(source, (Flip(),), 0, stop)
    while True:
        try:
            event = next(steps)
        except StopIteration as end:
            result = end.value
            break
        if getattr(event, "done", 0) == 4:
            stop.set()
    assert len(result.wrong) == 4
    assert (result.noisy[1, 1:] == -1).all()
    assert (result.noisy[1, 0, :, 2:] >= 0).all()
    assert not result.errors[1, 1:].any()
    stop.set()
    assert run_to_end(noise_run_steps(source, (Flip(),), 0, stop)) is None


@given(
    st.sets(st.integers(0, 3000), min_size=1, max_size=12),
    st.sampled_from([np.int8, np.int16, np.int32]),
)
def test_ignored_pixels_have_a_colour_of_their_own(
    classes: set[int], dtype: type
) -> None:
    held = sorted(number for number in classes if number <= np.iinfo(dtype).max)
    colours = noisy_colours(label_colormap(49, 0.3), held, dtype)
    np.testing.assert_allclose(colours.map(np.array([-1], dtype))[0], IGNORED_COLOUR)
    for number in held:
        shown = colours.map(np.array([number], dtype))[0]
        assert not np.allclose(shown, IGNORED_COLOUR)


def test_classes_keep_the_colours_that_the_user_gave_them() -> None:
    own = DirectLabelColormap(color_dict={None: "black", 0: "red", 1: "red", 5: "blue"})
    colours = noisy_colours(own, (0, 1, 5), np.int8)
    assert colours.map(1)[:3].tolist() == [1, 0, 0]
    assert colours.map(5)[:3].tolist() == [0, 0, 1]
    assert colours.map(0)[3] == 0


def test_the_matrix_follows_the_classes(qtbot: QtBot) -> None:
    editor = MatrixEditor()
    qtbot.addWidget(editor)
    editor.setValue(((0.7, 0.3), (0.2, 0.8)))
    with qtbot.waitSignal(editor.valueChanged):
        editor.setClasses((0, 3, 7))
    assert editor.value() == ((0.7, 0.3, 0.0), (0.2, 0.8, 0.0), (0.0, 0.0, 1.0))
    header = editor.table.horizontalHeaderItem(2)
    assert header is not None
    assert header.text() == "7"
    item = editor.table.item(2, 0)
    assert item is not None
    for text, sentence in (
        ("25 %", "Row 2 of the matrix"),
        ("two", "no number"),
        ("1.5", "1.5"),
    ):
        item.setText(text)
        with pytest.raises(InputError, match=sentence):
            editor.value()
    editor.identity.click()
    assert editor.value() == tuple(tuple(row) for row in np.eye(3).tolist())


@given(st.integers(2, 6), st.integers(2, 6), st.integers(0, 99))
def test_rows_still_sum_to_1_for_other_classes(old: int, new: int, seed: int) -> None:
    matrix = np.random.default_rng(seed).dirichlet(np.ones(old), old)
    np.testing.assert_allclose(resized(matrix, new).sum(axis=1), 1)
    np.testing.assert_allclose(resized(np.eye(old)[::-1], new).sum(axis=1), 1)


def test_a_rate_is_slid_or_typed(qtbot: QtBot) -> None:
    editor = RateEditor(0, 180)
    qtbot.addWidget(editor)
    editor.setValue(12.34)
    assert editor.value() == 12.34
    with qtbot.waitSignal(editor.valueChanged) as told:
        editor.slider.setValue(100)
    assert told.args == [90.0]
    editor.number.setValue(45)
    assert editor.slider.value() == 50


def test_a_chain_gives_what_it_was_given(qtbot: QtBot) -> None:
    editor = ChainEditor()
    qtbot.addWidget(editor)
    chain = (Flip(rate=0.125), Sample(class_rates=(0.1, 0.9)), OverUnder())
    editor.setValue(chain)
    assert editor.value() == chain


def test_what_does_not_fit_is_found_without_the_pixels() -> None:
    source = read_labels(Labels(movie()))
    three = Transition(matrix=((1, 0, 0), (0, 1, 0), (0, 0, 1)))
    assert misfit((Flip(), three), (0, 1, 2), source) == (-1, "")
    place, sentence = misfit((OverUnder(), three), (0, 1), source)
    assert place == 1
    assert "3 rows in the matrix, but 2 classes" in sentence


def test_a_veil_leaves_the_last_word_to_the_user() -> None:
    veil, first, second = Veil(), Labels(movie()), Labels(movie())
    veil.hang(first)
    veil.hang(first)
    assert first.opacity == 0
    veil.hang(second)
    assert (first.opacity, second.opacity) == (0.7, 0)
    second.opacity = 0.4
    veil.lift()
    assert second.opacity == 0.4
    veil.hang(first)
    assert veil.opacity_of(first) == 0.7
