"""A trained network with all that it needs to segment another image.

Saved as weights (safetensors) beside a readable description (JSON); nothing is
pickled.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import Field

from napari_metastruct.errors import InputError
from napari_metastruct.evidence import (
    FIT_REACH,
    EvidenceMaps,
    VoteSettings,
    blocks,
    mix_vote_steps,
    view_of,
)
from napari_metastruct.features import FeatureSettings, PlaneFeatures
from napari_metastruct.files import writing
from napari_metastruct.networks.create import NetworkSettings, create_network
from napari_metastruct.parameters import Parameters, PositiveCount, Rate

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray
    from torch import nn

    from napari_metastruct.evidence import BrightPlane
    from napari_metastruct.progress import Steps

__all__ = [
    "PackedSegmenter",
    "Segmenter",
    "SegmenterDescription",
    "class_labels",
    "load_segmenter",
    "model_paths",
]

VIEW_REACH = 8
"""Pixels around a block that its view depends on: a blur of width 1."""
FORMAT = "napari-metastruct segmenter 1"


class SegmenterDescription(Parameters):
    """What a segmenter is, in words and numbers: the JSON beside the weights."""

    format: Literal["napari-metastruct segmenter 1"] = "napari-metastruct segmenter 1"
    """Kind and version of the file."""
    network: NetworkSettings = NetworkSettings()
    """Kind and size of the network."""
    features: FeatureSettings = FeatureSettings()
    """How an image becomes the network's input."""
    channel_count: PositiveCount = 1
    """Channels that an image must have."""
    foreground: Literal["bright", "dark"] = "bright"
    """Whether the objects are brighter or darker than what surrounds them."""
    classes: tuple[int, ...] = ()
    """Numbers of the classes in the labels, the background first, one output of the
    network for each; empty: foreground against background by one output."""
    threshold: Rate = 0.5
    """Probability above which a pixel is foreground."""
    vote: VoteSettings | None = None
    """How much the vote of the image's own rules counts beside the network."""
    fit_edges: bool = False
    """Whether the mask is then fitted to the edges of the image."""
    method: dict[str, Any] = Field(default_factory=dict)
    """Method and settings that the network was trained with."""
    seed: int = 0
    """Seed of the training."""
    versions: dict[str, str] = Field(default_factory=dict)
    """Versions of the software that trained it."""

    @property
    def output_count(self) -> int:
        """Outputs of the network."""
        return max(1, len(self.classes))

    @property
    def probability_count(self) -> int:
        """Maps that a probability has: one, but one a class of more than two."""
        return len(self.classes) if len(self.classes) > 2 else 1

    @property
    def label_dtype(self) -> np.dtype[Any]:
        """Smallest type of the labels that it makes; bool for a mere mask."""
        if not self.classes:
            return np.dtype(np.bool_)
        return np.min_scalar_type(max(self.classes))


@dataclass(frozen=True, slots=True)
class Segmenter:
    """A trained network and its description.

    Attributes
    ----------
    network
        In evaluation mode, on the CPU between uses.
    description
        What it is; everything but the weights.
    """

    network: nn.Module
    description: SegmenterDescription

    def probability_steps(
        self, plane: NDArray[np.float32], device: str = "cpu"
    ) -> Steps[NDArray[np.float32]]:
        """Predict the probability of foreground or of each class, tile by tile.

        Parameters
        ----------
        plane
            ``(C, Y, X)`` float32 in the image's own units.
        device
            Where to compute: "cpu", "cuda", "mps".

        Returns
        -------
        float32 in 0..1: ``(Y, X)`` of the foreground where there are two classes,
        ``(classes, Y, X)`` where there are more; by a generator of
        `~napari_metastruct.progress.PlaneDone`, one for each group of tiles.

        Raises
        ------
        InputError
            The image has another number of channels than the model.
        """
        _, probability = yield from self.segment_steps(plane, device)
        return probability

    def segment_steps(
        self, plane: NDArray[np.float32], device: str = "cpu"
    ) -> Steps[tuple[NDArray[Any], NDArray[np.float32]]]:
        """Predict as `probability_steps` does, and make labels of it.

        Returns
        -------
        The labels, ``(Y, X)``: of a model without class numbers a bool mask, above
        the threshold, and fitted to the edges of the image if the description says
        so; else the numbers of the most probable classes. And the probability.
        """
        from napari_metastruct.networks.tiling import predict_steps

        self.check_channels(plane.shape[0])
        what = self.description
        source = PlaneFeatures(plane, what.features, what.foreground)
        self.network.to(device)
        try:
            probability = yield from predict_steps(
                self.network,
                source,
                stride=what.network.stride,
                device=device,
                classes=what.output_count,
            )
        finally:
            self.network.cpu()
        if what.classes:
            return class_labels(probability, what)
        foreground: NDArray[np.float32] = probability[0]
        if what.vote is not None:
            yield from mix_vote_steps(foreground, source.bright, what.vote)
        mask = foreground > what.threshold
        return (_fitted(source.bright, mask) if what.fit_edges else mask), foreground

    def check_channels(self, count: int) -> None:
        """Refuse an image whose number of channels is not the model's."""
        due = self.description.channel_count
        if count != due:
            raise InputError(
                f"The model was trained on images with {due} channel(s), this image "
                f"has {count}. Choose {due} channel(s), or train a model on it."
            )

    def save(self, path: Path | str) -> Path:
        """Write ``<path>.safetensors`` and ``<path>.json``, whole or not at all.

        Parameters
        ----------
        path
            With or without one of the two endings.

        Returns
        -------
        The path of the weights.
        """
        return self.packed().save(path)

    def packed(self) -> PackedSegmenter:
        """Return the same as the bytes of its files."""
        from safetensors.torch import save

        tensors = {k: v.contiguous() for k, v in weights_of(self.network).items()}
        return PackedSegmenter(save(tensors), self.description)


