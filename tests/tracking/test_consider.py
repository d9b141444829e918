"""Registration errors: ignored, considered, estimated, on linear models."""

import numpy as np
import pytest

from trackfuse.tracking.reference.consider import consider_predict, consider_update
from trackfuse.tracking.reference.gaussian import extended_update


def looks_at_a_point(k, bias_sigma, noise_sigma):
    """k looks at a point of unknown place on a line, prior so wide that it says nothing: claims and true variances."""
    p, c, b = np.array([[1.0]]), np.zeros((1, 1)), np.array([[bias_sigma**2]])
    one, r = np.eye(1), np.array([[noise_sigma**2]])
    ignoring, mean = np.array([[1.0]]), np.zeros(1)
    for _ in range(k):
        mean, p, c, _ = consider_update(mean, p, c, b, np.zeros(1), one, one, r)
        _, ignoring, _ = extended_update(mean, ignoring, np.zeros(1), one, r)
    return p[0, 0], ignoring[0, 0], bias_sigma**2 + noise_sigma**2 / k


@pytest.mark.parametrize("k", [1, 3, 10, 100])
def test_ignoring_is_worse_the_more_looks(k):
    """1 mrad of each: E[NEES] = 1 + k of who ignores the bias, 1 of who considers it; k = 10: 11."""
    considered, ignoring, true = looks_at_a_point(k, 1e-3, 1e-3)
    assert true / ignoring == pytest.approx(1 + k, rel=1e-5)
    assert true / considered == pytest.approx(1.0, rel=1e-5)


def test_expected_square_is_that_of_the_noise_and_of_the_bias():
    """E[NEES] = n + b' P^-1 b, with b what the bias makes of the estimate: 40,000 draws, 5 standard errors."""
    rng = np.random.default_rng(1)
    root = rng.standard_normal((3, 3))
    p, b = root @ root.T + np.eye(3), np.array([1.0, -2.0, 0.5])
    error = b + rng.multivariate_normal(np.zeros(3), p, 40000)
    squares = np.einsum("ki,ki->k", error, np.linalg.solve(p, error.T).T)
    expected = 3 + b @ np.linalg.solve(p, b)
    assert abs(squares.mean() - expected) < 5 * squares.std() / np.sqrt(len(squares))


def test_radars_that_are_out_of_register_cannot_tell_by_one_target():
    """Two radars in the plane, an offset of range and of azimuth each: rank of what one look of both tells of the four,
    with one target 2, with two 4, but then to kilometres and tens of milliradians only.
    """
    radars, targets = np.array([[0.0, 0.0], [300e3, 0.0]]), np.array([[150e3, 200e3], [160e3, 210e3]])

    def information(seen):
        rows = []
        for t, target in enumerate(seen):
            for s, site in enumerate(radars):
                d = target - site
                r = np.hypot(*d)
                for k, gradient in enumerate((d / r, np.array([d[1], -d[0]]) / r**2)):
                    row = np.zeros(2 * len(seen) + 4)
                    row[2 * t : 2 * t + 2], row[2 * len(seen) + 2 * s + k] = gradient, 1.0
                    rows.append(row / (100.0, 1e-3)[k])
        h = np.array(rows)
        full = h.T @ h
        n = 2 * len(seen)
        return full[n:, n:] - full[n:, :n] @ np.linalg.solve(full[:n, :n], full[:n, n:])

    scale = np.diag([100.0, 1e-3, 100.0, 1e-3])
    one, two = (scale @ information(targets[:k]) @ scale for k in (1, 2))
    assert np.linalg.matrix_rank(one, tol=1e-9) == 2
    assert np.linalg.matrix_rank(two, tol=1e-9) == 4
    sigma = np.sqrt(np.diag(scale @ np.linalg.inv(two) @ scale))
    assert sigma[[0, 2]].max() > 1e3
    assert sigma[[1, 3]].max() > 1e-2


