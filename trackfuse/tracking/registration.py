"""What registration errors do to every node's own tracks: considered in what they claim, or estimated with them."""

from dataclasses import dataclass, replace

import numpy as np

from trackfuse.kernels.bias_estimation import BiasEstimate, estimate_biases
from trackfuse.kernels.consider_covariance import RegistrationErrors, new_response, registration_parts
from trackfuse.kernels.node_state import Reception, TrackArrays
from trackfuse.sensing import Detections
from trackfuse.tracking.packing import packed
from trackfuse.tracking.track import LocalTracks


@dataclass(frozen=True, slots=True, kw_only=True)
class Joint:
    """What a track tells of its target and of its sensors' errors together, when that last flew freely and was known.

    Parameters
    ----------
    cycle : int
    sensors : ndarray of int, shape (c,)
        Whose errors follow the state, E of each.
    mean : ndarray, shape (6 + c E,)
        ECEF state (m, m/s), then errors as shares of their stated standard deviations.
    covariance : ndarray, shape (6 + c E, 6 + c E)
        Of `mean`, in its units squared.
    """

    cycle: int
    sensors: np.ndarray
    mean: np.ndarray
    covariance: np.ndarray

    def seeing(self, mean: np.ndarray, covariance: np.ndarray) -> "Joint":
        """The same once an independent estimate of the state is known, such as another nation's report.

        Parameters
        ----------
        mean : ndarray, shape (6,)
            ECEF, m and m/s.
        covariance : ndarray, shape (6, 6)
            m^2, m^2/s and m^2/s^2.

        Returns
        -------
        Joint

        Notes
        -----
        The linear update of least mean square error: Bar-Shalom, Li & Kirubarajan 2001, 3.3.
        """
        across = self.covariance[:, :6]
        gain = np.linalg.solve(self.covariance[:6, :6] + covariance, across.T).T
        return replace(
            self, mean=self.mean + gain @ (mean - self.mean[:6]), covariance=self.covariance - gain @ across.T
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """Own tracks with what is known of registration errors, and that knowledge.

    Parameters
    ----------
    local : LocalTracks
        K tracks at J cycles whose covariances hold what the errors add, and whose means are free of what was estimated.
    part : ndarray, shape (K, J, 6, 6)
        Of these covariances, what the errors add (m^2, m^2/s, m^2/s^2): it does not average down with more looks.
    joint : tuple of (Joint or None), length K
        None where a track saw no free flight or was never well known, or errors are considered only.
    """

    local: LocalTracks
    part: np.ndarray
    joint: tuple[Joint | None, ...]


def register(
    local: LocalTracks,
    detections: Detections,
    received_s: np.ndarray,
    gradient: np.ndarray,
    cycle_s: np.ndarray,
    noise: Detections | None = None,
) -> Registered:
    """Work out what errors that are the same for all looks of a sensor do to tracks that took them for noise.

    Parameters
    ----------
    local : LocalTracks
        K own tracks of N nodes at J cycles, as from `track`.
    detections : Detections
        The m that they were made of, by S sensors, with the standard deviations that the tracker read.
    received_s : ndarray, shape (m, N)
        When each node had each of them, s.
    gradient : ndarray, shape (m, 3, E)
        What one standard deviation of each of E independent errors of its sensor adds to a detection's range (m),
        azimuth and elevation (rad): detections of one sensor share the errors.
    cycle_s : ndarray, shape (J,)
    noise : Detections, optional
        The same with the standard deviations of their noise alone: the errors are then estimated too, and taken off.
        None: they are considered only.

    Returns
    -------
    Registered

    Notes
    -----
    Consider covariance analysis (Bierman 1977, VIII): the tracker's gains stay as they are, and what they make of
    constant errors is predicted with it; Schmidt's filter would choose them for it. The gains are
    reconstructed from the tracks' covariances, cycle by cycle and in free fall: exact for a linear filter without
    process noise whose detections come at the cycles, some per cent off in coast, a rough figure while the engine
    burns. Estimates are each track's by itself (see `kernels.bias_estimation`), by detections of a target in free fall
    above the air: elsewhere a difference is as likely the target's as the sensor's.
    """
    tracks, plots = local.tracks, packed(detections)
    noises = None if noise is None else packed(noise)
    mean, covariance, part = tracks.mean.copy(), tracks.covariance.copy(), np.zeros(tracks.covariance.shape)
    joint: list[Joint | None] = [None] * len(tracks.node)
    wrong, errors = gradient.any(axis=(1, 2)), gradient.shape[2]
    for node in np.unique(tracks.node) if len(cycle_s) else ():
        rows = np.flatnonzero(tracks.node == node)
        sensors = np.unique(detections.sensor[wrong & (local.assigned[:, node] >= 0)])
        if not sensors.size:
            continue
        # A track's own detections alone have moved it.
        mine = local.assigned[:, [node]] == rows
        received = np.ascontiguousarray(np.where(mine, received_s[:, [node]], np.inf).T, dtype=float)
        place = np.full(int(detections.sensor.max()) + 1, -1)
        place[sensors] = errors * np.arange(len(sensors))
        wide = RegistrationErrors(np.ascontiguousarray(gradient), place[detections.sensor], errors * len(sensors))
        given = (_reception(received, cycle_s), wide, tracks.select(rows).arrays())
        part[rows] = _considered(plots, *given)
        covariance[rows] += part[rows]
        if noises is not None:
            before = (mean[rows], covariance[rows], part[rows])
            made = _estimated(noises, *given, before)
            mean[rows], covariance[rows], part[rows] = before
            for row, last, both, of in zip(rows, made.last, made.joint, made.joint_covariance, strict=True):
                if last >= 0:
                    joint[row] = Joint(cycle=int(last), sensors=sensors, mean=both, covariance=of)
    better = replace(tracks, mean=mean, covariance=covariance)
    return Registered(local=replace(local, tracks=better), part=part, joint=tuple(joint))


def _reception(received: np.ndarray, cycle_s: np.ndarray) -> Reception:
    return Reception(
        received, np.argsort(received, axis=1, kind="stable"), np.ascontiguousarray(cycle_s, dtype=float)
    )


def _considered(
    plots: np.ndarray, reception: Reception, errors: RegistrationErrors, tracks: TrackArrays
) -> np.ndarray:
    """Covariance that the errors add to K tracks, (K, J, 6, 6)."""
    part = np.zeros(tracks.covariance.shape)
    registration_parts((plots, errors), reception, tracks, new_response(errors.columns), part)
    return part


def _estimated(
    plots: np.ndarray, reception: Reception, errors: RegistrationErrors, tracks: TrackArrays,
    considered: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> BiasEstimate:  # fmt: skip
    """Write into the mean, covariance and part of K considered tracks what their detections say of the errors."""
    count, wide = len(tracks.status), 6 + errors.columns
    out = BiasEstimate(*considered, np.full(count, -1), np.zeros((count, wide)), np.zeros((count, wide, wide)))
    estimate_biases(plots, reception, errors, tracks, out)
    return out
