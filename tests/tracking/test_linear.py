"""Tracklets and late measurements on linear models, exactly: every estimator is followed by its response to each unit
of noise.

An estimate's mean is a matrix, one column a unit of noise, so that its true mean squared error is a product of
matrices and nothing is drawn. The tables are of models in the literature, recomputed from these models.
"""

import numpy as np
import pytest
from scipy.linalg import solve_discrete_are

from trackfuse.core.errors import SettingsError
from trackfuse.tracking.reference.oosm import late_update
from trackfuse.tracking.reference.rules import add_information, bar_shalom_campo, covariance_intersection
from trackfuse.tracking.reference.tracklet import add_tracklets, tracklet

H = np.array([[1.0, 0.0]])


def moved(d):
    return np.array([[1.0, d], [0.0, 1.0]])


def walk(d, q):
    """Nearly constant velocity, continuous white acceleration."""
    return q * np.array([[d**3 / 3, d * d / 2], [d * d / 2, d]])


def update(mean, p, z, r=1.0):
    gain = p @ H.T / (p[0, 0] + r)
    left = np.eye(2) - gain @ H
    return mean + gain @ (z - H @ mean), left @ p @ left.T + r * gain @ gain.T


class Noise:
    """Columns of unit noises and their covariance; what is not yet drawn has no column."""

    def __init__(self, start):
        self.blocks = [start]

    def draw(self, covariance):
        """Response (n, columns so far + n) of a new independent noise to be padded by `wide`."""
        before = sum(len(block) for block in self.blocks)
        self.blocks.append(np.atleast_2d(covariance))
        n = len(self.blocks[-1])
        return np.hstack([np.zeros((n, before)), np.eye(n)])

    @property
    def columns(self):
        return sum(len(block) for block in self.blocks)

    def wide(self, response):
        return np.hstack([response, np.zeros((response.shape[0], self.columns - response.shape[1]))])

    def square(self, one, two):
        """E[one two'] of two responses."""
        one, two, at, out = self.wide(one), self.wide(two), 0, 0.0
        for block in self.blocks:
            part = slice(at, at + len(block))
            out = out + one[:, part] @ block @ two[:, part].T
            at += len(block)
        return out


def two_trackers(q, interval, rule, cycles):
    """Fused estimate of two trackers that report every `interval` samples. Returns true and claimed covariance, both
    of one tracker, and the centralised covariance at the end.
    """
    start, f, qd = 10.0 * np.eye(2), moved(1.0), walk(1.0, q)
    noise = Noise(start)
    truth = np.eye(2)
    zero = (np.zeros((2, 2)), start)
    local, sent, fused, central = [zero, zero], [zero, zero], zero, start
    for _ in range(cycles):
        for _ in range(interval):
            step = noise.draw(qd) if q else np.zeros((2, noise.columns))
            truth = f @ noise.wide(truth) + step
            central = f @ central @ f.T + qd
            central = np.linalg.inv(np.linalg.inv(central) + 2 * H.T @ H)
            carried = [[(f @ m, f @ p @ f.T + qd) for m, p in group] for group in (local, sent, [fused])]
            local, sent, fused = carried[0], carried[1], carried[2][0]
            seen = []
            for mean, p in local:
                error = noise.draw(np.eye(1))
                z = noise.wide(H @ truth) + error
                seen.append(update(noise.wide(mean), p, z))
            local = [(noise.wide(m), p) for m, p in seen]
        local, sent = ([(noise.wide(m), p) for m, p in group] for group in (local, sent))
        fused = noise.wide(fused[0]), fused[1]
        truth = noise.wide(truth)
        if rule == "add":
            fused = add_information(*local)
        elif rule == "campo":
            cross = noise.square(local[0][0] - truth, local[1][0] - truth)
            fused = bar_shalom_campo(*local, cross)
        elif rule == "intersect":
            fused = covariance_intersection(*local, weight=0.5)[:2]
        else:
            fused = add_tracklets(fused, [tracklet(now, before) for now, before in zip(local, sent, strict=True)])
        sent = [fused, fused] if rule == "feedback" else list(local)
        local = [fused, fused] if rule == "feedback" else local
    error = fused[0] - truth
    return noise.square(error, error), fused[1], local[0][1], central


def centralised(q):
    ahead = solve_discrete_are(moved(1.0).T, H.T, walk(1.0, q), np.array([[0.5]]))
    gain = ahead @ H.T / (ahead[0, 0] + 0.5)
    return (np.eye(2) - gain @ H) @ ahead


