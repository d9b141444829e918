"""What a track claims of what it has not seen: pushes, bends, burns and landings."""

import numpy as np
import pytest

from trackfuse.kernels import fusion, imm
from trackfuse.kernels.filter import MEAN, SCRATCH, compensated
from trackfuse.kernels.geodesy import altitude, enu_from_ecef
from trackfuse.kernels.measurement import look_at
from trackfuse.kernels.records import DETECTION, IMM
from trackfuse.tracking import TrackerSettings, track
from trackfuse.tracking.packing import motion_of

GAP = (93.0, 147.0)
CYCLES = np.arange(5.0, 300.0, 5.0)


@pytest.mark.parametrize("deviations", [1.0, 2.0, 3.0, 4.0, 5.0])
def test_a_range_bent_by_an_error_across_counts_for_no_more_than_that_error(deviations):
    """A target 5,000 km away, known to 20 km across the line of sight and lying that many deviations off: what the
    range is then longer than its compensated value stays within as many deviations of what is claimed.
    """
    plot, f = np.zeros(1, DETECTION)[0], np.zeros((8, 7))
    plot["site"], plot["sigma"], plot["rate_sigma"] = (6378e3, 0.0, 0.0), 1e-3, np.inf
    plot["enu"] = enu_from_ecef(0.0, 0.0).ravel()
    f[MEAN, :3] = 6378e3 + 3e6, 4e6, 0.0
    f[2, 2] = 20e3**2
    plot["z"][0] = look_at(*f[MEAN, :2], deviations * 20e3, plot)[0]
    seen = compensated(f, plot)
    left = seen.range_m - look_at(*f[MEAN, :3], plot)[0]
    assert abs(left) <= deviations * seen.range_sigma * 1.001


def test_an_unseen_push_to_one_side_is_claimed(long_flight):
    """Across the velocity after 60 s without a plot: the variance of a constant push, q (t^2 + tau^2) / (2 tau), to
    5 % (gravity and thrust turn it); white noise alone would leave a third of the deviation.
    """
    motion, imm_state = motion_of(TrackerSettings(steering_psd=400.0, thrust_psd=0.0)), np.zeros(1, IMM)[0]
    state = long_flight.at(100.0)
    for row in (imm.COAST, imm.BURN):
        imm_state["filters"][row, MEAN, :6] = state
        imm_state["filters"][row, :7, :7] = np.eye(7) * 1e-6
    imm_state["probability"] = 1.0 - 1e-9
    imm_state["time"] = imm_state["burned"] = imm_state["seen"] = 100.0
    motion = motion._replace(stop_rate=1e-12)
    imm.predict(imm_state, 160.0, motion, np.zeros((SCRATCH, 9, 9)))
    burn = imm_state["filters"][imm.BURN]
    across = np.cross(burn[MEAN, 3:6], burn[MEAN, :3])
    across /= np.linalg.norm(across)
    found = across @ burn[3:6, 3:6] @ across
    tau = imm.STEERED_S
    assert found == pytest.approx(400.0 * (60.0**2 + tau**2) / (2.0 * tau), rel=0.05)


def follow(plots, z, received, rows, engine="compiled"):
    held = plots.detections(z).select(rows)
    confirmed = np.zeros((1, received.shape[1]))
    return track(held, received[rows], CYCLES, TrackerSettings(engine=engine), confirmed).tracks


def test_what_was_lost_while_it_burned_starts_anew(long_flight, seen):
    """Seen until 93 s and from 147 s on, the engine burning until 148 s: given up in between, and then the very track
    of a node that has only the plots after the gap, in whatever order they come; with filterpy to 1e-7.
    """
    plots = seen(long_flight, {"west": 2.0, "ship": 1.0})
    z = plots.noisy(np.random.default_rng(5))
    delay = np.stack([np.ones(len(plots.t)), np.random.default_rng(6).uniform(1.0, 9.0, len(plots.t))], axis=1)
    received = plots.t[:, None] + delay
    before, after = np.flatnonzero(plots.t < GAP[0]), np.flatnonzero(plots.t > GAP[1])
    assert len(before) > 5
    whole = follow(plots, z, received, np.r_[before, after])
    fresh = follow(plots, z, received, after)
    assert (whole.status[:, (CYCLES > 130.0) & (GAP[1] > CYCLES)] == 0).all()
    settled = GAP[1] + 15.0 < CYCLES
    assert (whole.status[:, settled] == 1).all()
    np.testing.assert_array_equal(whole.mean[:, settled], fresh.mean[:, settled])
    np.testing.assert_array_equal(whole.covariance[:, settled], fresh.covariance[:, settled])
    other = follow(plots, z, received[:, :1], np.r_[before, after], "filterpy")
    assert (other.status == whole.status[:1]).all()
    np.testing.assert_allclose(other.mean[:, settled], whole.mean[:1, settled], rtol=1e-7)


def test_what_has_come_down_stays_there():
    """A report of a fall at 7 km/s from 300 km carried on far beyond its landing: below the ground by a step at most,
    and still on its way down, so that it is known for one that comes in.
    """
    motion, east, up = motion_of(TrackerSettings()), np.array([0.0, 1.0, 0.0]), np.array([1.0, 0.0, 0.0])
    for angle in np.deg2rad([20.0, 35.0, 60.0, 85.0]):
        for seconds in (100.0, 300.0, 1000.0):
            f = np.zeros((8, 7))
            f[:6, :6] = np.diag([1e6] * 3 + [1e3] * 3)
            f[MEAN, :3], f[MEAN, 3:6] = (6378e3 + 300e3) * up, 7e3 * (np.cos(angle) * east - np.sin(angle) * up)
            fusion.extrapolate(f, 0.0, seconds, motion, np.zeros((SCRATCH, 9, 9)))
            assert np.isfinite(f).all()
            assert altitude(*f[MEAN, :3]) > -8e3
            assert fusion.entering(f) or altitude(*f[MEAN, :3]) > 100e3
