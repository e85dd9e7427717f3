"""What holds for every test with a window."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Protocol

import pytest
from tests.widgets.helpers import FakeSegmentation

import napari_metastruct
from napari_metastruct.widgets import unsupervised, worker


class _QtLogs(Protocol):
    records: Sequence[Any]


@pytest.fixture(autouse=True)
def _layers_change_on_the_main_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[None]:
    from napari.components import LayerList
    from napari.layers import Layer

    offences: list[str] = []

    def watched(owner: type, name: str) -> None:
        original: Callable[..., Any] = getattr(owner, name)

        def guarded(*args: object, **kwargs: object) -> object:
            if threading.current_thread() is not threading.main_thread():
                offences.append(f"{owner.__name__}.{name}")
            return original(*args, **kwargs)

        monkeypatch.setattr(owner, name, guarded)

    for name in ("insert", "__delitem__"):
        watched(LayerList, name)
    watched(Layer, "refresh")
    yield
    assert not offences, f"Off the main thread: {offences}"


@pytest.fixture(autouse=True)
def _no_message_about_threads(qtlog: _QtLogs) -> Iterator[None]:
    yield
    messages = [record.message for record in qtlog.records]
    assert not [text for text in messages if "thread" in text.lower()], messages


@pytest.fixture(autouse=True)
def _no_warning_in_a_worker(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    logged = [
        record.getMessage()
        for record in caplog.get_records("call")
        if record.name.startswith("napari_metastruct")
        and record.levelno >= logging.WARNING
    ]
    assert not logged, logged


@pytest.fixture
def viewer(
    make_napari_viewer_proxy: Callable[..., Any],
    npe2pm: Any,  # noqa: ANN401 - npe2 does not export its type
    plugin_settings: None,
) -> Iterator[Any]:
    """Open a viewer that knows this plugin alone, with fresh settings."""
    manifest = Path(napari_metastruct.__file__).with_name("napari.yaml")
    with npe2pm.tmp_plugin(manifest=str(manifest)):
        yield make_napari_viewer_proxy()


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeSegmentation:
    """Put a fake job in the core's place; endless unless it is told otherwise."""
    job = FakeSegmentation(epochs=100_000)
    monkeypatch.setattr(unsupervised, "segment_steps", job.segment)
    # The fake needs no PyTorch, and loading it would take most of the time.
    monkeypatch.setattr(worker, "is_loaded", lambda: True)
    monkeypatch.setattr(worker, "load_for_layers", lambda: None)
    monkeypatch.setattr(worker, "spare_core", nullcontext)
    return job