@dataclass(frozen=True, slots=True)
class PackedSegmenter:
    """A segmenter as the bytes of its files; needs no PyTorch until it is unpacked.

    Attributes
    ----------
    weights
        What the file of weights (safetensors) holds.
    description
        What it is.
    """

    weights: bytes = field(repr=False)
    description: SegmenterDescription

    def save(self, path: Path | str) -> Path:
        """Write the files as `Segmenter.save` does."""
        weights, description = model_paths(path)
        with writing(weights) as new_weights, writing(description) as new_description:
            new_weights.write_bytes(self.weights)
            text = self.description.model_dump_json(indent=2)
            new_description.write_text(text, encoding="utf-8")
        return weights

    def unpacked(self) -> Segmenter:
        """Return the segmenter itself."""
        return _build(self.description, self.weights, "The packed model")


def model_paths(path: Path | str) -> tuple[Path, Path]:
    """Return the paths of a model's weights and of its description."""
    path = Path(path)
    stem = path.with_suffix("") if path.suffix in {".json", ".safetensors"} else path
    return (
        stem.with_name(stem.name + ".safetensors"),
        stem.with_name(stem.name + ".json"),
    )


def load_segmenter(path: Path | str) -> Segmenter:
    """Read a segmenter that `Segmenter.save` wrote.

    Parameters
    ----------
    path
        The weights, the description, or what they have in common; or the folder of a
        training on labels.

    Raises
    ------
    InputError
        A file is missing or is no model of this plugin, or the two do not fit.
    """
    weights, description = model_paths(_model_of_run(Path(path)))
    for file in (description, weights):
        if not file.is_file():
            raise InputError(
                f"There is no model at {path}: {file.name} is missing. A model is a "
                "pair of files, NAME.safetensors and NAME.json, in one folder."
            )
    return _build(_read_description(description), weights.read_bytes(), weights.name)


def _model_of_run(path: Path) -> Path:
    """Return where the model lies in the folder of a run; other paths as they are."""
    is_model = any(file.is_file() for file in model_paths(path))
    return path / "model" if path.is_dir() and not is_model else path


def _read_description(path: Path) -> SegmenterDescription:
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InputError(f"{path.name} is no model description: {error}.") from None
    if not isinstance(fields, dict) or fields.get("format") != FORMAT:
        raise InputError(
            f"{path.name} is not the description of a napari-metastruct model "
            f"(its 'format' is not '{FORMAT}')."
        )
    return SegmenterDescription(**fields)


def class_labels(
    probability: NDArray[np.float32], what: SegmenterDescription
) -> tuple[NDArray[Any], NDArray[np.float32]]:
    """Return class numbers and the probability as it is handed out.

    Parameters
    ----------
    probability
        ``(classes, Y, X)``.
    what
        Of a model with class numbers.
    """
    numbers = np.array(what.classes, what.label_dtype)
    if len(numbers) == 2:
        foreground: NDArray[np.float32] = np.ascontiguousarray(probability[1])
        return numbers[(foreground > what.threshold).astype(np.intp)], foreground
    return numbers[probability.argmax(axis=0)], probability


def _fitted(plane: BrightPlane, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Fit a mask to the edges of its plane, block by block."""
    fitted = np.empty_like(mask)
    for block in blocks(plane.shape, FIT_REACH):
        view = view_of(EvidenceMaps(plane, block.seen, reach=VIEW_REACH))
        fitted[block.core] = view.fitted(mask[block.seen])[block.inner]
    return fitted


def weights_of(network: nn.Module) -> dict[str, torch.Tensor]:
    """Return everything that was learned, once, even where modules are shared."""
    return dict(network.named_parameters()) | dict(network.named_buffers())


def _build(what: SegmenterDescription, weights: bytes, name: str) -> Segmenter:
    inputs = what.features.channel_count(what.channel_count)
    network = create_network(what.network, inputs, what.output_count)
    _load_weights(network, weights, name)
    return Segmenter(_as_trained(network).eval(), what)


def _as_trained(network: nn.Module) -> nn.Module:
    """Lay the weights as in training: other layouts round otherwise."""
    import torch

    laid: nn.Module = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return laid


def _load_weights(network: nn.Module, weights: bytes, name: str) -> None:
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        loaded = load(weights)
    except SafetensorError as error:
        raise InputError(f"{name} is no file of weights ({error}).") from None
    due = weights_of(network)
    if {k: v.shape for k, v in loaded.items()} != {k: v.shape for k, v in due.items()}:
        raise InputError(
            f"{name} does not hold the weights of the model that the JSON file "
            "beside it describes; the two come from different models."
        )
    with torch.no_grad():
        for name, tensor in due.items():
            tensor.copy_(loaded[name])
