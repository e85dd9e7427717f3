"""Second labels beside the chosen ones, to be compared with them."""

from typing import TYPE_CHECKING

from napari.layers import Labels
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QWidget

from napari_metastruct.errors import InputError
from napari_metastruct.widgets.comparison import check_pair
from napari_metastruct.widgets.label_facts import LabelFacts
from napari_metastruct.widgets.labels_choice import LabelsChoice
from napari_metastruct.widgets.labels_input import LabelsInput, read_labels
from napari_metastruct.widgets.labels_look import LabelsLook
from napari_metastruct.widgets.layer_combo import LayerCombo
from napari_metastruct.widgets.layer_edits import LayerEdits
from napari_metastruct.widgets.rows import add_row, new_rows

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = ["OtherLabels"]


class OtherLabels(QWidget):
    """Another Labels layer, read as the chosen one is read.

    Parameters
    ----------
    labels
        The part of the dock with the chosen labels, the reference.

    Signals
    -------
    valueChanged()
        Another layer is chosen, or more is known about one of both.
    edited()
        One of both was painted.
    """

    valueChanged = Signal()  # noqa: N815 - Qt's habit
    edited = Signal()

    def __init__(self, viewer: "Viewer", labels: LabelsChoice) -> None:
        super().__init__()
        self._viewer, self._labels = viewer, labels
        self.layer = LayerCombo(viewer, Labels)
        self.layer.setToolTip(
            "The labels that are compared with the chosen ones: a second annotator's, "
            "noisy ones, a result. They need the same shape."
        )
        self._look = LabelsLook(self)
        self._edits = LayerEdits(viewer, self)
        add_row(new_rows(self), "Compare with", self.layer)
        self._labels.valueChanged.connect(self._on_layers)
        self._labels.looked.connect(self.valueChanged)
        self._labels.edited.connect(self.edited)
        self.layer.valueChanged.connect(self._fill)
        self._look.looked.connect(self.valueChanged)
        self._edits.edited.connect(self._on_edit)
        self._on_layers()

    def value(self) -> tuple[LabelsInput, LabelsInput]:
        """Return the reference and the other labels.

        Raises
        ------
        InputError
            They cannot be compared.
        """
        reference, layer = self._labels.value(), self.layer.value()
        if layer is None or layer == self._labels.layer.value():
            raise InputError("Choose two different Labels layers to compare.")
        other = _like(layer, reference)
        check_pair(reference, other)
        return reference, other

    def problem(self) -> str:
        """Return why these labels cannot be compared, "" if they can."""
        if self._labels.problem():
            return self._labels.problem()
        try:
            reference, other = self.value()
        except InputError as error:
            return str(error)
        first, second = self._labels.facts, self._look.facts
        if first is None or second is None:
            return f"Looking at '{other.name}' ..."
        return (
            second.problem
            or _single(reference.name, first)
            or _single(other.name, second)
        )

    def _on_layers(self) -> None:
        """Offer other labels than the chosen ones, if there are any."""
        chosen = self._labels.layer.value()
        if self.layer.value() == chosen:
            layers = self._viewer.layers
            others = [
                layer
                for layer in layers
                if isinstance(layer, Labels) and layer != chosen
            ]
            self.layer.blockSignals(True)
            self.layer.refresh()  # it may hear of new layers only after this
            for layer in others[-1:]:
                self.layer.setValue(layer)
            self.layer.blockSignals(False)
        self._fill()

    def _fill(self) -> None:
        self._edits.follow(self.layer.value())
        self._look.at(self._source())
        self.valueChanged.emit()

    def _on_edit(self) -> None:
        self._look.again(self._source())
        self.edited.emit()

    def _source(self) -> LabelsInput | None:
        layer = self.layer.value()
        try:
            return None if layer is None else _like(layer, self._labels.value())
        except InputError:
            return None


def _single(name: str, facts: LabelFacts) -> str:
    if len(facts.classes) != 1:
        return ""
    return (
        f"'{name}' holds only class {facts.classes[0]}: at least two are needed "
        "to compare."
    )


def _like(layer: Labels, reference: LabelsInput) -> LabelsInput:
    """Read labels as the reference is read; of a pyramid the level of its shape."""
    level = 0
    if layer.multiscale:
        shapes = [tuple(int(n) for n in data.shape) for data in layer.data]
        if reference.shape in shapes:
            level = shapes.index(reference.shape)
    together = min(reference.together, layer.ndim)
    source = read_labels(layer, together=together, level=level)
    return source.objects_as_one(reference.as_one)
