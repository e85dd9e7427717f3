"""Editors of the settings of a training that everybody looks at."""

from typing import Any

from qtpy.QtWidgets import QWidget

from napari_metastruct.errors import InputError
from napari_metastruct.methods import CoTeaching
from napari_metastruct.networks.zoo import ZOO, check_zoo
from napari_metastruct.training.labelled import LabelledSettings
from napari_metastruct.widgets.editor_for import editor_for
from napari_metastruct.widgets.editors import ChoiceEditor

__all__ = ["RATE", "RATE_HELP", "USUAL", "rate_editor", "setting_editor"]

RATE = "noise_rate"
RATE_HELP = (
    "Share of the labels that are wrong, 0 to 1. auto: it is estimated when the run "
    "begins; Estimate does so now."
)
USUAL = LabelledSettings(checkpoint_every=1)
"""Every epoch is kept, so that Continue goes on from the last one."""


def setting_editor(name: str) -> Any:  # noqa: ANN401 - an Editor
    """Make the editor of a setting, with its help."""
    field = LabelledSettings.model_fields[name]
    editor = editor_for(field.annotation, field.metadata)
    help_ = " ".join((field.description or "").split())
    for widget in (editor, *editor.findChildren(QWidget)):
        widget.setToolTip(help_)
    editor.setValue(getattr(USUAL, name))
    if name == "network":
        _switch_off_what_is_missing(editor)
    return editor


def _switch_off_what_is_missing(networks: ChoiceEditor) -> None:
    """Grey out the networks whose extra is not installed."""
    for name in ZOO:
        try:
            check_zoo(name)
        except InputError as error:
            networks.switch_off(name, "not installed", str(error))


def rate_editor() -> Any:  # noqa: ANN401 - an Editor
    """Make the editor of the noise rate."""
    field = CoTeaching.model_fields[RATE]
    editor = editor_for(field.annotation, field.metadata)
    for widget in (editor, *editor.findChildren(QWidget)):
        widget.setToolTip(RATE_HELP)
    return editor
