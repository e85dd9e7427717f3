"""The form of one noise, made from its fields, with sliders and a matrix."""

import math
from types import MappingProxyType
from typing import Any, get_args, get_origin

from napari_metastruct.noise import Noise
from napari_metastruct.widgets.editor_for import editor_for, range_of
from napari_metastruct.widgets.form import Form
from napari_metastruct.widgets.matrix_editor import MatrixEditor
from napari_metastruct.widgets.rate_editor import RateEditor

__all__ = ["noise_form"]

NAMES = MappingProxyType(
    {
        "iterations": "Pixels",
        "image_rate": "Image rate (alpha)",
        "level": "Level (beta)",
        "rotation": "Rotation (°)",
        "largest": "Largest (px)",
        "target_iou": "Mean IoU",
    }
)
"""Fields with a unit, or with the letter that the papers know them by."""


def noise_form(noise: Noise) -> Form[Any]:
    """Make the form of a noise; it has no reset of its own, a new noise is as good."""
    form: Form[Any] = Form(noise, names=NAMES, make_editor=_editor)
    form.reset_button.hide()
    for editor in form.editors.values():
        if isinstance(editor, MatrixEditor):
            editor.explain()
    return form


def _editor(annotation: Any, metadata: list[Any]) -> Any:  # noqa: ANN401 - an Editor
    """Make a slider for a number between two ends, a table for a matrix."""
    if annotation is float:
        low, high = range_of(metadata)
        if math.isfinite(low) and math.isfinite(high):
            return RateEditor(low, high)
    if get_origin(annotation) is tuple and get_origin(get_args(annotation)[0]) is tuple:
        return MatrixEditor()
    return editor_for(annotation, metadata)
