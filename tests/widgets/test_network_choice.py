"""The docks offer the networks that are there, and say what the others need."""

from typing import Any

import pytest
from pytestqt.qtbot import QtBot
from qtpy.QtCore import QEvent, Qt
from qtpy.QtGui import QKeyEvent

from napari_metastruct.networks import zoo
from napari_metastruct.networks.zoo import INSTALL_ZOO, ZOO
from napari_metastruct.widgets.learner_editors import setting_editor


def editor(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, *, there: bool) -> Any:  # noqa: ANN401 - an Editor
    monkeypatch.setattr(zoo, "has_zoo", lambda: there)
    made = setting_editor("network")
    qtbot.addWidget(made)
    return made


def item(networks: Any, name: str) -> Any:  # noqa: ANN401 - of Qt
    return networks.model().item(networks.findText(name, Qt.MatchFlag.MatchStartsWith))


def test_networks_of_a_missing_extra_are_greyed_out_with_the_reason(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    networks = editor(qtbot, monkeypatch, there=False)
    assert networks.value() == "unet"
    assert item(networks, "unet").isEnabled()
    for name in ZOO:
        assert not item(networks, name).isEnabled()
        assert item(networks, name).text() == f"{name} (not installed)"
        assert item(networks, name).toolTip().endswith(INSTALL_ZOO)
    down = QKeyEvent(
        QEvent.Type.KeyPress, Qt.Key.Key_Down, Qt.KeyboardModifier.NoModifier
    )
    networks.keyPressEvent(down)
    assert networks.value() == "unet"


def test_a_network_that_a_job_asks_for_is_shown_all_the_same(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    networks = editor(qtbot, monkeypatch, there=False)
    networks.setValue("hrnet")
    assert networks.value() == "hrnet"


def test_networks_that_are_there_can_be_chosen(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    networks = editor(qtbot, monkeypatch, there=True)
    for name in ZOO:
        assert item(networks, name).isEnabled()
        assert item(networks, name).text() == name
