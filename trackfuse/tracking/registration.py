"""What registration errors add to the covariance of every node's own tracks."""

import numpy as np

from trackfuse.kernels.node_state import Reception
from trackfuse.sensing import Detections
from trackfuse.tracking.packing import packed
from trackfuse.tracking.track import LocalTracks


def registration_part(
    local: LocalTracks,
    detections: Detections,
    received_s: np.ndarray,
    gradient: np.ndarray,
    cycle_s: np.ndarray,
) -> np.ndarray:
    """Covariance that errors which are the same for all looks of a sensor add to tracks that took them for noise.

    Parameters
    ----------
    local : LocalTracks
        K own tracks of N nodes at J cycles, as from `track`.
    detections : Detections
        The m that they were made of.
    received_s : ndarray, shape (m, N)
        When each node had each of them, s.
    gradient : ndarray, shape (m, 3, E)
        What one standard deviation of each of E independent errors of its sensor adds to a detection's range (m),
        azimuth and elevation (rad): detections of one sensor share the errors.
    cycle_s : ndarray, shape (J,)

    Returns
    -------
    ndarray, shape (K, J, 6, 6)
        To be added to the tracks' covariances (m^2, m^2/s, m^2/s^2): it does not average down with more looks. 0 where
        there is no track.

    Notes
    -----
    Consider covariance analysis (Bierman 1977, VIII): the tracker's gains stay as they are, and what they make of
    constant errors is predicted with it; Schmidt's filter would choose them for it. The gains are
    reconstructed from the tracks' covariances, cycle by cycle and in free fall: exact for a linear filter without
    process noise whose detections come at the cycles, some per cent off in coast, a rough figure while the engine
    burns.
    """
    from trackfuse.kernels.consider_covariance import RegistrationErrors, registration_parts

    tracks = local.tracks
    out = np.zeros(tracks.covariance.shape)
    wrong = gradient.any(axis=(1, 2))
    if not wrong.any() or not cycle_s.size:
        return out
    source = detections.sensor
    numbers = {int(s): c for c, s in enumerate(np.unique(source[wrong]))}
    width = gradient.shape[2]
    first = np.array([width * numbers[int(s)] if int(s) in numbers else -1 for s in source])
    # A track's own detections alone have moved it.
    mine = local.assigned[:, tracks.node] == np.arange(len(tracks.node))
    received = np.ascontiguousarray(np.where(mine, received_s[:, tracks.node], np.inf).T, dtype=float)
    arrival = np.argsort(received, axis=1, kind="stable")
    registration_parts(
        packed(detections), Reception(received, arrival, np.ascontiguousarray(cycle_s, dtype=float)),
        RegistrationErrors(np.ascontiguousarray(gradient), first, width * len(numbers)), tracks.arrays(), out,
    )  # fmt: skip
    return out
