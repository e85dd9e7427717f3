"""The options that several commands share; their help is that of the job's fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from napari_metastruct.jobs import ApplyJob, SegmentJob
from napari_metastruct.methods import MENU
from napari_metastruct.thresholding import Foreground
from napari_metastruct.training.settings import DeviceWish

if TYPE_CHECKING:
    from napari_metastruct.parameters import Parameters

__all__ = [
    "Axes",
    "Channels",
    "Device",
    "FillHoles",
    "ForegroundOption",
    "Images",
    "Instances",
    "Joint",
    "Json",
    "Level",
    "MethodOption",
    "MinSize",
    "Model",
    "OtherImages",
    "OtherOutput",
    "Output",
    "Overwrite",
    "Probability",
    "Region",
    "Resume",
    "SaveJob",
    "SaveModel",
    "Seed",
    "Set",
    "help_of",
    "option",
]


def option(
    field: str,
    metavar: str | None = None,
    *short: str,
    job: type[Parameters] = SegmentJob,
) -> Any:  # noqa: ANN401 - typer's own type is private
    """Return the option for a setting, of a job as a rule."""
    name = "--" + field.replace("_", "-")
    text = help_of(field, job)
    return typer.Option(name, *short, help=text, metavar=metavar, show_default=False)


def help_of(field: str, job: type[Parameters] = SegmentJob) -> str:
    """Return the help of a setting."""
    info = job.model_fields[field]
    text = " ".join((info.description or "").split())
    default = info.default
    plain = isinstance(default, str | int) and not isinstance(default, bool)
    return f"{text} [default: {default}]" if plain and default != "" else text


Images = Annotated[
    list[str], typer.Argument(metavar="IMAGE_OR_FOLDER...", help="Images and folders.")
]
OtherImages = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[FILE_OR_FOLDER...]", help="Files in the place of the job's own."
    ),
]
OtherOutput = Annotated[
    str | None,
    typer.Option(
        "--output",
        "-o",
        metavar="DIR",
        help="Folder in the place of the job's own; if it names none, 'labels', "
        "'noisy', 'density' or 'trained', by what the job makes.",
        show_default=False,
    ),
]
Model = Annotated[
    str,
    typer.Argument(
        metavar="MODEL", help=ApplyJob.model_fields["model"].description or ""
    ),
]
Output = Annotated[
    str, typer.Option("--output", "-o", metavar="DIR", help=help_of("output"))
]
MethodOption = Annotated[
    str,
    typer.Option(
        "--method",
        metavar="|".join(MENU),
        help="How to segment; the command 'methods' tells more.",
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="Change a setting of the method; may be given several times. The command "
        "'methods NAME' lists them.",
        show_default=False,
    ),
]
ForegroundOption = Annotated[
    str | None, option("foreground", "|".join(get_args(Foreground)))
]
Instances = Annotated[bool, option("instances")]
MinSize = Annotated[int | None, option("min_size", "N")]
FillHoles = Annotated[bool, option("fill_holes")]
Probability = Annotated[bool, option("probability")]
Channels = Annotated[str | None, option("channels", "0,2|luminance")]
Axes = Annotated[str | None, option("axes", "TZCYX")]
Level = Annotated[int | None, option("level", "N")]
Region = Annotated[str | None, option("region", "y0,y1,x0,x1")]
Seed = Annotated[int | None, option("seed", "N")]
Device = Annotated[str | None, option("device", "|".join(get_args(DeviceWish)))]
Joint = Annotated[bool, option("joint")]
SaveModel = Annotated[bool, option("save_model")]
SaveJob = Annotated[
    str | None,
    typer.Option(
        "--save-job",
        metavar="FILE",
        help="Write all of this as a job file too, for the command 'run'.",
        show_default=False,
    ),
]
Overwrite = Annotated[
    bool,
    typer.Option(
        "--overwrite",
        help="Do everything anew, also files whose results are there already.",
    ),
]
Resume = Annotated[
    bool,
    typer.Option(
        "--resume",
        help="Go on with the training that the output folder holds, from its last "
        "checkpoint.",
    ),
]
Json = Annotated[
    bool,
    typer.Option(
        "--json", help="Print one JSON document at the end, and nothing else on stdout."
    ),
]