@pytest.mark.parametrize(
    ("q", "interval", "rule", "position", "area", "claim"),
    [
        (0.01, 1, "add", 1.0475, 1.0320, 1.474), (0.01, 1, "campo", 1.0475, 1.0320, 1.000),
        (0.01, 1, "intersect", 1.0475, 1.0320, 0.737), (0.01, 1, "tracklet", 1.0, 1.0, 1.0),
        (0.01, 10, "tracklet", 1.0009, 1.0146, 1.128), (0.01, 10, "feedback", 1.0015, 1.0137, 1.096),
        (1.0, 1, "add", 1.0355, 1.0311, 1.436), (1.0, 1, "campo", 1.0355, 1.0311, 1.000),
        (1.0, 1, "intersect", 1.0355, 1.0311, 0.718), (1.0, 5, "tracklet", 1.0022, 1.0271, 1.202),
        (1.0, 5, "feedback", 1.0014, 1.0301, 1.186), (10.0, 10, "add", 1.0212, 1.0202, 1.430),
        (10.0, 10, "tracklet", 1.0118, 1.0282, 1.366), (10.0, 10, "feedback", 1.0118, 1.0296, 1.365),
    ],
)
def test_two_trackers_in_steady_state(q, interval, rule, position, area, claim):
    """Mean squared error over the centralised filter's, area of the ellipse over its, and half the expected NEES (1 is
    right).

    After Chang, Saha & Bar-Shalom (1997): adding is too sure by 43 to 47 %, intersection too cautious by as much.
    """
    samples = {0.01: 120, 1.0: 60, 10.0: 60}[q]
    true, claimed, _, _ = two_trackers(q, interval, rule, samples // interval)
    best = centralised(q)
    assert true[0, 0] / best[0, 0] == pytest.approx(position, abs=1e-4)
    assert np.sqrt(np.linalg.det(true) / np.linalg.det(best)) == pytest.approx(area, abs=1e-4)
    assert np.trace(np.linalg.solve(claimed, true)) / 2 == pytest.approx(claim, abs=1e-3)


@pytest.mark.parametrize(("q", "ratio"), [(0.01, 1.7485), (1.0, 1.8600), (10.0, 1.9367)])
def test_one_tracker_against_both(q, ratio):
    """Position variance of one tracker over that of the centralised filter, in steady state."""
    ahead = solve_discrete_are(moved(1.0).T, H.T, walk(1.0, q), np.eye(1))
    one = update(np.zeros((2, 1)), ahead, np.zeros((1, 1)))[1]
    assert one[0, 0] / centralised(q)[0, 0] == pytest.approx(ratio, abs=1e-4)


@pytest.mark.parametrize("q", [1e-3, 0.1, 10.0])
def test_adding_is_too_sure_and_intersection_as_much_too_cautious(q):
    """Half the expected NEES, whatever the process noise: adding 1.43 to 1.50, intersection half of that, Campo 1."""
    found = {}
    for rule in ("add", "intersect", "campo"):
        true, claimed, _, _ = two_trackers(q, 1, rule, 200 if q < 0.01 else 60)
        found[rule] = np.trace(np.linalg.solve(claimed, true)) / 2
    assert 1.43 < found["add"] < 1.50
    assert found["intersect"] == pytest.approx(found["add"] / 2, rel=1e-9)
    assert found["campo"] == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize(
    ("q", "interval", "cycles"), [(0.0, 1, 20), (0.0, 5, 6), (0.0, 10, 4), (0.1, 1, 40), (10.0, 1, 40)]
)
@pytest.mark.parametrize("rule", ["tracklet", "feedback"])
def test_tracklets_lose_nothing(q, interval, cycles, rule):
    """At every sample with process noise, at any interval without: the centralised filter, in truth and in claim."""
    true, claimed, _, central = two_trackers(q, interval, rule, cycles)
    np.testing.assert_allclose(true, central, rtol=1e-10)
    np.testing.assert_allclose(claimed, central, rtol=1e-10)


def test_on_a_tree_nothing_counts_twice():
    """Three nodes with a common prior of variance 4 and a unit measurement each: 4/13, where adding claims 4/15."""
    prior, node = (np.array([2.0]), np.array([[4.0]])), []
    for z in (1.0, 2.5, 4.0):
        p = 1 / (1 / 4 + 1.0)
        node.append((np.array([p * (2.0 / 4 + z)]), np.array([[p]])))
    mean, p = add_tracklets(prior, [tracklet(each, prior) for each in node])
    assert p[0, 0] == pytest.approx(4 / 13, rel=1e-12)
    assert mean[0] == pytest.approx((2.0 / 4 + 7.5) * 4 / 13, rel=1e-12)


class Late:
    """Updates at 1..12, then the measurement of 12 - lag + 0.5 arrives."""

    def __init__(self, q, lag):
        self.late, start = 12 - lag + 0.5, np.array([[1.0, 1.0], [1.0, 2.0]])
        self.noise, self.q, self.lag = Noise(start), q, lag
        truth, now, self.z = np.eye(2), 0.0, {}
        for t in sorted([*range(1, 13), self.late]):
            step = self.noise.draw(walk(t - now, q)) if q else 0.0
            truth = self.noise.wide(moved(t - now) @ truth) + step
            error = self.noise.draw(np.eye(1))
            self.z[t], now = self.noise.wide(H @ truth) + error, t
        self.truth, self.start = self.noise.wide(truth), start

    def filtered(self, times):
        mean, p, now = np.zeros((2, self.noise.columns)), self.start, 0.0
        for t in times:
            f = moved(t - now)
            mean, p = update(f @ mean, f @ p @ f.T + walk(t - now, self.q), self.noise.wide(self.z[t]))
            now = t
        return mean, p

    def by(self, algorithm):
        d, e = float(self.lag), 12 - self.late
        return late_update(
            self.filtered(range(1, 13)), self.filtered(range(1, 13 - self.lag)), self.noise.wide(self.z[self.late]), H,
            np.eye(1), since_before=(moved(d), walk(d, self.q)), since_late=(moved(e), walk(e, self.q)),
            algorithm=algorithm,
        )

    def square(self, mean):
        return self.noise.square(mean - self.truth, mean - self.truth)


@pytest.mark.parametrize(
    ("lag", "q", "best", "dropped", "a", "b", "ignored"),
    [
        (1, 0.1, (0.406414, 0.197663), (0.548582, 0.208163), None, (0.406414, 0.197663), (0.501774, 0.354248)),
        (1, 0.5, (0.518687, 0.629692), (0.695465, 0.641131), None, (0.518691, None), (0.832566, 0.410191)),
        (1, 1.0, (0.574821, 1.028645), (0.756738, 1.034294), None, (0.574834, None), (1.183204, 0.430763)),
        (1, 4.0, (0.698280, 2.670608), (0.864145, 2.688994), None, (0.698381, 2.670619), (3.255726, 0.463561)),
        (2, 0.5, (0.667281, 0.630455), (0.695465, 0.641131), (0.667815, 0.630501), (0.668030, 0.630640),
         (3.492969, 0.410191)),
        (2, 4.0, (0.862769, 2.575048), (0.864145, 2.688994), (0.865903, 2.587533), (0.864454, 2.607850),
         (None, 0.463561)),
        (3, 0.5, (0.695078, 0.624594), (0.695465, 0.641131), (0.697213, 0.625862), (0.696406, 0.627940),
         (8.272, 0.410191)),
    ],
)
def test_late_measurement(lag, q, best, dropped, a, b, ignored):
    """True variances of position and velocity; Bar-Shalom (2002), Bar-Shalom, Chen & Mallick (2004), their class of
    case.

    Algorithm A is the same as reprocessing for one lag; for more both lose little; ignoring the time stamp is worst,
    and claims to be best.
    """
    case = Late(q, lag)
    optimal, p = case.filtered(sorted([*range(1, 13), case.late]))
    np.testing.assert_allclose(np.diag(case.square(optimal)), best, atol=1e-6)
    current = case.filtered(range(1, 13))
    np.testing.assert_allclose(np.diag(case.square(current[0])), dropped, atol=1e-6)
    for algorithm, expected in (("A", a or best), ("B", b)):
        mean, _ = case.by(algorithm)
        for variance, value in zip(np.diag(case.square(mean)), expected, strict=True):
            assert value is None or variance == pytest.approx(value, abs=2e-6)
    if lag == 1:
        mean, claimed = case.by("A")
        np.testing.assert_allclose(mean, optimal, atol=1e-10)
        np.testing.assert_allclose(claimed, p, atol=1e-10)
        assert case.square(case.by("B")[0])[0, 0] == pytest.approx(best[0], rel=2e-4)
    naive, claimed = update(*current, case.noise.wide(case.z[case.late]))
    assert ignored[0] is None or case.square(naive)[0, 0] == pytest.approx(ignored[0], rel=1e-4)
    assert claimed[0, 0] == pytest.approx(ignored[1], abs=1e-6)


@pytest.mark.parametrize("lag", [1, 2, 3, 6])
def test_without_process_noise_late_is_as_good_as_in_time(lag):
    case = Late(0.0, lag)
    optimal, p = case.filtered(sorted([*range(1, 13), case.late]))
    for algorithm in ("A", "B"):
        mean, claimed = case.by(algorithm)
        np.testing.assert_allclose(mean, optimal, atol=1e-8)
        np.testing.assert_allclose(claimed, p, atol=1e-8)


def test_an_unknown_algorithm_is_refused():
    with pytest.raises(SettingsError, match="algorithm"):
        late_update((np.zeros(2), np.eye(2)), (np.zeros(2), np.eye(2)), np.zeros(1), H, np.eye(1),
                    since_before=(moved(1.0), np.eye(2)), since_late=(moved(1.0), np.eye(2)),
                    algorithm="C")  # type: ignore[arg-type]
