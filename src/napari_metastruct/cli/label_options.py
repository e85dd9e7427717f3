"""The options of the commands that work on labels."""

from typing import Annotated, get_args

import typer

from napari_metastruct.cli.options import help_of, option
from napari_metastruct.jobs import CompareJob, DensityJob, LabelJob, NoiseJob, Unit
from napari_metastruct.metastructure import Kernel
from napari_metastruct.noise import NOISES

__all__ = [
    "A",
    "AsOne",
    "Axes",
    "B",
    "Bandwidth",
    "Classes",
    "EdgeCorrection",
    "Errors",
    "KernelName",
    "Kind",
    "Labels",
    "Maps",
    "Noisy",
    "Seed",
    "Setting",
    "Table",
    "UnitName",
    "Volume",
]

Labels = Annotated[
    list[str],
    typer.Argument(metavar="LABELS_OR_FOLDER...", help="Labels and folders of them."),
]
A = Annotated[str, typer.Argument(metavar="A", help=help_of("a", CompareJob))]
B = Annotated[str, typer.Argument(metavar="B", help=help_of("b", CompareJob))]
Noisy = Annotated[str, option("output", "DIR", "-o", job=NoiseJob)]
Maps = Annotated[str, option("output", "DIR", "-o", job=DensityJob)]
Table = Annotated[str | None, option("output", "FILE.csv", "-o", job=CompareJob)]
Kind = Annotated[
    list[str] | None,
    typer.Option(
        "--kind",
        metavar="|".join(NOISES),
        help="A kind of noise. Its settings follow it: --kind flip --rate 0.3. May be "
        "given several times: they are applied one after the other. '--kinds' lists "
        "all settings.",
        show_default=False,
    ),
]
Setting = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="A setting of the --kind before it, written in another way.",
        show_default=False,
    ),
]
Seed = Annotated[int | None, option("seed", "N", job=NoiseJob)]
Errors = Annotated[bool, option("errors", job=NoiseJob)]
Axes = Annotated[str | None, option("axes", "TZYX", job=LabelJob)]
Volume = Annotated[bool, option("volume", job=LabelJob)]
AsOne = Annotated[bool, option("as_one", job=LabelJob)]
KernelName = Annotated[
    str | None, option("kernel", "|".join(get_args(Kernel)), job=DensityJob)
]
Bandwidth = Annotated[str | None, option("bandwidth", "8|2,8,8|auto", job=DensityJob)]
UnitName = Annotated[
    str | None, option("unit", "|".join(get_args(Unit)), job=DensityJob)
]
Classes = Annotated[str | None, option("classes", "1,2", job=DensityJob)]
EdgeCorrection = Annotated[bool, option("edge_correction", job=DensityJob)]
