"""Interacting models: the readable form by hand and against filterpy, and the compiled mixing against the readable
one.
"""

import numpy as np
import pytest
from filterpy.kalman import IMMEstimator, KalmanFilter

from trackfuse.kernels import imm
from trackfuse.kernels.filter import MEAN, SCRATCH
from trackfuse.kernels.records import IMM
from trackfuse.tracking import TrackerSettings
from trackfuse.tracking.packing import motion_of
from trackfuse.tracking.reference.gaussian import extended_predict, extended_update
from trackfuse.tracking.reference.modes import judged, mixing, moments

TRANSITION = np.array([[0.95, 0.05], [0.10, 0.90]])


def test_mixing_by_hand():
    predicted, weights = mixing(np.array([0.6, 0.4]), TRANSITION)
    np.testing.assert_allclose(predicted, [0.61, 0.39], atol=1e-12)
    np.testing.assert_allclose(weights, [[0.934426, 0.076923], [0.065574, 0.923077]], atol=1e-6)
    predicted, weights = mixing(np.array([0.6, 0.4]), np.eye(2))
    np.testing.assert_allclose(predicted, [0.6, 0.4])
    np.testing.assert_allclose(weights, np.eye(2))


def test_moments_of_a_mixture():
    """Against a million draws of two Gaussians (standard error 0.003)."""
    means, weights = np.array([[0.0, 1.0], [3.0, -1.0]]), np.array([0.3, 0.7])
    covariances = np.array([np.diag([1.0, 2.0]), [[2.0, 0.5], [0.5, 1.0]]])
    mean, p = moments(means, covariances, weights)
    rng = np.random.default_rng(1)
    which = rng.random(1_000_000) < 0.3
    draws = np.where(which[:, None], rng.multivariate_normal(means[0], covariances[0], 1_000_000),
                     rng.multivariate_normal(means[1], covariances[1], 1_000_000))
    np.testing.assert_allclose(mean, draws.mean(axis=0), atol=0.02)
    np.testing.assert_allclose(p, np.cov(draws.T), atol=0.03)
    several = moments(means, covariances, np.stack([weights, [1.0, 0.0]], axis=1))
    np.testing.assert_allclose(several[0], [mean, means[0]])
    np.testing.assert_allclose(several[1], [p, covariances[0]])


F, H, R = np.array([[1.0, 1.0], [0.0, 1.0]]), np.array([[1.0, 0.0]]), np.array([[4.0]])


def readable(zs, noises, transition, start=(0.5, 0.5)):
    """An IMM of nearly-constant-velocity filters that differ in process noise alone."""
    means, covariances = np.zeros((2, 2)), np.tile(20.0 * np.eye(2), (2, 1, 1))
    probability = np.array(start)
    for z in zs:
        predicted, weights = mixing(probability, transition)
        means, covariances = moments(means, covariances, weights)
        means, covariances = means @ F.T, extended_predict(covariances, F, noises)
        residual = z - means @ H.T
        spread = (H @ covariances @ H.T + R)[:, 0, 0]
        log_likelihood = -0.5 * (residual[:, 0] ** 2 / spread + np.log(2 * np.pi * spread))
        means, covariances, _ = extended_update(means, covariances, residual, H, R)
        probability = judged(predicted, log_likelihood)
    return *moments(means, covariances, probability), probability


@pytest.fixture(scope="module")
def plots():
    return np.cumsum(np.random.default_rng(2).standard_normal((40, 1)), axis=0) * 2.0


def test_equals_filterpys_estimator(plots):
    noises = np.array([0.01, 4.0])[:, None, None] * np.array([[1 / 3, 1 / 2], [1 / 2, 1.0]])
    filters = []
    for q in noises:
        single = KalmanFilter(2, 1)
        single.x, single.P, single.F, single.H, single.Q, single.R = np.zeros(2), 20.0 * np.eye(2), F, H, q, R
        filters.append(single)
    theirs = IMMEstimator(filters, np.array([0.5, 0.5]), TRANSITION)
    for z in plots:
        theirs.predict()
        theirs.update(z)
    mean, p, probability = readable(plots, noises, TRANSITION)
    np.testing.assert_allclose(mean, theirs.x, rtol=1e-8)
    np.testing.assert_allclose(p, theirs.P, rtol=1e-8)
    np.testing.assert_allclose(probability, theirs.mu, rtol=1e-8)


