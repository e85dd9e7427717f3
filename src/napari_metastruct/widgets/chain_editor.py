"""A chain of noises: added from a menu, ordered, edited, turned off, removed."""

from collections.abc import Sequence
from functools import partial
from typing import cast

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QMenu, QPushButton, QVBoxLayout, QWidget

from napari_metastruct.noise import NOISES, Chain, Noise, noise_named
from napari_metastruct.widgets.noise_card import NoiseCard

__all__ = ["ChainEditor"]


class ChainEditor(QWidget):
    """The noises one below the other, in the order in which they are applied.

    Signals
    -------
    valueChanged()
        After every edit, also one that is wrong.
    """

    valueChanged = Signal()  # noqa: N815 - Qt's habit

    def __init__(self) -> None:
        super().__init__()
        self.cards: list[NoiseCard] = []
        self._classes: tuple[int, ...] = ()
        self.add_button = QPushButton("Add noise")
        self.add_button.setToolTip(
            "Choose a kind of label noise; several are applied from top to bottom."
        )
        self.menu = _menu(self)
        self.add_button.setMenu(self.menu)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self._column.addWidget(self.add_button)

    def value(self) -> Chain:
        """Return the noises that are on, in their order.

        Raises
        ------
        InputError
            A setting of one of them is wrong.
        """
        return cast("Chain", tuple(card.value() for card in self.cards_on))

    def setValue(self, chain: Sequence[Noise]) -> None:  # noqa: N802 - Qt's habit
        """Show another chain."""
        for card in list(self.cards):
            self._drop(card)
        for noise in chain:
            self._append(noise)
        self._on_change()

    @property
    def cards_on(self) -> list[NoiseCard]:
        """The noises that take part."""
        return [card for card in self.cards if card.is_on]

    def problem(self) -> str:
        """Return why there is no noise to make, "" if there is."""
        if not self.cards:
            return "Add a noise first: press 'Add noise'."
        if not self.cards_on:
            return "All noises are off: tick one of them, or add another."
        return next(filter(None, (card.problem() for card in self.cards_on)), "")

    def set_classes(self, classes: Sequence[int]) -> None:
        """Tell matrices what the classes of the labels are."""
        self._classes = tuple(classes)
        for card in self.cards:
            card.set_classes(self._classes)

    def set_problem(self, place: int, sentence: str) -> None:
        """Say on one card why it does not fit; its place is among those that are on."""
        for number, card in enumerate(self.cards_on):
            card.set_problem(sentence if number == place else "")

    def add(self, name: str) -> None:
        """Add a noise with its defaults at the end."""
        self._append(noise_named(name))
        self._on_change()

    def _append(self, noise: Noise) -> None:
        card = NoiseCard(noise)
        card.set_classes(self._classes)
        card.valueChanged.connect(self.valueChanged)
        card.upClicked.connect(partial(self._move, card, -1))
        card.downClicked.connect(partial(self._move, card, 1))
        card.removeClicked.connect(partial(self._remove, card))
        self._column.insertWidget(len(self.cards), card)
        self.cards.append(card)

    def _move(self, card: NoiseCard, by: int) -> None:
        place = self.cards.index(card)
        self.cards.insert(place + by, self.cards.pop(place))
        self._column.insertWidget(place + by, card)
        self._on_change()

    def _remove(self, card: NoiseCard) -> None:
        self._drop(card)
        self._on_change()

    def _drop(self, card: NoiseCard) -> None:
        self.cards.remove(card)
        self._column.removeWidget(card)
        card.hide()
        card.deleteLater()

    def _on_change(self) -> None:
        for place, card in enumerate(self.cards):
            card.set_place(first=place == 0, last=place == len(self.cards) - 1)
        self.valueChanged.emit()


def _menu(editor: ChainEditor) -> QMenu:
    """Offer all kinds of noise, those of one family together."""
    menu = QMenu(editor)
    menu.setToolTipsVisible(True)
    family = None
    for name, entry in NOISES.items():
        if family not in (None, entry.make.__module__):
            menu.addSeparator()
        family = entry.make.__module__
        action = menu.addAction(entry.title)
        if action is not None:
            action.setData(name)
            action.setToolTip((entry.make.__doc__ or "").split("\n")[0])
            action.triggered.connect(partial(_add, editor, name))
    return menu


def _add(editor: ChainEditor, name: str, _: bool = False) -> None:
    editor.add(name)
