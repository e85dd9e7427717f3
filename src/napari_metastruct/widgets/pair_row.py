"""One row of the table of pairs: an image layer, its labels, clean labels."""

from typing import TYPE_CHECKING, Any

from napari.layers import Image, Labels
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QCheckBox, QHBoxLayout, QPushButton, QWidget

from napari_metastruct.errors import InputError
from napari_metastruct.widgets.label_facts import LabelFacts
from napari_metastruct.widgets.labels_input import LabelsInput
from napari_metastruct.widgets.labels_look import LabelsLook
from napari_metastruct.widgets.layer_combo import LayerCombo
from napari_metastruct.widgets.layer_edits import LayerEdits
from napari_metastruct.widgets.layers import data_shape
from napari_metastruct.widgets.learner_words import TRUSTED, TRUSTED_HELP
from napari_metastruct.widgets.optional_layer import OptionalLayer
from napari_metastruct.widgets.training_pair import Colours, PairInput, read_pair

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = ["END_WIDTH", "SPACING", "TRUSTED_WIDTH", "PairRow"]

TRUSTED_WIDTH, _BOX_WIDTH = 62, 22
SPACING, END_WIDTH = 4, 26
"""What the heads above the rows need to stand in line with them."""


class PairRow(QWidget):
    """One image with its labels; knows what these hold.

    Signals
    -------
    valueChanged()
        Other layers are chosen, or more is known about their labels.
    removeClicked(row)
        The person wants this row to go.
    """

    valueChanged = Signal()  # noqa: N815 - Qt's habit
    removeClicked = Signal(object)  # noqa: N815

    def __init__(self, viewer: "Viewer") -> None:
        super().__init__()
        self.image = LayerCombo(viewer, Image)
        self.image.setToolTip("The image, or a stack of images.")
        self.labels = LayerCombo(viewer, Labels)
        self.labels.setToolTip(
            "Its labels, which may be wrong in places; -1 is ignored. They stay as "
            "they are: what is corrected becomes a new layer."
        )
        self.reference = OptionalLayer(viewer, Labels)
        self.reference.setToolTip(
            "Clean labels of this image, if there are any. They are for the curves "
            "only: nothing is ever learned from them."
        )
        self.trusted = QCheckBox()
        self.trusted.setFixedWidth(_BOX_WIDTH)
        self.trusted.setToolTip(TRUSTED_HELP)
        self.trusted.setAccessibleName(TRUSTED)
        self.remove = QPushButton("✕")
        self.remove.setToolTip("Take this pair out of the list; its layers stay.")
        self.remove.setFixedWidth(END_WIDTH)
        self._colours: Colours = "all"
        self._as_one = False
        self._look = LabelsLook(self)
        self._edits = LayerEdits(viewer, self)
        self._lay_out()
        self._connect()

    @property
    def facts(self) -> LabelFacts | None:
        """What the labels hold; None as long as they are looked at."""
        return self._look.facts

    def layers(self) -> list[Any]:
        """Return the layers of this row that are chosen."""
        combos = (self.image, self.labels)
        return [combo.value() for combo in combos if combo.value() is not None]

    def value(self) -> PairInput:
        """Return the layers as they are now.

        Raises
        ------
        InputError
            One is missing, or cannot be read.
        """
        reference = self.reference.value() if self.reference.isVisibleTo(self) else None
        return read_pair(
            self.image.value(),
            self.labels.value(),
            reference,
            colours=self._colours,
            as_one=self._as_one,
            trusted=self.trusted.isChecked(),
        )

    def is_coloured(self) -> bool:
        """Say whether the image has several colours or channels."""
        try:
            return self.value().image.stack.channels is not None
        except InputError:
            return False

    def offer(self, used: list[Any]) -> None:
        """Choose layers that no other row has, if there are any."""
        _choose(self.image, used)
        self._choose_labels(used)
        self._fill()

    def read_as(self, colours: Colours, *, as_one: bool) -> None:
        """Read colours and objects in this way."""
        changed = (colours, as_one) != (self._colours, self._as_one)
        self._colours, self._as_one = colours, as_one
        if changed:
            self._fill()

    def problem(self) -> str:
        """Return why these labels cannot be learned from, "" if they can."""
        try:
            pair = self.value()
        except InputError as error:
            return str(error)
        if self.facts is None:
            return f"Looking at '{pair.labels.name}' ..."
        return _problem(pair, self.facts)

    def _fill(self) -> None:
        self._edits.follow(self.labels.value())
        self._look.at(self._source())
        self.valueChanged.emit()

    def _source(self) -> LabelsInput | None:
        try:
            return self.value().labels
        except InputError:
            return None

    def _choose_labels(self, used: list[Any]) -> None:
        """Offer labels of the image's shape first."""
        image = self.image.value()
        if image is None or image.multiscale:
            return _choose(self.labels, used)
        rows_columns = data_shape(image)[-2:]
        others = [
            layer
            for layer in self.labels._layers
            if layer is not None and data_shape(layer)[-2:] != rows_columns
        ]
        return _choose(self.labels, [*used, *others])

    def _connect(self) -> None:
        for combo in (self.image, self.labels, self.reference):
            combo.valueChanged.connect(self._fill)
        self._look.looked.connect(self.valueChanged)
        self._edits.edited.connect(lambda: self._look.again(self._source()))
        self.trusted.toggled.connect(lambda _: self.valueChanged.emit())
        self.remove.clicked.connect(lambda: self.removeClicked.emit(self))

    def _lay_out(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACING)
        for combo in (self.image, self.labels, self.reference):
            policy = combo.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            combo.setSizeAdjustPolicy(policy)
            combo.setMinimumContentsLength(6)
            layout.addWidget(combo, stretch=1)
        layout.addWidget(self.trusted)
        layout.addSpacing(TRUSTED_WIDTH - _BOX_WIDTH)
        layout.addWidget(self.remove)


def _choose(combo: LayerCombo, used: list[Any]) -> None:
    """Choose a layer that no other row has, if there is one."""
    if combo.value() is not None and combo.value() not in used:
        return
    free = [layer for layer in combo._layers if layer not in used]
    if free:
        combo.setValue(free[0])


def _problem(pair: PairInput, facts: LabelFacts) -> str:
    """Say what is wrong with labels by themselves; one class may be enough here."""
    if not facts.counts and facts.ignored:
        return (
            f"All labels of '{pair.labels.name}' are ignored (-1), so there is nothing "
            "to learn from them: paint some classes, or take the pair out."
        )
    is_foreign = not facts.counts or len(facts.counts) > 2
    return facts.problem if is_foreign else ""
