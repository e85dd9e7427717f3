"""Jobs that work on labels: noise, densities, comparisons."""

import math
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BeforeValidator

from napari_metastruct.errors import InputError
from napari_metastruct.jobs.job import Job
from napari_metastruct.metastructure import Bandwidth, Kernel
from napari_metastruct.noise import AnyNoise, Noise, noise_named
from napari_metastruct.parameters import Count, Seed

__all__ = ["CompareJob", "DensityJob", "LabelJob", "NoiseJob", "Unit"]

Unit = Literal["pixel", "physical"]
"""What a bandwidth is measured in: pixels, or the unit of the file's pixel size."""


def _by_name(value: object) -> object:
    return noise_named(value) if isinstance(value, str) else value


def _as_chain(value: object) -> object:
    """Take a single noise as a chain of one."""
    return (value,) if isinstance(value, str | Mapping | Noise) else value


def _checked(bandwidth: object) -> object:
    """Say in one sentence what a union of types would say in three."""
    if isinstance(bandwidth, str) and bandwidth == "auto":
        return bandwidth
    several = isinstance(bandwidth, Sequence) and not isinstance(bandwidth, str)
    for value in bandwidth if several else (bandwidth,):  # type: ignore[attr-defined]
        number = isinstance(value, Real) and not isinstance(value, bool)
        if not number or not 0 < value < math.inf:
            raise InputError(
                f"The bandwidth is {value!r}; give a number above 0, or 'auto'."
            )
    return bandwidth


ChainOfNames = Annotated[
    tuple[Annotated[AnyNoise, BeforeValidator(_by_name)], ...],
    BeforeValidator(_as_chain),
]
CheckedBandwidth = Annotated[Bandwidth, BeforeValidator(_checked)]


class LabelJob(Job):
    """How labels are read."""

    axes: str | None = None
    """One letter for each axis of the labels, T Z Y X; empty: as the file says, or
    guessed from the shape."""
    volume: bool = False
    """Take the planes along Z together as a volume, instead of each by itself."""
    as_one: bool = False
    """Take all classes above 0 as one, such as objects that are numbered."""


class NoiseJob(LabelJob):
    """Add noise to labels.

    The noise of every image, a plane or a volume, is drawn from the seed, the place in
    the chain and the number of the image; these are counted on over all files, in
    their order. So a set of files gets what `noisy_steps` gives a list of all their
    images, and a single file what it gives that file.
    """

    sources_field: ClassVar[str] = "labels"
    path_fields: ClassVar[tuple[str, ...]] = ("labels", "output")
    usual_output: ClassVar[str | None] = "noisy"

    task: Literal["noise"] = "noise"
    """Kind of job."""
    labels: tuple[str, ...] = ()
    """Files and folders; empty for an array or a layer."""
    output: str | None = None
    """Folder that the noisy labels are written to."""
    chain: ChainOfNames = ()
    """Kinds of noise with their settings, applied one after the other."""
    seed: Seed = 0
    """Same seed, same noise."""
    errors: bool = False
    """Also write a map of the errors: 0 the same, 1 missed, 2 added, 3 another class,
    4 left out."""

    def check_named(self) -> None:
        """Refuse a job without files, or without noise.

        Raises
        ------
        InputError
            It names no labels, or no kind of noise.
        """
        super().check_named()
        if not self.chain:
            raise InputError(
                "The job names no noise: 'chain' is empty. Name one kind at least, for "
                "example flip (--kind flip; --kinds lists all)."
            )


class DensityJob(LabelJob):
    """Map the densities of classes, their meta-structures."""

    sources_field: ClassVar[str] = "labels"
    path_fields: ClassVar[tuple[str, ...]] = ("labels", "output")
    usual_output: ClassVar[str | None] = "density"

    task: Literal["density"] = "density"
    """Kind of job."""
    labels: tuple[str, ...] = ()
    """Files and folders; empty for an array or a layer."""
    output: str | None = None
    """Folder that the maps are written to."""
    kernel: Kernel = "gaussian"
    """What every pixel is spread by."""
    bandwidth: CheckedBandwidth = "auto"
    """Size of the kernel: standard deviation of the gaussian, half-width of the others;
    auto: about that of the objects. One number, or one for each axis."""
    unit: Unit = "pixel"
    """What the bandwidth is measured in; physical: the unit of the pixel size."""
    classes: tuple[Count, ...] = ()
    """Which classes, one channel each; empty: all that the labels hold."""
    edge_correction: bool = False
    """Make up for the part of the kernel that lies outside of the image."""


class CompareJob(LabelJob):
    """Compare two labels of the same images, such as clean and noisy ones."""

    sources_field: ClassVar[str] = "a and b"
    path_fields: ClassVar[tuple[str, ...]] = ("a", "b", "output")
    usual_output: ClassVar[str | None] = None

    task: Literal["compare"] = "compare"
    """Kind of job."""
    a: str
    """File or folder of the labels that count as right."""
    b: str
    """File or folder of the labels that are compared with them; files of two folders
    belong together by their names."""
    output: str | None = None
    """CSV file that the numbers are written to as well."""
    kernel: Kernel = "gaussian"
    """Kernel of the densities that are compared."""
    bandwidth: CheckedBandwidth = "auto"
    """Size of the kernel: standard deviation of the gaussian, half-width of the others;
    auto: about that of the objects in A."""
    unit: Unit = "pixel"
    """What the bandwidth is measured in; physical: the unit of A's pixel size."""

    @property
    def sources(self) -> tuple[str, ...]:
        """Both files or folders."""
        return self.a, self.b

    def for_sources(self, sources: Sequence[str]) -> Self:
        """Return the job for two other files or folders.

        Raises
        ------
        InputError
            They are not two.
        """
        if len(sources) != 2:
            raise InputError(
                f"{len(sources)} files or folders are named, but two are compared: A "
                "and B."
            )
        return self.replace(a=sources[0], b=sources[1])
