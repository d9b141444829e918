"""Detections for Stone Soup, whose filters and metrics can then be tried on them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from trackfuse.catalog.scenario import Scenario
from trackfuse.core.errors import SettingsError
from trackfuse.sensing import Detections
from trackfuse.sensing.sensor import Sensor
from trackfuse.simulation.run import Run
from trackfuse.studies.own_data.tracks import RANGES, as_arrays

POSITION, VELOCITY = (0, 2, 4), (1, 3, 5)
"""Where x, y, z and their rates are in the state: Stone Soup's usual order x, vx, y, vy, z, vz, Earth-fixed (ECEF)."""


def to_stonesoup(
    detections: Run | Detections | pd.DataFrame,
    sensors: Scenario | Sequence[Sensor] | None = None,
    *,
    start: datetime = datetime(2000, 1, 1),
) -> list[Any]:
    """Detections as Stone Soup's, in order of time, each with a measurement model in its sensor's frame.

    Parameters
    ----------
    detections : Run, Detections or DataFrame
        A run, its `measurements`, or a table as `read_detections` gives it.
    sensors : Scenario or sequence of Radar or Infrared, optional
        Those that the detections are by; needed unless a run is given.
    start : datetime
        The instant of t_s = 0.

    Returns
    -------
    list of stonesoup.types.detection.Detection
        Measured elevation, bearing and, where measured, range (m) and range rate (m/s); angles in rad, the bearing
        counter-clockwise from east, for Stone Soup's local axes are east, north, up. The models act on states x, vx, y,
        vy, z, vz in ECEF, m and m/s. `metadata` has the sensor's name.

    Raises
    ------
    SettingsError
        If Stone Soup is not installed, or sensors are missing.
    DataError
        If the table is wrong.
    """
    try:
        from stonesoup.types.detection import Detection
    except ImportError:
        raise SettingsError("to_stonesoup: Stone Soup is not installed; pip install stonesoup") from None
    if isinstance(detections, Run):
        sensors, detections = detections.scenario, detections.measurements
    if sensors is None:
        raise SettingsError("to_stonesoup: detections need sensors=, a scenario or a list of sensors")
    known = sensors.sensors if isinstance(sensors, Scenario) else tuple(sensors)
    measured = as_arrays(detections, known) if isinstance(detections, pd.DataFrame) else detections
    sigma = np.where(measured.angles_only[:, None] & RANGES, np.inf, measured.sigma)
    return [
        Detection(
            _vector(measured.z[k], sigma[k]),
            timestamp=start + timedelta(seconds=float(measured.t_s[k])),
            measurement_model=_model(measured, sigma[k], k),
            metadata={"sensor": known[measured.sensor[k]].sensor_id},
        )
        for k in np.argsort(measured.t_s, kind="stable")
    ]


def _vector(z: np.ndarray, sigma: np.ndarray) -> Any:
    """What is measured, in Stone Soup's order."""
    from stonesoup.types.angle import Bearing, Elevation
    from stonesoup.types.array import StateVector

    ends = [value for value, spread in ((z[0], sigma[0]), (z[3], sigma[3])) if np.isfinite(spread)]
    return StateVector([Elevation(z[2]), Bearing(0.5 * np.pi - z[1]), *ends])


def _model(measured: Detections, sigma: np.ndarray, k: int) -> Any:
    """Measurement model of detection k, in its sensor's frame, with these standard deviations, shape (4,)."""
    from scipy.spatial.transform import Rotation
    from stonesoup.models.measurement import nonlinear
    from stonesoup.types.array import StateVector

    # Stone Soup turns back by the angle about z, then x. A local frame whose first axis is east needs no turn about y.
    angles = Rotation.from_matrix(measured.enu_from_ecef[k].T).as_euler("xyz")
    spread = np.array([sigma[2], sigma[1], sigma[0], sigma[3]])
    common: dict[str, Any] = {
        "ndim_state": 6,
        "mapping": POSITION,
        "noise_covar": np.diag(spread[np.isfinite(spread)] ** 2),
        "translation_offset": StateVector(measured.site_m[k]),
        "rotation_offset": StateVector(angles),
    }
    if np.isfinite(sigma[3]):
        return nonlinear.CartesianToElevationBearingRangeRate(
            **common, velocity_mapping=VELOCITY, velocity=StateVector(measured.site_velocity_mps[k])
        )
    if np.isfinite(sigma[0]):
        return nonlinear.CartesianToElevationBearingRange(**common)
    return nonlinear.CartesianToElevationBearing(**common)
