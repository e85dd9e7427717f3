"""What was chosen last in the dock "Train on noisy labels", for the next session."""

from typing import TYPE_CHECKING

from napari_metastruct.methods import learner_named
from napari_metastruct.widgets.learner_editors import USUAL
from napari_metastruct.widgets.preferences import (
    TRAINING,
    TRAINING_NAMES,
    recalled,
    remember,
    remembered,
)

if TYPE_CHECKING:
    from napari_metastruct.widgets.learner_choice import LearnerChoice

__all__ = ["keep_choice", "recall_choice"]

_SETTINGS = tuple(n for n in TRAINING_NAMES if n not in ("method", "preview"))


def keep_choice(choice: "LearnerChoice") -> None:
    """Keep what is chosen now."""
    settings = choice.labelled_settings()
    remember(
        where=TRAINING,
        method=choice.name,
        preview=choice.preview.isChecked(),
        **{name: getattr(settings, name) for name in _SETTINGS},
    )
    choice.backend.remember()


def recall_choice(choice: "LearnerChoice") -> None:
    """Choose what was chosen last."""
    name = remembered("method", choice.name, where=TRAINING)
    settings = recalled(USUAL, _SETTINGS, where=TRAINING)
    if choice.method.findData(name) >= 0:
        choice.show_settings(learner_named(name), settings)
    choice.preview.setChecked(remembered("preview", True, where=TRAINING))
