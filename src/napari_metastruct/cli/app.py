"""The commands and their options."""

from typing import Annotated

import typer

from napari_metastruct.cli import options as o
from napari_metastruct.cli.chain import ChainCommand
from napari_metastruct.cli.experiment import figure6
from napari_metastruct.cli.label_commands import compare, density, noise
from napari_metastruct.cli.running import carry_out, end, guarded
from napari_metastruct.cli.training import train
from napari_metastruct.cli.values import given, to_channels, to_method, to_region
from napari_metastruct.jobs import AnyJob, ApplyJob, SegmentJob, load_job

__all__ = ["call"]

app = typer.Typer(
    name="napari-metastruct",
    help="Segment microscopy images by learning their meta-structures.",
    epilog="Exit codes: 0 all done; 1 some files failed or were not started, they are "
    "listed; 2 bad input, one sentence says what; 130 cancelled. The first Ctrl-C "
    "stops and keeps what has been learned, the second cancels.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def call(words: list[str]) -> int:
    """Run the command that the words name; return the exit code."""
    try:
        app(args=words, prog_name="napari-metastruct")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0 if end.code is None else 2
    return 0


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(version("napari-metastruct"))
        raise typer.Exit


@app.callback()
def common(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_show_version,
            is_eager=True,
            help="Print the version and end.",
        ),
    ] = False,
) -> None:
    """Segment microscopy images by learning their meta-structures."""


@app.command()
def segment(
    images: o.Images,
    output: o.Output,
    method: o.MethodOption = "igtt",
    set_: o.Set = None,
    foreground: o.ForegroundOption = None,
    instances: o.Instances = False,
    min_size: o.MinSize = None,
    fill_holes: o.FillHoles = False,
    probability: o.Probability = False,
    joint: o.Joint = False,
    axes: o.Axes = None,
    channels: o.Channels = None,
    level: o.Level = None,
    region: o.Region = None,
    seed: o.Seed = None,
    device: o.Device = None,
    save_model: o.SaveModel = False,
    save_job: o.SaveJob = None,
    overwrite: o.Overwrite = False,
    json: o.Json = False,
) -> None:
    """Segment images without labels.

    Each image becomes <name>_labels.tif in the output folder, with the size of its
    pixels kept. Started again, only what is missing is done.
    """

    def make() -> SegmentJob:
        return SegmentJob(
            **given(
                images=tuple(images),
                output=output,
                method=to_method(method, set_ or ()),
                foreground=foreground,
                instances=instances,
                min_size=min_size,
                fill_holes=fill_holes,
                probability=probability,
                joint=joint,
                axes=axes,
                channels=None if channels is None else to_channels(channels),
                level=level,
                region=None if region is None else to_region(region),
                seed=seed,
                device=device,
                save_model=save_model,
            )
        )

    end(carry_out(make, overwrite=overwrite, as_json=json, save_job=save_job))


@app.command()
def apply(
    model: o.Model,
    images: o.Images,
    output: o.Output,
    instances: o.Instances = False,
    min_size: o.MinSize = None,
    fill_holes: o.FillHoles = False,
    probability: o.Probability = False,
    axes: o.Axes = None,
    channels: o.Channels = None,
    level: o.Level = None,
    device: o.Device = None,
    save_job: o.SaveJob = None,
    overwrite: o.Overwrite = False,
    json: o.Json = False,
) -> None:
    """Segment images by a saved model.

    A model is what 'segment --save-model' or napari's "Save model" has written, or the
    folder that 'train' has filled.
    """

    def make() -> ApplyJob:
        return ApplyJob(
            **given(
                model=model,
                images=tuple(images),
                output=output,
                instances=instances,
                min_size=min_size,
                fill_holes=fill_holes,
                probability=probability,
                axes=axes,
                channels=None if channels is None else to_channels(channels),
                level=level,
                device=device,
            )
        )

    end(carry_out(make, overwrite=overwrite, as_json=json, save_job=save_job))


app.command()(train)
app.command(cls=ChainCommand)(noise)
app.command()(density)
app.command()(compare)
app.command()(figure6)


@app.command()
def run(
    job: Annotated[str, typer.Argument(metavar="JOB.yaml", help="A saved job.")],
    images: o.OtherImages = None,
    output: o.OtherOutput = None,
    overwrite: o.Overwrite = False,
    resume: o.Resume = False,
    json: o.Json = False,
) -> None:
    """Run a saved job, on its files or on others.

    It was saved in napari, by the option --save-job, or lies beside results.
    """

    def make() -> AnyJob:
        saved = load_job(job)
        if images:
            saved = saved.for_sources(images)
        return saved.replace(output=output or saved.output or saved.usual_output)

    end(carry_out(make, overwrite=overwrite, as_json=json, resume=resume))


@app.command()
def methods(
    name: Annotated[
        str | None, typer.Argument(metavar="[METHOD]", help="One of the methods.")
    ] = None,
) -> None:
    """List the methods, or the settings of one."""
    from napari_metastruct.cli.listing import list_methods, list_settings

    end(guarded(lambda: typer.echo(list_settings(name) if name else list_methods())))


@app.command()
def demo(
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="DIR", help="Folder to write to.")
    ] = "demo-output",
) -> None:
    """Try it on a real and a synthetic image."""
    from napari_metastruct.cli.demonstration import show_demo

    end(guarded(lambda: show_demo(output)))


@app.command()
def doctor(json: o.Json = False) -> None:
    """Tell what is there and what is missing.

    Versions, devices and the window; for what is missing, the line that mends it.
    """
    # Called so only with --help; see `entry`, which needs no other package for it.
    from napari_metastruct.cli.entry import main

    end(main(["doctor", "--json"] if json else ["doctor"]))
