"""What is left of detections where a radar cannot see objects apart."""

import math
from collections.abc import Sequence

import numpy as np

from trackfuse.core.constants import C_MPS
from trackfuse.kernels.resolution import keep_strongest
from trackfuse.sensing.detections import Detections
from trackfuse.sensing.sensor import Radar, Sensor


def resolved(detections: Detections, sensors: Sequence[Sensor]) -> np.ndarray:
    """Which detections remain where a radar cannot see objects apart: of those that share a cell the strongest.

    Parameters
    ----------
    detections : Detections
        m of them, in order of time, then of sensor.
    sensors : sequence of Radar, Infrared or SensorModel

    Returns
    -------
    ndarray of bool, shape (m,)
        Two detections of one look share a cell if they are less than a range cell c / 2B apart in range and less than a
        beamwidth in both angles. Of other sensors than radars all remain.

    Notes
    -----
    Cells of c / 2B by one beamwidth: Skolnik 2001, chapter 6.
    """
    keep = np.ones(len(detections), dtype=bool)
    if len(keep):
        cells = [
            (C_MPS / (2e6 * each.bandwidth_mhz), math.radians(each.beamwidth_deg))
            if isinstance(each, Radar)
            else (0.0, 0.0)
            for each in sensors
        ]
        cell, beam = np.array(cells).T.copy()
        snr = np.nan_to_num(detections.snr_db, nan=-np.inf)
        keep_strongest(detections.t_s, detections.sensor.astype(np.int64), detections.z, snr, cell, beam, keep)
    return keep
