"""PyTorch gives the same densities; without being asked for it is not loaded."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from napari_metastruct.errors import InputError
from napari_metastruct.metastructure import density, expected_density
from napari_metastruct.metastructure.kernels import KERNELS, Kernel


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("half", [2, 4.5])
@pytest.mark.parametrize("shape", [(50, 61), (12, 20, 21)])
@pytest.mark.parametrize("edge_correction", [False, True])
def test_the_same_densities(
    kernel: Kernel,
    half: float,
    shape: tuple[int, ...],
    edge_correction: bool,
    rng: np.random.Generator,
) -> None:
    labels = rng.integers(-1, 3, shape)
    first, second = (
        density(labels, half, kernel, edge_correction=edge_correction, device=device)
        for device in ("cpu", "torch-cpu")
    )
    close = 3e-4 if kernel == "gaussian" else 1e-5
    assert np.abs(first.maps - second.maps).max() < close * first.maps.max()


def test_the_same_expected_densities(rng: np.random.Generator) -> None:
    labels = rng.integers(0, 2, (40, 50))
    matrix = np.array([[0.9, 0.1], [0.3, 0.7]])
    first, second = (
        expected_density(labels, matrix, 4, device=device)
        for device in ("cpu", "torch-cpu")
    )
    assert np.abs(first.maps - second.maps).max() < 3e-4 * first.maps.max()


@pytest.mark.parametrize("kernel", ["box", "disc"])
def test_counts_are_the_same_to_the_last(
    kernel: Kernel, rng: np.random.Generator
) -> None:
    labels = rng.integers(0, 2, (90, 70))
    plain = density(labels, 20, kernel).maps
    assert np.array_equal(density(labels, 20, kernel, device="torch-cpu").maps, plain)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is one")
def test_a_missing_device_is_said() -> None:
    with pytest.raises(InputError, match="PyTorch cannot use the device 'cuda' here"):
        density(np.eye(9, dtype=int), 2, device="cuda")


def test_too_small_a_memory_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise torch.OutOfMemoryError

    monkeypatch.setattr(torch.fft, "rfftn", full)
    with pytest.raises(InputError, match=r"memory of 'cpu' is too small .* \(9, 9\)"):
        density(np.eye(9, dtype=int), 2, device="torch-cpu")


def test_the_processor_needs_no_torch() -> None:
    code = """
import sys
sys.modules["torch"] = None
import numpy as np
from napari_metastruct.metastructure import density
density(np.eye(9, dtype=int), 2)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
