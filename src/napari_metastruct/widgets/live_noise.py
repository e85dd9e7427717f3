"""The noise of the visible plane, made anew whenever something changes."""

import math
from typing import TYPE_CHECKING

from qtpy.QtCore import QObject, Signal

from napari_metastruct.noise import Chain
from napari_metastruct.progress import Event, PlaneDone, Steps
from napari_metastruct.widgets.failures import report, sentence_of
from napari_metastruct.widgets.newest import Newest
from napari_metastruct.widgets.noise_look import LARGEST_LOOK, Look, look_steps
from napari_metastruct.widgets.noise_preview import NoisePreview
from napari_metastruct.widgets.noise_wish import Wish
from napari_metastruct.widgets.visible_part import visible_part
from napari_metastruct.widgets.watching import watch

if TYPE_CHECKING:
    from napari.viewer import Viewer
    from qtpy.QtWidgets import QWidget

__all__ = ["LiveNoise"]


class LiveNoise(QObject):
    """Looks at the visible plane in a thread, and shows what it has seen as a layer.

    Signals
    -------
    looked(look)
        There are new numbers.
    waiting(sentence)
        There are no numbers, and why.
    refused(sentence)
        The labels and the noise do not fit; with "" that is over.
    deleted()
        The user has deleted the preview's layer.
    """

    looked = Signal(object)
    waiting = Signal(str)
    refused = Signal(str)
    deleted = Signal()

    def __init__(self, viewer: "Viewer", dock: "QWidget") -> None:
        super().__init__(dock)
        self._viewer = viewer
        self._wish: Wish | None = None
        self._look: Look | None = None
        self._prepared: tuple[Wish, Chain] | None = None
        self._part = -1
        self._errors = False
        self._is_resting = False
        self._pauses: set[str] = set()
        self.preview = NoisePreview(viewer, self.deleted.emit)
        self._newest = Newest("Preview of label noise", self)
        self._newest.happened.connect(self._on_event)
        self._newest.succeeded.connect(self._on_look)
        self._newest.failed.connect(self._on_error)
        watch(dock, viewer.dims.events.current_step, self._on_move)

    @property
    def is_busy(self) -> bool:
        """Whether a look is asked for or being taken."""
        return self._newest.is_busy

    def wish(self, wish: Wish | None) -> None:
        """Look at something else, or at nothing; the same is not looked at twice."""
        before, self._wish = self._wish, wish
        if wish is None:
            self._drop()
        elif not wish.is_like(before):
            self._is_resting = False
            self.refused.emit("")
            self._ask()
        elif self._part == self._visible(wish):
            self._place(wish)
        else:
            self._ask()

    def again(self) -> None:
        """Look again: the labels were painted."""
        self._prepared = None
        # What is painted is seen at once, not only when the preview has followed.
        self.preview.veil.lift()
        self._ask()

    def show_errors(self, on: bool) -> None:
        """Show the errors on the clean labels, rather than the noisy labels."""
        self._errors = on
        self._show()

    def rest(self) -> None:
        """Take the layer away until something else is wished."""
        self._is_resting = True
        self.preview.remove()

    def pause(self, why: str) -> None:
        """Look at nothing until all that paused it have let it go on."""
        self._pauses.add(why)
        self._newest.drop()
        self._part = -1

    def go_on(self, why: str) -> None:
        """End a pause."""
        if why in self._pauses:
            self._pauses.remove(why)
            self._ask()

    def _ask(self) -> None:
        wish = self._wish
        if wish is None or self._pauses:
            return
        self._part = self._visible(wish)
        size = math.prod(wish.source.part_shape)
        if size > LARGEST_LOOK:
            self._forget()
            self.waiting.emit(_too_large(size))
            return
        part, prepared = self._part, self._prepared_for(wish)

        def make_steps() -> Steps[Look]:
            return look_steps(
                wish.source, part, wish.chain, wish.seed, wish.classes, prepared
            )

        self._newest.ask(make_steps)

    def _prepared_for(self, wish: Wish) -> Chain | None:
        if self._prepared is None or not wish.is_like(self._prepared[0]):
            return None
        return self._prepared[1]

    def _visible(self, wish: Wish) -> int:
        return visible_part(self._viewer, wish.layer, wish.source)

    def _drop(self) -> None:
        self._newest.drop()
        self._part = -1
        self._forget()

    def _forget(self) -> None:
        self._look = None
        self.preview.remove()

    def _place(self, wish: Wish) -> None:
        """Let the preview follow labels that only lie elsewhere now."""
        if self._look is not None and not self._newest.is_busy:
            self._look = self._look.at(wish.source)
            self._show()

    def _show(self) -> None:
        if self._look is None or self._wish is None or self._is_resting:
            return
        self.preview.show(self._look, self._wish.layer, errors=self._errors)

    def _on_move(self) -> None:
        if self._wish is not None and self._part != self._visible(self._wish):
            self._ask()

    def _on_event(self, event: Event) -> None:
        if isinstance(event, PlaneDone) and event.total > 1:
            self.waiting.emit(f"Looking at all planes: {event.done} of {event.total}")

    def _on_look(self, look: Look) -> None:
        if self._wish is None:
            return
        self._prepared = (self._wish, look.prepared)
        self._look = look
        self._show()
        self.refused.emit("")
        self.looked.emit(look)

    def _on_error(self, error: Exception) -> None:
        self._forget()
        sentence = sentence_of(error)
        if sentence is None:
            self.waiting.emit(report(error))
            return
        self.waiting.emit("")
        self.refused.emit(sentence)


def _too_large(size: int) -> str:
    return (
        f"No preview: {size / 1e6:.0f} million pixels at once are more than "
        f"{LARGEST_LOOK / 1e6:.0f} million. Apply works, and gives the numbers."
    )
