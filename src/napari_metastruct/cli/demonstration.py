"""The demo on the screen."""

from __future__ import annotations

import typer

from napari_metastruct.cli.screen import Screen
from napari_metastruct.demo import DemoResult, demo_steps
from napari_metastruct.progress import run_to_end

__all__ = ["show_demo"]


def show_demo(folder: str) -> None:
    """Run the demo and tell what came out and where it is.

    Raises
    ------
    InputError
        The folder cannot be written to.
    """
    typer.echo("Segmenting two images without labels; this takes less than a minute.")
    with Screen() as screen:
        results = run_to_end(demo_steps(folder), screen.show)
    for result in results:
        typer.echo(f"\n{result.title} ({result.seconds:.1f} s)")
        _tell(result)
    typer.echo(f"\nAll files are in {results[0].labels.parent}")


def _tell(result: DemoResult) -> None:
    for name, score in result.dice.items():
        typer.echo(f"  Dice of {name}: {score:.3f}")
    typer.echo(f"  labels:  {result.labels}")
    typer.echo(f"  picture: {result.picture}")
