"""The commands that work on labels: noise, density, compare."""

from typing import Annotated

import typer

from napari_metastruct.cli import label_options as lo
from napari_metastruct.cli import options as o
from napari_metastruct.cli.chain import to_chain
from napari_metastruct.cli.running import carry_out, end
from napari_metastruct.cli.values import given, to_bandwidth, to_classes
from napari_metastruct.jobs import CompareJob, DensityJob, NoiseJob

__all__ = ["compare", "density", "noise"]


def _list_kinds(wanted: bool) -> None:
    if wanted:
        from napari_metastruct.cli.listing import list_noises

        typer.echo(list_noises())
        raise typer.Exit


def noise(
    ctx: typer.Context,
    labels: lo.Labels,
    output: lo.Noisy,
    kind: lo.Kind = None,
    set_: lo.Setting = None,
    seed: lo.Seed = None,
    errors: lo.Errors = False,
    volume: lo.Volume = False,
    as_one: lo.AsOne = False,
    axes: lo.Axes = None,
    save_job: o.SaveJob = None,
    overwrite: o.Overwrite = False,
    json: o.Json = False,
    kinds: Annotated[
        bool,
        typer.Option(
            "--kinds",
            callback=_list_kinds,
            is_eager=True,
            help="List the kinds of noise with their settings, and end.",
        ),
    ] = False,
) -> None:
    """Add noise to labels.

    Labels become <name>_noisy.tif in the output folder, with the size of their pixels
    kept; how wrong they are is told. Every plane gets noise of its own. Started again,
    only what is missing is done.
    """
    del kind, set_, kinds  # `ChainCommand` has read them, with what follows them

    def make() -> NoiseJob:
        job = NoiseJob(
            **given(
                labels=tuple(labels),
                output=output,
                chain=to_chain(ctx),
                seed=seed,
                errors=errors,
                volume=volume,
                as_one=as_one,
                axes=axes,
            )
        )
        job.check_named()
        return job

    end(carry_out(make, overwrite=overwrite, as_json=json, save_job=save_job))


def density(
    labels: lo.Labels,
    output: lo.Maps,
    kernel: lo.KernelName = None,
    bandwidth: lo.Bandwidth = None,
    unit: lo.UnitName = None,
    classes: lo.Classes = None,
    edge_correction: lo.EdgeCorrection = False,
    volume: lo.Volume = False,
    as_one: lo.AsOne = False,
    axes: lo.Axes = None,
    save_job: o.SaveJob = None,
    overwrite: o.Overwrite = False,
    json: o.Json = False,
) -> None:
    """Map the densities of classes, their meta-structures.

    Labels become <name>_density.tif in the output folder, one channel a class, with
    the size of their pixels kept. Started again, only what is missing is done.
    """

    def make() -> DensityJob:
        return DensityJob(
            **given(
                labels=tuple(labels),
                output=output,
                kernel=kernel,
                bandwidth=None if bandwidth is None else to_bandwidth(bandwidth),
                unit=unit,
                classes=None if classes is None else to_classes(classes),
                edge_correction=edge_correction,
                volume=volume,
                as_one=as_one,
                axes=axes,
            )
        )

    end(carry_out(make, overwrite=overwrite, as_json=json, save_job=save_job))


def compare(
    a: lo.A,
    b: lo.B,
    output: lo.Table = None,
    kernel: lo.KernelName = None,
    bandwidth: lo.Bandwidth = None,
    unit: lo.UnitName = None,
    volume: lo.Volume = False,
    as_one: lo.AsOne = False,
    axes: lo.Axes = None,
    save_job: o.SaveJob = None,
    overwrite: o.Overwrite = False,
    json: o.Json = False,
) -> None:
    """Compare labels B with A, which count as right.

    Two files, or two folders whose files have the same names. Told are Dice, IoU,
    accuracy, the noise transition matrix with its rank and what that means, and how
    alike the densities are. What only one folder has is listed and makes the exit code
    1.
    """

    def make() -> CompareJob:
        return CompareJob(
            **given(
                a=a,
                b=b,
                output=output,
                kernel=kernel,
                bandwidth=None if bandwidth is None else to_bandwidth(bandwidth),
                unit=unit,
                volume=volume,
                as_one=as_one,
                axes=axes,
            )
        )

    end(carry_out(make, overwrite=overwrite, as_json=json, save_job=save_job))
