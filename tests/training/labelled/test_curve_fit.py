"""Fits of learning curves: known parameters, slopes, and times known by formula."""

import math

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import expit

from napari_metastruct.training.labelled.curve_fit import LearningCurve, fit_curve

KNOWN = [(0.9, 0.8, 0.6), (0.7, 0.1, 1.0), (0.5, 0.01, 1.7), (1.0, 2.0, 0.4)]


@pytest.mark.parametrize("known", KNOWN)
def test_known_parameters_are_found(known: tuple[float, float, float]) -> None:
    curve = LearningCurve(*known)
    times = np.arange(1.0, 31)
    found = fit_curve(times, [curve(t) for t in times])
    assert found is not None
    assert (found.a, found.b, found.c) == pytest.approx(known, rel=1e-2)


@pytest.mark.parametrize("known", KNOWN)
def test_slopes_are_the_derivative(known: tuple[float, float, float]) -> None:
    curve = LearningCurve(*known)
    for t in (1.0, 3.0, 12.0):
        step = (curve(t + 1e-5) - curve(t - 1e-5)) / 2e-5
        assert curve.slope(t) == pytest.approx(step, rel=1e-5)
        due = abs(curve.slope(1) - curve.slope(t)) / abs(curve.slope(1))
        assert curve.slope_lost(t) == pytest.approx(due)
    times = np.linspace(1, 40, 4001)
    steepest = times[np.argmax([curve.slope(t) for t in times])]
    assert curve.steepest(40) == pytest.approx(steepest, abs=0.02)


def test_noise_moves_the_fit_a_little() -> None:
    curve, times = LearningCurve(0.8, 0.3, 0.9), np.arange(1.0, 41)
    noisy = [curve(t) for t in times] + np.random.default_rng(0).normal(0, 0.01, 40)
    found = fit_curve(times, noisy)
    assert found is not None
    assert max(abs(found(t) - curve(t)) for t in times) < 0.02


def test_points_that_are_missing_are_left_out() -> None:
    curve, times = LearningCurve(0.8, 0.3, 0.9), np.arange(1.0, 11)
    values = [math.nan if t in (2, 5) else curve(t) for t in times]
    found = fit_curve(times, values)
    assert found is not None
    assert found(5) == pytest.approx(curve(5), abs=1e-3)


@pytest.mark.parametrize("values", [[0.1, 0.2, 0.3], [0.0] * 9, [math.nan] * 9])
def test_too_few_points_or_nothing_learned_is_no_curve(values: list[float]) -> None:
    assert fit_curve(range(1, len(values) + 1), values) is None


@pytest.mark.parametrize("values", [[0.9] * 6, [1.0] * 6, [0.9, 0.7, 0.8, 0.6, 0.5]])
def test_curves_that_do_not_rise_are_fitted_all_the_same(values: list[float]) -> None:
    found = fit_curve(range(1, len(values) + 1), values)
    assert found is not None
    assert found(len(values)) == pytest.approx(np.mean(values), abs=0.25)
    assert 0 <= found.slope_lost(len(values)) <= 1


def test_a_sigmoid_is_compared_with_its_steepest_slope() -> None:
    times = np.arange(1.0, 31)
    found = fit_curve(times, 0.8 * expit((times - 12) / 2))
    assert found is not None
    assert found.steepest(30) == pytest.approx(12, abs=1.5)
    assert found.slope_lost(8) > 0.9  # since t = 1: it has risen, not fallen
    since = found.steepest(8)
    assert found.slope_lost(8, since) == 0
    assert found.slope_lost(30, found.steepest(30)) > 0.9


def test_the_time_at_which_the_slope_is_lost_is_that_of_the_formula() -> None:
    curve = LearningCurve(0.8, 0.2, 0.8)
    due = brentq(lambda t: curve.slope(t) - 0.1 * curve.slope(1), 1, 100)
    assert curve.slope_lost(due) == pytest.approx(0.9)
    assert curve.slope_lost(math.floor(due)) < 0.9 < curve.slope_lost(math.ceil(due))
