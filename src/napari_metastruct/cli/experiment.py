"""The command that runs Figure 6 and the theorems."""

from __future__ import annotations

from typing import Annotated

import typer

from napari_metastruct.cli.running import end, guarded
from napari_metastruct.cli.screen import Screen
from napari_metastruct.progress import run_to_end

__all__ = ["figure6"]


def figure6(
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="DIR", help="Folder to write to.")
    ] = "figure6",
    seed: Annotated[
        int, typer.Option("--seed", min=0, help="Same seed, same result.")
    ] = 0,
    matrices: Annotated[
        int,
        typer.Option(
            "--matrices",
            min=1,
            metavar="N",
            help="Random matrices for every size and rank (Lemma 2).",
        ),
    ] = 10,
) -> None:
    """Run Figure 6, Lemma 1, Lemma 2 and Theorem 1 of Luo et al. 2022.

    Labels, noise transition matrices and density maps of a circle in a rectangle,
    clean, with RCL and with RL; what the lemmas and the theorem say beside what is
    measured. Pictures, CSV tables and a page of Markdown.
    """
    end(guarded(lambda: _show(output, seed, matrices)))


def _show(output: str, seed: int, matrices: int) -> None:
    from napari_metastruct.experiments import report_steps

    with Screen() as screen:
        steps = report_steps(output, seed=seed, matrices=matrices)
        report = run_to_end(steps, screen.show)
    typer.echo(report.text)
    typer.echo(f"Pictures and tables are in {report.folder}")
