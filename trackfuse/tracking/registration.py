"""What registration errors do to every node's own tracks: considered in what they claim, or estimated with them."""

from dataclasses import dataclass, replace

import numpy as np

from trackfuse.kernels.node_state import Reception
from trackfuse.sensing import Detections
from trackfuse.tracking.packing import packed
from trackfuse.tracking.track import LocalTracks


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """Own tracks with what is known of registration errors, and that knowledge.

    Parameters
    ----------
    local : LocalTracks
        K tracks at J cycles whose covariances hold what the errors add, and whose means are free of what was estimated.
    part : ndarray, shape (K, J, 6, 6)
        Of these covariances, what the errors add (m^2, m^2/s, m^2/s^2): it does not average down with more looks.
    size, sigma : ndarray, shape (K, J, S, E)
        Estimated errors of S sensors and their standard deviations, as shares of the stated standard deviations; 0 and
        1 where nothing is known beyond these, and if errors are considered only.
    """

    local: LocalTracks
    part: np.ndarray
    size: np.ndarray
    sigma: np.ndarray


def register(
    local: LocalTracks,
    detections: Detections,
    received_s: np.ndarray,
    gradient: np.ndarray,
    cycle_s: np.ndarray,
    *,
    estimate: bool = False,
) -> Registered:
    """Work out what errors that are the same for all looks of a sensor do to tracks that took them for noise.

    Parameters
    ----------
    local : LocalTracks
        K own tracks of N nodes at J cycles, as from `track`.
    detections : Detections
        The m that they were made of, by S sensors.
    received_s : ndarray, shape (m, N)
        When each node had each of them, s.
    gradient : ndarray, shape (m, 3, E)
        What one standard deviation of each of E independent errors of its sensor adds to a detection's range (m),
        azimuth and elevation (rad): detections of one sensor share the errors.
    cycle_s : ndarray, shape (J,)
    estimate : bool
        Whether the errors are also estimated, by what each track's detections differ from it by, and taken off.

    Returns
    -------
    Registered

    Notes
    -----
    Consider covariance analysis (Bierman 1977, VIII): the tracker's gains stay as they are, and what they make of
    constant errors is predicted with it; Schmidt's filter would choose them for it. The gains are
    reconstructed from the tracks' covariances, cycle by cycle and in free fall: exact for a linear filter without
    process noise whose detections come at the cycles, some per cent off in coast, a rough figure while the engine
    burns. Estimates are those of the separate-bias filter (Friedland 1969), each track's by itself, by detections of a
    target in free fall above the air: elsewhere a difference is as likely the target's as the sensor's.
    """
    tracks, cycles = local.tracks, len(cycle_s)
    count, errors = int(detections.sensor.max(initial=-1)) + 1, gradient.shape[2]
    part, size = np.zeros(tracks.covariance.shape), np.zeros((len(tracks.node), cycles, count, errors))
    sigma, shift = np.ones_like(size), np.zeros(tracks.mean.shape)
    wrong = gradient.any(axis=(1, 2))
    for node in np.unique(tracks.node) if cycles else ():
        rows = np.flatnonzero(tracks.node == node)
        sensors = np.unique(detections.sensor[wrong & (local.assigned[:, node] >= 0)])
        if sensors.size:
            made = _of_node(local, rows, detections, received_s[:, node], gradient, sensors, cycle_s, estimate)
            part[rows], shift[rows] = made.part, made.shift
            if estimate:
                shape = (len(rows), cycles, len(sensors), errors)
                size[np.ix_(rows, range(cycles), sensors)] = made.size.reshape(shape)
                sigma[np.ix_(rows, range(cycles), sensors)] = made.sigma.reshape(shape)
    better = replace(tracks, mean=tracks.mean + shift, covariance=tracks.covariance + part)
    return Registered(local=replace(local, tracks=better), part=part, size=size, sigma=sigma)


def _of_node(local, rows, detections, received_s, gradient, sensors, cycle_s, estimate):
    """What the errors of some sensors do to the tracks of one node, as the kernel gives it."""
    from trackfuse.kernels.consider_covariance import RegistrationErrors, RegistrationEstimate, registration_parts

    tracks, width = local.tracks.select(rows), gradient.shape[2]
    place = np.full(int(detections.sensor.max()) + 1, -1)
    place[sensors] = width * np.arange(len(sensors))
    # A track's own detections alone have moved it.
    mine = local.assigned[:, [local.tracks.node[rows[0]]]] == rows
    received = np.ascontiguousarray(np.where(mine, received_s[:, None], np.inf).T, dtype=float)
    shape = (len(rows), len(cycle_s), width * len(sensors) if estimate else 0)
    out = RegistrationEstimate(
        np.zeros((*shape[:2], 6, 6)), np.zeros((*shape[:2], 6)), np.zeros(shape), np.ones(shape)
    )  # fmt: skip
    registration_parts(
        packed(detections), Reception(received, np.argsort(received, axis=1, kind="stable"), cycle_s),
        RegistrationErrors(np.ascontiguousarray(gradient), place[detections.sensor], width * len(sensors)),
        tracks.arrays(), estimate, out,
    )  # fmt: skip
    return out
