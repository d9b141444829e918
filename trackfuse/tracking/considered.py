"""What registration errors add to one node's tracks, cycle by cycle: `register` with "consider", as detections come."""

import numpy as np

from trackfuse.kernels.consider_covariance import RegistrationErrors, Response, new_response, registration_cycle
from trackfuse.tracking.tracks import Tracks

_NOTHING = np.empty(0, dtype=np.int64)


class Considered:
    """What one standard deviation of each sensor's errors has moved each track of a node by.

    Parameters
    ----------
    columns : int
        Errors of all sensors.
    """

    def __init__(self, columns: int) -> None:
        self._columns = columns
        self._tracks: dict[int, tuple[float, Response, np.ndarray]] = {}

    def widen(
        self, tracks: Tracks, detected: tuple[np.ndarray, RegistrationErrors], given: np.ndarray, t_s: float
    ) -> None:
        """Add to the covariances of a node's tracks, in place, what the errors do to them.

        Parameters
        ----------
        tracks : Tracks
            K of them at one cycle, as the tracker claims them; row k is number k.
        detected : (ndarray of DETECTION, shape (m,), RegistrationErrors)
            All m detections that the node has, in the order of reception.
        given : ndarray of int, shape (m,)
            Track that has each of them now, -1 for none.
        t_s : float
            Instant of the cycle.
        """
        part = np.empty((6, 6))
        for k in range(len(tracks.node)):
            if tracks.status[k, 0] != 1:
                self._tracks.pop(k, None)
                continue
            before_s, response, taken = self._tracks.get(k) or (t_s, new_response(self._columns), _NOTHING)
            # What it has lost to another track meanwhile has moved it all the same, and cannot be separated any more.
            new = np.setdiff1d(np.flatnonzero(given == k), taken, assume_unique=True)
            mean, covariance = tracks.mean[k, 0], tracks.covariance[k, 0]
            registration_cycle(detected, new, mean, covariance, (t_s, t_s - before_s), response, part)
            covariance += part
            self._tracks[k] = t_s, response, np.concatenate([taken, new])