class Crossing:
    """A target that moves evenly through a plane past two direction finders, each with a bias of its own; `runs` draws.

    Directions are taken to first order about the true path: what is tested is not linearisation.
    """

    def __init__(self, runs, *, bias_sigma=2e-3, noise_sigma=1e-3, steps=60):
        rng = np.random.default_rng(7)
        self.sites = np.array([[0.0, 0.0], [40e3, 0.0]])
        self.runs, self.steps, self.bias_sigma, self.noise = runs, steps, bias_sigma, noise_sigma
        self.start, self.p0 = np.array([-40e3, 60e3, 1500.0, -200.0]), np.diag([5e3, 5e3, 200.0, 200.0]) ** 2
        self.guess = self.start + rng.multivariate_normal(np.zeros(4), self.p0, runs)
        self.bias = bias_sigma * rng.standard_normal((runs, 2))
        self.v = noise_sigma * rng.standard_normal((runs, steps, 2))
        self.f = np.eye(4) + np.eye(4, k=2)
        self.truth = [np.tile(self.start, (runs, 1))]
        for _ in range(steps):
            self.truth.append(self.truth[-1] @ self.f.T)

    def look(self, mean, truth, step, s):
        """Residual, gradient by the state and covariance of the noise of one look of a finder."""
        off = truth[:, :2] - self.sites[s]
        flat = np.sum(off**2, axis=1)
        jacobian = np.zeros((self.runs, 1, 4))
        jacobian[:, 0, 0], jacobian[:, 0, 1] = off[:, 1] / flat, -off[:, 0] / flat
        left = np.einsum("ki,ki->k", jacobian[:, 0], truth - mean[:, :4]) + self.bias[:, s] + self.v[:, step, s]
        return left[:, None], jacobian, np.full((self.runs, 1, 1), self.noise**2)

    def filtered(self, how):
        """Squares of the normalised error of every run at the end, and of the biases where they are estimated."""
        mean, p = self.guess.copy(), np.tile(self.p0, (self.runs, 1, 1))
        n, b = 4, np.tile(self.bias_sigma**2 * np.eye(2), (self.runs, 1, 1))
        if how == "estimated":
            mean = np.concatenate([mean, np.zeros((self.runs, 2))], axis=1)
            p = np.block([[p, np.zeros((self.runs, 4, 2))], [np.zeros((self.runs, 2, 4)), b]])
        f, q = np.eye(mean.shape[1]), np.zeros((mean.shape[1],) * 2)
        f[:4, :4] = self.f
        cross = np.zeros((self.runs, n, 2))
        for step in range(self.steps):
            mean = mean @ f.T
            p, cross = consider_predict(p, cross, f, q) if how != "estimated" else (f @ p @ f.T + q, cross)
            for s in range(2):
                left, h, r = self.look(mean, self.truth[step + 1], step, s)
                d = np.zeros((self.runs, 1, 2))
                d[:, 0, s] = 1.0
                if how == "considered":
                    mean, p, cross, _ = consider_update(mean, p, cross, b, left, h, d, r)
                elif how == "ignored":
                    mean, p, _ = extended_update(mean, p, left, h, r)
                else:
                    left = left - mean[:, 4 + s : 5 + s]
                    mean, p, _ = extended_update(mean, p, left, np.concatenate([h, d], axis=2), r)
        error = mean - np.concatenate([self.truth[-1], self.bias], axis=1)[:, : mean.shape[1]]
        squares = np.einsum("ki,ki->k", error, np.linalg.solve(p, error[..., None])[..., 0])
        return squares, np.sqrt(np.einsum("kii->ki", p)[:, 4:].mean(axis=0))


def test_schmidt_is_consistent_where_ignoring_is_not():
    """400 runs of a crossing target: mean NEES of four states within 4 +- 4.5 * sqrt(8 / 400) = 3.37 to 4.63 (false
    failure below 1e-5, and the seed is fixed) for Schmidt's filter, far above for one that ignores the biases; and
    within 6 +- 0.78 for the augmented state, which finds the biases better than they were known.
    """
    case = Crossing(400)
    squares, _ = case.filtered("considered")
    assert abs(squares.mean() - 4.0) < 4.5 * np.sqrt(8 / 400)
    assert case.filtered("ignored")[0].mean() > 10.0
    squares, sigma = case.filtered("estimated")
    assert abs(squares.mean() - 6.0) < 4.5 * np.sqrt(12 / 400)
    assert (sigma < 0.7 * case.bias_sigma).all()
