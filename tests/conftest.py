"""What all tests share: one thread each, a seeded generator, repeatable examples."""

import os

# Before anything loads them: threads of their own only slow small tests down.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("NUMBA_NUM_THREADS", "1")

import hypothesis
import numpy as np
import pytest

# The same examples on every machine; a slow machine is no failure.
hypothesis.settings.register_profile(
    "house", derandomize=True, deadline=None, max_examples=50
)
hypothesis.settings.load_profile("house")


@pytest.fixture
def rng() -> np.random.Generator:
    """Return a generator that gives the same numbers in every run."""
    return np.random.default_rng(0)
