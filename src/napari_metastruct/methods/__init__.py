"""All methods, in the order of the menu. One file is one method."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from napari_metastruct.errors import InputError
from napari_metastruct.methods.adaptive_gaussian import AdaptiveGaussian
from napari_metastruct.methods.adele import ADELE
from napari_metastruct.methods.adversarial_correction import AdversarialCorrection
from napari_metastruct.methods.co_teaching import CoTeaching
from napari_metastruct.methods.coarse_marks import CoarseMarks
from napari_metastruct.methods.dfc import DFC
from napari_metastruct.methods.igtt import IGTT
from napari_metastruct.methods.jocor import JoCoR
from napari_metastruct.methods.otsu import Otsu
from napari_metastruct.methods.plain import Plain
from napari_metastruct.methods.superpixel_guided import SuperpixelGuided
from napari_metastruct.methods.tri_network import TriNetwork

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "ADELE",
    "DFC",
    "IGTT",
    "LEARNERS",
    "MENU",
    "AdaptiveGaussian",
    "AdversarialCorrection",
    "AnyLearner",
    "AnyMethod",
    "CoTeaching",
    "CoarseMarks",
    "JoCoR",
    "LearnerEntry",
    "MenuEntry",
    "Otsu",
    "Plain",
    "SuperpixelGuided",
    "TriNetwork",
    "learner_named",
    "method_named",
]

AnyMethod = Annotated[IGTT | DFC | Otsu | AdaptiveGaussian, Field(discriminator="name")]
"""Any way to segment without labels, told apart by its field ``name``."""


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """A method with its settings, as the menu and the command line offer it."""

    title: str
    make: Callable[[], IGTT | DFC | Otsu | AdaptiveGaussian]


MENU: dict[str, MenuEntry] = {
    "igtt": MenuEntry("iGTT (recommended)", IGTT),
    "igtt-paper": MenuEntry("iGTT, settings of the paper", IGTT.paper),
    "dfc": MenuEntry("DFC, differentiable feature clustering", DFC),
    "otsu": MenuEntry("Otsu threshold", Otsu),
    "adaptive-gaussian": MenuEntry("Adaptive Gaussian threshold", AdaptiveGaussian),
}
"""What can be chosen by name."""


AnyLearner = Annotated[
    Plain
    | CoTeaching
    | JoCoR
    | TriNetwork
    | SuperpixelGuided
    | ADELE
    | CoarseMarks
    | AdversarialCorrection,
    Field(discriminator="name"),
]
"""Any way to learn from labels, told apart by its field ``name``."""


@dataclass(frozen=True, slots=True)
class LearnerEntry:
    """A way to learn from labels, as the menu and the command line offer it."""

    title: str
    make: Callable[[], AnyLearner]


LEARNERS: dict[str, LearnerEntry] = {
    "plain": LearnerEntry(Plain.title, Plain),
    "co-teaching": LearnerEntry(CoTeaching.title, CoTeaching),
    "jocor": LearnerEntry(JoCoR.title, JoCoR),
    "tri-network": LearnerEntry(TriNetwork.title, TriNetwork),
    "superpixel-guided": LearnerEntry(SuperpixelGuided.title, SuperpixelGuided),
    "adele": LearnerEntry(ADELE.title, ADELE),
    "coarse-marks": LearnerEntry(CoarseMarks.title, CoarseMarks),
    "adversarial-correction": LearnerEntry(
        AdversarialCorrection.title, AdversarialCorrection
    ),
}
"""What can learn from labels, by name."""


def learner_named(name: str) -> AnyLearner:
    """Return the way to learn from labels of that name, with default settings.

    Raises
    ------
    InputError
        There is no such method.
    """
    if name not in LEARNERS:
        raise InputError(
            f"There is no method '{name}'; choose one of: {', '.join(LEARNERS)}."
        )
    return LEARNERS[name].make()


def method_named(name: str) -> IGTT | DFC | Otsu | AdaptiveGaussian:
    """Return the method of that name with its default settings.

    Raises
    ------
    InputError
        There is no such method.
    """
    if name not in MENU:
        raise InputError(
            f"There is no method '{name}'; choose one of: {', '.join(MENU)}."
        )
    return MENU[name].make()
