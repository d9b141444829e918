"""Detections for Stone Soup, whose filters and metrics can then be tried on them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from scipy.spatial.transform import Rotation

from trackfuse.catalog.scenario import Scenario
from trackfuse.core.errors import SettingsError
from trackfuse.sensing.arrays import frames_at
from trackfuse.sensing.sensor import Sensor
from trackfuse.simulation.run import Simulation
from trackfuse.studies.own_data.tracks import as_arrays

POSITION, VELOCITY = (0, 2, 4), (1, 3, 5)
"""Where x, y, z and their rates are in the state: Stone Soup's usual order x, vx, y, vy, z, vz, Earth-fixed (ECEF)."""


def to_stonesoup(
    detections: Simulation | pd.DataFrame,
    sensors: Scenario | Sequence[Sensor] | None = None,
    *,
    start: datetime = datetime(2000, 1, 1),
) -> list[Any]:
    """Detections as Stone Soup's, in order of time, each with a measurement model in its sensor's frame.

    Parameters
    ----------
    detections : Simulation or DataFrame
        A run, or a table as `read_detections` gives it.
    sensors : Scenario or sequence of Radar or Infrared, optional
        Needed with a table.
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
    table = detections.detections if isinstance(detections, Simulation) else detections
    given = detections.scenario if isinstance(detections, Simulation) else sensors
    if given is None:
        raise SettingsError("to_stonesoup: a table of detections needs sensors=, a scenario or a list of sensors")
    found = given.sensors if isinstance(given, Scenario) else tuple(given)
    measured = as_arrays(table, found)
    site, enu = frames_at(found, measured.sensor, measured.t_s)
    moves = frames_at(found, measured.sensor, measured.t_s + 1.0)[0] - site
    return [
        Detection(
            _vector(measured.z[k]),
            timestamp=start + timedelta(seconds=float(measured.t_s[k])),
            measurement_model=_model(measured.sigma[k], site[k], enu[k], moves[k]),
            metadata={"sensor": found[measured.sensor[k]].sensor_id},
        )
        for k in range(len(measured.t_s))
    ]


def _vector(z: np.ndarray) -> Any:
    from stonesoup.types.angle import Bearing, Elevation
    from stonesoup.types.array import StateVector

    ends = [value for value in (z[0], z[3]) if np.isfinite(value)]
    return StateVector([Elevation(z[2]), Bearing(0.5 * np.pi - z[1]), *ends])


def _model(sigma: np.ndarray, site: np.ndarray, enu: np.ndarray, moves: np.ndarray) -> Any:
    from stonesoup.models.measurement import nonlinear
    from stonesoup.types.array import StateVector

    # Stone Soup turns back by the angle about z, then x. A local frame whose first axis is east needs no turn about y.
    angles = Rotation.from_matrix(enu.T).as_euler("xyz")
    spread = np.array([sigma[2], sigma[1], sigma[0], sigma[3]])
    common: dict[str, Any] = {
        "ndim_state": 6,
        "mapping": POSITION,
        "noise_covar": np.diag(spread[np.isfinite(spread)] ** 2),
        "translation_offset": StateVector(site),
        "rotation_offset": StateVector(angles),
    }
    if np.isfinite(sigma[3]):
        return nonlinear.CartesianToElevationBearingRangeRate(
            **common, velocity_mapping=VELOCITY, velocity=StateVector(moves)
        )
    if np.isfinite(sigma[0]):
        return nonlinear.CartesianToElevationBearingRange(**common)
    return nonlinear.CartesianToElevationBearing(**common)
