"""A node's filter after the last data and the centralised batch estimate are the same number when there is no noise."""

import numpy as np
import pytest

from trackfuse.kernels.batch import predicted
from trackfuse.kernels.measurement import look_at, wrapped
from trackfuse.tracking import batch
from trackfuse.tracking.packing import packed


def filtered_about(rows, start, prior):
    """One pass of the linear filter about the path from `start`: state at the last plot and its covariance."""
    phi = np.zeros((6, 6))
    p, offset, now = prior.copy(), np.zeros(6), rows["t_s"][0]
    state = start
    for row in rows:
        if row["t_s"] > now:
            state = predicted(state, now, row["t_s"], 0.0, phi)
            p, offset, now = phi @ p @ phi.T, phi @ offset, row["t_s"]
        r, az, el, g = look_at(*state[:3], row)
        left = np.array([row["z"][0] - r, wrapped(row["z"][1] - az), row["z"][2] - el])
        g = np.array(g).reshape(3, 3)
        for k in range(3):
            h = np.r_[g[k], 0.0, 0.0, 0.0]
            s = h @ p @ h + row["sigma"][k] ** 2
            offset = offset + p @ h / s * (left[k] - h @ offset)
            p = p - np.outer(p @ h, p @ h) / s
    return state + offset, 0.5 * (p + p.T)


@pytest.mark.parametrize("received", ["in order", "late"])
def test_filter_and_batch_agree_without_process_noise(long_flight, seen, received):
    """What a hub holds once the last data are in does not depend on when they came, and equals the batch estimate of
    all of them to 1e-8 relative, if both are iterated to the end: the filter is run again along its own result until
    that stays (Gauss-Newton in another form). One pass, linearised on the way, differs by its linearisation.
    Covariances agree to 1e-4 of the variances: the batch carries its own to the last plot in longer steps.
    """
    plots = seen(long_flight, {"west": 3.0, "east": 5.0})
    rows = np.flatnonzero((plots.t > long_flight.burnout_s + 20.0) & (plots.t < long_flight.burnout_s + 120.0))
    z = plots.noisy(np.random.default_rng(4))
    order = rows if received == "in order" else np.random.default_rng(5).permutation(rows)
    last = float(plots.t[rows[-1]])
    found = plots.detections(z)
    whole = batch(found.select(order), last)
    assert whole.converged
    table = packed(found.select(rows))
    phi, prior = np.zeros((6, 6)), np.diag([1e6] * 3 + [1e5] * 3) ** 2
    start = predicted(whole.mean, last, table["t_s"][0], 0.0, phi) + np.r_[300.0, -200.0, 100.0, 5.0, -3.0, 2.0]
    for _ in range(6):
        mean, covariance = filtered_about(table, start, prior)
        start = predicted(mean, last, table["t_s"][0], 0.0, phi)
    size = np.sqrt(np.diag(whole.covariance))
    np.testing.assert_allclose(mean, whole.mean, rtol=1e-8)
    assert np.abs((mean - whole.mean) / size).max() < 1e-4
    assert np.abs((covariance - whole.covariance) / np.outer(size, size)).max() < 1e-4