def test_identical_models_are_one_filter(plots):
    q = np.tile(0.5 * np.array([[1 / 3, 1 / 2], [1 / 2, 1.0]]), (2, 1, 1))
    mean, p, probability = readable(plots, q, TRANSITION)
    one, covariance = np.zeros(2), 20.0 * np.eye(2)
    for z in plots:
        covariance = extended_predict(covariance, F, q[0])
        one, covariance, _ = extended_update(F @ one, covariance, z - H @ F @ one, H, R)
    np.testing.assert_allclose(mean, one, atol=1e-12)
    np.testing.assert_allclose(p, covariance, atol=1e-12)
    np.testing.assert_allclose(probability, [2 / 3, 1 / 3], atol=1e-3)


def test_models_that_never_change_are_weighed_by_bayes(plots):
    noises = np.array([0.01, 4.0])[:, None, None] * np.array([[1 / 3, 1 / 2], [1 / 2, 1.0]])
    _, _, probability = readable(plots[:6], noises, np.eye(2), (0.3, 0.7))
    log_evidence = np.log([0.3, 0.7])
    for k, q in enumerate(noises):
        mean, p = np.zeros(2), 20.0 * np.eye(2)
        for z in plots[:6]:
            p, mean = extended_predict(p, F, q), F @ mean
            spread, residual = (H @ p @ H.T + R)[0, 0], z - H @ mean
            log_evidence[k] -= 0.5 * (residual[0] ** 2 / spread + np.log(spread))
            mean, p, _ = extended_update(mean, p, residual, H, R)
    np.testing.assert_allclose(probability, judged(np.ones(2), log_evidence), rtol=1e-9)


def test_compiled_mixing_is_the_readable_one():
    """Free fall lent the stated prior of thrust, the moments of the mixtures are the same to 1e-9."""
    rng, h = np.random.default_rng(3), 2.0
    motion = motion_of(TrackerSettings())
    root = rng.standard_normal((2, 7, 7)) * np.array([100.0] * 3 + [10.0] * 3 + [5.0])[:, None]
    p, x = root @ np.swapaxes(root, 1, 2), rng.standard_normal((2, 7)) * np.array([1e3] * 3 + [100.0] * 3 + [30.0])
    imm_state = np.zeros(1, IMM)[0]
    coast, burn = imm_state["filters"][imm.COAST], imm_state["filters"][imm.BURN]
    for k, f in enumerate((coast, burn)):
        f[:7, :7], f[MEAN] = p[k], x[k]
    imm_state["probability"], imm_state["time"], imm_state["burned"] = 0.7, 100.0, -1e3
    x[0, 6], p[0, 6, :], p[0, :, 6] = imm.THRUST_MPS2, 0.0, 0.0
    p[0, 6, 6] = imm.THRUST_SIGMA_MPS2**2
    stop, start = 1 - np.exp(-h * motion.stop_rate), 1 - np.exp(-h * motion.start_rate)
    predicted, weights = mixing(np.array([0.3, 0.7]), np.array([[1 - start, start], [stop, 1 - stop]]))
    means, covariances = moments(x, p, weights)
    imm.mix(imm_state, h, motion, np.empty((SCRATCH, 9, 9)))
    assert imm_state["probability"] == pytest.approx(predicted[1], rel=1e-12)
    np.testing.assert_allclose(coast[MEAN, :6], means[0, :6], rtol=1e-9)
    np.testing.assert_allclose(coast[:6, :6], covariances[0, :6, :6], rtol=1e-9, atol=1e-6)
    np.testing.assert_allclose(burn[MEAN], means[1], rtol=1e-9)
    np.testing.assert_allclose(burn[:7, :7], covariances[1], rtol=1e-9, atol=1e-6)
