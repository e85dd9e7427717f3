"""The command that learns from labels which may be wrong: train."""

from typing import Annotated, get_args

import typer

from napari_metastruct.cli import options as o
from napari_metastruct.cli.running import carry_out, end
from napari_metastruct.cli.values import given, to_channels, to_learner
from napari_metastruct.errors import InputError
from napari_metastruct.jobs import TrainJob
from napari_metastruct.methods import LEARNERS
from napari_metastruct.training.labelled import LabelledSettings
from napari_metastruct.training.settings import DeviceWish

__all__ = ["train"]

Paths = Annotated[
    list[str],
    typer.Argument(
        metavar="IMAGES... LABELS",
        help="Images and folders of them; the last one is the labels, a file or a "
        "folder, unless --labels names them.",
    ),
]
Labels = Annotated[
    list[str] | None,
    typer.Option(
        "--labels",
        metavar="FILE_OR_FOLDER",
        help="Labels in more than one place; may be given several times. As many files "
        "as images belong to them in their order.",
        show_default=False,
    ),
]
Reference = Annotated[
    list[str] | None, o.option("reference", "FILE_OR_FOLDER", job=TrainJob)
]
Negative = Annotated[
    list[str] | None, o.option("negative", "FILE_OR_FOLDER", job=TrainJob)
]
Trusted = Annotated[
    list[str] | None, o.option("trusted", "FILE_OR_FOLDER", job=TrainJob)
]
Painted = Annotated[bool, o.option("painted", job=TrainJob)]
RunFolder = Annotated[str, o.option("output", "RUN_DIR", "-o", job=TrainJob)]
Method = Annotated[
    str,
    typer.Option(
        "--method",
        metavar="|".join(LEARNERS),
        help="How to learn; the command 'methods' tells more.",
    ),
]
NoiseRate = Annotated[
    float | None,
    typer.Option(
        "--noise-rate",
        metavar="SHARE",
        help="Share of the pixels whose label is wrong, 0 to 1; without it, it is "
        "estimated if the method asks for it.",
        show_default=False,
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="Change a setting of the method or of the training; may be given several "
        "times. The command 'methods NAME' lists them.",
        show_default=False,
    ),
]
_NETWORKS = "|".join(get_args(LabelledSettings.model_fields["network"].annotation))
Network = Annotated[str | None, o.option("network", _NETWORKS, job=LabelledSettings)]
Epochs = Annotated[int | None, o.option("epochs", "N", job=LabelledSettings)]
Seed = Annotated[int | None, o.option("seed", "N", job=LabelledSettings)]
Device = Annotated[
    str | None, o.option("device", "|".join(get_args(DeviceWish)), job=LabelledSettings)
]
AsOne = Annotated[bool, o.option("as_one", job=TrainJob)]


def train(
    paths: Paths,
    output: RunFolder,
    labels: Labels = None,
    method: Method = "co-teaching",
    noise_rate: NoiseRate = None,
    epochs: Epochs = None,
    network: Network = None,
    set_: Set = None,
    negative: Negative = None,
    trusted: Trusted = None,
    painted: Painted = False,
    reference: Reference = None,
    axes: o.Axes = None,
    channels: o.Channels = None,
    level: o.Level = None,
    as_one: AsOne = False,
    seed: Seed = None,
    device: Device = None,
    save_job: o.SaveJob = None,
    resume: o.Resume = False,
    json: o.Json = False,
) -> None:
    """Learn from images with labels that may be wrong.

    Images and labels belong together by their names. The output folder gets the model,
    which 'apply' takes, the corrected labels and a record of the run. It may not hold
    another run; one that was cut off goes on with --resume.
    """

    def make() -> TrainJob:
        more = {"negative": negative, "trusted": trusted, "reference": reference}
        images, own = _apart(paths, labels, alone=bool(negative or trusted))
        learner, changes = to_learner(method, set_ or (), noise_rate)
        changes |= given(epochs=epochs, network=network, seed=seed, device=device)
        return TrainJob(
            **given(
                images=images,
                labels=own,
                **{name: tuple(files) for name, files in more.items() if files},
                output=output,
                method=learner,
                settings=LabelledSettings(**changes),
                axes=axes,
                channels=None if channels is None else to_channels(channels),
                level=level,
                as_one=as_one,
                painted=painted,
            )
        )

    end(carry_out(make, as_json=json, save_job=save_job, resume=resume))


def _apart(
    paths: list[str], labels: list[str] | None, *, alone: bool
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Tell images from labels; a single path is of images if others are named."""
    if labels:
        return tuple(paths), tuple(labels)
    if len(paths) < 2 and alone:
        return tuple(paths), ()
    if len(paths) < 2:
        raise InputError(
            f"Only {paths[0]} is named, but a training takes two: images and their "
            "labels."
        )
    return tuple(paths[:-1]), (paths[-1],)
