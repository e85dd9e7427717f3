"""What holds for every test with a window."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import pytest


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
